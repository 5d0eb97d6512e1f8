/*
** tinygrad_lua.h: for a C host that runs Lua. Include lua.h first.
**
** Register the core before scripts ask for it:
**   luaL_requiref(L, "tinygrad.core", luaopen_tinygrad_core, 0);
** (Lua 5.1 and LuaJIT: put the function into package.preload), and let
** package.path reach lua/?.lua and lua/?/init.lua for `require "tinygrad"`.
*/
#ifndef TINYGRAD_LUA_H
#define TINYGRAD_LUA_H

#include "tinygrad.h"

/*
** Opens all of tinygrad and leaves its module on the stack. Only in the
** amalgamation and libtinygrad-lua5.4.a (or another Lua's name), which carry
** the Lua modules.
*/
TG_API int luaopen_tinygrad (lua_State *L);

/* Opens the core and leaves its table of functions on the stack. */
TG_API int luaopen_tinygrad_core (lua_State *L);

/*
** Pushes a new leaf and returns its node, valid while Lua can reach it.
** The core must have been opened in this state; raises an error otherwise.
*/
TG_API tg_node *tg_pushvalue (lua_State *L, double data);

/* The node of the Value at `index`, or NULL if that is something else. */
TG_API tg_node *tg_tovalue (lua_State *L, int index);

/* The same for an argument of a C function: raises an error for others. */
TG_API tg_node *tg_checkvalue (lua_State *L, int arg);

/*
** Pushes a Lua function that applies `op` to numbers and Values, with the
** same rights as a built-in one. The core must have been opened.
*/
TG_API void tg_pushoperation (lua_State *L, const tg_operation *op);

/*
** The program of the Program at `index`, or NULL if that is something else.
** It lives as long as the Program; see tg_program_copy.
*/
TG_API const tg_program *tg_toprogram (lua_State *L, int index);

#endif
