/*
** block.c: runs a program over a block of rows, with the widest vectors that
** the machine has. The formulas are the table's, with the functions of
** lanes.h where it has them.
*/
#include "config.h"

/* Vectors at any -O; a comparison may look at numbers that need none, and
   sqrt need not set errno. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize( \
  "O2,tree-loop-vectorize,vect-cost-model=unlimited,no-trapping-math,no-math-errno")
#endif

#include <math.h>
#include <string.h>

#include "batch.h"

#include "lanes.h"

#ifndef TG_NO_BATCH

/* What lanes.h has not, libm does */
#define lane_ceil ceil
#define lane_fabs lane_abs
#define lane_floor floor
#define lane_fma fma
#define lane_fmod fmod
#define lane_round round
#define lane_sqrt sqrt
#define lane_tgamma tgamma
#define lane_trunc trunc

/*
** The functions that do not serve everywhere: fast_ is NaN where lane_ does
** not serve, any_ is libm's there.
*/
#define RESTRICTED(name) \
  INLINE double fast_##name(double x) { \
    return lane_##name##_in_range(x) ? lane_##name(x) : (double)NAN; \
  } \
  static double any_##name(double x) { \
    return lane_##name##_in_range(x) ? lane_##name(x) : name(x); \
  }
#define RESTRICTED2(name) \
  INLINE double fast_##name(double x, double y) { \
    return lane_##name##_in_range(x, y) ? lane_##name(x, y) : (double)NAN; \
  } \
  static double any_##name(double x, double y) { \
    return lane_##name##_in_range(x, y) ? lane_##name(x, y) : name(x, y); \
  }

RESTRICTED(sin)
RESTRICTED(cos)
RESTRICTED(tan)
RESTRICTED2(pow)
RESTRICTED2(atan2)
RESTRICTED2(hypot)
#define lane_sin fast_sin
#define lane_cos fast_cos
#define lane_tan fast_tan
#define lane_pow fast_pow
#define lane_atan2 fast_atan2
#define lane_hypot fast_hypot

#define LIBM(function, ...) lane_##function(__VA_ARGS__)
#define VALUE INLINE
#include "values.h"

/* Slots of an instruction's operands, or how far they go on */
typedef struct position {
  unsigned dst, a, b, c;
} position;

static inline void advance (position *at, const position *by) {
  at->dst += by->dst;
  at->a += by->a;
  at->b += by->b;
  at->c += by->c;
}

/*
** Where to read a slot that an instruction of that step overwrites: what all
** rows share there is needed until the last of them, and is copied away.
*/
INLINE const double *keep_shared (const tg_lanes *dst, size_t step,
                                  double *shared) {
  if (dst->step != 0 || step == 0) return dst->first;
  memcpy(shared, dst->first, TG_CHUNK * sizeof(double));
  return shared;
}

/* A call, lane by lane; returns the next instruction. */
static const tg_unit *run_call (const tg_program *p, const tg_unit *i,
                                tg_lanes *lanes, size_t n) {
  const tg_operation *op = tg_program_operations(p)[i->a];
  const unsigned *slots = (const unsigned *)(i + 1);
  double x[TG_MAXOPERANDS], shared[TG_CHUNK];
  const double *kept = keep_shared(lanes + i->dst, TG_CHUNK, shared);
  size_t row;
  int k;
  for (row = 0; row < n; row++) {
    for (k = 0; k < op->arity; k++) {
      const tg_lanes *from = lanes + slots[k];
      const double *first = slots[k] == i->dst ? kept : from->first;
      x[k] = first[row / TG_CHUNK * from->step + row % TG_CHUNK];
    }
    lanes[i->dst].first[row] = tg_calloperation(op, i->b, x);
  }
  lanes[i->dst].step = TG_CHUNK;
  return i + 1 + TG_ARGUNITS(op->arity);
}

/* An instruction, its code without TG_X_WIDE; returns its last unit. */
INLINE const tg_unit *decode (const tg_unit *i, unsigned *code, unsigned *count,
                              position *at, position *by) {
  *code = i->code;
  *count = 1;
  at->dst = at->c = i->dst;
  at->a = i->a;
  at->b = i->b;
  if (*code >= TG_X_WIDE) {
    const tg_wide *wide = (const tg_wide *)(i + 1);
    *code -= TG_X_WIDE;
    *count = wide->count;
    at->c = wide->c;
    by->dst = (unsigned)wide->by_dst;
    by->a = (unsigned)wide->by_a;
    by->b = (unsigned)wide->by_b;
    by->c = (unsigned)wide->by_c;
    i++;
  }
  return i;
}

/* That there is no dependence between the passes of the loop that follows */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* calls of libm */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLLED
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLLED _Pragma("GCC unroll 4") /* vectors */
#else
#define INDEPENDENT
#define UNROLLED
#endif

/* How an instruction's formula is repeated over a chunk */
#define LONG_LOOP INDEPENDENT
#define SHORT_LOOP INDEPENDENT UNROLLED

#define NAME(name) name##_plain
#define TARGET
#include "block.def"
#undef NAME
#undef TARGET

#if defined(__GNUC__) && defined(__x86_64__) && !defined(TG_NO_DISPATCH)
#define DISPATCH

#define NAME(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#include "block.def"
#undef NAME
#undef TARGET

#define NAME(name) name##_avx512
#ifdef __clang__
#define TARGET \
  __attribute__((target("avx512f,avx512dq,avx512vl"), min_vector_width(512)))
#else
#define TARGET \
  __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#include "block.def"
#undef NAME
#undef TARGET
#endif

const tg_kernels *tg_block_kernels (tg_isa isa) {
#ifdef DISPATCH
  __builtin_cpu_init();
  if (isa >= TG_ISA_AVX512 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return &kernels_avx512;
  if (isa >= TG_ISA_AVX2 && __builtin_cpu_supports("avx2"))
    return &kernels_avx2;
#endif
  (void)isa;
  return &kernels_plain;
}

#endif
