/*
** ops_info.c: the table of operations as data: names, facts, and partials as
** postfix programs.
*/
#include "config.h"

#include <math.h>

#include "ops.h"

const double tg_constants[TG_NCONSTS] = {
#define VALUE(name, value) value,
  TG_CONSTANTS(VALUE)
#undef VALUE
};

/* The formulas' words as postfix codes */
#define A TG_CODE_A
#define B TG_CODE_B
#define C TG_CODE_C
#define Y TG_CODE_Y
#define N TG_CODE_COUNT
#define S TG_CODE_TERMS
#define M TG_CODE_SCALE
#define CONST_CODE(name) (TG_CODE_CONST + TG_CONST_##name)
#define ZERO CONST_CODE(zero)
#define ONE CONST_CODE(one)
#define MINUS_ONE CONST_CODE(minus_one)
#define HALF CONST_CODE(half)
#define TWO CONST_CODE(two)
#define THREE CONST_CODE(three)
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

#define CODE(array, ...) \
  static const tg_code array[] = { __VA_ARGS__, TG_CODE_END };
#define PARTIAL(name, operand, ...) \
  CODE(partial_##name##_##operand, __VA_ARGS__)
#define UNARY(name, lua_name, value, da, ...) PARTIAL(name, a, da)
#define BINARY(name, lua_name, value, da, db, ...) \
  PARTIAL(name, a, da) \
  PARTIAL(name, b, db)
#define TERNARY(name, lua_name, value, da, db, dc, ...) \
  PARTIAL(name, a, da) \
  PARTIAL(name, b, db) \
  PARTIAL(name, c, dc)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, ...) \
  PARTIAL(name, a, da) \
  PARTIAL(name, b, db) \
  CODE(start_##name, start) \
  CODE(scale_##name, scale) \
  CODE(term_##name, term) \
  CODE(foldvalue_##name, value)
#include "ops.def"

#define IN(a, b) \
  { \
    { (a), (b) } \
  }
#define IN2(a, b, c, d) \
  { \
    { (a), (b) }, { (c), (d) } \
  }
#define IN3(a, b, c, d, e, f) \
  { \
    { (a), (b) }, { (c), (d) }, { (e), (f) } \
  }
#define REQUIRED NAN

const tg_opinfo tg_ops[TG_NOPS] = {
#define UNARY(name, lua_name, value, da, domain, note) \
  { #name, lua_name, 1, 0, { partial_##name##_a }, domain, NAN, note },
#define BINARY(name, lua_name, value, da, db, domain, fallback, note) \
  { #name,  lua_name, 2,   0, { partial_##name##_a, partial_##name##_b }, \
    domain, fallback, note },
#define TERNARY(name, lua_name, value, da, db, dc, domain, note) \
  { #name, \
    lua_name, \
    3, \
    0, \
    { partial_##name##_a, partial_##name##_b, partial_##name##_c }, \
    domain, \
    NAN, \
    note },
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, domain, \
             note) \
  { #name,  lua_name, arity, 1, { partial_##name##_a, partial_##name##_b }, \
    domain, NAN,      note },
#include "ops.def"
};

const tg_foldcode tg_foldcodes[TG_NOPS] = {
#define UNARY(name, ...) { NULL, NULL, NULL, NULL },
#define BINARY(name, ...) { NULL, NULL, NULL, NULL },
#define TERNARY(name, ...) { NULL, NULL, NULL, NULL },
#define FOLD(name, ...) \
  { start_##name, scale_##name, term_##name, foldvalue_##name },
#include "ops.def"
};
