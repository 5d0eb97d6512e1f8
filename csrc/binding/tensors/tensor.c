/*
** tensor.c: the Tensor userdata, its shape and its rows. Loops over its numbers
** are in loops.c; what reads better in Lua (shapes of tables, files, printing)
** is in lua/tinygrad/tensor/init.lua.
*/
#include "tensor.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../lua/advice.h"
#include "../lua/errors.h"
#include "../lua/numerals.h"
#include "../lua/poll.h"

#ifndef TG_NO_TENSOR

#define ALIGNMENT 64 /* bytes of the longest vector of numbers (AVX-512) */

size_t tg_nextpiece (lua_State *L, size_t i, size_t n) {
  if (i > 0) tg_pollhooks(L);
  return n - i > TG_PIECE ? i + TG_PIECE : n;
}

tg_tensor *tg_checktensor (lua_State *L, int arg, const char *name) {
  tg_tensor *t = tg_testtensor(L, arg);
  if (t == NULL) tg_typeerror(L, arg, name, "Tensor expected");
  return t;
}

/* Returns how many numbers a shape has, or raises an error if no memory could
   hold them. */
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

/* Makes the userdata on the top a Tensor. */
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
  char *memory = (char *)tg_newuserdata(
    L, sizeof(tg_tensor) + ALIGNMENT + count * sizeof(double), 0);
  tg_tensor *t = (tg_tensor *)(void *)memory;
  const uintptr_t start = (uintptr_t)(memory + sizeof *t);
  t->data = (double *)(void *)(memory + sizeof *t +
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
  lua_createtable(L, 1, 0); /* before Lua 5.3 only tables can be anchors */
  lua_pushvalue(L, -3);
  lua_rawseti(L, -2, 1);
  tg_setanchor(L, -2, 1);
  lua_remove(L, -2);
  return t;
}

/* Reads the table of sizes at `index` into `shape`, which has room for
   TG_MAXDIMS, and returns how many they are. */
static unsigned check_shape (lua_State *L, int index, size_t *shape) {
  const size_t n = tg_checklist(L, index);
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
                   lua_isnumber(L, -1) ? tg_pushnumber(L, lua_tonumber(L, -1))
                                       : luaL_typename(L, -1));
    shape[i] = (size_t)size;
    lua_pop(L, 1);
  }
  return (unsigned)n;
}

void tg_filltensor (lua_State *L, tg_tensor *t, double x) {
  size_t i, end;
  for (i = 0; i < t->count;)
    for (end = tg_nextpiece(L, i, t->count); i < end; i++) t->data[i] = x;
}

/* tensor_new(shape): returns a Tensor of zeros. */
static int tensor_new (lua_State *L) {
  size_t shape[TG_MAXDIMS];
  const unsigned n = check_shape(L, 1, shape);
  tg_tensor *t = tg_newtensor(L, shape, n);
  tg_filltensor(L, t, 0.0);
  return 1;
}

/* tensor_set(t, numbers): fills t from a list of as many numbers, and returns
   t. */
static int tensor_set (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "tensor_set");
  size_t i;
  luaL_checktype(L, 2, LUA_TTABLE);
  for (i = 0; i < t->count; i++) {
    tg_pollat(L, i);
    lua_rawgeti(L, 2, (int)i + 1);
    t->data[i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_settop(L, 1);
  return 1;
}

/* t:shape(): returns a list of the sizes. */
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

/* tensor_reshape(t, shape): returns a view of the numbers in that shape. */
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

/* Returns how many numbers a row has. */
static size_t row_size (const tg_tensor *t) {
  return t->shape[0] > 0 ? t->count / t->shape[0] : 0;
}

/* Returns the index (from 0) of the row that argument `arg` gives from 1 on, or
   from -1 back; it may be `extra` rows beyond the end. */
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

/* t:rows(i[, j]): returns a view of rows i to j, or to the last. */
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

/* Metamethods, whose self is always a Tensor (tg_newtype) */

#define UP_METHODS lua_upvalueindex(TG_UPVALUES + 1)

/* Returns t[i], a number or a view of a row, or the method t.name. */
static int tensor_index (lua_State *L) {
  static const char *const no_others[] = { NULL };
  tg_tensor *t = (tg_tensor *)lua_touserdata(L, 1);
  size_t i;
  if (lua_type(L, 2) != LUA_TNUMBER) {
    lua_pushvalue(L, 2);
    lua_rawget(L, UP_METHODS);
    if (lua_isnil(L, -1) && lua_type(L, 2) == LUA_TSTRING)
      return tg_error(
        L, "a Tensor has no field '%s'%s", lua_tostring(L, 2),
        tg_pushnearest(L, UP_METHODS, no_others, lua_tostring(L, 2)));
    return 1;
  }
  {
    const lua_Number k = lua_tonumber(L, 2);
    if (!(k >= 1 && k <= (lua_Number)t->shape[0]) ||
        (double)k != floor((double)k)) {
      lua_pushnil(L); /* as a table does, by which ipairs ends */
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

/* Sets t[i] to a number, or to the numbers of a Tensor shaped as a row. */
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
  const tg_tensor *t = (const tg_tensor *)lua_touserdata(L, 1);
  lua_pushinteger(L, (lua_Integer)t->shape[0]);
  return 1;
}

/* Raises the error of the metamethods of operators that Tensors lack. */
static int no_arithmetic (lua_State *L) {
  return tg_error(L, "Tensors hold numbers and do not compute; use a "
                     "function of one row and Program:batch, or t:map");
}

static int map_from (lua_State *L, size_t i);

TG_CONTINUATION(map_on, map_from)

/*
** Maps the numbers of the Tensor at 1 by the function at 2 into the new Tensor
** at 3, and returns that. It goes on after i calls, whose last result is at 4
** and not stored yet.
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
    tg_pollat(L, i); /* a C function calls no count hook */
    lua_pushvalue(L, 2);
    lua_pushnumber(L, (lua_Number)t->data[i]);
    tg_callk(L, 1, 1, i + 1, map_on);
  }
}

/* t:map(f): returns a new Tensor of f(x) for each number x. */
static int map (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "map");
  if (lua_type(L, 2) != LUA_TFUNCTION)
    return tg_typeerror(L, 2, "map", "function expected");
  lua_settop(L, 2);
  tg_newtensor(L, t->shape, t->ndims);
  return map_from(L, 0);
}

/* tensor_column(t, j): returns a list of the j-th number of each row. */
static int tensor_column (lua_State *L) {
  const tg_tensor *t = tg_checktensor(L, 1, "column");
  const size_t rows = t->shape[0], width = rows > 0 ? t->count / rows : 1;
  const size_t j = tg_checkwhole(L, 2, 1, width);
  size_t i;
  lua_createtable(L, (int)rows, 0);
  for (i = 0; i < rows; i++) {
    tg_pollat(L, i);
    lua_pushnumber(L, (lua_Number)t->data[i * width + j - 1]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* Copies the methods in C, from the metatable's field "methods", into the table
   at `methods`. */
static void copy_methods (lua_State *L, int metatable, int methods) {
  lua_getfield(L, metatable, "methods");
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_settable(L, methods);
  }
  lua_pop(L, 1);
}

/* tensor_type(methods, tostring): gives the type its methods in Lua, and the
   function that prints a Tensor. */
static int tensor_type (lua_State *L) {
  enum { METATABLE = 1, METHODS };
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  luaL_getmetatable(L, TG_TENSOR_TYPE);
  lua_insert(L, METATABLE);
  lua_setfield(L, METATABLE, "__tostring");
  copy_methods(L, METATABLE, METHODS);
  lua_pushvalue(L, METHODS);
  lua_setfield(L, METATABLE, "methods"); /* for documentation/init.lua */
  tg_pushupvalues(L);
  lua_pushvalue(L, METHODS);
  lua_pushcclosure(L, tensor_index, TG_UPVALUES + 1);
  lua_setfield(L, METATABLE, "__index");
  return 0;
}

void tg_tensortype (lua_State *L) {
  const char *refused = "__add\0__sub\0__mul\0__div\0__mod\0__pow\0__unm\0"
                        "__idiv\0__lt\0__le\0__concat\0";
  tg_newtype(L, TG_TENSOR, TG_TENSOR_TYPE);
  tg_add(L, "__newindex", tensor_newindex);
  tg_add(L, "__len", tensor_len);
  for (; *refused != '\0'; refused += strlen(refused) + 1)
    tg_add(L, refused, no_arithmetic);
  lua_newtable(L);
  tg_add(L, "shape", push_shape);
  tg_add(L, "rows", rows);
  tg_add(L, "map", map);
}

void tg_add_tensor_functions (lua_State *L) {
  tg_add(L, "tensor_new", tensor_new);
  tg_add(L, "tensor_set", tensor_set);
  tg_add(L, "tensor_reshape", tensor_reshape);
  tg_add(L, "tensor_column", tensor_column);
  tg_add(L, "tensor_type", tensor_type);
}

#endif
