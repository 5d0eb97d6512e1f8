/*
** kernels.h: what vectors are for: the steps of an instruction over a block of
** rows, by the kernels of an instruction set. For block.c, which knows what to
** run.
*/
#ifndef TG_KERNELS_H
#define TG_KERNELS_H

#include <string.h>

#include "batch.h"

/* Slots of an instruction's operands, or how far they go on from one of its
   steps to the next */
typedef struct tg_position {
  unsigned dst, a, b, c;
} tg_position;

/* All steps of an instruction */
typedef struct tg_steps {
  unsigned code, count;
  tg_position at, by;
} tg_steps;

/* Does something with all of them; results may be NaN if `fast`, where the
   faster ways do not serve. */
typedef void tg_kernels_use (const tg_kernels *kernels, const tg_steps *steps,
                             tg_lanes *lanes, size_t n, int fast);

/* Runs them over n rows, a multiple of TG_CHUNK. */
tg_kernels_use tg_kernels_run;

/* Adds the results of any number of rows to the lanes that they would have,
   which nothing else reads. */
tg_kernels_use tg_kernels_sum;

/*
** Where to read a slot that an instruction of that step overwrites: what all
** rows share there is needed until the last of them, and is copied away.
*/
static inline const double *tg_keep_shared (const tg_lanes *dst, size_t step,
                                            double *shared) {
  if (dst->step != 0 || step == 0) return dst->first;
  memcpy(shared, dst->first, TG_CHUNK * sizeof(double));
  return shared;
}

#endif
