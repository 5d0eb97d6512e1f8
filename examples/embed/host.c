/*
** host.c: a C program that runs Lua and has tinygrad inside it. Registers the
** core statically, adds an operation of its own, runs a script, and reads
** value and gradients back in C.
**
**   host LUA_DIRECTORY SCRIPT     (`make host` builds it and runs it)
*/
#include <math.h>
#include <stdio.h>

#ifdef __cplusplus
#include <lua.hpp>
#else
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#endif

#include "tinygrad_lua.h"

/* sinc(x) = sin(x) / x, which tinygrad does not have. */

static double sinc_value (const double *x) {
  return x[0] == 0.0 ? 1.0 : sin(x[0]) / x[0];
}

static void sinc_partials (const double *x, double y, double *d) {
  d[0] = x[0] == 0.0 ? 0.0 : (cos(x[0]) - y) / x[0];
}

static const tg_operation sinc = { "sinc", 1, sinc_value, sinc_partials, NULL };

/* Makes `require "tinygrad.core"` find the core that is linked in. */
static void register_core (lua_State *L) {
#if LUA_VERSION_NUM >= 502
  luaL_requiref(L, "tinygrad.core", luaopen_tinygrad_core, 0);
  lua_pop(L, 1);
#else
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_tinygrad_core);
  lua_setfield(L, -2, "tinygrad.core");
  lua_pop(L, 2);
  lua_getglobal(L, "require"); /* opens it now: sinc needs it */
  lua_pushliteral(L, "tinygrad.core");
  lua_call(L, 1, 0);
#endif
}

/* Lets `require` find tinygrad's Lua files. */
static void set_path (lua_State *L, const char *directory) {
  lua_getglobal(L, "package");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", directory, directory);
  lua_setfield(L, -2, "path");
  lua_pop(L, 1);
}

/* The node of a Value that the script returned. */
static const tg_node *returned (lua_State *L, int index) {
  const tg_node *node = tg_tovalue(L, index);
  if (node == NULL) luaL_error(L, "the script must return three Values");
  return node;
}

/* Everything that may raise an error: run under lua_pcall. */
static int run (lua_State *L) {
  const char *directory = luaL_checkstring(L, 1);
  const char *script = luaL_checkstring(L, 2);
  const tg_node *out, *a, *b;
  luaL_openlibs(L);
  register_core(L);
  set_path(L, directory);
  tg_pushoperation(L, &sinc);
  lua_setglobal(L, "sinc");
  if (luaL_loadfile(L, script) != 0) return lua_error(L);
  lua_call(L, 0, 3);
  out = returned(L, -3);
  a = returned(L, -2);
  b = returned(L, -1);
  printf("out      = %.6f\n", tg_data(out));
  printf("d out/da = %.6f\n", tg_grad(a));
  printf("d out/db = %.6f\n", tg_grad(b));
  return 0;
}

/* Message handler: puts a traceback after a message. (An error before the
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

static void report (lua_State *L) {
  const char *message = lua_tostring(L, -1);
  fprintf(stderr, "%s\n", message ? message : "(error is not a string)");
}

int main (int argc, char **argv) {
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
  status = lua_pcall(L, 2, 0, 1);
  if (status != 0) report(L);
  lua_close(L);
  return status != 0;
}
