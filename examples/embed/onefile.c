/*
** onefile.c: a host with all of tinygrad inside it, by one C file or one
** library. It needs none of tinygrad's files where it runs. Its Lua state is a
** sandbox with the base library alone. The script gets the module tinygrad as
** its argument and returns a Program, which the host evaluates.
**
**   onefile SCRIPT
**
** `make host` builds it with libtinygrad-lua5.4.a and runs it; with the file
** that `make amalgamation` writes, and no make, it is
**   cc onefile.c tinygrad.c $(pkg-config --cflags --libs lua5.4) -lm
*/
#include <stdio.h>

#ifdef __cplusplus
#include <lua.hpp>
#else
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#endif

#include "tinygrad_lua.h"

#define MOST 16 /* inputs and outputs of the Program */

/* Opens a library and leaves its table on the stack. (Lua 5.1 lacks
   luaL_requiref.) */
static void open_library (lua_State *L, const char *name, lua_CFunction open) {
  lua_pushcfunction(L, open);
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
}

/* Evaluates the Program with all its inputs 1, and prints its outputs. */
static int evaluate (lua_State *L, const tg_program *p) {
  const size_t inputs = tg_program_inputs(p), outputs = tg_program_outputs(p);
  double *workspace, in[MOST], out[MOST];
  size_t i;
  if (inputs > MOST || outputs > MOST)
    return luaL_error(L, "more than %d numbers", MOST);
  workspace =
    (double *)lua_newuserdata(L, tg_program_workspace(p) * sizeof *workspace);
  tg_workspace_init(p, workspace);
  for (i = 0; i < inputs; i++) in[i] = 1.0;
  tg_program_eval(p, workspace, in, out, NULL);
  for (i = 0; i < outputs; i++) printf("out[%d]   = %.6f\n", (int)i, out[i]);
  return 0;
}

/* run(script): does all that may raise an error. */
static int run (lua_State *L) {
  const tg_program *p;
  open_library(L, "_G", luaopen_base);
  if (luaL_loadfile(L, luaL_checkstring(L, 1)) != 0) return lua_error(L);
  open_library(L, "tinygrad", luaopen_tinygrad);
  lua_call(L, 1, 1);
  p = tg_toprogram(L, -1);
  if (p == NULL) return luaL_error(L, "the script must return a Program");
  return evaluate(L, p);
}

int main (int argc, char **argv) {
  lua_State *L = argc == 2 ? luaL_newstate() : NULL;
  int status;
  if (L == NULL) {
    fprintf(stderr,
            argc == 2 ? "not enough memory\n" : "usage: onefile SCRIPT\n");
    return 1;
  }
  lua_pushcfunction(L, run);
  lua_pushstring(L, argv[1]);
  status = lua_pcall(L, 1, 0, 0);
  if (status != 0) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return status != 0;
}
