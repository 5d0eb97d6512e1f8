/*
** qr.h: orthogonal factors of a matrix, for least squares.
**
** A matrix of m rows and n columns, m >= n, is given by columns, each of m + 1
** doubles of which the last is free. It becomes Q * R, its columns permuted:
** in and above the diagonal stands R, below it the Householder vectors, whose
** first element is 1, and last their factors: a reflection is
** 1 - factor * v * v'.
*/
#ifndef TG_QR_H
#define TG_QR_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"

TG_HIDDEN_BEGIN

/*
** Factors a matrix in place, pivoting by the lengths of its columns in units
** of `units` (Businger and Golub, 1965). Column k of Q * R is column p[k] of
** the matrix. `work` has 2 * n doubles.
*/
tg_status tg_qr_factor (double *a, size_t m, size_t n, const double *units,
                        size_t *p, double *work, const tg_poll *poll);

/* Q' * b in place, for b of m doubles. */
tg_status tg_qr_apply (const double *a, size_t m, size_t n, double *b,
                       const tg_poll *poll);

TG_HIDDEN_END

#endif
