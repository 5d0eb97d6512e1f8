/*
** program.c: the Program userdata, and calls of it. record.c, derive.c and
** save.c make Programs.
**
** A call with numbers, or tables of them, in the shape of the example runs
** here. All other calls go to lua/tinygrad/program/init.lua.
*/
#include "program.h"

#include <string.h>

#include "../lua/errors.h"
#include "../lua/numerals.h"
#include "../../engine/program/program.h"
#include "shapes.h"
#include "../lua/poll.h"
#include "../tensors/tensor.h"

#ifndef TG_NO_PROGRAM

#define BUSY \
  "this Program is running already; nothing that it calls can run it again"

/* The key of the function `call` of program_type in the registry */
#define CALL "tinygrad.call"

/*
** The head of a Program's memory; the engine's program (unless a host has lent
** it) and a workspace with room for the results follow. The anchor is a table
** that scripts never get, so that its fields need no checks:
**   described        what set_shapes was given, for Lua alone
**   argument_shapes, batch_shapes, result_shapes      (shapes.h)
**   workspace                                         (batch.c)
**   shared, arranged, rows                            (arrange.c)
*/
typedef struct box {
  double *workspace, *results;
  int busy; /* 1 while it runs: the workspace is in use */
  int flat; /* 1 if arguments and results are numbers alone */
  const tg_program *program;
} box;

static box *check_box (lua_State *L, int arg, const char *name) {
  box *b = (box *)tg_test(L, arg, TG_PROGRAM);
  if (b == NULL) tg_typeerror(L, arg, name, "Program expected");
  return b;
}

const tg_program *tg_checkprogram (lua_State *L, int arg, const char *name) {
  return check_box(L, arg, name)->program;
}

/* Copies n bytes in pieces, between which hooks act. */
static void copy_bytes (lua_State *L, char *to, const char *from, size_t n) {
  const size_t most = TG_LIMIT((size_t)1 << 20, 100);
  while (n > most) {
    memcpy(to, from, most);
    to += most;
    from += most;
    n -= most;
    tg_pollhooks(L);
  }
  memcpy(to, from, n);
}

/* Pushes and returns a Program with room for `size` bytes of the engine's
   program. */
static box *new_box (lua_State *L, const tg_program *p, size_t size) {
  const size_t head = TG_ALIGN(sizeof(box));
  const size_t slots = tg_program_workspace(p) + tg_program_outputs(p);
  box *b = (box *)tg_newuserdata(L, head + size + slots * sizeof(double), 1);
  b->program = p;
  b->workspace = (double *)(void *)((char *)b + head + size);
  b->results = b->workspace + tg_program_workspace(p);
  b->busy = 0;
  b->flat = 0;
  tg_workspace_init(p, b->workspace);
  lua_newtable(L);
  tg_setanchor(L, -2, 1);
  luaL_getmetatable(L, TG_PROGRAM_TYPE);
  lua_setmetatable(L, -2);
  return b;
}

void tg_pushowned (lua_State *L, tg_owner *o) {
  const size_t size = tg_program_size(o->program);
  box *b = new_box(L, o->program, TG_ALIGN(size));
  char *own = (char *)b + TG_ALIGN(sizeof(box));
  copy_bytes(L, own, (const char *)o->program, size);
  b->program = (const tg_program *)(void *)own;
  tg_program_free(o->program, &o->memory);
  o->program = NULL;
}

/* Running */

/* Runs a Program whose arguments are in its workspace. */
static void run_box (lua_State *L, box *b, double *results) {
  tg_hookpoll hooks;
  tg_status status;
  if (b->busy) tg_error(L, BUSY);
  tg_hookpoll_begin(L, &hooks);
  b->busy = 1;
  status = tg_program_run(b->program, b->workspace, results, &hooks.poll);
  b->busy = 0;
  tg_hookpoll_end(&hooks, status);
}

/* Runs a Program on the numbers from index 2 on, and returns its results. */
static int call_numbers (lua_State *L, box *b) {
  const unsigned nin = (unsigned)tg_program_inputs(b->program);
  const unsigned nout = (unsigned)tg_program_outputs(b->program);
  unsigned i;
  if (b->busy) return tg_error(L, BUSY);
  for (i = 0; i < nin; i++)
    b->workspace[i] = (double)lua_tonumber(L, (int)i + 2);
  run_box(L, b, b->results);
  luaL_checkstack(L, (int)nout, "too many results");
  for (i = 0; i < nout; i++) lua_pushnumber(L, (lua_Number)b->results[i]);
  return (int)nout;
}

int tg_pushshapes (lua_State *L, const char *name) {
  tg_getanchor(L, 1, 1);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  return lua_istable(L, -1);
}

/* Returns the results in their trees; the shapes are at the top. */
static int push_results (lua_State *L, const double *numbers) {
  const int shapes = lua_gettop(L), n = (int)lua_rawlen(L, shapes);
  int i;
  luaL_checkstack(L, n + LUA_MINSTACK, "too many results");
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, shapes, i);
    tg_pushtree(L, lua_gettop(L), numbers);
    lua_remove(L, -2);
  }
  return n;
}

#define FEW 32 /* results that need no scratch memory */

/*
** Runs a Program on trees of numbers and returns its results; returns -1 if the
** arguments are others. The results go to memory of the call: new tables let
** finalisers act, which may run the Program, too.
*/
static int call_trees (lua_State *L, box *b) {
  const int nargs = lua_gettop(L) - 1;
  const size_t nout = tg_program_outputs(b->program);
  double few[FEW], *results = few;
  int i, n, ok, top;
  if (nout > FEW) results = (double *)tg_newscratch(L, nout, sizeof *results);
  if (b->busy) return tg_error(L, BUSY);
  top = lua_gettop(L);
  ok = tg_pushshapes(L, "argument_shapes");
  n = ok ? (int)lua_rawlen(L, -1) : 0;
  ok = ok && n == nargs;
  for (i = 1; ok && i <= n; i++) {
    lua_rawgeti(L, top + 1, i);
    ok = tg_readtree(L, lua_gettop(L), i + 1, b->workspace);
    lua_settop(L, top + 1);
  }
  lua_settop(L, top);
  if (!ok || !tg_pushshapes(L, "result_shapes")) {
    lua_settop(L, nargs + 1);
    return -1;
  }
  run_box(L, b, results);
  return push_results(L, results);
}

/* program(...): runs it on numbers, or trees of them; leaves all other calls to
   the function `call` of program_type. */
static int program_call (lua_State *L) {
  box *b = (box *)lua_touserdata(L, 1); /* see tg_newtype */
  int results;
  if (b->flat) {
    const int n = (int)tg_program_inputs(b->program);
    int i;
    for (i = 0; i < n; i++)
      if (lua_type(L, i + 2) != LUA_TNUMBER) break;
    if (i == n && lua_gettop(L) == n + 1) return call_numbers(L, b);
  }
  else if ((results = call_trees(L, b)) >= 0)
    return results;
  lua_getfield(L, LUA_REGISTRYINDEX, CALL);
  if (lua_isnil(L, -1)) return luaL_error(L, "tinygrad.program is not loaded");
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* Returns the numbers of the Tensor at `arg`, at least n, or NULL if a table is
   there. */
static double *check_numbers (lua_State *L, int arg, unsigned n) {
  const tg_tensor *t = tg_testtensor(L, arg);
  if (t != NULL && t->count < n)
    tg_error(L, "run: Tensor of %d numbers expected, got one of %s", (int)n,
             tg_pushnumber(L, (double)t->count));
  if (t != NULL) return t->data;
  luaL_checktype(L, arg, LUA_TTABLE);
  return NULL;
}

/* Copies n numbers from the table or Tensor at `from`. */
static void read_numbers (lua_State *L, int from, double *numbers, unsigned n) {
  const double *data = check_numbers(L, from, n);
  unsigned i;
  if (data != NULL) {
    memcpy(numbers, data, n * sizeof *numbers);
    return;
  }
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, from, (int)i + 1);
    numbers[i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

/* Copies n numbers to the table or Tensor at `to`. */
static void write_numbers (lua_State *L, int to, const double *numbers,
                           unsigned n) {
  double *data = check_numbers(L, to, n);
  unsigned i;
  if (data != NULL) {
    memcpy(data, numbers, n * sizeof *numbers);
    return;
  }
  for (i = 0; i < n; i++) {
    lua_pushnumber(L, (lua_Number)numbers[i]);
    lua_rawseti(L, to, (int)i + 1);
  }
}

/* run(program, inputs, results): runs a Program on the numbers of one table or
   Tensor, fills another with the results, and returns that. */
static int run (lua_State *L) {
  box *b = check_box(L, 1, "run");
  lua_settop(L, 3);
  if (b->busy) return tg_error(L, BUSY);
  read_numbers(L, 2, b->workspace, (unsigned)tg_program_inputs(b->program));
  run_box(L, b, b->results);
  write_numbers(L, 3, b->results, (unsigned)tg_program_outputs(b->program));
  return 1;
}

/* Shapes, which program/init.lua keeps with the Program */

/*
** set_shapes(program, shapes, arguments, results, flat): gives a Program its
** shapes. `shapes` is what get_shapes returns; `arguments` and `results` are
** lists of trees of the positions of their numbers; `flat` says whether all
** trees are single numbers. Returns whether batches can have the arguments.
*/
static int set_shapes (lua_State *L) {
  enum { SHAPES = 2, ARGUMENTS, RESULTS, FLAT, ANCHOR };
  box *b = check_box(L, 1, "set_shapes");
  const size_t nin = tg_program_inputs(b->program);
  const size_t nout = tg_program_outputs(b->program);
  int batchable;
  lua_settop(L, FLAT);
  lua_newtable(L);
  lua_pushvalue(L, SHAPES);
  lua_setfield(L, ANCHOR, "described");
  if (tg_makeshapes(L, ARGUMENTS, nin) == nin) { /* none is captured */
    lua_pushvalue(L, -1);
    lua_setfield(L, ANCHOR, "argument_shapes");
  }
  batchable = lua_istable(L, -1);
  lua_setfield(L, ANCHOR, "batch_shapes");
  if (tg_makeshapes(L, RESULTS, nout) == nout) /* each has a place */
    lua_setfield(L, ANCHOR, "result_shapes");
  lua_settop(L, ANCHOR);
  tg_setanchor(L, 1, 1);
  b->flat = lua_toboolean(L, FLAT);
  lua_pushboolean(L, batchable);
  return 1;
}

/* get_shapes(program): returns what set_shapes was given as `shapes`. */
static int get_shapes (lua_State *L) {
  check_box(L, 1, "get_shapes");
  tg_getanchor(L, 1, 1);
  lua_getfield(L, -1, "described");
  return 1;
}

int tg_borrow (lua_State *L) {
  new_box(L, (const tg_program *)lua_touserdata(L, 1), 0);
  return 1;
}

/*
** program_type(methods, call): gives the type its methods, and the function to
** which program_call leaves calls that it does not run itself. That must be a
** Lua function: LuaJIT does not count nested calls of C functions, and would
** run out of C stack.
*/
static int program_type (lua_State *L) {
  luaL_argcheck(L, lua_isfunction(L, 2) && !lua_iscfunction(L, 2), 2,
                "Lua function expected");
  lua_settop(L, 2);
  luaL_getmetatable(L, TG_PROGRAM_TYPE);
  lua_insert(L, 1);
  lua_createtable(L, 0, 1); /* shows scripts that Programs can be called */
  lua_pushvalue(L, 3);
  lua_setfield(L, -2, "__call");
  lua_setfield(L, 1, "__metatable");
  lua_setfield(L, LUA_REGISTRYINDEX, CALL);
  lua_setfield(L, 1, "__index");
  return 0;
}

void tg_programtype (lua_State *L) {
  tg_newtype(L, TG_PROGRAM, TG_PROGRAM_TYPE);
  tg_add(L, "__call", program_call);
}

void tg_add_program_functions (lua_State *L) {
  tg_add(L, "run", run);
  tg_add(L, "set_shapes", set_shapes);
  tg_add(L, "get_shapes", get_shapes);
  tg_add(L, "program_type", program_type);
}

/* Functions for C hosts, which are called without the core's upvalues */

const tg_program *tg_toprogram (lua_State *L, int index) {
  return tg_isof(L, index, TG_PROGRAM_TYPE)
           ? ((const box *)lua_touserdata(L, index))->program
           : NULL;
}

void tg_pushprogram (lua_State *L, const tg_program *p) {
  lua_getfield(L, LUA_REGISTRYINDEX, "tinygrad.core");
  if (lua_istable(L, -1)) {
    lua_pushliteral(L, "lend");
    lua_rawget(L, -2);
  }
  if (!lua_isfunction(L, -1)) luaL_error(L, "tinygrad is not loaded");
  lua_remove(L, -2);
  tg_pushhost(L, "borrow");
  lua_pushlightuserdata(L, (void *)p);
  lua_call(L, 1, 1);
  lua_call(L, 1, 1);
}

#endif
