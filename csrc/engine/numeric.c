/*
** numeric.c: functions of numbers beyond libm. A&S: Abramowitz and Stegun,
** Handbook of Mathematical Functions (1964).
*/
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE 1 /* lgamma_r, in spite of -std=c99 */
#endif

#include "config.h"

#include "numeric.h"

#include <math.h>

#define PI 3.14159265358979323846

double tg_mod (double a, double b) {
  double m = fmod(a, b);
  if (m > 0.0 ? b < 0.0 : (m < 0.0 && b > 0.0)) m += b; /* of b's sign */
  return m;
}

double tg_logbase (double x, double base) {
  if (base == 2.0) return log2(x);
  if (base == 10.0) return log10(x);
  return log(x) / log(base);
}

double tg_lgamma (double x) {
#if defined(__unix__) || defined(__APPLE__)
  int sign; /* plain lgamma writes a variable that all threads share */
  return lgamma_r(x, &sign);
#else
  return lgamma(x);
#endif
}

/* Digamma and its derivatives */

/* From here on the asymptotic series are exact to double precision. */
#define LARGE 12.0

/* Bernoulli numbers B2, B4, ... */
static const double bernoulli[] = {
  1.0 / 6.0,       -1.0 / 30.0, 1.0 / 42.0,      -1.0 / 30.0,    5.0 / 66.0,
  -691.0 / 2730.0, 7.0 / 6.0,   -3617.0 / 510.0, 43867.0 / 798.0
};
#define NBERNOULLI ((int)(sizeof bernoulli / sizeof *bernoulli))

/* Digamma's root on the positive axis, in two parts, and its Taylor series
   there without the constant term, which is 0. */
#define ROOT_HIGH 1.4616321449683622
#define ROOT_LOW 9.549995429965697e-17
static const double at_root[] = {
  9.67672245447621204e-01,  -4.42763168983592081e-01, 2.58499760955651026e-01,
  -1.63942705442406522e-01, 1.07824050691262371e-01,  -7.21995612564547140e-02,
  4.88042881641431101e-02,  -3.31611264748473619e-02, 2.25976482322181038e-02,
  -1.54247659049489595e-02, 1.05387916166121750e-02,  -7.20453438635686866e-03,
  4.92678139572985327e-03,  -3.36980165543932821e-03, 2.30512632673492797e-03,
  -1.57693677143019720e-03, 1.07882520191629667e-03,  -7.38070938996005150e-04,
  5.04953265834601987e-04,  -3.45468025106307692e-04, 2.36356015640270530e-04,
  -1.61706220919748030e-04, 1.10633727687474103e-04,  -7.56917958219506607e-05,
  5.17857579522208093e-05,  -3.54300709476596036e-05, 2.42400661186013184e-05,
  -1.65842422718541346e-05, 1.13463845846638497e-05,  -7.76281766846209433e-06,
  5.31106092088986356e-06,  -3.63365078980104556e-06, 2.48602273312953779e-06,
  -1.70085388543326074e-06, 1.16366753635488430e-06,  -7.96142543124196994e-07,
  5.44694193066944566e-07,  -3.72661612834382273e-07, 2.54962655202155422e-07,
  -1.74436951177277454e-07,
};

static int is_integer (double x) { return floor(x) == x; }

/* x minus the nearest integer, exactly: what pi * x is equivalent to. */
static double fraction (double x) { return x - floor(x + 0.5); }

static double digamma_near_root (double x) {
  const double d = (x - ROOT_HIGH) - ROOT_LOW;
  double sum = 0.0;
  int i;
  for (i = (int)(sizeof at_root / sizeof *at_root); i-- > 0;)
    sum = sum * d + at_root[i];
  return sum * d;
}

/* Recurrence (A&S 6.3.5), then the asymptotic series (6.3.18). */
static double digamma_positive (double x) {
  double shift = 0.0, series = 0.0, y;
  int k;
  for (; x < LARGE; x += 1.0) shift += 1.0 / x;
  y = 1.0 / (x * x);
  for (k = NBERNOULLI; k > 0; k--)
    series = (series + bernoulli[k - 1] / (2 * k)) * y;
  return log(x) - 0.5 / x - series - shift;
}

double tg_digamma (double x) {
  if (isnan(x) || x == (double)INFINITY) return x;
  if (x == 0.0) return -1.0 / x;
  if (x > 0.0 && x < 0.95) return digamma_near_root(x + 1.0) - 1.0 / x;
  if (x > 0.0 && x < 2.0) return digamma_near_root(x);
  if (x > 0.0 && x < 3.0) return digamma_near_root(x - 1.0) + 1.0 / (x - 1.0);
  if (x > 0.0) return digamma_positive(x);
  if (isinf(x) || is_integer(x)) return (double)NAN;
  return tg_digamma(1.0 - x) - PI / tan(PI * fraction(x)); /* A&S 6.3.7 */
}

/* |psi^(n)(x)| for x > 0: recurrence (A&S 6.4.6), then the series (6.4.11). */
static double polygamma_positive (int n, double x) {
  const double factorial = tgamma(n + 1.0);
  const double large = LARGE + n;
  double shift = 0.0, series = 0.0, term, y;
  int k;
  for (; x < large; x += 1.0) shift += pow(x, -(n + 1.0));
  y = pow(x, -(double)n); /* of (2k + n - 1)! / ((2k)! x^(2k + n)) */
  term = factorial / n * y;
  series = term + 0.5 * factorial * y / x;
  for (k = 1; k <= NBERNOULLI; k++) {
    term *= (2.0 * k + n - 1) * (2.0 * k + n - 2) /
            ((2.0 * k) * (2.0 * k - 1) * x * x);
    series += bernoulli[k - 1] * term;
  }
  return factorial * shift + series;
}

#define MAXREFLECTED 40

/*
** The n-th derivative of pi * cot(pi * x): pi^(n + 1) times a polynomial in
** the cotangent c, since (P(c))' = -(1 + c^2) P'(c).
*/
static double cotangent_derivative (int n, double x) {
  double p[MAXREFLECTED + 2] = { 0.0, 1.0 }, c, sum = 0.0;
  int i, k;
  for (k = 1; k <= n; k++) {
    double q[MAXREFLECTED + 2] = { 0.0 };
    for (i = 1; i <= k; i++) {
      q[i - 1] -= i * p[i];
      q[i + 1] -= i * p[i];
    }
    for (i = 0; i <= k + 1; i++) p[i] = q[i];
  }
  c = 1.0 / tan(PI * fraction(x));
  for (i = n + 1; i >= 0; i--) sum = sum * c + p[i];
  return pow(PI, n + 1.0) * sum;
}

double tg_polygamma (double n, double x) {
  const double sign = fmod(n, 2.0) == 0.0 ? -1.0 : 1.0;
  if (n == 0.0) return tg_digamma(x);
  if (isnan(x) || !(n > 0.0) || !is_integer(n) || n > 170.0) return (double)NAN;
  if (x == (double)INFINITY) return sign * 0.0;
  if (x > 0.0) return sign * polygamma_positive((int)n, x);
  if (isinf(x) || n > MAXREFLECTED) return (double)NAN;
  if (is_integer(x)) return sign > 0.0 ? (double)INFINITY : (double)NAN;
  /* A&S 6.4.7 */
  return -sign * (sign * polygamma_positive((int)n, 1.0 - x)) -
         cotangent_derivative((int)n, x);
}
