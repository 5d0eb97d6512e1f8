/*
** layout.h: the state of schedule.c and layout.c while they lay out items as a
** program (tg_program_layout).
*/
#ifndef TG_LAYOUT_H
#define TG_LAYOUT_H

#include "program.h"

TG_HIDDEN_BEGIN

/* The phases of a program, in their order. Without arrangement all is EACH. */
enum {
  TG_PHASE_ONCE, /* computed once for all rows */
  TG_PHASE_EACH, /* computed for each row */
  TG_PHASE_SUMS  /* results that can go straight into the sums over rows */
};

/* A group is slots in a row for the results of equal operations that do not
   depend on each other. */
struct tg_group {
  unsigned start, size;
  unsigned live; /* results that are still needed */
  unsigned next; /* the next group in the list of free ones */
};

typedef struct tg_layout {
  tg_ir *ir;
  size_t n;        /* items */
  unsigned *uses;  /* of each item: by items that are still to come */
  unsigned *level; /* of each item: 1 more than its operands'; 0: no work */
  tg_id *order;    /* the items to compute, in order */
  size_t count;    /* items in `order` */
  unsigned *slot;  /* of each item that has one */
  unsigned *group; /* of each item: the group of its slot, if any */
  unsigned nslots;
  unsigned *singles; /* a stack of free slots that are in no group */
  size_t nsingles;
  struct tg_group *groups;
  size_t ngroups;
  unsigned free_by_size[64]; /* lists of free groups; [0]: of all larger ones */
  tg_program *program;       /* with the size of its memory so far */
  tg_unit *units;            /* of the program */
  size_t nunits, maxunits;
  size_t last;         /* where the last instruction begins, which may widen */
  size_t polls;        /* units before the last poll */
  size_t nbefore;      /* operations before the joins */
  unsigned char *fast; /* of each item: fast ways that may make it NaN */
  unsigned exact;      /* the program's */
  const unsigned char *shared; /* see tg_program_layout */
  unsigned char *phase;        /* of each item */
  tg_program counts;           /* the units and slots of the phases */
} tg_layout;

/* Returns the number of items that an item refers to. */
static inline int tg_item_operands (const tg_item *item) {
  if (item->op == TG_IR_ARG) return item->b == TG_NOID ? 1 : 2;
  return item->op == TG_X_call ? 1 : tg_code_arity(item->op);
}

/* Tells whether an item becomes an instruction. */
static inline int tg_item_iscomputed (const tg_item *item) {
  return item->op <= TG_X_call;
}

static inline tg_id tg_item_operand (const tg_item *item, int k) {
  return k == 0 ? item->a : k == 1 ? item->b : item->c;
}

/*
** Finds `uses`, `phase`, `level`, `order`, `count`, `nbefore`, `fast` and
** `exact` for the items that out[0..nout-1] need.
*/
void tg_layout_schedule (tg_layout *l, const tg_id *out, unsigned nout);

TG_HIDDEN_END

#endif
