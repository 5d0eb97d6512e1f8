/*
** text.c: the table's formulas, and the helpers, as text.
*/
#include "../compact.h"
#include "../config.h"

#include "text.h"

#include <stddef.h>

#include "../numeric/lanes.h"

#ifndef TG_NO_EMIT

/* The formulas' words, each with a space after it */
#define A "a "
#define B "b "
#define C "c "
#define ZERO "0.0 "
#define ONE "1.0 "
#define MINUS_ONE "-1.0 "
#define HALF "0.5 "
#define TWO "2.0 "
#define DEGREE "=degree "
#define INV_DEGREE "=inv_degree "
#define SQRT_HALF "=sqrt_half "
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

/* One to three arguments, one after the other */
#define JOIN(...) JOINED(__VA_ARGS__, JOIN3, JOIN2, JOIN1, )(__VA_ARGS__)
#define JOINED(x, y, z, join, ...) join
#define JOIN1(x) x
#define JOIN2(x, y) x y
#define JOIN3(x, y, z) x y z

/* All in one block: pointers would have to be relocated when a shared object is
   loaded. */
static const struct formulas {
#define UNARY(name, lua_name, value, ...) char name[sizeof(value)];
#define BINARY(name, lua_name, value, ...) char name[sizeof(value)];
#define TERNARY(name, lua_name, value, ...) char name[sizeof(value)];
#define FOLD(name, ...) char name[1];
#include "ops.def"
} formulas = {
#define UNARY(name, lua_name, value, ...) value,
#define BINARY(name, lua_name, value, ...) value,
#define TERNARY(name, lua_name, value, ...) value,
#define FOLD(name, ...) "",
#include "ops.def"
};

const char *tg_formulas (void) { return (const char *)&formulas; }

/* (Text is made of a macro's arguments before macros in them are replaced.) */
static const struct helpers {
#define LANE_HELPER(name, ...) TEXT_SIZES(name, #name, #__VA_ARGS__)
#define LOCAL_HELPER(name, ...) TEXT_SIZES(name, #name, #__VA_ARGS__)
#define HELPER(name, ...) TEXT_SIZES(name, #name, #__VA_ARGS__)
#define TEXT_SIZES(name, string, text) \
  char name_##name[sizeof string], text_##name[sizeof text];
#include "../numeric/helpers.def"
  char end;
} helpers = {
#define LANE_HELPER(name, ...) #name, #__VA_ARGS__,
#define LOCAL_HELPER(name, ...) #name, #__VA_ARGS__,
#define HELPER(name, ...) #name, #__VA_ARGS__,
#include "../numeric/helpers.def"
  '\0'
};

const char *tg_helpers (void) { return (const char *)&helpers; }

#define EXPANDED(text) #text
#define MACRO(name, text) name "\0" EXPANDED(text) "\0"

const char *tg_macros (void) {
  return MACRO("LANE_ONE", LANE_ONE) MACRO("LANE_SIGN", LANE_SIGN)
    MACRO("LANE_MAGIC", LANE_MAGIC) MACRO("LANE_INV_LN2", LANE_INV_LN2)
      MACRO("LANE_LN2_HIGH", LANE_LN2_HIGH) MACRO("LANE_LN2_LOW", LANE_LN2_LOW);
}

#define CONSTANT_TEXT(name, value) #name "\0" #value "\0"

const char *tg_constant_texts (void) { return TG_CONSTANTS(CONSTANT_TEXT); }

#endif
