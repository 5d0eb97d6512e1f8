/*
** attributes.h: what compilers are told of functions and loops, as far as they
** understand it.
*/
#ifndef TG_ATTRIBUTES_H
#define TG_ATTRIBUTES_H

#ifdef __GNUC__
/* A function that disappears into its callers, with their constants. */
#define INLINE static inline __attribute__((always_inline))
/* One that does not, as what is rarely run should not take room in others. */
#define APART static __attribute__((noinline))
#else
#define INLINE static inline
#define APART static
#endif

/* Before a loop of short steps: four at a time. (clang sees to it itself.) */
#if defined(__GNUC__) && !defined(__clang__)
#define UNROLLED _Pragma("GCC unroll 4")
#else
#define UNROLLED
#endif

#endif
