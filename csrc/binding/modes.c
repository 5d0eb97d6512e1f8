/*
** modes.c: computing without gradients, and anomaly detection.
*/
#include "../engine/compact.h"

#include "modes.h"

#include <math.h>
#include <string.h>

#include "poll.h"

/* Anomalies */

/* Appends the values of the node's operands. */
static void add_operands (luaL_Buffer *b, const tg_node *node) {
  unsigned i;
  for (i = 0; i < node->nedges && i < 4; i++) {
    const tg_edge *e = tg_edges(node) + i;
    char text[40];
    tg_formatnumber(text, sizeof text, i == 0 ? "%.14g" : ", %.14g",
                    tg_edgevalue(e));
    luaL_addstring(b, text);
  }
  if (i < node->nedges) luaL_addstring(b, ", ...");
}

/* Pushes "'log' of 0.0 (made at file:1)" for the node at `index`. */
static void push_description (lua_State *L, int index) {
  const tg_node *node = (const tg_node *)lua_touserdata(L, index);
  luaL_Buffer b;
  tg_pushopname(L, index);
  lua_pushvalue(L, index);
  lua_rawget(L, TG_UP_LINES);
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '\'');
  lua_pushvalue(L, index + 1);
  luaL_addvalue(&b);
  luaL_addstring(&b, "' of (");
  add_operands(&b, node);
  luaL_addchar(&b, ')');
  if (lua_isstring(L, index + 2)) {
    luaL_addstring(&b, ", made at ");
    lua_pushvalue(L, index + 2);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
}

/* Is the node's value a NaN or inf that its operands were not? */
static int is_anomaly (const tg_node *node) {
  unsigned i;
  if (isfinite(node->data)) return 0;
  for (i = 0; i < node->nedges; i++) {
    const tg_edge *e = tg_edges(node) + i;
    const double x = tg_edgevalue(e);
    if (isnan(x) || (isinf(x) && isinf(node->data))) return 0;
  }
  return 1;
}

void tg_checkanomaly (lua_State *L) {
  const int top = lua_gettop(L);
  const tg_node *node = (const tg_node *)lua_touserdata(L, top);
  luaL_checkstack(L, 20, "anomaly detection");
  lua_pushvalue(L, top);
  tg_pushposition(L);
  lua_rawset(L, TG_UP_LINES);
  if (is_anomaly(node)) {
    char value[40];
    tg_formatnumber(value, sizeof value, "%.14g", node->data);
    push_description(L, top);
    tg_usererror(L, "anomaly in forward: %s is %s", lua_tostring(L, -1), value);
  }
}

/*
** Pushes a table of the Values at and below the one at 1 whose nodes are
** `wanted`: nodes do not know their Values. Takes its time.
*/
static void find_values (lua_State *L,
                         int (*wanted)(const tg_node *, const void *),
                         const void *data) {
  const int found = lua_gettop(L) + 1, seen = found + 1, stack = found + 2;
  int n = 0, nfound = 0;
  size_t steps = 0;
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  while (!lua_isnil(L, -1)) {
    const int value = lua_gettop(L);
    const tg_node *at = (const tg_node *)lua_touserdata(L, value);
    const int parents = tg_countparents(at);
    unsigned i;
    int live = 0;
    if (wanted(at, data)) {
      lua_pushvalue(L, value);
      lua_rawseti(L, found, ++nfound);
    }
    for (i = 0; i < at->nedges; i++) {
      if (tg_edges(at)[i].parent == NULL) continue;
      tg_pushoperand(L, value, i, live++, parents);
      lua_pushvalue(L, -1);
      lua_rawget(L, seen);
      if (lua_isnil(L, -1)) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, seen);
        lua_pushvalue(L, -2);
        lua_rawseti(L, stack, ++n);
      }
      lua_settop(L, value);
    }
    lua_settop(L, stack);
    tg_pollat(L, steps++);
    lua_rawgeti(L, stack, n--);
  }
  lua_settop(L, found);
}

static int is_that_node (const tg_node *node, const void *data) {
  return node == data;
}

int tg_faulterror (lua_State *L, const tg_fault *fault, const char *pass) {
  const tg_edge *e = tg_edges(fault->node) + fault->edge;
  char partial[40], derivative[40];
  tg_formatnumber(partial, sizeof partial, "%.14g", e->partial);
  tg_formatnumber(derivative, sizeof derivative, "%.14g", fault->derivative);
  lua_settop(L, 1);
  find_values(L, is_that_node, fault->node);
  lua_rawgeti(L, 2, 1);
  lua_replace(L, 2);
  push_description(L, 2);
  return tg_usererror(L,
                      "anomaly in %s: %s has the partial %s for operand %d, "
                      "and the derivative so far is %s",
                      pass, lua_tostring(L, -1), partial, (int)fault->edge + 1,
                      derivative);
}

/* Switches */

void tg_detachtop (lua_State *L) {
  const int top = lua_gettop(L);
  tg_node *v = tg_testnode(L, top), *node;
  if (v == NULL) return; /* a number */
  if (!(v->marks & TG_MARK_TRACED)) {
    tg_newleaf(L, v->data);
    ((tg_node *)lua_touserdata(L, -1))->marks |= TG_MARK_CONSTANT;
  }
  else { /* keeps the connection, which a program needs */
    node = tg_newnode(L, 1, 1);
    tg_node_detach(node, v);
    tg_finishnode(L);
    tg_anchor(L, tg_edges(node), top - 1, 1, 1);
  }
  lua_replace(L, top);
}

/* v:detach(): v's value, through which no derivative flows. */
static int detach (lua_State *L) {
  tg_checkself(L, "detach");
  lua_settop(L, 1);
  tg_detachtop(L);
  return 1;
}

/* traced(x): a Value for the number x, an input of a program. */
static int traced (lua_State *L) {
  tg_newleaf(L, (double)lua_tonumber(L, 1));
  ((tg_node *)lua_touserdata(L, -1))->marks |= TG_MARK_TRACED;
  return 1;
}

static int is_traced (lua_State *L) {
  const tg_node *node = tg_testnode(L, 1);
  lua_pushboolean(L, node != NULL && node->marks & TG_MARK_TRACED);
  return 1;
}

static int is_captured (const tg_node *node, const void *data) {
  (void)data;
  return node->op == TG_OP_leaf &&
         !(node->marks & (TG_MARK_TRACED | TG_MARK_CONSTANT));
}

/* captured(v): the leaves below v that a program may not simply hold. */
static int captured (lua_State *L) {
  tg_checkself(L, "captured");
  lua_settop(L, 1);
  find_values(L, is_captured, NULL);
  return 1;
}

/*
** Modes last for a call, and calls are of coroutines: while one waits, others
** run that are not in its modes; one that it resumes is. So each coroutine has
** counts of its own, and those count of the coroutines that are running or
** have resumed another.
*/

/* What a coroutine's calls have turned on, kept under it in TG_UP_MODES. */
typedef struct modes {
  int level[TG_NMODES]; /* less than 0: off, whatever is on around it */
  int guards;           /* calls of the guard function */
  int is_main;
} modes;

/* Are `n` calls of the guard function on L's stack? */
static int has_guards (lua_State *L, int n) {
  const void *guard = tg_getstate(L)->guard;
  lua_Debug ar;
  int level;
  for (level = 0; n > 0 && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    n -= lua_topointer(L, -1) == guard;
    lua_pop(L, 1);
  }
  return n == 0;
}

/*
** Is the coroutine running, or has it resumed the one that is? A host may have
** ended the calls of a coroutine (lua_resetthread) to use it for others.
*/
static int is_active (lua_State *L, lua_State *co, const modes *m) {
  lua_Debug ar;
  if (co == L) return m->is_main || has_guards(L, m->guards);
  return lua_status(co) == 0 && lua_getstack(co, 0, &ar);
}

int tg_modelevel (lua_State *L, tg_mode mode) {
  tg_state *state = tg_getstate(L);
  int level = 0, any = 0;
  luaL_checkstack(L, 4, "modes");
  lua_pushnil(L);
  while (lua_next(L, TG_UP_MODES)) {
    const modes *m = (const modes *)lua_touserdata(L, -1);
    any |= m->level[mode] > 0;
    if (m->level[mode] != 0 && is_active(L, lua_tothread(L, -2), m))
      level += m->level[mode];
    lua_pop(L, 1);
  }
  if (mode == TG_ANOMALY) level += state->anomaly;
  state->maybe[mode] = any || (mode == TG_ANOMALY && state->anomaly);
  return level > 0 ? level : 0;
}

static const char *const names[] = { "no_grad", "anomaly", "tracing", NULL };

/* The coroutine's own modes, left on the stack; NULL if it has none. */
static modes *get_modes (lua_State *L) {
  lua_pushthread(L);
  lua_rawget(L, TG_UP_MODES);
  return (modes *)lua_touserdata(L, -1);
}

static modes *make_modes (lua_State *L) {
  modes *m = (modes *)tg_newuserdata(L, sizeof *m, 0);
  memset(m, 0, sizeof *m);
  m->is_main = lua_pushthread(L);
  lua_pushvalue(L, -2);
  lua_rawset(L, TG_UP_MODES);
  return m;
}

/* mode_level(name): in how many calls of the mode the running code is. */
static int mode_level (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  lua_pushinteger(L, tg_modelevel(L, (tg_mode)mode));
  return 1;
}

/* enter_mode(name, by): called below the guard function. */
static int enter_mode (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  const int by = (int)luaL_checkinteger(L, 2);
  modes *m = get_modes(L);
  if (m == NULL) m = make_modes(L);
  if (!m->is_main && !has_guards(L, m->guards + 1))
    memset(m, 0, sizeof *m); /* others' calls, which were ended */
  m->guards++;
  m->level[mode] += by;
  tg_getstate(L)->maybe[mode] = 1;
  return 0;
}

/* leave_mode(name, by): undoes what enter_mode did with the same. */
static int leave_mode (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  const int by = (int)luaL_checkinteger(L, 2);
  modes *m = get_modes(L);
  m->guards--;
  if (mode != TG_ANOMALY || m->level[mode] > 0) m->level[mode] -= by;
  tg_getstate(L)->maybe[mode] = 1;
  return 0;
}

/*
** switch_anomaly(on): for all that follows, in calls of the mode too; returns
** whether it was on.
*/
static int switch_anomaly (lua_State *L) {
  tg_state *state = tg_getstate(L);
  const int before = tg_modelevel(L, TG_ANOMALY);
  state->anomaly = state->maybe[TG_ANOMALY] = lua_toboolean(L, 1);
  lua_pushnil(L);
  while (!state->anomaly && lua_next(L, TG_UP_MODES)) {
    ((modes *)lua_touserdata(L, -1))->level[TG_ANOMALY] = 0;
    lua_pop(L, 1);
  }
  lua_pushboolean(L, before > 0);
  return 1;
}

/* guard_function(f): f calls what a mode is for, and enter_mode before. */
static int guard_function (lua_State *L) {
  tg_getstate(L)->guard = lua_topointer(L, 1);
  return 0;
}

void tg_add_mode_methods (lua_State *L) { tg_add(L, "detach", detach); }

void tg_add_mode_functions (lua_State *L) {
  tg_add(L, "mode_level", mode_level);
  tg_add(L, "enter_mode", enter_mode);
  tg_add(L, "leave_mode", leave_mode);
  tg_add(L, "switch_anomaly", switch_anomaly);
  tg_add(L, "guard_function", guard_function);
  tg_add(L, "traced", traced);
  tg_add(L, "is_traced", is_traced);
  tg_add(L, "captured", captured);
}
