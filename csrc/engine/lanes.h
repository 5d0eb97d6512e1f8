/*
** lanes.h: transcendental functions as straight lines of basic operations: no
** branches, no tables, no calls. A compiler turns a loop over one into vector
** instructions, and as each step is rounded as IEEE 754 says, the result is
** the same to the last bit on every machine and instruction set.
**
** Argument reductions after Cody and Waite, "Software Manual for the
** Elementary Functions" (1980), the structure of log and of sin and cos after
** Ng's in fdlibm; the polynomials are those of spec/reference/lanes.py. Errors
** (in units in the last place) are checked by spec/lanes/accuracy.c.
*/
#ifndef TG_LANES_H
#define TG_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t lane_bits (double x) {
  uint64_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

static inline double lane_double (uint64_t u) {
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

#define LANE_SIGN ((uint64_t)1 << 63)

static inline double lane_abs (double x) {
  return lane_double(lane_bits(x) & ~LANE_SIGN);
}

/* The magnitude of `x`, which is not NaN or is what comes back, with the sign
   of `s`. */
static inline double lane_copysign (double x, double s) {
  return lane_double((lane_bits(x) & ~LANE_SIGN) | (lane_bits(s) & LANE_SIGN));
}

/* Added to a double of less than 2^51, leaves its nearest integer in the low
   bits; the sum minus this is that integer as a double. */
#define LANE_ROUND 6755399441055744.0 /* 1.5 * 2^52 */

/* 2^n for an integer n in [-1022, 1023], given as n + LANE_ROUND */
static inline double lane_power (double n) {
  return lane_double((lane_bits(n + 1023.0) << 52));
}

#define LANE_LOG2E 1.4426950408889634
#define LANE_LN2_HIGH 6.93147180369123816490e-01 /* 32 bits, then zeros */
#define LANE_LN2_LOW 1.90821492927058770002e-10

/*
** x = n log(2) + r for |r| <= log(2) / 2: stores n plus LANE_ROUND, and
** exp(r) - 1 - r into *rest. Returns r.
*/
static inline double lane_reduce_exp (double x, double *n, double *rest) {
  const double k = (*n = x * LANE_LOG2E + LANE_ROUND) - LANE_ROUND;
  const double high = x - k * LANE_LN2_HIGH, low = k * LANE_LN2_LOW;
  const double r = high - low, z = r * r, zz = z * z;
  const double q0 = 0.5000000000000006 + 0.16666666666666588 * r;
  const double q1 = 0.041666666666576826 + 0.0083333333333895 * r;
  const double q2 = 0.0013888888931539182 + 0.00019841269719096584 * r;
  const double q3 = 2.4801505306725775e-05 + 2.755740749100128e-06 * r;
  const double q4 = 2.762602409142699e-07 + 2.5053780287138736e-08 * r;
  const double q = (q0 + q1 * z) + ((q2 + q3 * z) + q4 * zz) * zz;
  *rest = ((high - r) - low) + z * q; /* what r lost, and the series */
  return r;
}

static inline double lane_exp (double x) {
  double n, half, r, rest, y;
  x = x > 710.0 ? 710.0 : x;
  x = x < -746.0 ? -746.0 : x;
  r = lane_reduce_exp(x, &n, &rest);
  y = 1.0 + (r + rest);
  n -= LANE_ROUND; /* 2^n in two factors: it may not be a double */
  half = n * 0.5 + LANE_ROUND;
  return y * lane_power(half) *
         lane_power((n - (half - LANE_ROUND)) + LANE_ROUND);
}

static inline double lane_expm1 (double x) {
  double n, r, rest, s, c = x > 710.0 ? 710.0 : x;
  c = c < -40.0 ? -40.0 : c;
  r = lane_reduce_exp(c, &n, &rest);
  s = lane_power(n - 1.0); /* 2^n may not be a double */
  return lane_copysign(2.0 * ((s * r + (s - 0.5)) + s * rest), x);
}

/* t / (t + 2) for t = expm1(2 |x|) */
static inline double lane_tanh (double x) {
  double n, r, rest, s, t, z = lane_abs(x) + lane_abs(x);
  z = z > 40.0 ? 40.0 : z;
  r = lane_reduce_exp(z, &n, &rest);
  s = lane_power(n);
  t = (s * r + (s - 1.0)) + s * rest;
  return lane_copysign(t / (t + 2.0), x);
}

static inline double lane_sigmoid (double x) {
  const double e = lane_exp(-lane_abs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

/* Logarithms */

/* m and n with x = m 2^n, sqrt(1/2) <= m < sqrt(2), for normal x > 0 */
#define LANE_SQRT_HALF ((uint64_t)0x3fe6a09e667f3bcd)

static inline double lane_split (double x, double *n) {
  const uint64_t one = (uint64_t)1023 << 52;
  const uint64_t u = lane_bits(x) + (one - LANE_SQRT_HALF);
  *n = lane_double((u >> 52) | (uint64_t)0x433 << 52) - 4503599627371519.0;
  return lane_double((u & (((uint64_t)1 << 52) - 1)) + LANE_SQRT_HALF);
}

/* n log(2) + log(1 + f) + rest, for sqrt(1/2) <= 1 + f < sqrt(2) */
static inline double lane_log_near (double n, double f, double rest) {
  const double s = f / (2.0 + f), z = s * s, zz = z * z;
  const double q0 = 0.6666666666666734 + 0.39999999999414676 * z;
  const double q1 = 0.2857142874238801 + 0.22222198573157717 * z;
  const double q2 = 0.18183564327007024 + 0.15314050539471846 * z;
  const double q = (q0 + q1 * zz) + (q2 + 0.14795949746504108 * zz) * (zz * zz);
  const double half = 0.5 * f * f;
  return n * LANE_LN2_HIGH -
         ((half - (s * (half + z * q) + (n * LANE_LN2_LOW + rest))) - f);
}

static inline double lane_log (double x) {
  const int tiny = x < 2.2250738585072014e-308;
  double n, y;
  const double m = lane_split(tiny ? x * 18014398509481984.0 : x, &n);
  y = lane_log_near(tiny ? n - 54.0 : n, m - 1.0, 0.0);
  y = x < HUGE_VAL ? y : x; /* infinity, NaN */
  y = x == 0.0 ? -HUGE_VAL : y;
  return x < 0.0 ? (double)NAN : y;
}

static inline double lane_log1p (double x) {
  const double u = 1.0 + x;
  double n, y, lost;
  const double m = lane_split(u, &n);
  lost = n > 0.0 ? 1.0 - (u - x) : x - (u - 1.0);
  y = lane_copysign(lane_log_near(n, m - 1.0, lost / u), x);
  y = x < HUGE_VAL ? y : x;
  y = x == -1.0 ? -HUGE_VAL : y;
  return x < -1.0 ? (double)NAN : y;
}

/* Sine and cosine, for |x| <= LANE_MAXANGLE; NaN beyond */

#define LANE_MAXANGLE 800000.0
#define LANE_2_PI 0.63661977236758134308
/* pi / 2 in three parts, the first two of 33 bits */
#define LANE_PI_2_A 1.57079632673412561417e+00
#define LANE_PI_2_B 6.07710050630396597660e-11
#define LANE_PI_2_C 2.02226624879595063154e-21

/* sin(x + quarters * pi / 2) */
static inline double lane_circle (double x, uint64_t quarters) {
  const double turn = x * LANE_2_PI + LANE_ROUND, k = turn - LANE_ROUND;
  const uint64_t quadrant = lane_bits(turn) + quarters;
  const double a = x - k * LANE_PI_2_A, b = k * LANE_PI_2_B;
  const double c = a - b, low = ((a - c) - b) - k * LANE_PI_2_C;
  const double r = c + low, rest = (c - r) + low;
  const double z = r * r, zz = z * z, half = 0.5 * z, w = 1.0 - half;
  const double s0 = 0.008333333333322425 + -0.00019841269829816966 * z;
  const double s1 = 2.7557313695231825e-06 + -2.505075865405815e-08 * z;
  const double s = s0 + (s1 + 1.589682797204921e-10 * zz) * zz;
  const double c0 = 0.0416666666666666 + -0.0013888888888874138 * z;
  const double c1 = 2.4801587289491847e-05 + -2.755731435524804e-07 * z;
  const double c2 = 2.087572368536474e-09 + -1.1359669919311247e-11 * z;
  const double v = z * r;
  const double sine =
    r - ((z * (0.5 * rest - v * s) - rest) - v * -0.16666666666666632);
  const double cosine =
    w +
    (((1.0 - w) - half) + (zz * ((c0 + c1 * zz) + c2 * (zz * zz)) - r * rest));
  const uint64_t odd = (uint64_t)0 - (quadrant & 1);
  const uint64_t y = (lane_bits(sine) & ~odd) | (lane_bits(cosine) & odd);
  const double signed_y = lane_double(y ^ (quadrant & 2) << 62);
  return lane_abs(x) <= LANE_MAXANGLE ? signed_y : (double)NAN;
}

static inline double lane_sin (double x) {
  const double y = lane_circle(x, 0);
  return x == 0.0 ? x : y; /* -0 too */
}

static inline double lane_cos (double x) { return lane_circle(x, 1); }

#endif
