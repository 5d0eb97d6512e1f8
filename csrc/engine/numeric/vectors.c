/*
** vectors.c: sums and combinations of long vectors (vectors.h).
*/
#include "../config.h"

/* Makes gcc use vectors at any -O. Those that all processors of the target have
   suffice, because memory limits most of this work. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#include "vectors.h"
#include "environment.h"

#ifndef TG_NO_TENSOR

#define SUMS 8

static double add_up (const double *s) {
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

/* Adds n products to as many sums; n is at most SUMS. Inlined where w is NULL,
   it has no weights. */
INLINE void dot_some (double *s, const double *a, const double *b,
                      const double *w, size_t n) {
  size_t k;
  for (k = 0; k < n; k++) s[k] += a[k] * b[k] * (w != NULL ? w[k] : 1.0);
}

/* Adds n terms to y, at most SUMS. Reads all before it writes, because y may be
   u. */
INLINE void axpy_some (double *y, double x, const double *u, const double *w,
                       size_t n) {
  double t[SUMS];
  size_t k;
  for (k = 0; k < n; k++) t[k] = y[k] + x * u[k] * (w != NULL ? w[k] : 1.0);
  for (k = 0; k < n; k++) y[k] = t[k];
}

INLINE double dot (const double *a, const double *b, const double *w,
                   size_t n) {
  double s[SUMS] = { 0.0 };
  size_t i;
  for (i = 0; i + SUMS <= n; i += SUMS)
    dot_some(s, a + i, b + i, w != NULL ? w + i : NULL, SUMS);
  dot_some(s, a + i, b + i, w != NULL ? w + i : NULL, n - i);
  return add_up(s);
}

INLINE void axpy (double *y, double x, const double *u, const double *w,
                  size_t n) {
  size_t i;
  for (i = 0; i + SUMS <= n; i += SUMS)
    axpy_some(y + i, x, u + i, w != NULL ? w + i : NULL, SUMS);
  axpy_some(y + i, x, u + i, w != NULL ? w + i : NULL, n - i);
}

double tg_dot (const double *a, const double *b, const double *w, size_t n) {
  tg_environment host;
  double y;
  tg_environment_enter(&host);
  y = w == NULL ? dot(a, b, NULL, n) : dot(a, b, w, n);
  y = tg_environment_result(y);
  tg_environment_leave(&host);
  return y;
}

void tg_axpy (double *y, double x, const double *u, const double *w, size_t n) {
  tg_environment host;
  tg_environment_enter(&host);
  if (w == NULL)
    axpy(y, x, u, NULL, n);
  else
    axpy(y, x, u, w, n);
  tg_environment_leave(&host);
}

#endif
