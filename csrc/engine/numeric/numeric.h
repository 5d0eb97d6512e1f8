/*
** numeric.h: the constants, and the functions of numbers beyond libm, that the
** table of operations needs. Nothing here knows of operations.
*/
#ifndef TG_NUMERIC_H
#define TG_NUMERIC_H

#include "../attributes.h"

TG_HIDDEN_BEGIN

/* The constants of the formulas, as X(name, value) */
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

/* Returns a - floor(a / b) * b, as Lua's % does on floats. */
double tg_mod (double a, double b);

/* Returns the logarithm of `x` to base `base`, as Lua's math.log(x, base). */
double tg_logbase (double x, double base);

/* Returns the logarithm of |Gamma(x)|. Unlike lgamma it writes no global
   variable where there is lgamma_r. */
double tg_lgamma (double x);

/* Returns the derivative of lgamma. It is infinite at 0, and NaN at the other
   poles. */
double tg_digamma (double x);

/*
** Returns the n-th derivative of digamma, for integers n from 0 to 170 (to 40
** if x is negative), and NaN for other n.
*/
double tg_polygamma (double n, double x);

TG_HIDDEN_END

#endif
