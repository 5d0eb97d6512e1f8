/*
** core.c: the module "tinygrad.core": passes over the graph, and opening.
*/
#include "../engine/compact.h"

#include <string.h>

#include "advice.h"
#include "custom.h"
#include "derive.h"
#include "factors.h"
#include "lbfgs.h"
#include "modes.h"
#include "operators.h"
#include "plain.h"
#include "poll.h"
#include "programs.h"
#include "tensor.h"

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

static const luaL_Reg graph_methods[] = { { "backward", backward },
                                          { "zero_grad", zero_grad },
                                          { NULL, NULL } };

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

static const luaL_Reg module_functions[] = { { "operations", tg_operations },
                                             { "is_program", is_program },
                                             { "is_tensor", is_tensor },
                                             { "library", library },
                                             { "stderr_is_terminal",
                                               stderr_is_terminal },
                                             { NULL, NULL } };

/* Where the upvalues are on the stack while the core is being opened */
enum { METATABLE = 1, STATE, LABELS, METHODS, LINES, CUSTOM, LIBRARY };

/* Registers functions with the upvalues at 1 to TG_UPVALUES. */
static void register_all (lua_State *L, const luaL_Reg *functions) {
  int i;
  for (i = 1; i <= TG_UPVALUES; i++) lua_pushvalue(L, i);
  tg_setfuncs(L, functions, TG_UPVALUES);
}

/* The same for the table of operations, with or without folds */
static void register_operators (lua_State *L, int folds) {
  luaL_Reg functions[2] = { { NULL, NULL }, { NULL, NULL } };
  unsigned op;
  for (op = 0; op < TG_NOPS; op++) {
    if (tg_ops[op].fold && !folds) continue;
    functions[0].name = tg_opname(op);
    functions[0].func = tg_operator(op);
    register_all(L, functions);
  }
  register_all(L, tg_operator_functions);
}

/* The functions of all parts that there are (parts.h) */
static const luaL_Reg *const parts[] = { tg_value_functions,
                                         module_functions,
                                         tg_plain_functions,
                                         tg_mode_functions,
                                         tg_custom_functions,
                                         tg_poll_functions,
                                         tg_advice_functions,
#ifndef TG_NO_DERIVE
                                         tg_derive_functions,
#endif
#ifndef TG_NO_PROGRAM
                                         tg_program_functions,
                                         tg_inspect_functions,
#endif
#ifndef TG_NO_BATCH
                                         tg_batch_functions,
#endif
#ifndef TG_NO_EMIT
                                         tg_export_functions,
#endif
#ifndef TG_NO_SAVE
                                         tg_saved_functions,
#endif
#ifndef TG_NO_TENSOR
                                         tg_tensor_functions,
                                         tg_loop_functions,
                                         tg_byte_functions,
                                         tg_random_functions,
#endif
#ifndef TG_NO_FIT
                                         tg_factor_functions,
                                         tg_lbfgs_functions,
#endif
                                         NULL };

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

static const luaL_Reg absent_metamethods[] = { { "__index", absent },
                                               { NULL, NULL } };
/* LCOV_EXCL_STOP */

/* Adds the functions to the module on the top. */
static void register_parts (lua_State *L) {
  const luaL_Reg *const *part;
  register_operators(L, 1);
  for (part = parts; *part != NULL; part++) register_all(L, *part);
  if (left_out[0] == '\0') return;
  lua_newtable(L); /* LCOV_EXCL_START: as above */
  register_all(L, absent_metamethods);
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
  state->metatable = lua_topointer(L, METATABLE);
  state->running = 0;
  memset(state->maybe, 0, sizeof state->maybe);
  state->anomaly = 0;
  state->guard = NULL;
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
  luaL_newmetatable(L, TG_VALUE_TYPE);
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
  register_all(L, tg_value_methods);
  register_operators(L, 0);
  register_all(L, graph_methods);
  register_all(L, tg_mode_methods);
  lua_setfield(L, METATABLE, "methods"); /* for documentation.lua */
  lua_pushvalue(L, METATABLE);
  register_all(L, tg_value_metamethods);
  register_all(L, tg_operator_metamethods);
#ifndef TG_NO_PROGRAM
  tg_programtype(L);
#endif
#ifndef TG_NO_TENSOR
  tg_tensortype(L);
#endif
  lua_newtable(L); /* the module */
  register_parts(L);
  lua_pushliteral(L, "tinygrad " TG_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushliteral(L, "tinygrad core " TG_VERSION " for " TG_LUA);
  lua_setfield(L, -2, "build"); /* load.lua looks for it in the file too */
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "tinygrad.core");
  return 1;
}
