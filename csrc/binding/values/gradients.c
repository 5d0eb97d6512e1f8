/*
** gradients.c: derivatives with respect to chosen Values, as numbers (from the
** partials that the edges hold) or as Values (walk.c).
*/
#include "gradients.h"

#include <string.h>

#include "../lua/errors.h"
#include "pass.h"
#include "variables.h"
#include "walk.h"

#ifndef TG_NO_DERIVE

/* Pushes a table of numbers. */
static void push_numbers (lua_State *L, const double *x, size_t n) {
  size_t i;
  lua_createtable(L, (int)n, 0);
  for (i = 0; i < n; i++) {
    lua_pushnumber(L, (lua_Number)x[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

/* Backward */

/* Runs tg_gradients as a pass; the Value of `y` is at 1. */
static void number_gradients (lua_State *L, tg_node *y, double seed,
                              tg_node *const *xs, size_t n, double *out,
                              int *foreign) {
  tg_pass pass;
  const tg_poll *poll = tg_pass_begin(L, &pass);
  tg_pass_end(&pass,
              tg_gradients(y, seed, xs, n, out, foreign, poll, pass.check));
}

static int finish_gradients (lua_State *L, const tg_walk *w) {
  tg_pushderivatives(L, w, w->xs, w->nxs);
  lua_pushboolean(L, 1);
  return 2;
}

/*
** gradients(y, xs, seed, mode): returns a table of the derivatives of the Value
** y, times seed, with respect to the Values in the table xs. With mode
** "numbers" they are numbers; with "graph" Values, or numbers where they are
** constant; with "auto" numbers, unless y depends on a variable of a transform
** that is running around this one. The second result says whether they may be
** Values.
*/
static int gradients (lua_State *L) {
  enum { Y = 1, XS, SEED, MODE, NODES };
  const char *mode = luaL_checkstring(L, MODE);
  const int numbers = strcmp(mode, "graph") != 0;
  int foreign = 0;
  size_t n;
  tg_node **xs, *y = tg_testnode(L, Y);
  if (y == NULL) return tg_typeerror(L, Y, "gradients", "Value expected");
  tg_check_idle(L);
  lua_settop(L, MODE);
  xs = tg_pushnodes(L, XS, &n);
  if (numbers && lua_type(L, SEED) == LUA_TNUMBER) {
    double *out = (double *)tg_newscratch(L, n, sizeof *out);
    number_gradients(L, y, (double)lua_tonumber(L, SEED), xs, n, out,
                     mode[0] == 'a' ? &foreign : NULL);
    if (!foreign) {
      push_numbers(L, out, n);
      lua_pushboolean(L, 0);
      return 2;
    }
  }
  lua_pushvalue(L, SEED);
  return tg_walkback(L, Y, xs, n, 0, finish_gradients);
}

/* is_foreign(y, xs): returns whether y depends on a variable of a running
   transform other than xs. */
static int is_foreign (lua_State *L) {
  size_t n;
  int foreign;
  tg_node *y = tg_checkself(L, "is_foreign"), **xs = tg_pushnodes(L, 2, &n);
  double *out = (double *)tg_newscratch(L, n, sizeof *out);
  number_gradients(L, y, 0.0, xs, n, out, &foreign);
  lua_pushboolean(L, foreign);
  return 1;
}

/* Forward */

/* Pushes memory with n numbers of the table at `index`, and returns it. */
static double *push_tangents (lua_State *L, int index, size_t n) {
  double *dx = (double *)tg_newscratch(L, n, sizeof *dx);
  size_t i;
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    dx[i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  return dx;
}

/*
** tangents(root, ys, xs, dx, graph): computes in forward mode. Returns a table
** of the derivatives of the Values in ys, which are all at or below root, in
** the direction in which the Values in xs have the tangents dx: numbers, or
** Values if `graph`.
*/
static int tangents (lua_State *L) {
  enum { ROOT = 1, YS, XS, DX, GRAPH };
  tg_node **xs, **ys, *root = tg_testnode(L, ROOT);
  size_t n, m;
  double *dx, *dy;
  tg_ordered below;
  tg_pass pass;
  const tg_poll *poll;
  if (root == NULL) return tg_typeerror(L, ROOT, "tangents", "Value expected");
  luaL_checktype(L, DX, LUA_TTABLE);
  tg_check_idle(L);
  ys = tg_pushnodes(L, YS, &m);
  xs = tg_pushnodes(L, XS, &n);
  if (lua_toboolean(L, GRAPH)) return tg_walkforward(L, ROOT, xs, n, DX, ys, m);
  dx = push_tangents(L, DX, n);
  dy = (double *)tg_newscratch(L, m, sizeof *dy);
  tg_pushordered(L, &below, root, 0, NULL, 0);
  poll = tg_pass_begin(L, &pass);
  pass.name = "forward mode";
  tg_pass_end(&pass, tg_tangents(root, below.nodes, below.count, xs, dx, n, ys,
                                 dy, m, poll, pass.check));
  push_numbers(L, dy, m);
  return 1;
}

/*
** gradient(y, variables...) and value_and_gradient(y, variables...) are quicker
** than gradients, as they take and return no tables: they take the result y of
** a function of numbers alone, return its derivatives, and end the transform.
*/

#define FEW 32 /* variables that need no scratch memory */

/* Returns the derivatives, after the value if w->value_too, as Values. */
static int finish_short (lua_State *L, const tg_walk *w) {
  const int n = (int)w->nxs;
  int i, table;
  luaL_checkstack(L, n + LUA_MINSTACK, "too many results");
  tg_pushderivatives(L, w, w->xs, w->nxs);
  table = lua_gettop(L);
  tg_endvariables(w->xs, w->nxs);
  if (w->value_too) lua_pushvalue(L, 1);
  for (i = 1; i <= n; i++) lua_rawgeti(L, table, i);
  return n + w->value_too;
}

/* Reads the n variables that are arguments from 2 on. */
static void check_variables (lua_State *L, const char *name, tg_node **xs,
                             int n) {
  const tg_state *state = tg_getstate(L);
  int i;
  for (i = 0; i < n; i++) {
    tg_edge x;
    if (!tg_tooperand(L, state, i + 2, &x) || x.parent == NULL)
      tg_typeerror(L, i + 2, name, "Value expected");
    xs[i] = x.parent;
    lua_pop(L, 1); /* its metatable */
  }
}

/* Returns the derivatives of the Value at 1 by n variables as Values. */
static int push_values (lua_State *L, tg_node *const *xs, size_t n,
                        int value_too) {
  tg_node **kept = (tg_node **)tg_newscratch(L, n, sizeof *kept);
  memcpy(kept, xs, n * sizeof *kept);
  lua_pushnumber(L, 1);
  return tg_walkback(L, 1, kept, n, value_too, finish_short);
}

/* Pushes the number of `y`, the node of the Value at 1; if NULL, what is at
   1. */
static void push_value (lua_State *L, const tg_node *y) {
  if (y == NULL)
    lua_pushvalue(L, 1);
  else
    lua_pushnumber(L, (lua_Number)y->data);
}

/* Returns the gradient of the Value at 1 by the variables from 2 on, after its
   number if `value_too`. */
static int push_gradient (lua_State *L, const char *name, int value_too) {
  const int n = lua_gettop(L) - 1;
  tg_node *few[FEW], **xs = few, *y = tg_testnode(L, 1);
  double few_numbers[FEW], *out = few_numbers;
  int i, foreign = 0;
  luaL_checkany(L, 1);
  luaL_checkstack(L, n + LUA_MINSTACK, "too many results");
  if (n > FEW) {
    xs = (tg_node **)tg_newscratch(L, (size_t)n, sizeof *xs);
    out = (double *)tg_newscratch(L, (size_t)n, sizeof *out);
  }
  check_variables(L, name, xs, n);
  for (i = 0; i < n; i++) out[i] = 0.0;
  if (y != NULL) number_gradients(L, y, 1.0, xs, (size_t)n, out, &foreign);
  if (foreign) return push_values(L, xs, (size_t)n, value_too);
  tg_endvariables(xs, (size_t)n);
  if (value_too) push_value(L, y);
  for (i = 0; i < n; i++) lua_pushnumber(L, (lua_Number)out[i]);
  return n + value_too;
}

static int gradient (lua_State *L) { return push_gradient(L, "gradient", 0); }

static int value_and_gradient (lua_State *L) {
  return push_gradient(L, "value_and_gradient", 1);
}

void tg_add_gradient_functions (lua_State *L) {
  tg_add(L, "gradients", gradients);
  tg_add(L, "is_foreign", is_foreign);
  tg_add(L, "tangents", tangents);
  tg_add(L, "gradient", gradient);
  tg_add(L, "value_and_gradient", value_and_gradient);
}

#endif
