/*
** qr.c: factors a matrix by Householder reflections, with column pivoting.
*/
#include "../config.h"

#include "qr.h"

#include <math.h>

#include "../pace.h"

#ifndef TG_NO_FIT

/* A sum of squares between these has lost no digits by over- or underflow. */
#define SMALL 1e-240
#define LARGE 1e240

/* If less than this fraction of a column's squared length is left, shorten()
   computes the length again: half of its digits must be right. */
#define CANCELLED 1e-8

/* Returns the length of x, without over- or underflow on the way. */
static double norm (const double *x, size_t n) {
  double sum = 0.0, largest = 0.0;
  size_t i;
  for (i = 0; i < n; i++) sum += x[i] * x[i];
  if ((sum > SMALL && sum < LARGE) || sum != sum) return sqrt(sum);
  for (i = 0; i < n; i++)
    if (fabs(x[i]) > largest) largest = fabs(x[i]);
  if (largest == 0.0 || largest == HUGE_VAL) return largest;
  sum = 0.0;
  for (i = 0; i < n; i++) sum += x[i] / largest * (x[i] / largest);
  return largest * sqrt(sum);
}

/* Applies the reflection of v to b. Both have n elements; v[0] counts as 1. */
static void reflect (const double *v, double factor, double *b, size_t n) {
  double sum = b[0];
  size_t i;
  if (factor == 0.0) return;
  for (i = 1; i < n; i++) sum += v[i] * b[i];
  sum *= factor;
  b[0] -= sum;
  for (i = 1; i < n; i++) b[i] -= sum * v[i];
}

/*
** Computes the reflection that turns v into a vector (b, 0, 0, ...) of equal
** length. Stores b into v[0], and the Householder vector behind it. Returns the
** factor of the reflection.
*/
static double clear_below (double *v, size_t n) {
  const double size = norm(v, n), head = v[0];
  const double beta = head > 0.0 ? -size : size;
  size_t i;
  if (size == 0.0 || n == 1) return 0.0;
  for (i = 1; i < n; i++) v[i] /= head - beta;
  v[0] = beta;
  return (beta - head) / beta;
}

static void swap_columns (double *a, double *b, size_t m) {
  size_t i;
  for (i = 0; i < m; i++) {
    const double x = a[i];
    a[i] = b[i];
    b[i] = x;
  }
}

/* Returns the column, from k on, of which most is left in its units. */
static size_t choose_pivot (const double *left, const double *units,
                            const size_t *p, size_t k, size_t n) {
  size_t pivot = k, j;
  for (j = k + 1; j < n; j++)
    if (left[j] / units[p[j]] > left[pivot] / units[p[pivot]]) pivot = j;
  return pivot;
}

/* Removes the first element of a column, which now belongs to R, from the
   length *left. *whole is the length last computed from the elements. */
static void shorten (double *left, double *whole, const double *column,
                     size_t n) {
  const double x = column[0] / *left, rest = 1.0 - x * x;
  if (rest > 0.0 && rest * (*left / *whole) * (*left / *whole) > CANCELLED)
    *left *= sqrt(rest);
  else if (*left > 0.0)
    *left = *whole = norm(column + 1, n - 1);
}

tg_status tg_qr_factor (double *a, size_t m, size_t n, const double *units,
                        size_t *p, double *work, const tg_poll *poll) {
  const size_t next = m + 1;
  double *left = work, *whole = work + n; /* see shorten */
  tg_pace pace = tg_new_pace(poll);
  size_t k, j;
  for (j = 0; j < n; j++) {
    if (tg_pace_tick(&pace, m)) return TG_INTERRUPTED;
    p[j] = j;
    left[j] = whole[j] = norm(a + j * next, m);
  }
  for (k = 0; k < n; k++) {
    const size_t pivot = choose_pivot(left, units, p, k, n), old = p[k];
    double *v = a + k * next + k;
    if (pivot != k) {
      swap_columns(a + k * next, a + pivot * next, m);
      p[k] = p[pivot];
      p[pivot] = old;
      left[pivot] = left[k];
      whole[pivot] = whole[k];
    }
    v[m - k] = clear_below(v, m - k);
    for (j = k + 1; j < n; j++) {
      double *column = a + j * next + k;
      reflect(v, v[m - k], column, m - k);
      shorten(left + j, whole + j, column, m - k);
      if (tg_pace_tick(&pace, m)) return TG_INTERRUPTED;
    }
  }
  return TG_OK;
}

tg_status tg_qr_apply (const double *a, size_t m, size_t n, double *b,
                       const tg_poll *poll) {
  tg_pace pace = tg_new_pace(poll);
  size_t k;
  for (k = 0; k < n; k++) {
    const double *v = a + k * (m + 1) + k;
    reflect(v, v[m - k], b + k, m - k);
    if (tg_pace_tick(&pace, m)) return TG_INTERRUPTED;
  }
  return TG_OK;
}

#endif
