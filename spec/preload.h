/*
** preload.h: for the specs' hosts, into which the modules in C are linked.
** Include lua.h first.
*/
#ifndef PRELOAD_H
#define PRELOAD_H

#include "tinygrad_lua.h"

/* Lets `require` find the modules in C; the package library must be open. */
static void preload_modules (lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_tinygrad_core);
  lua_setfield(L, -2, "tinygrad.core");
  lua_pushcfunction(L, luaopen_tinygrad_kernels);
  lua_setfield(L, -2, "tinygrad.kernels");
  lua_pop(L, 2);
}

#endif
