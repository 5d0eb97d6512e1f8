/*
** numeric.h: constants and functions of numbers that the table of operations
** needs and libm does not have. Nothing here knows of operations.
*/
#ifndef TG_NUMERIC_H
#define TG_NUMERIC_H

#include "../attributes.h"

TG_HIDDEN_BEGIN

/* Constants of the formulas: X(name, value) */
#define TG_CONSTANTS(X) \
  X(zero, 0.0) \
  X(one, 1.0) \
  X(minus_one, -1.0) \
  X(half, 0.5) \
  X(two, 2.0) \
  X(three, 3.0) \
  X(ln2, 0.69314718055994530942) \
  X(inv_ln2, 1.44269504088896340736) \
  X(inv_ln10, 0.43429448190325182765) \
  X(degree, 0.017453292519943295769)     /* pi / 180 */ \
  X(inv_degree, 57.295779513082320877)   /* 180 / pi */ \
  X(sqrt_half, 0.70710678118654752440)   /* 1 / sqrt(2) */ \
  X(2_sqrtpi, 1.12837916709551257390)    /* 2 / sqrt(pi) */ \
  X(inv_sqrt2pi, 0.39894228040143267794) /* 1 / sqrt(2 pi) */ \
  X(up, 3.27339060789614187e150)         /* 2^500 */ \
  X(down, 3.05493636349960468e-151)      /* 2^-500 */ \
  X(infinity, INFINITY)
enum {
#define TG_CONST(name, value) TG_CONST_##name,
  TG_CONSTANTS(TG_CONST)
#undef TG_CONST
    TG_NCONSTS
};
extern const double tg_constants[TG_NCONSTS];

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
