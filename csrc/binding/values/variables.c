/*
** variables.c: Values for the arguments of a function that a transform calls.
*/
#include "variables.h"

#include "../lua/errors.h"
#include "../lua/modes.h"
#include "../lua/poll.h"
#include "operators.h"

#ifndef TG_NO_DERIVE

/* Pushes a variable for the number or Value at `index`. */
static void push_variable (lua_State *L, int index) {
  tg_node *node;
  if (lua_type(L, index) == LUA_TNUMBER) {
    tg_newleaf(L, (double)lua_tonumber(L, index));
    if (tg_getstate(L)->maybe[TG_RECORDING]) tg_notemade(L);
    node = (tg_node *)lua_touserdata(L, -1);
  }
  else {
    lua_pushvalue(L, index);
    tg_applytop(L, TG_OP_identity);
    node = (tg_node *)lua_touserdata(L, -1);
  }
  node->marks |= TG_MARK_VARIABLE;
}

/* variable(x): returns a Value for a transform's argument x, a number or
   Value. */
static int variable (lua_State *L) {
  if (lua_type(L, 1) != LUA_TNUMBER) tg_checkself(L, "variable");
  push_variable(L, 1);
  return 1;
}

/* variables(...): returns variable(x) for each argument x. */
static int variables (lua_State *L) {
  const int n = lua_gettop(L);
  int i;
  for (i = 1; i <= n; i++) {
    push_variable(L, i);
    lua_replace(L, i);
  }
  return n;
}

/* all_numbers(...): returns whether it gets arguments, and only numbers. */
static int all_numbers (lua_State *L) {
  int i = lua_gettop(L);
  const int any = i > 0;
  while (i > 0 && lua_type(L, i) == LUA_TNUMBER) i--;
  lua_pushboolean(L, any && i == 0);
  return 1;
}

/* Returns whether elements 1 to n of the table at `index` are numbers. */
static int has_numbers (lua_State *L, int index, size_t n) {
  size_t i;
  int ok = 1;
  for (i = 1; ok && i <= n; i++) {
    lua_rawgeti(L, index, (int)i);
    ok = lua_type(L, -1) == LUA_TNUMBER;
    lua_pop(L, 1);
  }
  return ok;
}

/* Returns whether the table at `index` has n entries and no more. */
static int has_entries (lua_State *L, int index, size_t n) {
  size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (++count > n) {
      lua_pop(L, 1);
      return 0;
    }
  }
  return count == n;
}

/* Returns whether the table at `index` is an array of n numbers, without other
   entries or a metatable. */
static int is_number_array (lua_State *L, int index, size_t n) {
  if (lua_getmetatable(L, index)) {
    lua_pop(L, 1);
    return 0;
  }
  return n > 0 && has_numbers(L, index, n) && has_entries(L, index, n);
}

/*
** array_variables(t, list): if t is an array of numbers and nothing else,
** returns a table of variables for them, which it also appends to list.
** Otherwise returns nothing.
*/
static int array_variables (lua_State *L) {
  size_t i, n, first;
  if (!lua_istable(L, 1)) return 0;
  n = tg_checklist(L, 1);
  first = tg_checklist(L, 2);
  if (!is_number_array(L, 1, n)) return 0;
  lua_settop(L, 2);
  lua_createtable(L, (int)n, 0);
  for (i = 1; i <= n; i++) {
    tg_pollat(L, i);
    lua_rawgeti(L, 1, (int)i);
    push_variable(L, 4);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, (int)(first + i));
    lua_rawseti(L, 3, (int)i);
    lua_settop(L, 3);
  }
  return 1;
}

void tg_endvariables (tg_node **xs, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) xs[i]->marks &= (unsigned short)~TG_MARK_VARIABLE;
}

/* finish(xs): ends the transform that has the variables xs. */
static int finish (lua_State *L) {
  size_t n;
  tg_node **xs = tg_pushnodes(L, 1, &n);
  tg_endvariables(xs, n);
  return 0;
}

void tg_add_variable_functions (lua_State *L) {
  tg_add(L, "variable", variable);
  tg_add(L, "variables", variables);
  tg_add(L, "all_numbers", all_numbers);
  tg_add(L, "array_variables", array_variables);
  tg_add(L, "finish", finish);
}

#endif
