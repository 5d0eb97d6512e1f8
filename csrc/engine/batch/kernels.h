/*
** kernels.h: what vectors are for: the steps of an instruction over a block of
** rows, and the little else that goes over rows, by the kernels of an
** instruction set. They are in a module of their own (binding/programs/
** kernels.h), of which the rest sees these tables of functions alone.
*/
#ifndef TG_KERNELS_H
#define TG_KERNELS_H

#include "../attributes.h"

#include <string.h>

#include "batch.h"

TG_HIDDEN_BEGIN

/* Slots of an instruction's operands, or how far they advance from one of its
   steps to the next */
typedef struct tg_position {
  unsigned dst, a, b, c;
} tg_position;

/* All steps of an instruction */
typedef struct tg_steps {
  unsigned code, count;
  unsigned noperands;
  tg_position at, by;
} tg_steps;

/* Does something with all of them; results may be NaN if `fast`, where the
   fast ways do not serve. */
typedef void tg_steps_use (const tg_kernels *kernels, const tg_steps *steps,
                           tg_lanes *lanes, size_t n, int fast);

struct tg_kernels {
  /* runs them over n rows, a multiple of TG_CHUNK */
  tg_steps_use *run;
  /* adds the results of any number of rows to the lanes that they would have,
     which nothing else reads */
  tg_steps_use *sum;
  /* adds n rows, `stride` doubles from chunk to chunk, to TG_CHUNK sums, none
     of which is -0 */
  void (*add)(double *sums, const double *x, size_t stride, size_t n);
  /* is one of n numbers NaN? */
  int (*any_nan)(const double *x, size_t n);
  /* copies n numbers past the caches, where the processor can: is one NaN? */
  int (*stream)(double *y, const double *x, size_t n);
  /* x[k] = from[k * stride], or, if `rows` is not NULL, from[rows[k] * stride],
     for n rows; the last one fills up its chunk */
  void (*gather)(double *x, const double *from, size_t stride,
                 const size_t *rows, size_t n);
  /* y[k * stride] = x[k] or, if `stride_x` is 0, x[0] */
  void (*scatter)(double *y, size_t stride, const double *x, size_t stride_x,
                  size_t n);
  const struct tg_functions *functions; /* of kernels.c */
};

/*
** Where to read a slot that an instruction overwrites whose result has that
** stride: what all rows share there is needed until the last of them, and is
** copied away.
*/
static inline const double *tg_keep_shared (const tg_lanes *dst, size_t stride,
                                            double *shared) {
  if (dst->stride != 0 || stride == 0) return dst->first;
  memcpy(shared, dst->first, TG_CHUNK * sizeof(double));
  return shared;
}

TG_HIDDEN_END

#endif
