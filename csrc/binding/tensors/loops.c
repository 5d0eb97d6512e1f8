/*
** loops.c: loops over the numbers of Tensors: copies, arithmetic in place for
** optimisers with long vectors, and statistics.
*/
#include "../../engine/config.h" /* gives sums the same bits everywhere */

#include "loops.h"

#include <math.h>
#include <string.h>

#include "../../engine/numeric/environment.h"
#include "../../engine/numeric/vectors.h"
#include "../lua/errors.h"
#include "../lua/numerals.h"
#include "../lua/poll.h"
#include "tensor.h"

#ifndef TG_NO_TENSOR

/* t:fill(x): sets all numbers to x, and returns t. */
static int fill (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "fill");
  tg_filltensor(L, t, tg_checknumber(L, 2, "fill"));
  lua_settop(L, 1);
  return 1;
}

void tg_longcopy (lua_State *L, double *to, const double *from, size_t n) {
  size_t i, end;
  const int overlap = to > from && to < from + n; /* two views of a Tensor */
  for (i = 0; i < n; i = end) {
    end = overlap ? n : tg_nextpiece(L, i, n);
    memmove(to + i, from + i, (end - i) * sizeof *to);
  }
}

/* t:copy(): returns a new Tensor with the same numbers. */
static int copy (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "copy"), *new_t;
  new_t = tg_newtensor(L, t->shape, t->ndims);
  tg_longcopy(L, new_t->data, t->data, t->count);
  return 1;
}

/* Arithmetic in place */

/* Returns the numbers of the Tensor at `arg`, of any shape; raises an error if
   they are not as many as those of `like`. */
static const double *check_numbers (lua_State *L, int arg, const char *name,
                                    const tg_tensor *like) {
  const tg_tensor *t = tg_checktensor(L, arg, name);
  if (t->count != like->count)
    tg_error(L, "%s: Tensor of %s numbers expected, got one of %s", name,
             tg_pushnumber(L, (double)like->count),
             tg_pushnumber(L, (double)t->count));
  return t->data;
}

/* Returns what check_numbers does, or NULL if the argument is absent. */
static const double *opt_numbers (lua_State *L, int arg, const char *name,
                                  const tg_tensor *like) {
  return lua_isnoneornil(L, arg) ? NULL : check_numbers(L, arg, name, like);
}

/*
** Returns `numbers`, as many as those of `t`; if they overlap those of `t`
** without being the same, a copy on the stack. A loop that writes t then never
** reads a number that it has written.
*/
static const double *keep_apart (lua_State *L, const double *numbers,
                                 const tg_tensor *t) {
  double *own;
  if (numbers == NULL || numbers == t->data || numbers + t->count <= t->data ||
      t->data + t->count <= numbers)
    return numbers;
  own = (double *)tg_newscratch(L, t->count, sizeof *own);
  tg_longcopy(L, own, numbers, t->count);
  return own;
}

double tg_longdot (lua_State *L, const double *a, const double *b,
                   const double *w, size_t n) {
  tg_environment host;
  double sum = 0.0;
  size_t i, end;
  for (i = 0; i < n; i = end) {
    end = tg_nextpiece(L, i, n);
    tg_environment_enter(&host);
    sum += tg_dot(a + i, b + i, w != NULL ? w + i : NULL, end - i);
    sum = tg_environment_result(sum);
    tg_environment_leave(&host);
  }
  return sum;
}

void tg_longaxpy (lua_State *L, double *y, double x, const double *u,
                  const double *w, size_t n) {
  size_t i, end;
  for (i = 0; i < n; i = end) {
    end = tg_nextpiece(L, i, n);
    tg_axpy(y + i, x, u + i, w != NULL ? w + i : NULL, end - i);
  }
}

/* t:dot(u[, w]): returns the sum of t * u (* w). */
static int dot (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "dot");
  const double *u = check_numbers(L, 2, "dot", t);
  const double *w = opt_numbers(L, 3, "dot", t);
  lua_settop(L, 3);
  lua_pushnumber(L, (lua_Number)tg_longdot(L, t->data, u, w, t->count));
  return 1;
}

/* t:axpy(x, u[, w]): adds x * u (* w) to t, and returns t. */
static int axpy (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "axpy");
  const double x = tg_checknumber(L, 2, "axpy");
  const double *u = check_numbers(L, 3, "axpy", t);
  const double *w = opt_numbers(L, 4, "axpy", t);
  lua_settop(L, 4);
  u = keep_apart(L, u, t);
  w = keep_apart(L, w, t);
  tg_longaxpy(L, t->data, x, u, w, t->count);
  lua_settop(L, 1);
  return 1;
}

/* t:assign(u): sets t's numbers to u's, and returns t. */
static int assign (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "assign");
  const double *u = check_numbers(L, 2, "assign", t);
  tg_longcopy(L, t->data, u, t->count);
  lua_settop(L, 1);
  return 1;
}

static void clamp_piece (double *x, const double *low, const double *high,
                         size_t n) {
  tg_environment host;
  size_t i;
  tg_environment_enter(&host);
  for (i = 0; i < n; i++) {
    if (x[i] < low[i]) x[i] = low[i];
    if (x[i] > high[i]) x[i] = high[i];
  }
  tg_environment_leave(&host);
}

/* t:clamp(low, high): moves each number into its bounds, of which the Tensors
   low and high have one each; returns t. */
static int clamp (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "clamp");
  const double *low = check_numbers(L, 2, "clamp", t);
  const double *high = check_numbers(L, 3, "clamp", t);
  size_t i, end;
  low = keep_apart(L, low, t);
  high = keep_apart(L, high, t);
  for (i = 0; i < t->count; i = end) {
    end = tg_nextpiece(L, i, t->count);
    clamp_piece(t->data + i, low + i, high + i, end - i);
  }
  lua_settop(L, 1);
  return 1;
}

/*
** tensor_free(w, x, p, low, high, margin): sets w to 0 where a step from x
** along -p would leave the bounds (-p points to a bound, and x is at most
** `margin` inside of it), and to 1 elsewhere. Returns whether any is 0.
*/
static int tensor_free (lua_State *L) {
  static const char name[] = "tensor_free";
  tg_tensor *w = tg_checktensor(L, 1, name);
  const double *x = check_numbers(L, 2, name, w);
  const double *p = check_numbers(L, 3, name, w);
  const double *low = check_numbers(L, 4, name, w);
  const double *high = check_numbers(L, 5, name, w);
  const double margin = (double)luaL_checknumber(L, 6);
  int any = 0;
  size_t i, end;
  for (i = 0; i < w->count;)
    for (end = tg_nextpiece(L, i, w->count); i < end; i++) {
      const int held = (p[i] > 0.0 && x[i] - low[i] <= margin) ||
                       (p[i] < 0.0 && high[i] - x[i] <= margin);
      w->data[i] = held ? 0.0 : 1.0;
      any |= held;
    }
  lua_pushboolean(L, any);
  return 1;
}

/* Statistics */

/* Returns the sum of x - minus, or of its squares, by halves: its error grows
   with the logarithm of n. */
static double sum_pairwise (lua_State *L, const double *x, size_t n,
                            double minus, int squares) {
  double sum = 0.0;
  size_t i;
  if (n > 128) {
    const size_t half = n / 2;
    sum = sum_pairwise(L, x, half, minus, squares);
    if (half > TG_PIECE / 2) tg_pollhooks(L);
    return sum + sum_pairwise(L, x + half, n - half, minus, squares);
  }
  for (i = 0; i < n; i++) {
    const double d = x[i] - minus;
    sum += squares ? d * d : d;
  }
  return sum;
}

/*
** tensor_statistic(t, what[, mean]): returns "sum", "mean", "min" or "max";
** "size", the largest absolute value; or "squares", the sum of the squared
** differences from `mean`.
*/
static int tensor_statistic (lua_State *L) {
  const char *what = luaL_checkstring(L, 2);
  const tg_tensor *t = tg_checktensor(L, 1, what);
  double y = 0.0;
  size_t i, end;
  if (strcmp(what, "sum") == 0)
    y = sum_pairwise(L, t->data, t->count, 0.0, 0);
  else if (strcmp(what, "mean") == 0)
    y = sum_pairwise(L, t->data, t->count, 0.0, 0) / (double)t->count;
  else if (strcmp(what, "squares") == 0)
    y = sum_pairwise(L, t->data, t->count, (double)luaL_checknumber(L, 3), 1);
  else if (strcmp(what, "size") == 0) {
    for (i = 0; i < t->count && y == y;)
      for (end = tg_nextpiece(L, i, t->count); i < end; i++) {
        const double x = fabs(t->data[i]);
        y = x <= y ? y : x; /* a NaN fails the comparison, and becomes y */
        if (y != y) break;
      }
  }
  else {
    const int least = strcmp(what, "min") == 0;
    y = least ? HUGE_VAL : -HUGE_VAL;
    for (i = 0; i < t->count && y == y;)
      for (end = tg_nextpiece(L, i, t->count); i < end; i++) {
        const double x = t->data[i];
        if (x != x || (least ? x < y : x > y)) y = x;
        if (x != x) break;
      }
  }
  lua_pushnumber(L, (lua_Number)y);
  return 1;
}

static int same_shape (const tg_tensor *a, const tg_tensor *b) {
  return a->ndims == b->ndims &&
         memcmp(a->shape, b->shape, a->ndims * sizeof *a->shape) == 0;
}

static int tensor_eq (lua_State *L) {
  const tg_tensor *a = tg_testtensor(L, 1), *b = tg_testtensor(L, 2);
  int same = a != NULL && b != NULL && same_shape(a, b);
  size_t i, end;
  for (i = 0; same && i < a->count;)
    for (end = tg_nextpiece(L, i, a->count); same && i < end; i++)
      same = a->data[i] == b->data[i];
  lua_pushboolean(L, same);
  return 1;
}

void tg_add_loop_methods (lua_State *L) {
  tg_add(L, "fill", fill);
  tg_add(L, "copy", copy);
  tg_add(L, "dot", dot);
  tg_add(L, "axpy", axpy);
  tg_add(L, "assign", assign);
  tg_add(L, "clamp", clamp);
}

void tg_add_loop_metamethods (lua_State *L) { tg_add(L, "__eq", tensor_eq); }

void tg_add_loop_functions (lua_State *L) {
  tg_add(L, "tensor_statistic", tensor_statistic);
  tg_add(L, "tensor_free", tensor_free);
}

#endif
