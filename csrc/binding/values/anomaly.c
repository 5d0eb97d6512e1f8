/*
** anomaly.c: errors for the first NaN or inf among results and derivatives.
*/
#include "anomaly.h"

#include <math.h>

#include "../lua/errors.h"
#include "../lua/numerals.h"

/* Appends the values of the node's first four operands. */
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

/* Pushes "'log' of (0), made at file:1", say, for the Value at `index`, which
   is at the top. */
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

/* Returns whether the node's value is a NaN or inf that does not come from an
   operand: none is NaN, and for an inf none is inf. */
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

int tg_faulterror (lua_State *L, const tg_fault *fault, const char *pass) {
  const tg_edge *e = tg_edges(fault->node) + fault->edge;
  char partial[40], derivative[40];
  tg_formatnumber(partial, sizeof partial, "%.14g", e->partial);
  tg_formatnumber(derivative, sizeof derivative, "%.14g", fault->derivative);
  lua_settop(L, 1);
  lua_newtable(L);
  lua_pushlightuserdata(L, (void *)fault->node);
  lua_pushboolean(L, 1);
  lua_rawset(L, 2);
  tg_findvalues(L, 2);
  lua_rawgeti(L, 3, 1);
  lua_replace(L, 2);
  lua_settop(L, 2);
  push_description(L, 2);
  return tg_usererror(L,
                      "anomaly in %s: %s has the partial %s for operand %d, "
                      "and the derivative so far is %s",
                      pass, lua_tostring(L, -1), partial, (int)fault->edge + 1,
                      derivative);
}
