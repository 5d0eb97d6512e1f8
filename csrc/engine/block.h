/*
** block.h: a program over a block of rows, a template: block.c includes it
** for each instruction set, RUN being the function's name and TARGET its
** attribute. Each instruction is a loop over its operands' lanes, of a known
** length and free of branches, for compilers to turn into vector code.
*/

/* One step of an instruction; the formula's operands are a, b and c. */
#define LANES(expression, steps) \
  do { \
    const tg_lanes *la = lanes + at.a, *lb = lanes + at.b, *lc = lanes + at.c; \
    const size_t sa = la->step, sb = lb->step, sc = lc->step, step = steps; \
    const size_t end = step == 0 ? TG_CHUNK : n; /* is it one for all rows? */ \
    double shared[TG_CHUNK]; \
    const double *kept = keep_shared(lanes + at.dst, step, shared); \
    const double *pa = at.a == at.dst ? kept : la->first; \
    const double *pb = at.b == at.dst ? kept : lb->first; \
    const double *pc = at.c == at.dst ? kept : lc->first; \
    double *pd = lanes[at.dst].first; \
    size_t k; \
    lanes[at.dst].step = step; \
    for (k = 0; k < end; k += TG_CHUNK) { \
      int j; \
      INDEPENDENT \
      for (j = 0; j < TG_CHUNK; j++) { \
        const double a = pa[j], b = pb[j], c = pc[j]; \
        (void)b, (void)c; \
        pd[j] = expression; \
      } \
      pa += sa; \
      pb += sb; \
      pc += sc; \
      pd += TG_CHUNK; \
    } \
  } while (0)

#define INSTRUCTION(code, expression, steps) \
  case code: \
    for (; count > 0; count--, advance(&at, &by)) LANES(expression, steps); \
    break;

/* How an operation's operands advance, together */
#define ONE_STEP sa
#define TWO_STEPS (sa | sb)
#define THREE_STEPS (sa | sb | sc)

TARGET static tg_status RUN (const tg_program *p, tg_lanes *lanes, size_t n,
                             int *nan, const tg_poll *poll) {
  const tg_unit *i = tg_program_units(p);
  for (;;) {
    position at, by = { 0, 0, 0, 0 };
    unsigned code = i->code, count = 1;
    at.dst = at.c = i->dst;
    at.a = i->a;
    at.b = i->b;
    if (code >= TG_X_WIDE) {
      const tg_wide *wide = (const tg_wide *)(i + 1);
      code -= TG_X_WIDE;
      count = wide->count;
      at.c = wide->c;
      by.dst = (unsigned)wide->by_dst;
      by.a = (unsigned)wide->by_a;
      by.b = (unsigned)wide->by_b;
      by.c = (unsigned)wide->by_c;
      i++;
    }
#define JOIN(name) INSTRUCTION(TG_X_##name, TG_JOIN_##name(a *b), THREE_STEPS)
#define ZERO_JOIN(name) \
  INSTRUCTION(TG_X_z##name, TG_JOIN_##name(value_zmul(a, b)), THREE_STEPS)
    switch (nan == NULL ? code
                        : TG_X_end) { /* what may not be tried faster then */
      TG_JOINS(ZERO_JOIN)
      INSTRUCTION(TG_OP_zmul, value_zmul(a, b), TWO_STEPS)
      INSTRUCTION(TG_OP_sin, any_sin(a), ONE_STEP)
      INSTRUCTION(TG_OP_cos, any_cos(a), ONE_STEP)
      INSTRUCTION(TG_OP_tan, any_tan(a), ONE_STEP)
      INSTRUCTION(TG_OP_pow, b == 2.0 ? a * a : any_pow(a, b), TWO_STEPS)
      INSTRUCTION(TG_OP_atan2, any_atan2(a, b), TWO_STEPS)
      INSTRUCTION(TG_OP_hypot, any_hypot(a, b), TWO_STEPS)
    default:
      break;
    }
#define value_zmul(a, b) ((a) * (b))
    switch (code) {
#define UNARY(name, ...) INSTRUCTION(TG_OP_##name, value_##name(a), ONE_STEP)
#define BINARY(name, ...) \
  INSTRUCTION(TG_OP_##name, value_##name(a, b), TWO_STEPS)
#define TERNARY(name, ...) \
  INSTRUCTION(TG_OP_##name, value_##name(a, b, c), THREE_STEPS)
#define FOLD(name, ...)
#include "ops.def"
      TG_JOINS(JOIN)
      TG_JOINS(ZERO_JOIN)
#undef JOIN
#undef ZERO_JOIN
#undef value_zmul
      INSTRUCTION(TG_X_proxy, a, ONE_STEP)
      INSTRUCTION(TG_X_stop, a, ONE_STEP)
    case TG_X_call:
      i = run_call(p, i, lanes, n);
      continue;
    case TG_X_poll:
      if (poll != NULL && poll->function(poll->data)) return TG_INTERRUPTED;
      break;
    default: /* TG_X_end */
      if (nan != NULL) *nan = has_nan(p, lanes, n);
      return TG_OK;
    }
    i++;
  }
}

#undef LANES
#undef ONE_STEP
#undef TWO_STEPS
#undef THREE_STEPS
#undef INSTRUCTION
