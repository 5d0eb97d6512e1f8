/*
** coroutine_host.c: a Lua module with what only hosts can do to coroutines:
** end a coroutine's calls to use it for others. modes_spec.lua builds and loads
** it.
*/
#include <lua.h>

#include <lauxlib.h>
#include "tinygrad_lua.h"

#if LUA_VERSION_NUM >= 504
/* reuse(coroutine, f): ends what the coroutine does and runs f there. */
static int reuse (lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  int results;
#if LUA_VERSION_NUM >= 505
  lua_closethread(co, L);
#else
  lua_resetthread(co);
#endif
  lua_pushvalue(L, 2);
  lua_xmove(L, co, 1);
  if (lua_resume(co, L, 0, &results) != LUA_OK) {
    lua_xmove(co, L, 1);
    return lua_error(L);
  }
  return 0;
}
#endif

TG_API int luaopen_coroutine_host (lua_State *L) {
  lua_newtable(L);
#if LUA_VERSION_NUM >= 504
  lua_pushcfunction(L, reuse);
  lua_setfield(L, -2, "reuse");
#endif
  return 1;
}
