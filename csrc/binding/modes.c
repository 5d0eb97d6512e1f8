/*
** modes.c: computing without gradients, and anomaly detection.
*/
#include "modes.h"

#include <math.h>
#include <string.h>

/* Anomalies */

/* Appends "name = value" for each operand of the node at `index`. */
static void add_operands (lua_State *L, luaL_Buffer *b, const tg_node *node) {
  unsigned i;
  for (i = 0; i < node->nedges && i < 4; i++) {
    const tg_edge *e = tg_edges(node) + i;
    const double x = e->parent != NULL ? e->parent->data : e->partial;
    lua_pushfstring(L, i == 0 ? "%f" : ", %f", (lua_Number)x);
    luaL_addvalue(b);
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
  add_operands(L, &b, node);
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
    const double x = e->parent != NULL ? e->parent->data : e->partial;
    if (isnan(x) || (isinf(x) && isinf(node->data))) return 0;
  }
  return 1;
}

/* Pushes "file:line" of the innermost Lua function. */
static void push_line (lua_State *L) {
  lua_Debug ar;
  int level;
  for (level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0) {
      lua_pushfstring(L, "%s:%d", ar.short_src, ar.currentline);
      return;
    }
  }
  lua_pushliteral(L, "?");
}

void tg_checkanomaly (lua_State *L) {
  const int top = lua_gettop(L);
  const tg_node *node = (const tg_node *)lua_touserdata(L, top);
  luaL_checkstack(L, 20, "anomaly detection");
  lua_pushvalue(L, top);
  push_line(L);
  lua_rawset(L, TG_UP_LINES);
  if (is_anomaly(node)) {
    push_description(L, top);
    luaL_error(L, "anomaly in forward: %s is %f", lua_tostring(L, -1),
               (lua_Number)node->data);
  }
}

/*
** Pushes the Value whose node is `node`, found below the Value at 1: nodes do
** not know the stack, and this is needed only to raise an error.
*/
static void push_value_of (lua_State *L, const tg_node *node) {
  int stack, seen, n = 0;
  lua_newtable(L);
  seen = lua_gettop(L);
  lua_newtable(L);
  stack = seen + 1;
  lua_pushvalue(L, 1);
  for (;;) { /* the Value to look at is on the top */
    const int value = lua_gettop(L);
    const tg_node *at = (const tg_node *)lua_touserdata(L, value);
    const int parents = tg_countparents(at);
    unsigned i;
    int live = 0;
    if (at == node) break;
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
    lua_rawgeti(L, stack, n--);
  }
  lua_replace(L, seen);
  lua_settop(L, seen);
}

int tg_backwardanomaly (lua_State *L, const tg_node *node, unsigned i,
                        double adjoint) {
  lua_settop(L, 1);
  push_value_of(L, node);
  push_description(L, 2);
  return luaL_error(L,
                    "anomaly in backward: %s has the partial %f for operand "
                    "%d, and its adjoint is %f",
                    lua_tostring(L, -1),
                    (lua_Number)tg_edges(node)[i].partial, (int)i + 1,
                    (lua_Number)adjoint);
}

/* Switches */

/* v:detach(): a leaf with v's value, through which no derivative flows. */
static int detach (lua_State *L) {
  tg_newleaf(L, tg_checkself(L, "detach")->data);
  return 1;
}

/* set_mode(name, on): switches a mode; returns whether it was on. */
static int set_mode (lua_State *L) {
  tg_state *state = tg_getstate(L);
  const int bit = strcmp(luaL_checkstring(L, 1), "no_grad") == 0
                    ? TG_MODE_NO_GRAD
                    : TG_MODE_ANOMALY;
  lua_pushboolean(L, state->modes & bit);
  if (lua_toboolean(L, 2))
    state->modes |= bit;
  else
    state->modes &= ~bit;
  return 1;
}

const luaL_Reg tg_mode_methods[] = { { "detach", detach }, { NULL, NULL } };

const luaL_Reg tg_mode_functions[] = { { "set_mode", set_mode },
                                       { NULL, NULL } };
