/*
** load.c: loads arbitrary bytes as a saved program, for clang's libFuzzer
** (`make fuzz`). A program that loads must run within its memory, and save and
** load again. Size and checksum are corrected first, or nothing would load.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../csrc/engine/program/save.c"

#define LONG 100000 /* a program of more operations or slots is not run */
#define ROWS 5

static void *resize (void *data, void *block, size_t old, size_t size) {
  (void)data, (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const tg_allocator memory = { resize, NULL };

static double half (const double *x) { return x[0] / 2.0; }

static void half_partials (const double *x, double y, double *d) {
  (void)x, (void)y;
  d[0] = 0.5;
}

static const tg_operation half_operation = { "half", 1, half, half_partials,
                                             NULL };
static const tg_operation *const operations[] = { &half_operation, NULL };

static void fail (const char *what) {
  fprintf(stderr, "%s\n", what);
  abort();
}

static void run_program (const tg_program *p) {
  const size_t n = p->ninputs + (size_t)p->noutputs;
  double *numbers = (double *)calloc(n + 1, sizeof *numbers);
  double *workspace =
    (double *)malloc((p->nslots + (size_t)1) * sizeof(double));
  tg_workspace_init(p, workspace);
  tg_program_eval(p, workspace, numbers, numbers + p->ninputs, NULL);
  free(workspace);
  free(numbers);
}

static void run_batch (const tg_program *p) {
  const size_t nin = p->ninputs, nout = p->noutputs;
  double *in = (double *)calloc(nin * ROWS + 1, sizeof *in);
  double *out = (double *)calloc(nout * ROWS + 1, sizeof *out), *workspace;
  tg_column *columns = (tg_column *)malloc((nin + 1) * sizeof *columns);
  tg_place *places = (tg_place *)malloc((nout + 1) * sizeof *places);
  tg_batch job;
  size_t i;
  for (i = 0; i < nin; i++) {
    columns[i].data = in + i * ROWS;
    columns[i].stride = i % 2;
  }
  for (i = 0; i < nout; i++) {
    places[i].data = out + i * ROWS;
    places[i].stride = 1;
  }
  memset(&job, 0, sizeof job);
  job.nrows = ROWS;
  job.inputs = columns;
  job.outputs = places;
  job.kernels = tg_kernels_best(TG_ISA_BEST);
  workspace =
    (double *)malloc((tg_batch_workspace(p, &job) + 1) * sizeof(double));
  tg_program_batch(p, &job, workspace, NULL);
  free(workspace);
  free(places);
  free(columns);
  free(out);
  free(in);
}

static void save_again (const tg_program *p) {
  const size_t n = tg_program_save(p, "extra", 5, NULL);
  unsigned char *bytes = (unsigned char *)malloc(n);
  tg_program *again;
  tg_program_save(p, "extra", 5, bytes);
  if (tg_program_load(bytes, n, operations, &memory, &again, NULL) != TG_OK)
    fail("a loaded program does not load again");
  if (again->size != p->size || memcmp(again, p, p->size) != 0)
    fail("a loaded program is another one when loaded again");
  tg_program_free(again, &memory);
  free(bytes);
}

static size_t count_steps (const tg_program *p) {
  size_t n = 0;
  tg_cursor at;
  tg_cursor_init(&at, p);
  while (n <= LONG && tg_cursor_next(&at)) n++;
  return n;
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput (const unsigned char *data, size_t size) {
  unsigned char *bytes = (unsigned char *)malloc(size + 1);
  tg_program *p;
  const char *unknown;
  memcpy(bytes, data, size);
  if (size >= HEADER) {
    writer w;
    w.out = bytes;
    w.size = AT_SIZE;
    put_number(&w, (unsigned)size);
    w.size = AT_CRC;
    w.pace = tg_new_pace(NULL);
    put_number(&w, crc32(bytes + AT_SIZE, size - AT_SIZE, &w.pace));
  }
  if (tg_program_load(bytes, size, operations, &memory, &p, &unknown) ==
      TG_OK) {
    if (p->nslots < LONG && count_steps(p) <= LONG) {
      run_program(p);
      if ((size_t)p->ninputs + p->noutputs < LONG / ROWS) run_batch(p);
    }
    save_again(p);
    tg_program_free(p, &memory);
  }
  free(bytes);
  return 0;
}
