/*
** value.c: the Value userdata: making, recognising, finding, fields, printing.
*/
#include "value.h"

#include <stdint.h>
#include <string.h>

#include "../lua/advice.h"
#include "../lua/errors.h"
#include "../lua/modes.h"
#include "../lua/numerals.h"
#include "../lua/poll.h"

/* Nodes on the stack */

tg_node *tg_checkself (lua_State *L, const char *name) {
  tg_node *node = tg_testnode(L, 1);
  if (node == NULL) tg_typeerror(L, 1, name, "Value expected");
  return node;
}

void tg_newleaf (lua_State *L, double data) {
  tg_node_leaf(tg_newnode(L, 0, 0), data);
  tg_finishnode(L);
}

int tg_countparents (const tg_node *node) {
  const tg_edge *e = tg_edges(node), *end = e + node->nedges;
  int n = 0;
  for (; e < end; e++) n += e->parent != NULL;
  return n;
}

void tg_pushoperand (lua_State *L, int index, unsigned i, int live,
                     int parents) {
  const tg_node *node = (const tg_node *)lua_touserdata(L, index);
  const tg_edge *e = tg_edges(node) + i;
  if (e->parent == NULL)
    lua_pushnumber(L, (lua_Number)e->partial);
  else if (parents <= TG_ANCHORS)
    tg_getanchor(L, index, live + 1);
  else {
    tg_getanchor(L, index, 1);
    lua_rawgeti(L, -1, live + 1);
    lua_remove(L, -2);
  }
}

tg_node **tg_pushnodes (lua_State *L, int index, size_t *n) {
  tg_node **nodes;
  size_t i;
  *n = tg_checklist(L, index);
  nodes = (tg_node **)tg_newuserdata(L, *n * sizeof *nodes + 1, 1);
  lua_createtable(L, (int)*n, 0);
  for (i = 0; i < *n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    nodes[i] = tg_testnode(L, -1);
    if (nodes[i] == NULL)
      tg_error(L, "table of Values expected, got %s at index %d",
               tg_typename(L, -1), (int)i + 1);
    lua_rawseti(L, -2, (int)i + 1);
  }
  tg_setanchor(L, -2, 1);
  return nodes;
}

void tg_pushopname (lua_State *L, int index) {
  const tg_node *node = (const tg_node *)lua_touserdata(L, index);
  if (node->op == TG_OP_leaf)
    lua_pushnil(L);
  else if (node->op == TG_OP_custom) {
    lua_pushvalue(L, index);
    lua_rawget(L, TG_UP_CUSTOM);
    lua_getfield(L, -1, "name");
    lua_remove(L, -2);
    if (lua_type(L, -1) == LUA_TSTRING) return;
    lua_pop(L, 1); /* a script has changed the name */
    lua_pushliteral(L, "custom");
  }
  else
    lua_pushstring(L,
                   node->op == TG_OP_detach ? "detach" : tg_ops[node->op].name);
}

/* Finding the Values of nodes */

/* The stack indices of a search's tables, and how long the lists are */
typedef struct search {
  int wanted, found, seen, waiting;
  int nfound, nwaiting;
} search;

/* Appends the Value on the top, which it pops, to the list of n Values. */
static void append (lua_State *L, int list, int *n) {
  lua_rawseti(L, list, ++*n);
}

/* Returns whether the search is for the Value of `node`. */
static int is_wanted (lua_State *L, const search *s, const tg_node *node) {
  int wanted;
  lua_pushlightuserdata(L, (void *)node);
  lua_rawget(L, s->wanted);
  wanted = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return wanted;
}

/* Appends the Value on the top, if the search has not seen it, to the list
   that waits for look_at; pops it. */
static void meet (lua_State *L, search *s) {
  lua_pushvalue(L, -1);
  lua_rawget(L, s->seen);
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, s->seen);
    lua_pushvalue(L, -2);
    append(L, s->waiting, &s->nwaiting);
  }
  lua_pop(L, 2);
}

/* Notes the Value on the top if it is wanted; otherwise meets its operands. */
static void look_at (lua_State *L, search *s) {
  const int value = lua_gettop(L);
  const tg_node *node = (const tg_node *)lua_touserdata(L, value);
  const int parents = tg_countparents(node);
  unsigned i;
  int live = 0;
  if (is_wanted(L, s, node)) {
    lua_pushvalue(L, value);
    append(L, s->found, &s->nfound);
    return;
  }
  for (i = 0; i < node->nedges; i++) {
    if (tg_edges(node)[i].parent == NULL) continue;
    tg_pushoperand(L, value, i, live++, parents);
    meet(L, s);
  }
}

void tg_findvalues (lua_State *L, int wanted) {
  search s;
  size_t i = 0;
  s.wanted = wanted;
  s.found = lua_gettop(L) + 1;
  s.seen = s.found + 1;
  s.waiting = s.found + 2;
  s.nfound = s.nwaiting = 0;
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  while (!lua_isnil(L, -1)) {
    look_at(L, &s);
    lua_settop(L, s.waiting);
    tg_pollat(L, i++);
    lua_rawgeti(L, s.waiting, s.nwaiting--);
  }
  lua_settop(L, s.found);
}

/* Fields */

/* Compares a key of length `len` with a field's name. The four letters of data
   and grad, which are read often, are compared at once. */
#define IS(key, len, name) \
  ((len) == sizeof(name) - 1 && \
   (sizeof(name) == 5 ? letters(key) == letters(name) \
                      : memcmp(key, name, sizeof(name) - 1) == 0))

static inline uint32_t letters (const char *four) {
  uint32_t bits;
  memcpy(&bits, four, sizeof bits);
  return bits;
}

/* Returns what is here in the place of `key`, a field that Values of other
   libraries have; NULL for other keys. */
static const char *translated (const char *key) {
  static const char *const names[][2] = { { "_prev", "v:parents()" },
                                          { "children", "v:parents()" },
                                          { "_op", "v.op" },
                                          { "grad_fn", "v.op" },
                                          { "_backward", "v:partials()" },
                                          { "value", "v.data" },
                                          { "item", "v.data" },
                                          { "gradient", "v.grad" },
                                          { "name", "v.label" } };
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(key, names[i][0]) == 0) return names[i][1];
  return NULL;
}

/* Raises the error "`what` 'key' of a Value", where argument 2 is the key. */
static int unknown_field (lua_State *L, const char *what) {
  static const char *const fields[] = { "data", "grad", "op", "label", NULL };
  const char *key;
  if (lua_type(L, 2) != LUA_TSTRING)
    return tg_error(L, "%s [%s] of a Value; it is one number, not a table",
                    what, luaL_typename(L, 2));
  key = lua_tostring(L, 2);
  if (translated(key) != NULL)
    return tg_error(L, "%s '%s' of a Value; did you mean %s?", what, key,
                    translated(key));
  return tg_error(L, "%s '%s' of a Value%s", what, key,
                  tg_pushnearest(L, TG_UP_METHODS, fields, key));
}

/* v[key]: compares the key with data and grad first, which are read most, then
   looks for a method, op and label. */
static int value_index (lua_State *L) {
  const tg_node *node = tg_checkself(L, "__index");
  if (lua_type(L, 2) == LUA_TSTRING) {
    size_t len;
    const char *key = lua_tolstring(L, 2, &len);
    if (IS(key, len, "data")) {
      if (node->marks & TG_MARK_RECORDED)
        return tg_recordederror(L, "its 'data'");
      lua_pushnumber(L, (lua_Number)node->data);
      return 1;
    }
    if (IS(key, len, "grad")) {
      if (node->marks & TG_MARK_RECORDED)
        return tg_recordederror(L, "its 'grad'");
      lua_pushnumber(L, (lua_Number)node->g.grad);
      return 1;
    }
    lua_pushvalue(L, 2);
    lua_rawget(L, TG_UP_METHODS);
    if (!lua_isnil(L, -1)) return 1;
    if (IS(key, len, "op")) {
      tg_pushopname(L, 1);
      return 1;
    }
    if (IS(key, len, "label")) {
      lua_pushvalue(L, 1);
      lua_rawget(L, TG_UP_LABELS);
      return 1;
    }
  }
  return unknown_field(L, "unknown field");
}

static double check_field (lua_State *L, const char *field) {
  if (lua_type(L, 3) != LUA_TNUMBER)
    tg_error(L, "bad value for field '%s' (number expected, got %s)", field,
             tg_typename(L, 3));
  return (double)lua_tonumber(L, 3);
}

static int set_data (lua_State *L, tg_node *node) {
  const double data = check_field(L, "data");
  if (node->op == TG_OP_leaf && node->marks & TG_MARK_RECORDED)
    return tg_error(L,
                    "compile: cannot set 'data' of an argument of the function "
                    "that is compiled; compute with another Value");
  if (tg_set_data(node, data)) return 0;
  tg_pushopname(L, 1);
  return tg_error(L,
                  "cannot set 'data' of an interior node (it is the "
                  "result of '%s'); only leaves can be changed, and "
                  "v:detach() makes one",
                  lua_tostring(L, -1));
}

static int set_grad (lua_State *L, tg_node *node) {
  const double grad = check_field(L, "grad");
  if (tg_getstate(L)->running)
    return tg_error(L, "cannot set 'grad' while a backward pass is running");
  tg_set_grad(node, grad);
  return 0;
}

static int set_label (lua_State *L) {
  if (!lua_isnil(L, 3) && lua_type(L, 3) != LUA_TSTRING)
    return tg_error(L,
                    "bad value for field 'label' (string or nil expected, "
                    "got %s)",
                    tg_typename(L, 3));
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 3);
  lua_rawset(L, TG_UP_LABELS);
  return 0;
}

/* v[key] = x: sets data, grad or label. */
static int value_newindex (lua_State *L) {
  tg_node *node = tg_checkself(L, "__newindex");
  if (lua_type(L, 2) == LUA_TSTRING) {
    size_t len;
    const char *key = lua_tolstring(L, 2, &len);
    if (IS(key, len, "data")) return set_data(L, node);
    if (IS(key, len, "grad")) return set_grad(L, node);
    if (IS(key, len, "label")) return set_label(L);
    lua_pushvalue(L, 2);
    lua_rawget(L, TG_UP_METHODS);
    if (IS(key, len, "op") || !lua_isnil(L, -1))
      return tg_error(L, "cannot set field '%s' of a Value (read-only)", key);
  }
  return unknown_field(L, "cannot set unknown field");
}

static int value_tostring (lua_State *L) {
  const tg_node *node = tg_checkself(L, "__tostring");
  char data[340], grad[340]; /* room for -1.8e308 in full */
  tg_formatnumber(data, sizeof data, "%.6f", node->data);
  tg_formatnumber(grad, sizeof grad, "%.6f", node->g.grad);
  lua_pushfstring(L, "Value(data=%s, grad=%s)", data, grad);
  return 1;
}

/* Methods and functions */

/* Returns a list of the operands of the Value at 1: all, or only the Values if
   not `numbers`. */
static int push_operands (lua_State *L, const char *name, int numbers) {
  const tg_node *node = tg_checkself(L, name);
  const int parents = tg_countparents(node);
  unsigned i;
  int live = 0, n = 0;
  lua_newtable(L);
  for (i = 0; i < node->nedges; i++) {
    const int is_value = tg_edges(node)[i].parent != NULL;
    if (is_value || numbers) {
      tg_pushoperand(L, 1, i, live, parents);
      lua_rawseti(L, -2, ++n);
    }
    live += is_value;
  }
  return 1;
}

static int value_parents (lua_State *L) {
  return push_operands(L, "parents", 0);
}

static int value_operands (lua_State *L) {
  return push_operands(L, "operands", 1);
}

/* v:partials(): returns a list of the numbers d v / d parent, one for each of
   v:parents(). */
static int value_partials (lua_State *L) {
  const tg_node *node = tg_checkself(L, "partials");
  unsigned i;
  int n = 0;
  if (node->marks & TG_MARK_RECORDED)
    return tg_recordederror(L, "its partials");
  lua_newtable(L);
  for (i = 0; i < node->nedges; i++) {
    if (tg_edges(node)[i].parent == NULL) continue;
    lua_pushnumber(L, (lua_Number)tg_edges(node)[i].partial);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

static int value_new (lua_State *L) {
  tg_newleaf(L, tg_checknumber(L, 1, "Value"));
  if (tg_getstate(L)->maybe[TG_RECORDING]) tg_notemade(L);
  return 1;
}

static int value_is (lua_State *L) {
  lua_pushboolean(L, tg_testnode(L, 1) != NULL);
  return 1;
}

/* Functions for C hosts, which are called without the core's upvalues */

tg_node *tg_tovalue (lua_State *L, int index) {
  return tg_isof(L, index, TG_VALUE_TYPE) ? (tg_node *)lua_touserdata(L, index)
                                          : NULL;
}

tg_node *tg_checkvalue (lua_State *L, int arg) {
  return (tg_node *)luaL_checkudata(L, arg, TG_VALUE_TYPE);
}

tg_node *tg_pushvalue (lua_State *L, double data) {
  tg_node *node = tg_newnode(L, 0, 0);
  tg_node_leaf(node, data);
  luaL_getmetatable(L, TG_VALUE_TYPE);
  if (lua_isnil(L, -1)) luaL_error(L, "tinygrad.core is not loaded");
  lua_setmetatable(L, -2);
  return node;
}

void tg_add_value_methods (lua_State *L) {
  tg_add(L, "parents", value_parents);
  tg_add(L, "operands", value_operands);
  tg_add(L, "partials", value_partials);
}

void tg_add_value_metamethods (lua_State *L) {
  tg_add(L, "__index", value_index);
  tg_add(L, "__newindex", value_newindex);
  tg_add(L, "__tostring", value_tostring);
}

void tg_add_value_functions (lua_State *L) {
  tg_add(L, "Value", value_new);
  tg_add(L, "is_value", value_is);
}
