/*
** state.c: what tinygrad keeps for one Lua state.
*/
#include "state.h"

#include <string.h>

/* The stack indices of the first upvalues while the core is being opened */
#define METATABLE 1
#define STATE 2

/* Pushes a new table with weak keys. */
static void new_weak_table (lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

/* Pushes a new metatable, in whose place getmetatable gives false. */
static void new_hidden (lua_State *L, const char *name) {
  luaL_newmetatable(L, name);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

/* Names the type for messages of Lua 5.3 and later, as math.sin's for a Value
   in place of a number. */
static void name_type (lua_State *L) {
  lua_pushliteral(L, "tinygrad.Value (use tinygrad.math, or v.data)");
  lua_setfield(L, METATABLE, "__name");
}

/* Pushes the tg_state. */
static void new_state (lua_State *L) {
  tg_state *state = (tg_state *)tg_newuserdata(L, sizeof(tg_state), 0);
  memset(state, 0, sizeof *state);
  state->types[TG_VALUE] = lua_topointer(L, METATABLE);
}

void tg_openstate (lua_State *L, lua_CFunction callhook) {
  new_hidden(L, TG_VALUE_TYPE);
  name_type(L);
  new_state(L);
  new_weak_table(L); /* labels */
  lua_newtable(L);   /* methods */
  new_weak_table(L); /* lines */
  new_weak_table(L); /* custom operations */
  lua_newtable(L);   /* files of the library */
  lua_pushcfunction(L, callhook);
  new_weak_table(L); /* modes */
}

void tg_pushupvalues (lua_State *L) {
  int i;
  luaL_checkstack(L, TG_UPVALUES + 2, "upvalues");
  for (i = 1; i <= TG_UPVALUES; i++) lua_pushvalue(L, lua_upvalueindex(i));
}

void tg_add (lua_State *L, const char *name, lua_CFunction f) {
  int i;
  luaL_checkstack(L, TG_UPVALUES + 1, "too many upvalues");
  for (i = 1; i <= TG_UPVALUES; i++) lua_pushvalue(L, i);
  lua_pushcclosure(L, f, TG_UPVALUES);
  lua_setfield(L, -2, name);
}

void tg_newtype (lua_State *L, tg_type type, const char *name) {
  tg_state *state = (tg_state *)lua_touserdata(L, STATE);
  new_hidden(L, name);
  state->types[type] = lua_topointer(L, -1);
}

void tg_pushhost (lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, TG_HOST);
  if (lua_isnil(L, -1)) luaL_error(L, "tinygrad.core is not loaded");
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

int tg_isof (lua_State *L, int index, const char *type) {
  int same;
  if (lua_touserdata(L, index) == NULL || !lua_getmetatable(L, index)) return 0;
  luaL_getmetatable(L, type);
  same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

const char *tg_typename (lua_State *L, int index) {
  if (tg_isof(L, index, TG_VALUE_TYPE)) return "Value";
  if (tg_isof(L, index, TG_PROGRAM_TYPE)) return "Program";
  if (tg_isof(L, index, TG_TENSOR_TYPE)) return "Tensor";
  return luaL_typename(L, index);
}

void *tg_newscratch (lua_State *L, size_t n, size_t size) {
  if (n > ((size_t)-1 - 1) / size) luaL_error(L, "not enough memory");
  return tg_newuserdata(L, n * size + 1, 0);
}
