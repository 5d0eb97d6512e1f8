/*
** batch.h: runs a program over many rows. batch.c cuts the rows of a batch into
** blocks and hands them to threads; block.c runs the program over a block.
*/
#ifndef TG_BATCH_H
#define TG_BATCH_H

#include "../attributes.h"

#include <stddef.h>

#include "../program/program.h"
#include "workers.h"

TG_HIDDEN_BEGIN

/* The rows of a chunk. A block has a multiple of that many rows. */
#define TG_CHUNK 16

/*
** A tg_lanes is where the numbers of a slot lie in a block, one for each row.
** `stride` is the distance in doubles from one chunk to the next: TG_CHUNK, or
** 0 if all rows share the numbers of the first chunk. They share inputs of
** stride 0, constants, and what is computed from these alone.
*/
typedef struct tg_lanes {
  double *first;
  size_t stride;
} tg_lanes;

/*
** A tg_stretch is instructions of a program that follow each other, to be run
** over a block of rows.
*/
typedef struct tg_stretch {
  const tg_program *program;
  unsigned begin, end; /* units */
  tg_lanes *lanes;     /* one for each slot; those that it reads are filled */
  int fast;            /* nonzero: fast ways, NaN where they do not serve */
} tg_stretch;

/* Works as tg_program_batch does. Unless `crew` is NULL, sets *crew while other
   threads work, and to NULL afterwards. */
tg_status tg_batch_run (const tg_program *p, const tg_batch *batch,
                        double *workspace, const tg_poll *poll, tg_crew **crew);

/* Runs a stretch over n rows, a multiple of TG_CHUNK. */
tg_status tg_block_run (const tg_kernels *kernels, const tg_stretch *s,
                        size_t n, const tg_poll *poll);

/* Runs a stretch of sums and products (phase SUMS) over any number of rows, and
   adds each result to the numbers that its lanes hold. */
tg_status tg_block_sum (const tg_kernels *kernels, const tg_stretch *s,
                        size_t n, const tg_poll *poll);

TG_HIDDEN_END

#endif
