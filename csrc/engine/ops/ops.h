/*
** ops.h: the table of operations (ops.def) as the rest of the engine and the
** binding see it: numbers, facts, formulas and functions.
*/
#ifndef TG_OPS_H
#define TG_OPS_H

#include <stddef.h>

#include "../attributes.h"
#include "../numeric/numeric.h"

TG_HIDDEN_BEGIN

#define TG_MAXARITY 3

/* Numbers of the operations: TG_OP_add, TG_OP_tanh, ... in ops.def's order. */
typedef enum tg_opcode {
#define UNARY(name, ...) TG_OP_##name,
#define BINARY(name, ...) TG_OP_##name,
#define TERNARY(name, ...) TG_OP_##name,
#define FOLD(name, ...) TG_OP_##name,
#include "ops.def"
  TG_NOPS
} tg_opcode;

/*
** A tg_code is one byte of a partial derivative as a postfix program. The
** number of an operation takes its operands off the stack and pushes its
** result; the codes below push a value. Code that can apply operations can
** therefore make derivatives of derivatives.
*/
typedef unsigned char tg_code;
enum {
  TG_CODE_END = 128, /* the end; an empty program: no derivative flows */
  TG_CODE_A,         /* operands */
  TG_CODE_B,
  TG_CODE_C,
  TG_CODE_Y,     /* the result */
  TG_CODE_COUNT, /* folds: the number of elements */
  TG_CODE_TERMS, /* folds: the sum of the terms */
  TG_CODE_SCALE, /* folds: the scale, a constant for derivatives */
  TG_CODE_CONST  /* and above: tg_constants[code - TG_CODE_CONST] */
};

typedef struct tg_opinfo {
  const char *name;       /* unique: "log_base" */
  const char *label;      /* what users call it: "log" */
  unsigned char arity;    /* 1, 2, 3; of a fold: edges for each element */
  unsigned char fold;     /* nonzero: takes any number of elements */
  unsigned char required; /* 0: callers may leave out the last operand */
  double fallback;        /* the last operand of callers who leave it out */
} tg_opinfo;

extern const tg_opinfo tg_ops[TG_NOPS];

/* Returns the partial for operand i; of a fold, for operand i of an element. */
const tg_code *tg_partial (unsigned op, unsigned i);

typedef struct tg_interval {
  double low, high;
} tg_interval;

typedef struct tg_opnote {
  tg_interval domain[TG_MAXARITY]; /* where tests evaluate it */
  const char *text;                /* what users should know */
} tg_opnote;

extern const tg_opnote tg_opnotes[TG_NOPS];

/* The formulas of a fold as postfix programs */
typedef struct tg_foldcode {
  const tg_code *start, *scale, *term, *value;
} tg_foldcode;

/* Returns the formulas of fold `op`. */
const tg_foldcode *tg_foldcodes (unsigned op);

/*
** Tells whether the partials of fold `op` use its scale or the sum of its
** terms. If so, they are the weights of its elements: the derivatives of its
** value, of any order, come from them (ops.def).
*/
int tg_fold_has_weights (unsigned op);

struct tg_node;
struct tg_edge;

/* Returns the value of `op`, which is no fold, at x[0..arity-1]. */
double tg_opvalue (unsigned op, const double *x);

/* Computes `op`, which is no fold, from the operands in the node's edges.
   Stores the value, and the partial into each edge that has a parent. */
void tg_opnode (unsigned op, struct tg_node *node);

/* Returns the value of fold `op` over `count` elements. If `store` is nonzero,
   stores the partial into each edge that has a parent. */
double tg_opfold (unsigned op, struct tg_edge *edges, size_t count, int store);

TG_HIDDEN_END

#endif
