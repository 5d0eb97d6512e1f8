/*
** custom.c: operations outside the table, written in Lua (through
** lua/tinygrad/transform/custom.lua) or by a C host (tg_pushoperation).
**
** The edges of such an operation's node hold the partials, as other nodes'
** edges do. TG_UP_CUSTOM maps its Value to the operation's description, a Lua
** table:
**   name      for users
**   value     function(operands...) that computes it, on numbers
**   partials  function(operands..., result) that returns the partials; called
**             with Values when the derivative is to be differentiated again
*/
#include "custom.h"

#include "../../engine/numeric/environment.h"
#include "../lua/errors.h"
#include "result.h"
#include "value.h"

/*
** Pushes the result of a custom operation, whose description is at
** `description`: a number if no operand is a Value. The operands are the `n`
** stack slots above `base`, which `operands` was read from; `op` is NULL if the
** operation was made in Lua.
*/
static void push_node (lua_State *L, const tg_operation *op,
                       const tg_edge *operands, const double *partials,
                       int base, int n, double value, int description) {
  tg_node *node;
  tg_edge *edges;
  int i, live = 0;
  for (i = 0; i < n; i++) live += operands[i].parent != NULL;
  if (live == 0) {
    lua_pushnumber(L, (lua_Number)value);
    return;
  }
  node = tg_newnode(L, (size_t)n + 1, live);
  edges = tg_edges(node);
  for (i = 0; i < n; i++) {
    edges[i] = operands[i];
    if (edges[i].parent != NULL) edges[i].partial = partials[i];
  }
  tg_node_custom(node, (unsigned)n, op, value);
  tg_finishnode(L);
  tg_anchor(L, operands, base, n, live);
  lua_pushvalue(L, -1);
  lua_pushvalue(L, description);
  lua_rawset(L, TG_UP_CUSTOM);
  tg_finishresult(L, node);
}

/*
** custom_node(description, value, partials, operands...): returns the result of
** an operation that Lua has computed; `partials` is a table of numbers.
*/
static int custom_node (lua_State *L) {
  enum { DESCRIPTION = 1, VALUE, PARTIALS };
  const tg_state *state = tg_getstate(L);
  const int n = lua_gettop(L) - PARTIALS;
  tg_edge *operands;
  double *partials;
  int i;
  luaL_checktype(L, DESCRIPTION, LUA_TTABLE);
  luaL_checktype(L, PARTIALS, LUA_TTABLE);
  luaL_checkstack(L, n + LUA_MINSTACK, "many operands");
  operands = (tg_edge *)tg_newuserdata(L, (size_t)n * sizeof *operands + 1, 0);
  partials = (double *)tg_newuserdata(L, (size_t)n * sizeof *partials + 1, 0);
  for (i = 0; i < n; i++) {
    const int top = lua_gettop(L);
    if (!tg_tooperand(L, state, PARTIALS + 1 + i, &operands[i]))
      return tg_typeerror(L, i + 1, "custom_node", "number or Value expected");
    lua_rawgeti(L, PARTIALS, i + 1);
    partials[i] = (double)lua_tonumber(L, -1);
    lua_settop(L, top);
  }
  push_node(L, NULL, operands, partials, PARTIALS, n,
            (double)lua_tonumber(L, VALUE), DESCRIPTION);
  return 1;
}

/* Operations of a C host */

#define UP_OPERATION lua_upvalueindex(TG_UPVALUES + 1)
#define UP_DESCRIPTION lua_upvalueindex(TG_UPVALUES + 2)

static const tg_operation *get_operation (lua_State *L) {
  return (const tg_operation *)lua_touserdata(L, UP_OPERATION);
}

/* Applies a C host's operation to the arguments. tg_pushoperation pushes this
   function. */
static int call_operation (lua_State *L) {
  const tg_operation *op = get_operation(L);
  const tg_state *state = tg_getstate(L);
  tg_edge operands[TG_MAXOPERANDS];
  tg_environment host;
  double x[TG_MAXOPERANDS], d[TG_MAXOPERANDS], y;
  int i;
  lua_settop(L, op->arity);
  for (i = 0; i < op->arity; i++) {
    if (!tg_tooperand(L, state, i + 1, &operands[i])) {
      lua_settop(L, op->arity);
      return tg_typeerror(L, i + 1, op->name, "number or Value expected");
    }
    x[i] = tg_edgevalue(&operands[i]);
  }
  tg_environment_enter(&host);
  y = tg_environment_result(op->value(x));
  op->partials(x, y, d);
  tg_environment_leave(&host);
  lua_settop(L, op->arity);
  lua_pushvalue(L, UP_DESCRIPTION);
  push_node(L, op, operands, d, 0, op->arity, y, op->arity + 1);
  return 1;
}

/* partials(operands..., result): the function of that name in the description
   of a C host's operation */
static int call_derivatives (lua_State *L) {
  const tg_operation *op = get_operation(L);
  int i, k;
  if (op->derivatives == NULL) return tg_error(L, TG_ONCEMESSAGE, op->name);
  luaL_checkstack(L, 2 * op->arity + LUA_MINSTACK, "many operands");
  for (i = 0; i < op->arity; i++) {
    tg_pushoperation(L, op->derivatives[i]);
    for (k = 1; k <= op->arity; k++) lua_pushvalue(L, k);
    lua_call(L, op->arity, 1);
  }
  return op->arity;
}

const tg_operation *tg_tooperation (lua_State *L, int index) {
  const tg_operation *op = NULL;
  if (lua_tocfunction(L, index) == call_operation &&
      lua_getupvalue(L, index, TG_UPVALUES + 1) != NULL) {
    op = (const tg_operation *)lua_touserdata(L, -1);
    lua_pop(L, 1);
  }
  return op;
}

/* Pushes `f` with the operation and the description, which is at 2. */
static void push_operation_closure (lua_State *L, lua_CFunction f,
                                    const tg_operation *op) {
  tg_pushupvalues(L);
  lua_pushlightuserdata(L, (void *)op);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, f, TG_UPVALUES + 2);
}

int tg_operationfunction (lua_State *L) {
  const tg_operation *op = (const tg_operation *)lua_touserdata(L, 1);
  if (op->arity < 1 || op->arity > TG_MAXOPERANDS)
    return luaL_error(L, "the operation '%s' has %d operands; 1 to %d expected",
                      op->name, op->arity, TG_MAXOPERANDS);
  lua_settop(L, 1);
  lua_createtable(L, 0, 3);
  lua_pushstring(L, op->name);
  lua_setfield(L, 2, "name");
  push_operation_closure(L, call_derivatives, op);
  lua_setfield(L, 2, "partials");
  push_operation_closure(L, call_operation, op);
  lua_pushvalue(L, -1);
  lua_setfield(L, 2, "value");
  return 1;
}

void tg_pushoperation (lua_State *L, const tg_operation *op) {
  tg_pushhost(L, "operation");
  lua_pushlightuserdata(L, (void *)op);
  lua_call(L, 1, 1);
}

/* custom_of(value): returns the description of the custom operation that made a
   Value, or nil. */
static int custom_of (lua_State *L) {
  lua_settop(L, 1);
  lua_rawget(L, TG_UP_CUSTOM);
  return 1;
}

void tg_add_custom_functions (lua_State *L) {
  tg_add(L, "custom_node", custom_node);
  tg_add(L, "custom_of", custom_of);
}
