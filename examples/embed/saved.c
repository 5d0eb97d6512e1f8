/*
** saved.c: a C program without Lua, linked with libtinygrad.a (`make engine`).
** It loads a Program that Lua saved (save.lua), evaluates it at the point that
** the command line gives, and minimises it from there.
**
**   saved FILE x1 x2 ...     (`make host` builds it and runs it)
*/
#include <stdio.h>
#include <stdlib.h>

#include "lbfgs.h"

/* The function of a tg_allocator, by realloc and free */
static void *resize (void *data, void *block, size_t old, size_t size) {
  (void)data, (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const tg_allocator memory = { resize, NULL };

/* Returns the contents of a file, *n bytes, or NULL if it cannot be read. */
static unsigned char *read_file (const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  unsigned char *bytes = NULL;
  long size;
  if (f == NULL) return NULL;
  if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0) {
    rewind(f);
    bytes = (unsigned char *)malloc((size_t)size + 1);
    if (bytes != NULL) *n = fread(bytes, 1, (size_t)size, f);
  }
  fclose(f);
  return bytes;
}

static tg_program *load (const char *path) {
  tg_program *p = NULL;
  const char *unknown;
  size_t n = 0;
  unsigned char *bytes = read_file(path, &n);
  tg_status status;
  if (bytes == NULL) {
    perror(path);
    return NULL;
  }
  status = tg_program_load(bytes, n, NULL, &memory, &p, &unknown);
  if (status != TG_OK)
    fprintf(stderr, "%s: %s%s%s\n", path, tg_status_text(status),
            unknown != NULL ? ": " : "", unknown != NULL ? unknown : "");
  free(bytes);
  return p;
}

/* Stores the cost at x into *cost; returns 0 if memory is short. */
static int evaluate (const tg_program *p, const double *x, double *cost) {
  double *const w = (double *)malloc(
    (tg_program_workspace(p) + tg_program_outputs(p)) * sizeof *w);
  if (w == NULL) return 0;
  tg_workspace_init(p, w);
  tg_program_eval(p, w, x, w + tg_program_workspace(p), NULL);
  *cost = w[tg_program_workspace(p)];
  free(w);
  return 1;
}

static int solve (const tg_program *p, double *x) {
  const size_t n = tg_program_inputs(p);
  double cost;
  size_t i;
  if (!evaluate(p, x, &cost)) return 0;
  printf("cost     = %.6f\n", cost);
  if (lbfgs(p, x, &cost) < 0) return 0;
  printf("minimum  = %.6f\n", cost);
  for (i = 0; i < n; i++) printf("x[%d]     = %.6f\n", (int)i + 1, x[i]);
  return 1;
}

int main (int argc, char **argv) {
  tg_program *p = argc > 1 ? load(argv[1]) : NULL;
  const size_t n = p != NULL ? tg_program_inputs(p) : 0;
  double *x = NULL;
  size_t i;
  int ok = 0;
  if (p != NULL && tg_program_outputs(p) == n + 1 && (size_t)argc == n + 2) {
    x = (double *)malloc((n + 1) * sizeof *x);
    for (i = 0; x != NULL && i < n; i++) x[i] = strtod(argv[i + 2], NULL);
    ok = x != NULL && solve(p, x);
    if (!ok) fprintf(stderr, "not enough memory\n");
  }
  else
    fprintf(stderr,
            "usage: %s FILE x1 x2 ..., a saved Program of value and "
            "gradient, and its arguments\n",
            argv[0]);
  free(x);
  tg_program_free(p, &memory);
  return !ok;
}
