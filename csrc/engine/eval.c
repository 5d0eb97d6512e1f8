/*
** eval.c: runs programs. The operations' values are the table's formulas.
*/
#include "config.h"

#include <string.h>

#include "program.h"
#include "values.h"

double tg_calloperation (const tg_operation *op, unsigned which,
                         const double *x) {
  double d[TG_MAXOPERANDS];
  const double y = op->value(x);
  if (which == 0) return y;
  op->partials(x, y, d);
  return d[which - 1];
}

/* Runs the call `i`; returns the next instruction. */
static const tg_unit *run_call (const tg_program *p, const tg_unit *i,
                                double *w) {
  const tg_operation *op = tg_program_operations(p)[i->a];
  const unsigned *slots = (const unsigned *)(i + 1);
  double x[TG_MAXOPERANDS];
  int k;
  for (k = 0; k < op->arity; k++) x[k] = w[slots[k]];
  w[i->dst] = tg_calloperation(op, i->b, x);
  return i + 1 + TG_ARGUNITS(op->arity);
}

#ifdef __GNUC__ /* labels as values */
#pragma GCC diagnostic ignored "-Wpedantic"
#endif

#define RUN run_exact
#include "run.h"
#undef RUN

#define RUN run_fast
#define value_zmul(a, b) ((a) * (b))
#include "run.h"
#undef value_zmul
#undef RUN

/*
** Stores the results into `out`. Nonzero if one is NaN: perhaps because of a
** plain product of 0 and infinity.
*/
static int take_results (const tg_program *p, const double *w, double *out) {
  const unsigned *results = tg_program_results(p);
  int any_nan = 0;
  unsigned k;
  for (k = 0; k < p->noutputs; k++) {
    const double x = w[results[k]];
    any_nan |= x != x;
    out[k] = x;
  }
  return any_nan;
}

tg_status tg_program_run (const tg_program *p, double *w, double *out,
                          const tg_poll *poll) {
  tg_status status;
  if (!p->exact) {
    status = run_fast(p, w, poll);
    if (status != TG_OK || !take_results(p, w, out)) return status;
  }
  status = run_exact(p, w, poll);
  if (status == TG_OK) take_results(p, w, out);
  return status;
}

/* The public face */

size_t tg_program_size (const tg_program *p) { return p->size; }

size_t tg_program_inputs (const tg_program *p) { return p->ninputs; }

size_t tg_program_outputs (const tg_program *p) { return p->noutputs; }

size_t tg_program_workspace (const tg_program *p) { return p->nslots; }

tg_program *tg_program_copy (const tg_program *p, const tg_allocator *memory) {
  void *copy = memory->function(memory->data, NULL, 0, p->size);
  if (copy != NULL) memcpy(copy, p, p->size);
  return (tg_program *)copy;
}

void tg_program_free (tg_program *p, const tg_allocator *memory) {
  if (p != NULL) memory->function(memory->data, p, p->size, 0);
}

void tg_workspace_init (const tg_program *p, double *workspace) {
  memset(workspace, 0, p->nslots * sizeof *workspace);
  memcpy(workspace + p->ninputs, tg_program_constants(p),
         p->nconstants * sizeof *workspace);
}

tg_status tg_program_eval (const tg_program *p, double *workspace,
                           const double *in, double *out, const tg_poll *poll) {
  unsigned k;
  for (k = 0; k < p->ninputs; k++) workspace[k] = in[k];
  return tg_program_run(p, workspace, out, poll);
}
