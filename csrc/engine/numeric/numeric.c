/*
** numeric.c: functions of numbers beyond libm; most are in helpers.def.
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
  int sign; /* lgamma itself writes a variable of all threads */
  return lgamma_r(x, &sign);
#else
  return lgamma(x);
#endif
}
