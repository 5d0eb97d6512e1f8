/*
** eval.c: runs programs, by the formulas of the table of operations.
*/
#include "../config.h"

#include <string.h>

#include "program.h"
#include "../numeric/environment.h"

#ifndef TG_NO_PROGRAM

#include "../ops/values.h"

double tg_calloperation (const tg_operation *op, unsigned which,
                         const double *x) {
  double d[TG_MAXOPERANDS];
  const double y = op->value(x);
  if (which == 0) return y;
  op->partials(x, y, d);
  return d[which - 1];
}

/* Runs the call `i`. Returns the next instruction. */
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

/*
** The interpreter jumps from each instruction to the label of the next one
** (labels as values of gcc and clang), so that the processor predicts each jump
** by itself. Elsewhere the labels are the cases of a switch. The table of
** labels holds their distances from `end`, because addresses made long chains
** take 13 % more time.
*/
#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wpedantic"
#define CASE(code, label) \
  label:
#define AT(label) (int)((const char *)&&label - (const char *)&&end)
#define NEXT goto *((const char *)&&end + labels[i->code])
#else
#define CASE(code, label) case code:
#define NEXT break
#endif

/*
** Frequent operations take the steps of a wide instruction by a loop for each
** way in which operands lie, other quick operations by one loop, and all others
** by calls.
*/
INLINE int is_frequent (unsigned code) {
  return code == TG_OP_add || code == TG_OP_sub || code == TG_OP_mul ||
         (code >= TG_X_first && code < TG_X_stop); /* joins */
}

INLINE int is_quick (unsigned code) {
  return code == TG_OP_identity || code == TG_OP_neg || code == TG_OP_div ||
         code == TG_OP_square || code == TG_OP_reciprocal ||
         code == TG_OP_zmul || code == TG_OP_sqrt || code == TG_OP_abs ||
         code == TG_OP_max || code == TG_OP_min || code == TG_OP_where ||
         code == TG_OP_relu || code == TG_OP_tanh || code == TG_OP_sigmoid ||
         code == TG_OP_exp || code == TG_OP_sign || code == TG_OP_clamp ||
         code == TG_OP_lt || code == TG_OP_gt || code == TG_OP_eq ||
         code == TG_OP_with_partial || code == TG_X_stop;
}

#define SUM 8 /* a sum of that many terms or more has a loop of its own */

/* Declares where result and operands of the wide instruction i begin; x is its
   second unit. */
#define BEGIN \
  const double *pa = w + i->a, *pb = w + i->b, *pc = w + x->c; \
  double *pd = w + i->dst; \
  unsigned k

#define ADVANCE (pa += x->by_a, pb += x->by_b, pc += x->by_c)

/* Takes all steps of a wide instruction, one after the other. */
#define STEPS(expression) \
  do { \
    BEGIN; \
    for (k = x->count; k > 0; k--) { \
      const double a = *pa, b = *pb, c = *pc; \
      (void)b, (void)c; \
      *pd = expression; \
      ADVANCE; \
      pd += x->by_dst; \
    } \
  } while (0)

/* STEPS with two quicker loops: all strides are 1 (compilers vectorise that),
   or a long sum goes into one slot (which stays in a register). */
#define FREQUENT_STEPS(expression) \
  do { \
    if (x->by_dst == 1 && x->by_a == 1 && x->by_b == 1 && x->by_c == 1) { \
      BEGIN; \
      for (k = 0; k < x->count; k++) { \
        const double a = pa[k], b = pb[k], c = pc[k]; \
        (void)b, (void)c; \
        pd[k] = expression; \
      } \
    } \
    else if (x->by_dst != 0 || x->count < SUM) \
      STEPS(expression); \
    else { \
      BEGIN; \
      double y = *pd; \
      for (k = x->count; k > 0; k--) { \
        const double a = pa == pd ? y : *pa, b = pb == pd ? y : *pb; \
        const double c = pc == pd ? y : *pc; \
        (void)b, (void)c; \
        y = expression; \
        ADVANCE; \
      } \
      *pd = y; \
    } \
  } while (0)

/* STEPS for any operation of the table, by calls */
static void call_steps (const tg_unit *i, double *w) {
  const tg_wide *x = (const tg_wide *)(i + 1);
  double operands[3];
  BEGIN;
  for (k = x->count; k > 0; k--) {
    operands[0] = *pa;
    operands[1] = *pb;
    operands[2] = *pc;
    *pd = tg_opvalue(i->code - TG_X_WIDE, operands);
    ADVANCE;
    pd += x->by_dst;
  }
}

/*
** An instruction and its wide form, for a formula of a, b and c. An instruction
** of three operands is wide even with one step if the third one is not in the
** slot of the result.
*/
#define INSTRUCTION(name, code, three, expression) \
  CASE(code, name) { \
    const double a = w[i->a], b = w[i->b], c = w[i->dst]; \
    (void)b, (void)c; \
    w[i->dst] = expression; \
    i++; \
    NEXT; \
  } \
  WIDE_INSTRUCTION(name, code, three, expression)

/* INSTRUCTION for a join. Terms of one sum that follow each other are added up
   in a register. */
#define JOIN_INSTRUCTION(name, number, expression) \
  CASE(number, name) { \
    const unsigned dst = i->dst; \
    double c = w[dst]; \
    do { \
      const double a = w[i->a], b = w[i->b]; \
      c = expression; \
      i++; \
    } while (i->code == (number) && i->dst == dst && i->a != dst && \
             i->b != dst); \
    w[dst] = c; \
    NEXT; \
  } \
  CASE((number) + TG_X_WIDE, wide_##name) \
  ordinary_##name : WIDE(number, 1, expression)

#define WIDE_INSTRUCTION(name, code, three, expression) \
  CASE((code) + TG_X_WIDE, wide_##name) \
  WIDE(code, three, expression)

#define WIDE(code, three, expression) \
  { \
    const tg_wide *x = (const tg_wide *)(i + 1); \
    if (three && x->count == 1) { \
      const double a = w[i->a], b = w[i->b], c = w[x->c]; \
      (void)b, (void)c; \
      w[i->dst] = expression; \
    } \
    else if (is_frequent(code)) \
      FREQUENT_STEPS(expression); \
    else if (is_quick(code)) \
      STEPS(expression); \
    else \
      call_steps(i, w); \
    i += 2; \
    NEXT; \
  }

/* zmul of an exact run, apart because such runs are rare */
APART double exact_zmul (double a, double b) { return value_zmul(a, b); }

/* INSTRUCTION for a join with a zmul. A fast run takes an ordinary product; for
   a wide instruction it jumps to the join that has one. */
#define ZERO_INSTRUCTION(name, code, expression, join, product) \
  CASE(code, name) { \
    const double a = w[i->a], b = w[i->b], c = w[i->dst]; \
    (void)c; \
    w[i->dst] = exact ? expression : product; \
    i++; \
    NEXT; \
  } \
  CASE((code) + TG_X_WIDE, wide_##name) { \
    const tg_wide *x = (const tg_wide *)(i + 1); \
    if (!exact) goto ordinary_##join; \
    if (x->count == 1) { \
      const double a = w[i->a], b = w[i->b], c = w[x->c]; \
      (void)c; \
      w[i->dst] = expression; \
    } \
    else \
      STEPS(expression); \
    i += 2; \
    NEXT; \
  }

static tg_status run (const tg_program *p, double *w, int exact,
                      const tg_poll *poll) {
  const tg_unit *i = tg_program_units(p);
#ifdef __GNUC__
  static const int labels[] = {
  /* in the order of the codes */
#define JOIN(name) AT(name),
#define ZERO_JOIN(name) AT(z##name),
#define UNARY(name, ...) AT(name),
#define BINARY(name, ...) AT(name),
#define TERNARY(name, ...) AT(name),
#define FOLD(name, ...) AT(end),
#include "../ops/ops.def"
    TG_JOINS(JOIN) TG_JOINS(ZERO_JOIN) AT(stop), AT(call), AT(poll), AT(end),
#undef JOIN
#undef ZERO_JOIN
#define JOIN(name) AT(wide_##name),
#define ZERO_JOIN(name) AT(wide_z##name),
#define UNARY(name, ...) AT(wide_##name),
#define BINARY(name, ...) AT(wide_##name),
#define TERNARY(name, ...) AT(wide_##name),
#define FOLD(name, ...) AT(end),
#include "../ops/ops.def"
    TG_JOINS(JOIN) TG_JOINS(ZERO_JOIN) AT(wide_stop)
#undef JOIN
#undef ZERO_JOIN
  };
  NEXT;
#else
  for (;;) switch (i->code) {
#endif

#define value_zmul(a, b) (exact ? exact_zmul(a, b) : (a) * (b))
#define UNARY(name, ...) INSTRUCTION(name, TG_OP_##name, 0, value_##name(a))
#define BINARY(name, ...) INSTRUCTION(name, TG_OP_##name, 0, value_##name(a, b))
#define TERNARY(name, ...) \
  INSTRUCTION(name, TG_OP_##name, 1, value_##name(a, b, c))
#define FOLD(name, ...)
#include "../ops/ops.def"
#undef value_zmul
#define JOIN(name) JOIN_INSTRUCTION(name, TG_X_##name, TG_JOIN_##name(a *b))
  TG_JOINS(JOIN)
#undef JOIN
#define ZERO_JOIN(name) \
  ZERO_INSTRUCTION(z##name, TG_X_z##name, TG_JOIN_##name(exact_zmul(a, b)), \
                   name, TG_JOIN_##name(a *b))
  TG_JOINS(ZERO_JOIN)
#undef ZERO_JOIN
  INSTRUCTION(stop, TG_X_stop, 0, a)
  CASE(TG_X_call, call) {
    i = run_call(p, i, w);
    NEXT;
  }
  CASE(TG_X_poll, poll) {
    if (poll != NULL && poll->function(poll->data)) return TG_INTERRUPTED;
    i++;
    NEXT;
  }
  CASE(TG_X_end, end)
  return TG_OK;
#ifndef __GNUC__
}
#endif
}

/*
** Stores the results into `out`. Tells whether one is NaN, which an ordinary
** product of 0 and infinity may have made.
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
  tg_environment host;
  tg_status status = TG_OK;
  int again = 1;
  tg_environment_enter(&host);
  if (!(p->exact & TG_EXACT_ZMUL)) {
    status = run(p, w, 0, poll);
    again = status == TG_OK && take_results(p, w, out);
  }
  if (again) status = run(p, w, 1, poll);
  if (again && status == TG_OK) take_results(p, w, out);
  tg_environment_leave(&host);
  return status;
}

/* Functions of tinygrad.h */

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

#endif
