/*
** derive.c: appends the derivatives of items, which are items, too: in reverse
** mode, from one result to all operands, and in forward mode.
*/
#include "../config.h"

#include "derive.h"

#include <math.h>
#include <string.h>

#ifndef TG_NO_PROGRAM

/* Stores the operands of an item into x[TG_MAXOPERANDS]. Returns how many. */
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
** Returns a byte for each of the first n items, nonzero if the item depends on
** one of xs[0..nx-1].
*/
static unsigned char *find_dependent (tg_ir *ir, const tg_id *xs, size_t nx,
                                      size_t n) {
  unsigned char *depends = (unsigned char *)tg_ir_alloc(ir, n, sizeof *depends);
  size_t i;
  if (depends == NULL) return NULL;
  memset(depends, 0, n);
  for (i = 0; i < nx; i++)
    if (xs[i] < n) depends[xs[i]] = 1;
  for (i = 0; i < n && !tg_ir_tick(ir); i++) {
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

/* Returns the partial of a call on operands x for operand `k`. The call of a
   partial itself has none: the status becomes TG_ONCE. */
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

/* Returns the partial of item `id` for its operand `k`, or TG_NOID if no
   derivative flows there. */
static tg_id partial (tg_ir *ir, tg_id id, int k) {
  const tg_item item = ir->items[id];
  const tg_code *code;
  tg_frame f;
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
  return tg_ir_formula(ir, code, &f);
}

/* Tells whether an item is a constant, finite and not 0: an ordinary product by
   it makes no NaN of a number. */
static int is_safe_factor (const tg_ir *ir, tg_id id) {
  double x;
  return tg_ir_isconst(ir, id, &x) && isfinite(x) && x != 0.0;
}

/* Returns zmul of a derivative and a partial, by a cheaper item with equal
   results if there is one. */
static tg_id contribution (tg_ir *ir, tg_id derivative, tg_id factor) {
  if (tg_ir_isvalue(ir, factor, 1.0)) return derivative;
  if (tg_ir_isvalue(ir, derivative, 1.0)) return factor;
  if (tg_ir_isvalue(ir, factor, -1.0))
    return tg_ir_op(ir, TG_OP_neg, derivative, TG_NOID, TG_NOID);
  return tg_ir_op(ir,
                  is_safe_factor(ir, factor) || is_safe_factor(ir, derivative)
                    ? TG_OP_mul
                    : TG_OP_zmul,
                  derivative, factor, TG_NOID);
}

/* Adds `term` to *sum, which is TG_NOID as long as it has no term. */
static void accumulate (tg_ir *ir, tg_id *sum, tg_id term) {
  *sum = *sum == TG_NOID ? term : tg_ir_op(ir, TG_OP_add, *sum, term, TG_NOID);
}

/* Returns an array of `n` ids, all TG_NOID, or NULL. */
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
    for (i = count; i-- > 0 && !tg_ir_tick(ir);) {
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
    for (i = 0; i < count && !tg_ir_tick(ir); i++) {
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
