/*
** config.h: what every engine source includes first. Holds the engine to
** IEEE double arithmetic whatever flags a package manager or host passes.
*/
#ifndef TG_CONFIG_H
#define TG_CONFIG_H

#include "attributes.h"
#include "parts.h"

#ifdef __FAST_MATH__
#error "tinygrad needs IEEE arithmetic: build it without -ffast-math"
#endif

/*
** No fused multiply-add behind our back: the same formula must give the same
** bits in every back end. (gcc does not know the standard pragma.)
*/
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#endif
