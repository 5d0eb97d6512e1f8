/*
** compat.h: one face for Lua 5.1 to 5.5 and LuaJIT. Every binding source
** includes it first; nothing else tests LUA_VERSION_NUM.
*/
#ifndef TG_COMPAT_H
#define TG_COMPAT_H

/* Compiled as C++, for a Lua that is C, or (TG_LUA_CXX) that is C++, too. */
#if defined(__cplusplus) && !defined(TG_LUA_CXX)
extern "C" {
#endif
#include <lua.h>
#include <lauxlib.h>
#if defined(__cplusplus) && !defined(TG_LUA_CXX)
}
#endif

#include "../../engine/attributes.h"
#include "../../tinygrad_lua.h"
#include "../../engine/numeric/ieee.h"

TG_HIDDEN_BEGIN

/* What a build is for. The same Lua with 32-bit numbers is another one. */
#if defined(LUA_FLOAT_TYPE) && LUA_FLOAT_TYPE == LUA_FLOAT_FLOAT
#define TG_LUA LUA_VERSION " with float numbers"
#else
#define TG_LUA LUA_VERSION
#endif

/*
** A node keeps its parents alive by anchors: values that live as long as the
** node. This many can be set one by one; a node with more has a table as its
** anchor 1.
*/
#if LUA_VERSION_NUM >= 504
#define TG_ANCHORS 2
#define tg_newuserdata(L, size, n) lua_newuserdatauv(L, size, n)
#define tg_setanchor(L, i, k) ((void)lua_setiuservalue(L, i, k))
#define tg_getanchor(L, i, k) ((void)lua_getiuservalue(L, i, k))
#elif LUA_VERSION_NUM == 503
#define TG_ANCHORS 1
#define tg_newuserdata(L, size, n) ((void)(n), lua_newuserdata(L, size))
#define tg_setanchor(L, i, k) lua_setuservalue(L, i)
#define tg_getanchor(L, i, k) ((void)lua_getuservalue(L, i))
#elif LUA_VERSION_NUM == 502 /* only tables can be user values */
#define TG_ANCHORS 0
#define tg_newuserdata(L, size, n) ((void)(n), lua_newuserdata(L, size))
#define tg_setanchor(L, i, k) lua_setuservalue(L, i)
#define tg_getanchor(L, i, k) lua_getuservalue(L, i)
#else
#define TG_ANCHORS 0
#define tg_newuserdata(L, size, n) ((void)(n), lua_newuserdata(L, size))
#define tg_setanchor(L, i, k) ((void)lua_setfenv(L, i))
#define tg_getanchor(L, i, k) lua_getfenv(L, i)
#endif

/*
** A C function that goes on with f(L, k) after a call in which Lua code may
** yield (from 5.2 on): TG_CONTINUATION(name, f), and then tg_callk in f.
*/
#if LUA_VERSION_NUM >= 503
#define TG_CONTINUATION(name, f) \
  static int name(lua_State *L, int status, lua_KContext k) { \
    (void)status; \
    return f(L, (size_t)k); \
  }
#define tg_callk(L, n, r, k, name) lua_callk(L, n, r, (lua_KContext)(k), name)
#elif LUA_VERSION_NUM == 502
#define TG_CONTINUATION(name, f) \
  static int name(lua_State *L) { \
    int k = 0; \
    lua_getctx(L, &k); \
    return f(L, (size_t)(unsigned)k); \
  }
#define tg_callk(L, n, r, k, name) lua_callk(L, n, r, (int)(k), name)
#else
#define TG_CONTINUATION(name, f)
#define tg_callk(L, n, r, k, name) ((void)(k), lua_call(L, n, r))
#endif

/* Raises an error if tinygrad.`module` was compiled with flags that break its
   arithmetic. Each module has its own copy, as each is compiled apart. */
static inline void tg_checkieee (lua_State *L, const char *module) {
  const char *flag = tg_ieee_fault();
  if (flag == NULL) return;
  luaL_error(L, /* LCOV_EXCL_START: settings_spec builds modules so */
             "tinygrad.%s was compiled with %s (or a flag that implies it), "
             "which breaks its arithmetic: compile it without",
             module, flag); /* LCOV_EXCL_STOP */
}

/* lua_rawgeti that returns the type of what it pushes */
#if LUA_VERSION_NUM >= 503
#define tg_rawgeti(L, i, k) lua_rawgeti(L, i, k)
#else
#define tg_rawgeti(L, i, k) (lua_rawgeti(L, i, k), lua_type(L, -1))
#endif

#if LUA_VERSION_NUM >= 502
#define tg_checkversion(L) luaL_checkversion(L)
#define tg_pushglobals(L) lua_pushglobaltable(L)
#else
#define tg_checkversion(L) ((void)(L))
#define tg_pushglobals(L) lua_pushvalue(L, LUA_GLOBALSINDEX)
#define lua_rawlen(L, i) lua_objlen(L, i)
#endif

TG_HIDDEN_END

#endif
