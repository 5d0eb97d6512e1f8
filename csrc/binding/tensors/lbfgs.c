/*
** lbfgs.c: the vectors of the limited-memory BFGS method, for
** minimize/lbfgs.lua: J. Nocedal and S. J. Wright, Numerical Optimization,
** algorithm 7.4.
**
** A pair is a Tensor that holds a step s, the change y of the gradient over it,
** and FACTS numbers about them.
*/
#include "lbfgs.h"

#include <float.h>
#include <math.h>

#include "../lua/errors.h"
#include "../lua/poll.h"
#include "loops.h"
#include "tensor.h"

#ifndef TG_NO_FIT

enum {
  LENGTH, /* of s */
  YY,     /* y . y */
  SY,     /* s . y */
  NOW,    /* s . y over the free variables; 0: the direction omits the pair */
  ALONG,  /* the multiple of y that the recursion has taken away */
  FACTS
};

/* Returns the n numbers of the Tensor at `arg`, or raises an error. */
static double *check_vector (lua_State *L, int arg, const char *name,
                             size_t n) {
  const tg_tensor *t = tg_checktensor(L, arg, name);
  luaL_argcheck(L, t->count == n, arg, "Tensor of another size expected");
  return t->data;
}

/* Returns whether s . y is positive beyond rounding: only then does the
   estimate stay positive definite. */
static int is_curved (const double *facts, double sy) {
  return sy > DBL_EPSILON * facts[LENGTH] * sqrt(facts[YY]) && sy < HUGE_VAL;
}

/*
** lbfgs_pair(pair, x, g, x0, g0): sets a pair to the step from x0 to x and the
** change of the gradient from g0 to g. Returns the length of the step, and
** whether the pair is of use.
*/
static int lbfgs_pair (lua_State *L) {
  static const char name[] = "lbfgs_pair";
  const tg_tensor *x = tg_checktensor(L, 2, name);
  const size_t n = x->count;
  double *s = check_vector(L, 1, name, 2 * n + FACTS);
  double *y = s + n, *facts = y + n;
  tg_longcopy(L, s, x->data, n);
  tg_longcopy(L, y, check_vector(L, 3, name, n), n);
  tg_longaxpy(L, s, -1.0, check_vector(L, 4, name, n), NULL, n);
  tg_longaxpy(L, y, -1.0, check_vector(L, 5, name, n), NULL, n);
  facts[LENGTH] = sqrt(tg_longdot(L, s, s, NULL, n));
  facts[YY] = tg_longdot(L, y, y, NULL, n);
  facts[SY] = tg_longdot(L, s, y, NULL, n);
  lua_pushnumber(L, (lua_Number)facts[LENGTH]);
  lua_pushboolean(L, is_curved(facts, facts[SY]));
  return 2;
}

/* Puts pair i of the memory, the table at 1, at index 5, and returns it. The
   stack keeps it alive, as a hook may take it out of the table. */
static double *push_pair (lua_State *L, size_t i, size_t n) {
  tg_pollhooks(L);
  lua_settop(L, 4);
  lua_rawgeti(L, 1, (int)i);
  return check_vector(L, 5, "lbfgs_direction", 2 * n + FACTS);
}

/* The recursion's first loop: takes a multiple of y away from p. Returns the
   scale of the estimate by this pair, or 0 if the pair is of no use. */
static double take (lua_State *L, double *pair, double *p, const double *free,
                    size_t n) {
  const double *s = pair, *y = pair + n;
  double *facts = pair + 2 * n;
  double sy = facts[SY], yy = facts[YY];
  if (free != NULL) {
    sy = tg_longdot(L, s, y, free, n);
    yy = tg_longdot(L, y, y, free, n);
  }
  facts[NOW] = is_curved(facts, sy) ? sy : 0.0;
  if (facts[NOW] == 0.0) return 0.0;
  facts[ALONG] = tg_longdot(L, s, p, NULL, n) / sy;
  tg_longaxpy(L, p, -facts[ALONG], y, free, n);
  return sy / yy;
}

/* The recursion's second loop: gives p a multiple of s back. */
static void give (lua_State *L, const double *pair, double *p,
                  const double *free, size_t n) {
  const double *s = pair, *y = pair + n, *facts = pair + 2 * n;
  if (facts[NOW] == 0.0) return;
  tg_longaxpy(L, p, facts[ALONG] - tg_longdot(L, y, p, NULL, n) / facts[NOW], s,
              free, n);
}

/* Returns the largest absolute value of an element. */
static double largest (lua_State *L, const double *g, size_t n) {
  double y = 0.0;
  size_t i, end;
  for (i = 0; i < n;)
    for (end = tg_nextpiece(L, i, n); i < end; i++)
      if (fabs(g[i]) > y) y = fabs(g[i]);
  return y;
}

/*
** lbfgs_direction(memory, p, g[, free]): sets p to the gradient g times the
** estimate of the inverse Hessian by the pairs in the list `memory`, newest
** last. The estimate is for the free variables, for which `free` has 1 and not
** 0 (all if it is absent); the others get the gradient times the estimate's
** scale. Returns whether any pair was of use; if none was, p is the gradient in
** units of its largest element.
*/
static int lbfgs_direction (lua_State *L) {
  static const char name[] = "lbfgs_direction";
  const size_t count = tg_checklist(L, 1);
  const tg_tensor *t = tg_checktensor(L, 2, name);
  const size_t n = t->count;
  const double *g = check_vector(L, 3, name, n), *free = NULL;
  double *p = t->data, scale = 0.0;
  size_t i, end;
  lua_settop(L, 4);
  if (!lua_isnil(L, 4)) free = check_vector(L, 4, name, n);
  if (p != g) tg_longcopy(L, p, g, n);
  for (i = 0; free != NULL && i < n;)
    for (end = tg_nextpiece(L, i, n); i < end; i++)
      if (free[i] == 0.0) p[i] = 0.0;
  for (i = count; i > 0; i--) {
    const double own = take(L, push_pair(L, i, n), p, free, n);
    if (scale == 0.0) scale = own;
  }
  if (scale == 0.0) {
    const double unit = largest(L, g, n);
    for (i = 0; unit > 0.0 && i < n;)
      for (end = tg_nextpiece(L, i, n); i < end; i++) p[i] = g[i] / unit;
    lua_pushboolean(L, 0);
    return 1;
  }
  for (i = 0; i < n;)
    for (end = tg_nextpiece(L, i, n); i < end; i++) p[i] *= scale;
  for (i = 1; i <= count; i++) give(L, push_pair(L, i, n), p, free, n);
  for (i = 0; free != NULL && i < n;)
    for (end = tg_nextpiece(L, i, n); i < end; i++)
      if (free[i] == 0.0) p[i] = scale * g[i];
  lua_pushboolean(L, 1);
  return 1;
}

void tg_add_lbfgs_functions (lua_State *L) {
  tg_add(L, "lbfgs_pair", lbfgs_pair);
  tg_add(L, "lbfgs_direction", lbfgs_direction);
}

#endif
