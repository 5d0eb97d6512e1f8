/*
** qr.h: orthogonal factors of a matrix, for least squares.
**
** A matrix of m rows and n columns, m >= n, lies in memory by columns, each of
** m + 1 doubles, the last of which is free. It becomes Q * R, with its columns
** permuted. R stands in and above the diagonal, the Householder vectors below
** it without their first element, which is 1, and their factors in the free
** doubles. A reflection is 1 - factor * v * v'.
*/
#ifndef TG_QR_H
#define TG_QR_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"

TG_HIDDEN_BEGIN

/*
** Factors the matrix in place. Pivots by the lengths of its columns, that of
** column j in units of units[j] (Businger and Golub, 1965). Column k of Q * R
** is column p[k] of the matrix. `work` has room for 2 * n doubles.
*/
tg_status tg_qr_factor (double *a, size_t m, size_t n, const double *units,
                        size_t *p, double *work, const tg_poll *poll);

/* Replaces b, which has m doubles, by Q' * b. */
tg_status tg_qr_apply (const double *a, size_t m, size_t n, double *b,
                       const tg_poll *poll);

TG_HIDDEN_END

#endif
