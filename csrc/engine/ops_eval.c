/*
** ops_eval.c: the table of operations as double arithmetic: values and
** partials for eager nodes.
*/
#include "config.h"

#include "node.h"
#include "values.h"

/* Values at a point */
#define UNARY(name, ...) \
  static double point_##name(const double *x) { return value_##name(x[0]); }
#define BINARY(name, ...) \
  static double point_##name(const double *x) { \
    return value_##name(x[0], x[1]); \
  }
#define TERNARY(name, ...) \
  static double point_##name(const double *x) { \
    return value_##name(x[0], x[1], x[2]); \
  }
#define FOLD(name, ...)
#include "ops.def"

/* Nodes: value and partials */
#define UNARY(name, lua_name, value, da, ...) \
  static void node_##name(tg_node *node) { \
    tg_edge *e = tg_edges(node); \
    const double a = tg_edgevalue(e), y = value_##name(a); \
    node->data = y; \
    if (e[0].parent != NULL) e[0].partial = da; \
  }
#define BINARY(name, lua_name, value, da, db, ...) \
  static void node_##name(tg_node *node) { \
    tg_edge *e = tg_edges(node); \
    const double a = tg_edgevalue(e), b = tg_edgevalue(e + 1); \
    const double y = value_##name(a, b); \
    node->data = y; \
    if (e[0].parent != NULL) e[0].partial = da; \
    if (e[1].parent != NULL) e[1].partial = db; \
  }
#define TERNARY(name, lua_name, value, da, db, dc, ...) \
  static void node_##name(tg_node *node) { \
    tg_edge *e = tg_edges(node); \
    const double a = tg_edgevalue(e), b = tg_edgevalue(e + 1), \
                 c = tg_edgevalue(e + 2); \
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
  const double a = tg_edgevalue(e), b = tg_edgevalue((e) + (arity)-1); \
  (void)a; \
  (void)b

#define UNARY(name, ...)
#define BINARY(name, ...)
#define TERNARY(name, ...)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, ...) \
  static double fold_##name(tg_edge *edges, size_t count, int store, \
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
