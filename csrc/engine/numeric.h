/*
** numeric.h: functions of numbers that the table of operations needs and
** libm does not have. Nothing here knows of nodes or derivatives.
*/
#ifndef TG_NUMERIC_H
#define TG_NUMERIC_H

/* a - floor(a / b) * b, exactly as Lua's % on floats. */
double tg_mod (double a, double b);

/* Logarithm of `x` in base `base`, as Lua's math.log(x, base). */
double tg_logbase (double x, double base);

#endif
