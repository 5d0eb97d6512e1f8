/*
** batch.h: a program over many rows: blocks of rows (block.c), and the rows
** of a batch in blocks and threads (batch.c).
*/
#ifndef TG_BATCH_H
#define TG_BATCH_H

#include <stddef.h>

#include "program.h"

/* Rows are handled by so many at a time; of blocks, a multiple. */
#define TG_CHUNK 16

/*
** A slot's numbers in a block, one for each row. From one chunk to the next
** are `step` doubles: TG_CHUNK, or 0 where all rows share the first chunk's,
** as what is computed of shared numbers alone does, too.
*/
typedef struct tg_lanes {
  double *first;
  size_t step;
} tg_lanes;

/* Runs a block; with `nan` tries the faster ways, and tells if an output is
   NaN. */
typedef tg_status (*tg_blockrunner)(const tg_program *p, tg_lanes *lanes,
                                    size_t n, int *nan, const tg_poll *poll);

/* The best runner this machine has, of those up to `isa`. */
tg_blockrunner tg_block_runner (tg_isa isa);

/*
** Runs the program over a block of `n` rows, a multiple of TG_CHUNK. lanes: a
** place for each slot; those of inputs and constants are filled.
*/
tg_status tg_block_run (const tg_program *p, tg_blockrunner run,
                        tg_lanes *lanes, size_t n, const tg_poll *poll);

#endif
