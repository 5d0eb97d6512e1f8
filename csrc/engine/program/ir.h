/*
** ir.h: a computation as a list of operations on numbers, each referring to
** earlier ones by position (static single assignment). Programs are built,
** differentiated and simplified in this form, then laid out (program.h).
** Recordings (record.h), derivatives (derive.h) and programs that are read back
** (inline.c) append to it.
**
** A builder never fails in the middle: after the first failure its status
** says why, and what it returns is not to be used.
*/
#ifndef TG_IR_H
#define TG_IR_H

#include "../attributes.h"

#include <stddef.h>
#include <string.h>

#include "../../tinygrad.h"
#include "../ops/ops.h"

TG_HIDDEN_BEGIN

/* A position in a builder; TG_NOID: none */
typedef unsigned tg_id;
#define TG_NOID 0xffffffffu

/* What an item's op may be beyond the table's operations */
enum {
  TG_IR_INPUT = 256, /* a: which one (256 is past all instructions' codes) */
  TG_IR_CONST,       /* b and c: the two halves of the number */
  TG_IR_STOP,        /* a; lets no derivative through */
  TG_IR_ARG,         /* operand a of a call, after those of ARG b */
  TG_IR_CALL /* operation b of a C host on the operands of ARG a; c: 0 its
                value, k the partial for its operand k, from 1 */
};

typedef struct tg_item {
  unsigned op;
  tg_id a, b, c; /* operands; TG_NOID beyond the operation's arity */
} tg_item;

typedef struct tg_ir {
  const tg_allocator *memory;
  const tg_poll *poll; /* or NULL */
  unsigned ticks;      /* until the next poll */
  tg_status status;
  int simplify; /* fold constants, apply identities, merge equal items */
  int hold;     /* recording: captured leaves become constants */
  tg_item *items;
  size_t count, capacity;
  tg_id *table;                    /* hash table of the items */
  size_t slots;                    /* its size, a power of two */
  const tg_operation **operations; /* that are called */
  unsigned noperations, maxoperations;
  const tg_operation *refused; /* TG_ONCE: which */
} tg_ir;

void tg_ir_init (tg_ir *ir, const tg_allocator *memory, const tg_poll *poll);
void tg_ir_free (tg_ir *ir);

/* Memory that belongs to the caller; NULL after setting the status. */
void *tg_ir_alloc (tg_ir *ir, size_t n, size_t size);
/* A piece of `old` units of `size` bytes made one of `n`; NULL leaves it. */
void *tg_ir_resize (tg_ir *ir, void *piece, size_t old, size_t n, size_t size);
void tg_ir_release (tg_ir *ir, void *piece, size_t n, size_t size);

/* Sets ids[0..n-1] to x. */
void tg_ir_fill (tg_ir *ir, unsigned *ids, size_t n, unsigned x);

/* Counts a tick of long work; nonzero if it has to stop. */
#define tg_ir_tick(ir) \
  (--(ir)->ticks > 0 ? (ir)->status != TG_OK : tg_ir_poll(ir))

int tg_ir_poll (tg_ir *ir);

/* Makes room for about `n` items, so that it need not be made bit by bit. */
void tg_ir_expect (tg_ir *ir, size_t n);

tg_id tg_ir_input (tg_ir *ir, unsigned index);
tg_id tg_ir_const (tg_ir *ir, double x);
tg_id tg_ir_op (tg_ir *ir, unsigned op, tg_id a, tg_id b, tg_id c);

/* Operation `op` on operands x[0..arity-1]; `which` as of a TG_IR_CALL. */
tg_id tg_ir_call (tg_ir *ir, const tg_operation *op, const tg_id *x,
                  unsigned which);

/* Is item `id` a constant? Its value into *x then. */
static inline int tg_ir_isconst (const tg_ir *ir, tg_id id, double *x) {
  unsigned half[2];
  if (ir->status != TG_OK || ir->items[id].op != TG_IR_CONST) return 0;
  half[0] = ir->items[id].b;
  half[1] = ir->items[id].c;
  memcpy(x, half, sizeof *x);
  return 1;
}

/* Is it the constant x? TG_NOID is none. */
static inline int tg_ir_isvalue (const tg_ir *ir, tg_id id, double x) {
  double y;
  return id != TG_NOID && tg_ir_isconst(ir, id, &y) && y == x;
}

/* What the codes of a formula that push stand for */
typedef struct tg_frame {
  tg_id operand[TG_MAXARITY], y, count, terms, scale;
} tg_frame;

/* Appends the formula `code`, a postfix program (ops.h); its result's item. */
tg_id tg_ir_formula (tg_ir *ir, const tg_code *code, const tg_frame *f);

/*
** The fold `op` over `count` elements of its arity each, in the order and
** with the roundings of the eager one.
*/
tg_id tg_ir_fold (tg_ir *ir, unsigned op, const tg_id *elements, size_t count);

TG_HIDDEN_END

#endif
