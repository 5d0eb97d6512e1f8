/*
** ops_eval.c: the table of operations as double arithmetic: values and
** partials for eager nodes.
*/
#include "config.h"

#include <math.h>

#include "node.h"
#include "numeric.h"

/* The formulas' words as C expressions */
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
#define LN2 CONST_VALUE(ln2)
#define INV_LN2 CONST_VALUE(inv_ln2)
#define INV_LN10 CONST_VALUE(inv_ln10)
#define DEGREE CONST_VALUE(degree)
#define INV_DEGREE CONST_VALUE(inv_degree)
#define SQRT_HALF CONST_VALUE(sqrt_half)
#define TWO_SQRTPI CONST_VALUE(2_sqrtpi)
#define INV_SQRT2PI CONST_VALUE(inv_sqrt2pi)
#define LIBM(function, ...) function(__VA_ARGS__)
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

static double operand (const tg_edge *e) {
  return e->parent != NULL ? e->parent->data : e->partial;
}

/* Values, callable from every formula whatever the order of the rows */
#define UNARY(name, ...) static double value_##name (double a);
#define BINARY(name, ...) static double value_##name (double a, double b);
#define TERNARY(name, ...) \
  static double value_##name (double a, double b, double c);
#define FOLD(name, ...)
#include "ops.def"

#define UNARY(name, lua_name, value, ...) \
  static double value_##name (double a) { return value; }
#define BINARY(name, lua_name, value, ...) \
  static double value_##name (double a, double b) { return value; }
#define TERNARY(name, lua_name, value, ...) \
  static double value_##name (double a, double b, double c) { return value; }
#define FOLD(name, ...)
#include "ops.def"

#define UNARY(name, ...) \
  static double point_##name (const double *x) { return value_##name(x[0]); }
#define BINARY(name, ...) \
  static double point_##name (const double *x) { \
    return value_##name(x[0], x[1]); \
  }
#define TERNARY(name, ...) \
  static double point_##name (const double *x) { \
    return value_##name(x[0], x[1], x[2]); \
  }
#define FOLD(name, ...)
#include "ops.def"

/* Nodes: value and partials */
#define UNARY(name, lua_name, value, da, ...) \
  static void node_##name (tg_node *node) { \
    tg_edge *e = tg_edges(node); \
    const double a = operand(e), y = value_##name(a); \
    node->data = y; \
    if (e[0].parent != NULL) e[0].partial = da; \
  }
#define BINARY(name, lua_name, value, da, db, ...) \
  static void node_##name (tg_node *node) { \
    tg_edge *e = tg_edges(node); \
    const double a = operand(e), b = operand(e + 1); \
    const double y = value_##name(a, b); \
    node->data = y; \
    if (e[0].parent != NULL) e[0].partial = da; \
    if (e[1].parent != NULL) e[1].partial = db; \
  }
#define TERNARY(name, lua_name, value, da, db, dc, ...) \
  static void node_##name (tg_node *node) { \
    tg_edge *e = tg_edges(node); \
    const double a = operand(e), b = operand(e + 1), c = operand(e + 2); \
    const double y = value_##name(a, b, c); \
    node->data = y; \
    if (e[0].parent != NULL) e[0].partial = da; \
    if (e[1].parent != NULL) e[1].partial = db; \
    if (e[2].parent != NULL) e[2].partial = dc; \
  }
#define FOLD(name, ...)
#include "ops.def"

/* Folds */

/* Binds a and b (b: the second operand of folds that have two). */
#define ELEMENT(e, arity) \
  const double a = operand(e), b = operand((e) + (arity)-1); \
  (void)a; \
  (void)b

#define UNARY(name, ...)
#define BINARY(name, ...)
#define TERNARY(name, ...)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, ...) \
  static double fold_##name (tg_edge *edges, size_t count, int store, \
                             double *terms) { \
    const double n = (double)count; \
    double m = start, s = 0.0, y; \
    tg_edge *e, *end = edges + count * (arity); \
    for (e = edges; e < end; e += (arity)) { \
      ELEMENT(e, arity); \
      m = scale; \
    } \
    for (e = edges; e < end; e += (arity)) { \
      ELEMENT(e, arity); \
      s = e == edges ? (term) : s + (term); \
    } \
    y = value; \
    for (e = edges; store && e < end; e += (arity)) { \
      ELEMENT(e, arity); \
      if (e->parent != NULL) e->partial = da; \
      if ((arity) > 1 && e[(arity)-1].parent != NULL) \
        e[(arity)-1].partial = db; \
    } \
    (void)n; \
    (void)m; \
    *terms = s; \
    return y; \
  }
#include "ops.def"

const tg_evaluator tg_evaluators[TG_NOPS] = {
#define UNARY(name, ...) { point_##name, node_##name, NULL },
#define BINARY(name, ...) { point_##name, node_##name, NULL },
#define TERNARY(name, ...) { point_##name, node_##name, NULL },
#define FOLD(name, ...) { NULL, NULL, fold_##name },
#include "ops.def"
};
