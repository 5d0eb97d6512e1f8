/*
** expand.c: applies the operations of a Program to Values.
*/
#include "expand.h"

#include "../../engine/program/program.h"
#include "../lua/errors.h"
#include "../lua/poll.h"
#include "../values/custom.h"
#include "../values/operators.h"
#include "../values/result.h"
#include "program.h"

#ifndef TG_NO_PROGRAM

/* Stack indices in expand */
#define INPUTS 2
#define SLOTS 3

/* Pushes a table for the slots, with the inputs and constants in theirs. */
static void push_slots (lua_State *L, const tg_program *p) {
  const double *constants = tg_program_constants(p);
  unsigned i;
  lua_createtable(L, (int)p->nslots, 0);
  for (i = 0; i < p->ninputs; i++) {
    lua_rawgeti(L, INPUTS, (int)i + 1);
    lua_rawseti(L, SLOTS, (int)i + 1);
  }
  for (i = 0; i < p->nconstants; i++) {
    lua_pushnumber(L, (lua_Number)constants[i]);
    lua_rawseti(L, SLOTS, (int)(p->ninputs + i) + 1);
  }
}

static void push_slot (lua_State *L, unsigned slot) {
  lua_rawgeti(L, SLOTS, (int)slot + 1);
}

/* Replaces the operands on the top by the result of instruction `code`. */
static void apply_code (lua_State *L, unsigned code) {
  const int zero = code >= TG_X_zmadd;
  if (code < TG_NOPS) {
    tg_applytop(L, (tg_opcode)code);
    return;
  }
  if (code == TG_X_stop) {
    tg_detachtop(L);
    return;
  }
  lua_insert(L, -3); /* the third operand goes below the factors */
  tg_applytop(L, zero ? TG_OP_zmul : TG_OP_mul);
  if (code == TG_X_mrsub || code == TG_X_zmrsub) lua_insert(L, -2);
  tg_applytop(L,
              code == TG_X_madd || code == TG_X_zmadd ? TG_OP_add : TG_OP_sub);
}

/* Replaces the operands, from index `first` on, by the operation's result. */
static void apply_operation (lua_State *L, const tg_operation *op, int first) {
  tg_pushoperation(L, op);
  lua_insert(L, first);
  lua_call(L, op->arity, 1);
}

/* Replaces the operands, from index `first` on, by the number of partial `k`.
   Raises an error if one is a Value, as a partial has no derivative. */
static void apply_partial (lua_State *L, const tg_operation *op, unsigned k,
                           int first) {
  double x[TG_MAXOPERANDS];
  int i;
  for (i = 0; i < op->arity; i++) {
    if (lua_type(L, first + i) != LUA_TNUMBER)
      tg_usererror(L, TG_ONCEMESSAGE, op->name);
    x[i] = (double)lua_tonumber(L, first + i);
  }
  lua_settop(L, first - 1);
  lua_pushnumber(L, (lua_Number)tg_calloperation(op, k, x));
}

/* Pushes the result of a call of a C host's operation. */
static void apply_call (lua_State *L, const tg_cursor *at) {
  const tg_operation *op = at->operation;
  const int first = lua_gettop(L) + 1;
  int i;
  luaL_checkstack(L, op->arity + LUA_MINSTACK, "many operands");
  for (i = 0; i < op->arity; i++) push_slot(L, at->operands[i]);
  if (at->at.b == 0)
    apply_operation(L, op, first);
  else
    apply_partial(L, op, at->at.b, first);
}

/* Computes the result of an instruction, and stores it into its slot. */
static void apply_instruction (lua_State *L, const tg_cursor *at) {
  const int arity = tg_code_arity(at->at.code);
  if (arity > 0) push_slot(L, at->at.a);
  if (arity > 1) push_slot(L, at->at.b);
  if (arity > 2) push_slot(L, at->c);
  if (arity > 0)
    apply_code(L, at->at.code);
  else
    apply_call(L, at);
  lua_rawseti(L, SLOTS, (int)at->at.dst + 1);
}

/* expand(program, inputs): applies the Program's operations to a table of
   numbers and Values, and returns a table of the results. */
static int expand (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "expand");
  tg_cursor at;
  unsigned i;
  size_t n = 0;
  luaL_checktype(L, INPUTS, LUA_TTABLE);
  lua_settop(L, INPUTS);
  push_slots(L, p);
  tg_cursor_init(&at, p);
  while (tg_cursor_next(&at)) {
    apply_instruction(L, &at);
    tg_pollat(L, n++);
  }
  lua_createtable(L, (int)p->noutputs, 0);
  for (i = 0; i < p->noutputs; i++) {
    push_slot(L, tg_program_results(p)[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

void tg_add_expand_functions (lua_State *L) { tg_add(L, "expand", expand); }

#endif
