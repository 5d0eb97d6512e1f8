/*
** core.c: opens the module "tinygrad.core".
*/
#include <math.h>

#include "../engine/numeric/environment.h"
#include "lua/advice.h"
#include "lua/errors.h"
#include "lua/file.h"
#include "lua/modes.h"
#include "lua/poll.h"
#include "lua/strings.h"
#include "programs/batch.h"
#include "programs/derive.h"
#include "programs/expand.h"
#include "programs/inspect.h"
#include "programs/program.h"
#include "programs/record.h"
#include "programs/save.h"
#include "programs/text.h"
#include "tensors/bytes.h"
#include "tensors/lbfgs.h"
#include "tensors/loops.h"
#include "tensors/qr.h"
#include "tensors/random.h"
#include "tensors/tensor.h"
#include "values/backward.h"
#include "values/custom.h"
#include "values/gradients.h"
#include "values/operators.h"
#include "values/result.h"
#include "values/value.h"
#include "values/variables.h"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#define STDERR_IS_TERMINAL isatty(2)
#else
#define STDERR_IS_TERMINAL 0
#endif

/* stderr_is_terminal(): returns false also where the system cannot tell. */
static int stderr_is_terminal (lua_State *L) {
  lua_pushboolean(L, STDERR_IS_TERMINAL);
  return 1;
}

/* is_calm(): returns whether tinygrad can compute in the host's floating-point
   environment. */
static int is_calm (lua_State *L) {
  lua_pushboolean(L, tg_environment_serves());
  return 1;
}

/* calmly(f, ...): calls f in tinygrad's own floating-point environment, for
   base/calm.lua. */
static int calmly (lua_State *L) {
  tg_environment host;
  int status;
  luaL_checkany(L, 1);
  tg_pushhandler(L);
  lua_insert(L, 1);
  tg_environment_enter(&host);
  status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1);
  tg_environment_leave(&host);
  return status == 0 ? lua_gettop(L) - 1 : lua_error(L);
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
  tg_add(L, "is_calm", is_calm);
  tg_add(L, "calmly", calmly);
  tg_add(L, "is_program", is_program);
  tg_add(L, "is_tensor", is_tensor);
  tg_add(L, "stderr_is_terminal", stderr_is_terminal);
}

/* Adds the functions of the table of operations, with or without folds. */
static void add_operations (lua_State *L, int folds) {
  unsigned op;
  for (op = 0; op < TG_NOPS; op++)
    if (folds || !tg_ops[op].fold) tg_add(L, tg_ops[op].name, tg_operator(op));
  tg_add_operator_functions(L);
}

/* The TG_NO_ macros of this build, each preceded by a space, for absent's
   message */
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
/* __index of the module in a build without some parts: says which macros left
   parts out. */
static int absent (lua_State *L) {
  lua_pushfstring(L, "'%s' was left out of this build of tinygrad (by%s)",
                  lua_tostring(L, 2), left_out);
  return lua_error(L);
}
/* LCOV_EXCL_STOP */

/* Adds the functions of all parts that this build has (parts.h). */
static void add_parts (lua_State *L) {
  add_operations(L, 1);
  tg_add_value_functions(L);
  add_module_functions(L);
  tg_add_string_functions(L);
  tg_add_file_functions(L);
  tg_add_mode_functions(L);
  tg_add_result_functions(L);
  tg_add_custom_functions(L);
  tg_add_poll_functions(L);
  tg_add_advice_functions(L);
  tg_add_error_functions(L);
#ifndef TG_NO_DERIVE
  tg_add_gradient_functions(L);
  tg_add_variable_functions(L);
#endif
#ifndef TG_NO_PROGRAM
  tg_add_program_functions(L);
  tg_add_record_functions(L);
  tg_add_derive_functions(L);
  tg_add_expand_functions(L);
  tg_add_inspect_functions(L);
#endif
#ifndef TG_NO_BATCH
  tg_add_batch_functions(L);
#endif
#ifndef TG_NO_EMIT
  tg_add_text_functions(L);
#endif
#ifndef TG_NO_SAVE
  tg_add_save_functions(L);
#endif
#ifndef TG_NO_TENSOR
  tg_add_tensor_functions(L);
  tg_add_loop_functions(L);
  tg_add_byte_functions(L);
  tg_add_random_functions(L);
#endif
#ifndef TG_NO_FIT
  tg_add_qr_functions(L);
  tg_add_lbfgs_functions(L);
#endif
  if (left_out[0] == '\0') return;
  lua_newtable(L); /* LCOV_EXCL_START: of builds without a part */
  tg_add(L, "__index", absent);
  lua_setmetatable(L, -2); /* LCOV_EXCL_STOP */
}

/* Puts the table in which tg_pushhost finds its functions in the registry. */
static void add_host_functions (lua_State *L) {
  lua_newtable(L);
  tg_add(L, "operation", tg_operationfunction);
#ifndef TG_NO_PROGRAM
  tg_add(L, "borrow", tg_borrow);
#endif
  lua_setfield(L, LUA_REGISTRYINDEX, TG_HOST);
}

/* Adds the methods and metamethods of Values. Their metatable is upvalue 1 and
   their methods are upvalue 4 (state.h), now on the stack. */
static void add_value_type (lua_State *L) {
  enum { METATABLE = 1, METHODS = 4 };
  lua_pushvalue(L, METHODS);
  tg_add_value_methods(L);
  add_operations(L, 0);
  tg_add_backward_methods(L);
  tg_add_result_methods(L);
  lua_setfield(L, METATABLE, "methods"); /* for documentation/init.lua */
  lua_pushvalue(L, METATABLE);
  tg_add_value_metamethods(L);
  tg_add_operator_metamethods(L);
  lua_pop(L, 1);
}

static void add_types (lua_State *L) {
  add_value_type(L);
#ifndef TG_NO_PROGRAM
  tg_programtype(L);
  tg_add_inspect_metamethods(L);
  lua_pop(L, 1);
#endif
#ifndef TG_NO_TENSOR
  tg_tensortype(L);
  tg_add_loop_methods(L);
  lua_setfield(L, -2, "methods");
  tg_add_loop_metamethods(L);
  lua_pop(L, 1);
  tg_generatortype(L);
#endif
}

/* Pushes the module's table. */
static void new_module (lua_State *L) {
  lua_newtable(L);
  add_parts(L);
  lua_pushnumber(L, (lua_Number)NAN); /* computing 0 / 0 may trap */
  lua_setfield(L, -2, "nan");
  lua_pushliteral(L, "tinygrad " TG_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushliteral(L, "tinygrad core " TG_VERSION " for " TG_LUA);
  lua_setfield(L, -2, "build"); /* load.lua looks for it in the file too */
}

int luaopen_tinygrad_core (lua_State *L) {
  tg_checkversion(L);
  tg_checkieee(L, "core");
  lua_settop(L, 0);
  /* a second opening, under another name say, gets the same module: a state has
     one type of Value */
  lua_getfield(L, LUA_REGISTRYINDEX, "tinygrad.core");
  if (!lua_isnil(L, -1)) return 1;
  lua_settop(L, 0);
  tg_openstate(L, tg_callhook);
  add_types(L);
  add_host_functions(L);
  new_module(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "tinygrad.core");
  return 1;
}
