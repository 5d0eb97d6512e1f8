/*
** layout.c: from items to a program: fuses products with sums, groups equal
** operations that do not depend on each other, gives each result a slot, and
** joins instructions that advance by fixed strides into wide ones.
*/
#include "../config.h"

#include <limits.h>
#include <string.h>

#include "program.h"

#ifndef TG_NO_PROGRAM

/* Slots of the results of one group */
struct block {
  unsigned start, size;
  unsigned live; /* results that are still needed */
  unsigned next; /* in the list of free blocks */
};

typedef struct layout {
  tg_ir *ir;
  size_t n;        /* items */
  unsigned *uses;  /* of each item, by items that are still to come */
  unsigned *level; /* of each item: 1 more than its operands'; 0: no work */
  tg_id *order;    /* the items to compute, in order */
  size_t count;    /* how many */
  unsigned *slot;  /* of each item that has one */
  unsigned *block; /* of each item whose slot is part of a block */
  unsigned nslots;
  unsigned *singles; /* stack of free slots that are not part of a block */
  size_t nsingles;
  struct block *blocks;
  size_t nblocks;
  unsigned free_by_size[64]; /* lists of free blocks; [0]: all larger ones */
  tg_program *program;       /* its size: that of the block so far */
  tg_unit *units;            /* in it */
  size_t nunits, maxunits;
  size_t last;    /* where the last instruction begins; may be made wider */
  size_t polls;   /* units when the last poll was put */
  size_t nbefore; /* operations before they were joined */
  unsigned char *fast; /* of each item: what it depends on, TG_EXACT_ bits */
  unsigned exact;      /* as of a program */
  const unsigned char *shared; /* inputs, of a program to be arranged; NULL */
  unsigned char *part;         /* of each item: ONCE, EACH or SUMS */
  tg_program parts;            /* its counts of these */
} layout;

/* Parts of a program, in their order; one that is not arranged is all EACH */
enum { ONCE, EACH, SUMS };

#define NOBLOCK 0xffffffffu
#define NONE ((size_t)-1) /* no last instruction */

int tg_code_arity (unsigned code) {
  if (code < TG_NOPS) return tg_ops[code].arity;
  return code < TG_X_stop ? 3 : code == TG_X_stop ? 1 : 0;
}

/* Of the items that an item refers to. */
static int noperands (const tg_item *item) {
  if (item->op == TG_IR_ARG) return item->b == TG_NOID ? 1 : 2;
  return item->op == TG_X_call ? 1 : tg_code_arity(item->op);
}

const char *tg_code_name (unsigned code) {
  static const char *const names[] = {
#define NAME(name) #name,
#define ZERO_NAME(name) "z" #name,
    TG_JOINS(NAME) TG_JOINS(ZERO_NAME)
#undef NAME
#undef ZERO_NAME
      "stop",
    "call", "poll", "end"
  };
  return code < TG_NOPS ? tg_ops[code].name : names[code - TG_X_first];
}

static int is_computed (const tg_item *item) { return item->op <= TG_X_call; }

static tg_id operand (const tg_item *item, int k) {
  return k == 0 ? item->a : k == 1 ? item->b : item->c;
}

/* Gives what only differentiation knew its code as an instruction. */
static void name_code (tg_item *item) {
  if (item->op == TG_IR_STOP) item->op = TG_X_stop;
  if (item->op == TG_IR_CALL) item->op = TG_X_call;
}

/* Counts uses of the items that the outputs need. */
static void count_uses (layout *l, const tg_id *out, unsigned nout) {
  size_t i;
  tg_ir_fill(l->ir, l->uses, l->n, 0);
  for (i = 0; i < nout; i++) l->uses[out[i]]++;
  for (i = l->n; i-- > 0 && !tg_ir_tick(l->ir);) {
    tg_item *item = &l->ir->items[i];
    int k;
    if (l->uses[i] == 0) continue;
    name_code(item);
    l->nbefore += is_computed(item);
    for (k = 0; k < noperands(item); k++) l->uses[operand(item, k)]++;
  }
}

/* Is `id` a product that nothing else uses? Its factors into *a, *b then. */
static int is_product (layout *l, tg_id id, int *zero, tg_id *a, tg_id *b) {
  const tg_item *item = &l->ir->items[id];
  if (l->uses[id] != 1) return 0;
  *zero = item->op == TG_OP_zmul;
  *a = item->a;
  *b = item->op == TG_OP_square ? item->a : item->b;
  return item->op == TG_OP_mul || item->op == TG_OP_square || *zero;
}

/* Joins sums and differences with products. */
static void fuse (layout *l) {
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
    l->uses[product] = 0; /* its own uses of a and b pass on to this item */
    item->op = code + (zero ? TG_X_zmadd - TG_X_madd : 0);
    item->a = a;
    item->b = b;
    item->c = other;
    if (a == b && l->ir->items[product].op == TG_OP_square) l->uses[a]++;
  }
}

static int is_scheduled (const layout *l, size_t i) {
  return l->level[i] > 0 && is_computed(&l->ir->items[i]);
}

int tg_code_mayhide (unsigned code, int k) {
  switch (code) {
  case TG_OP_where: /* NaN counts as true; what is not chosen does no harm */
    return k == 0;
  case TG_OP_clamp:
  case TG_OP_lt:
  case TG_OP_le:
  case TG_OP_gt:
  case TG_OP_ge:
  case TG_OP_eq:
  case TG_OP_ne:
  case TG_X_call:
    return 1;
  default:
    return 0;
  }
}

unsigned char tg_code_maynan (unsigned code) {
  switch (code) {
  case TG_OP_zmul:
  case TG_X_zmadd:
  case TG_X_zmsub:
  case TG_X_zmrsub:
    return TG_EXACT_ZMUL;
  case TG_OP_sin:
  case TG_OP_cos:
  case TG_OP_tan:
  case TG_OP_pow:
  case TG_OP_atan2:
  case TG_OP_hypot:
    return TG_EXACT_RANGE;
  default:
    return 0;
  }
}

/*
** Follows such a NaN, and notes if it can get lost: the outputs then do not
** tell if there was one.
*/
static void follow_nan (layout *l, size_t i) {
  const tg_item *item = &l->ir->items[i];
  int k;
  l->fast[i] = tg_code_maynan(item->op);
  for (k = 0; k < noperands(item); k++) {
    const unsigned char from = l->fast[operand(item, k)];
    l->fast[i] |= from;
    if (from != 0 && tg_code_mayhide(item->op, k)) l->exact |= from;
  }
}

/* Is it the same for all rows? */
static int is_fixed (const layout *l, const tg_item *item) {
  int k;
  if (item->op == TG_IR_INPUT) return l->shared[item->a] != 0;
  for (k = 0; k < noperands(item); k++)
    if (l->part[operand(item, k)] != ONCE) return 0;
  return 1;
}

/* Of these there are kernels that add up (kernels.def). */
static int can_sum (unsigned code) {
  return code == TG_OP_add || code == TG_OP_mul || code == TG_OP_zmul ||
         (code >= TG_X_first && code < TG_X_stop);
}

/*
** Tells the parts of a program that is to be arranged. What is computed once
** has a further use, which never ends, by each item that is not: its slot is
** not to be taken.
*/
static void find_parts (layout *l, const tg_id *out, unsigned nout) {
  const tg_item *items = l->ir->items;
  size_t i;
  int k;
  memset(l->part, EACH, l->n);
  if (l->shared == NULL) return;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++) {
    if (l->uses[i] == 0) continue;
    if (is_fixed(l, &items[i]))
      l->part[i] = ONCE;
    else
      for (k = 0; k < noperands(&items[i]); k++)
        l->uses[operand(&items[i], k)] +=
          l->part[operand(&items[i], k)] == ONCE;
  }
  for (i = 0; i < nout; i++)
    if (l->uses[out[i]] == 1 && l->part[out[i]] == EACH &&
        can_sum(items[out[i]].op))
      l->part[out[i]] = SUMS;
}

/* Puts part after part: the levels of each begin after the last one's. */
static size_t stack_parts (layout *l) {
  size_t depth[SUMS + 2] = { 0 }, i;
  int part;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++)
    if (depth[l->part[i] + 1] < l->level[i])
      depth[l->part[i] + 1] = l->level[i];
  for (part = ONCE; part <= SUMS; part++) depth[part + 1] += depth[part];
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++)
    if (l->level[i] > 0) l->level[i] += (unsigned)depth[l->part[i]];
  return depth[SUMS + 1];
}

/*
** Sorts what is to be computed by part, depth, operation, position: equal
** operations that do not depend on each other come to stand together.
*/
static void schedule (layout *l) {
  tg_ir *ir = l->ir;
  unsigned *level = l->level, *place;
  tg_id *by_op = l->singles; /* not needed for slots yet */
  size_t i, nplaces, depth;
  for (i = 0; i < l->n && !tg_ir_tick(ir); i++) {
    tg_item *item = &ir->items[i];
    int k;
    level[i] = 0;
    l->fast[i] = 0;
    if (l->uses[i] == 0) continue;
    follow_nan(l, i);
    for (k = 0; k < noperands(item); k++)
      if (level[operand(item, k)] > level[i] &&
          l->part[operand(item, k)] == l->part[i])
        level[i] = level[operand(item, k)];
    if (!is_computed(item)) continue;
    level[i]++;
    l->count++;
  }
  depth = stack_parts(l);
  nplaces = (depth > (size_t)TG_NCODES ? depth : (size_t)TG_NCODES) + 2;
  place = (unsigned *)tg_ir_alloc(ir, nplaces, sizeof *place);
  if (place == NULL) return;
  tg_ir_fill(ir, place, nplaces, 0);
  for (i = 0; i < l->n && !tg_ir_tick(ir); i++) /* by operation */
    if (is_scheduled(l, i)) place[ir->items[i].op + 1]++;
  for (i = 1; i < TG_NCODES; i++) place[i] += place[i - 1];
  for (i = 0; i < l->n && !tg_ir_tick(ir); i++)
    if (is_scheduled(l, i)) by_op[place[ir->items[i].op]++] = (tg_id)i;
  tg_ir_fill(ir, place, nplaces, 0);
  if (ir->status == TG_OK) { /* by depth */
    for (i = 0; i < l->count && !tg_ir_tick(ir); i++)
      place[level[by_op[i]] + 1]++;
    for (i = 1; i < nplaces && !tg_ir_tick(ir); i++) place[i] += place[i - 1];
    for (i = 0; i < l->count && !tg_ir_tick(ir); i++)
      l->order[place[level[by_op[i]]]++] = by_op[i];
  }
  tg_ir_release(ir, place, nplaces, sizeof *place);
}

/* Slots */

static unsigned size_class (unsigned size) { return size < 64 ? size : 0; }

static void free_block (layout *l, unsigned b) {
  unsigned *list = &l->free_by_size[size_class(l->blocks[b].size)];
  l->blocks[b].next = *list;
  *list = b;
}

static void end_uses (layout *l, tg_id id);

/* One use of item `id` is over. */
static void end_use (layout *l, tg_id id) {
  const tg_item *item = &l->ir->items[id];
  if (--l->uses[id] > 0) return;
  if (item->op == TG_IR_ARG)
    end_uses(l, id);
  else if (!is_computed(item))
    return;
  else if (l->block[id] == NOBLOCK)
    l->singles[l->nsingles++] = l->slot[id];
  else if (--l->blocks[l->block[id]].live == 0)
    free_block(l, l->block[id]);
}

static void end_uses (layout *l, tg_id id) {
  const tg_item *item = &l->ir->items[id];
  int k; /* the last operand last: its slot is the next to be taken */
  for (k = 0; k < noperands(item); k++) end_use(l, operand(item, k));
}

static unsigned take_single (layout *l) {
  return l->nsingles > 0 ? l->singles[--l->nsingles] : l->nslots++;
}

/* A free block of exactly `size` slots, or a new one. */
static unsigned take_block (layout *l, unsigned size) {
  unsigned *link = &l->free_by_size[size_class(size)];
  struct block *b;
  int tries;
  for (tries = 0; *link != NOBLOCK && tries < 64; tries++) {
    const unsigned found = *link;
    if (l->blocks[found].size == size) {
      *link = l->blocks[found].next;
      l->blocks[found].live = size;
      return found;
    }
    link = &l->blocks[found].next;
  }
  b = &l->blocks[l->nblocks];
  b->start = l->nslots;
  b->size = b->live = size;
  l->nslots += size;
  return (unsigned)l->nblocks++;
}

/*
** The block that the third operands of the group fill in its order, if none
** of them is needed any more: the results may take their place.
*/
static unsigned block_in_place (const layout *l, const tg_id *group,
                                unsigned size) {
  const tg_item *items = l->ir->items;
  const tg_item *first = &items[group[0]];
  unsigned b, i;
  if (tg_code_arity(first->op) < 3 || !is_computed(&items[first->c]))
    return NOBLOCK;
  b = l->block[first->c];
  if (b == NOBLOCK || l->blocks[b].size != size || l->blocks[b].live != size)
    return NOBLOCK;
  for (i = 0; i < size; i++) {
    const tg_item *item = &items[group[i]];
    if (!is_computed(&items[item->c]) || l->block[item->c] != b ||
        l->slot[item->c] != l->blocks[b].start + i || l->uses[item->c] != 1 ||
        item->a == item->c || item->b == item->c)
      return NOBLOCK;
  }
  return b;
}

/* Instructions */

/* Gives the program's block a size; 0 if there is no memory. */
static int resize_program (layout *l, size_t size) {
  tg_program *p =
    (tg_program *)tg_ir_resize(l->ir, l->program, l->program->size, size, 1);
  if (p == NULL) return 0;
  l->program = p;
  l->units = (tg_unit *)tg_program_units(p);
  p->size = size;
  return 1;
}

static void put (layout *l, const tg_unit *unit) {
  if (l->ir->status != TG_OK) return;
  if (l->nunits == l->maxunits) {
    const size_t max = l->maxunits == 0 ? 64 : 2 * l->maxunits;
    if (!resize_program(l, l->program->units + max * sizeof *unit)) return;
    l->maxunits = max;
  }
  l->units[l->nunits++] = *unit;
}

static void put_code (layout *l, unsigned code) {
  const tg_unit unit = { code, 0, 0, 0 };
  l->last = NONE;
  put(l, &unit);
}

static void put_wide (layout *l, const tg_unit *unit, const tg_wide *wide) {
  tg_unit second;
  memcpy(&second, wide, sizeof second);
  put(l, unit);
  put(l, &second);
}

/* Is `to` = `from` + count * stride, for a stride that fits? */
static int advances (unsigned from, unsigned to, unsigned count,
                     short *stride) {
  const long long distance = (long long)to - (long long)from;
  if (count > 1) return distance == (long long)count * *stride;
  if (distance < SHRT_MIN || distance > SHRT_MAX) return 0;
  *stride = (short)distance;
  return 1;
}

/*
** Parts the last instruction, two terms of a sum, if no third goes on as they
** do: terms that are instructions of their own are added up without a store.
*/
static void part (layout *l, const tg_unit *first, const tg_wide *w) {
  tg_unit *last = &l->units[l->last];
  if (w->count != 2 || w->by_dst != 0 || w->by_c != 0 || w->c != first->dst ||
      tg_code_arity(first->code) < 3)
    return;
  last[0] = last[1] = *first;
  last[1].a += (unsigned)(int)w->by_a;
  last[1].b += (unsigned)(int)w->by_b;
}

/* Tries to make the last instruction cover one more step. */
static int widen (layout *l, const tg_unit *unit, unsigned c) {
  tg_unit *last, first;
  tg_wide w;
  if (l->last == NONE) return 0;
  last = &l->units[l->last];
  first = *last;
  if (first.code >= TG_X_WIDE) first.code -= TG_X_WIDE;
  if (first.code != unit->code) return 0;
  memset(&w, 0, sizeof w);
  if (last->code >= TG_X_WIDE)
    memcpy(&w, last + 1, sizeof w);
  else {
    w.count = 1;
    w.c = first.dst;
  }
  if (w.count == UINT_MAX ||
      !advances(first.dst, unit->dst, w.count, &w.by_dst) ||
      !advances(first.a, unit->a, w.count, &w.by_a) ||
      !advances(first.b, unit->b, w.count, &w.by_b) ||
      !advances(w.c, c, w.count, &w.by_c)) {
    part(l, &first, &w);
    return 0;
  }
  w.count++;
  l->nunits = l->last;
  first.code += TG_X_WIDE;
  put_wide(l, &first, &w);
  return 1;
}

/* Lets the host interrupt if it could not for long. */
static void put_poll (layout *l) {
  if (l->nunits - l->polls < TG_POLL_TICKS) return;
  put_code(l, TG_X_poll);
  l->polls = l->nunits;
}

static void put_call (layout *l, tg_id id) {
  const tg_item *item = &l->ir->items[id];
  const int arity = l->ir->operations[item->b]->arity;
  unsigned slots[TG_MAXOPERANDS] = { 0 };
  tg_unit unit;
  tg_id arg = item->a;
  int i;
  for (i = arity; i-- > 0; arg = l->ir->items[arg].b)
    slots[i] = l->slot[l->ir->items[arg].a];
  unit.code = TG_X_call;
  unit.dst = l->slot[id];
  unit.a = item->b;
  unit.b = item->c;
  put_poll(l);
  l->last = NONE;
  put(l, &unit);
  for (i = 0; i < arity; i += 4) {
    memcpy(&unit, slots + i, sizeof unit);
    put(l, &unit);
  }
}

static void put_instruction (layout *l, tg_id id) {
  const tg_item *item = &l->ir->items[id];
  const int arity = tg_code_arity(item->op);
  tg_unit unit;
  unsigned c;
  if (item->op == TG_X_call) {
    put_call(l, id);
    return;
  }
  unit.code = item->op;
  unit.dst = l->slot[id];
  unit.a = l->slot[item->a];
  unit.b = arity > 1 ? l->slot[item->b] : unit.a;
  c = arity > 2 ? l->slot[item->c] : unit.dst;
  if (l->ir->status != TG_OK || widen(l, &unit, c)) return;
  put_poll(l);
  l->last = l->nunits;
  if (c == unit.dst)
    put(l, &unit);
  else {
    tg_wide w;
    memset(&w, 0, sizeof w);
    w.c = c;
    w.count = 1;
    unit.code += TG_X_WIDE;
    put_wide(l, &unit, &w);
  }
}

/* The same of sums: their slots are for them alone. */
static void put_sums (layout *l, const tg_id *group, unsigned size) {
  unsigned i;
  for (i = 0; i < size && !tg_ir_tick(l->ir); i++) {
    l->slot[group[i]] = l->nslots++;
    l->block[group[i]] = NOBLOCK;
    put_instruction(l, group[i]);
  }
}

/* Gives slots to a group of equal, independent operations and puts them. */
static void put_group (layout *l, const tg_id *group, unsigned size) {
  unsigned i;
  if (size == 1) { /* reads before it writes: an operand's slot will do */
    end_uses(l, group[0]);
    l->slot[group[0]] = take_single(l);
    l->block[group[0]] = NOBLOCK;
    put_instruction(l, group[0]);
    return;
  }
  else {
    const unsigned old = block_in_place(l, group, size);
    unsigned b = old;
    if (old == NOBLOCK) b = take_block(l, size);
    for (i = 0; i < size; i++) {
      l->slot[group[i]] = l->blocks[b].start + i;
      l->block[group[i]] = b;
    }
    for (i = 0; i < size && !tg_ir_tick(l->ir); i++)
      put_instruction(l, group[i]);
    for (i = 0; i < size && !tg_ir_tick(l->ir); i++) {
      if (old != NOBLOCK) { /* the third operand's slot goes on living */
        tg_item *item = &l->ir->items[group[i]];
        l->uses[item->c] = 0;
        end_use(l, item->a);
        end_use(l, item->b);
      }
      else
        end_uses(l, group[i]);
    }
  }
}

static int same_group (const layout *l, tg_id x, tg_id y) {
  return l->level[x] == l->level[y] && l->ir->items[x].op == l->ir->items[y].op;
}

static int is_part (const layout *l, size_t i, int part) {
  return i < l->count && l->part[l->order[i]] == part;
}

/* Puts the instructions of a part, from place *i in the order on. */
static void put_part (layout *l, int part, size_t *i) {
  int k;
  while (is_part(l, *i, part) && !tg_ir_tick(l->ir)) {
    size_t end = *i + 1;
    while (is_part(l, end, part) && same_group(l, l->order[*i], l->order[end]))
      end++;
    if (part == SUMS)
      put_sums(l, l->order + *i, (unsigned)(end - *i));
    else
      put_group(l, l->order + *i, (unsigned)(end - *i));
    *i = end;
  }
  l->last = NONE; /* neither instructions nor slots go on in the next part */
  l->nsingles = 0;
  for (k = 0; k < 64; k++) l->free_by_size[k] = NOBLOCK;
}

static void put_all (layout *l) {
  const unsigned fixed = l->nslots;
  size_t i = 0, units;
  unsigned slots;
  put_part(l, ONCE, &i);
  l->parts.once = (unsigned)l->nunits;
  l->parts.once_slots = l->nslots - fixed;
  put_part(l, EACH, &i);
  units = l->nunits;
  slots = l->nslots;
  put_part(l, SUMS, &i);
  l->parts.nsums = (unsigned)(l->nunits - units);
  l->parts.sum_slots = l->nslots - slots;
  put_code(l, TG_X_end);
}

/* The block */

/* Gives slots to the inputs and to the constants that are used. */
static unsigned place_fixed (layout *l, unsigned nin) {
  unsigned nconstants = 0;
  size_t i;
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++) {
    const tg_item *item = &l->ir->items[i];
    if (item->op == TG_IR_INPUT) l->slot[i] = item->a;
    if (item->op == TG_IR_CONST && l->uses[i] > 0)
      l->slot[i] = nin + nconstants++;
  }
  l->nslots = nin + nconstants;
  return nconstants;
}

static void begin_program (layout *l, unsigned nin, unsigned nconstants) {
  const unsigned nops = l->ir->noperations;
  const size_t constants = TG_ALIGN(TG_ALIGN(sizeof(tg_program)) +
                                    nops * sizeof(const tg_operation *));
  const size_t units = constants + nconstants * sizeof(double);
  tg_program *p = (tg_program *)tg_ir_alloc(l->ir, 1, units);
  size_t i;
  if (p == NULL) return;
  l->program = p;
  memset(p, 0, constants);
  p->size = units;
  p->constants = constants;
  p->units = units;
  p->exact = l->exact;
  p->ninputs = nin;
  p->nconstants = nconstants;
  p->nbefore = (unsigned)l->nbefore;
  p->noperations = nops;
  if (nops > 0)
    memcpy((void *)tg_program_operations(p), (const void *)l->ir->operations,
           nops * sizeof(const tg_operation *));
  for (i = 0; i < l->n && !tg_ir_tick(l->ir); i++) {
    double x;
    if (tg_ir_isconst(l->ir, (tg_id)i, &x) && l->slot[i] != NOBLOCK)
      ((double *)tg_program_constants(p))[l->slot[i] - nin] = x;
  }
}

static void end_program (layout *l, const tg_id *out, unsigned nout) {
  unsigned i;
  tg_program *p;
  size_t size;
  if (l->ir->status != TG_OK) return;
  p = l->program;
  p->results = p->units + l->nunits * sizeof(tg_unit);
  p->nunits = (unsigned)l->nunits;
  p->noutputs = nout;
  p->nslots = l->nslots;
  p->once = l->parts.once;
  p->nsums = l->parts.nsums;
  p->once_slots = l->parts.once_slots;
  p->sum_slots = l->parts.sum_slots;
  size = p->results + nout * sizeof(unsigned);
  if (l->shared != NULL) p->shared = size;
  if (!resize_program(l, size + (l->shared != NULL ? p->ninputs : 0))) return;
  p = l->program;
  if (l->shared != NULL)
    memcpy((unsigned char *)p + p->shared, l->shared, p->ninputs);
  for (i = 0; i < nout; i++)
    ((unsigned *)tg_program_results(p))[i] = l->slot[out[i]];
}

tg_program *tg_program_layout (tg_ir *ir, unsigned nin, tg_id *out,
                               unsigned nout, const unsigned char *shared) {
  const size_t n = ir->count;
  layout l;
  int k;
  tg_ir_release(ir, ir->table, ir->slots, sizeof *ir->table);
  ir->table = NULL; /* nothing will be added */
  ir->slots = 0;
  memset(&l, 0, sizeof l);
  l.ir = ir;
  l.n = n;
  l.last = NONE;
  l.shared = shared;
  for (k = 0; k < 64; k++) l.free_by_size[k] = NOBLOCK;
  l.uses = (unsigned *)tg_ir_alloc(ir, n, sizeof *l.uses);
  l.level = (unsigned *)tg_ir_alloc(ir, n, sizeof *l.level);
  l.order = (tg_id *)tg_ir_alloc(ir, n, sizeof *l.order);
  l.slot = (unsigned *)tg_ir_alloc(ir, n, sizeof *l.slot);
  l.block = (unsigned *)tg_ir_alloc(ir, n, sizeof *l.block);
  l.singles = (unsigned *)tg_ir_alloc(ir, n, sizeof *l.singles);
  l.blocks = (struct block *)tg_ir_alloc(ir, n / 2 + 1, sizeof *l.blocks);
  l.fast = (unsigned char *)tg_ir_alloc(ir, n, sizeof *l.fast);
  l.part = (unsigned char *)tg_ir_alloc(ir, n, sizeof *l.part);
  if (ir->status == TG_OK) {
    tg_ir_fill(ir, l.slot, n, NOBLOCK);
    tg_ir_fill(ir, l.block, n, NOBLOCK);
    count_uses(&l, out, nout);
    if (ir->simplify) fuse(&l);
    find_parts(&l, out, nout);
    schedule(&l);
    if (ir->status == TG_OK) {
      begin_program(&l, nin, place_fixed(&l, nin));
      put_all(&l);
      end_program(&l, out, nout);
    }
  }
  tg_ir_release(ir, l.fast, n, sizeof *l.fast);
  tg_ir_release(ir, l.part, n, sizeof *l.part);
  tg_ir_release(ir, l.uses, n, sizeof *l.uses);
  tg_ir_release(ir, l.level, n, sizeof *l.level);
  tg_ir_release(ir, l.order, n, sizeof *l.order);
  tg_ir_release(ir, l.slot, n, sizeof *l.slot);
  tg_ir_release(ir, l.block, n, sizeof *l.block);
  tg_ir_release(ir, l.singles, n, sizeof *l.singles);
  tg_ir_release(ir, l.blocks, n / 2 + 1, sizeof *l.blocks);
  if (ir->status != TG_OK && l.program != NULL) {
    tg_ir_release(ir, l.program, 1, l.program->size);
    l.program = NULL;
  }
  return l.program;
}

#endif
