/*
** onefile.c: a host with all of tinygrad inside it, by one C file or one
** library. It needs none of tinygrad's files where it runs. Its Lua state is a
** sandbox: it has the base library without the functions that load code, and
** limits of memory and of instructions. The script gets the module tinygrad as
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

#define MOST 16               /* inputs and outputs of the Program */
#define MEMORY 8388608        /* bytes that the state may take */
#define INSTRUCTIONS 10000000 /* instructions that the script may run */

/* Lua's own allocator, and how many bytes it may still give */
typedef struct limited {
  lua_Alloc function;
  void *data;
  size_t left;
} limited;

/* A lua_Alloc that refuses more than what is left. (Lua gives a new block's
   `old` another meaning than a size.) */
static void *allocate (void *data, void *block, size_t old, size_t size) {
  limited *m = (limited *)data;
  void *result;
  if (block == NULL) old = 0;
  if (size > old && size - old > m->left) return NULL;
  result = m->function(m->data, block, old, size);
  if (result != NULL || size == 0) m->left = m->left + old - size;
  return result;
}

/* A lua_Hook that ends the script. From then on it is called at each
   instruction, so that no pcall of the script can go on. (Lua calls no hook in
   a finaliser, and LuaJIT none in code that it has compiled.) */
static void stop (lua_State *L, lua_Debug *activation) {
  (void)activation;
  lua_sethook(L, stop, LUA_MASKCOUNT, 1);
  luaL_error(L, "more than %d instructions", INSTRUCTIONS);
}

/* Opens a library and leaves its table on the stack. (Lua 5.1 lacks
   luaL_requiref.) */
static void open_library (lua_State *L, const char *name, lua_CFunction open) {
  lua_pushcfunction(L, open);
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
}

/* Opens the base library without what loads code: a precompiled chunk that
   was made up can crash Lua. */
static void open_base (lua_State *L) {
  static const char *const withheld[] = { "load", "loadstring", "loadfile",
                                          "dofile" };
  size_t i;
  open_library(L, "_G", luaopen_base);
  for (i = 0; i < sizeof withheld / sizeof *withheld; i++) {
    lua_pushnil(L);
    lua_setglobal(L, withheld[i]);
  }
}

/* Loads a script, which must be text. (Lua 5.1 and LuaJIT do not tell.) */
static int load_text (lua_State *L, const char *path) {
#if LUA_VERSION_NUM >= 502
  return luaL_loadfilex(L, path, "t");
#else
  return luaL_loadfile(L, path);
#endif
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
  open_base(L);
  if (load_text(L, luaL_checkstring(L, 1)) != 0) return lua_error(L);
  open_library(L, "tinygrad", luaopen_tinygrad);
  lua_sethook(L, stop, LUA_MASKCOUNT, INSTRUCTIONS);
  lua_call(L, 1, 1);
  lua_sethook(L, NULL, 0, 0);
  p = tg_toprogram(L, -1);
  if (p == NULL) return luaL_error(L, "the script must return a Program");
  return evaluate(L, p);
}

int main (int argc, char **argv) {
  lua_State *L = argc == 2 ? luaL_newstate() : NULL;
  limited memory;
  int status;
  if (L == NULL) {
    fprintf(stderr,
            argc == 2 ? "not enough memory\n" : "usage: onefile SCRIPT\n");
    return 1;
  }
  memory.function = lua_getallocf(L, &memory.data);
  memory.left = MEMORY;
  lua_setallocf(L, allocate, &memory);
  lua_pushcfunction(L, run);
  lua_pushstring(L, argv[1]);
  status = lua_pcall(L, 1, 0, 0);
  if (status != 0) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return status != 0;
}
