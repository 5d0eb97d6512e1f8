/*
** attributes.h: what compilers are told of functions and loops, as far as they
** understand it.
*/
#ifndef TG_ATTRIBUTES_H
#define TG_ATTRIBUTES_H

/*
** What stands between these is for one module's own sources: a host may export
** functions of the same names, of another version say, and they must not take
** the place of ours. (The Makefile hides all, but LuaRocks passes no flags. C++
** has other names for them, and would hide types, too.)
*/
#if defined(__GNUC__) && !defined(_WIN32) && !defined(__cplusplus)
#define TG_HIDDEN_BEGIN _Pragma("GCC visibility push(hidden)")
#define TG_HIDDEN_END _Pragma("GCC visibility pop")
#else
#define TG_HIDDEN_BEGIN
#define TG_HIDDEN_END
#endif

/* What a module shows to others it calls itself, too: tinygrad.h. */
#define TG_INSIDE

#ifdef __GNUC__
/* A function that disappears into its callers, with their constants. */
#define INLINE static inline __attribute__((always_inline))
/* One that does not, as what is rarely run should not take room in others. */
#define APART static __attribute__((noinline))
#else
#define INLINE static inline
#define APART static
#endif

/* Before a short loop: unrolls it four times. (clang sees to it itself.) */
#if defined(__GNUC__) && !defined(__clang__)
#define UNROLLED _Pragma("GCC unroll 4")
#else
#define UNROLLED
#endif

#endif
