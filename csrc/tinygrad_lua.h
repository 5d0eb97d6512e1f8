/*
** tinygrad_lua.h: the API for C hosts that run Lua. Include lua.h first.
**
** The functions work in a Lua state in which a host or a script's `require` has
** opened tinygrad. Those that raise errors raise them as lua_error does.
** Nothing that a script does with what they push can crash the host or read its
** memory, unless the script has the debug library, precompiled chunks,
** package.loadlib or LuaJIT's ffi. The examples need, beside the headers that
** tinygrad.h names,
**
**    #include <lua.h>
**    #include <lauxlib.h>
**    #include "tinygrad_lua.h"
*/
#ifndef TINYGRAD_LUA_H
#define TINYGRAD_LUA_H

#include "tinygrad.h"

/*
** Opens all of tinygrad and leaves its module on the stack. The amalgamation
** and libtinygrad-lua5.4.a (or with another Lua's name) have this function, as
** they carry tinygrad's Lua modules. Of Lua's libraries, tinygrad needs the
** base library alone. A host registers the function before scripts ask for
** tinygrad; on Lua 5.1 and LuaJIT it does so in another way:
**
**    void open_tinygrad (lua_State *L) {
**    #if LUA_VERSION_NUM >= 502
**      luaL_requiref(L, "tinygrad", luaopen_tinygrad, 0);
**      lua_pop(L, 1);
**    #else
**      lua_getglobal(L, "package");
**      lua_getfield(L, -1, "preload");
**      lua_pushcfunction(L, luaopen_tinygrad);
**      lua_setfield(L, -2, "tinygrad");
**      lua_pop(L, 2);
**    #endif
**    }
*/
TG_API int luaopen_tinygrad (lua_State *L);

/*
** Opens the core alone and leaves its table of functions on the stack, for
** hosts that compile csrc/engine and csrc/binding. Register it under the name
** "tinygrad.core", as luaopen_tinygrad is registered under "tinygrad", and let
** package.path reach lua/?.lua and lua/?/init.lua for `require "tinygrad"`.
*/
TG_API int luaopen_tinygrad_core (lua_State *L);

/*
** Opens the vector code of batches and leaves a table that holds it on the
** stack, for the same hosts. Register it under the name "tinygrad.kernels".
** Without it there are no batches, and no fits.
*/
TG_API int luaopen_tinygrad_kernels (lua_State *L);

/*
** Pushes a new leaf and returns its node, which is valid while Lua can reach
** the leaf. Raises an error if the core was not opened in this state.
**
** The example calls the Lua function at the top of the stack with a Value, and
** replaces it by the derivative, a number:
**
**    void differentiate (lua_State *L, double at) {
**      tg_node *x, *y;
**      double d = 0.0;
**      lua_pushvalue(L, -1);
**      x = tg_pushvalue(L, at);
**      lua_pushvalue(L, -1);
**      lua_insert(L, -3);
**      lua_call(L, 1, 1);
**      y = tg_tovalue(L, -1);
**      if (y != NULL && tg_backward(y, 1.0, NULL) == TG_OK) d = tg_grad(x);
**      lua_pop(L, 3);
**      lua_pushnumber(L, d);
**    }
*/
TG_API tg_node *tg_pushvalue (lua_State *L, double data);

/* Returns the node of the Value at `index`, or NULL if something else is
   there. */
TG_API tg_node *tg_tovalue (lua_State *L, int index);

/*
** Returns the node of the Value that is argument `arg` of a C function; raises
** an error if the argument is something else.
**
**    int step_down (lua_State *L) {
**      tg_node *x = tg_checkvalue(L, 1);
**      const double rate = luaL_checknumber(L, 2);
**      if (!tg_set_data(x, tg_data(x) - rate * tg_grad(x)))
**        return luaL_argerror(L, 1, "a leaf expected");
**      tg_set_grad(x, 0.0);
**      return 0;
**    }
*/
TG_API tg_node *tg_checkvalue (lua_State *L, int arg);

/*
** Pushes a Lua function that applies `op` to numbers and Values, as a built-in
** operation does. Raises an error if the core was not opened in this state.
**
**    void add_softplus (lua_State *L) {
**      tg_pushoperation(L, &softplus_op);
**      lua_setglobal(L, "softplus");
**    }
*/
TG_API void tg_pushoperation (lua_State *L, const tg_operation *op);

/*
** Returns the program of the Program at `index`, or NULL if something else is
** there. It lives as long as the Program; tg_program_copy makes one that lives
** longer.
**
**    tg_program *take_out (lua_State *L, int index) {
**      const tg_program *p = tg_toprogram(L, index);
**      return p != NULL ? tg_program_copy(p, &heap) : NULL;
**    }
*/
TG_API const tg_program *tg_toprogram (lua_State *L, int index);

/*
** Pushes a Program that is `p` itself, lent to this state. The host still owns
** `p`: any number of states may have it at once, on any threads, and it must
** live until they are closed. Scripts call the Program with an array of its
** inputs; it returns its output, or an array of its outputs, and has all
** methods of a Program. Raises an error if the module "tinygrad" was not opened
** in this state.
**
**    void lend_out (lua_State *L, const tg_program *p) {
**      tg_pushprogram(L, p);
**      lua_setglobal(L, "lent");
**    }
*/
TG_API void tg_pushprogram (lua_State *L, const tg_program *p);

#endif
