/*
** vectors.h: sums and combinations of long vectors, for optimisers. Whatever
** the flags and the machine, the bits are the same. A weight `w` multiplies
** each term, unless it is NULL.
*/
#ifndef TG_VECTORS_H
#define TG_VECTORS_H

#include "../attributes.h"

#include <stddef.h>

TG_HIDDEN_BEGIN

/* The sum of a * b (* w); eight sums take turns. */
double tg_dot (const double *a, const double *b, const double *w, size_t n);

/* Adds x * u (* w) to y. */
void tg_axpy (double *y, double x, const double *u, const double *w, size_t n);

TG_HIDDEN_END

#endif
