/*
** attributes.h: what the sources tell a compiler about functions and loops, if
** it understands.
*/
#ifndef TG_ATTRIBUTES_H
#define TG_ATTRIBUTES_H

/*
** TG_HIDDEN_BEGIN and TG_HIDDEN_END surround the declarations of functions that
** only the sources of one module call. A host may export functions of the same
** names (another version of tinygrad, say), which must not take the place of
** ours. The Makefile hides them by a flag, but LuaRocks passes no flags. C++
** needs neither macro, since it mangles the names; its compilers would hide the
** types, too.
*/
#if defined(__GNUC__) && !defined(_WIN32) && !defined(__cplusplus)
#define TG_HIDDEN_BEGIN _Pragma("GCC visibility push(hidden)")
#define TG_HIDDEN_END _Pragma("GCC visibility pop")
#else
#define TG_HIDDEN_BEGIN
#define TG_HIDDEN_END
#endif

/* Marks a source of the library for tinygrad.h: the library calls its own
   public functions, never a host's of the same names. */
#define TG_INSIDE

#ifdef __GNUC__
/* INLINE: the compiler inlines every call, with the caller's constants. */
#define INLINE static inline __attribute__((always_inline))
/* APART: the compiler inlines no call, so that rare work does not fill its
   callers. */
#define APART static __attribute__((noinline))
#else
#define INLINE static inline
#define APART static
#endif

/* Stands before a short loop, which gcc then unrolls four times. clang unrolls
   such loops by itself. */
#if defined(__GNUC__) && !defined(__clang__)
#define UNROLLED _Pragma("GCC unroll 4")
#else
#define UNROLLED
#endif

#endif
