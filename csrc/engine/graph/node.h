/*
** node.h: the eager graph. A node is a value, its gradient, and an edge for
** each operand, with the partial derivative taken when the operation ran, so
** that the backward pass needs to know nothing about operations.
**
** The engine does not own nodes: the binding allocates them (one userdata
** each) and keeps a node's parents alive for as long as the node.
*/
#ifndef TG_NODE_H
#define TG_NODE_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"
#include "../ops/ops.h"

TG_HIDDEN_BEGIN

typedef struct tg_edge {
  tg_node *parent; /* the operand's node; NULL: the operand is a number */
  double partial;  /* d node / d operand; of a number: the number itself */
} tg_edge;

/* What tg_node.op is beyond the table's operations */
enum {
  TG_OP_leaf = TG_NOPS,
  TG_OP_custom, /* the binding knows which */
  TG_OP_detach  /* in a recording: its operand, but no derivative flows */
};

/* Bits of tg_node.marks */
enum {
  TG_MARK_VARIABLE = 1, /* argument of a transform that is running */
  TG_MARK_RECORDED = 2, /* its value is unknown; a result inherits this */
  TG_MARK_ENDED = 4     /* argument of a recording that has ended */
};

/*
** 32 bytes, followed by the edges. A leaf has no edges but room for one: the
** backward pass keeps its leaf list and the leaf's sum there, so that leaf
** gradients change only when all is done.
*/
struct tg_node {
  double data;
  union {
    double grad;
    tg_node *below; /* while discovering: next node to look at */
  } g;
  unsigned short op;
  unsigned short marks;
  unsigned int nedges;
  union {
    size_t pending; /* consumers not done yet; 0 when no pass is running */
    tg_node *ready; /* once all are done: next node to release */
  } pass;
};

#define tg_edges(node) ((tg_edge *)((node) + 1))

/* The value of an operand. */
#define tg_edgevalue(e) ((e)->parent != NULL ? (e)->parent->data : (e)->partial)

/*
** Which operation of a C host a TG_OP_custom is; NULL: one made in Lua. Kept
** where one more edge would be.
*/
#define tg_operationof(node) \
  ((const tg_operation *)(const void *)tg_edges(node)[(node)->nedges].parent)

/* Bytes of a node with `n` edges. */
#define tg_nodesize(n) \
  (sizeof(tg_node) + ((n) > 0 ? (size_t)(n) : 1) * sizeof(tg_edge))

/* Makes the memory at `node` a leaf. */
void tg_node_leaf (tg_node *node, double data);

/*
** Makes the memory at `node` the result of the fixed-arity operation `op`. The
** edges hold the operands (parent, or NULL and the number); their partials
** and the value are computed here.
*/
void tg_node_apply (tg_node *node, tg_opcode op, unsigned arity);

/* Makes it the result of a fold over `count` elements of op's arity edges. */
void tg_node_fold (tg_node *node, tg_opcode op, size_t count);

/*
** Makes it the result of an operation outside the table, `op` or, if NULL, one
** made in Lua: the edges hold the operands, the partials of those that are
** Values already. There must be room for one edge more.
*/
void tg_node_custom (tg_node *node, unsigned arity, const tg_operation *op,
                     double data);

/* Makes it a TG_OP_detach of `from`. */
void tg_node_detach (tg_node *node, tg_node *from);

/* Where a pass first made a NaN or inf of a finite derivative */
typedef struct tg_fault {
  const tg_node *node; /* NULL: nowhere */
  unsigned edge;
  double derivative; /* the adjoint, or forwards the tangent */
} tg_fault;

/* tg_backward that stops at a fault, as if interrupted; `fault` may be NULL. */
tg_status tg_backward_checked (tg_node *root, double seed, const tg_poll *poll,
                               tg_fault *fault);

/*
** Derivatives of `root`, times `seed`, with respect to xs[0..n-1], whether
** leaves or results, into out[0..n-1]. No leaf's gradient changes; those of
** results become those of this pass. If `foreign` is not NULL and the graph
** holds a variable of a running transform that is not among xs, only sets
** *foreign to 1. `fault` as in tg_backward_checked.
*/
tg_status tg_gradients (tg_node *root, double seed, tg_node *const *xs,
                        size_t n, double *out, int *foreign,
                        const tg_poll *poll, tg_fault *fault);

/*
** What follows may be given a poll function; TG_INTERRUPTED if that asked to
** stop: nodes are then as they were, and other results are not to be used.
*/

/* tg_zero_grad; interrupted, it has done its work all the same. */
tg_status tg_clear_grad (tg_node *root, const tg_poll *poll);

/* Number of results, and of their edges, at and below `root`. */
tg_status tg_count (tg_node *root, size_t *count, size_t *edges,
                    const tg_poll *poll);

/*
** Stores the results at and below `root` into `order`, each before its
** operands. If `needed` is not NULL it has a byte for each edge of each of
** them in turn, set to 1 where the operand is or depends on one of xs.
*/
tg_status tg_order (tg_node *root, tg_node **order, unsigned char *needed,
                    tg_node *const *xs, size_t n, const tg_poll *poll);

/*
** The order as an array from `allocate`, which may fail with NULL but not
** raise; the result is what it returned. *complete becomes 0 if `poll`, which
** may be NULL, asked to stop.
*/
typedef tg_node **(*tg_newarray)(void *data, size_t n);
tg_node **tg_new_order (tg_node *root, tg_newarray allocate, void *data,
                        size_t *count, const tg_poll *poll, int *complete);

/*
** Forward mode: derivatives of ys[0..m-1], all at or below `root`, in the
** direction that gives xs[i] the tangent dx[i]. `order` is that of `root`,
** of `count` results. Leaves the gradients of results 0. `fault`, which may
** be NULL: where the first NaN or inf was made of a finite tangent.
*/
tg_status tg_tangents (tg_node *root, tg_node *const *order, size_t count,
                       tg_node *const *xs, const double *dx, size_t n,
                       tg_node *const *ys, double *dy, size_t m,
                       const tg_poll *poll, tg_fault *fault);

TG_HIDDEN_END

#endif
