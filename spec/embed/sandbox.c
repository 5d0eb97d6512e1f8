/*
** sandbox.c: opens all of tinygrad in states that lack some of Lua's libraries.
** It runs sandbox.lua in a state for each set of libraries. The script gets the
** module, a function contains(text, part), the set of open libraries, and a
** function that opens io.
*/
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
#include <lua.hpp>
#else
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#endif

#include "tinygrad_lua.h"

typedef struct library {
  const char *name;
  lua_CFunction open;
} library;

static const library libraries[] = { { "string", luaopen_string },
                                     { "table", luaopen_table },
                                     { "math", luaopen_math },
                                     { "io", luaopen_io },
                                     { "os", luaopen_os } };
#define COUNT (sizeof libraries / sizeof *libraries)

/* Opens a library and leaves its table on the stack. */
static void open_library (lua_State *L, const char *name, lua_CFunction open) {
  lua_pushcfunction(L, open);
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
}

static int contains (lua_State *L) {
  lua_pushboolean(L, strstr(luaL_checkstring(L, 1), luaL_checkstring(L, 2)) !=
                       NULL);
  return 1;
}

static int open_io (lua_State *L) {
  open_library(L, "io", luaopen_io);
  lua_setglobal(L, "io");
  return 0;
}

/* run(script, set): runs the script with the libraries whose bits are in the
   set. */
static int run (lua_State *L) {
  const int set = (int)lua_tonumber(L, 2);
  size_t i;
  open_library(L, "", luaopen_base);
  if (luaL_loadfile(L, luaL_checkstring(L, 1)) != 0) return lua_error(L);
  open_library(L, "tinygrad", luaopen_tinygrad);
  lua_pushcfunction(L, contains);
  lua_newtable(L);
  for (i = 0; i < COUNT; i++) {
    if (!(set >> i & 1)) continue;
    open_library(L, libraries[i].name, libraries[i].open);
    lua_setglobal(L, libraries[i].name);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, libraries[i].name);
  }
  lua_pushcfunction(L, open_io);
  lua_call(L, 4, 0);
  return 0;
}

/* Checks that `require` finds the modules of a tinygrad that the host opened
   itself, once the package library is open. */
static int require_it (lua_State *L) {
  open_library(L, "", luaopen_base);
  open_library(L, "package", luaopen_package);
  lua_setglobal(L, "package");
  open_library(L, "tinygrad", luaopen_tinygrad);
  if (luaL_loadstring(L, "local tinygrad = ...\n"
                         "package.path, package.cpath = '', ''\n"
                         "local core = require 'tinygrad.core'\n"
                         "assert(core._VERSION == tinygrad._VERSION)\n"
                         "assert(require('tinygrad.program.compile') == "
                         "tinygrad.compile)") != 0)
    return lua_error(L);
  lua_insert(L, -2);
  lua_call(L, 1, 0);
  return 0;
}

/* Runs f(script, set) in a new state; returns whether it raised no error. */
static int passes (lua_CFunction f, const char *script, int set) {
  lua_State *L = luaL_newstate();
  int status;
  lua_pushcfunction(L, f);
  lua_pushstring(L, script);
  lua_pushnumber(L, set);
  status = lua_pcall(L, 2, 0, 0);
  if (status != 0) fprintf(stderr, "set %d: %s\n", set, lua_tostring(L, -1));
  lua_close(L);
  return status == 0;
}

int main (int argc, char **argv) {
  int set;
  if (argc != 2 || !passes(require_it, argv[1], -1)) return 1;
  for (set = 0; set < 1 << COUNT; set++)
    if (!passes(run, argv[1], set)) return 1;
  printf("%d sets of libraries\n", set);
  return 0;
}
