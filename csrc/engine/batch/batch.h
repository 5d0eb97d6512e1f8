/*
** batch.h: a program over many rows: blocks of rows (block.c), and the rows
** of a batch in blocks and threads (batch.c).
*/
#ifndef TG_BATCH_H
#define TG_BATCH_H

#include "../attributes.h"

#include <stddef.h>

#include "../program/program.h"
#include "workers.h"

TG_HIDDEN_BEGIN

/* Rows are handled by so many at a time; of blocks, a multiple. */
#define TG_CHUNK 16

/*
** A slot's numbers in a block, one for each row. From one chunk to the next
** are `stride` doubles: TG_CHUNK, or 0 where all rows share the first chunk's:
** shared inputs, constants, and what is computed of these alone.
*/
typedef struct tg_lanes {
  double *first;
  size_t stride;
} tg_lanes;

/*
** Instructions of a program for a block of rows. lanes: a place for each slot;
** those of operands are filled.
*/
typedef struct tg_stretch {
  const tg_program *program;
  unsigned begin, end; /* units */
  tg_lanes *lanes;
  int fast; /* try the fast ways, which give NaN where they do not serve? */
} tg_stretch;

/* tg_program_batch; *crew, if not NULL, is set while it uses threads. */
tg_status tg_batch_run (const tg_program *p, const tg_batch *batch,
                        double *workspace, const tg_poll *poll, tg_crew **crew);

/* Runs a stretch over n rows, a multiple of TG_CHUNK. */
tg_status tg_block_run (const tg_kernels *kernels, const tg_stretch *s,
                        size_t n, const tg_poll *poll);

/* Adds the results of instructions of an arranged program that allow it, over
   any number of rows, to the numbers that their lanes hold. */
tg_status tg_block_sum (const tg_kernels *kernels, const tg_stretch *s,
                        size_t n, const tg_poll *poll);

TG_HIDDEN_END

#endif
