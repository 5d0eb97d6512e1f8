/*
** ir.c: building a computation item by item, simplifying as it grows.
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
  ir->steps = TG_POLL_STEPS;
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
  void *block = NULL;
  if (ir->status == TG_OK && n < (size_t)-1 / size - 1)
    block =
      ir->memory->function(ir->memory->data, NULL, 0, n * size + (n == 0));
  if (block == NULL && ir->status == TG_OK) ir->status = TG_NOMEMORY;
  return block;
}

void *tg_ir_resize (tg_ir *ir, void *block, size_t old, size_t n, size_t size) {
  void *resized = NULL;
  if (block == NULL) return tg_ir_alloc(ir, n, size);
  if (ir->status == TG_OK && n < (size_t)-1 / size)
    resized =
      ir->memory->function(ir->memory->data, block, old * size, n * size);
  if (resized == NULL && ir->status == TG_OK) ir->status = TG_NOMEMORY;
  return resized;
}

void tg_ir_release (tg_ir *ir, void *block, size_t n, size_t size) {
  if (block != NULL)
    ir->memory->function(ir->memory->data, block, n * size + (n == 0), 0);
}

void tg_ir_fill (tg_ir *ir, unsigned *ids, size_t n, unsigned x) {
  size_t i = 0;
  while (i < n) {
    const size_t end = n - i > TG_POLL_STEPS ? i + TG_POLL_STEPS : n;
    while (i < end) ids[i++] = x;
    if (i < n) tg_ir_poll(ir);
  }
}

int tg_ir_poll (tg_ir *ir) {
  ir->steps = TG_POLL_STEPS;
  if (ir->status == TG_OK && ir->poll != NULL &&
      ir->poll->function(ir->poll->data))
    ir->status = TG_INTERRUPTED;
  return ir->status != TG_OK;
}

/* The items and their hash table */

/*
** Items made one after another mostly refer to one another, so neighbours are
** given neighbouring places: the table is then used as a window that moves,
** and not all over memory. Constants are spread by their bits.
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

/* Places to look at; past them an item is not shared, which does no harm. */
#define PROBES 64

/*
** The place in the table of an item like `item`, or a free one for it, or
** TG_NOID if the places where it could be are taken by others.
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

/* Makes room for `capacity` items; the table is kept at most half full. */
static int grow (tg_ir *ir, size_t capacity) {
  tg_item *items;
  tg_id *table;
  size_t i, k;
  if (capacity > 0x40000000u) {
    /* Positions would not fit; LCOV_EXCL_START: takes 60 GiB */
    ir->status = TG_NOMEMORY;
    return 0; /* LCOV_EXCL_STOP */
  }
  items = (tg_item *)tg_ir_alloc(ir, capacity, sizeof *items);
  if (items == NULL) return 0;
  for (i = 0; i < ir->count; i = k) {
    k = ir->count - i > TG_POLL_STEPS ? i + TG_POLL_STEPS : ir->count;
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
  for (i = 0; i < ir->count && !tg_ir_step(ir); i++) enter(ir, (tg_id)i);
  return ir->status == TG_OK;
}

void tg_ir_expect (tg_ir *ir, size_t n) {
  size_t capacity = FIRST_CAPACITY;
  while (capacity < n) capacity *= 2;
  if (capacity > ir->capacity) grow(ir, capacity);
}

/* Appends an item, or finds the equal one that is there. */
static tg_id add (tg_ir *ir, unsigned op, tg_id a, tg_id b, tg_id c) {
  const int share = ir->simplify || op == TG_IR_INPUT || op == TG_IR_CONST;
  tg_item item;
  size_t place;
  if (tg_ir_step(ir)) return 0;
  if (ir->count == ir->capacity &&
      !grow(ir, ir->capacity == 0 ? FIRST_CAPACITY : 2 * ir->capacity))
    return 0;
  item.op = op;
  item.a = a;
  item.b = b;
  item.c = c;
  place = find(ir, &item);
  if (share && place != TG_NOID && ir->table[place] != TG_NOID)
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

int tg_ir_isconst (const tg_ir *ir, tg_id id, double *x) {
  unsigned half[2];
  if (ir->status != TG_OK || ir->items[id].op != TG_IR_CONST) return 0;
  half[0] = ir->items[id].b;
  half[1] = ir->items[id].c;
  memcpy(x, half, sizeof *x);
  return 1;
}

/* Simplification: only what holds for every double */

static int is_value (const tg_ir *ir, tg_id id, double x) {
  double y;
  return id != TG_NOID && tg_ir_isconst(ir, id, &y) && y == x;
}

static int is_minus_zero (const tg_ir *ir, tg_id id) {
  double y;
  return tg_ir_isconst(ir, id, &y) && y == 0.0 && signbit(y);
}

static int is_plus_zero (const tg_ir *ir, tg_id id) {
  double y;
  return tg_ir_isconst(ir, id, &y) && y == 0.0 && !signbit(y);
}

/* The item that `op` of a, b, c is equal to, or TG_NOID. */
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
    if (is_value(ir, b, 1.0)) return a;
    if (is_value(ir, a, 1.0)) return b;
    break;
  case TG_OP_div:
    if (is_value(ir, b, 1.0)) return a;
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

/* Tries to compute the operation now. */
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

/* The item whose value `id` hands on: for one that no derivative reaches. */
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

/* The operation's number in the builder, where it is entered if need be. */
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

/* What the codes that push stand for */
typedef struct frame {
  tg_id operand[TG_MAXARITY], y, count, terms, scale;
} frame;

#define MAXSTACK 32

/* Appends the postfix program `code`; returns the item of its result. */
static tg_id run_code (tg_ir *ir, const tg_code *code, const frame *f) {
  tg_id stack[MAXSTACK + TG_MAXARITY];
  int n = TG_MAXARITY; /* below: what an operation of less arity may read */
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

/* Makes element `i` of the fold the operands of `f`. */
static void take_element (frame *f, const tg_opinfo *op, const tg_id *elements,
                          size_t i) {
  memcpy(f->operand, elements + i * op->arity, op->arity * sizeof *elements);
}

/* The value y of a fold, whose derivatives are those of the row's partials. */
static tg_id with_shares (tg_ir *ir, unsigned op, tg_id y, frame *f,
                          const tg_id *elements, size_t count) {
  unsigned k;
  size_t i;
  y = tg_ir_op(ir, TG_IR_STOP, y, TG_NOID, TG_NOID);
  for (i = 0; i < count; i++) {
    take_element(f, &tg_ops[op], elements, i);
    for (k = 0; k < tg_ops[op].arity; k++)
      y = tg_ir_op(ir, TG_OP_with_partial, y, f->operand[k],
                   run_code(ir, tg_partial(op, k), f));
  }
  return y;
}

tg_id tg_ir_fold (tg_ir *ir, unsigned op, const tg_id *elements, size_t count) {
  const tg_opinfo *info = &tg_ops[op];
  const tg_foldcode *code = tg_foldcodes(op);
  frame f;
  tg_id y;
  size_t i;
  memset(&f, 0, sizeof f);
  f.count = tg_ir_const(ir, (double)count);
  f.scale = run_code(ir, code->start, &f);
  f.terms = tg_ir_const(ir, 0.0);
  for (i = 0; i < count; i++) {
    take_element(&f, info, elements, i);
    f.scale = run_code(ir, code->scale, &f);
  }
  /* the value does not depend on what it is scaled by */
  f.scale = tg_ir_op(ir, TG_IR_STOP, f.scale, TG_NOID, TG_NOID);
  for (i = 0; i < count; i++) {
    tg_id term;
    take_element(&f, info, elements, i);
    term = run_code(ir, code->term, &f);
    f.terms = i == 0 ? term : tg_ir_op(ir, TG_OP_add, f.terms, term, TG_NOID);
  }
  y = run_code(ir, code->value, &f);
  return tg_fold_has_weights(op) ? with_shares(ir, op, y, &f, elements, count)
                                 : y;
}

/*
** Tracing: while it runs, a node's pass slot holds its item plus 1, or one of
** these, which are no items
*/
#define NEEDED ((size_t)-1)        /* a result that is to be traced */
#define MADE_HERE ((size_t)-1 - 1) /* a leaf made in the recording */

static tg_id item_of (tg_ir *ir, const tg_edge *e) {
  const tg_node *node = e->parent;
  if (node == NULL) return tg_ir_const(ir, e->partial);
  if (node->pass.pending == MADE_HERE) return tg_ir_const(ir, node->data);
  if (node->pass.pending == 0) { /* a leaf that is no input */
    if ((!ir->hold || node->marks & TG_MARK_TRACED) && ir->status == TG_OK)
      ir->status = TG_CAPTURED;
    return tg_ir_const(ir, node->data);
  }
  return (tg_id)(node->pass.pending - 1);
}

static tg_id trace_fold (tg_ir *ir, const tg_node *node) {
  const tg_edge *e = tg_edges(node);
  tg_id result = 0;
  tg_id *elements = (tg_id *)tg_ir_alloc(ir, node->nedges, sizeof *elements);
  if (elements != NULL) {
    unsigned i;
    for (i = 0; i < node->nedges; i++) elements[i] = item_of(ir, &e[i]);
    result =
      tg_ir_fold(ir, node->op, elements, node->nedges / tg_ops[node->op].arity);
  }
  tg_ir_release(ir, elements, node->nedges, sizeof *elements);
  return result;
}

/* An operation made in Lua can be held only if its operands are constant. */
static tg_id trace_lua (tg_ir *ir, const tg_node *node) {
  double x;
  unsigned i;
  for (i = 0; i < node->nedges; i++)
    if (!tg_ir_isconst(ir, item_of(ir, &tg_edges(node)[i]), &x)) {
      if (ir->status == TG_OK) ir->status = TG_CUSTOM;
      return 0;
    }
  return tg_ir_const(ir, node->data);
}

static tg_id trace_custom (tg_ir *ir, const tg_node *node) {
  const tg_operation *op = tg_operationof(node);
  tg_id x[TG_MAXOPERANDS];
  int i;
  if (op == NULL) return trace_lua(ir, node);
  for (i = 0; i < op->arity; i++) x[i] = item_of(ir, &tg_edges(node)[i]);
  return tg_ir_call(ir, op, x, 0);
}

static tg_id trace_node (tg_ir *ir, const tg_node *node) {
  const tg_edge *e = tg_edges(node);
  tg_id x[TG_MAXARITY] = { TG_NOID, TG_NOID, TG_NOID };
  unsigned i;
  if (node->op == TG_OP_detach)
    return tg_ir_op(ir, TG_IR_STOP, item_of(ir, e), TG_NOID, TG_NOID);
  if (node->op == TG_OP_custom) return trace_custom(ir, node);
  if (tg_ops[node->op].fold) return trace_fold(ir, node);
  for (i = 0; i < node->nedges; i++) x[i] = item_of(ir, &e[i]);
  return tg_ir_op(ir, node->op, x[0], x[1], x[2]);
}

static tg_node **new_order (void *ir, size_t n) {
  return (tg_node **)tg_ir_alloc((tg_ir *)ir, n, sizeof(tg_node *));
}

static void fill_slots (tg_ir *ir, tg_node *const *nodes, size_t n, size_t x) {
  size_t i;
  for (i = 0; i < n; i++) { /* in any case */
    nodes[i]->pass.pending = x;
    (void)tg_ir_step(ir);
  }
}

/* Marks the results that the root needs, but not what only inputs do. */
static void note_needed (tg_ir *ir, tg_node *const *order, size_t count) {
  size_t i;
  if (order[0]->pass.pending == 0) order[0]->pass.pending = NEEDED;
  for (i = 0; i < count; i++) {
    const tg_edge *e = tg_edges(order[i]), *end = e + order[i]->nedges;
    if (order[i]->pass.pending != NEEDED) continue;
    for (; e < end && !tg_ir_step(ir); e++)
      if (e->parent != NULL && e->parent->nedges > 0 &&
          e->parent->pass.pending == 0)
        e->parent->pass.pending = NEEDED;
  }
}

void tg_ir_trace (tg_ir *ir, const tg_traced *t, tg_id *out) {
  size_t i, count;
  int complete;
  tg_node **order =
    tg_new_order(t->root, new_order, ir, &count, ir->poll, &complete);
  if (!complete && ir->status == TG_OK) ir->status = TG_INTERRUPTED;
  if (order == NULL) return;
  tg_ir_expect(ir, count + t->ninputs);
  fill_slots(ir, t->made, t->nmade, MADE_HERE);
  for (i = 0; i < t->ninputs; i++)
    t->inputs[i]->pass.pending = (size_t)tg_ir_input(ir, (unsigned)i) + 1;
  note_needed(ir, order, count);
  for (i = count; i-- > 0;) { /* operands before results */
    tg_node *node = order[i];
    if (node->pass.pending == NEEDED && ir->status == TG_OK)
      node->pass.pending = (size_t)trace_node(ir, node) + 1;
  }
  for (i = 0; i < t->nys; i++) {
    tg_edge y;
    y.parent = t->ys[i];
    y.partial = 0.0;
    out[i] = item_of(ir, &y);
  }
  fill_slots(ir, t->inputs, t->ninputs, 0);
  fill_slots(ir, t->made, t->nmade, 0);
  fill_slots(ir, order, count, 0);
  tg_ir_release(ir, order, count, sizeof *order);
}

/* Derivatives */

/* Stores the operands into x[TG_MAXOPERANDS]; returns how many. */
static int get_operands (const tg_ir *ir, const tg_item *item, tg_id *x) {
  if (item->op == TG_IR_CALL) {
    const int arity = ir->operations[item->b]->arity;
    tg_id arg = item->a;
    int i;
    for (i = arity; i-- > 0; arg = ir->items[arg].b) x[i] = ir->items[arg].a;
    return arity;
  }
  x[0] = item->a;
  x[1] = item->b;
  x[2] = item->c;
  if (item->op < TG_NOPS) return tg_ops[item->op].arity;
  return item->op == TG_IR_STOP;
}

/*
** Returns a byte for each item up to the last of ys, nonzero where it depends
** on one of xs; `n` is how many bytes.
*/
static unsigned char *find_dependent (tg_ir *ir, const tg_id *xs, size_t nx,
                                      size_t n) {
  unsigned char *depends = (unsigned char *)tg_ir_alloc(ir, n, sizeof *depends);
  size_t i;
  if (depends == NULL) return NULL;
  memset(depends, 0, n);
  for (i = 0; i < nx; i++)
    if (xs[i] < n) depends[xs[i]] = 1;
  for (i = 0; i < n && !tg_ir_step(ir); i++) {
    const tg_item *item = &ir->items[i];
    tg_id x[TG_MAXOPERANDS];
    const int arity = get_operands(ir, item, x);
    int k;
    if (item->op == TG_IR_STOP) continue;
    for (k = 0; k < arity; k++)
      if (depends[x[k]]) depends[i] = 1;
  }
  return depends;
}

/* The partial of a call, whose operands are x, for operand `k`. */
static tg_id partial_of_call (tg_ir *ir, const tg_item *call, const tg_id *x,
                              int k) {
  const tg_operation *op = ir->operations[call->b];
  if (call->c == 0 && op->derivatives != NULL)
    return tg_ir_call(ir, op->derivatives[k], x, 0);
  if (call->c == 0) return tg_ir_call(ir, op, x, (unsigned)k + 1);
  ir->refused = op;
  if (ir->status == TG_OK) ir->status = TG_ONCE;
  return TG_NOID;
}

/* The partial of item `id` for its operand `k`, or TG_NOID if there is none. */
static tg_id partial (tg_ir *ir, tg_id id, int k) {
  const tg_item item = ir->items[id];
  const tg_code *code;
  frame f;
  if (item.op == TG_IR_CALL) {
    tg_id x[TG_MAXOPERANDS];
    get_operands(ir, &item, x);
    return partial_of_call(ir, &item, x, k);
  }
  if (item.op >= TG_NOPS) return TG_NOID;
  code = tg_partial(item.op, k);
  if (*code == TG_CODE_END) return TG_NOID;
  memset(&f, 0, sizeof f);
  f.operand[0] = item.a;
  f.operand[1] = item.b;
  f.operand[2] = item.c;
  f.y = id;
  return run_code(ir, code, &f);
}

/* Is it a constant that no product can turn into NaN? */
static int is_plain (const tg_ir *ir, tg_id id) {
  double x;
  return tg_ir_isconst(ir, id, &x) && isfinite(x) && x != 0.0;
}

/* zmul of a derivative and a partial, as cheap as it can safely be. */
static tg_id contribution (tg_ir *ir, tg_id derivative, tg_id factor) {
  if (is_value(ir, factor, 1.0)) return derivative;
  if (is_value(ir, derivative, 1.0)) return factor;
  if (is_value(ir, factor, -1.0))
    return tg_ir_op(ir, TG_OP_neg, derivative, TG_NOID, TG_NOID);
  return tg_ir_op(ir,
                  is_plain(ir, factor) || is_plain(ir, derivative) ? TG_OP_mul
                                                                   : TG_OP_zmul,
                  derivative, factor, TG_NOID);
}

/* Adds `term` to *sum, which is TG_NOID while there is nothing in it. */
static void accumulate (tg_ir *ir, tg_id *sum, tg_id term) {
  *sum = *sum == TG_NOID ? term : tg_ir_op(ir, TG_OP_add, *sum, term, TG_NOID);
}

/* An array of `n` ids, all TG_NOID. */
static tg_id *new_ids (tg_ir *ir, size_t n) {
  tg_id *ids = (tg_id *)tg_ir_alloc(ir, n, sizeof *ids);
  if (ids != NULL) tg_ir_fill(ir, ids, n, TG_NOID);
  return ids;
}

static tg_id or_zero (tg_ir *ir, tg_id id) {
  return id == TG_NOID ? tg_ir_const(ir, 0.0) : id;
}

void tg_ir_gradient (tg_ir *ir, tg_id y, tg_id seed, const tg_id *xs, size_t n,
                     tg_id *out) {
  const size_t count = (size_t)y + 1;
  unsigned char *depends = find_dependent(ir, xs, n, count);
  tg_id *adjoint = new_ids(ir, count);
  size_t i;
  if (depends != NULL && adjoint != NULL) {
    adjoint[y] = seed;
    for (i = count; i-- > 0 && !tg_ir_step(ir);) {
      tg_id x[TG_MAXOPERANDS];
      int k, arity;
      if (adjoint[i] == TG_NOID || !depends[i]) continue;
      arity = get_operands(ir, &ir->items[i], x);
      for (k = 0; k < arity; k++) {
        tg_id factor;
        if (!depends[x[k]]) continue;
        factor = partial(ir, (tg_id)i, k);
        if (factor != TG_NOID)
          accumulate(ir, &adjoint[x[k]], contribution(ir, adjoint[i], factor));
      }
    }
    for (i = 0; i < n; i++)
      out[i] = or_zero(ir, xs[i] < count ? adjoint[xs[i]] : TG_NOID);
  }
  tg_ir_release(ir, depends, count, sizeof *depends);
  tg_ir_release(ir, adjoint, count, sizeof *adjoint);
}

void tg_ir_tangents (tg_ir *ir, const tg_id *ys, size_t m, const tg_id *xs,
                     const tg_id *dx, size_t n, tg_id *out) {
  const size_t count = ir->count;
  tg_id *tangent = new_ids(ir, count);
  size_t i;
  if (tangent != NULL) {
    for (i = 0; i < n; i++)
      if (dx[i] != TG_NOID) accumulate(ir, &tangent[xs[i]], dx[i]);
    for (i = 0; i < count && !tg_ir_step(ir); i++) {
      tg_id x[TG_MAXOPERANDS];
      const int arity = get_operands(ir, &ir->items[i], x);
      int k;
      for (k = 0; k < arity; k++) {
        const tg_id along = tangent[x[k]];
        tg_id factor;
        if (along == TG_NOID) continue;
        factor = partial(ir, (tg_id)i, k);
        if (factor != TG_NOID)
          accumulate(ir, &tangent[i], contribution(ir, along, factor));
      }
    }
    for (i = 0; i < m; i++) out[i] = or_zero(ir, tangent[ys[i]]);
  }
  tg_ir_release(ir, tangent, count, sizeof *tangent);
}

#endif
