/*
** record.h: from a recording, which is a graph of Values (graph/node.h), to the
** items of a builder.
*/
#ifndef TG_IR_RECORD_H
#define TG_IR_RECORD_H

#include "../graph/node.h"
#include "ir.h"

TG_HIDDEN_BEGIN

/* The nodes of a recording */
typedef struct tg_recording {
  tg_node *root;    /* above all of them */
  tg_node **inputs; /* the program's, leaves or results */
  tg_node **made;   /* leaves made in the recording: constants */
  tg_node **ys;     /* the program's results */
  size_t ninputs, nmade, nys;
} tg_recording;

/*
** Appends what computes t->ys from t->inputs and stores their items into
** `out`. TG_CAPTURED if that takes other leaves than those made in the
** recording (with ir->hold they become constants, but never those of other
** recordings), TG_CUSTOM if it takes a custom operation made in Lua.
*/
void tg_ir_record (tg_ir *ir, const tg_recording *t, tg_id *out);

/* What a Value is that a recording captured */
enum {
  TG_CAPTURED_LEAF = 1, /* a leaf that no running transform or recording has */
  TG_CAPTURED_OUTER,    /* depends on arguments of one that runs around this */
  TG_CAPTURED_ENDED     /* depends on arguments of a recording that has ended */
};

/*
** Stores into out[0..*n-1] what a recording captured, and into `kinds` what
** each of it is. `order` is that of the recording's root; `inputs` are its
** arguments, `made` the leaves that were made in it. Captured are leaves that
** are neither, and results that depend on OUTER or ENDED arguments but not on
** `inputs`. There must be room for as many as there are edges.
*/
tg_status tg_find_captured (tg_node *const *order, size_t count,
                            tg_node *const *inputs, size_t ninputs,
                            tg_node *const *made, size_t nmade, tg_node **out,
                            unsigned char *kinds, size_t *n,
                            const tg_poll *poll);

TG_HIDDEN_END

#endif
