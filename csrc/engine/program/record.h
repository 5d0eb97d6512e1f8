/*
** record.h: turns a recording, which is a graph of nodes (graph/node.h), into
** items of a builder.
*/
#ifndef TG_IR_RECORD_H
#define TG_IR_RECORD_H

#include "../graph/node.h"
#include "ir.h"

TG_HIDDEN_BEGIN

/* The nodes of a recording */
typedef struct tg_recording {
  tg_node *root;    /* a node above all others */
  tg_node **inputs; /* the program's, leaves or results */
  tg_node **made;   /* leaves made in the recording: constants */
  tg_node **ys;     /* the program's results */
  size_t ninputs, nmade, nys;
} tg_recording;

/*
** Appends what computes t->ys from t->inputs, and stores the items of t->ys
** into `out`. Fails with TG_CAPTURED if that takes leaves that were not made in
** the recording; if ir->hold is nonzero they become constants, but for those of
** other recordings. Fails with TG_CUSTOM if it takes an operation made in Lua,
** unless the operands are constants.
*/
void tg_ir_record (tg_ir *ir, const tg_recording *t, tg_id *out);

/* What a node is that a recording captured */
enum {
  TG_CAPTURED_LEAF = 1, /* a leaf of no running transform or recording */
  TG_CAPTURED_OUTER,    /* depends on arguments of one that runs around this */
  TG_CAPTURED_ENDED     /* depends on arguments of a recording that has ended */
};

/*
** Stores the nodes that a recording captured into out[0..*n-1], and what each
** is into `kinds`. `order` is tg_order's of the recording's root; `inputs` are
** its arguments, `made` the leaves that were made in it. It captured leaves
** that are neither, and results that depend on OUTER or ENDED arguments but not
** on `inputs`. `out` and `kinds` have room for as many as there are edges.
*/
tg_status tg_find_captured (tg_node *const *order, size_t count,
                            tg_node *const *inputs, size_t ninputs,
                            tg_node *const *made, size_t nmade, tg_node **out,
                            unsigned char *kinds, size_t *n,
                            const tg_poll *poll);

TG_HIDDEN_END

#endif
