/*
** node.h: the eager graph. A node holds a value, its gradient, and an edge for
** each operand. The edge holds the partial derivative, computed when the
** operation ran, so that the backward pass knows nothing about operations.
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
  double partial;  /* d node / d operand; without a parent: the number */
} tg_edge;

/* Values of tg_node.op beyond the operations of the table */
enum {
  TG_OP_leaf = TG_NOPS,
  TG_OP_custom, /* an operation of a C host or of Lua (tg_operationof) */
  TG_OP_detach  /* in a recording: its operand, but no derivative flows */
};

/* Bits of tg_node.marks */
enum {
  TG_MARK_VARIABLE = 1, /* argument of a running transform */
  TG_MARK_RECORDED = 2, /* of a recording: value unknown; results inherit it */
  TG_MARK_ENDED = 4     /* argument of a recording that has ended */
};

/*
** A node takes 32 bytes, and its edges follow. A leaf has no edges but room for
** one: there the backward pass keeps its list of leaves and the leaf's sum, so
** that the gradients of leaves change only at its end.
*/
struct tg_node {
  double data;
  union {
    double grad;
    tg_node *below; /* during discovery: the next node to look at */
  } g;
  unsigned short op;
  unsigned short marks;
  unsigned int nedges;
  union {
    size_t pending; /* consumers still to be released; 0 while no pass runs */
    tg_node *ready; /* after all consumers: the next node to release */
  } pass;
};

#define tg_edges(node) ((tg_edge *)((node) + 1))

/* The value of the operand at edge e */
#define tg_edgevalue(e) ((e)->parent != NULL ? (e)->parent->data : (e)->partial)

/*
** The C host's operation that a TG_OP_custom applies; NULL: an operation made
** in Lua. The pointer stands where one more edge would be.
*/
#define tg_operationof(node) \
  ((const tg_operation *)(const void *)tg_edges(node)[(node)->nedges].parent)

/* The size in bytes of a node with `n` edges */
#define tg_nodesize(n) \
  (sizeof(tg_node) + ((n) > 0 ? (size_t)(n) : 1) * sizeof(tg_edge))

/* Makes the memory at `node` a leaf. */
void tg_node_leaf (tg_node *node, double data);

/*
** Makes the memory at `node` the result of `op`, an operation of fixed arity.
** The edges hold the operands already (a parent, or NULL and the number).
** Computes the value, and the partials of the operands that are nodes.
*/
void tg_node_apply (tg_node *node, tg_opcode op, unsigned arity);

/* Makes the memory at `node` the result of fold `op` over `count` elements of
   op's arity edges each; otherwise as tg_node_apply. */
void tg_node_fold (tg_node *node, tg_opcode op, size_t count);

/*
** Makes the memory at `node` the result of an operation outside the table:
** `op`, or one made in Lua if that is NULL. The edges already hold the operands
** and, of those that are nodes, the partials. The memory must have room for one
** edge more.
*/
void tg_node_custom (tg_node *node, unsigned arity, const tg_operation *op,
                     double data);

/* Makes the memory at `node` a TG_OP_detach of `from`. */
void tg_node_detach (tg_node *node, tg_node *from);

/* The edge at which a pass first turned a finite derivative into NaN or inf */
typedef struct tg_fault {
  const tg_node *node; /* whose edge it is; NULL: there was no fault */
  unsigned edge;
  double derivative; /* the finite one: an adjoint, or forwards a tangent */
} tg_fault;

/* Works as tg_backward does, but stops at a fault as if interrupted. If `fault`
   is NULL, looks for none. */
tg_status tg_backward_checked (tg_node *root, double seed, const tg_poll *poll,
                               tg_fault *fault);

/*
** Stores the derivatives of `root`, times `seed`, with respect to the leaves or
** results xs[0..n-1] into out[0..n-1]. The gradients of leaves do not change,
** those of results become those of this pass. Stops at a fault as
** tg_backward_checked does.
**
** If `foreign` is not NULL, *foreign becomes 1 if the graph depends on another
** running transform or on a recording, else 0. If 1, the derivatives in `out`
** miss what flows there, and the pass looks for no fault.
*/
tg_status tg_gradients (tg_node *root, double seed, tg_node *const *xs,
                        size_t n, double *out, int *foreign,
                        const tg_poll *poll, tg_fault *fault);

/*
** The functions below take a poll function, which may be NULL. If it asks to
** stop, they return TG_INTERRUPTED, and what they computed is not to be used.
** They always leave the gradients of results 0, and but for tg_clear_grad those
** of leaves as they were.
*/

/* Sets the gradients at and below `root` to 0. Interrupted, it still does. */
tg_status tg_clear_grad (tg_node *root, const tg_poll *poll);

/* Counts the results at and below `root`, and their edges. */
tg_status tg_count (tg_node *root, size_t *count, size_t *edges,
                    const tg_poll *poll);

/*
** Stores the results at and below `root` into `order`, each before its
** operands. If `needed` is not NULL, it gets a byte for each edge of each
** result in turn: 1 if the operand is or depends on one of xs[0..n-1], else 0.
*/
tg_status tg_order (tg_node *root, tg_node **order, unsigned char *needed,
                    tg_node *const *xs, size_t n, const tg_poll *poll);

/*
** Returns the order (see tg_order) in an array from `allocate`, and sets *count
** to the number of results in it. `allocate` must not raise an error; if it
** returns NULL, so does this function. *complete becomes 0 if `poll` asked to
** stop, else 1.
*/
typedef tg_node **(*tg_newarray)(void *data, size_t n);
tg_node **tg_new_order (tg_node *root, tg_newarray allocate, void *data,
                        size_t *count, const tg_poll *poll, int *complete);

/*
** Forward mode: stores into dy the derivatives of ys[0..m-1], all at or below
** `root`, in the direction that gives xs[i] the tangent dx[i]. `order` is
** tg_order's of `root`, with `count` results. Notes the first fault in `fault`
** (which may be NULL) and goes on.
*/
tg_status tg_tangents (tg_node *root, tg_node *const *order, size_t count,
                       tg_node *const *xs, const double *dx, size_t n,
                       tg_node *const *ys, double *dy, size_t m,
                       const tg_poll *poll, tg_fault *fault);

TG_HIDDEN_END

#endif
