/*
** vectors.h: sums and combinations of long vectors, for optimisers. The bits of
** the results depend on neither flags nor machine. The weights `w` multiply the
** terms, unless `w` is NULL.
*/
#ifndef TG_VECTORS_H
#define TG_VECTORS_H

#include "../attributes.h"

#include <stddef.h>

TG_HIDDEN_BEGIN

/* Returns the sum of a[k] * b[k] (* w[k]). Eight sums take turns. */
double tg_dot (const double *a, const double *b, const double *w, size_t n);

/* Adds x * u[k] (* w[k]) to each y[k]. y may be u. */
void tg_axpy (double *y, double x, const double *u, const double *w, size_t n);

TG_HIDDEN_END

#endif
