/*
** environment.h: the floating-point environment in which the engine computes:
** rounding to the nearest, subnormal numbers, no traps. A host may have set
** another one, in which batches would be wrong (lanes.h rounds by adding) and a
** division by zero would end the process. A function that computes enters this
** environment, and leaves it before it returns. Most hosts have it already:
** then entering is one test (but for the last of the three forms below).
**
**   tg_environment host;
**   tg_environment_enter(&host);
**   y = ...                        (nothing here may raise an error of Lua)
**   y = tg_environment_result(y);
**   tg_environment_leave(&host);
*/
#ifndef TG_ENVIRONMENT_H
#define TG_ENVIRONMENT_H

#if (defined(__SSE2__) && (defined(__x86_64__) || defined(__SSE2_MATH__))) || \
  (defined(_M_X64) && !defined(_M_ARM64EC))

#include <xmmintrin.h>

/* The bits of MXCSR, without the flags of exceptions that have happened */
#define TG_CONTROL 0xffc0u
#define TG_DEFAULT 0x1f80u

typedef unsigned tg_environment;

/* Tells whether the caller's environment serves as it is. */
static inline int tg_environment_serves (void) {
  return (_mm_getcsr() & TG_CONTROL) == TG_DEFAULT;
}

static inline void tg_environment_enter (tg_environment *host) {
  *host = _mm_getcsr();
  if ((*host & TG_CONTROL) != TG_DEFAULT) _mm_setcsr(TG_DEFAULT);
}

static inline void tg_environment_leave (const tg_environment *host) {
  if ((*host & TG_CONTROL) != TG_DEFAULT) _mm_setcsr(*host);
}

#elif defined(__GNUC__) && defined(__aarch64__)

#include <stdint.h>

/* The bits of FPCR for traps, rounding and flushing to zero */
#define TG_CONTROL (uint64_t)0x01c89f00

typedef uint64_t tg_environment;

static inline int tg_environment_serves (void) {
  uint64_t host;
  __asm__("mrs %0, fpcr" : "=r"(host));
  return (host & TG_CONTROL) == 0;
}

static inline void tg_environment_enter (tg_environment *host) {
  __asm__ __volatile__("mrs %0, fpcr" : "=r"(*host));
  if ((*host & TG_CONTROL) != 0)
    __asm__ __volatile__("msr fpcr, %0" ::"r"(*host & ~TG_CONTROL));
}

static inline void tg_environment_leave (const tg_environment *host) {
  if ((*host & TG_CONTROL) != 0)
    __asm__ __volatile__("msr fpcr, %0" ::"r"(*host));
}

#else

#include <fenv.h>

typedef fenv_t tg_environment;

/* TG_TRAPS tells whether traps are on. Standard C cannot ask for that; the C
   library of GNU can, but declares the function only under a macro. */
#if !defined(__GLIBC__)
#define TG_TRAPS 0
#else
#define TG_TRAPS (fegetexcept() > 0)
#ifndef __USE_GNU
#ifdef __cplusplus
extern "C"
#endif
int fegetexcept (void);
#endif
#endif

static inline int tg_environment_serves (void) {
#ifdef FE_TONEAREST
  if (fegetround() != FE_TONEAREST) return 0;
#endif
  return !TG_TRAPS;
}

static inline void tg_environment_enter (tg_environment *host) {
  feholdexcept(host);
#ifdef FE_TONEAREST
  fesetround(FE_TONEAREST);
#endif
}

static inline void tg_environment_leave (const tg_environment *host) {
  fesetenv(host);
}

#endif

/*
** Returns y, computed before what follows is run. Compilers do not know that
** arithmetic depends on the environment, and clang computes a local variable
** where it is used, after tg_environment_leave. Numbers stored in memory that
** other functions can see need no such call.
*/
static inline double tg_environment_result (double y) {
#if defined(__GNUC__) && defined(__x86_64__)
  __asm__ __volatile__("" : "+x"(y));
  return y;
#elif defined(__GNUC__) && defined(__aarch64__)
  __asm__ __volatile__("" : "+w"(y));
  return y;
#else
  volatile double settled = y;
  return settled;
#endif
}

#endif
