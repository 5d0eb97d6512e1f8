/*
** accuracy.c: holds the functions of numeric/lanes.h to their bounds.
**
**   accuracy POINTS   prints for each function the largest error over about
**                     that many points, in units of the last place, against
**                     libm's long double; fails if it is above the bound or a
**                     special value is wrong.
**   accuracy hash     prints digests of results, which are the same for every
**                     compiler, flag and instruction set.
*/
#include "engine/config.h"

#include "engine/numeric/lanes.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- The functions -------------------------------------------------------- */

static long double sigmoidl (long double x) {
  return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}

/* name, an interval that matters, 1 if the function increases there */
#define UNARY_ROWS(ROW) \
  ROW(exp, -10, 10, 1) \
  ROW(exp2, -10, 10, 1) \
  ROW(expm1, -3, 3, 1) \
  ROW(log, 0.5, 2, 1) \
  ROW(log1p, -0.5, 1, 1) \
  ROW(log2, 0.5, 2, 1) \
  ROW(log10, 0.5, 2, 1) \
  ROW(tanh, -3, 3, 1) \
  ROW(sigmoid, -5, 5, 1) \
  ROW(sinh, -3, 3, 1) \
  ROW(cosh, -3, 3, 0) \
  ROW(sin, -7, 7, 0) \
  ROW(cos, -7, 7, 0) \
  ROW(tan, -1.5, 1.5, 1) \
  ROW(asin, -1, 1, 1) \
  ROW(acos, -1, 1, 0) \
  ROW(atan, -3, 3, 1) \
  ROW(erf, -2, 2, 1) \
  ROW(erfc, 0, 27, 0) \
  ROW(cbrt, -9, 9, 1) \
  ROW(asinh, -3, 3, 1) \
  ROW(acosh, 1, 9, 1) \
  ROW(atanh, -1, 1, 1)

/* name, an interval for each argument */
#define BINARY_ROWS(ROW) \
  ROW(pow, 0, 10, -300, 300) \
  ROW(atan2, -3, 3, -3, 3) \
  ROW(hypot, -3, 3, -3, 3)

#define BOUND(name, bound) static const double bound_##name = bound;
LANE_BOUNDS(BOUND)

/* The loops that compilers turn into vector code */

enum { BLOCK = 1024 };

#define RUN1(name, ...) \
  static void run_##name(double *y, const double *x) { \
    int k; \
    for (k = 0; k < BLOCK; k++) y[k] = lane_##name(x[k]); \
  }
#define RUN2(name, ...) \
  static void run_##name(double *z, const double *x, const double *y) { \
    int k; \
    for (k = 0; k < BLOCK; k++) z[k] = lane_##name(x[k], y[k]); \
  }
UNARY_ROWS(RUN1)
BINARY_ROWS(RUN2)

/* --- Points --------------------------------------------------------------- */

typedef struct {
  uint64_t state;
} Random;

/* xorshift64* (Vigna 2016) */
static uint64_t random_bits (Random *random) {
  random->state ^= random->state >> 12;
  random->state ^= random->state << 25;
  random->state ^= random->state >> 27;
  return random->state * 2685821657736338717u;
}

static const double specials[] = {
  0.0,     -0.0,     5e-324,  -5e-324,  1e-310,   -1e-310,   DBL_MIN, -DBL_MIN,
  DBL_MAX, -DBL_MAX, 1e308,   -1e308,   1.0,      -1.0,      0.5,     -0.5,
  2.0,     -2.0,     3.0,     -3.0,     0.25,     1e-17,     -1e-17,  1e17,
  -1e17,   709.78,   709.79,  710.47,   710.48,   -708.0,    -708.5,  -709.0,
  -744.0,  -745.13,  -745.14, -746.0,   -1e5,     1e5,       1023.0,  1024.0,
  -1022.0, -1074.0,  -1075.0, -1076.0,  22.0,     40.0,      -40.0,   0.55,
  -0.55,   1e15,     -1e15,   3e14 + 1, INFINITY, -INFINITY, NAN
};
enum { NSPECIAL = sizeof specials / sizeof *specials };

/*
** Returns a random point of a random kind: uniform in the interval, near one of
** its ends, of a size between 2^-40 and 2^24, of any bits, or special.
*/
static double point (Random *random, double low, double high) {
  const uint64_t bits = random_bits(random), kind = random_bits(random) >> 32;
  const double unit = (double)(bits >> 11) / 9007199254740992.0;
  switch (kind % 8) {
  case 0:
    return lane_double(bits);
  case 1:
    return specials[bits % NSPECIAL];
  case 2:
  case 3:
    return lane_double((bits & (LANE_SIGN | LANE_MANTISSA)) |
                       ((uint64_t)(983 + kind / 8 % 64) << 52));
  case 4:
    return lane_double(lane_bits((kind & 8) ? low : high) + bits % 65);
  default:
    return low + (high - low) * unit;
  }
}

static void fill (Random *random, double *x, double low, double high) {
  int k;
  for (k = 0; k < BLOCK; k++) x[k] = point(random, low, high);
}

/* --- Errors --------------------------------------------------------------- */

/* Returns the error of y in units of the last place of the exact value, or
   infinity if y is not the special value that it should be. */
static double error_of (double y, long double exact) {
  const double nearest = (double)exact;
  int exponent;
  if (isnan(nearest)) return isnan(y) ? 0 : (double)INFINITY;
  if (nearest == 0.0 && y == 0.0)
    return signbit(y) == signbit(nearest) ? 0 : (double)INFINITY;
  if (y == nearest && isinf(y)) return 0;
  frexp(nearest, &exponent);
  if (isinf(nearest)) {
    if (fabsl(exact) == (long double)INFINITY) return (double)INFINITY;
    exponent = DBL_MAX_EXP;
    if (isinf(y)) return (double)INFINITY;
  }
  else if (isinf(y)) /* a number rounded up to infinity counts as the largest
                        number */
    y = nearest < 0 ? -DBL_MAX : DBL_MAX;
  if (isnan(y)) return (double)INFINITY;
  exponent -= DBL_MANT_DIG;
  if (exponent < DBL_MIN_EXP - DBL_MANT_DIG)
    exponent = DBL_MIN_EXP - DBL_MANT_DIG;
  return (double)ldexpl(fabsl((long double)y - exact), -exponent);
}

static int failures = 0;

static void report (const char *name, double worst, double bound, double x,
                    double y) {
  const int bad = !(worst <= bound);
  printf("%-8s %5.2f of %4.1f at %.17g", name, worst, bound, x);
  if (!isnan(y)) printf(", %.17g", y);
  printf("%s\n", bad ? "  TOO MUCH" : "");
  failures += bad;
}

#define CHECK1(name, low, high, increases) \
  static void check_##name(long points) { \
    Random random = { 1 }; \
    double x[BLOCK], y[BLOCK], worst = 0, at = 0; \
    long done; \
    int k; \
    for (done = 0; done < points; done += BLOCK) { \
      fill(&random, x, low, high); \
      run_##name(y, x); \
      for (k = 0; k < BLOCK; k++) { \
        const double error = error_of(y[k], name##l(x[k])); \
        if (lane_##name##_in_range(x[k]) && !(error <= worst)) \
          worst = error, at = x[k]; \
      } \
    } \
    report(#name, worst, bound_##name, at, (double)NAN); \
    for (k = 0; k < BLOCK; k++) x[k] = low + (high - low) * (double)k / BLOCK; \
    run_##name(y, x); \
    for (k = 1; increases && k < BLOCK && y[k] > y[k - 1]; k++) { \
    } \
    if (increases && k < BLOCK) { \
      printf("%s does not increase at %.17g\n", #name, x[k]); \
      failures++; \
    } \
  }
#define CHECK2(name, low1, high1, low2, high2) \
  static void check_##name(long points) { \
    Random random = { 1 }; \
    double x[BLOCK], y[BLOCK], z[BLOCK], worst = 0, at = 0, at2 = 0; \
    long done; \
    int k; \
    for (done = 0; done < points; done += BLOCK) { \
      fill(&random, x, low1, high1); \
      fill(&random, y, low2, high2); \
      run_##name(z, x, y); \
      for (k = 0; k < BLOCK; k++) { \
        const double error = error_of(z[k], name##l(x[k], y[k])); \
        if (lane_##name##_in_range(x[k], y[k]) && !(error <= worst)) \
          worst = error, at = x[k], at2 = y[k]; \
      } \
    } \
    report(#name, worst, bound_##name, at, at2); \
  }
UNARY_ROWS(CHECK1)
BINARY_ROWS(CHECK2)

/* --- Equal bits ----------------------------------------------------------- */

/* Returns the hash with a block of numbers added (FNV-1a, a number at a time);
   all NaNs count as one. */
static uint64_t digest (uint64_t hash, const double *y) {
  int k;
  for (k = 0; k < BLOCK; k++)
    hash = (hash ^ (y[k] == y[k] ? lane_bits(y[k]) : 1)) * 1099511628211u;
  return hash;
}

#define HASH1(name, low, high, increases) \
  { \
    Random random = { 2 }; \
    uint64_t hash = 14695981039346656037u; \
    for (k = 0; k < 64; k++) { \
      fill(&random, x, low, high); \
      run_##name(z, x); \
      hash = digest(hash, z); \
    } \
    printf("%-8s %016llx\n", #name, (unsigned long long)hash); \
  }
#define HASH2(name, low1, high1, low2, high2) \
  { \
    Random random = { 2 }; \
    uint64_t hash = 14695981039346656037u; \
    for (k = 0; k < 64; k++) { \
      fill(&random, x, low1, high1); \
      fill(&random, y, low2, high2); \
      run_##name(z, x, y); \
      hash = digest(hash, z); \
    } \
    printf("%-8s %016llx\n", #name, (unsigned long long)hash); \
  }

static void print_hashes (void) {
  double x[BLOCK], y[BLOCK], z[BLOCK];
  int k;
  UNARY_ROWS(HASH1)
  BINARY_ROWS(HASH2)
}

int main (int argc, char **argv) {
  const long points = argc > 1 ? atol(argv[1]) : 0;
  if (argc != 2 || (points < 1 && strcmp(argv[1], "hash") != 0)) {
    fprintf(stderr, "usage: accuracy POINTS|hash\n");
    return 2;
  }
  if (points < 1) {
    print_hashes();
    return 0;
  }
#if LDBL_MANT_DIG < 64
  printf("SKIPPED: long double is no more precise than double here\n");
#else
#define CALL(name, ...) check_##name(points);
  UNARY_ROWS(CALL)
  BINARY_ROWS(CALL)
#endif
  return failures > 0;
}
