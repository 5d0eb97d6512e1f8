/*
** schedule.c: decides which items a program computes, and in what order. Counts
** uses, joins products with sums, finds the phases of a program that is to be
** arranged, and puts equal operations that do not depend on each other side by
** side.
*/
#include "../config.h"

#include <string.h>

#include "layout.h"

#ifndef TG_NO_PROGRAM

/* Replaces an op that only builders have by its code as an instruction. */
static void name_code (tg_item *item) {
  if (item->op == TG_IR_STOP) item->op = TG_X_stop;
  if (item->op == TG_IR_CALL) item->op = TG_X_call;
}

/* Counts the uses of the items that the outputs need. */
static void count_uses (tg_layout *l, const tg_id *out, unsigned nout) {
  size_t i;
  tg_ir_fill(l->ir, l->uses, l->n, 0);
  for (i = 0; i < nout; i++) l->uses[out[i]]++;
  for (i = l->n; i-- > 0 && !tg_ir_tick(l->ir);) {
    tg_item *item = &l->ir->items[i];
    int k;
    if (l->uses[i] == 0) continue;
    name_code(item);
    l->nbefore += tg_item_iscomputed(item);
    for (k = 0; k < tg_item_operands(item); k++)
      l->uses[tg_item_operand(item, k)]++;
  }
}

/* Tells whether `id` is a product with one use. Stores into *zero whether it is
   a zmul, and its factors into *a and *b. */
static int is_product (tg_layout *l, tg_id id, int *zero, tg_id *a, tg_id *b) {
  const tg_item *item = &l->ir->items[id];
  if (l->uses[id] != 1) return 0;
  *zero = item->op == TG_OP_zmul;
  *a = item->a;
  *b = item->op == TG_OP_square ? item->a : item->b;
  return item->op == TG_OP_mul || item->op == TG_OP_square || *zero;
}

/* Joins sums and differences with the products that only they use. */
static void fuse (tg_layout *l) {
  size_t i;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++) {
    tg_item *item = &l->ir->items[i];
    tg_id product, other, a, b;
    unsigned code;
    int zero;
    if (l->uses[i] == 0 || (item->op != TG_OP_add && item->op != TG_OP_sub))
      continue;
    if (is_product(l, item->b, &zero, &a, &b)) {
      product = item->b;
      other = item->a;
      code = item->op == TG_OP_add ? TG_X_madd : TG_X_msub;
    }
    else if (is_product(l, item->a, &zero, &a, &b)) {
      product = item->a;
      other = item->b;
      code = item->op == TG_OP_add ? TG_X_madd : TG_X_mrsub;
    }
    else
      continue;
    l->uses[product] = 0; /* its uses of a and b pass on to this item */
    item->op = code + (zero ? TG_X_zmadd - TG_X_madd : 0);
    item->a = a;
    item->b = b;
    item->c = other;
    if (a == b && l->ir->items[product].op == TG_OP_square) l->uses[a]++;
  }
}

static int is_scheduled (const tg_layout *l, size_t i) {
  return l->level[i] > 0 && tg_item_iscomputed(&l->ir->items[i]);
}

/*
** Notes which fast ways may have made the item NaN, and sets l->exact where an
** operation (where, a comparison) could swallow such a NaN, since then no
** output would show it.
*/
static void follow_nan (tg_layout *l, size_t i) {
  const tg_item *item = &l->ir->items[i];
  int k;
  l->fast[i] = tg_code_maynan(item->op);
  for (k = 0; k < tg_item_operands(item); k++) {
    const unsigned char from = l->fast[tg_item_operand(item, k)];
    l->fast[i] |= from;
    if (from != 0 && tg_code_mayhide(item->op, k)) l->exact |= from;
  }
}

/* Tells whether an item has the same value in all rows. */
static int is_fixed (const tg_layout *l, const tg_item *item) {
  int k;
  if (item->op == TG_IR_INPUT) return l->shared[item->a] != 0;
  for (k = 0; k < tg_item_operands(item); k++)
    if (l->phase[tg_item_operand(item, k)] != TG_PHASE_ONCE) return 0;
  return 1;
}

/* Tells whether there are kernels that add up results of the code
   (kernels.def). */
static int can_sum (unsigned code) {
  return code == TG_OP_add || code == TG_OP_mul || code == TG_OP_zmul ||
         (code >= TG_X_first && code < TG_X_stop);
}

/*
** Finds the phase of each item of a program that is to be arranged. An item
** computed once keeps its slot for the whole batch: each reader in another
** phase counts as one more use of it, which end_use never removes.
*/
static void find_phases (tg_layout *l, const tg_id *out, unsigned nout) {
  const tg_item *items = l->ir->items;
  size_t i;
  int k;
  memset(l->phase, TG_PHASE_EACH, l->n);
  if (l->shared == NULL) return;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++) {
    if (l->uses[i] == 0) continue;
    if (is_fixed(l, &items[i]))
      l->phase[i] = TG_PHASE_ONCE;
    else
      for (k = 0; k < tg_item_operands(&items[i]); k++)
        l->uses[tg_item_operand(&items[i], k)] +=
          l->phase[tg_item_operand(&items[i], k)] == TG_PHASE_ONCE;
  }
  for (i = 0; i < nout; i++)
    if (l->uses[out[i]] == 1 && l->phase[out[i]] == TG_PHASE_EACH &&
        can_sum(items[out[i]].op))
      l->phase[out[i]] = TG_PHASE_SUMS;
}

/* Puts the phases one after the other: the levels of each begin above those of
   the phase before. Returns the highest level. */
static size_t stack_phases (tg_layout *l) {
  size_t depth[TG_PHASE_SUMS + 2] = { 0 }, i;
  int phase;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++)
    if (depth[l->phase[i] + 1] < l->level[i])
      depth[l->phase[i] + 1] = l->level[i];
  for (phase = TG_PHASE_ONCE; phase <= TG_PHASE_SUMS; phase++)
    depth[phase + 1] += depth[phase];
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++)
    if (l->level[i] > 0) l->level[i] += (unsigned)depth[l->phase[i]];
  return depth[TG_PHASE_SUMS + 1];
}

/* Finds the level of each item within its phase, and counts the items to be
   computed. */
static void find_levels (tg_layout *l) {
  const tg_item *items = l->ir->items;
  unsigned *level = l->level;
  size_t i;
  int k;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++) {
    const tg_item *item = &items[i];
    level[i] = 0;
    l->fast[i] = 0;
    if (l->uses[i] == 0) continue;
    follow_nan(l, i);
    for (k = 0; k < tg_item_operands(item); k++) {
      const tg_id x = tg_item_operand(item, k);
      if (level[x] > level[i] && l->phase[x] == l->phase[i])
        level[i] = level[x];
    }
    if (!tg_item_iscomputed(item)) continue;
    level[i]++;
    l->count++;
  }
}

/* Adds up counts, where place[k + 1] is that of kind k. Afterwards kind k
   begins at place[k]. */
static void add_up (tg_ir *ir, unsigned *place, size_t n) {
  size_t i;
  for (i = 1; i < n && !tg_ir_tick(ir); i++) place[i] += place[i - 1];
}

/*
** Sorts the items to be computed by level, operation and position, so that
** equal operations that do not depend on each other stand side by side. Runs
** two counting sorts, which keep the order of equals. `place` has room for `n`
** kinds.
*/
static void sort_order (tg_layout *l, unsigned *place, size_t n) {
  tg_ir *ir = l->ir;
  tg_id *by_op = l->singles; /* not needed for slots yet */
  size_t i;
  tg_ir_fill(ir, place, n, 0);
  for (i = 0; i < l->n && !tg_ir_tick(ir); i++)
    if (is_scheduled(l, i)) place[ir->items[i].op + 1]++;
  add_up(ir, place, TG_NCODES);
  for (i = 0; i < l->n && !tg_ir_tick(ir); i++)
    if (is_scheduled(l, i)) by_op[place[ir->items[i].op]++] = (tg_id)i;
  tg_ir_fill(ir, place, n, 0);
  if (ir->status != TG_OK) return;
  for (i = 0; i < l->count && !tg_ir_tick(ir); i++)
    place[l->level[by_op[i]] + 1]++;
  add_up(ir, place, n);
  for (i = 0; i < l->count && !tg_ir_tick(ir); i++)
    l->order[place[l->level[by_op[i]]]++] = by_op[i];
}

void tg_layout_schedule (tg_layout *l, const tg_id *out, unsigned nout) {
  unsigned *place;
  size_t n, depth;
  count_uses(l, out, nout);
  if (l->ir->simplify) fuse(l);
  find_phases(l, out, nout);
  find_levels(l);
  depth = stack_phases(l);
  n = (depth > (size_t)TG_NCODES ? depth : (size_t)TG_NCODES) + 2;
  place = (unsigned *)tg_ir_alloc(l->ir, n, sizeof *place);
  if (place != NULL) sort_order(l, place, n);
  tg_ir_release(l->ir, place, n, sizeof *place);
}

#endif
