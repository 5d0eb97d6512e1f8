/*
** kernels.h: the vector code of a batch. The kernels of an instruction set run
** the steps of an instruction over a block of rows, and do the little else that
** goes over rows. They form a module of their own (binding/programs/kernels.h);
** the rest of the engine sees only their tables of functions.
*/
#ifndef TG_KERNELS_H
#define TG_KERNELS_H

#include "../attributes.h"

#include <string.h>

#include "batch.h"

TG_HIDDEN_BEGIN

/* The slots of an instruction's result and operands in one step, or how far
   they advance from one step to the next */
typedef struct tg_position {
  unsigned dst, a, b, c;
} tg_position;

/* All steps of an instruction: step k is at `at` + k * `by`. */
typedef struct tg_steps {
  unsigned code, count;
  unsigned noperands;
  tg_position at, by;
} tg_steps;

/* A function that runs `steps` over n rows. If `fast` is nonzero, it takes fast
   ways, which give NaN where they do not serve. */
typedef void tg_steps_use (const tg_kernels *kernels, const tg_steps *steps,
                           tg_lanes *lanes, size_t n, int fast);

struct tg_kernels {
  /* stores the results of n rows, a multiple of TG_CHUNK, into their lanes */
  tg_steps_use *run;
  /* adds the results of any number of rows to the first chunk of their lanes,
     which nothing else reads */
  tg_steps_use *sum;
  /* adds n rows, `stride` doubles from chunk to chunk, to TG_CHUNK sums, none
     of which is -0 */
  void (*add)(double *sums, const double *x, size_t stride, size_t n);
  /* tells whether one of n numbers is NaN */
  int (*any_nan)(const double *x, size_t n);
  /* copies n numbers, past the caches if the processor can; tells whether one
     is NaN */
  int (*stream)(double *y, const double *x, size_t n);
  /* sets x[k] for n rows to from[k * stride] or, if `rows` is not NULL, to
     from[rows[k] * stride]; fills up the last chunk with the last row */
  void (*gather)(double *x, const double *from, size_t stride,
                 const size_t *rows, size_t n);
  /* sets y[k * stride] for n rows to x[k] or, if `stride_x` is 0, to x[0] */
  void (*scatter)(double *y, size_t stride, const double *x, size_t stride_x,
                  size_t n);
  const struct tg_functions *functions; /* of kernels.c */
};

/*
** Returns where an instruction may read the slot `dst`, which it overwrites
** with a result of stride `stride`. If all rows share the number in `dst` but
** not the result, this copies the number to `shared`, because every row needs
** it.
*/
static inline const double *tg_keep_shared (const tg_lanes *dst, size_t stride,
                                            double *shared) {
  if (dst->stride != 0 || stride == 0) return dst->first;
  memcpy(shared, dst->first, TG_CHUNK * sizeof(double));
  return shared;
}

TG_HIDDEN_END

#endif
