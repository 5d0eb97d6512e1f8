/*
** kernels.c: the vector code of batches (kernels.h). The formulas are those of
** the table, with functions of lanes.h instead of libm's where it has them.
*/
#include "../config.h"

/* Makes gcc use vectors at any -O. Comparisons and square roots become vectors
   only if no trap may matter and sqrt need not set errno. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize( \
  "O2,tree-loop-vectorize,vect-cost-model=unlimited,no-trapping-math,no-math-errno")
#endif

#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "kernels.h"
#include "../numeric/lanes.h"

#ifndef TG_NO_BATCH

/* Functions without a form in lanes.h: libm's */
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
** RESTRICTED is for functions of lanes.h that hold for a range only. Outside of
** it, fast_NAME gives NaN and any_NAME calls libm.
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
#include "../ops/values.h"

/* Stands before a loop whose iterations do not depend on each other. (clang
   would unroll a short loop before it looks for vectors.) */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* calls of libm */
#define INDEPENDENT \
  _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

/* What stands before the loop over a chunk: for long formulas, and for short
   ones, whose loop is unrolled, too */
#define LONG_LOOP INDEPENDENT
#define SHORT_LOOP INDEPENDENT UNROLLED

/*
** A task is one step of an instruction over n rows: results d of operands a, b
** and c, with the strides of the operands from chunk to chunk (tg_lanes).
*/
typedef struct task {
  double *d;
  const double *a, *b, *c;
  size_t stride_a, stride_b, stride_c, n;
} task;

typedef void kernel (const task *t);

/*
** The kernels of one instruction set. A kernel does one step over whole chunks
** of rows. For the most frequent instructions, `run` and `sum` do all steps in
** one call; for others they do nothing and return 0.
*/
struct tg_functions {
  kernel *const *fast; /* by code; NaN where they do not serve */
  kernel *const *zero; /* exact ones for TG_OP_zmul and the joins with a zmul */
  int (*run)(const tg_steps *steps, tg_lanes *lanes, size_t n);
  int (*sum)(const tg_steps *steps, const tg_lanes *lanes, size_t n);
};

/* Returns the step at `at`, over 0 rows: the caller sets n. */
INLINE task task_at (const tg_lanes *lanes, const tg_position *at) {
  const tg_lanes *a = lanes + at->a, *b = lanes + at->b, *c = lanes + at->c;
  task t;
  t.d = lanes[at->dst].first;
  t.a = a->first;
  t.b = b->first;
  t.c = c->first;
  t.stride_a = a->stride;
  t.stride_b = b->stride;
  t.stride_c = c->stride;
  t.n = 0;
  return t;
}

INLINE void advance (tg_position *at, const tg_position *by) {
  at->dst += by->dst;
  at->a += by->a;
  at->b += by->b;
  at->c += by->c;
}

/* Runs all steps by a kernel of `noperands` operands. If all rows share the
   operands of a step, they share its result. */
INLINE void run_steps (kernel *f, unsigned noperands, const tg_steps *steps,
                       tg_lanes *lanes, size_t n) {
  tg_position at = steps->at;
  unsigned count;
  for (count = steps->count; count > 0; count--) {
    task t = task_at(lanes, &at);
    const size_t stride_b = noperands > 1 ? t.stride_b : 0;
    const size_t stride_c = noperands > 2 ? t.stride_c : 0;
    const size_t stride = t.stride_a | stride_b | stride_c;
    double shared[TG_CHUNK];
    const double *kept = tg_keep_shared(lanes + at.dst, stride, shared);
    if (at.a == at.dst) t.a = kept;
    if (at.b == at.dst) t.b = kept;
    if (at.c == at.dst) t.c = kept;
    t.n = stride == 0 ? TG_CHUNK : n;
    lanes[at.dst].stride = stride;
    f(&t);
    advance(&at, &steps->by);
  }
}

/* Runs all steps by a kernel that adds to the lanes of the result. */
INLINE void sum_steps (kernel *f, const tg_steps *steps, const tg_lanes *lanes,
                       size_t n) {
  tg_position at = steps->at;
  unsigned count;
  for (count = steps->count; count > 0; count--) {
    task t = task_at(lanes, &at);
    t.n = n;
    f(&t);
    advance(&at, &steps->by);
  }
}

/* Tells whether x is NaN, by a 1 or 0 as wide as a double, so that loops become
   vectors. */
INLINE uint64_t is_nan (double x) { return x != x ? (uint64_t)1 : (uint64_t)0; }

/* ROWS makes a kernel that goes row by row, for functions that need libm
   outside of a range. It serves all instruction sets. */
#define ROWS(name, expression) \
  static void rows_##name(const task *t) { \
    const double *pa = t->a, *pb = t->b; \
    size_t k; \
    for (k = 0; k < t->n; k++) { \
      const double a = pa[k % TG_CHUNK], b = pb[k % TG_CHUNK]; \
      (void)b; \
      t->d[k] = expression; \
      if (k % TG_CHUNK == TG_CHUNK - 1) pa += t->stride_a, pb += t->stride_b; \
    } \
  }
ROWS(sin, any_sin(a))
ROWS(cos, any_cos(a))
ROWS(tan, any_tan(a))
ROWS(pow, b == 2.0 ? a * a : any_pow(a, b))
ROWS(atan2, any_atan2(a, b))
ROWS(hypot, any_hypot(a, b))

/* Returns the kernel for one step of an instruction. */
static kernel *find (const struct tg_functions *functions, unsigned code,
                     int fast) {
  if (fast) return functions->fast[code];
  switch (code) {
  case TG_OP_zmul:
    return functions->zero[0];
#define JOIN(name) case TG_X_z##name:
    TG_JOINS(JOIN)
#undef JOIN
    return functions->zero[1 + code - TG_X_zmadd];
  case TG_OP_sin:
    return rows_sin;
  case TG_OP_cos:
    return rows_cos;
  case TG_OP_tan:
    return rows_tan;
  case TG_OP_pow:
    return rows_pow;
  case TG_OP_atan2:
    return rows_atan2;
  case TG_OP_hypot:
    return rows_hypot;
  default:
    return functions->fast[code];
  }
}

/* The member `run` of tg_kernels */
static void run_all (const tg_kernels *kernels, const tg_steps *steps,
                     tg_lanes *lanes, size_t n, int fast) {
  const struct tg_functions *functions = kernels->functions;
  if (!fast || !functions->run(steps, lanes, n))
    run_steps(find(functions, steps->code, fast), steps->noperands, steps,
              lanes, n);
}

/* sum_all in an exact run: computes the results of a chunk, then adds them. */
static void sum_exact (const tg_kernels *kernels, const tg_steps *steps,
                       const tg_lanes *lanes, size_t n) {
  kernel *f = find(kernels->functions, steps->code, 0);
  tg_position at = steps->at;
  unsigned count;
  for (count = steps->count; count > 0; count--) {
    double rows[TG_CHUNK];
    task t = task_at(lanes, &at);
    double *sums = t.d;
    size_t k;
    t.d = rows;
    t.n = TG_CHUNK;
    for (k = 0; k < n; k += TG_CHUNK) {
      f(&t);
      kernels->add(sums, rows, 0, n - k < TG_CHUNK ? n - k : TG_CHUNK);
      t.a += t.stride_a;
      t.b += t.stride_b;
      t.c += t.stride_c;
    }
    advance(&at, &steps->by);
  }
}

/* The member `sum` of tg_kernels */
static void sum_all (const tg_kernels *kernels, const tg_steps *steps,
                     tg_lanes *lanes, size_t n, int fast) {
  if (!fast || !kernels->functions->sum(steps, lanes, n))
    sum_exact(kernels, steps, lanes, n);
}

/* The member `gather` of tg_kernels for all instruction sets, because memory
   limits it */
static void gather (double *x, const double *from, size_t stride,
                    const size_t *rows, size_t n) {
  size_t k;
  if (rows == NULL)
    for (k = 0; k < n; k++) x[k] = from[k * stride];
  else
    for (k = 0; k < n; k++) x[k] = from[rows[k] * stride];
  for (; k % TG_CHUNK != 0; k++) x[k] = x[n - 1];
}

/* The member `scatter` of tg_kernels for all instruction sets */
static void scatter (double *y, size_t stride, const double *x, size_t stride_x,
                     size_t n) {
  size_t k;
  if (stride_x == 0)
    for (k = 0; k < n; k++) y[k * stride] = x[0];
  else
    for (k = 0; k < n; k++) y[k * stride] = x[k];
}

#define NAME(name) name##_plain
#define TARGET
#ifdef __SSE2__
#define STREAM(y, x) _mm_stream_pd(y, _mm_loadu_pd(x))
#define WIDTH 2
#endif
#include "kernels.def"
#undef NAME
#undef TARGET
#undef STREAM
#undef WIDTH

#if defined(__GNUC__) && defined(__x86_64__) && !defined(TG_NO_DISPATCH)
#define DISPATCH

#define NAME(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#define STREAM(y, x) _mm256_stream_pd(y, _mm256_loadu_pd(x))
#define WIDTH 4
#include "kernels.def"
#undef NAME
#undef TARGET
#undef STREAM
#undef WIDTH

#define NAME(name) name##_avx512
#ifdef __clang__
#define TARGET \
  __attribute__((target("avx512f,avx512dq,avx512vl"), min_vector_width(512)))
#else
#define TARGET \
  __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#define STREAM(y, x) _mm512_stream_pd(y, _mm512_loadu_pd(x))
#define WIDTH 8
#include "kernels.def"
#undef NAME
#undef TARGET
#undef STREAM
#undef WIDTH
#endif

const tg_kernels *tg_kernels_best (tg_isa isa) {
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
