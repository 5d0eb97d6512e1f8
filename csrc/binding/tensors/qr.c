/*
** qr.c: orthogonal factors of matrices, which are tables of columns, for
** lua/tinygrad/fit/linear.lua. A Tensor holds the reflections, whose product is
** Q.
*/
#include "qr.h"

#include <limits.h>

#include "../../engine/numeric/qr.h"
#include "../lua/errors.h"
#include "../lua/poll.h"
#include "tensor.h"

#ifndef TG_NO_FIT

/* Copies n numbers of the table at `index`; absent ones are 0. */
static void read_list (lua_State *L, int index, double *x, size_t n) {
  size_t i;
  luaL_checktype(L, index, LUA_TTABLE);
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    x[i] = lua_isnil(L, -1) ? 0.0 : (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

/* Pushes a table of R's columns, each divided by the unit of the matrix's
   column that it belongs to. */
static void push_triangle (lua_State *L, const double *a, size_t m, size_t n,
                           const double *units, const size_t *p) {
  size_t i, k;
  lua_createtable(L, (int)n, 0);
  for (k = 0; k < n; k++) {
    lua_createtable(L, (int)k + 1, 0);
    for (i = 0; i <= k; i++) {
      lua_pushnumber(L, (lua_Number)(a[k * (m + 1) + i] / units[p[k]]));
      lua_rawseti(L, -2, (int)i + 1);
    }
    lua_rawseti(L, -2, (int)k + 1);
  }
}

/*
** qr_factor(columns, rows [, units]): returns the reflections, a table of the
** columns of R, and a table that says which column of the matrix each of them
** belongs to.
*/
static int qr_factor (lua_State *L) {
  const size_t n = tg_checklist(L, 1), rows = tg_checkwhole(L, 2, 0, INT_MAX);
  const size_t m = rows > n ? rows : n;
  size_t shape[2], k;
  tg_tensor *t;
  double *units, *work;
  size_t *p;
  tg_hookpoll hooks;
  lua_settop(L, 3);
  shape[0] = n;
  shape[1] = m + 1;
  t = tg_newtensor(L, shape, 2);
  units = (double *)tg_newuserdata(L, 3 * n * sizeof *units + 1, 0);
  work = units + n;
  p = (size_t *)tg_newuserdata(L, n * sizeof *p + 1, 0);
  for (k = 0; k < n; k++) {
    lua_rawgeti(L, 1, (int)k + 1);
    read_list(L, lua_gettop(L), t->data + k * (m + 1), m);
    lua_pop(L, 1);
    units[k] = 1.0;
    tg_pollhooks(L);
  }
  if (!lua_isnil(L, 3)) read_list(L, 3, units, n);
  tg_hookpoll_begin(L, &hooks);
  tg_hookpoll_end(&hooks,
                  tg_qr_factor(t->data, m, n, units, p, work, &hooks.poll));
  lua_pushvalue(L, 4);
  push_triangle(L, t->data, m, n, units, p);
  lua_createtable(L, (int)n, 0);
  for (k = 0; k < n; k++) {
    lua_pushinteger(L, (lua_Integer)p[k] + 1);
    lua_rawseti(L, -2, (int)k + 1);
  }
  return 3;
}

/* qr_apply(reflections, b): returns the first elements of Q' * b, as many as
   the matrix has columns. */
static int qr_apply (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "apply");
  const size_t n = t->shape[0], m = t->ndims == 2 ? t->shape[1] - 1 : 0;
  double *b;
  size_t k;
  tg_hookpoll hooks;
  luaL_argcheck(L, t->ndims == 2 && t->shape[1] > n, 1, "factors expected");
  b = (double *)tg_newuserdata(L, m * sizeof *b + 1, 0);
  read_list(L, 2, b, m);
  tg_hookpoll_begin(L, &hooks);
  tg_hookpoll_end(&hooks, tg_qr_apply(t->data, m, n, b, &hooks.poll));
  lua_createtable(L, (int)n, 0);
  for (k = 0; k < n; k++) {
    lua_pushnumber(L, (lua_Number)b[k]);
    lua_rawseti(L, -2, (int)k + 1);
  }
  return 1;
}

void tg_add_qr_functions (lua_State *L) {
  tg_add(L, "qr_factor", qr_factor);
  tg_add(L, "qr_apply", qr_apply);
}

#endif
