/*
** tensor.c: the Tensor userdata. What reads better in Lua (shapes of tables,
** files, printing) is in lua/tinygrad/tensor.lua; here are the loops.
*/
#include "../engine/config.h" /* random numbers are the same everywhere */

#include "advice.h"
#include "tensor.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../engine/lanes.h"
#include "../engine/vectors.h"
#include "poll.h"

#ifndef TG_NO_TENSOR

#define ALIGNMENT 64 /* bytes, of a vector at most */

/*
** Loops over numbers go by pieces, between which hooks may act (and change the
** numbers, but not where they are):
**   for (i = 0; i < n;) for (end = next_piece(L, i, n); i < end; i++) ...
*/
#define PIECE TG_LIMIT(65536, 4)

static size_t next_piece (lua_State *L, size_t i, size_t n) {
  if (i > 0) tg_pollhooks(L);
  return n - i > PIECE ? i + PIECE : n;
}

tg_tensor *tg_testtensor (lua_State *L, int index) {
  return tg_isof(L, index, TG_TENSOR_TYPE)
           ? (tg_tensor *)lua_touserdata(L, index)
           : NULL;
}

tg_tensor *tg_checktensor (lua_State *L, int arg, const char *name) {
  tg_tensor *t = tg_testtensor(L, arg);
  if (t == NULL) tg_typeerror(L, arg, name, "Tensor expected");
  return t;
}

/* Numbers in a shape, or an error. */
static size_t count_numbers (lua_State *L, const size_t *shape,
                             unsigned ndims) {
  const size_t most = ((size_t)-1 / 2 - 4096) / sizeof(double);
  size_t count = 1;
  unsigned i;
  for (i = 0; i < ndims; i++)
    if (shape[i] == 0) return 0;
  for (i = 0; i < ndims; i++) {
    if (shape[i] > most / count)
      tg_usererror(L, "a Tensor of this shape would not fit into memory");
    count *= shape[i];
  }
  return count;
}

static void set_type (lua_State *L) {
  luaL_getmetatable(L, TG_TENSOR_TYPE);
  lua_setmetatable(L, -2);
}

static void set_shape (tg_tensor *t, const size_t *shape, unsigned ndims,
                       size_t count) {
  t->count = count;
  t->ndims = ndims;
  memcpy(t->shape, shape, ndims * sizeof *shape);
}

tg_tensor *tg_newtensor (lua_State *L, const size_t *shape, unsigned ndims) {
  const size_t count = count_numbers(L, shape, ndims);
  char *block = (char *)tg_newuserdata(
    L, sizeof(tg_tensor) + ALIGNMENT + count * sizeof(double), 0);
  tg_tensor *t = (tg_tensor *)(void *)block;
  const uintptr_t start = (uintptr_t)(block + sizeof *t);
  t->data = (double *)(void *)(block + sizeof *t +
                               (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT);
  set_shape(t, shape, ndims, count);
  set_type(L);
  return t;
}

tg_tensor *tg_newview (lua_State *L, int index, double *data,
                       const size_t *shape, unsigned ndims) {
  const size_t count = count_numbers(L, shape, ndims);
  tg_tensor *t;
  lua_pushvalue(L, index);
  t = (tg_tensor *)tg_newuserdata(L, sizeof *t, 1);
  t->data = data;
  set_shape(t, shape, ndims, count);
  set_type(L);
  lua_createtable(L, 1, 0); /* some Luas take only tables as anchors */
  lua_pushvalue(L, -3);
  lua_rawseti(L, -2, 1);
  tg_setanchor(L, -2, 1);
  lua_remove(L, -2);
  return t;
}

/* Reads a table of sizes at `index` into shape[TG_MAXDIMS]; how many. */
static unsigned check_shape (lua_State *L, int index, size_t *shape) {
  const size_t n = lua_rawlen(L, index);
  unsigned i;
  if (n == 0 || n > TG_MAXDIMS)
    tg_usererror(L, "a Tensor has 1 to %d dimensions, got %d", TG_MAXDIMS,
                 (int)n);
  for (i = 0; i < n; i++) {
    double size;
    lua_rawgeti(L, index, (int)i + 1);
    size = (double)lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || !(size >= 0.0) ||
        size != floor(size) || size > 9007199254740992.0 ||
        size > (double)((size_t)-1 / 2))
      tg_usererror(L,
                   "dimension %d of a Tensor must be a size (a whole number "
                   "from 0), got %s",
                   (int)i + 1,
                   lua_isnumber(L, -1) ? lua_tostring(L, -1)
                                       : luaL_typename(L, -1));
    shape[i] = (size_t)size;
    lua_pop(L, 1);
  }
  return (unsigned)n;
}

static void set_all (lua_State *L, tg_tensor *t, double x) {
  size_t i, end;
  for (i = 0; i < t->count;)
    for (end = next_piece(L, i, t->count); i < end; i++) t->data[i] = x;
}

/* tensor_new(shape): of zeros. */
static int tensor_new (lua_State *L) {
  size_t shape[TG_MAXDIMS];
  const unsigned n = check_shape(L, 1, shape);
  tg_tensor *t = tg_newtensor(L, shape, n);
  set_all(L, t, 0.0);
  return 1;
}

/* tensor_set(t, numbers): fills it from a table of so many numbers. */
static int tensor_set (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "tensor_set");
  size_t i;
  for (i = 0; i < t->count; i++) {
    tg_pollat(L, i);
    lua_rawgeti(L, 2, (int)i + 1);
    t->data[i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_settop(L, 1);
  return 1;
}

static int push_shape (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "shape");
  unsigned i;
  lua_createtable(L, (int)t->ndims, 0);
  for (i = 0; i < t->ndims; i++) {
    lua_pushinteger(L, (lua_Integer)t->shape[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* tensor_reshape(t, shape): a view of the same numbers. */
static int tensor_reshape (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "reshape");
  size_t shape[TG_MAXDIMS];
  const unsigned n = check_shape(L, 2, shape);
  if (count_numbers(L, shape, n) != t->count)
    return tg_usererror(L,
                        "reshape: the new shape has %s numbers, the Tensor %s",
                        tg_pushnumber(L, (double)count_numbers(L, shape, n)),
                        tg_pushnumber(L, (double)t->count));
  tg_newview(L, 1, t->data, shape, n);
  return 1;
}

/* Numbers in a row */
static size_t row_size (const tg_tensor *t) {
  return t->shape[0] > 0 ? t->count / t->shape[0] : 0;
}

/* Position of the row that `arg` numbers from 1 (or from the end, -1), or an
   error. */
static size_t check_row (lua_State *L, const tg_tensor *t, int arg,
                         const char *name, size_t extra) {
  const double i = tg_checknumber(L, arg, name);
  const double n = (double)t->shape[0];
  const double at = i < 0.0 ? n + 1.0 + i : i;
  if (!(at >= 1.0 && at <= n + (double)extra) || at != floor(at))
    tg_error(L, "there is no row %s: the Tensor has %s", tg_pushnumber(L, i),
             tg_pushnumber(L, n));
  return (size_t)at - 1;
}

/* t:rows(i, j): a view of rows i to j. */
static int rows (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "rows");
  size_t shape[TG_MAXDIMS], first, last;
  first = check_row(L, t, 2, "rows", 1);
  last =
    lua_isnoneornil(L, 3) ? t->shape[0]
    : lua_type(L, 3) == LUA_TNUMBER && lua_tonumber(L, 3) == (lua_Number)first
      ? first
      : check_row(L, t, 3, "rows", 0) + 1;
  if (last < first) last = first;
  memcpy(shape, t->shape, sizeof shape);
  shape[0] = last - first;
  tg_newview(L, 1, t->data + first * row_size(t), shape, t->ndims);
  return 1;
}

/* t[i]: a number or a view; t.name: a method. */
static int tensor_index (lua_State *L) {
  static const char *const no_others[] = { NULL };
  tg_tensor *t = (tg_tensor *)lua_touserdata(L, 1);
  size_t i;
  if (lua_type(L, 2) != LUA_TNUMBER) {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    if (lua_isnil(L, -1) && lua_type(L, 2) == LUA_TSTRING)
      return tg_error(
        L, "a Tensor has no field '%s'%s", lua_tostring(L, 2),
        tg_pushnearest(L, lua_upvalueindex(1), no_others, lua_tostring(L, 2)));
    return 1;
  }
  {
    const lua_Number k = lua_tonumber(L, 2);
    if (!(k >= 1 && k <= (lua_Number)t->shape[0]) ||
        (double)k != floor((double)k)) {
      lua_pushnil(L); /* as in a table: ends ipairs, too */
      return 1;
    }
    i = (size_t)k - 1;
  }
  if (t->ndims == 1)
    lua_pushnumber(L, (lua_Number)t->data[i]);
  else
    tg_newview(L, 1, t->data + i * row_size(t), t->shape + 1, t->ndims - 1);
  return 1;
}

static int same_shape (const tg_tensor *a, const tg_tensor *b) {
  return a->ndims == b->ndims &&
         memcmp(a->shape, b->shape, a->ndims * sizeof *a->shape) == 0;
}

/* t[i] = number, or Tensor of the row's shape */
static int tensor_newindex (lua_State *L) {
  tg_tensor *t = (tg_tensor *)lua_touserdata(L, 1);
  const tg_tensor *from;
  size_t i;
  if (lua_type(L, 2) != LUA_TNUMBER)
    return tg_error(L, "a Tensor has no fields to set, only rows: t[1] = x");
  i = check_row(L, t, 2, "t[i] = x", 0);
  if (t->ndims == 1) {
    if (lua_type(L, 3) != LUA_TNUMBER)
      return tg_error(L, "number expected for t[%s], got %s",
                      tg_pushnumber(L, (double)(i + 1)), tg_typename(L, 3));
    t->data[i] = (double)lua_tonumber(L, 3);
    return 0;
  }
  from = tg_testtensor(L, 3);
  if (from == NULL || from->ndims != t->ndims - 1 ||
      memcmp(from->shape, t->shape + 1, from->ndims * sizeof *t->shape) != 0)
    return tg_error(L,
                    "Tensor of the shape of a row expected for t[%s], "
                    "got %s",
                    tg_pushnumber(L, (double)(i + 1)),
                    from != NULL ? "one of another shape" : tg_typename(L, 3));
  memmove(t->data + i * row_size(t), from->data, from->count * sizeof(double));
  return 0;
}

static int tensor_len (lua_State *L) {
  lua_pushinteger(L,
                  (lua_Integer)((tg_tensor *)lua_touserdata(L, 1))->shape[0]);
  return 1;
}

static int tensor_eq (lua_State *L) {
  const tg_tensor *a = tg_testtensor(L, 1), *b = tg_testtensor(L, 2);
  int same = a != NULL && b != NULL && same_shape(a, b);
  size_t i, end;
  for (i = 0; same && i < a->count;)
    for (end = next_piece(L, i, a->count); same && i < end; i++)
      same = a->data[i] == b->data[i];
  lua_pushboolean(L, same);
  return 1;
}

static int no_arithmetic (lua_State *L) {
  return tg_error(L, "Tensors hold numbers and do not compute; use a "
                     "function of one row and Program:batch, or t:map");
}

static int fill (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "fill");
  set_all(L, t, tg_checknumber(L, 2, "fill"));
  lua_settop(L, 1);
  return 1;
}

static void copy_numbers (lua_State *L, double *to, const double *from,
                          size_t n) {
  size_t i, end;
  const int overlap = to > from && to < from + n; /* two views */
  for (i = 0; i < n; i = end) {
    end = overlap ? n : next_piece(L, i, n);
    memmove(to + i, from + i, (end - i) * sizeof *to);
  }
}

/* t:copy(): a new Tensor with the same numbers. */
static int copy (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "copy"), *new_t;
  new_t = tg_newtensor(L, t->shape, t->ndims);
  copy_numbers(L, new_t->data, t->data, t->count);
  return 1;
}

static int map_from (lua_State *L, size_t i);

TG_CONTINUATION(map_on, map_from)

/*
** At 1 to 3: a Tensor, a function, and a new Tensor that has the function's
** results before the i-th number's, which is at 4 if i > 0 (counted from 1).
*/
static int map_from (lua_State *L, size_t i) {
  const tg_tensor *t = (const tg_tensor *)lua_touserdata(L, 1);
  tg_tensor *new_t = (tg_tensor *)lua_touserdata(L, 3);
  for (;; i++) {
    if (i > 0) {
      if (lua_type(L, 4) != LUA_TNUMBER)
        return tg_error(L,
                        "map: the function must return a number, it "
                        "returned %s",
                        tg_typename(L, 4));
      new_t->data[i - 1] = (double)lua_tonumber(L, 4);
      lua_settop(L, 3);
    }
    if (i == t->count) return 1;
    tg_pollat(L, i); /* f may be a C function */
    lua_pushvalue(L, 2);
    lua_pushnumber(L, (lua_Number)t->data[i]);
    tg_callk(L, 1, 1, i + 1, map_on);
  }
}

/* t:map(f): a new Tensor of f(x) for each number x. */
static int map (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "map");
  if (lua_type(L, 2) != LUA_TFUNCTION)
    return tg_typeerror(L, 2, "map", "function expected");
  lua_settop(L, 2);
  tg_newtensor(L, t->shape, t->ndims);
  return map_from(L, 0);
}

/* Arithmetic, all in place: for the loops of optimisers over long vectors. */

/* Argument `arg`: a Tensor of as many numbers as `like`, whatever its shape. */
static const double *check_numbers (lua_State *L, int arg, const char *name,
                                    const tg_tensor *like) {
  const tg_tensor *t = tg_checktensor(L, arg, name);
  if (t->count != like->count)
    tg_error(L, "%s: Tensors of %s and %s numbers; they must be as many", name,
             tg_pushnumber(L, (double)like->count),
             tg_pushnumber(L, (double)t->count));
  return t->data;
}

/* The same, or NULL if it is absent. */
static const double *opt_numbers (lua_State *L, int arg, const char *name,
                                  const tg_tensor *like) {
  return lua_isnoneornil(L, arg) ? NULL : check_numbers(L, arg, name, like);
}

/*
** `numbers`, or a copy on the stack if they overlap those of `t`, of which they
** are as many, but are not the same: what is read must not have been written.
*/
static const double *keep_apart (lua_State *L, const double *numbers,
                                 const tg_tensor *t) {
  double *own;
  if (numbers == NULL || numbers == t->data || numbers + t->count <= t->data ||
      t->data + t->count <= numbers)
    return numbers;
  own = (double *)tg_newscratch(L, t->count, sizeof *own);
  memcpy(own, numbers, t->count * sizeof *own);
  return own;
}

/* t:dot(u[, w]): the sum of t * u (* w). */
static int dot (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "dot");
  const double *u = check_numbers(L, 2, "dot", t);
  const double *w = opt_numbers(L, 3, "dot", t);
  lua_pushnumber(L, (lua_Number)tg_dot(t->data, u, w, t->count));
  return 1;
}

/* t:axpy(x, u[, w]): adds x * u (* w) to t. */
static int axpy (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "axpy");
  const double x = tg_checknumber(L, 2, "axpy");
  const double *u = check_numbers(L, 3, "axpy", t);
  const double *w = opt_numbers(L, 4, "axpy", t);
  size_t i, end;
  lua_settop(L, 4);
  u = keep_apart(L, u, t);
  w = keep_apart(L, w, t);
  for (i = 0; i < t->count; i = end) {
    end = next_piece(L, i, t->count);
    tg_axpy(t->data + i, x, u + i, w != NULL ? w + i : NULL, end - i);
  }
  lua_settop(L, 1);
  return 1;
}

/* t:assign(u): sets t's numbers to u's. */
static int assign (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "assign");
  const double *u = check_numbers(L, 2, "assign", t);
  copy_numbers(L, t->data, u, t->count);
  lua_settop(L, 1);
  return 1;
}

/* t:clamp(low, high): moves each number into the bounds, two Tensors. */
static int clamp (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "clamp");
  const double *low = check_numbers(L, 2, "clamp", t);
  const double *high = check_numbers(L, 3, "clamp", t);
  size_t i, end;
  low = keep_apart(L, low, t);
  high = keep_apart(L, high, t);
  for (i = 0; i < t->count;)
    for (end = next_piece(L, i, t->count); i < end; i++) {
      if (t->data[i] < low[i]) t->data[i] = low[i];
      if (t->data[i] > high[i]) t->data[i] = high[i];
    }
  lua_settop(L, 1);
  return 1;
}

/*
** tensor_free(w, x, p, low, high, margin): sets w to 0 where a step from x
** along -p would leave the bounds (x is at most `margin` inside of one and p
** points to it), to 1 elsewhere; returns whether there are zeros.
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
    for (end = next_piece(L, i, w->count); i < end; i++) {
      const int held = (p[i] > 0.0 && x[i] - low[i] <= margin) ||
                       (p[i] < 0.0 && high[i] - x[i] <= margin);
      w->data[i] = held ? 0.0 : 1.0;
      any |= held;
    }
  lua_pushboolean(L, any);
  return 1;
}

/* Statistics */

/* Sums by halves, whose error grows with the logarithm of the number. */
static double sum_pairwise (lua_State *L, const double *x, size_t n,
                            double minus, int squares) {
  double sum = 0.0;
  size_t i;
  if (n > 128) {
    const size_t half = n / 2;
    sum = sum_pairwise(L, x, half, minus, squares);
    if (half > PIECE / 2) tg_pollhooks(L);
    return sum + sum_pairwise(L, x + half, n - half, minus, squares);
  }
  for (i = 0; i < n; i++) {
    const double d = x[i] - minus;
    sum += squares ? d * d : d;
  }
  return sum;
}

/* tensor_statistic(t, what) */
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
  else if (strcmp(what, "size") == 0) { /* the largest absolute value */
    for (i = 0; i < t->count && y == y;)
      for (end = next_piece(L, i, t->count); i < end; i++) {
        const double x = fabs(t->data[i]);
        y = x <= y ? y : x; /* a NaN becomes y, ... */
        if (y != y) break;  /* and stays */
      }
  }
  else {
    const int least = strcmp(what, "min") == 0;
    y = least ? HUGE_VAL : -HUGE_VAL;
    for (i = 0; i < t->count && y == y;)
      for (end = next_piece(L, i, t->count); i < end; i++) {
        const double x = t->data[i];
        if (x != x || (least ? x < y : x > y)) y = x;
        if (x != x) break;
      }
  }
  lua_pushnumber(L, (lua_Number)y);
  return 1;
}

/* tensor_column(t, j): the j-th number of each row, as a table. */
static int tensor_column (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "column");
  const size_t rows = t->shape[0], width = rows > 0 ? t->count / rows : 1;
  const lua_Integer j = luaL_checkinteger(L, 2);
  size_t i;
  luaL_argcheck(L, j >= 1 && (size_t)j <= width, 2, "no such column");
  lua_createtable(L, (int)rows, 0);
  for (i = 0; i < rows; i++) {
    tg_pollat(L, i);
    lua_pushnumber(L, (lua_Number)t->data[i * width + (size_t)j - 1]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* Bytes */

/* tensor_bytes(t): its numbers as little-endian IEEE doubles. */
static int tensor_bytes (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "to_string");
  luaL_Buffer buffer;
  size_t i;
  luaL_buffinit(L, &buffer);
  for (i = 0; i < t->count; i++) {
    const uint64_t u = lane_bits(t->data[i]);
    char bytes[8];
    int k;
    tg_pollat(L, i);
    for (k = 0; k < 8; k++) bytes[k] = (char)(unsigned char)(u >> 8 * k);
    luaL_addlstring(&buffer, bytes, sizeof bytes);
  }
  luaL_pushresult(&buffer);
  return 1;
}

/* A half-precision number, IEEE 754 binary16 */
static double from_half (uint64_t u) {
  const int exponent = (int)(u >> 10 & 31);
  const double fraction = (double)(u & 1023);
  const double x = exponent == 31  ? (fraction == 0.0 ? HUGE_VAL : (double)NAN)
                   : exponent == 0 ? ldexp(fraction, -24)
                                   : ldexp(fraction + 1024.0, exponent - 25);
  return u >> 15 & 1 ? -x : x;
}

/* The number in `size` bytes, gathered in `u`; 0 if a double cannot hold it. */
static int decode (char kind, int size, uint64_t u, double *x) {
  const uint64_t sign = (uint64_t)1 << (8 * size - 1);
  float single;
  uint32_t low = (uint32_t)u;
  switch (kind) {
  case 'f':
    if (size == 8)
      *x = lane_double(u);
    else if (size == 4) {
      memcpy(&single, &low, sizeof single);
      *x = (double)single;
    }
    else
      *x = from_half(u);
    return 1;
  case 'b':
    *x = u != 0 ? 1.0 : 0.0;
    return 1;
  case 'i':
    if (u & sign) {
      const uint64_t magnitude = (~u + 1) & (sign | (sign - 1));
      *x = -(double)magnitude;
      return magnitude <= (uint64_t)1 << 53;
    }
    break;
  default:
    break;
  }
  *x = (double)u;
  return u <= (uint64_t)1 << 53;
}

/*
** tensor_decode(t, bytes, first, kind, size, big, columns): fills t from the
** bytes from `first` (1-based) on: kind "f", "i", "u" or "b" of `size` bytes;
** big: big-endian; columns: in the order of Fortran. Returns true, or false if
** an integer has no double.
*/
static int tensor_decode (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "tensor_decode");
  size_t length, i;
  const char *bytes = luaL_checklstring(L, 2, &length);
  const size_t first = (size_t)luaL_checknumber(L, 3) - 1;
  const char kind = *luaL_checkstring(L, 4);
  const int size = (int)luaL_checknumber(L, 5);
  const int big = lua_toboolean(L, 6), columns = lua_toboolean(L, 7);
  size_t at[TG_MAXDIMS] = { 0 };
  if (first > length || (length - first) / (size_t)size < t->count)
    return tg_error(L, "tensor_decode: not enough bytes");
  for (i = 0; i < t->count; i++) {
    const char *from = bytes + first + i * (size_t)size;
    size_t place = i;
    uint64_t u = 0;
    unsigned d;
    int k;
    tg_pollat(L, i);
    for (k = 0; k < size; k++)
      u = u << 8 | (unsigned char)from[big ? k : size - 1 - k];
    if (columns) {
      place = 0;
      for (d = 0; d < t->ndims; d++) place = place * t->shape[d] + at[d];
      for (d = 0; d < t->ndims && ++at[d] == t->shape[d]; d++) at[d] = 0;
    }
    if (!decode(kind, size, u, &t->data[place])) {
      lua_pushboolean(L, 0);
      return 1;
    }
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* Random numbers: xoshiro256** by Blackman and Vigna (2018), seeded by
   splitmix64; exact integers, so the same on every machine. */

typedef struct generator {
  uint64_t s[4];
} generator;

#define GENERATOR_TYPE "tinygrad.Generator"

static uint64_t rotate (uint64_t x, int k) { return x << k | x >> (64 - k); }

static uint64_t next_bits (generator *g) {
  const uint64_t result = rotate(g->s[1] * 5, 7) * 9, t = g->s[1] << 17;
  g->s[2] ^= g->s[0];
  g->s[3] ^= g->s[1];
  g->s[1] ^= g->s[2];
  g->s[0] ^= g->s[3];
  g->s[2] ^= t;
  g->s[3] = rotate(g->s[3], 45);
  return result;
}

/* In [0, 1), a multiple of 2^-53 */
static double next_uniform (generator *g) {
  return (double)(next_bits(g) >> 11) * (1.0 / 9007199254740992.0);
}

/* Marsaglia's polar method; of the pair the first is taken. */
static double next_normal (generator *g) {
  double u, v, s;
  do {
    u = 2.0 * next_uniform(g) - 1.0;
    v = 2.0 * next_uniform(g) - 1.0;
    s = u * u + v * v;
  } while (s >= 1.0 || s == 0.0);
  return u * sqrt(-2.0 * lane_log(s) / s);
}

static generator *check_generator (lua_State *L, int arg, const char *name) {
  if (!tg_isof(L, arg, GENERATOR_TYPE))
    tg_typeerror(L, arg, name, "Generator expected");
  return (generator *)lua_touserdata(L, arg);
}

/* generator_new(seed) */
static int generator_new (lua_State *L) {
  const double seed = tg_checknumber(L, 1, "generator");
  generator *g = (generator *)tg_newuserdata(L, sizeof *g, 0);
  uint64_t x = lane_bits(seed == 0.0 ? 0.0 : seed);
  int i;
  for (i = 0; i < 4; i++) {
    uint64_t z = x += (uint64_t)0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * (uint64_t)0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * (uint64_t)0x94d049bb133111eb;
    g->s[i] = z ^ z >> 31;
  }
  luaL_getmetatable(L, GENERATOR_TYPE);
  lua_setmetatable(L, -2);
  return 1;
}

/* generator_type(methods): what `generator:name` finds. */
static int generator_type (lua_State *L) {
  lua_settop(L, 1);
  luaL_newmetatable(L, GENERATOR_TYPE);
  lua_insert(L, 1);
  lua_setfield(L, 1, "__index");
  return 0;
}

/* generator_next(generator, method): one number for the method of that name,
   normal for "normal". */
static int generator_next (lua_State *L) {
  const char *method = luaL_checkstring(L, 2);
  generator *g = check_generator(L, 1, method);
  lua_pushnumber(L,
                 (lua_Number)(strcmp(method, "normal") == 0 ? next_normal(g)
                                                            : next_uniform(g)));
  return 1;
}

/* tensor_random(t, generator, normal, a, b): fills t: uniform in [a, b), or
   normal of mean a and deviation b. */
static int tensor_random (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "tensor_random");
  generator *g = check_generator(L, 2, "tensor_random");
  const int normal = lua_toboolean(L, 3);
  const double a = (double)luaL_checknumber(L, 4);
  const double b = (double)luaL_checknumber(L, 5);
  size_t i, end;
  for (i = 0; i < t->count;)
    for (end = next_piece(L, i, t->count); i < end; i++)
      t->data[i] =
        normal ? a + b * next_normal(g) : a + (b - a) * next_uniform(g);
  lua_settop(L, 1);
  return 1;
}

/* tensor_type(methods, tostring): what `tensor:name` finds, and printing. */
static int tensor_type (lua_State *L) {
  static const luaL_Reg loops[] = {
    { "shape", push_shape }, { "rows", rows },     { "fill", fill },
    { "copy", copy },        { "map", map },       { "dot", dot },
    { "axpy", axpy },        { "assign", assign }, { "clamp", clamp },
    { NULL, NULL }
  };
  lua_settop(L, 2);
  luaL_getmetatable(L, TG_TENSOR_TYPE);
  lua_insert(L, 1);
  lua_setfield(L, 1, "__tostring");
  tg_pushupvalues(L);
  tg_setfuncs(L, loops, TG_UPVALUES);
  lua_pushvalue(L, -1);
  lua_setfield(L, 1, "methods"); /* for documentation.lua */
  lua_pushcclosure(L, tensor_index, 1);
  lua_setfield(L, 1, "__index");
  return 0;
}

void tg_tensortype (lua_State *L) {
  static const luaL_Reg metamethods[] = { { "__newindex", tensor_newindex },
                                          { "__len", tensor_len },
                                          { "__eq", tensor_eq },
                                          { NULL, NULL } };
  static const char *const refused[] = { "__add", "__sub", "__mul",   "__div",
                                         "__mod", "__pow", "__unm",   "__idiv",
                                         "__lt",  "__le",  "__concat" };
  size_t i;
  int k;
  luaL_newmetatable(L, TG_TENSOR_TYPE);
  for (k = 1; k <= TG_UPVALUES; k++) lua_pushvalue(L, k);
  tg_setfuncs(L, metamethods, TG_UPVALUES);
  for (i = 0; i < sizeof refused / sizeof *refused; i++) {
    lua_pushcfunction(L, no_arithmetic);
    lua_setfield(L, -2, refused[i]);
  }
  lua_pop(L, 1);
}

const luaL_Reg tg_tensor_functions[] = {
  { "tensor_new", tensor_new },
  { "tensor_set", tensor_set },
  { "tensor_reshape", tensor_reshape },
  { "tensor_column", tensor_column },
  { "tensor_bytes", tensor_bytes },
  { "tensor_decode", tensor_decode },
  { "tensor_random", tensor_random },
  { "tensor_statistic", tensor_statistic },
  { "tensor_free", tensor_free },
  { "tensor_type", tensor_type },
  { "generator_new", generator_new },
  { "generator_next", generator_next },
  { "generator_type", generator_type },
  { NULL, NULL }
};

#endif
