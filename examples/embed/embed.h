/*
** embed.h: a Lua state with tinygrad linked into it, and one protected call,
** for the hosts of this folder.
*/
#ifndef EMBED_H
#define EMBED_H

#include <stdio.h>

#ifdef __cplusplus
#include <lua.hpp>
#else
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#endif

#include "tinygrad_lua.h"

/* Lets `require` find the modules in C, which are linked into the host. */
static void register_modules (lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_tinygrad_core);
  lua_setfield(L, -2, "tinygrad.core");
  lua_pushcfunction(L, luaopen_tinygrad_kernels);
  lua_setfield(L, -2, "tinygrad.kernels");
  lua_pop(L, 2);
  lua_getglobal(L, "require"); /* opens the core now: tg_ functions need it */
  lua_pushliteral(L, "tinygrad.core");
  lua_call(L, 1, 0);
}

/* Lets `require` find tinygrad's Lua files. */
static void set_path (lua_State *L, const char *directory) {
  lua_getglobal(L, "package");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", directory, directory);
  lua_setfield(L, -2, "path");
  lua_pop(L, 1);
}

/* Opens Lua's libraries and tinygrad, whose Lua files are in `directory`. */
static void open_tinygrad (lua_State *L, const char *directory) {
  luaL_openlibs(L);
  register_modules(L);
  set_path(L, directory);
}

/* Runs the file `script` and leaves `n` results on the stack. */
static void run_script (lua_State *L, const char *script, int n) {
  if (luaL_loadfile(L, script) != 0) lua_error(L);
  lua_call(L, 0, n);
}

/* Message handler: appends a traceback to a message. (An error before the
   libraries are open, or one that is no string, stays as it is.) */
static int add_traceback (lua_State *L) {
  lua_getglobal(L, "debug");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "traceback");
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 2); /* without this function */
    lua_call(L, 2, 1);
    return 1;
  }
  lua_settop(L, 1);
  return 1;
}

/*
** Makes a Lua state, calls run(LUA_DIRECTORY, SCRIPT, data) in it with the two
** arguments of the command line, and closes it. Prints an error on stderr.
** Returns the exit status.
*/
static int with_lua (int argc, char **argv, lua_CFunction run, void *data) {
  lua_State *L;
  int status;
  if (argc != 3) {
    fprintf(stderr, "usage: %s LUA_DIRECTORY SCRIPT\n", argv[0]);
    return 2;
  }
  L = luaL_newstate();
  if (L == NULL) {
    fprintf(stderr, "not enough memory\n");
    return 1;
  }
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, run);
  lua_pushstring(L, argv[1]);
  lua_pushstring(L, argv[2]);
  lua_pushlightuserdata(L, data);
  status = lua_pcall(L, 3, 0, 1);
  if (status != 0) {
    const char *message = lua_tostring(L, -1);
    fprintf(stderr, "%s\n", message ? message : "(error is not a string)");
  }
  lua_close(L);
  return status != 0;
}

#endif
