/*
** layout.h: what schedule.c and layout.c know while they lay items out as a
** program (tg_program_layout).
*/
#ifndef TG_LAYOUT_H
#define TG_LAYOUT_H

#include "program.h"

TG_HIDDEN_BEGIN

/* Phases of a program, in their order; one that is not arranged is all EACH */
enum {
  TG_PHASE_ONCE, /* once for all rows */
  TG_PHASE_EACH, /* for each row */
  TG_PHASE_SUMS  /* results that can go straight into the sums over rows */
};

/* Slots of the results of equal, independent operations, which lie together */
struct tg_group {
  unsigned start, size;
  unsigned live; /* results that are still needed */
  unsigned next; /* in the list of free groups */
};

typedef struct tg_layout {
  tg_ir *ir;
  size_t n;        /* items */
  unsigned *uses;  /* of each item, by items that are still to come */
  unsigned *level; /* of each item: 1 more than its operands'; 0: no work */
  tg_id *order;    /* the items to compute, in order */
  size_t count;    /* how many */
  unsigned *slot;  /* of each item that has one */
  unsigned *group; /* of each item whose slot is in a group */
  unsigned nslots;
  unsigned *singles; /* stack of free slots that are in no group */
  size_t nsingles;
  struct tg_group *groups;
  size_t ngroups;
  unsigned free_by_size[64]; /* lists of free groups; [0]: all larger ones */
  tg_program *program;       /* its size: that of its memory so far */
  tg_unit *units;            /* in it */
  size_t nunits, maxunits;
  size_t last;    /* where the last instruction begins; may be made wider */
  size_t polls;   /* units when the last poll was put */
  size_t nbefore; /* operations before they were joined */
  unsigned char *fast; /* of each item: what it depends on, TG_EXACT_ bits */
  unsigned exact;      /* as of a program */
  const unsigned char *shared; /* inputs, of a program to be arranged; NULL */
  unsigned char *phase;        /* of each item */
  tg_program counts;           /* the units and slots of the phases */
} tg_layout;

/* How many items it refers to. */
static inline int tg_item_operands (const tg_item *item) {
  if (item->op == TG_IR_ARG) return item->b == TG_NOID ? 1 : 2;
  return item->op == TG_X_call ? 1 : tg_code_arity(item->op);
}

/* Is there an instruction for it? */
static inline int tg_item_iscomputed (const tg_item *item) {
  return item->op <= TG_X_call;
}

static inline tg_id tg_item_operand (const tg_item *item, int k) {
  return k == 0 ? item->a : k == 1 ? item->b : item->c;
}

/*
** Finds `uses`, `phase`, `level`, `order`, `count`, `nbefore`, `fast`, `exact`
** of the items that out[0..nout-1] need.
*/
void tg_layout_schedule (tg_layout *l, const tg_id *out, unsigned nout);

TG_HIDDEN_END

#endif
