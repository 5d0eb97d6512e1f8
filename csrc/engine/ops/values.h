/*
** values.h: the table of operations as functions on doubles. value_NAME(a, b,
** c) is the value of operation NAME. The words of the formulas stay defined, so
** that the including file can expand partials, too. It may define LIBM (how to
** call libm) and VALUE (how to declare the functions) before. Only ops_eval.c,
** eval.c and kernels.c include this header.
*/
#ifndef TG_VALUES_H
#define TG_VALUES_H

#include <math.h>

#include "../numeric/lanes.h"
#include "../numeric/numeric.h"
#include "ops.h"

/* The words of the formulas, as C expressions */
#define A a
#define B b
#define C c
#define Y y
#define M m
#define S s
#define N n
#define CONSTANT(value) (value)
#define CONST_VALUE(name) tg_constants[TG_CONST_##name]
#define ZERO 0.0
#define ONE 1.0
#define MINUS_ONE (-1.0)
#define HALF 0.5
#define TWO 2.0
#define THREE 3.0
#define INF ((double)INFINITY)
#define UP CONST_VALUE(up)
#define DOWN CONST_VALUE(down)
#define LN2 CONST_VALUE(ln2)
#define INV_LN2 CONST_VALUE(inv_ln2)
#define INV_LN10 CONST_VALUE(inv_ln10)
#define DEGREE CONST_VALUE(degree)
#define INV_DEGREE CONST_VALUE(inv_degree)
#define SQRT_HALF CONST_VALUE(sqrt_half)
#define TWO_SQRTPI CONST_VALUE(2_sqrtpi)
#define INV_SQRT2PI CONST_VALUE(inv_sqrt2pi)
#ifndef LIBM
#define LIBM(function, ...) function(__VA_ARGS__)
#endif
#define HELP(function, ...) function(__VA_ARGS__)
#define CALL(op, ...) value_##op(__VA_ARGS__)
#define NEG(x) (-(x))
#define ADD(x, y) ((x) + (y))
#define SUB(x, y) ((x) - (y))
#define MUL(x, y) ((x) * (y))
#define DIV(x, y) ((x) / (y))
#define ZMUL(x, y) value_zmul(x, y)
#define LT(x, y) ((double)((x) < (y)))
#define LE(x, y) ((double)((x) <= (y)))
#define GT(x, y) ((double)((x) > (y)))
#define GE(x, y) ((double)((x) >= (y)))
#define EQ(x, y) ((double)((x) == (y)))
#define NE(x, y) ((double)((x) != (y)))
#define WHERE(c, x, y) ((c) != 0.0 ? (x) : (y))
#define KINK(x) ((x) == (x) ? 0.0 : (x))
#define NONE 0.0

#ifndef VALUE
#define VALUE static
#endif

/* All functions are declared before the first is defined, because a formula may
   call any row. */
#define UNARY(name, ...) VALUE double value_##name(double a);
#define BINARY(name, ...) VALUE double value_##name(double a, double b);
#define TERNARY(name, ...) \
  VALUE double value_##name(double a, double b, double c);
#define FOLD(name, ...)
#include "ops.def"

#define UNARY(name, lua_name, value, ...) \
  VALUE double value_##name(double a) { return value; }
#define BINARY(name, lua_name, value, ...) \
  VALUE double value_##name(double a, double b) { return value; }
#define TERNARY(name, lua_name, value, ...) \
  VALUE double value_##name(double a, double b, double c) { \
    (void)b; \
    (void)c; \
    return value; \
  }
#define FOLD(name, ...)
#include "ops.def"

#endif
