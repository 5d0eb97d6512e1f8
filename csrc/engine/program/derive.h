/*
** derive.h: derivatives of a builder's items.
*/
#ifndef TG_IR_DERIVE_H
#define TG_IR_DERIVE_H

#include "ir.h"

TG_HIDDEN_BEGIN

/*
** Appends the derivatives of `y` times `seed` with respect to items
** xs[0..n-1]; stores their items into `out` (reverse mode). TG_ONCE if that
** needs derivatives that an operation of a C host does not have.
*/
void tg_ir_gradient (tg_ir *ir, tg_id y, tg_id seed, const tg_id *xs, size_t n,
                     tg_id *out);

/*
** Appends the derivatives of ys[0..m-1] in the direction that gives xs[i] the
** tangent dx[i] (TG_NOID: 0); stores their items into `out` (forward mode).
*/
void tg_ir_tangents (tg_ir *ir, const tg_id *ys, size_t m, const tg_id *xs,
                     const tg_id *dx, size_t n, tg_id *out);

TG_HIDDEN_END

#endif
