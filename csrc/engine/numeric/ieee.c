/*
** ieee.c: finds compiler flags that change arithmetic (ieee.h). Each test
** computes what one flag allows compilers to change. Its operands come from a
** volatile array, so that the test runs and no compiler computes it.
*/
#include "../config.h"

#include "ieee.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "environment.h"

/* 0 where registers are wider than doubles: results differ there without any
   flag. */
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#define IS_EXACT 0
#else
#define IS_EXACT 1
#endif

/* -fassociative-math makes (x + y) - x be y. Rounded, it is 0 for large x. */
static int reorders (double x, double y) {
  return IS_EXACT && (x + y) - x != 0.0;
}

/* -freciprocal-math makes several divisions by one number be products with its
   inverse. */
static int inverts (const double *x, double by) {
  const double a = x[0] / by, b = x[1] / by, c = x[2] / by, d = x[3] / by;
  return IS_EXACT && (a != 1.0 || b != 2.0 || c != 3.0 || d != 4.0);
}

/* -ffinite-math-only lets compilers assume that no number is NaN. */
static int drops_nan (double nan) { return !(nan != nan) || nan == nan; }

/* -ffinite-math-only lets compilers assume that no number is infinite. */
static int drops_infinity (double infinity) {
  return !(infinity > DBL_MAX) || infinity - infinity == 0.0;
}

/* -fno-signed-zeros makes x + 0 be x, and 0 - x be -x. They are 0 for x = -0
   and x = 0. */
static int drops_signs (double minus_zero, double zero) {
  return !(1.0 / (minus_zero + 0.0) > 0.0) || !(1.0 / (0.0 - zero) > 0.0);
}

/* -ffp-contract=fast leaves x * x unrounded before the difference: 2^-60, which
   rounding loses, is left over. */
static int contracts (double x, double square) {
  return IS_EXACT && x * x - square != 0.0;
}

/* -fsingle-precision-constant makes 0.1 a float. */
static int narrows (double one, double ten) {
  return IS_EXACT && one / ten != 0.1;
}

/* Positions of the operands in the array of find_fault */
enum {
  HUGE_ONE,
  ONE,
  TEN,
  FIRST,
  ZERO = FIRST + 4,
  MINUS,
  NEAR_ONE,
  SQUARE,
  NOT_A_NUMBER,
  INFINITE,
  COUNT
};

static const char *find_fault (void) {
  volatile double given[COUNT] = { 1e16,
                                   1.0,
                                   10.0,
                                   49.0,
                                   98.0,
                                   147.0,
                                   196.0,
                                   0.0,
                                   0.0,
                                   1.0 + 1.0 / 1073741824.0,
                                   1.0 + 2.0 / 1073741824.0 };
  double x[COUNT];
  int i;
  given[MINUS] = -given[ZERO];
  given[NOT_A_NUMBER] = (double)NAN;
  given[INFINITE] = (double)INFINITY;
  for (i = 0; i < COUNT; i++) x[i] = given[i];
  if (reorders(x[HUGE_ONE], x[ONE])) return "-fassociative-math";
  if (inverts(x + FIRST, x[FIRST])) return "-freciprocal-math";
  if (drops_nan(x[NOT_A_NUMBER])) return "-ffinite-math-only";
  if (drops_infinity(x[INFINITE])) return "-ffinite-math-only";
  if (drops_signs(x[MINUS], x[ZERO])) return "-fno-signed-zeros";
  if (contracts(x[NEAR_ONE], x[SQUARE])) return "-ffp-contract=fast";
  if (narrows(x[ONE], x[TEN])) return "-fsingle-precision-constant";
  return NULL;
}

const char *tg_ieee_fault (void) {
  tg_environment host;
  const char *fault;
  tg_environment_enter(&host);
  fault = find_fault();
  tg_environment_leave(&host);
  return fault;
}
