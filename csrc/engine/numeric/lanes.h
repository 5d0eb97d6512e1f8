/*
** lanes.h: elementary functions for vectors. Each is a C function of one or two
** doubles without branches, tables or calls, made only of + - * /, selections
** and integer arithmetic. A compiler therefore turns
**
**   for (k = 0; k < n; k++) y[k] = lane_exp(x[k]);
**
** into code for the vectors that the target has, SSE2 and NEON included. The
** results have the same bits on all of them, but for the sign and payload of a
** NaN. A source that uses this header includes config.h first and is compiled
** at -O3 (or by `#pragma GCC optimize ("O3")`).
**
** lane_NAME_in_range(x) tells whether lane_NAME(x) is as accurate as
** LANE_BOUNDS says; for other x, callers use libm. Most functions hold for
** every double, infinities, NaN, signed zeros and subnormal numbers and results
** included: their answer is the constant 1. (An answer that takes several
** comparisons selects a double by all but the last, because an int between them
** would halve the vectors.)
**
** spec/reference/lanes.py computes the coefficients. Sources: Cody and Waite,
** Software Manual for the Elementary Functions (1980); Muller et al., Handbook
** of Floating-Point Arithmetic (2010); Muller, Elementary Functions (2006).
*/
#ifndef TG_LANES_H
#define TG_LANES_H

#include <stdint.h>
#include <string.h>

/*
** LANE_BOUNDS is the accuracy of batches: the largest error of each function in
** units in the last place, on 10^8 points and special values. No other file
** states it. spec/lanes/accuracy.c holds the functions to it, with libm in long
** double as reference.
*/
#define LANE_BOUNDS(BOUND) \
  BOUND(exp, 1.2) \
  BOUND(exp2, 1.2) \
  BOUND(expm1, 2) \
  BOUND(log, 1) \
  BOUND(log1p, 1) \
  BOUND(log2, 1) \
  BOUND(log10, 1) \
  BOUND(tanh, 2.7) \
  BOUND(sigmoid, 2.1) \
  BOUND(sinh, 2.5) \
  BOUND(cosh, 1.7) \
  BOUND(sin, 1) \
  BOUND(cos, 1) \
  BOUND(tan, 2.5) \
  BOUND(asin, 1.5) \
  BOUND(acos, 1) \
  BOUND(atan, 2) \
  BOUND(atan2, 2.2) \
  BOUND(asinh, 2.5) \
  BOUND(acosh, 2.5) \
  BOUND(atanh, 2.5) \
  BOUND(erf, 2) \
  BOUND(erfc, 6) \
  BOUND(cbrt, 1) \
  BOUND(pow, 1.3) \
  BOUND(hypot, 1)

/*
** Without these options gcc makes no vectors of many selections: the side that
** is not taken might raise a floating-point exception (nobody looks at them
** here), and for a selection between constants gcc would copy all code below.
*/
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math", "no-thread-jumps")
#endif

/* LANE: the compiler inlines every call, because a loop with a call makes no
   vectors. It would not inline long functions by itself. */
#if defined(__GNUC__)
#define LANE static inline __attribute__((always_inline))
#else
#define LANE static inline
#endif

/* --- Bits of numbers ----------------------------------------------------- */

#define LANE_LOW_HALF (((uint64_t)1 << 27) - 1)
#define LANE_SIGN ((uint64_t)1 << 63)
#define LANE_MANTISSA (((uint64_t)1 << 52) - 1)
#define LANE_ONE ((uint64_t)1023 << 52)      /* bits of 1.0 */
#define LANE_SQRT_HALF 0x3fe6a09e667f3bcduLL /* bits of sqrt(0.5) */
#define LANE_2_52 4503599627370496.0
#define LANE_INF ((double)1e308 * 10)

LANE uint64_t lane_bits (double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

LANE double lane_double (uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

LANE double lane_abs (double x) {
  return lane_double(lane_bits(x) & ~LANE_SIGN);
}

/* Returns x with the sign of y, for x >= 0. */
LANE double lane_sign (double x, double y) {
  return lane_double(lane_bits(x) | (lane_bits(y) & LANE_SIGN));
}

/*
** x + LANE_MAGIC - LANE_MAGIC is x rounded to an integer, for |x| < 2^51. The
** lowest bits of the sum are that integer in two's complement.
*/
#define LANE_MAGIC 6755399441055744.0 /* 1.5 * 2^52 */

/* --- Exponential functions ----------------------------------------------- */

#define LANE_INV_LN2 1.4426950408889634
#define LANE_LN2 0.69314718055994531
/* ln(2) is the sum of three numbers. The first has 32 bits, so that its product
   with an exponent is not rounded. */
#define LANE_LN2_HIGH 0.69314718036912382
#define LANE_LN2_LOW 1.9082149292705877e-10
#define LANE_LN2_LOWER 1.1612227229362532e-26

/* Defines tanh, sigmoid and their helpers, which other functions use, too. */
#define LANE_HELPER(name, ...) LANE __VA_ARGS__
#define LOCAL_HELPER(name, ...)
#define HELPER(name, ...)
#include "helpers.def"

/*
** Returns exp(x) * 2^shift, as 2^n exp(r) with x = n ln(2) + r. Two factors
** make up 2^n, so that only the second product rounds where the result
** overflows or is subnormal.
*/
LANE double lane_exp_scaled (double x, uint64_t shift) {
  const double low = x < -746.0 ? -746.0 : x;
  const double c = low > 711.0 ? 711.0 : low;
  const double m = c * LANE_INV_LN2 + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r = (c - n * LANE_LN2_HIGH) - n * LANE_LN2_LOW;
  const uint64_t half = lane_bits(n * 0.5 + LANE_MAGIC);
  const double y = 1.0 + (r + r * r * lane_exp_tail(r));
  return y * lane_power(half + shift) * lane_power(lane_bits(m) - half);
}

LANE double lane_exp (double x) { return lane_exp_scaled(x, 0); }

/* Returns 2^x. Splits x into an integer n and a rest without rounding; r is
   ln(2) times the rest. */
LANE double lane_exp2 (double x) {
  const double low = x < -1080.0 ? -1080.0 : x;
  const double c = low > 1025.0 ? 1025.0 : low;
  const double m = c + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r = (c - n) * LANE_LN2;
  const uint64_t half = lane_bits(n * 0.5 + LANE_MAGIC);
  const double y = 1.0 + (r + r * r * lane_exp_tail(r));
  return y * lane_power(half) * lane_power(lane_bits(m) - half);
}

/* Returns (exp(x) - 1) * 2^shift, from exp(x) - 1 = 2^n (1 - 2^-n + r + r^2
   tail), with x as in lane_exp_scaled. */
LANE double lane_expm1_scaled (double x, uint64_t shift) {
  const double low = x < -40.0 ? -40.0 : x;
  const double c = low > 711.0 ? 711.0 : low;
  const double m = c * LANE_INV_LN2 + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r = (c - n * LANE_LN2_HIGH) - n * LANE_LN2_LOW;
  const uint64_t half = lane_bits(n * 0.5 + LANE_MAGIC);
  const double inverse = lane_power(0 - lane_bits(m));
  const double one = 1.0 - (c < 100.0 ? inverse : 0.0);
  const double y = (one + r) + r * r * lane_exp_tail(r);
  return y * lane_power(half + shift) * lane_power(lane_bits(m) - half);
}

LANE double lane_expm1 (double x) {
  return lane_sign(lane_expm1_scaled(x, 0), x);
}

/*
** sinh|x| is (t + t / (t + 1)) / 2 with t = exp(|x|) - 1. For small x the form
** (2 t - t^2 / (t + 1)) / 2 rounds better. For large x it is exp(|x|) / 2,
** computed so that it does not overflow before the result does.
*/
LANE double lane_sinh (double x) {
  const double a = lane_abs(x);
  const double down = a < 40.0 ? 0.0 : 1.0;
  const double t = lane_expm1_scaled(a, lane_bits(LANE_MAGIC - down));
  const double part = (a < 0.7 ? -t * t : t) / (t + 1.0);
  const double near = 0.5 * ((a < 0.7 ? t + t : t) + part);
  return lane_sign(a < 40.0 ? near : t, x);
}

/* cosh(x) is u + 1 / (4 u) with u = exp(|x|) / 2. */
LANE double lane_cosh (double x) {
  const double u = lane_exp_scaled(lane_abs(x), (uint64_t)0 - 1);
  return u + 0.25 / u;
}

/* --- Logarithms ---------------------------------------------------------- */

/* Returns log(1 + f) / s - 2 for z = s^2 and s = f / (2 + f), where
   sqrt(0.5) <= 1 + f < sqrt(2). */
LANE double lane_log_tail (double z) {
  const double y = z * z;
  return z * ((0.66666666666666696 + 0.39999999999899444 * z) +
              y * ((0.2857142862600327 + 0.22222211130259878 * z) +
                   y * ((0.18182889455674947 + 0.15331710618210773 * z) +
                        y * 0.14616585424888623)));
}

/* Returns the logarithm of x if x is not a finite positive number, else y. */
LANE double lane_log_special (double x, double y) {
  const double at_zero = x == 0.0 ? -LANE_INF : LANE_INF - LANE_INF;
  const double positive = x < LANE_INF ? y : x;
  return x > 0.0 ? positive : at_zero;
}

/* Splits x > 0 into 2^n (1 + f), where sqrt(0.5) <= 1 + f < sqrt(2). Returns f
   and sets *n. */
LANE double lane_split (double x, double *n) {
  const double small = 2.2250738585072014e-308;
  const double scale = x < small ? 18014398509481984.0 : 1.0; /* 2^54 */
  const double bias =
    x < small ? LANE_2_52 + 1023.0 + 54.0 : LANE_2_52 + 1023.0;
  const uint64_t bits = lane_bits(x * scale) + (LANE_ONE - LANE_SQRT_HALF);
  *n = lane_double((bits >> 52) | lane_bits(LANE_2_52)) - bias;
  return lane_double((bits & LANE_MANTISSA) + LANE_SQRT_HALF) - 1.0;
}

/* log(x) is n ln(2) + log(1 + f). The latter is f - f^2/2 + s (f^2/2 + tail),
   which loses no digits if f is small (Muller 2006, as in fdlibm). */
LANE double lane_log (double x) {
  double n;
  const double f = lane_split(x, &n);
  const double s = f / (2.0 + f);
  const double square = 0.5 * f * f;
  const double rest = s * (square + lane_log_tail(s * s));
  const double y =
    n * LANE_LN2_HIGH - ((square - (rest + n * LANE_LN2_LOW)) - f);
  return lane_log_special(x, y);
}

/*
** log(1 + x) is log(u) + c / u, where u is 1 + x rounded and c what that lost.
** 1 / (1 + f) in c / u is about 1 - 2 s + 2 s^2: near u = 1 that is accurate,
** and elsewhere a few bits of c / u suffice.
*/
LANE double lane_log1p (double x) {
  const double u = 1.0 + x;
  const double c = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
  double n;
  const double f = lane_split(u, &n);
  const double s = f / (2.0 + f);
  const double square = 0.5 * f * f;
  const double rest = s * (square + lane_log_tail(s * s));
  const double part =
    c * lane_power(0 - lane_bits(n + LANE_MAGIC)) * (1.0 - 2.0 * (s - s * s));
  const double more = x < LANE_2_52 ? part : 0.0;
  const double y =
    n * LANE_LN2_HIGH - ((square - (rest + (n * LANE_LN2_LOW + more))) - f);
  const double signed_y =
    lane_double(lane_bits(y) | (lane_bits(x) & LANE_SIGN));
  return lane_log_special(u, signed_y);
}

/*
** Returns the high part of log(1 + f) and sets *low to the rest. The high part
** has 21 bits, so that its product with a constant of 21 bits is not rounded.
*/
LANE double lane_log_parts (double f, double *low) {
  const double s = f / (2.0 + f);
  const double square = 0.5 * f * f;
  const double high =
    lane_double(lane_bits(f - square) & ~(uint64_t)0xffffffffu);
  *low = ((f - high) - square) + s * (square + lane_log_tail(s * s));
  return high;
}

LANE double lane_log2 (double x) {
  double n, low;
  const double f = lane_split(x, &n);
  const double high = lane_log_parts(f, &low);
  const double a = high * 1.4426946640014648;
  const double b =
    (low + high) * 3.7688749856360991e-07 + low * 1.4426946640014648;
  const double sum = n + a;
  return lane_log_special(x, sum + (b + ((n - sum) + a)));
}

LANE double lane_log10 (double x) {
  double n, low;
  const double f = lane_split(x, &n);
  const double high = lane_log_parts(f, &low);
  const double a = high * 0.43429446220397949;
  const double b =
    (low + high) * 1.9699272335463627e-08 + low * 0.43429446220397949;
  const double m = n * 0.30102999554947019;
  const double sum = m + a;
  return lane_log_special(
    x, sum + ((n * 1.1451100898021838e-10 + b) + ((m - sum) + a)));
}

/* --- Circular functions -------------------------------------------------- */

#define LANE_CIRCLE 1e6 /* lane_turn is accurate for |x| up to this */

/*
** Returns x - n pi/2 for the nearest n as the result + *low, and stores n into
** the lowest bits of *quadrant. pi/2 is a sum of four numbers, the first three
** of 33 bits, so that their products with n < 2^20 are not rounded (Cody and
** Waite).
*/
LANE double lane_turn (double x, uint64_t *quadrant, double *low) {
  const double m = x * 0.63661977236758138 + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r0 = x - n * 1.5707963267341256;
  const double t = n * 6.077100506303966e-11;
  const double r1 = r0 - t;
  const double u = n * 2.0222662487111665e-21 - ((r0 - r1) - t);
  const double r = r1 - u;
  *quadrant = lane_bits(m);
  *low = ((r1 - r) - u) - n * 8.4784276603688996e-32;
  return r;
}

/* Returns sin(r + low) for |r| <= pi / 4. */
LANE double lane_sine (double r, double low) {
  const double z = r * r, zz = z * z, cube = z * r;
  const double tail =
    (0.0083333333333309462 + -0.00019841269836754971 * z) +
    zz * ((2.7557316100683029e-06 + -2.5051131455427946e-08 * z) +
          zz * 1.591810123027412e-10);
  return r -
         ((z * (0.5 * low - cube * tail) - low) - cube * -0.16666666666666666);
}

/* Returns cos(r + low) for |r| <= pi / 4. */
LANE double lane_cosine (double r, double low) {
  const double z = r * r, zz = z * z, half = 0.5 * z, w = 1.0 - half;
  const double tail =
    z * ((0.041666666666666664 + -0.0013888888888887395 * z) +
         zz * ((2.4801587298763433e-05 + -2.7557317270560326e-07 * z) +
               zz * (2.0876146024689747e-09 + -1.1382614868556325e-11 * z)));
  return w + (((1.0 - w) - half) + (z * tail - r * low));
}

/* Returns a if n is even, b if it is odd. */
LANE double lane_even_odd (uint64_t n, double a, double b) {
  const uint64_t mask = 0 - (n & 1);
  return lane_double((lane_bits(a) & ~mask) | (lane_bits(b) & mask));
}

LANE double lane_sin (double x) {
  uint64_t n;
  double low;
  const double r = lane_turn(x, &n, &low);
  const double y = lane_even_odd(n, lane_sine(r, low), lane_cosine(r, low));
  return lane_double(lane_bits(y) ^ ((n & 2) << 62));
}

LANE double lane_cos (double x) {
  uint64_t n;
  double low;
  const double r = lane_turn(x, &n, &low);
  const double y = lane_even_odd(n, lane_cosine(r, low), lane_sine(r, low));
  return lane_double(lane_bits(y) ^ (((n + 1) & 2) << 62));
}

LANE double lane_tan (double x) {
  uint64_t n;
  double low;
  const double r = lane_turn(x, &n, &low);
  const double s = lane_sine(r, low), c = lane_cosine(r, low);
  const double y = lane_even_odd(n, s, c) / lane_even_odd(n, c, s);
  return lane_double(lane_bits(y) ^ (n << 63));
}

LANE int lane_sin_in_range (double x) { return lane_abs(x) <= LANE_CIRCLE; }
LANE int lane_cos_in_range (double x) { return lane_abs(x) <= LANE_CIRCLE; }
LANE int lane_tan_in_range (double x) { return lane_abs(x) <= LANE_CIRCLE; }

#define LANE_PI_2 1.5707963267948966
#define LANE_PI_2_LOW 6.123233995736766e-17
#define LANE_PI_4_HIGH 0.78539816339744739
#define LANE_PI_4_LOW 9.1879458967880902e-16

/* Returns (atan(t) / t - 1) / z for z = t^2 and |t| <= 1/2. */
LANE double lane_atan_tail (double z) {
  const double y = z * z, w = y * y;
  const double low = (-0.33333333333333326 + 0.19999999999991597 * z) +
                     y * (-0.14285714284105719 + 0.11111110990101652 * z);
  const double middle = (-0.090909043690198532 + 0.076921984256680162 * z) +
                        y * (-0.066650525417625978 + 0.058664942661118033 * z);
  const double high = (-0.05157503686959819 + 0.042835394881565417 * z) +
                      y * (-0.028952829603234215 + 0.011152382446395007 * z);
  return low + w * (middle + w * high);
}

/*
** Returns the angle of the point (x, y) for x, y >= 0, or pi minus it if `back`
** is 1. The angle is a multiple of pi / 4 plus or minus atan(t). t is small /
** big or, if small is more than half of big, (small - big) / (small + big),
** whose difference is not rounded. The high part of pi / 4 has 49 bits, so that
** its multiples are not rounded either.
*/
LANE double lane_angle (double y, double x, double back) {
  const double big = y > x ? y : x, small = y > x ? x : y;
  const int far = small > 0.5 * big;
  const double below = far ? small + big : big;
  const double t = (far ? small - big : small) / (big == 0.0 ? 1.0 : below);
  const double z = t * t;
  const double angle = t + t * (z * lane_atan_tail(z));
  const double eighth = far ? 1.0 : 0.0;
  const double first = y > x ? 2.0 - eighth : eighth;
  const double turn = y > x ? -1.0 : 1.0;
  const double n = back != 0.0 ? 4.0 - first : first;
  const double sign = back != 0.0 ? -turn : turn;
  return n * LANE_PI_4_HIGH + (n * LANE_PI_4_LOW + sign * angle);
}

LANE double lane_atan (double x) {
  return lane_sign(lane_angle(lane_abs(x), 1.0, 0.0), x);
}

LANE double lane_atan2 (double y, double x) {
  const double back = lane_double((lane_bits(x) >> 63) * LANE_ONE);
  return lane_sign(lane_angle(lane_abs(y), lane_abs(x), back), y);
}
LANE int lane_atan2_in_range (double y, double x) {
  return lane_abs(y) + lane_abs(x) < 8e307;
}

/*
** Returns the square root of x, which is 0 or normal, as the result + *low. It
** iterates Newton's method for 1 / sqrt(x) four times, from half the exponent
** on. *low comes from the remainder x - root^2, with root as a sum of two.
*/
LANE double lane_root (double x, double *low) {
  const double y0 = lane_double(0x5fe6eb50c7b537a9u - (lane_bits(x) >> 1));
  const double half = 0.5 * x;
  const double y1 = y0 * (1.5 - half * y0 * y0);
  const double y2 = y1 * (1.5 - half * y1 * y1);
  const double y3 = y2 * (1.5 - half * y2 * y2);
  const double y = y3 * (1.5 - half * y3 * y3);
  const double root = x * y;
  const double high = lane_double(lane_bits(root) & ~LANE_LOW_HALF);
  const double rest = (x - high * high) - (root - high) * (root + high);
  *low = 0.5 * rest * y;
  return root;
}

/* Returns (asin(t) / t - 1) / z for z = t^2 and |t| <= 1/2. */
LANE double lane_asin_tail (double z) {
  const double y = z * z, w = y * y;
  const double low = (0.16666666666666669 + 0.074999999999984246 * z) +
                     y * (0.04464285714637338 + 0.030381944137085216 * z);
  const double middle = (0.022372173002005596 + 0.017352391265909227 * z) +
                        y * (0.013971235301124539 + 0.011478952690257387 * z);
  const double high = (0.010324318288744113 + 0.0054508781877205502 * z) +
                      y * (0.017419357964884856 + -0.014881409392818066 * z);
  return low + w * (middle + w * (high + w * 0.02877844261259304));
}

/*
** Returns asin(a) if a <= 1/2, and else 2 asin(sqrt((1 - a) / 2)), which is
** pi / 2 - asin(a); as the result + *low.
*/
LANE double lane_asin_parts (double a, double *low) {
  const double far = 0.5 - 0.5 * a;
  const double z = a > 0.5 ? far : a * a;
  double rest;
  const double root = lane_root(far, &rest);
  const double t = a > 0.5 ? 2.0 * root : a;
  const double more = a > 0.5 ? 2.0 * rest : 0.0;
  *low = t * (z * lane_asin_tail(z)) + more;
  return t;
}

LANE double lane_asin (double x) {
  const double a = lane_abs(x);
  double low;
  const double t = lane_asin_parts(a, &low);
  const double y = a > 0.5 ? LANE_PI_2 - (t + (low - LANE_PI_2_LOW)) : t + low;
  return lane_sign(a <= 1.0 ? y : LANE_INF - LANE_INF, x);
}

LANE double lane_acos (double x) {
  const double a = lane_abs(x);
  double low;
  const double t = lane_asin_parts(a, &low);
  const double base = a > 0.5 ? 2.0 * LANE_PI_2 : LANE_PI_2;
  const double base_low = a > 0.5 ? 2.0 * LANE_PI_2_LOW : LANE_PI_2_LOW;
  const double back = base + ((base_low + low) + t);
  const double ahead = base - (t + (low - base_low));
  const double y =
    x < 0.0 ? (a > 0.5 ? ahead : back) : (a > 0.5 ? t + low : ahead);
  return a <= 1.0 ? y : LANE_INF - LANE_INF;
}

/* --- Powers -------------------------------------------------------------- */

/* Returns a * b as the result + *low, not rounded unless a term overflows or is
   subnormal (Dekker 1971). */
LANE double lane_product (double a, double b, double *low) {
  const double ah = lane_double(lane_bits(a) & ~LANE_LOW_HALF), al = a - ah;
  const double bh = lane_double(lane_bits(b) & ~LANE_LOW_HALF), bl = b - bh;
  const double y = a * b;
  *low = ((ah * bh - y) + ah * bl + al * bh) + al * bl;
  return y;
}

/* Returns (log(1 + f) / s - 2 - 2 z / 3) / z^2 for z = s^2, with the s of
   lane_log. */
LANE double lane_log_rest (double z) {
  const double y = z * z;
  return (0.40000000000000024 + 0.28571428571338509 * z) +
         y * ((0.2222222227110234 + 0.18181808247544543 * z) +
              y * ((0.15385574796462032 + 0.13285957435193352 * z) +
                   y * 0.12913617672182251));
}

/*
** Returns log(x) for x > 0 as the result + *low, to about 66 bits. The first
** two terms of log(1 + f) = 2 s + (2/3) s^3 + ... are sums of two doubles each.
*/
LANE double lane_log_precise (double x, double *low) {
  double n, p, q, e;
  const double f = lane_split(x, &n);
  const double d = 2.0 + f, d_low = f - (d - 2.0);
  const double s = f / d;
  const double sd = lane_product(s, d, &e);
  const double s_low = ((f - sd) - e - s * d_low) / d;
  const double z = lane_product(s, s, &p);
  const double z_low = p + 2.0 * s * s_low;
  const double t1 = lane_product(z, 0.66666666666666663, &q);
  const double t2 = z * (z * lane_log_rest(z));
  const double t = t1 + t2;
  const double t_low =
    ((t1 - t) + t2) +
    (q + (z * 3.7007434154171883e-17 + z_low * 0.66666666666666663));
  const double st = lane_product(s, t, &e);
  const double st_low = e + (s * t_low + s_low * t);
  const double a = n * LANE_LN2_HIGH; /* not rounded */
  const double b = 2.0 * s;
  const double ab = a + b;
  const double ab_low = (a - ab) + b;
  const double sum = ab + st;
  const double sum_low = (ab - sum) + st;
  const double rest = n * LANE_LN2_LOW;
  const double rest_low = n * LANE_LN2_LOWER;
  const double y = sum + rest;
  const double y_low = ((sum - y) + rest) +
                       (sum_low + ab_low + (rest_low + (2.0 * s_low + st_low)));
  const double result = y + y_low;
  *low = (y - result) + y_low;
  return result;
}

/* Returns factor * exp(x + low), rounded once where it is subnormal. Ignores
   `low` where exp is 0 or infinite. */
LANE double lane_exp_sum (double x, double low, double factor) {
  const double least = x < -746.0 ? -746.0 : x;
  const double c = least > 711.0 ? 711.0 : least;
  const double c_low = c == x ? low : 0.0;
  const double m = c * LANE_INV_LN2 + LANE_MAGIC;
  const double n = m - LANE_MAGIC;
  const double r = (c - n * LANE_LN2_HIGH) + (c_low - n * LANE_LN2_LOW);
  const uint64_t half = lane_bits(n * 0.5 + LANE_MAGIC);
  const double y = factor * (1.0 + (r + r * r * lane_exp_tail(r)));
  return y * lane_power(half) * lane_power(lane_bits(m) - half);
}

/* Returns exp(y log|x|), with the sign of x if y is odd; NaN if x < 0 and y is
   no integer. */
LANE double lane_pow (double x, double y) {
  double log_low, low;
  const double a = lane_abs(x);
  const double log = lane_log_precise(a, &log_low);
  const double product = lane_product(y, log, &low);
  const double power = lane_exp_sum(product, low + y * log_low, 1.0);
  const double positive = y > 0.0 ? 0.0 : 1.0;
  const double at_zero = y < 0.0 ? LANE_INF : positive;
  const double size = a == 0.0 ? at_zero : power;
  const double integer = y + LANE_MAGIC;
  const uint64_t odd = lane_bits(integer) << 63;
  const double whole = lane_double(lane_bits(size) | (odd & lane_bits(x)));
  const double other = x < 0.0 ? LANE_INF - LANE_INF : size;
  return integer - LANE_MAGIC == y ? whole : other;
}
/* Returns |y|, or inf if x is not finite. lane_pow holds if this is small. */
LANE double lane_pow_size (double x, double y) {
  return lane_abs(x) < LANE_INF ? lane_abs(y) : LANE_INF;
}
#define lane_pow_in_range(x, y) (lane_pow_size(x, y) < 1e15)

/* --- The error function -------------------------------------------------- */

/* Returns erf(x) / x - 1 for z = x^2 and |x| <= 0.9. */
LANE double lane_erf_near (double z) {
  const double y = z * z, w = y * y;
  const double low = (0.12837916709551256 + -0.37612638903183732 * z) +
                     y * (0.11283791670953792 + -0.026866170644823401 * z);
  const double middle =
    (0.0052239776217668961 + -0.000854832676425319 * z) +
    y * (0.00012055321374349772 + -1.4925307337159171e-05 * z);
  const double high =
    (1.6455325649246939e-06 + -1.6276496745202149e-07 * z) +
    y * (1.4051319281278355e-08 + -8.4936146382062032e-10 * z);
  return low + w * (middle + w * high);
}

/*
** Returns erfc(x) for x >= 0.85, as exp(-x^2) p(t) / (x + 3) with
** t = (x - 3) / (x + 3) (the mapping of Schonfelder 1978). x^2 is a sum of two
** numbers, the first of which is not rounded.
*/
LANE double lane_erfc_far (double x) {
  const double a = x > 28.0 ? 28.0 : x;
  const double inverse = 1.0 / (a + 3.0);
  const double t = (a - 3.0) * inverse;
  const double y = t * t, w = y * y;
  const double p0 = (1.0740069070883398 + -0.88339445316988363 * t) +
                    y * (0.5902283571041016 + -0.31046726190056145 * t);
  const double p1 = (0.1195277612873055 + -0.026827234624728115 * t) +
                    y * (-0.0012124166276550529 + 0.0030340620058335425 * t);
  const double p2 = (-0.00054830968553749686 + -0.00027677789326308326 * t) +
                    y * (0.00010756143982448175 + 3.0398449261704853e-05 * t);
  const double p3 = (-1.7470362731167545e-05 + -4.7503316397251264e-06 * t) +
                    y * (2.7648690368243722e-06 + 1.0016744396238177e-06 * t);
  const double p4 = (-4.0720522213060114e-07 + -2.3803510394947026e-07 * t) +
                    y * (4.5548617647976479e-08 + 5.5125902290050023e-08 * t);
  const double p5 = (-1.0661840942852116e-09 + -1.0872999866737045e-08 * t) +
                    y * (-6.1895947539596788e-10 + 1.349479762508226e-09 * t);
  const double p = p0 + w * (p1 + w * (p2 + w * (p3 + w * (p4 + w * p5))));
  const double high = lane_double(lane_bits(a) & ~LANE_LOW_HALF);
  return lane_exp_sum(-(high * high), -((a - high) * (a + high)), p * inverse);
}

LANE double lane_erf (double x) {
  const double a = lane_abs(x);
  const double near = a + a * lane_erf_near(a < 0.9 ? a * a : 0.0);
  const double far = 1.0 - lane_erfc_far(a);
  return lane_sign(a < 0.9 ? near : far, x);
}

/* Returns 1 - erf(x). Up to 0.85 it does not round erf(x) first: that is x +
   rest, and x - 1/2 is not rounded. */
LANE double lane_erfc (double x) {
  const double a = lane_abs(x);
  const double rest = x * lane_erf_near(a < 0.9 ? x * x : 0.0);
  const double shift = x < 0.25 ? 0.0 : 0.5;
  const double near = (1.0 - shift) - (rest + (x - shift));
  const double far = lane_erfc_far(a);
  const double back = x < 0.0 ? 2.0 - far : far;
  return a < 0.85 ? near : back;
}

/* --- Roots and inverse hyperbolic functions ------------------------------- */

/*
** Splits |x| into 2^(3 q) m with 1/2 <= m < 4. Iterates Newton's method for
** 1 / cbrt(m) twice, without a division, then Halley's once, from a root of 26
** bits, whose square is not rounded (as in fdlibm).
*/
LANE double lane_cbrt (double x) {
  const double size = lane_abs(x);
  const double small = 2.2250738585072014e-308;
  const double a = size < small ? size * 18014398509481984.0 : size; /* 2^54 */
  const uint64_t bits = lane_bits(a);
  const double e =
    lane_double((bits >> 52) | lane_bits(LANE_2_52)) - (LANE_2_52 + 1023.0);
  const double magic = e * 0.33333333333333331 + LANE_MAGIC;
  const double rest = e - 3.0 * (magic - LANE_MAGIC);
  const double f = lane_double((bits & LANE_MANTISSA) | LANE_ONE);
  const double above = rest > 0.0 ? 2.0 : 1.0;
  const double m = f * (rest < 0.0 ? 0.5 : above);
  const double root_above = rest > 0.0 ? 0.79370052598409979 : 1.0;
  const double y0 =
    (rest < 0.0 ? 1.2599210498948732 : root_above) *
    (1.6662787377309156 +
     f * (-1.1623973573078166 +
          f * (0.68465270773223252 +
               f * (-0.21636185469244387 + f * 0.027782801018584241))));
  const double third = m * 0.33333333333333331;
  const double y1 = y0 * (1.3333333333333333 - third * (y0 * y0 * y0));
  const double y = y1 * (1.3333333333333333 - third * (y1 * y1 * y1));
  const double t = lane_double(lane_bits(m * y * y) & ~LANE_LOW_HALF);
  const double r = m / (t * t);
  const double root = t + t * ((r - t) / (2.0 * t + r));
  const double result = root * lane_power(lane_bits(magic)) *
                        (size < small ? 3.814697265625e-06 : 1.0); /* 2^-18 */
  const double finite = size < LANE_INF ? result : size;
  return lane_sign(size > 0.0 ? finite : size, x);
}

/* Scales the larger operand to [1, 2), and adds up the squares as sums of two
   numbers. */
LANE double lane_hypot (double x, double y) {
  const double a = lane_abs(x), b = lane_abs(y);
  const double big = a < b ? b : a, small = a < b ? a : b;
  const uint64_t exponent = lane_bits(big) & ~(LANE_MANTISSA | LANE_SIGN);
  const double scale = lane_double(((uint64_t)2046 << 52) - exponent);
  double low1, low2, low;
  const double p = lane_product(big * scale, big * scale, &low1);
  const double q = lane_product(small * scale, small * scale, &low2);
  const double sum = p + q;
  const double rest = ((p - sum) + q) + (low1 + low2);
  const double root = lane_root(sum, &low);
  const double more = 0.5 * rest / (root > 0.0 ? root : 1.0);
  return (root + (low + more)) * lane_double(exponent);
}
/* Returns |x| + |y|, or inf if that is so small that an operand may be
   subnormal: lane_hypot holds where this is below 1e307. */
LANE double lane_hypot_size (double x, double y) {
  const double sum = lane_abs(x) + lane_abs(y);
  const double small = sum == 0.0 ? 0.0 : LANE_INF;
  return sum < 4.4501477170144028e-308 ? small : sum;
}
#define lane_hypot_in_range(x, y) (lane_hypot_size(x, y) < 1e307)

/* asinh|x| is log(a + sqrt(a^2 + 1)) with a = |x|, by log1p; for a > 1e9, whose
   square might overflow, log(2 a). */
LANE double lane_asinh (double x) {
  const double size = lane_abs(x);
  const int far = size > 1e9;
  const double a = far ? 1.0 : size;
  double low;
  const double root = lane_root(a * a + 1.0, &low) + low;
  const double near = a + a * a / (1.0 + root);
  const double y = lane_log1p(far ? size - 1.0 : near);
  return lane_sign(y + (far ? LANE_LN2 : 0.0), x);
}

/* acosh(x) is log(1 + t + sqrt(t (2 + t))) with t = x - 1, by log1p; for
   x > 1e9, log(2 x). */
LANE double lane_acosh (double x) {
  const int far = x > 1e9;
  const double t = far ? 1.0 : x - 1.0;
  double low;
  const double root = lane_root(t * (2.0 + t), &low) + low;
  const double near = t + root;
  const double y = lane_log1p(far ? x - 1.0 : near) + (far ? LANE_LN2 : 0.0);
  return x >= 1.0 ? y : LANE_INF - LANE_INF;
}

/* atanh|x| is log(1 + 2 a / (1 - a)) / 2 with a = |x|. */
LANE double lane_atanh (double x) {
  const double a = lane_abs(x);
  return lane_sign(0.5 * lane_log1p(2.0 * a / (1.0 - a)), x);
}

/* --- Functions that hold for every number --------------------------------- */

#define lane_exp_in_range(x) 1
#define lane_exp2_in_range(x) 1
#define lane_expm1_in_range(x) 1
#define lane_log_in_range(x) 1
#define lane_log1p_in_range(x) 1
#define lane_log2_in_range(x) 1
#define lane_log10_in_range(x) 1
#define lane_tanh_in_range(x) 1
#define lane_sigmoid_in_range(x) 1
#define lane_sinh_in_range(x) 1
#define lane_cosh_in_range(x) 1
#define lane_asin_in_range(x) 1
#define lane_acos_in_range(x) 1
#define lane_atan_in_range(x) 1
#define lane_erf_in_range(x) 1
#define lane_erfc_in_range(x) 1
#define lane_cbrt_in_range(x) 1
#define lane_asinh_in_range(x) 1
#define lane_acosh_in_range(x) 1
#define lane_atanh_in_range(x) 1

#endif
