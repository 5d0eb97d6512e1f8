/*
** batch.c: the rows of a batch, in blocks, on threads.
**
** A batch is cut into spans of rows, the units that threads take. Sums are
** kept for each span, for each position in a chunk apart, and then added in a
** fixed order: so they depend on the number of rows alone, and on neither the
** threads, nor the vectors, nor the size of the blocks.
*/
#include "batch.h"

#include <stdint.h>
#include <string.h>

#include "config.h"
#include "workers.h"

/* Where a plan puts things in a worker's part of the workspace, in doubles */
typedef struct plan {
  const tg_program *program;
  const tg_batch *batch;
  tg_blockrunner run;
  size_t block; /* rows */
  size_t span;  /* rows of a unit of work */
  size_t nspans;
  size_t shared,
    own;         /* slots with one number for all rows; with one for each */
  size_t worker; /* size of a worker's part */
  double *memory, *sums;
} plan;

#define NEAR 3072    /* doubles that a fast cache holds: half of 48 kB */
#define FAR 131072   /* that a larger one holds: 512 kB */
#define MINBLOCK 128 /* rows, if the program is small */
#define MAXBLOCK 512 /* rows */
#define MAXSPANS 64  /* sums to keep */
#define SPAN 1024    /* rows at least */
#define LINE 8       /* doubles of a cache line, of a vector at most */

static size_t round_up (size_t n, size_t unit) {
  return (n + unit - 1) / unit * unit;
}

/* Doubles for the table of lanes and that of buffers */
static size_t table_size (const tg_program *p) {
  const size_t bytes = p->nslots * sizeof(tg_lanes) +
                       ((size_t)p->ninputs + p->noutputs) * sizeof(double *);
  return round_up((bytes + sizeof(double) - 1) / sizeof(double), LINE);
}

static void make_plan (plan *l, const tg_program *p, const tg_batch *b) {
  size_t i;
  l->program = p;
  l->batch = b;
  l->run = tg_block_runner(b->isa);
  l->shared = p->nconstants;
  for (i = 0; i < p->ninputs; i++) l->shared += b->inputs[i].stride == 0;
  l->own = p->nslots - l->shared;
  l->block = NEAR / (l->own + 1) / TG_CHUNK * TG_CHUNK;
  if (l->block > MAXBLOCK) l->block = MAXBLOCK;
  if (l->block < MINBLOCK) {
    l->block = FAR / (l->own + 1) / TG_CHUNK * TG_CHUNK;
    if (l->block > MINBLOCK) l->block = MINBLOCK;
    if (l->block < TG_CHUNK) l->block = TG_CHUNK;
  }
  if (l->block > round_up(b->nrows, TG_CHUNK))
    l->block = round_up(b->nrows, TG_CHUNK);
  l->span = SPAN;
  if (b->reduce != TG_EACH)
    l->span = round_up((b->nrows + MAXSPANS - 1) / MAXSPANS, SPAN);
  if (l->span == 0) l->span = SPAN;
  l->nspans = (b->nrows + l->span - 1) / l->span;
  l->worker = table_size(p) + l->shared * TG_CHUNK + l->own * l->block;
  if (b->reduce != TG_EACH) l->worker += p->noutputs * TG_CHUNK;
  l->worker = round_up(l->worker, LINE);
}

static unsigned count_threads (const plan *l) {
  const size_t most = l->nspans > 0 ? l->nspans : 1;
  const unsigned n = l->batch->threads > 0 ? l->batch->threads : 1;
  return n < most ? n : (unsigned)most;
}

size_t tg_batch_workspace (const tg_program *p, const tg_batch *batch) {
  plan l;
  make_plan(&l, p, batch);
  return LINE + l.worker * count_threads(&l) +
         (batch->reduce != TG_EACH ? l.nspans * p->noutputs : 0);
}

/* A worker's part of the workspace */
typedef struct desk {
  tg_lanes *lanes;
  double **buffers; /* of the inputs, then of the outputs' slots */
  double *sums;     /* TG_CHUNK for each output */
} desk;

static desk desk_of (const plan *l, unsigned worker) {
  const tg_program *p = l->program;
  double *memory = l->memory + worker * l->worker;
  desk d;
  d.lanes = (tg_lanes *)(void *)memory;
  d.buffers = (double **)(void *)(d.lanes + p->nslots);
  d.sums = memory + table_size(p) + l->shared * TG_CHUNK + l->own * l->block;
  return d;
}

/* Gives each slot a buffer, and what all rows share its value. */
static void prepare (const plan *l, unsigned worker) {
  const tg_program *p = l->program;
  const desk d = desk_of(l, worker);
  double *next = l->memory + worker * l->worker + table_size(p);
  double *own = next + l->shared * TG_CHUNK;
  unsigned i;
  int j;
  for (i = 0; i < p->nslots; i++) {
    const int input = i < p->ninputs;
    const int constant = !input && i < p->ninputs + p->nconstants;
    if (constant || (input && l->batch->inputs[i].stride == 0)) {
      const double x = input ? *l->batch->inputs[i].data
                             : tg_program_constants(p)[i - p->ninputs];
      d.lanes[i].first = next;
      d.lanes[i].step = 0;
      for (j = 0; j < TG_CHUNK; j++) *next++ = x;
    }
    else {
      d.lanes[i].first = own;
      d.lanes[i].step = TG_CHUNK;
      own += l->block;
    }
  }
  for (i = 0; i < p->ninputs; i++) d.buffers[i] = d.lanes[i].first;
  for (i = 0; i < p->noutputs; i++)
    d.buffers[p->ninputs + i] = d.lanes[tg_program_results(p)[i]].first;
}

/* Are rows of this column, whole chunks of them, lanes as they stand? */
static int lies_well (const plan *l, size_t stride, size_t n) {
  return stride == 1 && n % TG_CHUNK == 0 && l->batch->rows == NULL;
}

/*
** Lets the lanes of inputs be those of rows first..first+n-1: in place, or
** copied into the buffers, where the last one fills up its chunk.
*/
static void fill (const plan *l, const desk *d, size_t first, size_t n) {
  const size_t *rows = l->batch->rows;
  unsigned i;
  for (i = 0; i < l->program->ninputs; i++) {
    const tg_column *from = &l->batch->inputs[i];
    double *x = d->buffers[i];
    size_t k;
    if (from->stride == 0) continue;
    if (lies_well(l, from->stride, n)) {
      d->lanes[i].first = (double *)from->data + first; /* only read */
      continue;
    }
    d->lanes[i].first = x;
    if (rows == NULL)
      for (k = 0; k < n; k++) x[k] = from->data[(first + k) * from->stride];
    else
      for (k = 0; k < n; k++) x[k] = from->data[rows[first + k] * from->stride];
    for (; k % TG_CHUNK != 0; k++) x[k] = x[n - 1];
  }
}

/* Lets results be computed where they are to go, if they can be. */
static void aim (const plan *l, const desk *d, size_t first, size_t n) {
  const tg_program *p = l->program;
  const unsigned *results = tg_program_results(p);
  unsigned i;
  for (i = 0; i < p->noutputs; i++) {
    const tg_place *to = &l->batch->outputs[i];
    if (results[i] < p->ninputs + p->nconstants) continue;
    d->lanes[results[i]].first = lies_well(l, to->stride, n)
                                   ? to->data + first
                                   : d->buffers[p->ninputs + i];
  }
}

/* Stores the results of each row that are not yet where they are to go. */
static void store (const plan *l, const desk *d, size_t first, size_t n) {
  const unsigned *results = tg_program_results(l->program);
  unsigned i;
  for (i = 0; i < l->program->noutputs; i++) {
    const tg_lanes *from = &d->lanes[results[i]];
    const tg_place *to = &l->batch->outputs[i];
    double *y = to->data + first * to->stride;
    size_t k;
    if (from->step == 0) {
      const double x = from->first[0];
      for (k = 0; k < n; k++) y[k * to->stride] = x;
    }
    else if (y != from->first)
      for (k = 0; k < n; k++) y[k * to->stride] = from->first[k];
  }
}

/* Adds chunks to a chunk of sums, one after another. */
static void add_chunks (double *sum, const double *x, size_t step, size_t n) {
  int j;
  for (; n >= 4; n -= 4, x += 4 * step)
    for (j = 0; j < TG_CHUNK; j++)
      sum[j] = sum[j] + x[j] + x[step + j] + x[2 * step + j] + x[3 * step + j];
  for (; n > 0; n--, x += step)
    for (j = 0; j < TG_CHUNK; j++) sum[j] += x[j];
}

/* Adds the results of each row to the sums. */
static void add (const plan *l, const desk *d, size_t n) {
  const unsigned *results = tg_program_results(l->program);
  const size_t whole = n / TG_CHUNK;
  unsigned i;
  for (i = 0; i < l->program->noutputs; i++) {
    const tg_lanes *from = &d->lanes[results[i]];
    const double *rest = from->first + whole * from->step;
    double *sum = d->sums + (size_t)i * TG_CHUNK;
    size_t j;
    add_chunks(sum, from->first, from->step, whole);
    for (j = 0; j < n % TG_CHUNK; j++) sum[j] += rest[j];
  }
}

/* The sum of a chunk, halves first. */
static double sum_chunk (const double *chunk) {
  double x[TG_CHUNK];
  int width, j;
  memcpy(x, chunk, sizeof x);
  for (width = TG_CHUNK / 2; width > 0; width /= 2)
    for (j = 0; j < width; j++) x[j] += x[j + width];
  return x[0];
}

/* Does a span of rows. */
static tg_status run_span (void *data, unsigned worker, size_t span,
                           const tg_poll *poll) {
  const plan *l = (const plan *)data;
  const tg_program *p = l->program;
  const desk d = desk_of(l, worker);
  const int reduce = l->batch->reduce != TG_EACH;
  const size_t work = p->nunits * (l->block / TG_CHUNK) + p->noutputs + 1;
  size_t row = span * l->span, end = row + l->span, i;
  size_t steps = TG_POLL_STEPS; /* polls first of all: spans may be short */
  if (end > l->batch->nrows) end = l->batch->nrows;
  prepare(l, worker);
  if (reduce)
    for (i = 0; i < p->noutputs * TG_CHUNK; i++) d.sums[i] = 0.0;
  for (; row < end; row += l->block) {
    const size_t n = end - row < l->block ? end - row : l->block;
    tg_status status;
    if (steps >= TG_POLL_STEPS) {
      steps = 0;
      if (poll != NULL && poll->function(poll->data)) return TG_INTERRUPTED;
    }
    fill(l, &d, row, n);
    if (!reduce) aim(l, &d, row, n);
    status = tg_block_run(p, l->run, d.lanes, round_up(n, TG_CHUNK), poll);
    if (status != TG_OK) return status;
    if (reduce)
      add(l, &d, n);
    else
      store(l, &d, row, n);
    steps += work;
  }
  if (reduce)
    for (i = 0; i < p->noutputs; i++)
      l->sums[span * p->noutputs + i] = sum_chunk(d.sums + i * TG_CHUNK);
  return TG_OK;
}

/* Adds up what the spans gave. */
static void finish_sums (const plan *l) {
  const size_t n = l->program->noutputs;
  size_t i, span;
  for (i = 0; i < n; i++) {
    double sum = 0.0;
    for (span = 0; span < l->nspans; span++) sum += l->sums[span * n + i];
    if (l->batch->reduce == TG_MEAN) sum /= (double)l->batch->nrows;
    l->batch->outputs[i].data[0] = sum;
  }
}

tg_status tg_program_batch (const tg_program *p, const tg_batch *batch,
                            double *workspace, const tg_poll *poll) {
  const size_t line = LINE * sizeof(double);
  plan l;
  tg_work work;
  tg_status status;
  make_plan(&l, p, batch);
  l.memory =
    workspace + (line - (uintptr_t)workspace % line) % line / sizeof(double);
  work.units = l.nspans;
  work.threads = count_threads(&l);
  work.run = run_span;
  work.data = &l;
  l.sums = l.memory + l.worker * work.threads;
  status = tg_work_run(&work, poll);
  if (status == TG_OK && batch->reduce != TG_EACH) finish_sums(&l);
  return status;
}
