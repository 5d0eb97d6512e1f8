/*
** core.c: the module "tinygrad.core": passes over the graph, and opening.
*/
#include "../engine/compact.h"

#include <string.h>

#include "lua/advice.h"
#include "values/custom.h"
#include "values/gradients.h"
#include "tensors/qr.h"
#include "lua/file.h"
#include "tensors/lbfgs.h"
#include "values/modes.h"
#include "values/operators.h"
#include "plain.h"
#include "lua/poll.h"
#include "programs/program.h"
#include "tensors/tensor.h"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#define STDERR_IS_TERMINAL isatty(2)
#else
#define STDERR_IS_TERMINAL 0
#endif

/*
** v:backward([seed]): adds d v / d leaf, times seed (a number, 1 if absent),
** to every leaf's gradient below v, and sets those of results.
*/
static int backward (lua_State *L) {
  tg_node *root = tg_checkself(L, "backward");
  const double seed =
    lua_isnoneornil(L, 2) ? 1.0 : tg_checknumber(L, 2, "backward");
  tg_state *state = tg_getstate(L);
  const int check = tg_inmode(L, state, TG_ANOMALY);
  tg_fault fault = { NULL, 0, 0.0 };
  tg_hookpoll hooks;
  tg_status status;
  if (root->marks & TG_MARK_TRACED && !tg_inmode(L, state, TG_TRACING))
    return tg_endederror(L);
  if (root->marks & TG_MARK_TRACED)
    return tg_error(L, "compile: backward cannot be recorded; compile the "
                       "function, then use program:grad()");
  if (state->running) return tg_error(L, TG_RUNNINGMESSAGE);
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = tg_backward_checked(root, seed, &hooks.poll, check ? &fault : NULL);
  state->running = 0;
  if (fault.node != NULL) return tg_faulterror(L, &fault, "backward");
  return tg_hookpoll_end(&hooks, status);
}

/* v:zero_grad(): sets to 0 the gradients of v and of all that is below it. */
static int zero_grad (lua_State *L) {
  tg_node *root = tg_checkself(L, "zero_grad");
  tg_state *state = tg_getstate(L);
  tg_hookpoll hooks;
  tg_status status;
  if (state->running)
    return tg_error(L, "cannot zero_grad while a backward pass is running");
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = tg_clear_grad(root, &hooks.poll);
  state->running = 0;
  return tg_hookpoll_end(&hooks, status);
}

static void add_graph_methods (lua_State *L) {
  tg_add(L, "backward", backward);
  tg_add(L, "zero_grad", zero_grad);
}

/* library(): the file that calls this belongs to tinygrad. */
static int library (lua_State *L) {
  lua_Debug ar;
  if (lua_getstack(L, 1, &ar) && lua_getinfo(L, "S", &ar)) {
    lua_pushboolean(L, 1);
    lua_setfield(L, TG_UP_LIBRARY, ar.source);
  }
  return 0;
}

/* stderr_is_terminal(): false where there is no way to know. */
static int stderr_is_terminal (lua_State *L) {
  lua_pushboolean(L, STDERR_IS_TERMINAL);
  return 1;
}

static int is_program (lua_State *L) {
  lua_pushboolean(L, tg_isprogram(L, 1));
  return 1;
}

static int is_tensor (lua_State *L) {
  lua_pushboolean(L, tg_testtensor(L, 1) != NULL);
  return 1;
}

static void add_module_functions (lua_State *L) {
  tg_add(L, "operations", tg_operations);
  tg_add(L, "is_program", is_program);
  tg_add(L, "is_tensor", is_tensor);
  tg_add(L, "library", library);
  tg_add(L, "stderr_is_terminal", stderr_is_terminal);
}

/* Where the upvalues are on the stack while the core is being opened */
#define HOST "tinygrad.host" /* in the registry */

enum { METATABLE = 1, STATE, LABELS, METHODS, LINES, CUSTOM, LIBRARY };

void tg_add (lua_State *L, const char *name, lua_CFunction f) {
  int i;
  luaL_checkstack(L, TG_UPVALUES + 1, "too many upvalues");
  for (i = 1; i <= TG_UPVALUES; i++) lua_pushvalue(L, i);
  lua_pushcclosure(L, f, TG_UPVALUES);
  lua_setfield(L, -2, name);
}

/* Adds the functions of the table, with or without folds. */
static void add_operations (lua_State *L, int folds) {
  unsigned op;
  for (op = 0; op < TG_NOPS; op++)
    if (folds || !tg_ops[op].fold) tg_add(L, tg_opname(op), tg_operator(op));
  tg_add_operator_functions(L);
}

/* The macros that left out others, each after a blank */
static const char left_out[] = ""
#ifdef TG_NO_DERIVE
                               " TG_NO_DERIVE"
#endif
#ifdef TG_NO_PROGRAM
                               " TG_NO_PROGRAM"
#endif
#ifdef TG_NO_BATCH
                               " TG_NO_BATCH"
#endif
#ifdef TG_NO_EMIT
                               " TG_NO_EMIT"
#endif
#ifdef TG_NO_SAVE
                               " TG_NO_SAVE"
#endif
#ifdef TG_NO_TENSOR
                               " TG_NO_TENSOR"
#endif
#ifdef TG_NO_FIT
                               " TG_NO_FIT"
#endif
  ;

/* LCOV_EXCL_START: of builds without a part, spec/embed/parts.lua */
/* The __index of the module: what it has not was left out. */
static int absent (lua_State *L) {
  lua_pushfstring(L, "'%s' was left out of this build of tinygrad (by%s)",
                  lua_tostring(L, 2), left_out);
  return lua_error(L);
}
/* LCOV_EXCL_STOP */

/* Adds the functions of all parts that there are (parts.h). */
static void add_parts (lua_State *L) {
  add_operations(L, 1);
  tg_add_value_functions(L);
  add_module_functions(L);
  tg_add_plain_functions(L);
  tg_add_file_functions(L);
  tg_add_mode_functions(L);
  tg_add_custom_functions(L);
  tg_add_poll_functions(L);
  tg_add_advice_functions(L);
#ifndef TG_NO_DERIVE
  tg_add_derive_functions(L);
#endif
#ifndef TG_NO_PROGRAM
  tg_add_program_functions(L);
  tg_add_building_functions(L);
  tg_add_inspect_functions(L);
#endif
#ifndef TG_NO_BATCH
  tg_add_batch_functions(L);
#endif
#ifndef TG_NO_EMIT
  tg_add_export_functions(L);
#endif
#ifndef TG_NO_SAVE
  tg_add_saved_functions(L);
#endif
#ifndef TG_NO_TENSOR
  tg_add_tensor_functions(L);
  tg_add_loop_functions(L);
  tg_add_byte_functions(L);
  tg_add_random_functions(L);
#endif
#ifndef TG_NO_FIT
  tg_add_factor_functions(L);
  tg_add_lbfgs_functions(L);
#endif
  if (left_out[0] == '\0') return;
  lua_newtable(L); /* LCOV_EXCL_START: as above */
  tg_add(L, "__index", absent);
  lua_setmetatable(L, -2); /* LCOV_EXCL_STOP */
}

/* Pushes a new table with weak keys. */
static void new_weak_table (lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

/* Pushes the tg_state. */
static void new_state (lua_State *L) {
  tg_state *state = (tg_state *)tg_newuserdata(L, sizeof(tg_state), 0);
  memset(state, 0, sizeof *state);
  state->types[TG_VALUE] = lua_topointer(L, METATABLE);
}

/* Pushes a new metatable that scripts do not get. */
static void new_hidden (lua_State *L, const char *name) {
  luaL_newmetatable(L, name);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

void tg_newtype (lua_State *L, tg_type type, const char *name) {
  tg_state *state = (tg_state *)lua_touserdata(L, STATE);
  new_hidden(L, name);
  state->types[type] = lua_topointer(L, -1);
}

/* Makes what tg_pushhost finds. */
static void add_host_functions (lua_State *L) {
  lua_newtable(L);
  tg_add(L, "operation", tg_operationfunction);
#ifndef TG_NO_PROGRAM
  tg_add(L, "borrow", tg_borrow);
#endif
  lua_setfield(L, LUA_REGISTRYINDEX, HOST);
}

void tg_pushhost (lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, HOST);
  if (lua_isnil(L, -1)) luaL_error(L, "tinygrad.core is not loaded");
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* What Lua 5.3 and later call a Value that math.sin got, say. */
static void name_type (lua_State *L) {
  lua_pushliteral(L, "tinygrad.Value (use tinygrad.math, or v.data)");
  lua_setfield(L, METATABLE, "__name");
}

int luaopen_tinygrad_core (lua_State *L) {
  tg_checkversion(L);
  lua_settop(L, 0);
  /* opened twice, under two names say: one module, one type of Value */
  lua_getfield(L, LUA_REGISTRYINDEX, "tinygrad.core");
  if (!lua_isnil(L, -1)) return 1;
  lua_settop(L, 0);
  new_hidden(L, TG_VALUE_TYPE);
  name_type(L);
  new_state(L);
  new_weak_table(L); /* labels */
  lua_newtable(L);   /* methods */
  new_weak_table(L); /* lines */
  new_weak_table(L); /* custom operations */
  lua_newtable(L);   /* files of the library */
  lua_pushcfunction(L, tg_callhook);
  new_weak_table(L); /* modes */
  lua_pushvalue(L, METHODS);
  tg_add_value_methods(L);
  add_operations(L, 0);
  add_graph_methods(L);
  tg_add_mode_methods(L);
  lua_setfield(L, METATABLE, "methods"); /* for documentation.lua */
  lua_pushvalue(L, METATABLE);
  tg_add_value_metamethods(L);
  tg_add_operator_metamethods(L);
#ifndef TG_NO_PROGRAM
  tg_programtype(L);
#endif
#ifndef TG_NO_TENSOR
  tg_tensortype(L);
  tg_generatortype(L);
#endif
  add_host_functions(L);
  lua_newtable(L); /* the module */
  add_parts(L);
  lua_pushliteral(L, "tinygrad " TG_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushliteral(L, "tinygrad core " TG_VERSION " for " TG_LUA);
  lua_setfield(L, -2, "build"); /* load.lua looks for it in the file too */
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "tinygrad.core");
  return 1;
}
