/*
** block.c: runs a program over a block of rows, instruction by instruction, by
** the kernels of an instruction set (kernels.h).
*/
#include "../config.h"

#include <string.h>

#include "batch.h"

#ifndef TG_NO_BATCH

#include "kernels.h"

/* Runs the call `i` row by row. Returns the next instruction. */
static const tg_unit *run_call (const tg_program *p, const tg_unit *i,
                                tg_lanes *lanes, size_t n) {
  const tg_operation *op = tg_program_operations(p)[i->a];
  const unsigned *slots = (const unsigned *)(i + 1);
  double x[TG_MAXOPERANDS], shared[TG_CHUNK];
  const double *kept = tg_keep_shared(lanes + i->dst, TG_CHUNK, shared);
  size_t row;
  int k;
  for (row = 0; row < n; row++) {
    for (k = 0; k < op->arity; k++) {
      const tg_lanes *from = lanes + slots[k];
      const double *first = slots[k] == i->dst ? kept : from->first;
      x[k] = first[row / TG_CHUNK * from->stride + row % TG_CHUNK];
    }
    lanes[i->dst].first[row] = tg_calloperation(op, i->b, x);
  }
  lanes[i->dst].stride = TG_CHUNK;
  return i + 1 + TG_ARGUNITS(op->arity);
}

/* Reads the instruction `i` into `steps`, with its code without TG_X_WIDE.
   Returns its last unit. */
static const tg_unit *decode (const tg_unit *i, tg_steps *steps) {
  static const tg_position nowhere = { 0, 0, 0, 0 };
  steps->code = i->code;
  steps->count = 1;
  steps->at.dst = steps->at.c = i->dst;
  steps->at.a = i->a;
  steps->at.b = i->b;
  steps->by = nowhere;
  if (steps->code >= TG_X_WIDE) {
    const tg_wide *wide = (const tg_wide *)(i + 1);
    steps->code -= TG_X_WIDE;
    steps->count = wide->count;
    steps->at.c = wide->c;
    steps->by.dst = (unsigned)wide->by_dst;
    steps->by.a = (unsigned)wide->by_a;
    steps->by.b = (unsigned)wide->by_b;
    steps->by.c = (unsigned)wide->by_c;
    i++;
  }
  steps->noperands = (unsigned)tg_code_arity(steps->code);
  return i;
}

/* Goes over the instructions of a stretch. Gives `use` all steps of each. */
static tg_status go_over (const tg_kernels *kernels, const tg_stretch *s,
                          size_t n, const tg_poll *poll, tg_steps_use *use) {
  const tg_unit *i = tg_program_units(s->program) + s->begin;
  const tg_unit *stop = tg_program_units(s->program) + s->end;
  while (i < stop) {
    tg_steps steps;
    if (i->code == TG_X_call) {
      i = run_call(s->program, i, s->lanes, n);
      continue;
    }
    i = decode(i, &steps) + 1;
    if (steps.code == TG_X_poll) {
      if (poll != NULL && poll->function(poll->data)) return TG_INTERRUPTED;
    }
    else
      use(kernels, &steps, s->lanes, n, s->fast);
  }
  return TG_OK;
}

tg_status tg_block_run (const tg_kernels *kernels, const tg_stretch *s,
                        size_t n, const tg_poll *poll) {
  return go_over(kernels, s, n, poll, kernels->run);
}

tg_status tg_block_sum (const tg_kernels *kernels, const tg_stretch *s,
                        size_t n, const tg_poll *poll) {
  return go_over(kernels, s, n, poll, kernels->sum);
}

#endif
