/*
** ops.h: the operations as data. ops.def holds one row for each; this is what
** the rest of the engine and the binding see of them.
*/
#ifndef TG_OPS_H
#define TG_OPS_H

#include <stddef.h>

#include "../attributes.h"
#include "../numeric/numeric.h"

TG_HIDDEN_BEGIN

#define TG_MAXARITY 3

/* An operation's number: TG_OP_add, TG_OP_tanh, ... in the order of ops.def. */
typedef enum tg_opcode {
#define UNARY(name, ...) TG_OP_##name,
#define BINARY(name, ...) TG_OP_##name,
#define TERNARY(name, ...) TG_OP_##name,
#define FOLD(name, ...) TG_OP_##name,
#include "ops.def"
  TG_NOPS
} tg_opcode;

/*
** A partial derivative as a postfix program, one byte a code: an operation
** takes its operands off the stack and leaves its result, the codes below
** push. Whoever can apply operations can so make derivatives of derivatives.
*/
typedef unsigned char tg_code;
enum {
  TG_CODE_END = 128, /* an empty program: no derivative exists, none flows */
  TG_CODE_A,         /* operands */
  TG_CODE_B,
  TG_CODE_C,
  TG_CODE_Y,     /* the result */
  TG_CODE_COUNT, /* folds: how many elements */
  TG_CODE_TERMS, /* folds: the sum of the terms */
  TG_CODE_SCALE, /* folds: the scale, a constant for derivatives */
  TG_CODE_CONST  /* tg_constants[code - TG_CODE_CONST] */
};

typedef struct tg_opinfo {
  const char *name;       /* unique: "log_base" */
  const char *label;      /* what users call it: "log" */
  unsigned char arity;    /* 1, 2, 3; of a fold: edges for each element */
  unsigned char fold;     /* takes any number of elements */
  unsigned char required; /* may callers not leave out the last operand? */
  double fallback;        /* the last operand where they do */
} tg_opinfo;

extern const tg_opinfo tg_ops[TG_NOPS];

/* The partial of operand i; of a fold of each element's. */
const tg_code *tg_partial (unsigned op, unsigned i);

typedef struct tg_interval {
  double low, high;
} tg_interval;

typedef struct tg_opnote {
  /* where tests may evaluate it: no kink or pole of the rest is inside */
  tg_interval domain[TG_MAXARITY];
  const char *text; /* what there is to know */
} tg_opnote;

extern const tg_opnote tg_opnotes[TG_NOPS];

/* The formulas of a fold as postfix programs */
typedef struct tg_foldcode {
  const tg_code *start, *scale, *term, *value;
} tg_foldcode;

const tg_foldcode *tg_foldcodes (unsigned op);

/*
** Do the partials of fold `op` use its scale or the sum of its terms? Then they
** are the weights of its elements: the derivatives of its value are those of
** the partials (ops.def), to any order.
*/
int tg_fold_has_weights (unsigned op);

/*
** How to compute it. Of a fixed arity: the value at x[0..arity-1]; and for a
** node, from the operands in its edges: stores the value there, and the partial
** into each edge that has a parent. Of a fold: the value over `count` elements;
** partials likewise if `store`.
*/
struct tg_node;
struct tg_edge;
double tg_opvalue (unsigned op, const double *x);
void tg_opnode (unsigned op, struct tg_node *node);
double tg_opfold (unsigned op, struct tg_edge *edges, size_t count, int store);

TG_HIDDEN_END

#endif
