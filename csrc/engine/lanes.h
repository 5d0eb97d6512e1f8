/*
** lanes.h: elementary functions for vectors. Each is a plain function of one
** double without branches, tables or calls, made of + - * /, selections and
** integer arithmetic only, so that a compiler turns
**
**   for (k = 0; k < n; k++) y[k] = lane_exp(x[k]);
**
** into code for whatever vectors the target has, SSE2 and NEON included, and
** so that the result has the same bits on all of them (but for the sign and
** payload of a NaN). For sources of the engine that include config.h first
** and are compiled at -O3 (or by `#pragma GCC optimize ("O3")`).
**
** lane_NAME_in_range(x) says whether lane_NAME(x) is as accurate as the table
** below says; libm does the others. Most functions hold for every double,
** infinities, NaN, signed zeros and subnormal numbers and results included,
** and then the answer is the constant 1.
**
** Largest errors in units of the last place, proved against 64-bit mantissas
** by spec/lanes/accuracy.c:
**
**   exp 1.0, tanh 2, sigmoid 2, log 1
**
** The coefficients are computed by spec/reference/lanes.py. Sources: Cody and
** Waite, Software Manual for the Elementary Functions (1980); Muller et al.,
** Handbook of Floating-Point Arithmetic (2010); Muller, Elementary Functions
** (2006).
*/
#ifndef TG_LANES_H
#define TG_LANES_H

#include <stdint.h>
#include <string.h>

/*
** gcc does not make vectors of a selection if the side that is not taken
** might raise a floating-point exception that somebody looks at. We do not.
*/
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math", "no-thread-jumps")
#endif

/* --- Bits of numbers ----------------------------------------------------- */

#define LANE_SIGN ((uint64_t)1 << 63)
#define LANE_MANTISSA (((uint64_t)1 << 52) - 1)
#define LANE_ONE ((uint64_t)1023 << 52)      /* bits of 1.0 */
#define LANE_SQRT_HALF 0x3fe6a09e667f3bcduLL /* bits of sqrt(0.5) */
#define LANE_INF ((double)1e308 * 10)

static inline uint64_t lane_bits (double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline double lane_double (uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline double lane_abs (double x) {
  return lane_double(lane_bits(x) & ~LANE_SIGN);
}

/* |x| with the sign of y; x >= 0. */
static inline double lane_sign (double x, double y) {
  return lane_double(lane_bits(x) | (lane_bits(y) & LANE_SIGN));
}

/*
** Rounding to an integer: x + LANE_MAGIC - LANE_MAGIC for |x| < 2^51. The sum
** has the integer in its lowest bits, as a two's complement.
*/
#define LANE_MAGIC 6755399441055744.0 /* 1.5 * 2^52 */

/* 2^n for the integer n in the lowest bits, -1022 <= n <= 1023. */
static inline double lane_power (uint64_t n) {
  return lane_double((n << 52) + LANE_ONE);
}

/* --- Exponential functions ----------------------------------------------- */

#define LANE_INV_LN2 1.4426950408889634
#define LANE_LN2_HIGH 0.69314718036912382   /* 32 bits: its products by n are */
#define LANE_LN2_LOW 1.9082149292705877e-10 /* exact */

/* (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2 */
static inline double lane_exp_tail (double r) {
  const double z = r * r;
  const double even =
    ((2.7620088445409746e-07 * z + 2.4801521295954376e-05) * z +
     0.0013888888917213717) *
      z +
    0.041666666666624129;
  const double odd = ((2.510038549551032e-08 * z + 2.7557268459997064e-06) * z +
                      0.00019841269863053618) *
                       z +
                     0.0083333333333300615;
  return (0.5 + 0.16666666666666669 * r) + z * (even + odd * r);
}

/*
** exp(x) * 2^shift. x = n ln(2) + r; two factors make up 2^n, so that the
** second product rounds once where the result overflows or is subnormal.
*/
static inline double lane_exp_scaled (double x, uint64_t shift) {
  const double low = x < -746.0 ? -746.0 : x;
  const double c = low > 711.0 ? 711.0 : low;
  const double m = c * LANE_INV_LN2 + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r = (c - n * LANE_LN2_HIGH) - n * LANE_LN2_LOW;
  const uint64_t half = lane_bits(n * 0.5 + LANE_MAGIC);
  const double y = 1.0 + (r + r * r * lane_exp_tail(r));
  return y * lane_power(half + shift) * lane_power(lane_bits(m) - half);
}

static inline double lane_exp (double x) { return lane_exp_scaled(x, 0); }

/*
** With h = |x| + n ln(2) / 2 and R = h coth(h), exp(2h) is (R + h) / (R - h),
** and so 1 - tanh(|x|) = 2 E (R - h) / ((1 + E) R + (1 - E) h) with E = 2^n.
** From zero to 0.55, where that would cancel, n = 0 and tanh(h) = h / R.
*/
static inline double lane_tanh (double x) {
  const double size = lane_abs(x);
  const double a = size > 20.0 ? 20.0 : size;
  const double m = (a < 0.55 ? 0.0 : a) * (-2.0 * LANE_INV_LN2) + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double h = (a + n * (0.5 * LANE_LN2_HIGH)) + n * (0.5 * LANE_LN2_LOW);
  const double power = lane_power(lane_bits(m));
  const double twice = power + power;
  const double less = 1.0 - power, more = 1.0 + power;
  const double base = a < 0.55 ? 0.0 : 1.0;
  const double first = a < 0.55 ? 0.0 : twice;
  const double z = h * h, zz = z * z, z4 = zz * zz;
  const double tail =
    z * (((0.33333333333333331 + -0.022222222222220412 * z) +
          zz * (0.0021164021162763682 + -0.00021164020830784846 * z)) +
         z4 * ((2.137775572020848e-05 + -2.1640960404222118e-06 * z) +
               zz * (2.1804158832689956e-07 + -1.9677953666927214e-08 * z)));
  const double y = base - (first - (twice * h - first * tail)) /
                            (more + (less * h + more * tail));
  return lane_double((lane_bits(y) & ~LANE_SIGN) | (lane_bits(x) & LANE_SIGN));
}

/*
** y / (1 + y) with y = e^x. The division's numerator carries a factor 2^64
** that keeps it normal where the result is not. What 1 + y loses by rounding,
** e, is made up for: 1 / (1 + y) is 1 - s.
*/
static inline double lane_sigmoid (double x) {
  const double low = x < -746.0 ? -746.0 : x;
  const double c = low > 40.0 ? 40.0 : low;
  const double m = c * LANE_INV_LN2 + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r = (c - n * LANE_LN2_HIGH) - n * LANE_LN2_LOW;
  const double large =
    (1.0 + (r + r * r * lane_exp_tail(r))) * lane_power(lane_bits(m) + 64);
  const double y = large * 5.4210108624275222e-20;
  const double d = 1.0 + y;
  const double e = c < 30.0 ? (1.0 - d) + y : 0.0;
  const double s = large / d * 5.4210108624275222e-20;
  return s - s * (e * (1.0 - s));
}

/* --- Logarithms ---------------------------------------------------------- */

/* With s = f / (2 + f): log(1 + f) / s - 2, from z = s^2;
   sqrt(0.5) <= 1 + f < sqrt(2). */
static inline double lane_log_tail (double z) {
  const double y = z * z;
  return z * ((0.66666666666666696 + 0.39999999999899444 * z) +
              y * ((0.2857142862600327 + 0.22222211130259878 * z) +
                   y * ((0.18182889455674947 + 0.15331710618210773 * z) +
                        y * 0.14616585424888623)));
}

/* The value of a logarithm at `x`, which is not a finite positive number, or
   y elsewhere. */
static inline double lane_log_special (double x, double y) {
  const double at_zero = x == 0.0 ? -LANE_INF : LANE_INF - LANE_INF;
  const double positive = x < LANE_INF ? y : x;
  return x > 0.0 ? positive : at_zero;
}

/*
** x = 2^n (1 + f). log(1 + f) = f - f^2/2 + s (f^2/2 + tail), which loses
** nothing where f is small (Muller 2006, as in fdlibm).
*/
static inline double lane_log (double x) {
  const double small = 2.2250738585072014e-308;
  const double scale = x < small ? 18014398509481984.0 : 1.0; /* 2^54 */
  const double bias = x < small ? 4503599627370496.0 + 1023.0 + 54.0
                                : 4503599627370496.0 + 1023.0; /* 2^52 + */
  const uint64_t bits = lane_bits(x * scale) + (LANE_ONE - LANE_SQRT_HALF);
  const double n =
    lane_double((bits >> 52) | lane_bits(4503599627370496.0)) - bias;
  const double f = lane_double((bits & LANE_MANTISSA) + LANE_SQRT_HALF) - 1.0;
  const double s = f / (2.0 + f);
  const double square = 0.5 * f * f;
  const double tail = lane_log_tail(s * s);
  const double y = n * LANE_LN2_HIGH -
                   ((square - (s * (square + tail) + n * LANE_LN2_LOW)) - f);
  return lane_log_special(x, y);
}

#endif
