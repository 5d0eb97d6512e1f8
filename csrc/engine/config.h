/*
** config.h: every engine source includes it first. It holds the engine to IEEE
** double arithmetic, whatever flags a package manager or host passes.
*/
#ifndef TG_CONFIG_H
#define TG_CONFIG_H

#include "attributes.h"
#include "parts.h"

/* Macros tell of some of these flags; numeric/ieee.c finds the others. */
#if defined(__FAST_MATH__) || defined(_M_FP_FAST)
#error "tinygrad needs IEEE arithmetic: build it without -ffast-math (/fp:fast)"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0
#error "tinygrad needs inf and nan: build it without -ffinite-math-only"
#endif
#if defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
  defined(__NO_SIGNED_ZEROS__)
#error \
  "tinygrad needs IEEE arithmetic: build it without -funsafe-math-optimizations"
#endif

/*
** Forbids compilers to fuse a product and a sum into one rounding: a formula
** must give the same bits in every back end. gcc does not know the standard
** pragma.
*/
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#endif
