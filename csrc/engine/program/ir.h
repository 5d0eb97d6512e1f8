/*
** ir.h: a builder holds a computation as a list of items: operations on
** numbers, which refer to earlier items by position (static single assignment).
** Recordings (record.h), derivatives (derive.h) and programs that are read back
** (inline.c) append items, and the builder simplifies them. They are then laid
** out as a program (program.h).
**
** A builder never fails in the middle. After the first failure its status says
** why, and the items that its functions return are not to be used.
*/
#ifndef TG_IR_H
#define TG_IR_H

#include "../attributes.h"

#include <stddef.h>
#include <string.h>

#include "../../tinygrad.h"
#include "../ops/ops.h"

TG_HIDDEN_BEGIN

/* The position of an item in a builder; TG_NOID: none */
typedef unsigned tg_id;
#define TG_NOID 0xffffffffu

/* Values of an item's op beyond the operations of the table */
enum {
  TG_IR_INPUT = 256, /* input a (256 is past the codes of all instructions) */
  TG_IR_CONST,       /* a number; b and c are its two halves */
  TG_IR_STOP,        /* a, but no derivative flows */
  TG_IR_ARG,         /* operand a of a call; b: the ARG before it, or none */
  TG_IR_CALL         /* calls operation b of a C host; a: the ARG of the last
                        operand; c: 0 for the value, k for the partial for
                        operand k, from 1 */
};

typedef struct tg_item {
  unsigned op;
  tg_id a, b, c; /* operands; TG_NOID beyond the operation's arity */
} tg_item;

typedef struct tg_ir {
  const tg_allocator *memory;
  const tg_poll *poll; /* or NULL */
  unsigned ticks;      /* left until the next poll */
  tg_status status;
  int simplify; /* nonzero: folds constants, applies identities, merges items */
  int hold;     /* nonzero: leaves that a recording captured become constants */
  tg_item *items;
  size_t count, capacity;
  tg_id *table;                    /* a hash table of the items */
  size_t slots;                    /* its size, a power of two */
  const tg_operation **operations; /* of a C host, which items call */
  unsigned noperations, maxoperations;
  const tg_operation *refused; /* after TG_ONCE: the operation behind it */
} tg_ir;

/* Makes `ir` an empty builder, which simplifies. */
void tg_ir_init (tg_ir *ir, const tg_allocator *memory, const tg_poll *poll);

/* Frees what the builder holds. */
void tg_ir_free (tg_ir *ir);

/* Returns memory for n units of `size` bytes, which the caller releases. If
   there is none, sets the status and returns NULL. */
void *tg_ir_alloc (tg_ir *ir, size_t n, size_t size);

/* Resizes a piece of `old` units to `n`, or allocates it if it is NULL. If
   there is no memory, sets the status, returns NULL and leaves the piece. */
void *tg_ir_resize (tg_ir *ir, void *piece, size_t old, size_t n, size_t size);

/* Releases a piece of n units. Does nothing if it is NULL. */
void tg_ir_release (tg_ir *ir, void *piece, size_t n, size_t size);

/* Sets ids[0..n-1] to x. */
void tg_ir_fill (tg_ir *ir, unsigned *ids, size_t n, unsigned x);

/* Counts a tick of long work. Nonzero if the work has to stop. */
#define tg_ir_tick(ir) \
  (--(ir)->ticks > 0 ? (ir)->status != TG_OK : tg_ir_poll(ir))

/* Asks the host whether to stop. Returns nonzero if the work has to stop. */
int tg_ir_poll (tg_ir *ir);

/* Makes room for about `n` items, which is cheaper at once than bit by bit. */
void tg_ir_expect (tg_ir *ir, size_t n);

/* Return the item of an input, of a constant, and of an operation on operands
   a, b, c (TG_NOID beyond its arity). They append it if there is none. */
tg_id tg_ir_input (tg_ir *ir, unsigned index);
tg_id tg_ir_const (tg_ir *ir, double x);
tg_id tg_ir_op (tg_ir *ir, unsigned op, tg_id a, tg_id b, tg_id c);

/* Returns the item of a call of `op` on operands x[0..arity-1]; `which` is c of
   the TG_IR_CALL. */
tg_id tg_ir_call (tg_ir *ir, const tg_operation *op, const tg_id *x,
                  unsigned which);

/* Tells whether item `id` is a constant. If so, stores its value into *x. */
static inline int tg_ir_isconst (const tg_ir *ir, tg_id id, double *x) {
  unsigned half[2];
  if (ir->status != TG_OK || ir->items[id].op != TG_IR_CONST) return 0;
  half[0] = ir->items[id].b;
  half[1] = ir->items[id].c;
  memcpy(x, half, sizeof *x);
  return 1;
}

/* Tells whether item `id` is the constant x. TG_NOID is no constant. */
static inline int tg_ir_isvalue (const tg_ir *ir, tg_id id, double x) {
  double y;
  return id != TG_NOID && tg_ir_isconst(ir, id, &y) && y == x;
}

/* The items that the codes of a formula push */
typedef struct tg_frame {
  tg_id operand[TG_MAXARITY], y, count, terms, scale;
} tg_frame;

/* Appends the formula `code`, a postfix program (ops.h). Returns the item of
   its result. */
tg_id tg_ir_formula (tg_ir *ir, const tg_code *code, const tg_frame *f);

/*
** Appends the fold `op` over `count` elements of op's arity items each, in the
** order and with the roundings of the eager one. Returns the item of its value.
*/
tg_id tg_ir_fold (tg_ir *ir, unsigned op, const tg_id *elements, size_t count);

TG_HIDDEN_END

#endif
