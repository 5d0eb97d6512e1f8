/*
** ir.c: builds a computation item by item, and simplifies it as it grows.
*/
#include "../config.h"

#include "ir.h"

#include <math.h>
#include <string.h>

#ifndef TG_NO_PROGRAM

#define FIRST_CAPACITY TG_LIMIT(256, 1)

void tg_ir_init (tg_ir *ir, const tg_allocator *memory, const tg_poll *poll) {
  memset(ir, 0, sizeof *ir);
  ir->memory = memory;
  ir->poll = poll;
  ir->ticks = TG_POLL_TICKS;
  ir->status = TG_OK;
  ir->simplify = 1;
}

void tg_ir_free (tg_ir *ir) {
  tg_ir_release(ir, ir->items, ir->capacity, sizeof *ir->items);
  tg_ir_release(ir, ir->table, ir->slots, sizeof *ir->table);
  tg_ir_release(ir, (void *)ir->operations, ir->maxoperations,
                sizeof *ir->operations);
  ir->operations = NULL;
  ir->noperations = ir->maxoperations = 0;
  ir->items = NULL;
  ir->table = NULL;
  ir->count = ir->capacity = ir->slots = 0;
}

void *tg_ir_alloc (tg_ir *ir, size_t n, size_t size) {
  void *piece = NULL;
  if (ir->status == TG_OK && n < (size_t)-1 / size - 1)
    piece =
      ir->memory->function(ir->memory->data, NULL, 0, n * size + (n == 0));
  if (piece == NULL && ir->status == TG_OK) ir->status = TG_NOMEMORY;
  return piece;
}

void *tg_ir_resize (tg_ir *ir, void *piece, size_t old, size_t n, size_t size) {
  void *resized = NULL;
  if (piece == NULL) return tg_ir_alloc(ir, n, size);
  if (ir->status == TG_OK && n < (size_t)-1 / size)
    resized =
      ir->memory->function(ir->memory->data, piece, old * size, n * size);
  if (resized == NULL && ir->status == TG_OK) ir->status = TG_NOMEMORY;
  return resized;
}

void tg_ir_release (tg_ir *ir, void *piece, size_t n, size_t size) {
  if (piece != NULL)
    ir->memory->function(ir->memory->data, piece, n * size + (n == 0), 0);
}

void tg_ir_fill (tg_ir *ir, unsigned *ids, size_t n, unsigned x) {
  size_t i = 0;
  while (i < n) {
    const size_t end = n - i > TG_POLL_TICKS ? i + TG_POLL_TICKS : n;
    while (i < end) ids[i++] = x;
    if (i < n) tg_ir_poll(ir);
  }
}

int tg_ir_poll (tg_ir *ir) {
  ir->ticks = TG_POLL_TICKS;
  if (ir->status == TG_OK && ir->poll != NULL &&
      ir->poll->function(ir->poll->data))
    ir->status = TG_INTERRUPTED;
  return ir->status != TG_OK;
}

/* The items and their hash table */

/*
** Returns where the table should have an item. Items made one after another
** mostly refer to one another, so neighbours get neighbouring places: work then
** stays in a window of the table, which moves slowly. Constants get places by
** their bits.
*/
static size_t hash_item (const tg_item *item) {
  if (item->op == TG_IR_CONST) {
    unsigned h = item->b * 0x9e3779b1u ^ item->c * 0x85ebca6bu;
    return h ^ (h >> 15);
  }
  return (size_t)item->op * 7 + item->a + (size_t)3 * (item->b + 1) +
         (size_t)5 * (item->c + 1);
}

static int same_item (const tg_item *x, const tg_item *y) {
  return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c;
}

/* The places that find() looks at. An item without a place there is not merged,
   which does no harm. */
#define PROBES 64

/*
** Returns the place in the table of an item equal to `item`, or a free place
** for it, or TG_NOID if other items are in all places where it could be.
*/
static size_t find (const tg_ir *ir, const tg_item *item) {
  size_t i = hash_item(item);
  int probe;
  for (probe = 0; probe < PROBES; probe++, i++) {
    const tg_id id = ir->table[i & (ir->slots - 1)];
    if (id == TG_NOID || same_item(&ir->items[id], item))
      return i & (ir->slots - 1);
  }
  return TG_NOID;
}

/* Enters item `id` into the table, unless an equal one is there. */
static void enter (tg_ir *ir, tg_id id) {
  const size_t place = find(ir, &ir->items[id]);
  if (place != TG_NOID && ir->table[place] == TG_NOID) ir->table[place] = id;
}

/* Makes room for `capacity` items, and keeps the table at most half full.
   Returns 0 if it cannot. */
static int grow (tg_ir *ir, size_t capacity) {
  tg_item *items;
  tg_id *table;
  size_t i, k;
  if (capacity > 0x40000000u) {
    /* positions would not fit; LCOV_EXCL_START: takes 60 GiB */
    ir->status = TG_NOMEMORY;
    return 0; /* LCOV_EXCL_STOP */
  }
  items = (tg_item *)tg_ir_alloc(ir, capacity, sizeof *items);
  if (items == NULL) return 0;
  for (i = 0; i < ir->count; i = k) {
    k = ir->count - i > TG_POLL_TICKS ? i + TG_POLL_TICKS : ir->count;
    memcpy(items + i, ir->items + i, (k - i) * sizeof *items);
    if (k < ir->count) tg_ir_poll(ir);
  }
  tg_ir_release(ir, ir->items, ir->capacity, sizeof *items);
  ir->items = items;
  ir->capacity = capacity;
  tg_ir_release(ir, ir->table, ir->slots, sizeof *ir->table);
  ir->slots = 2 * capacity;
  ir->table = table = (tg_id *)tg_ir_alloc(ir, ir->slots, sizeof *table);
  if (table == NULL) return 0;
  tg_ir_fill(ir, table, ir->slots, TG_NOID);
  for (i = 0; i < ir->count && !tg_ir_tick(ir); i++) enter(ir, (tg_id)i);
  return ir->status == TG_OK;
}

void tg_ir_expect (tg_ir *ir, size_t n) {
  size_t capacity = FIRST_CAPACITY;
  while (capacity < n) capacity *= 2;
  if (capacity > ir->capacity) grow(ir, capacity);
}

/* Returns the item that is equal to this one, or appends it. A builder that
   does not simplify merges only inputs and constants. */
static tg_id add (tg_ir *ir, unsigned op, tg_id a, tg_id b, tg_id c) {
  const int merge = ir->simplify || op == TG_IR_INPUT || op == TG_IR_CONST;
  tg_item item;
  size_t place;
  if (tg_ir_tick(ir)) return 0;
  if (ir->count == ir->capacity &&
      !grow(ir, ir->capacity == 0 ? FIRST_CAPACITY : 2 * ir->capacity))
    return 0;
  item.op = op;
  item.a = a;
  item.b = b;
  item.c = c;
  place = find(ir, &item);
  if (merge && place != TG_NOID && ir->table[place] != TG_NOID)
    return ir->table[place];
  ir->items[ir->count] = item;
  enter(ir, (tg_id)ir->count);
  return (tg_id)ir->count++;
}

tg_id tg_ir_input (tg_ir *ir, unsigned index) {
  return add(ir, TG_IR_INPUT, index, TG_NOID, TG_NOID);
}

tg_id tg_ir_const (tg_ir *ir, double x) {
  unsigned half[2];
  memcpy(half, &x, sizeof x);
  return add(ir, TG_IR_CONST, TG_NOID, half[0], half[1]);
}

/* Simplification, by rules that hold for every double */

static int is_minus_zero (const tg_ir *ir, tg_id id) {
  double y;
  return tg_ir_isconst(ir, id, &y) && y == 0.0 && signbit(y);
}

static int is_plus_zero (const tg_ir *ir, tg_id id) {
  double y;
  return tg_ir_isconst(ir, id, &y) && y == 0.0 && !signbit(y);
}

/* Returns an item that is equal to `op` of a, b, c, or TG_NOID. */
static tg_id identity (tg_ir *ir, unsigned op, tg_id a, tg_id b, tg_id c) {
  double x;
  switch (op) {
  case TG_OP_identity:
    return a;
  case TG_OP_add:
    if (is_minus_zero(ir, b)) return a;
    if (is_minus_zero(ir, a)) return b;
    break;
  case TG_OP_sub:
    if (is_plus_zero(ir, b)) return a;
    break;
  case TG_OP_mul:
    if (tg_ir_isvalue(ir, b, 1.0)) return a;
    if (tg_ir_isvalue(ir, a, 1.0)) return b;
    break;
  case TG_OP_div:
    if (tg_ir_isvalue(ir, b, 1.0)) return a;
    break;
  case TG_OP_neg:
    if (ir->items[a].op == TG_OP_neg) return ir->items[a].a;
    break;
  case TG_OP_with_partial:
    if (tg_ir_isconst(ir, b, &x)) return a;
    break;
  case TG_OP_where:
    if (b == c) return b;
    if (tg_ir_isconst(ir, a, &x)) return x != 0.0 ? b : c;
    break;
  default:
    break;
  }
  return TG_NOID;
}

/* Computes the operation into *y if all operands are constants; else returns
   0. */
static int fold_constants (const tg_ir *ir, unsigned op, tg_id a, tg_id b,
                           tg_id c, double *y) {
  const int arity = tg_ops[op].arity;
  double x[TG_MAXARITY];
  if (!tg_ir_isconst(ir, a, &x[0])) return 0;
  if (arity > 1 && !tg_ir_isconst(ir, b, &x[1])) return 0;
  if (arity > 2 && !tg_ir_isconst(ir, c, &x[2])) return 0;
  *y = tg_opvalue(op, x);
  return 1;
}

/* Returns the item whose value `id` has, below all with_partial. It may replace
   `id` only where no derivative arrives. */
static tg_id value_of (const tg_ir *ir, tg_id id) {
  while (ir->items[id].op == TG_OP_with_partial) id = ir->items[id].a;
  return id;
}

static int is_constant (const tg_ir *ir, tg_id id) {
  return ir->items[id].op == TG_IR_CONST || ir->items[id].op == TG_IR_STOP;
}

tg_id tg_ir_op (tg_ir *ir, unsigned op, tg_id a, tg_id b, tg_id c) {
  if (ir->status != TG_OK) return 0;
  if (op == TG_IR_STOP) {
    if (ir->simplify) a = value_of(ir, a);
    if (is_constant(ir, a)) return a;
  }
  if (ir->simplify && op < TG_NOPS) {
    double y;
    tg_id same;
    if (fold_constants(ir, op, a, b, c, &y)) return tg_ir_const(ir, y);
    same = identity(ir, op, a, b, c);
    if (same != TG_NOID) return same;
  }
  return add(ir, op, a, b, c);
}

/* Operations of a C host */

/* Returns the number of the operation in the builder, after entering it if it
   is new. */
static unsigned operation_number (tg_ir *ir, const tg_operation *op) {
  unsigned i;
  for (i = ir->noperations; i-- > 0;)
    if (ir->operations[i] == op) return i;
  if (ir->noperations == ir->maxoperations) {
    const unsigned max = ir->maxoperations == 0 ? 8 : 2 * ir->maxoperations;
    const tg_operation **bigger =
      (const tg_operation **)tg_ir_alloc(ir, max, sizeof *bigger);
    if (bigger == NULL) return 0;
    if (ir->noperations > 0)
      memcpy((void *)bigger, (void *)ir->operations,
             ir->noperations * sizeof *bigger);
    tg_ir_release(ir, (void *)ir->operations, ir->maxoperations,
                  sizeof *bigger);
    ir->operations = bigger;
    ir->maxoperations = max;
  }
  ir->operations[ir->noperations] = op;
  return ir->noperations++;
}

tg_id tg_ir_call (tg_ir *ir, const tg_operation *op, const tg_id *x,
                  unsigned which) {
  const unsigned number = operation_number(ir, op);
  tg_id chain = TG_NOID;
  int i;
  for (i = 0; i < op->arity; i++)
    /* NOLINTNEXTLINE: callers store op->arity operands (get_operands) */
    chain = tg_ir_op(ir, TG_IR_ARG, x[i], chain, TG_NOID);
  return tg_ir_op(ir, TG_IR_CALL, chain, number, which);
}

/* Formulas */

#define MAXSTACK 32

tg_id tg_ir_formula (tg_ir *ir, const tg_code *code, const tg_frame *f) {
  tg_id stack[MAXSTACK + TG_MAXARITY];
  int n = TG_MAXARITY; /* TG_NOID stands below: the value of no code at all */
  stack[0] = stack[1] = stack[2] = TG_NOID;
  for (; *code != TG_CODE_END && ir->status == TG_OK; code++) {
    if (*code < TG_NOPS) {
      const int arity = tg_ops[*code].arity;
      n -= arity;
      stack[n] =
        tg_ir_op(ir, *code, stack[n], arity > 1 ? stack[n + 1] : TG_NOID,
                 arity > 2 ? stack[n + 2] : TG_NOID);
      n++;
    }
    else if (*code >= TG_CODE_CONST)
      stack[n++] = tg_ir_const(ir, tg_constants[*code - TG_CODE_CONST]);
    else if (*code == TG_CODE_Y)
      stack[n++] = f->y;
    else if (*code == TG_CODE_COUNT)
      stack[n++] = f->count;
    else if (*code == TG_CODE_TERMS)
      stack[n++] = f->terms;
    else if (*code == TG_CODE_SCALE)
      stack[n++] = f->scale;
    else
      /* cppcheck-suppress negativeIndex ; it is TG_CODE_A or above */
      stack[n++] = f->operand[*code - TG_CODE_A];
  }
  return ir->status == TG_OK ? stack[n - 1] : 0;
}

/* Makes element `i` of a fold the operands of `f`. */
static void take_element (tg_frame *f, const tg_opinfo *op,
                          const tg_id *elements, size_t i) {
  memcpy(f->operand, elements + i * op->arity, op->arity * sizeof *elements);
}

/* Returns the value y of a fold with the partials of its row as derivatives
   (tg_fold_has_weights). */
static tg_id with_weights (tg_ir *ir, unsigned op, tg_id y, tg_frame *f,
                           const tg_id *elements, size_t count) {
  unsigned k;
  size_t i;
  y = tg_ir_op(ir, TG_IR_STOP, y, TG_NOID, TG_NOID);
  for (i = 0; i < count; i++) {
    take_element(f, &tg_ops[op], elements, i);
    for (k = 0; k < tg_ops[op].arity; k++)
      y = tg_ir_op(ir, TG_OP_with_partial, y, f->operand[k],
                   tg_ir_formula(ir, tg_partial(op, k), f));
  }
  return y;
}

tg_id tg_ir_fold (tg_ir *ir, unsigned op, const tg_id *elements, size_t count) {
  const tg_opinfo *info = &tg_ops[op];
  const tg_foldcode *code = tg_foldcodes(op);
  tg_frame f;
  tg_id y;
  size_t i;
  memset(&f, 0, sizeof f);
  f.count = tg_ir_const(ir, (double)count);
  f.scale = tg_ir_formula(ir, code->start, &f);
  f.terms = tg_ir_const(ir, 0.0);
  for (i = 0; i < count; i++) {
    take_element(&f, info, elements, i);
    f.scale = tg_ir_formula(ir, code->scale, &f);
  }
  /* no derivative flows through the scale: the value does not depend on it */
  f.scale = tg_ir_op(ir, TG_IR_STOP, f.scale, TG_NOID, TG_NOID);
  for (i = 0; i < count; i++) {
    tg_id term;
    take_element(&f, info, elements, i);
    term = tg_ir_formula(ir, code->term, &f);
    f.terms = i == 0 ? term : tg_ir_op(ir, TG_OP_add, f.terms, term, TG_NOID);
  }
  y = tg_ir_formula(ir, code->value, &f);
  return tg_fold_has_weights(op) ? with_weights(ir, op, y, &f, elements, count)
                                 : y;
}

#endif
