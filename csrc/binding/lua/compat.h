/*
** compat.h: one interface to Lua 5.1 to 5.5 and LuaJIT. The binding includes
** Lua's headers through this file alone, and tests LUA_VERSION_NUM only here.
*/
#ifndef TG_COMPAT_H
#define TG_COMPAT_H

/* In C++, Lua's functions are declared as C functions, unless TG_LUA_CXX says
   that Lua itself was compiled as C++. */
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

/* The Lua that this build serves. A Lua whose numbers have 32 bits has another
   binary interface, hence another name. */
#if defined(LUA_FLOAT_TYPE) && LUA_FLOAT_TYPE == LUA_FLOAT_FLOAT
#define TG_LUA LUA_VERSION " with float numbers"
#else
#define TG_LUA LUA_VERSION
#endif

/*
** A node keeps its operands alive by anchors: Lua values that live as long as
** the node. TG_ANCHORS of them can be set one by one; a node with more Values
** among its operands has a table of them as anchor 1.
**
**   tg_newuserdata(L, size, n)  pushes a userdata with room for n anchors
**   tg_setanchor(L, i, k)       pops anchor k of the userdata at index i
**   tg_getanchor(L, i, k)       pushes it
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
** tg_callk(L, n, r, k, name) is a lua_call in which Lua code may yield, from
** Lua 5.2 on. After a yield, f(L, k) goes on in place of the C function that
** called; TG_CONTINUATION(name, f) defines `name`, by which Lua calls f.
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
   arithmetic. Each module has a copy: it may be compiled with other flags. */
static inline void tg_checkieee (lua_State *L, const char *module) {
  const char *flag = tg_ieee_fault();
  if (flag == NULL) return;
  luaL_error(L, /* LCOV_EXCL_START: settings_spec builds modules so */
             "tinygrad.%s was compiled with %s (or a flag that implies it), "
             "which breaks its arithmetic: compile it without",
             module, flag); /* LCOV_EXCL_STOP */
}

/* tg_rawgeti is a lua_rawgeti that returns the type of what it pushes. */
#if LUA_VERSION_NUM >= 503
#define tg_rawgeti(L, i, k) lua_rawgeti(L, i, k)
#else
#define tg_rawgeti(L, i, k) (lua_rawgeti(L, i, k), lua_type(L, -1))
#endif

/* Functions that Lua 5.1 lacks */
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
