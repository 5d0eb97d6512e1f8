/*
** emitted.c: a Program as a contestant in the form of the C source that emit_c
** made of it: EMITTED is its path, `emitted` its name.
*/
#include EMITTED

#include "yardstick.h"

/* The function is not known where it is called, so that calls stay calls. */
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
