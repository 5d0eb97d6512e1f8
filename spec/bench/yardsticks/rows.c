/*
** rows.c: the complex function's value and gradient over a million rows, as a
** loop over arrays, which the compiler may turn into vector code as far as its
** flags let it. The outputs are a few of the results. Other contestants here
** are a clock, and work for one or two threads.
*/
#define _POSIX_C_SOURCE 200809L /* -std=c99 hides clock_gettime */

#include <pthread.h>
#include <time.h>

#include "yardstick.h"

enum { ROWS = 1000000 };

typedef void (*rows_function)(const double *, const double *, double *,
                              double *, double *);

static void loop (const double *restrict a, const double *restrict b,
                  double *restrict f, double *restrict da,
                  double *restrict db) {
  int i;
  for (i = 0; i < ROWS; i++) {
    const double t = tanh(b[i]), u = a[i] * b[i] + a[i];
    f[i] = u * t;
    da[i] = (b[i] + 1.0) * t;
    db[i] = a[i] * t + u * (1.0 - t * t);
  }
}

/* Calls loop by a volatile pointer: were it inlined, compilers would exchange
   the two loops and compute each row's tanh once for all repetitions. */
static void repeat (const yardstick *self, const double *in, double *out,
                    long n) {
  volatile const rows_function known = loop;
  const rows_function run = known;
  static double a[ROWS], b[ROWS], f[ROWS], da[ROWS], db[ROWS];
  int i;
  (void)self, (void)in;
  if (b[0] == 0.0)
    for (i = 0; i < ROWS; i++) {
      a[i] = 2.0 * sin((double)(i + 1));
      b[i] = 2.0 * cos(3.0 * (double)(i + 1));
    }
  for (; n > 0; n--) run(a, b, f, da, db);
  for (i = 0; i < 3; i++) {
    const int row = i * (ROWS / 2 - 1);
    out[3 * i] = f[row];
    out[3 * i + 1] = da[row];
    out[3 * i + 2] = db[row];
  }
}

/* Tells the seconds of a monotonic clock. */
static void tell_time (const yardstick *self, const double *in, double *out,
                       long n) {
  struct timespec now;
  (void)self, (void)in, (void)n;
  clock_gettime(CLOCK_MONOTONIC, &now);
  out[0] = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum { STEPS = 4000000 };

/* The steps of one thread, which need no memory */
typedef struct share {
  long steps;
  volatile double result;
} share;

static void *step (void *data) {
  share *s = (share *)data;
  double x = 1.0;
  long i;
  for (i = 0; i < s->steps; i++) x = x * 0.999 + 1.0;
  s->result = x;
  return NULL;
}

/* Does n * STEPS steps on one or two threads; `data` points to how many. */
static void run_loop (const yardstick *self, const double *in, double *out,
                      long n) {
  const int threads = *(const int *)self->data;
  share shares[2];
  pthread_t other;
  (void)in;
  shares[0].steps = shares[1].steps = n * STEPS / threads;
  if (threads == 2 && pthread_create(&other, NULL, step, &shares[1]) == 0) {
    step(&shares[0]);
    pthread_join(other, NULL);
  }
  else
    step(&shares[0]);
  out[0] = shares[0].result;
}

static const int one = 1, two = 2;

static const yardstick list[] = { { "rows", 0, 9, repeat, NULL },
                                  { "clock", 0, 1, tell_time, NULL },
                                  { "loop1", 0, 1, run_loop, (void *)&one },
                                  { "loop2", 0, 1, run_loop, (void *)&two } };

YARDSTICK_API int luaopen_yardstick (lua_State *L);
YARDSTICK_API int luaopen_yardstick (lua_State *L) {
  return yardstick_push(L, list, sizeof list / sizeof *list);
}
