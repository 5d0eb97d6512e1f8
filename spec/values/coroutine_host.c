/*
** coroutine_host.c: a Lua module that does what only hosts can: it ends the
** calls of a coroutine and uses the coroutine for others. modes_spec.lua builds
** and loads it.
*/
#include <lua.h>

#include <lauxlib.h>
#include "tinygrad_lua.h"

#if LUA_VERSION_NUM >= 504
/* reuse(coroutine, f): ends the coroutine's calls and runs f in it. */
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
