/*
** batch.c: runs the rows of a batch, in blocks, on threads.
**
** A batch is cut into spans of rows, the units of work that threads take, and
** each span into blocks. Each span keeps a sum for each position in a chunk;
** finish_sums adds them up in a fixed order. The bits of a sum therefore depend
** on the number of rows alone: not on threads, vectors or the size of blocks,
** nor on whether the program is arranged.
*/
#include "../config.h"

#include <stdint.h>
#include <string.h>

#include "batch.h"
#include "../numeric/environment.h"
#include "kernels.h"
#include "workers.h"

#ifndef TG_NO_BATCH

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* How a batch is cut into spans and blocks, and where things lie in the desk of
   a worker; sizes are in doubles. */
typedef struct plan {
  const tg_program *program;
  const tg_batch *batch;
  const tg_kernels *kernels;
  int streams;  /* nonzero: results go past the caches */
  size_t block; /* rows */
  size_t span;  /* rows of a unit of work */
  size_t nspans;
  unsigned once;   /* the unit behind phase ONCE */
  unsigned sums;   /* the first unit of those that add up */
  unsigned fixed;  /* slots of inputs, constants and phase ONCE */
  unsigned nslots; /* all slots that hold lanes */
  size_t shared;   /* slots with one number for all rows */
  size_t own;      /* slots with a number for each row */
  size_t worker;   /* size of a worker's desk, with its numbers */
  double *memory, *totals;
} plan;

#define NEAR 3072    /* doubles in 24 kB, half of a first-level cache */
#define FAR 131072   /* doubles in 1 MB, which a second-level cache holds */
#define MINBLOCK 128 /* rows, if the program is small */
#define MAXBLOCK 512 /* rows */
#define STREAMED TG_LIMIT(1000000, 100) /* doubles, which no cache keeps */
#define STREAMBLOCK 256 /* rows, so that streamed stores do not pile up */
#define MAXSPANS 64     /* or, with TG_EACH, four for each thread if more */
#define SPAN 1024       /* rows at least */
#define LINE 8          /* doubles in a cache line and in the widest vector */

static size_t round_up (size_t n, size_t unit) {
  return (n + unit - 1) / unit * unit;
}

/* The desk of a worker, its memory in the workspace: this structure, then
   tables of lanes and buffers, then numbers */
typedef struct desk {
  int ready, exact; /* nonzero: phase ONCE has run; in an exact run */
  tg_lanes *lanes;  /* of each slot */
  double **buffers; /* of each input, then of the slot of each output */
  double *sums;     /* TG_CHUNK for each output */
} desk;

/* Returns the size of a desk without its numbers. */
static size_t table_size (const tg_program *p) {
  const size_t bytes = TG_ALIGN(sizeof(desk)) + p->nslots * sizeof(tg_lanes) +
                       ((size_t)p->ninputs + p->noutputs) * sizeof(double *);
  return round_up((bytes + sizeof(double) - 1) / sizeof(double), LINE);
}

/* Tells whether the rows share the inputs that the program was arranged for. */
static int is_arranged (const tg_program *p, const tg_batch *b) {
  const unsigned char *shared = tg_program_shared(p);
  unsigned i;
  if (p->shared == 0) return 0;
  for (i = 0; i < p->ninputs; i++)
    if (shared[i] && b->inputs[i].stride != 0) return 0;
  return 1;
}

/* Tells whether the results are so many that they leave the caches before
   anything reads them. */
static int has_streams (const tg_program *p, const tg_batch *b) {
  return b->reduce == TG_EACH && p->noutputs > 0 &&
         b->nrows >= STREAMED / p->noutputs;
}

/*
** Plans a batch. A block has as many rows as the first-level cache holds with
** all their slots. If that is fewer than MINBLOCK, it has MINBLOCK rows, or as
** many as the second-level cache holds. Spans have SPAN rows or a multiple.
*/
static void make_plan (plan *l, const tg_program *p, const tg_batch *b) {
  const int arranged = is_arranged(p, b);
  size_t i, most = MAXSPANS;
  l->program = p;
  l->batch = b;
  l->kernels = b->kernels;
  l->once = arranged ? p->once : 0;
  l->sums = p->nunits - 1 - (b->reduce != TG_EACH ? p->nsums : 0);
  l->fixed = p->ninputs + p->nconstants + (arranged ? p->once_slots : 0);
  l->nslots = p->nslots - (b->reduce != TG_EACH ? p->sum_slots : 0);
  l->shared = l->fixed - p->ninputs;
  for (i = 0; i < p->ninputs; i++) l->shared += b->inputs[i].stride == 0;
  l->own = l->nslots - l->shared;
  l->streams = has_streams(p, b);
  l->block = NEAR / (l->own + 1) / TG_CHUNK * TG_CHUNK;
  if (l->block > MAXBLOCK) l->block = MAXBLOCK;
  if (l->block > STREAMBLOCK && l->streams) l->block = STREAMBLOCK;
  if (l->block < MINBLOCK) {
    l->block = FAR / (l->own + 1) / TG_CHUNK * TG_CHUNK;
    if (l->block > MINBLOCK) l->block = MINBLOCK;
    if (l->block < TG_CHUNK) l->block = TG_CHUNK;
  }
  if (l->block > round_up(b->nrows, TG_CHUNK))
    l->block = round_up(b->nrows, TG_CHUNK);
  if (b->reduce == TG_EACH && b->threads > MAXSPANS / 4)
    most = 4 * (size_t)b->threads;
  l->span = round_up((b->nrows + most - 1) / most, SPAN);
  if (l->span == 0) l->span = SPAN;
  l->nspans = (b->nrows + l->span - 1) / l->span;
  l->worker = table_size(p) + l->shared * TG_CHUNK + l->own * l->block;
  if (b->reduce != TG_EACH) l->worker += (size_t)p->noutputs * TG_CHUNK;
  l->worker = round_up(l->worker, LINE);
}

static unsigned count_threads (const plan *l) {
  const size_t most = l->nspans > 0 ? l->nspans : 1;
  const unsigned n = l->batch->threads > 0 ? l->batch->threads : 1;
  return n < most ? n : (unsigned)most;
}

/* If more doubles are needed than there can be, returns that largest number. */
size_t tg_batch_workspace (const tg_program *p, const tg_batch *batch) {
  const size_t most = (size_t)-1 / sizeof(double);
  size_t totals, threads;
  plan l;
  make_plan(&l, p, batch);
  threads = count_threads(&l);
  totals = batch->reduce != TG_EACH ? l.nspans * p->noutputs : 0;
  if (l.worker > (most - LINE - totals) / threads) return most;
  return LINE + l.worker * threads + totals;
}

static desk *desk_of (const plan *l, unsigned worker) {
  return (desk *)(void *)(l->memory + worker * l->worker);
}

/* Gives the `size` doubles at *next to a slot. The instruction that writes the
   slot will set the stride. */
static void place (tg_lanes *lanes, double **next, size_t size) {
  lanes->first = *next;
  lanes->stride = TG_CHUNK;
  *next += size;
}

/* Gives a chunk at *next to a slot whose number x all rows share. */
static void place_shared (tg_lanes *lanes, double **next, double x) {
  int j;
  for (j = 0; j < TG_CHUNK; j++) (*next)[j] = x;
  place(lanes, next, TG_CHUNK);
  lanes->stride = 0;
}

/* Gives each slot its lanes, from the numbers at `next` on, and fills the lanes
   that all rows share. */
static void place_lanes (const plan *l, desk *d, double *next) {
  const tg_program *p = l->program;
  double *own = next + l->shared * TG_CHUNK;
  unsigned i, k;
  for (i = 0; i < p->ninputs; i++)
    if (l->batch->inputs[i].stride == 0)
      place_shared(&d->lanes[i], &next, *l->batch->inputs[i].data);
    else
      place(&d->lanes[i], &own, l->block);
  for (k = 0; k < p->nconstants; k++)
    place_shared(&d->lanes[i++], &next, tg_program_constants(p)[k]);
  for (; i < l->fixed; i++) place(&d->lanes[i], &next, TG_CHUNK);
  for (; i < l->nslots; i++) place(&d->lanes[i], &own, l->block);
}

/* Sets up the desk of a worker. */
static void prepare (const plan *l, desk *d) {
  const tg_program *p = l->program;
  const unsigned *results = tg_program_results(p);
  double *numbers = (double *)(void *)d + table_size(p);
  unsigned i;
  d->lanes = (tg_lanes *)(void *)((char *)d + TG_ALIGN(sizeof *d));
  d->buffers = (double **)(void *)(d->lanes + p->nslots);
  d->sums = numbers + l->shared * TG_CHUNK + l->own * l->block;
  place_lanes(l, d, numbers);
  for (i = 0; i < p->ninputs; i++) d->buffers[i] = d->lanes[i].first;
  for (i = 0; i < p->noutputs; i++) {
    if (results[i] >= l->nslots) {
      /* a sum, with stride 0: an instruction without a third operand reads
         c = dst there, and must not advance */
      d->lanes[results[i]].first = d->sums + (size_t)i * TG_CHUNK;
      d->lanes[results[i]].stride = 0;
    }
    d->buffers[p->ninputs + i] = d->lanes[results[i]].first;
  }
}

static tg_stretch stretch_of (const plan *l, const desk *d, unsigned begin,
                              unsigned end, int fast) {
  tg_stretch s;
  s.program = l->program;
  s.begin = begin;
  s.end = end;
  s.lanes = d->lanes;
  s.fast = fast;
  return s;
}

/* Runs phase ONCE, unless it has run already; an exact run needs the numbers of
   an exact one. */
static tg_status compute_shared (const plan *l, desk *d, int fast,
                                 const tg_poll *poll) {
  const tg_stretch s = stretch_of(l, d, 0, l->once, fast);
  tg_status status;
  if (d->ready && (fast || d->exact)) return TG_OK;
  status = tg_block_run(l->kernels, &s, TG_CHUNK, poll);
  d->ready = 1;
  d->exact = !fast;
  return status;
}

/*
** Prefetches the n numbers at x, which the next block will use. A processor
** loses track of a stream that nothing touches while a block is computed.
*/
static void prefetch (const plan *l, const double *x, size_t row, size_t n) {
#ifdef __GNUC__
  const size_t left = l->batch->nrows - row;
  size_t k;
  for (k = 0; k < n && k < left; k += LINE) __builtin_prefetch(x + k);
#else
  (void)l, (void)x, (void)row, (void)n;
#endif
}

/* Tells whether n rows of a column with this stride can serve as lanes in
   place: they are whole chunks, one number behind the other. */
static int lies_well (const plan *l, size_t stride, size_t n) {
  return stride == 1 && n % TG_CHUNK == 0 && l->batch->rows == NULL;
}

/*
** Makes rows first..first+n-1 the lanes of the inputs: in place, or copied into
** the buffers, where the last row fills up its chunk.
*/
static void fill (const plan *l, const desk *d, size_t first, size_t n) {
  const size_t *rows = l->batch->rows;
  unsigned i;
  for (i = 0; i < l->program->ninputs; i++) {
    const tg_column *from = &l->batch->inputs[i];
    const size_t offset = rows == NULL ? first * from->stride : 0;
    if (from->stride == 0) continue;
    if (lies_well(l, from->stride, n)) {
      d->lanes[i].first = (double *)from->data + first; /* never written */
      prefetch(l, from->data + first + n, first + n, n);
      continue;
    }
    d->lanes[i].first = d->buffers[i];
    l->kernels->gather(d->buffers[i], from->data + offset, from->stride,
                       rows != NULL ? rows + first : NULL, n);
  }
}

/* Makes the instructions write results straight to their outputs where these
   can serve as lanes, and else into the buffers. */
static void aim (const plan *l, const desk *d, size_t first, size_t n) {
  const tg_program *p = l->program;
  const unsigned *results = tg_program_results(p);
  unsigned i;
  for (i = 0; i < p->noutputs; i++) {
    const tg_place *to = &l->batch->outputs[i];
    if (results[i] < l->fixed) continue;
    d->lanes[results[i]].first = d->buffers[p->ninputs + i];
    if (l->streams || !lies_well(l, to->stride, n)) continue;
    d->lanes[results[i]].first = to->data + first;
    prefetch(l, to->data + first + n, first + n, n);
  }
}

/* Makes streamed stores visible to any thread that learns of the end of a
   span. */
static void end_stream (void) {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

/* Computes the results of each row of a block of n rows, in a fast or an exact
   run. */
static tg_status run_each (const plan *l, desk *d, size_t n, int fast,
                           const tg_poll *poll) {
  const tg_stretch s = stretch_of(l, d, l->once, l->sums, fast);
  const tg_status status = compute_shared(l, d, fast, poll);
  if (status != TG_OK) return status;
  return tg_block_run(l->kernels, &s, round_up(n, TG_CHUNK), poll);
}

/* Stores the results of rows first..first+n-1 into the outputs, where they do
   not stand there already. Tells whether one is NaN. */
static int store (const plan *l, const desk *d, size_t first, size_t n) {
  const unsigned *results = tg_program_results(l->program);
  unsigned i;
  int nan = 0;
  for (i = 0; i < l->program->noutputs; i++) {
    const tg_lanes *from = &d->lanes[results[i]];
    const tg_place *to = &l->batch->outputs[i];
    const int shared = from->stride == 0;
    double *y = to->data + first * to->stride;
    if (l->streams && to->stride == 1 && !shared) {
      nan |= l->kernels->stream(y, from->first, n);
      continue;
    }
    nan |= l->kernels->any_nan(from->first, shared ? TG_CHUNK : n);
    if (y != from->first)
      l->kernels->scatter(y, to->stride, from->first, from->stride, n);
  }
  return nan;
}

/* Computes and stores the results of a block. If one is NaN after a fast run,
   does it again in an exact run. */
static tg_status store_block (const plan *l, desk *d, size_t row, size_t n,
                              const tg_poll *poll) {
  const int fast = l->program->exact == 0;
  tg_status status;
  aim(l, d, row, n);
  status = run_each(l, d, n, fast, poll);
  if (status != TG_OK || !store(l, d, row, n) || !fast) return status;
  status = run_each(l, d, n, 0, poll);
  if (status == TG_OK) store(l, d, row, n);
  return status;
}

/* Computes the results of a block, and adds them to the sums of the span. */
static tg_status add_block (const plan *l, desk *d, size_t n, int fast,
                            const tg_poll *poll) {
  const unsigned *results = tg_program_results(l->program);
  const tg_stretch s = stretch_of(l, d, l->sums, l->program->nunits - 1, fast);
  const tg_status status = run_each(l, d, n, fast, poll);
  unsigned i;
  if (status != TG_OK) return status;
  for (i = 0; i < l->program->noutputs; i++) {
    const tg_lanes *x = &d->lanes[results[i]];
    if (results[i] < l->nslots)
      l->kernels->add(d->sums + (size_t)i * TG_CHUNK, x->first, x->stride, n);
  }
  return tg_block_sum(l->kernels, &s, n, poll);
}

/* Returns the sum of a chunk, adding its halves first. */
static double sum_chunk (const double *x) {
  double half[TG_CHUNK / 2], quarter[TG_CHUNK / 4];
  int j;
  for (j = 0; j < TG_CHUNK / 2; j++) half[j] = x[j] + x[j + TG_CHUNK / 2];
  for (j = 0; j < TG_CHUNK / 4; j++)
    quarter[j] = half[j] + half[j + TG_CHUNK / 4];
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

/* Does a span of rows, block by block. */
static tg_status run_blocks (const plan *l, desk *d, size_t span, int fast,
                             const tg_poll *poll) {
  const tg_program *p = l->program;
  const size_t work = p->nunits * (l->block / TG_CHUNK) + p->noutputs + 1;
  size_t row = span * l->span, end = row + l->span;
  size_t ticks = TG_POLL_TICKS; /* the first block polls: spans may be short */
  tg_status status = TG_OK;
  if (end > l->batch->nrows) end = l->batch->nrows;
  for (; row < end && status == TG_OK; row += l->block) {
    const size_t n = end - row < l->block ? end - row : l->block;
    if (ticks >= TG_POLL_TICKS) {
      ticks = 0;
      if (poll != NULL && poll->function(poll->data)) return TG_INTERRUPTED;
    }
    fill(l, d, row, n);
    if (l->batch->reduce == TG_EACH)
      status = store_block(l, d, row, n, poll);
    else
      status = add_block(l, d, n, fast, poll);
    ticks += work;
  }
  if (l->streams) end_stream();
  return status;
}

/* Computes the sums of a span. If a fast way did not serve, one is NaN. */
static tg_status sum_span (const plan *l, desk *d, size_t span, int fast,
                           const tg_poll *poll) {
  const size_t n = l->program->noutputs;
  tg_status status;
  size_t i;
  memset(d->sums, 0, n * TG_CHUNK * sizeof *d->sums);
  status = run_blocks(l, d, span, fast, poll);
  for (i = 0; i < n; i++)
    l->totals[span * n + i] = sum_chunk(d->sums + i * TG_CHUNK);
  return status;
}

/* Does a unit of work: all blocks of a span. If a sum is NaN after a fast run,
   does it again in an exact run. */
static tg_status run_span (void *data, unsigned worker, size_t span,
                           const tg_poll *poll) {
  const plan *l = (const plan *)data;
  const size_t n = l->program->noutputs;
  const int fast = l->program->exact == 0;
  desk *d = desk_of(l, worker);
  tg_status status;
  if (!d->ready) prepare(l, d);
  if (l->batch->reduce == TG_EACH) return run_blocks(l, d, span, fast, poll);
  status = sum_span(l, d, span, fast, poll);
  if (status == TG_OK && fast && l->kernels->any_nan(l->totals + span * n, n))
    status = sum_span(l, d, span, 0, poll);
  return status;
}

/* Adds up the sums of the spans, and stores sums or means into the outputs. */
static void finish_sums (const plan *l) {
  const size_t n = l->program->noutputs;
  size_t i, span;
  for (i = 0; i < n; i++) {
    double sum = 0.0;
    for (span = 0; span < l->nspans; span++) sum += l->totals[span * n + i];
    if (l->batch->reduce == TG_MEAN) sum /= (double)l->batch->nrows;
    l->batch->outputs[i].data[0] = sum;
  }
}

tg_status tg_batch_run (const tg_program *p, const tg_batch *batch,
                        double *workspace, const tg_poll *poll,
                        tg_crew **crew) {
  const size_t line = LINE * sizeof(double);
  tg_environment host; /* new threads get the one that this thread enters */
  plan l;
  tg_work work;
  tg_status status;
  unsigned i;
  tg_environment_enter(&host);
  make_plan(&l, p, batch);
  l.memory =
    workspace + (line - (uintptr_t)workspace % line) % line / sizeof(double);
  work.units = l.nspans;
  work.threads = count_threads(&l);
  work.run = run_span;
  work.data = &l;
  work.crew = crew;
  l.totals = l.memory + l.worker * work.threads;
  for (i = 0; i < work.threads; i++) desk_of(&l, i)->ready = 0;
  status = tg_work_run(&work, poll);
  if (status == TG_OK && batch->reduce != TG_EACH) finish_sums(&l);
  tg_environment_leave(&host);
  return status;
}

tg_status tg_program_batch (const tg_program *p, const tg_batch *batch,
                            double *workspace, const tg_poll *poll) {
  return tg_batch_run(p, batch, workspace, poll, NULL);
}

#endif
