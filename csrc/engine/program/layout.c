/*
** layout.c: makes a program of items in order (schedule.c). Gives each result a
** slot, and joins instructions that advance by fixed strides into wide ones.
*/
#include "../config.h"

#include <limits.h>
#include <string.h>

#include "layout.h"

#ifndef TG_NO_PROGRAM

#define NOSLOT 0xffffffffu
#define NOGROUP 0xffffffffu
#define NONE ((size_t)-1) /* no last instruction */

/* Slots */

/* Returns the list of free groups of this size; list 0 has all larger ones. */
static unsigned size_class (unsigned size) { return size < 64 ? size : 0; }

static void free_group (tg_layout *l, unsigned g) {
  unsigned *list = &l->free_by_size[size_class(l->groups[g].size)];
  l->groups[g].next = *list;
  *list = g;
}

static void end_uses (tg_layout *l, tg_id id);

/* Ends a use of item `id`. After the last use its slot is free, or one less
   result of its group is needed. */
static void end_use (tg_layout *l, tg_id id) {
  const tg_item *item = &l->ir->items[id];
  if (--l->uses[id] > 0) return;
  if (item->op == TG_IR_ARG)
    end_uses(l, id);
  else if (!tg_item_iscomputed(item))
    return;
  else if (l->group[id] == NOGROUP)
    l->singles[l->nsingles++] = l->slot[id];
  else if (--l->groups[l->group[id]].live == 0)
    free_group(l, l->group[id]);
}

static void end_uses (tg_layout *l, tg_id id) {
  const tg_item *item = &l->ir->items[id];
  int k; /* the last operand comes last: its slot is the next to be taken */
  for (k = 0; k < tg_item_operands(item); k++)
    end_use(l, tg_item_operand(item, k));
}

static unsigned take_single (tg_layout *l) {
  return l->nsingles > 0 ? l->singles[--l->nsingles] : l->nslots++;
}

/* Returns a free group of exactly `size` slots, or a new one. Looks at 64 free
   groups at most. */
static unsigned take_group (tg_layout *l, unsigned size) {
  unsigned *link = &l->free_by_size[size_class(size)];
  struct tg_group *g;
  int tries;
  for (tries = 0; *link != NOGROUP && tries < 64; tries++) {
    const unsigned found = *link;
    if (l->groups[found].size == size) {
      *link = l->groups[found].next;
      l->groups[found].live = size;
      return found;
    }
    link = &l->groups[found].next;
  }
  g = &l->groups[l->ngroups];
  g->start = l->nslots;
  g->size = g->live = size;
  l->nslots += size;
  return (unsigned)l->ngroups++;
}

/*
** Returns the group whose slots the third operands of `members` fill in order,
** if nothing else needs these: the results may take their place. Returns
** NOGROUP if there is none.
*/
static unsigned group_in_place (const tg_layout *l, const tg_id *members,
                                unsigned size) {
  const tg_item *items = l->ir->items;
  const tg_item *first = &items[members[0]];
  unsigned g, i;
  if (tg_code_arity(first->op) < 3 || !tg_item_iscomputed(&items[first->c]))
    return NOGROUP;
  g = l->group[first->c];
  if (g == NOGROUP || l->groups[g].size != size || l->groups[g].live != size)
    return NOGROUP;
  for (i = 0; i < size; i++) {
    const tg_item *item = &items[members[i]];
    if (!tg_item_iscomputed(&items[item->c]) || l->group[item->c] != g ||
        l->slot[item->c] != l->groups[g].start + i || l->uses[item->c] != 1 ||
        item->a == item->c || item->b == item->c)
      return NOGROUP;
  }
  return g;
}

/* Instructions */

/* Resizes the memory of the program. Returns 0 if there is none. */
static int resize_program (tg_layout *l, size_t size) {
  tg_program *p =
    (tg_program *)tg_ir_resize(l->ir, l->program, l->program->size, size, 1);
  if (p == NULL) return 0;
  l->program = p;
  l->units = (tg_unit *)tg_program_units(p);
  p->size = size;
  return 1;
}

/* Appends a unit to the program. */
static void put (tg_layout *l, const tg_unit *unit) {
  if (l->ir->status != TG_OK) return;
  if (l->nunits == l->maxunits) {
    const size_t max = l->maxunits == 0 ? 64 : 2 * l->maxunits;
    if (!resize_program(l, l->program->units + max * sizeof *unit)) return;
    l->maxunits = max;
  }
  l->units[l->nunits++] = *unit;
}

static void put_code (tg_layout *l, unsigned code) {
  const tg_unit unit = { code, 0, 0, 0 };
  l->last = NONE;
  put(l, &unit);
}

static void put_wide (tg_layout *l, const tg_unit *unit, const tg_wide *wide) {
  tg_unit second;
  memcpy(&second, wide, sizeof second);
  put(l, unit);
  put(l, &second);
}

/* Tells whether `to` is `from` + count * *stride. If count is 1, sets *stride,
   unless it does not fit. */
static int advances (unsigned from, unsigned to, unsigned count,
                     short *stride) {
  const long long distance = (long long)to - (long long)from;
  if (count > 1) return distance == (long long)count * *stride;
  if (distance < SHRT_MIN || distance > SHRT_MAX) return 0;
  *stride = (short)distance;
  return 1;
}

/*
** Splits the last instruction if it is two terms of one sum, which no third one
** continues: terms that are instructions of their own are added up without a
** store (JOIN_INSTRUCTION in eval.c).
*/
static void split_last (tg_layout *l, const tg_unit *first, const tg_wide *w) {
  tg_unit *last = &l->units[l->last];
  if (w->count != 2 || w->by_dst != 0 || w->by_c != 0 || w->c != first->dst ||
      tg_code_arity(first->code) < 3)
    return;
  last[0] = last[1] = *first;
  last[1].a += (unsigned)(int)w->by_a;
  last[1].b += (unsigned)(int)w->by_b;
}

/* Makes the last instruction cover `unit`, with third operand c, as one more
   step. Returns 0 if it cannot. */
static int widen (tg_layout *l, const tg_unit *unit, unsigned c) {
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
    split_last(l, &first, &w);
    return 0;
  }
  w.count++;
  l->nunits = l->last;
  first.code += TG_X_WIDE;
  put_wide(l, &first, &w);
  return 1;
}

/* Puts a poll if the host could not interrupt for TG_POLL_TICKS units. */
static void put_poll (tg_layout *l) {
  if (l->nunits - l->polls < TG_POLL_TICKS) return;
  put_code(l, TG_X_poll);
  l->polls = l->nunits;
}

static void put_call (tg_layout *l, tg_id id) {
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

/* Puts the instruction of an item, as a step of the last one if it can be. */
static void put_instruction (tg_layout *l, tg_id id) {
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

/* put_group for phase SUMS: each result gets a slot of its own, which nothing
   uses again. */
static void put_sums (tg_layout *l, const tg_id *members, unsigned size) {
  unsigned i;
  for (i = 0; i < size && !tg_ir_tick(l->ir); i++) {
    l->slot[members[i]] = l->nslots++;
    l->group[members[i]] = NOGROUP;
    put_instruction(l, members[i]);
  }
}

/* Gives slots to equal operations that do not depend on each other, and puts
   their instructions. */
static void put_group (tg_layout *l, const tg_id *members, unsigned size) {
  unsigned i;
  if (size == 1) { /* it reads before it writes: an operand's slot will do */
    end_uses(l, members[0]);
    l->slot[members[0]] = take_single(l);
    l->group[members[0]] = NOGROUP;
    put_instruction(l, members[0]);
    return;
  }
  else {
    const unsigned old = group_in_place(l, members, size);
    unsigned g = old;
    if (old == NOGROUP) g = take_group(l, size);
    for (i = 0; i < size; i++) {
      l->slot[members[i]] = l->groups[g].start + i;
      l->group[members[i]] = g;
    }
    for (i = 0; i < size && !tg_ir_tick(l->ir); i++)
      put_instruction(l, members[i]);
    for (i = 0; i < size && !tg_ir_tick(l->ir); i++) {
      if (old != NOGROUP) { /* the result keeps the third operand's slot */
        tg_item *item = &l->ir->items[members[i]];
        l->uses[item->c] = 0;
        end_use(l, item->a);
        end_use(l, item->b);
      }
      else
        end_uses(l, members[i]);
    }
  }
}

/* Tells whether x and y are equal operations that do not depend on each
   other. */
static int same_group (const tg_layout *l, tg_id x, tg_id y) {
  return l->level[x] == l->level[y] && l->ir->items[x].op == l->ir->items[y].op;
}

static int in_phase (const tg_layout *l, size_t i, int phase) {
  return i < l->count && l->phase[l->order[i]] == phase;
}

/* Puts the instructions of a phase, from place *i in the order on, and moves *i
   behind them. */
static void put_phase (tg_layout *l, int phase, size_t *i) {
  int k;
  while (in_phase(l, *i, phase) && !tg_ir_tick(l->ir)) {
    size_t end = *i + 1;
    while (in_phase(l, end, phase) &&
           same_group(l, l->order[*i], l->order[end]))
      end++;
    if (phase == TG_PHASE_SUMS)
      put_sums(l, l->order + *i, (unsigned)(end - *i));
    else
      put_group(l, l->order + *i, (unsigned)(end - *i));
    *i = end;
  }
  l->last = NONE; /* the next phase continues no instruction and no slot */
  l->nsingles = 0;
  for (k = 0; k < 64; k++) l->free_by_size[k] = NOGROUP;
}

static void put_all (tg_layout *l) {
  const unsigned fixed = l->nslots;
  size_t i = 0, units;
  unsigned slots;
  put_phase(l, TG_PHASE_ONCE, &i);
  l->counts.once = (unsigned)l->nunits;
  l->counts.once_slots = l->nslots - fixed;
  put_phase(l, TG_PHASE_EACH, &i);
  units = l->nunits;
  slots = l->nslots;
  put_phase(l, TG_PHASE_SUMS, &i);
  l->counts.nsums = (unsigned)(l->nunits - units);
  l->counts.sum_slots = l->nslots - slots;
  put_code(l, TG_X_end);
}

/* The program around the instructions */

/* Gives slots to the inputs and to the constants that are used. Returns the
   number of these constants. */
static unsigned place_fixed (tg_layout *l, unsigned nin) {
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

/* Makes the program without its instructions. */
static void begin_program (tg_layout *l, unsigned nin, unsigned nconstants) {
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
    if (tg_ir_isconst(l->ir, (tg_id)i, &x) && l->slot[i] != NOSLOT)
      ((double *)tg_program_constants(p))[l->slot[i] - nin] = x;
  }
}

/* Puts behind the instructions what follows them, and counts what was put. */
static void end_program (tg_layout *l, const tg_id *out, unsigned nout) {
  unsigned i;
  tg_program *p;
  size_t size;
  if (l->ir->status != TG_OK) return;
  p = l->program;
  p->results = p->units + l->nunits * sizeof(tg_unit);
  p->nunits = (unsigned)l->nunits;
  p->noutputs = nout;
  p->nslots = l->nslots;
  p->once = l->counts.once;
  p->nsums = l->counts.nsums;
  p->once_slots = l->counts.once_slots;
  p->sum_slots = l->counts.sum_slots;
  size = p->results + nout * sizeof(unsigned);
  if (l->shared != NULL) p->shared = size;
  if (!resize_program(l, size + (l->shared != NULL ? p->ninputs : 0))) return;
  p = l->program;
  if (l->shared != NULL)
    memcpy((unsigned char *)p + p->shared, l->shared, p->ninputs);
  for (i = 0; i < nout; i++)
    ((unsigned *)tg_program_results(p))[i] = l->slot[out[i]];
}

static void begin_layout (tg_layout *l, tg_ir *ir, size_t n) {
  int k;
  memset(l, 0, sizeof *l);
  l->ir = ir;
  l->n = n;
  l->last = NONE;
  for (k = 0; k < 64; k++) l->free_by_size[k] = NOGROUP;
  l->uses = (unsigned *)tg_ir_alloc(ir, n, sizeof *l->uses);
  l->level = (unsigned *)tg_ir_alloc(ir, n, sizeof *l->level);
  l->order = (tg_id *)tg_ir_alloc(ir, n, sizeof *l->order);
  l->slot = (unsigned *)tg_ir_alloc(ir, n, sizeof *l->slot);
  l->group = (unsigned *)tg_ir_alloc(ir, n, sizeof *l->group);
  l->singles = (unsigned *)tg_ir_alloc(ir, n, sizeof *l->singles);
  l->groups = (struct tg_group *)tg_ir_alloc(ir, n / 2 + 1, sizeof *l->groups);
  l->fast = (unsigned char *)tg_ir_alloc(ir, n, sizeof *l->fast);
  l->phase = (unsigned char *)tg_ir_alloc(ir, n, sizeof *l->phase);
  if (ir->status != TG_OK) return;
  tg_ir_fill(ir, l->slot, n, NOSLOT);
  tg_ir_fill(ir, l->group, n, NOGROUP);
}

static void end_layout (tg_layout *l) {
  tg_ir *ir = l->ir;
  const size_t n = l->n;
  tg_ir_release(ir, l->fast, n, sizeof *l->fast);
  tg_ir_release(ir, l->phase, n, sizeof *l->phase);
  tg_ir_release(ir, l->uses, n, sizeof *l->uses);
  tg_ir_release(ir, l->level, n, sizeof *l->level);
  tg_ir_release(ir, l->order, n, sizeof *l->order);
  tg_ir_release(ir, l->slot, n, sizeof *l->slot);
  tg_ir_release(ir, l->group, n, sizeof *l->group);
  tg_ir_release(ir, l->singles, n, sizeof *l->singles);
  tg_ir_release(ir, l->groups, n / 2 + 1, sizeof *l->groups);
  if (ir->status != TG_OK && l->program != NULL) {
    tg_ir_release(ir, l->program, 1, l->program->size);
    l->program = NULL;
  }
}

tg_program *tg_program_layout (tg_ir *ir, unsigned nin, tg_id *out,
                               unsigned nout, const unsigned char *shared) {
  tg_layout l;
  tg_ir_release(ir, ir->table, ir->slots, sizeof *ir->table);
  ir->table = NULL; /* nothing will be added */
  ir->slots = 0;
  begin_layout(&l, ir, ir->count);
  l.shared = shared;
  if (ir->status == TG_OK) tg_layout_schedule(&l, out, nout);
  if (ir->status == TG_OK) {
    begin_program(&l, nin, place_fixed(&l, nin));
    put_all(&l);
    end_program(&l, out, nout);
  }
  end_layout(&l);
  return l.program;
}

#endif
