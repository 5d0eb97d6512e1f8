/*
** node.c: eager nodes and the backward pass.
**
** The pass is Kahn's algorithm (1962) from the root down. Discovery counts the
** consumers that each node has below the root. The sweep releases a node once
** all its consumers have added to its adjoint. Their lists run through the
** nodes, so that a pass allocates nothing and depth costs nothing.
*/
#include "../config.h"

#include "node.h"

#include <math.h>

#include "../numeric/environment.h"
#include "../pace.h"

typedef struct sweep {
  tg_pace pace;    /* a stopped pass goes on to its end: nodes hold its lists */
  tg_node *leaves; /* all discovered, linked through the room for an edge */
  unsigned marks;  /* all marks of the nodes discovered */
  size_t nedges;   /* edges of the results discovered */
  size_t found;    /* results discovered */
  tg_node **order; /* NULL, or where to store each result released */
  size_t count;    /* results released */
  tg_fault *fault; /* NULL: do not look for one */
} sweep;

static sweep new_sweep (const tg_poll *poll) {
  sweep s;
  s.pace = tg_new_pace(poll);
  s.leaves = NULL;
  s.marks = 0;
  s.nedges = 0;
  s.found = 0;
  s.order = NULL;
  s.count = 0;
  s.fault = NULL;
  return s;
}

static void tick (sweep *s) { (void)tg_pace_tick(&s->pace, 1); }

static tg_status status_of (const sweep *s) {
  return s->pace.stopped ? TG_INTERRUPTED : TG_OK;
}

/* Enters a node into the sweep: a leaf into the list of leaves, a result on top
   of the stack that begins at `below`. Returns the stack. */
static tg_node *discover_node (sweep *s, tg_node *node, tg_node *below) {
  s->marks |= node->marks;
  if (node->nedges == 0) {
    tg_edge *slot = tg_edges(node);
    slot->parent = s->leaves;
    slot->partial = 0.0;
    s->leaves = node;
    return below;
  }
  node->g.below = below;
  return node;
}

/*
** Counts the consumers of every node below `root`, and sets the gradients of
** results to 0.
*/
static void discover (sweep *s, tg_node *root) {
  tg_node *below = discover_node(s, root, NULL);
  root->pass.pending = 1;
  while (below != NULL) {
    tg_node *node = below;
    tg_edge *e = tg_edges(node), *end = e + node->nedges;
    below = node->g.below;
    node->g.grad = 0.0;
    s->nedges += node->nedges;
    s->found++;
    for (; e < end; e++) {
      tg_node *parent = e->parent;
      if (parent != NULL && parent->pass.pending++ == 0)
        below = discover_node(s, parent, below);
      tick(s);
    }
  }
}

/* Multiplies as the table's zmul does: an exact 0 beats inf and NaN. */
static double contribution (double adjoint, double partial) {
  return adjoint == 0.0 || partial == 0.0 ? 0.0 : adjoint * partial;
}

/* Notes edge `e` in `fault` if it is the first whose contribution is not finite
   although the derivative is. */
static void look_for_fault (tg_fault *fault, const tg_node *node,
                            const tg_edge *e, double derivative) {
  if (fault == NULL || fault->node != NULL || !isfinite(derivative) ||
      isfinite(contribution(derivative, e->partial)))
    return;
  fault->node = node;
  fault->edge = (unsigned)(e - tg_edges(node));
  fault->derivative = derivative;
}

/*
** Releases every node that discover() found, and adds `seed` times the
** derivative of the root to its gradient or, for a leaf, to its sum. With seed
** 0 this only sets `pending` back to 0.
*/
static void release (sweep *s, tg_node *root, double seed) {
  tg_node *ready = root->nedges > 0 ? root : NULL;
  if (ready != NULL) {
    root->g.grad = seed;
    root->pass.ready = NULL;
  }
  else
    tg_edges(root)->partial = seed;
  while (ready != NULL) {
    tg_node *node = ready;
    tg_edge *e = tg_edges(node), *end = e + node->nedges;
    const double adjoint = node->g.grad;
    ready = node->pass.ready;
    node->pass.pending = 0;
    if (s->order != NULL) s->order[s->count] = node;
    s->count++;
    for (; e < end; e++) {
      tg_node *parent = e->parent;
      if (parent == NULL) continue;
      if (s->fault != NULL) look_for_fault(s->fault, node, e, adjoint);
      if (parent->nedges == 0)
        tg_edges(parent)->partial += contribution(adjoint, e->partial);
      else {
        parent->g.grad += contribution(adjoint, e->partial);
        if (--parent->pass.pending == 0) {
          parent->pass.ready = ready;
          ready = parent;
        }
      }
      tick(s);
    }
  }
}

/* What finish_leaves does with the gradient of a leaf: keep it, add the leaf's
   sum, or set it to 0 */
enum leaf_action { LEAF_KEEP, LEAF_ADD, LEAF_CLEAR };

static void finish_leaves (sweep *s, enum leaf_action action) {
  tg_node *leaf = s->leaves;
  while (leaf != NULL) {
    const tg_edge *slot = tg_edges(leaf);
    if (action == LEAF_ADD) leaf->g.grad += slot->partial;
    if (action == LEAF_CLEAR) leaf->g.grad = 0.0;
    leaf->pass.pending = 0;
    leaf = slot->parent;
    tick(s);
  }
  s->leaves = NULL;
}

static tg_status clear (tg_node *root, enum leaf_action action,
                        const tg_poll *poll) {
  sweep s = new_sweep(poll);
  discover(&s, root);
  release(&s, root, 0.0);
  finish_leaves(&s, action);
  return status_of(&s);
}

tg_status tg_backward_checked (tg_node *root, double seed, const tg_poll *poll,
                               tg_fault *fault) {
  sweep s = new_sweep(poll);
  tg_environment host;
  tg_environment_enter(&host);
  discover(&s, root);
  s.fault = fault;
  release(&s, root, s.pace.stopped ? 0.0 : seed);
  if (fault != NULL && fault->node != NULL) s.pace.stopped = 1;
  s.pace.poll = NULL; /* no stop any more: all leaves change or none */
  finish_leaves(&s, s.pace.stopped ? LEAF_KEEP : LEAF_ADD);
  if (s.pace.stopped) clear(root, LEAF_KEEP, NULL);
  tg_environment_leave(&host);
  return status_of(&s);
}

tg_status tg_backward (tg_node *root, double seed, const tg_poll *poll) {
  return tg_backward_checked(root, seed, poll, NULL);
}

tg_status tg_clear_grad (tg_node *root, const tg_poll *poll) {
  return clear(root, LEAF_CLEAR, poll);
}

void tg_zero_grad (tg_node *root) { tg_clear_grad(root, NULL); }

/* Returns the derivative at `node`, after release() and before finish_leaves().
   A leaf has it in its sum. */
static double adjoint_of (tg_node *node) {
  return node->nedges == 0 ? tg_edges(node)->partial : node->g.grad;
}

static void mark_variables (tg_node *const *xs, size_t n, int on) {
  size_t i;
  for (i = 0; i < n; i++)
    if (on)
      xs[i]->marks |= TG_MARK_VARIABLE;
    else
      xs[i]->marks &= (unsigned short)~TG_MARK_VARIABLE;
}

tg_status tg_gradients (tg_node *root, double seed, tg_node *const *xs,
                        size_t n, double *out, int *foreign,
                        const tg_poll *poll, tg_fault *fault) {
  sweep s = new_sweep(poll);
  tg_environment host;
  size_t i;
  tg_environment_enter(&host);
  if (foreign != NULL) mark_variables(xs, n, 0);
  discover(&s, root);
  if (foreign != NULL) {
    mark_variables(xs, n, 1);
    *foreign = (s.marks & (TG_MARK_VARIABLE | TG_MARK_RECORDED)) != 0;
  }
  if (foreign == NULL || !*foreign) s.fault = fault;
  for (i = 0; i < n; i++) out[i] = xs[i]->pass.pending != 0;
  release(&s, root, s.pace.stopped ? 0.0 : seed);
  for (i = 0; i < n; i++)
    if (out[i] != 0.0) out[i] = adjoint_of(xs[i]);
  finish_leaves(&s, LEAF_KEEP);
  if (s.fault != NULL && s.fault->node != NULL) s.pace.stopped = 1;
  if (s.pace.stopped) clear(root, LEAF_KEEP, NULL);
  tg_environment_leave(&host);
  return status_of(&s);
}

tg_status tg_count (tg_node *root, size_t *count, size_t *edges,
                    const tg_poll *poll) {
  sweep s = new_sweep(poll);
  discover(&s, root);
  release(&s, root, 0.0);
  finish_leaves(&s, LEAF_KEEP);
  *count = s.count;
  *edges = s.nedges;
  return status_of(&s);
}

/* Fills `needed` (see tg_order). Uses `pending` of the nodes as flags, and
   leaves it 0. */
static void find_needed (sweep *s, tg_node *const *order, size_t count,
                         unsigned char *needed, tg_node *const *xs, size_t n) {
  size_t i;
  unsigned char *flag = needed;
  for (i = 0; i < count; i++) flag += order[i]->nedges;
  for (i = 0; i < n; i++) xs[i]->pass.pending = 1;
  for (i = count; i-- > 0; tick(s)) { /* operands before results */
    tg_node *node = order[i];
    const tg_edge *e = tg_edges(node) + node->nedges;
    while (e-- > tg_edges(node)) {
      *--flag = e->parent != NULL && e->parent->pass.pending != 0;
      node->pass.pending |= *flag;
    }
  }
  for (i = 0; i < n; i++) xs[i]->pass.pending = 0;
  for (i = 0; i < count; i++) order[i]->pass.pending = 0;
}

tg_status tg_order (tg_node *root, tg_node **order, unsigned char *needed,
                    tg_node *const *xs, size_t n, const tg_poll *poll) {
  sweep s = new_sweep(poll);
  s.order = order;
  discover(&s, root);
  release(&s, root, 0.0);
  finish_leaves(&s, LEAF_KEEP);
  if (needed != NULL) find_needed(&s, order, s.count, needed, xs, n);
  return status_of(&s);
}

tg_node **tg_new_order (tg_node *root, tg_newarray allocate, void *data,
                        size_t *count, const tg_poll *poll, int *complete) {
  sweep s = new_sweep(poll);
  discover(&s, root);
  s.order = allocate(data, s.found);
  release(&s, root, 0.0);
  finish_leaves(&s, LEAF_KEEP);
  *complete = !s.pace.stopped;
  *count = s.count;
  return s.order;
}

#ifndef TG_NO_DERIVE
/* Sets the sums of leaves to 0, because no pass does in leaves that are not in
   the graph. */
static void clear_sums (tg_node *const *nodes, size_t n) {
  size_t i;
  for (i = 0; i < n; i++)
    if (nodes[i]->nedges == 0) tg_edges(nodes[i])->partial = 0.0;
}

tg_status tg_tangents (tg_node *root, tg_node *const *order, size_t count,
                       tg_node *const *xs, const double *dx, size_t n,
                       tg_node *const *ys, double *dy, size_t m,
                       const tg_poll *poll, tg_fault *fault) {
  sweep s = new_sweep(poll);
  tg_environment host;
  size_t i;
  tg_environment_enter(&host);
  clear_sums(xs, n);
  clear_sums(ys, m);
  discover(&s, root); /* sets all sums to 0; a leaf's becomes its tangent */
  release(&s, root, 0.0);
  for (i = 0; i < count; i++) order[i]->g.grad = 0.0;
  for (i = 0; i < n; i++) {
    if (xs[i]->nedges == 0)
      tg_edges(xs[i])->partial += dx[i];
    else {
      xs[i]->g.grad += dx[i];
      xs[i]->pass.pending = 1; /* its tangent is given, not computed */
    }
  }
  for (i = count; i-- > 0;) {
    tg_node *node = order[i];
    const tg_edge *e = tg_edges(node), *end = e + node->nedges;
    if (node->pass.pending != 0) continue;
    for (; e < end; e++) {
      tick(&s);
      if (e->parent == NULL) continue;
      look_for_fault(fault, node, e, adjoint_of(e->parent));
      node->g.grad += contribution(adjoint_of(e->parent), e->partial);
    }
  }
  for (i = 0; i < m; i++) dy[i] = adjoint_of(ys[i]);
  for (i = 0; i < n; i++) xs[i]->pass.pending = 0;
  for (i = 0; i < count; i++) order[i]->g.grad = 0.0;
  finish_leaves(&s, LEAF_KEEP);
  tg_environment_leave(&host);
  return status_of(&s);
}
#endif

double tg_data (const tg_node *node) { return node->data; }

double tg_grad (const tg_node *node) { return node->g.grad; }

void tg_set_grad (tg_node *node, double grad) { node->g.grad = grad; }

int tg_set_data (tg_node *node, double data) {
  if (node->op != TG_OP_leaf) return 0;
  node->data = data;
  return 1;
}

void tg_node_leaf (tg_node *node, double data) {
  node->data = data;
  node->g.grad = 0.0;
  node->op = TG_OP_leaf;
  node->marks = 0;
  node->nedges = 0;
  node->pass.pending = 0;
}

/* Fills in the fields of a result whose edges hold the operands. */
static void result (tg_node *node, unsigned op, size_t nedges) {
  const tg_edge *e = tg_edges(node), *end = e + nedges;
  unsigned marks = 0;
  for (; e < end; e++)
    if (e->parent != NULL) marks |= e->parent->marks;
  node->g.grad = 0.0;
  node->op = (unsigned short)op;
  node->marks = (unsigned short)(marks & TG_MARK_RECORDED);
  node->nedges = (unsigned)nedges;
  node->pass.pending = 0;
}

void tg_node_apply (tg_node *node, tg_opcode op, unsigned arity) {
  tg_environment host;
  result(node, op, arity);
  tg_environment_enter(&host);
  tg_opnode(op, node);
  tg_environment_leave(&host);
}

void tg_node_fold (tg_node *node, tg_opcode op, size_t count) {
  tg_environment host;
  result(node, op, count * tg_ops[op].arity);
  tg_environment_enter(&host);
  node->data = tg_opfold(op, tg_edges(node), count, 1);
  tg_environment_leave(&host);
}

void tg_node_custom (tg_node *node, unsigned arity, const tg_operation *op,
                     double data) {
  result(node, TG_OP_custom, arity);
  tg_edges(node)[arity].parent = (tg_node *)(const void *)op;
  node->data = data;
}

void tg_node_detach (tg_node *node, tg_node *from) {
  tg_edges(node)[0].parent = from;
  tg_edges(node)[0].partial = 0.0;
  result(node, TG_OP_detach, 1);
  node->data = from->data;
}
