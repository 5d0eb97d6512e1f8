/*
** ops_info.c: the table of operations as data: names, facts, and partials as
** postfix programs.
*/
#include "../config.h"

#include <math.h>
#include <stddef.h>

#include "ops.h"

#define REQUIRED 1, 0.0
#define DEFAULT(x) 0, x
#define ROW(name, lua_name, arity, fold, ...) \
  { #name, lua_name, arity, fold, __VA_ARGS__ },

const tg_opinfo tg_ops[TG_NOPS] = {
#define UNARY(name, lua_name, ...) ROW(name, lua_name, 1, 0, REQUIRED)
#define BINARY(name, lua_name, value, da, db, domain, last, note) \
  ROW(name, lua_name, 2, 0, last)
#define TERNARY(name, lua_name, ...) ROW(name, lua_name, 3, 0, REQUIRED)
#define FOLD(name, lua_name, arity, ...) ROW(name, lua_name, arity, 1, REQUIRED)
#include "ops.def"
};

/* Notes and test domains */
#ifndef TG_NO_NOTES

#define IN(a, b) \
  { \
    { a, b } \
  }
#define IN2(a, b, c, d) \
  { \
    { a, b }, { c, d } \
  }
#define IN3(a, b, c, d, e, f) \
  { \
    { a, b }, { c, d }, { e, f } \
  }

const tg_opnote tg_opnotes[TG_NOPS] = {
#define UNARY(name, lua_name, value, da, domain, note) { domain, note },
#define BINARY(name, lua_name, value, da, db, domain, last, note) \
  { domain, note },
#define TERNARY(name, lua_name, value, da, db, dc, domain, note) \
  { domain, note },
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, domain, \
             note) \
  { domain, note },
#include "ops.def"
};

#endif

/* Partials */
#ifdef TG_PARTIALS

/* The words of the formulas, as postfix codes */
#define A TG_CODE_A
#define B TG_CODE_B
#define C TG_CODE_C
#define Y TG_CODE_Y
#define N TG_CODE_COUNT
#define S TG_CODE_TERMS
#define M TG_CODE_SCALE
#define CONST_CODE(name) ((int)TG_CODE_CONST + (int)TG_CONST_##name)
#define ZERO CONST_CODE(zero)
#define ONE CONST_CODE(one)
#define MINUS_ONE CONST_CODE(minus_one)
#define HALF CONST_CODE(half)
#define TWO CONST_CODE(two)
#define THREE CONST_CODE(three)
#define UP CONST_CODE(up)
#define DOWN CONST_CODE(down)
#define LN2 CONST_CODE(ln2)
#define INV_LN2 CONST_CODE(inv_ln2)
#define INV_LN10 CONST_CODE(inv_ln10)
#define DEGREE CONST_CODE(degree)
#define INV_DEGREE CONST_CODE(inv_degree)
#define SQRT_HALF CONST_CODE(sqrt_half)
#define TWO_SQRTPI CONST_CODE(2_sqrtpi)
#define INF CONST_CODE(infinity)
#define INV_SQRT2PI CONST_CODE(inv_sqrt2pi)
#define CALL(op, ...) __VA_ARGS__, TG_OP_##op
#define NEG(x) x, TG_OP_neg
#define ADD(x, y) x, y, TG_OP_add
#define SUB(x, y) x, y, TG_OP_sub
#define MUL(x, y) x, y, TG_OP_mul
#define DIV(x, y) x, y, TG_OP_div
#define ZMUL(x, y) x, y, TG_OP_zmul
#define LT(x, y) x, y, TG_OP_lt
#define LE(x, y) x, y, TG_OP_le
#define GT(x, y) x, y, TG_OP_gt
#define GE(x, y) x, y, TG_OP_ge
#define EQ(x, y) x, y, TG_OP_eq
#define NE(x, y) x, y, TG_OP_ne
#define WHERE(c, x, y) c, x, y, TG_OP_where
#define KINK(x) WHERE(EQ(x, x), ZERO, x)
#define NONE TG_CODE_END

#define CODES(name, ...) \
  static const tg_code codes_##name[] = { __VA_ARGS__, TG_CODE_END };
#include "partials.def"

static const tg_code *const partials[TG_NOPS][TG_MAXARITY] = {
#define UNARY(name, ...) { codes_##name##_a, NULL, NULL },
#define BINARY(name, ...) { codes_##name##_a, codes_##name##_b, NULL },
#define TERNARY(name, ...) \
  { codes_##name##_a, codes_##name##_b, codes_##name##_c },
#define FOLD(name, ...) { codes_##name##_a, codes_##name##_b, NULL },
#include "ops.def"
};

const tg_code *tg_partial (unsigned op, unsigned i) { return partials[op][i]; }

/* The formulas of folds. Folds are the last rows of the table. */
static const tg_foldcode folds[] = {
#define UNARY(name, ...)
#define BINARY(name, ...)
#define TERNARY(name, ...)
#define FOLD(name, ...) \
  { codes_##name##_start, codes_##name##_scale, codes_##name##_term, \
    codes_##name##_value },
#include "ops.def"
};
#define NFOLDS (sizeof folds / sizeof *folds)

const tg_foldcode *tg_foldcodes (unsigned op) {
  return &folds[op - (TG_NOPS - NFOLDS)];
}

int tg_fold_has_weights (unsigned op) {
  const tg_code *code;
  unsigned i;
  for (i = 0; i < tg_ops[op].arity; i++)
    for (code = tg_partial(op, i); *code != TG_CODE_END; code++)
      if (*code == TG_CODE_TERMS || *code == TG_CODE_SCALE) return 1;
  return 0;
}

#endif
