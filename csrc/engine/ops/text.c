/*
** text.c: the formulas of the table, and their helpers, as text.
*/
#include "../config.h"

#include "text.h"

#include <stddef.h>

#include "../numeric/lanes.h"

#ifndef TG_NO_EMIT

/* The words of the formulas, as text with a space after each */
#define A "a "
#define B "b "
#define C "c "
#define ZERO "0.0 "
#define ONE "1.0 "
#define MINUS_ONE "-1.0 "
#define HALF "0.5 "
#define TWO "2.0 "
#define THREE "3.0 "
#define INF "1e999 " /* reads as infinity */
#define UP "=up "
#define DOWN "=down "
#define LN2 "=ln2 "
#define INV_LN2 "=inv_ln2 "
#define INV_LN10 "=inv_ln10 "
#define DEGREE "=degree "
#define INV_DEGREE "=inv_degree "
#define SQRT_HALF "=sqrt_half "
#define TWO_SQRTPI "=2_sqrtpi "
#define INV_SQRT2PI "=inv_sqrt2pi "
#define CALL(op, ...) "( " JOIN(__VA_ARGS__) "]" #op " "
#define LIBM(function, ...) "( " JOIN(__VA_ARGS__) ")" #function " "
#define HELP(function, ...) LIBM(function, __VA_ARGS__)
#define NEG(x) x "neg "
#define ADD(x, y) x y "+ "
#define SUB(x, y) x y "- "
#define MUL(x, y) x y "* "
#define DIV(x, y) x y "/ "
#define ZMUL(x, y) CALL(zmul, x, y)
#define LT(x, y) x y "< "
#define LE(x, y) x y "<= "
#define GT(x, y) x y "> "
#define GE(x, y) x y ">= "
#define EQ(x, y) x y "== "
#define NE(x, y) x y "!= "
#define WHERE(c, x, y) c x y "? "
#define KINK(x) WHERE(EQ(x, x), ZERO, x)

/* Puts one to three texts behind one another. */
#define JOIN(...) JOINED(__VA_ARGS__, JOIN3, JOIN2, JOIN1, )(__VA_ARGS__)
#define JOINED(x, y, z, join, ...) join
#define JOIN1(x) x
#define JOIN2(x, y) x y
#define JOIN3(x, y, z) x y z

const char *tg_formula (unsigned op) {
  static const char *const formulas[TG_NOPS] = {
#define UNARY(name, lua_name, value, ...) value,
#define BINARY(name, lua_name, value, ...) value,
#define TERNARY(name, lua_name, value, ...) value,
#define FOLD(name, ...) "",
#include "ops.def"
  };
  return formulas[op];
}

/* The operator # does not replace macros in its operand, so the texts of the
   helpers keep names such as LANE_ONE. */
const tg_text *tg_helpers (void) {
  static const tg_text helpers[] = {
#define LANE_HELPER(name, ...) { #name, #__VA_ARGS__ },
#define LOCAL_HELPER(name, ...) { #name, #__VA_ARGS__ },
#define HELPER(name, ...) { #name, #__VA_ARGS__ },
#include "../numeric/helpers.def"
    { NULL, NULL }
  };
  return helpers;
}

/* The text of a macro's value: MACRO replaces `text` before EXPANDED quotes
   it. */
#define EXPANDED(text) #text
#define MACRO(name, text) \
  { name, EXPANDED(text) }

const tg_text *tg_macros (void) {
  static const tg_text macros[] = { MACRO("LANE_ONE", LANE_ONE),
                                    MACRO("LANE_SIGN", LANE_SIGN),
                                    MACRO("LANE_MAGIC", LANE_MAGIC),
                                    MACRO("LANE_INV_LN2", LANE_INV_LN2),
                                    MACRO("LANE_LN2_HIGH", LANE_LN2_HIGH),
                                    MACRO("LANE_LN2_LOW", LANE_LN2_LOW),
                                    { NULL, NULL } };
  return macros;
}

const tg_text *tg_constant_texts (void) {
  static const tg_text constants[] = {
#define CONSTANT_TEXT(name, value) { #name, #value },
    TG_CONSTANTS(CONSTANT_TEXT)
#undef CONSTANT_TEXT
      { NULL, NULL }
  };
  return constants;
}

#endif
