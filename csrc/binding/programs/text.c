/*
** text.c: gives program/emit what it writes Programs from in other languages:
** their instructions, and the formulas of operations.
*/
#include "text.h"

#include <string.h>

#include "../../engine/program/program.h"
#include "../../engine/ops/text.h"
#include "../lua/poll.h"
#include "program.h"

#ifndef TG_NO_EMIT

/* Pushes the number of a slot and its stride. */
static void push_slot (lua_State *L, unsigned slot, short by) {
  lua_pushinteger(L, (lua_Integer)slot);
  lua_pushinteger(L, (lua_Integer)by);
}

#define UP_CURSOR lua_upvalueindex(TG_UPVALUES + 1)

/*
** The iterator that instructions() returns. Its upvalues are a cursor, which
** scripts cannot reach, and the Program, which must live as long.
*/
static int next_instruction (lua_State *L) {
  tg_cursor *at = (tg_cursor *)lua_touserdata(L, UP_CURSOR);
  int arity, i;
  at->left = 0; /* skips the other steps of the last instruction */
  if (!tg_cursor_next(at)) return 0;
  lua_pushstring(L, tg_code_name(at->at.code));
  if (at->at.code == TG_X_call) {
    luaL_checkstack(L, TG_MAXOPERANDS + LUA_MINSTACK, "many operands");
    lua_pushstring(L, at->operation->name);
    lua_pushinteger(L, (lua_Integer)at->at.b);
    lua_pushinteger(L, (lua_Integer)at->at.dst);
    for (i = 0; i < at->operation->arity; i++)
      lua_pushinteger(L, (lua_Integer)at->operands[i]);
    return 4 + at->operation->arity;
  }
  arity = tg_code_arity(at->at.code);
  lua_pushnumber(L, (lua_Number)at->wide.count);
  push_slot(L, at->at.dst, at->wide.by_dst);
  push_slot(L, at->at.a, at->wide.by_a);
  if (arity > 1) push_slot(L, at->at.b, at->wide.by_b);
  if (arity > 2) push_slot(L, at->c, at->wide.by_c);
  return 4 + 2 * arity;
}

/*
** instructions(program): returns an iterator over the instructions. For each,
** the iterator returns the name, how many steps it has, and slot and stride of
** the result and of each operand. For a call of a C host's operation it returns
** "call", the operation's name, k (0 for the value, otherwise for partial k),
** the slot of the result, and the slots of the operands.
*/
static int instructions (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "instructions");
  tg_pushupvalues(L);
  tg_cursor_init((tg_cursor *)tg_newuserdata(L, sizeof(tg_cursor), 0), p);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, next_instruction, TG_UPVALUES + 2);
  return 1;
}

/* fixed_slots(program): returns a list of the constants, and a list of the
   slots of the results. */
static int fixed_slots (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "fixed_slots");
  unsigned i;
  lua_createtable(L, (int)p->nconstants, 0);
  for (i = 0; i < p->nconstants; i++) {
    tg_pollat(L, i);
    lua_pushnumber(L, (lua_Number)tg_program_constants(p)[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_createtable(L, (int)p->noutputs, 0);
  for (i = 0; i < p->noutputs; i++) {
    lua_pushinteger(L, (lua_Integer)tg_program_results(p)[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 2;
}

/* Pushes a list of the words of a formula; each ends with a space. */
static void push_words (lua_State *L, const char *formula) {
  int n = 0;
  lua_newtable(L);
  while (*formula != '\0') {
    const char *end = strchr(formula, ' ');
    lua_pushlstring(L, formula, (size_t)(end - formula));
    lua_rawseti(L, -2, ++n);
    formula = end + 1;
  }
}

/* formulas(): returns a table with the list of postfix words of each operation,
   by name (engine/ops/text.h). Folds have none. */
static int formulas (lua_State *L) {
  unsigned op;
  lua_createtable(L, 0, TG_NOPS);
  for (op = 0; op < TG_NOPS; op++) {
    if (tg_ops[op].fold) continue;
    push_words(L, tg_formula(op));
    lua_setfield(L, -2, tg_ops[op].name);
  }
  return 1;
}

/* Pushes an array of engine/ops/text.h as a list of {name, text}. */
static void push_texts (lua_State *L, const tg_text *list) {
  int i;
  lua_newtable(L);
  for (i = 0; list[i].name != NULL; i++) {
    lua_createtable(L, 2, 0);
    lua_pushstring(L, list[i].name);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, list[i].text);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i + 1);
  }
}

/* helpers(): returns the functions, the macros and the constants that formulas
   use, each a list of {name, text}. */
static int helpers (lua_State *L) {
  push_texts(L, tg_helpers());
  push_texts(L, tg_macros());
  push_texts(L, tg_constant_texts());
  return 3;
}

void tg_add_text_functions (lua_State *L) {
  tg_add(L, "instructions", instructions);
  tg_add(L, "fixed_slots", fixed_slots);
  tg_add(L, "formulas", formulas);
  tg_add(L, "helpers", helpers);
}

#endif
