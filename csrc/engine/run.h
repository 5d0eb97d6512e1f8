/*
** run.h: the interpreter's loop, a template: eval.c includes it once for each
** meaning that value_zmul has, RUN being the function's name.
**
** With gcc and clang each instruction jumps to the next one's label (labels
** as values), so that each jump is predicted by itself; elsewhere the labels
** are the cases of a switch.
*/

#ifdef __GNUC__
#define CASE(code, label) \
  label:
#define NEXT goto *labels[i->code]
#else
#define CASE(code, label) case code:
#define NEXT break
#endif

/* All steps of a wide instruction */
#define STEPS(expression) \
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
  } while (0)

/* An instruction and its wide form; the formula's operands are a, b and c. */
#define INSTRUCTION(name, code, expression, step) \
  CASE(code, name) { \
    const double a = w[i->a], b = w[i->b], c = w[i->dst]; \
    (void)b, (void)c; \
    w[i->dst] = expression; \
    i++; \
    NEXT; \
  } \
  CASE((code) + TG_X_WIDE, wide_##name) { \
    const tg_wide *x = (const tg_wide *)(i + 1); \
    if (step && x->count == 1) { \
      const double a = w[i->a], b = w[i->b], c = w[x->c]; \
      (void)b, (void)c; \
      w[i->dst] = expression; \
    } \
    else \
      STEPS(expression); \
    i += 2; \
    NEXT; \
  }

/* With three operands one step may be wide: the third is not the result. */
#define INSTRUCTION1(name, code, expression) \
  INSTRUCTION(name, code, expression, 0)
#define INSTRUCTION3(name, code, expression) \
  INSTRUCTION(name, code, expression, 1)

static tg_status RUN (const tg_program *p, double *w, const tg_poll *poll) {
  const tg_unit *i = tg_program_units(p);
#ifdef __GNUC__
  static const void *const labels[] = {
  /* in the order of the codes */
#define FUSED(name, formula) &&name,
#define UNARY(name, ...) &&name,
#define BINARY(name, ...) &&name,
#define TERNARY(name, ...) &&name,
#define FOLD(name, ...) &&end,
#include "ops.def"
    TG_FUSED(FUSED) && proxy,      &&stop,     &&call, &&poll, &&end,
#undef FUSED
#define FUSED(name, formula) &&wide_##name,
#define UNARY(name, ...) &&wide_##name,
#define BINARY(name, ...) &&wide_##name,
#define TERNARY(name, ...) &&wide_##name,
#define FOLD(name, ...) &&end,
#include "ops.def"
    TG_FUSED(FUSED) && wide_proxy, &&wide_stop
#undef FUSED
  };
  NEXT;
#else
  for (;;) switch (i->code) {
#endif

#define UNARY(name, ...) INSTRUCTION1(name, TG_OP_##name, value_##name(a))
#define BINARY(name, ...) INSTRUCTION1(name, TG_OP_##name, value_##name(a, b))
#define TERNARY(name, ...) \
  INSTRUCTION3(name, TG_OP_##name, value_##name(a, b, c))
#define FOLD(name, ...)
#include "ops.def"
#define FUSED(name, formula) INSTRUCTION3(name, TG_X_##name, formula)
  TG_FUSED(FUSED)
#undef FUSED
  INSTRUCTION1(proxy, TG_X_proxy, a)
  INSTRUCTION1(stop, TG_X_stop, a)
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

#undef CASE
#undef NEXT
#undef STEPS
#undef INSTRUCTION
#undef INSTRUCTION1
#undef INSTRUCTION3
