/*
** emitted.c: a contestant that is the C function which emit_c made of a
** Program. EMITTED is the path of its source, `emitted` its name.
*/
#include EMITTED

#include "yardstick.h"

/* Calls the function by a pointer from `data`, so that compilers cannot inline
   it. */
static void repeat (const yardstick *self, const double *in, double *out,
                    long n) {
#if EMITTED_WORK > 0
  static double w[EMITTED_WORK];
  void (*const f)(const double *, double *, double *) =
    *(void (**)(const double *, double *, double *))self->data;
  for (; n > 0; n--) f(in, out, w);
#else
  void (*const f)(const double *, double *) =
    *(void (**)(const double *, double *))self->data;
  for (; n > 0; n--) f(in, out);
#endif
}

#if EMITTED_WORK > 0
static void (*function)(const double *, double *, double *) = emitted;
#else
static void (*function)(const double *, double *) = emitted;
#endif

static const yardstick list[] = { { "emitted", EMITTED_INPUTS, EMITTED_OUTPUTS,
                                    repeat, (void *)&function } };

YARDSTICK_API int luaopen_yardstick (lua_State *L);
YARDSTICK_API int luaopen_yardstick (lua_State *L) {
  return yardstick_push(L, list, 1);
}
