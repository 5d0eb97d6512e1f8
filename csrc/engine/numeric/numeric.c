/*
** numeric.c: compiles the functions of helpers.def, and tg_lgamma.
*/
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE 1 /* lgamma_r, in spite of -std=c99 */
#endif

#include "../config.h"

#include "numeric.h"

#include <math.h>

const double tg_constants[TG_NCONSTS] = {
#define VALUE(name, value) value,
  TG_CONSTANTS(VALUE)
#undef VALUE
};

#define LANE_HELPER(name, ...)
#define LOCAL_HELPER(name, ...) static __VA_ARGS__
#define HELPER(name, ...) __VA_ARGS__
#include "helpers.def"

double tg_lgamma (double x) {
#if defined(__unix__) || defined(__APPLE__)
  int sign; /* lgamma would write a variable that all threads share */
  return lgamma_r(x, &sign);
#else
  return lgamma(x);
#endif
}
