/*
** batches.c: runs saved programs (spec/fuzz/corpus/load) row by row and as
** batches, with every instruction set and with threads. It fails if a batch has
** wrong results, and prints a hash of the batches' bits, which is the same on
** every machine. It needs no Lua, and can be cross-compiled and run by qemu.
**
**   batches FILE...     (`.ci/run platforms` calls it)
*/
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tinygrad.h"

#define ROWS 1000
#define CLOSE 1e-14 /* libm and vector kernels may differ so, by 1 + |x| */

static void *resize (void *data, void *block, size_t old, size_t size) {
  (void)data, (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const tg_allocator memory = { resize, NULL };

static void *allocate (size_t n) {
  void *block = calloc(n + 1, sizeof(double));
  if (block == NULL) {
    fprintf(stderr, "not enough memory\n");
    exit(1);
  }
  return block;
}

static tg_program *load (const char *path) {
  static unsigned char bytes[65536];
  tg_program *p;
  FILE *f = fopen(path, "rb");
  const size_t n = f != NULL ? fread(bytes, 1, sizeof bytes, f) : 0;
  const tg_status status = tg_program_load(bytes, n, NULL, &memory, &p, NULL);
  if (f != NULL) fclose(f);
  if (status != TG_OK) {
    fprintf(stderr, "%s: %s\n", path, tg_status_text(status));
    exit(1);
  }
  return p;
}

/* Returns the results of all rows, one row after the other. */
static double *run_rows (const tg_program *p, const double *in) {
  const size_t nin = tg_program_inputs(p), nout = tg_program_outputs(p);
  double *w = (double *)allocate(tg_program_workspace(p));
  double *out = (double *)allocate(nout * ROWS);
  size_t r;
  tg_workspace_init(p, w);
  for (r = 0; r < ROWS; r++)
    tg_program_eval(p, w, in + r * nin, out + r * nout, NULL);
  free(w);
  return out;
}

/* Returns the results of a batch. An input i with shared[i] has the first row's
   number in all rows; `shared` may be NULL. */
static double *run_batch (const tg_program *p, const double *in,
                          const unsigned char *shared, tg_isa isa,
                          unsigned threads) {
  const size_t nin = tg_program_inputs(p), nout = tg_program_outputs(p);
  double *out = (double *)allocate(nout * ROWS), *w;
  tg_column *columns = (tg_column *)allocate(2 * nin);
  tg_place *places = (tg_place *)allocate(2 * nout);
  tg_batch job;
  size_t i;
  memset(&job, 0, sizeof job);
  for (i = 0; i < nin; i++) {
    columns[i].data = in + i;
    columns[i].stride = shared != NULL && shared[i] ? 0 : nin;
  }
  for (i = 0; i < nout; i++) {
    places[i].data = out + i;
    places[i].stride = nout;
  }
  job.nrows = ROWS;
  job.inputs = columns;
  job.outputs = places;
  job.threads = threads;
  job.kernels = tg_kernels_best(isa);
  w = (double *)allocate(tg_batch_workspace(p, &job));
  tg_program_batch(p, &job, w, NULL);
  free(w);
  free(places);
  free(columns);
  return out;
}

static uint64_t hash_of (uint64_t h, const double *x, size_t n) {
  for (; n > 0; n--, x++) {
    uint64_t bits;
    const double number = *x == *x ? *x : 0.0;
    memcpy(&bits, &number, sizeof bits);
    h = (h ^ bits) * 1099511628211u;
    h ^= h >> 29;
  }
  return h;
}

/* Checks that a program arranged for shared inputs gives the same bits, whether
   rows share the inputs or not. */
static void check_arranged (const char *path, const tg_program *p,
                            const double *in, tg_isa isa) {
  const size_t n = tg_program_outputs(p) * ROWS;
  unsigned char *shared = (unsigned char *)allocate(tg_program_inputs(p));
  tg_program *arranged;
  size_t i;
  int k;
  for (i = 0; i < tg_program_inputs(p); i += 2) shared[i] = 1;
  if (tg_program_arrange(p, shared, &memory, NULL, &arranged) != TG_OK) {
    fprintf(stderr, "%s cannot be arranged\n", path);
    exit(1);
  }
  for (k = 0; k < 2; k++) {
    double *x = run_batch(p, in, k ? shared : NULL, isa, 1);
    double *y = run_batch(arranged, in, k ? shared : NULL, isa, 2);
    if (hash_of(0, x, n) != hash_of(0, y, n)) {
      fprintf(stderr, "%s: other bits when arranged\n", path);
      exit(1);
    }
    free(x);
    free(y);
  }
  tg_program_free(arranged, &memory);
  free(shared);
}

static uint64_t check (const char *path, uint64_t h) {
  tg_program *p = load(path);
  const size_t nin = tg_program_inputs(p);
  const size_t n = tg_program_outputs(p) * ROWS;
  double *in = (double *)allocate(nin * ROWS), *rows, *plain;
  unsigned long long state = 1;
  size_t i;
  int isa;
  for (i = 0; i < nin * ROWS; i++) {
    state = state * 48271 % 2147483647;
    in[i] = (double)state / 2147483647.0 * 8.0 - 4.0;
  }
  rows = run_rows(p, in);
  plain = run_batch(p, in, NULL, TG_ISA_PLAIN, 1);
  for (i = 0; i < n; i++)
    if (!(fabs(rows[i] - plain[i]) <= CLOSE * (1.0 + fabs(rows[i]))) &&
        (rows[i] == rows[i] || plain[i] == plain[i])) {
      fprintf(stderr, "%s, result %d: %.17g in a batch, %.17g alone\n", path,
              (int)i, plain[i], rows[i]);
      exit(1);
    }
  for (isa = TG_ISA_PLAIN; isa <= TG_ISA_BEST; isa++) {
    double *other = run_batch(p, in, NULL, (tg_isa)isa, (unsigned)isa + 1);
    check_arranged(path, p, in, (tg_isa)isa);
    if (hash_of(0, other, n) != hash_of(0, plain, n)) {
      fprintf(stderr, "%s: other bits with instruction set %d\n", path, isa);
      exit(1);
    }
    free(other);
  }
  h = hash_of(h, plain, n);
  free(plain);
  free(rows);
  free(in);
  tg_program_free(p, &memory);
  return h;
}

int main (int argc, char **argv) {
  uint64_t h = 14695981039346656037u;
  int i;
  for (i = 1; i < argc; i++) h = check(argv[i], h);
  printf("%016llx\n", (unsigned long long)h);
  return argc < 2;
}
