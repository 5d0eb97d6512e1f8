/*
** ops_eval.c: computes the operations of the table on doubles: values, and for
** eager nodes values with partials.
*/
#include "../config.h"

#include "../graph/node.h"
#include "values.h"

/* Each function here is a switch: a table of functions takes far more room. */

double tg_opvalue (unsigned op, const double *x) {
  switch (op) {
#define UNARY(name, ...) \
  case TG_OP_##name: \
    return value_##name(x[0]);
#define BINARY(name, ...) \
  case TG_OP_##name: \
    return value_##name(x[0], x[1]);
#define TERNARY(name, ...) \
  case TG_OP_##name: \
    return value_##name(x[0], x[1], x[2]);
#define FOLD(name, ...)
#include "ops.def"
  default:      /* LCOV_EXCL_START: no caller passes a fold */
    return NAN; /* LCOV_EXCL_STOP */
  }
}

/* Stores the partial for operand i into its edge, if the operand is a node. */
#define PARTIAL(i, partial_i) \
  if (e[i].parent != NULL) e[i].partial = partial_i

void tg_opnode (unsigned op, tg_node *node) {
  tg_edge *e = tg_edges(node);
  switch (op) {
#define UNARY(name, lua_name, value, da, ...) \
  case TG_OP_##name: { \
    const double a = tg_edgevalue(e), y = value_##name(a); \
    node->data = y; \
    PARTIAL(0, da); \
    break; \
  }
#define BINARY(name, lua_name, value, da, db, ...) \
  case TG_OP_##name: { \
    const double a = tg_edgevalue(e), b = tg_edgevalue(e + 1); \
    const double y = value_##name(a, b); \
    node->data = y; \
    PARTIAL(0, da); \
    PARTIAL(1, db); \
    break; \
  }
#define TERNARY(name, lua_name, value, da, db, dc, ...) \
  case TG_OP_##name: { \
    const double a = tg_edgevalue(e), b = tg_edgevalue(e + 1), \
                 c = tg_edgevalue(e + 2); \
    const double y = value_##name(a, b, c); \
    node->data = y; \
    PARTIAL(0, da); \
    PARTIAL(1, db); \
    PARTIAL(2, dc); \
    break; \
  }
#define FOLD(name, ...)
#include "ops.def"
  }
}

/* Folds */

/* Declares a and b, the operands of the element at edge e. In a fold with one
   operand, b is a. */
#define ELEMENT(e, arity) \
  const double a = tg_edgevalue(e), b = tg_edgevalue((e) + (arity)-1); \
  (void)a; \
  (void)b

#define UNARY(name, ...)
#define BINARY(name, ...)
#define TERNARY(name, ...)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, ...) \
  static double fold_##name(tg_edge *edges, size_t count, int store) { \
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
    return y; \
  }
#include "ops.def"

double tg_opfold (unsigned op, tg_edge *edges, size_t count, int store) {
  switch (op) {
#define UNARY(name, ...)
#define BINARY(name, ...)
#define TERNARY(name, ...)
#define FOLD(name, ...) \
  case TG_OP_##name: \
    return fold_##name(edges, count, store);
#include "ops.def"
  default:      /* LCOV_EXCL_START: callers pass folds only */
    return NAN; /* LCOV_EXCL_STOP */
  }
}
