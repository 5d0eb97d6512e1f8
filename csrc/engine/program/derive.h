/*
** derive.h: appends derivatives of items to a builder.
*/
#ifndef TG_IR_DERIVE_H
#define TG_IR_DERIVE_H

#include "ir.h"

TG_HIDDEN_BEGIN

/*
** Appends the derivatives of `y`, times `seed`, with respect to the items
** xs[0..n-1], in reverse mode. Stores their items into `out`. Fails with
** TG_ONCE if an operation of a C host lacks a derivative that this takes.
*/
void tg_ir_gradient (tg_ir *ir, tg_id y, tg_id seed, const tg_id *xs, size_t n,
                     tg_id *out);

/*
** Appends the derivatives of ys[0..m-1] in the direction that gives xs[i] the
** tangent dx[i] (TG_NOID: 0), in forward mode. Stores their items into `out`.
** Fails as tg_ir_gradient does.
*/
void tg_ir_tangents (tg_ir *ir, const tg_id *ys, size_t m, const tg_id *xs,
                     const tg_id *dx, size_t n, tg_id *out);

TG_HIDDEN_END

#endif
