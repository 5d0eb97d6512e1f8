/*
** eval.c: runs programs. The operations' values are the table's formulas,
** instantiated once for single instructions and once for wide ones.
*/
#include "config.h"

#include <string.h>

#include "program.h"
#include "values.h"

static double tg_zmul (double a, double b) { return value_zmul(a, b); }

/* One step of a wide instruction over the strides. */
#define WIDE(expression) \
  do { \
    const double *pa = w + i->a, *pb = w + i->b, *pc = w + x->c; \
    double *pd = w + i->dst; \
    unsigned k; \
    if (x->by_dst == 1 && x->by_a == 1 && x->by_b == 1 && x->by_c == 1) \
      for (k = 0; k < x->count; k++) { \
        const double a = pa[k], b = pb[k], c = pc[k]; \
        (void)b, (void)c; \
        pd[k] = expression; \
      } \
    else \
      for (k = x->count; k > 0; k--) { \
        const double a = *pa, b = *pb, c = *pc; \
        (void)b, (void)c; \
        *pd = expression; \
        pa += x->by_a; \
        pb += x->by_b; \
        pc += x->by_c; \
        pd += x->by_dst; \
      } \
    i += 2; \
  } while (0)

/* One instruction; the formula may use the operands a, b and c. */
#define INSTRUCTION(code, expression) \
  case code: { \
    const double a = w[i->a], b = w[i->b], c = w[i->dst]; \
    (void)b, (void)c; \
    w[i->dst] = expression; \
    i++; \
    break; \
  } \
  case (code) + TG_X_WIDE: { \
    const tg_wide *x = (const tg_wide *)(i + 1); \
    WIDE(expression); \
    break; \
  }

double tg_calloperation (const tg_operation *op, unsigned which,
                         const double *x) {
  double d[TG_MAXOPERANDS];
  const double y = op->value(x);
  if (which == 0) return y;
  op->partials(x, y, d);
  return d[which - 1];
}

/* Runs the call `i`; returns the next instruction. */
static const tg_unit *call (const tg_program *p, const tg_unit *i, double *w) {
  const tg_operation *op = tg_program_operations(p)[i->a];
  const unsigned *slots = (const unsigned *)(i + 1);
  double x[TG_MAXOPERANDS];
  int k;
  for (k = 0; k < op->arity; k++) x[k] = w[slots[k]];
  w[i->dst] = tg_calloperation(op, i->b, x);
  return i + 1 + TG_ARGUNITS(op->arity);
}

tg_status tg_program_run (const tg_program *p, double *w, const tg_poll *poll) {
  const tg_unit *i = tg_program_units(p);
  for (;;) switch (i->code) {
#define UNARY(name, ...) INSTRUCTION(TG_OP_##name, value_##name(a))
#define BINARY(name, ...) INSTRUCTION(TG_OP_##name, value_##name(a, b))
#define TERNARY(name, ...) INSTRUCTION(TG_OP_##name, value_##name(a, b, c))
#define FOLD(name, ...)
#include "ops.def"
#define FUSED(name, formula) INSTRUCTION(TG_X_##name, formula)
      TG_FUSED(FUSED)
      INSTRUCTION(TG_X_proxy, a)
      INSTRUCTION(TG_X_stop, a)
    case TG_X_call:
      i = call(p, i, w);
      break;
    case TG_X_poll:
      if (poll != NULL && poll->function(poll->data)) return TG_INTERRUPTED;
      i++;
      break;
    default:
      return TG_OK; /* TG_X_end */
    }
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
  const unsigned *results = tg_program_results(p);
  tg_status status;
  unsigned k;
  for (k = 0; k < p->ninputs; k++) workspace[k] = in[k];
  status = tg_program_run(p, workspace, poll);
  if (status == TG_OK)
    for (k = 0; k < p->noutputs; k++) out[k] = workspace[results[k]];
  return status;
}
