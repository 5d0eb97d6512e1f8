/*
** numeric.h: functions of numbers that the table of operations needs and
** libm does not have. Nothing here knows of nodes or derivatives.
*/
#ifndef TG_NUMERIC_H
#define TG_NUMERIC_H

#include "../attributes.h"

TG_HIDDEN_BEGIN

/* a - floor(a / b) * b, just as Lua's % on floats. */
double tg_mod (double a, double b);

/* Logarithm of `x` in base `base`, as Lua's math.log(x, base). */
double tg_logbase (double x, double base);

/* Logarithm of |Gamma(x)|; writes no global variable. */
double tg_lgamma (double x);

/* The derivative of lgamma; NaN at the poles but 0. */
double tg_digamma (double x);

/*
** The n-th derivative of digamma, for integers n from 0 to 170 (to 40 where x
** is negative); NaN for other n.
*/
double tg_polygamma (double n, double x);

TG_HIDDEN_END

#endif
