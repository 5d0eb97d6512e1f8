/*
** record.c: turns the nodes of a recording into items, and finds what the
** recording captured.
*/
#include "../config.h"

#include "record.h"

#include "../pace.h"

#ifndef TG_NO_PROGRAM

/* What a recording captured */

/* Bits of a node's pass.pending while tg_find_captured runs */
enum {
  MADE_LEAF = 1, /* a leaf made in the recording */
  OWN = 2,       /* depends on an input of the recording */
  OUTER = 4,     /* depends on an argument of what runs around it */
  ENDED = 8,     /* depends on an argument of a recording that has ended */
  USED = 16,     /* computed in the recording */
  TAKEN = 32     /* captured by the recording */
};

static void tick (tg_pace *pace) { (void)tg_pace_tick(pace, 1); }

static void set_slots (tg_pace *pace, tg_node *const *nodes, size_t n,
                       size_t bits) {
  size_t i;
  for (i = 0; i < n; i++, tick(pace)) nodes[i]->pass.pending = bits;
}

/* Returns what a node depends on: OWN, OUTER, ENDED. note_dependence has run
   for the node. */
static size_t dependence (const tg_node *node) {
  size_t bits = node->pass.pending;
  if (bits & MADE_LEAF) return 0;
  if (node->marks & TG_MARK_VARIABLE) bits |= OUTER;
  if (node->nedges == 0 && node->marks & TG_MARK_RECORDED && !(bits & OWN))
    bits |= node->marks & TG_MARK_ENDED ? ENDED : OUTER;
  return bits & (OWN | OUTER | ENDED);
}

/* Returns what a node is that the recording uses: TG_CAPTURED_..., or 0 if it
   did not capture the node. */
static int captured_kind (const tg_node *node) {
  const size_t bits = dependence(node);
  if (bits & OWN) return 0;
  if (bits & ENDED) return TG_CAPTURED_ENDED;
  if (bits & OUTER) return TG_CAPTURED_OUTER;
  return node->nedges == 0 && node->pass.pending == 0 ? TG_CAPTURED_LEAF : 0;
}

/* Notes in a node what its operands depend on. */
static void note_dependence (tg_pace *pace, tg_node *node) {
  const tg_edge *e = tg_edges(node), *end = e + node->nedges;
  for (; e < end; e++, tick(pace))
    if (e->parent != NULL) node->pass.pending |= dependence(e->parent);
}

/* Stores the operands of a used node that the recording captured, and marks the
   others as used, too. Returns how many it stored. */
static size_t take_captured (tg_pace *pace, const tg_node *node, tg_node **out,
                             unsigned char *kinds) {
  const tg_edge *e = tg_edges(node), *end = e + node->nedges;
  size_t n = 0;
  for (; e < end; e++, tick(pace)) {
    tg_node *x = e->parent;
    int kind;
    if (x == NULL || x->pass.pending & (USED | TAKEN)) continue;
    kind = captured_kind(x);
    x->pass.pending |= kind == 0 ? USED : TAKEN;
    if (kind == 0) continue;
    out[n] = x;
    kinds[n++] = (unsigned char)kind;
  }
  return n;
}

tg_status tg_find_captured (tg_node *const *order, size_t count,
                            tg_node *const *inputs, size_t ninputs,
                            tg_node *const *made, size_t nmade, tg_node **out,
                            unsigned char *kinds, size_t *n,
                            const tg_poll *poll) {
  tg_pace pace = tg_new_pace(poll);
  size_t i;
  set_slots(&pace, inputs, ninputs, OWN);
  set_slots(&pace, made, nmade, MADE_LEAF);
  for (i = count; i-- > 0;) note_dependence(&pace, order[i]);
  order[0]->pass.pending |= USED;
  for (*n = 0, i = 0; i < count; i++)
    if (order[i]->pass.pending & USED)
      *n += take_captured(&pace, order[i], out + *n, kinds + *n);
  set_slots(&pace, inputs, ninputs, 0);
  set_slots(&pace, made, nmade, 0);
  set_slots(&pace, order, count, 0);
  set_slots(&pace, out, *n, 0);
  return pace.stopped ? TG_INTERRUPTED : TG_OK;
}

/* From nodes to items */

/*
** While tg_ir_record runs, a node's pass.pending is its item plus 1, or 0, or
** one of these, which are no items.
*/
#define NEEDED ((size_t)-1)        /* a result that is to be recorded */
#define MADE_HERE ((size_t)-1 - 1) /* a leaf made in the recording */

/* Returns the item of the operand at edge e. */
static tg_id item_of (tg_ir *ir, const tg_edge *e) {
  const tg_node *node = e->parent;
  if (node == NULL) return tg_ir_const(ir, e->partial);
  if (node->pass.pending == MADE_HERE) return tg_ir_const(ir, node->data);
  if (node->pass.pending == 0) { /* a leaf that is no input */
    if ((!ir->hold || node->marks & TG_MARK_RECORDED) && ir->status == TG_OK)
      ir->status = TG_CAPTURED;
    return tg_ir_const(ir, node->data);
  }
  return (tg_id)(node->pass.pending - 1);
}

static tg_id record_fold (tg_ir *ir, const tg_node *node) {
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

/* Records the result of an operation made in Lua. A program can hold it only as
   a constant, for constant operands. */
static tg_id record_lua (tg_ir *ir, const tg_node *node) {
  double x;
  unsigned i;
  for (i = 0; i < node->nedges; i++)
    if (!tg_ir_isconst(ir, item_of(ir, &tg_edges(node)[i]), &x)) {
      if (ir->status == TG_OK) ir->status = TG_CUSTOM;
      return 0;
    }
  return tg_ir_const(ir, node->data);
}

static tg_id record_custom (tg_ir *ir, const tg_node *node) {
  const tg_operation *op = tg_operationof(node);
  tg_id x[TG_MAXOPERANDS];
  int i;
  if (op == NULL) return record_lua(ir, node);
  for (i = 0; i < op->arity; i++) x[i] = item_of(ir, &tg_edges(node)[i]);
  return tg_ir_call(ir, op, x, 0);
}

static tg_id record_node (tg_ir *ir, const tg_node *node) {
  const tg_edge *e = tg_edges(node);
  tg_id x[TG_MAXARITY] = { TG_NOID, TG_NOID, TG_NOID };
  unsigned i;
  if (node->op == TG_OP_detach)
    return tg_ir_op(ir, TG_IR_STOP, item_of(ir, e), TG_NOID, TG_NOID);
  if (node->op == TG_OP_custom) return record_custom(ir, node);
  if (tg_ops[node->op].fold) return record_fold(ir, node);
  for (i = 0; i < node->nedges; i++) x[i] = item_of(ir, &e[i]);
  return tg_ir_op(ir, node->op, x[0], x[1], x[2]);
}

static tg_node **new_order (void *ir, size_t n) {
  return (tg_node **)tg_ir_alloc((tg_ir *)ir, n, sizeof(tg_node *));
}

static void fill_slots (tg_ir *ir, tg_node *const *nodes, size_t n, size_t x) {
  size_t i;
  for (i = 0; i < n; i++) { /* even after a failure */
    nodes[i]->pass.pending = x;
    (void)tg_ir_tick(ir);
  }
}

/* Marks the results that the root needs, but for those that it needs only to
   compute inputs. */
static void note_needed (tg_ir *ir, tg_node *const *order, size_t count) {
  size_t i;
  if (order[0]->pass.pending == 0) order[0]->pass.pending = NEEDED;
  for (i = 0; i < count; i++) {
    const tg_edge *e = tg_edges(order[i]), *end = e + order[i]->nedges;
    if (order[i]->pass.pending != NEEDED) continue;
    for (; e < end && !tg_ir_tick(ir); e++)
      if (e->parent != NULL && e->parent->nedges > 0 &&
          e->parent->pass.pending == 0)
        e->parent->pass.pending = NEEDED;
  }
}

void tg_ir_record (tg_ir *ir, const tg_recording *t, tg_id *out) {
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
      node->pass.pending = (size_t)record_node(ir, node) + 1;
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

#endif
