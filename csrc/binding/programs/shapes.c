/*
** shapes.c: copies numbers between nested tables and flat lists.
*/
#include "shapes.h"

#include <string.h>

#include "../lua/errors.h"
#include "../lua/poll.h"
#include "../tensors/tensor.h"

#ifndef TG_NO_PROGRAM

/* Making */

enum { DEEPEST = 100 }; /* recursion over a shape uses the host's stack */

/* The positions met so far; for each, whether it is taken */
typedef struct maker {
  unsigned char *taken;
  size_t limit, count, visits;
} maker;

/* Pushes the position at `index` and marks it as taken. */
static int make_position (lua_State *L, int index, maker *m) {
  const double x = (double)lua_tonumber(L, index);
  const size_t i = x >= 1.0 && x <= (double)m->limit ? (size_t)x : 0;
  if (i == 0 || (double)i != x || m->taken[i - 1])
    luaL_error(L, "positions of numbers must be those of a Program, each once");
  m->taken[i - 1] = 1;
  m->count++;
  lua_pushnumber(L, (lua_Number)i);
  return 1;
}

static int make_shape (lua_State *L, int tree, maker *m, int depth);

/* Sets inside[i] to the shape of the tree at the top, which it pops; returns 0
   if that has no shape. */
static int make_inside (lua_State *L, int inside, int i, maker *m, int depth) {
  if (!make_shape(L, lua_gettop(L), m, depth + 1)) return 0;
  lua_rawseti(L, inside, i);
  lua_pop(L, 1);
  return 1;
}

/* Appends the names in a tree of n elements to the list at `fields`, and sets
   their shapes. Returns how many they are, or -1 if it meets other keys. */
static int make_fields (lua_State *L, int tree, int n, int fields, int inside,
                        maker *m, int depth) {
  int nfields = 0, elements = 0;
  lua_pushnil(L);
  while (lua_next(L, tree)) {
    const int key = lua_gettop(L) - 1;
    if (lua_type(L, key) == LUA_TSTRING) {
      lua_pushvalue(L, key);
      lua_rawseti(L, fields, ++nfields);
      if (!make_inside(L, inside, n + nfields, m, depth)) return -1;
    }
    else if (lua_type(L, key) != LUA_TNUMBER || ++elements > n)
      return -1;
    lua_settop(L, key);
  }
  return elements == n ? nfields : -1;
}

/* Returns the first of the n shapes in the list at `inside` if they are
   consecutive positions, 0 if not. */
static size_t first_of_run (lua_State *L, int inside, int n) {
  lua_Number first = 0;
  int i;
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, inside, i + 1);
    if (i == 0) first = lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || lua_tonumber(L, -1) != first + i)
      n = 0;
    lua_pop(L, 1);
  }
  return n > 0 ? (size_t)first : 0;
}

/* Pushes the shape of a tree of positions; returns 0 if it has none. */
static int make_shape (lua_State *L, int tree, maker *m, int depth) {
  const int shape = tree + 1, fields = tree + 2, inside = tree + 3;
  int i, n, nfields;
  size_t first;
  tg_pollat(L, m->visits++);
  if (lua_type(L, tree) == LUA_TNUMBER) return make_position(L, tree, m);
  if (!lua_istable(L, tree) || depth > DEEPEST || lua_getmetatable(L, tree))
    return 0;
  luaL_checkstack(L, LUA_MINSTACK, "deeply nested tables");
  n = (int)tg_checklist(L, tree);
  lua_createtable(L, 4, 0);
  lua_newtable(L);
  lua_newtable(L);
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, tree, i);
    if (!make_inside(L, inside, i, m, depth)) return 0;
  }
  nfields = make_fields(L, tree, n, fields, inside, m, depth);
  if (nfields < 0) return 0;
  first = nfields == 0 ? first_of_run(L, inside, n) : 0;
  lua_pushinteger(L, n);
  lua_rawseti(L, shape, 1);
  lua_pushnumber(L, (lua_Number)first);
  lua_rawseti(L, shape, 2);
  if (nfields > 0) {
    lua_pushvalue(L, fields);
    lua_rawseti(L, shape, 3);
  }
  if (first == 0) {
    lua_pushvalue(L, inside);
    lua_rawseti(L, shape, 4);
  }
  lua_settop(L, shape);
  return 1;
}

size_t tg_makeshapes (lua_State *L, int trees, size_t limit) {
  const int top = lua_gettop(L), n = (int)tg_checklist(L, trees);
  maker m = { NULL, 0, 0, 0 };
  int i, ok = 1;
  m.limit = limit;
  m.taken = (unsigned char *)tg_newscratch(L, limit, 1);
  memset(m.taken, 0, limit);
  lua_newtable(L);
  for (i = 1; ok && i <= n; i++) {
    lua_rawgeti(L, trees, i);
    ok = make_inside(L, top + 2, i, &m, 0);
  }
  lua_settop(L, top + 2);
  lua_remove(L, top + 1);
  if (ok) return m.count;
  lua_pop(L, 1);
  lua_pushnil(L);
  return 0;
}

/* Reading */

/* The shape of a table, read; its lists are on the stack from `base` on */
typedef struct node {
  int base;
  int n;
  size_t first; /* 0 if the elements are not consecutive positions */
  int nfields;
} node;

enum { FIELDS, INSIDE }; /* the lists, above base */

/* Reads the shape of a table at `index`, and pushes its lists. */
static node open_node (lua_State *L, int index) {
  node d;
  luaL_checkstack(L, LUA_MINSTACK, "deeply nested tables");
  lua_rawgeti(L, index, 1);
  d.n = (int)lua_tonumber(L, -1);
  lua_rawgeti(L, index, 2);
  d.first = (size_t)lua_tonumber(L, -1);
  lua_pop(L, 2);
  d.base = lua_gettop(L) + 1;
  lua_rawgeti(L, index, 3);
  lua_rawgeti(L, index, 4);
  d.nfields = lua_istable(L, d.base) ? (int)lua_rawlen(L, d.base) : 0;
  return d;
}

/* Pushes the shape inside[i], and returns its index. */
static int push_inside (lua_State *L, const node *d, int i) {
  lua_rawgeti(L, d->base + INSIDE, i);
  return lua_gettop(L);
}

/* Pops a key, and returns how many entries of the table at `value` follow it;
   stops counting at most + 1. */
static int count_entries (lua_State *L, int value, int most) {
  int n = 0;
  while (n <= most && lua_next(L, value)) {
    lua_pop(L, 1);
    n++;
  }
  if (n > most) lua_pop(L, 1);
  return n;
}

/* Returns whether the table has as many elements and entries as the shape. */
static int has_no_more (lua_State *L, const node *d, int value) {
  const int n = d->n + d->nfields;
  if ((int)lua_rawlen(L, value) != d->n) return 0;
  if (d->n > 0) { /* most often the fields follow the elements */
    lua_pushinteger(L, d->n);
    if (count_entries(L, value, d->nfields) == d->nfields) return 1;
  }
  lua_pushnil(L);
  return count_entries(L, value, n) == n;
}

/* Where a tree's numbers go: see tg_readtree and tg_readcolumns */
typedef struct reader {
  double *numbers;
  tg_column *columns; /* NULL if it is not for a batch */
  size_t *rows;       /* NULL: rows share the whole tree */
  int keep;           /* index of the list of Tensors */
} reader;

static int read_tensor (lua_State *L, int shape, int value, const reader *r);

/* Reads the number at index `value`. */
static void take_number (lua_State *L, int value, size_t position,
                         const reader *r) {
  double *to = &r->numbers[position - 1];
  *to = (double)lua_tonumber(L, value);
  if (r->columns != NULL) {
    r->columns[position - 1].data = to;
    r->columns[position - 1].stride = 0;
  }
}

/* Reads the value at index `value` if it is a number. */
static int read_number (lua_State *L, int value, size_t position,
                        const reader *r) {
  if (lua_type(L, value) != LUA_TNUMBER) return 0;
  take_number(L, value, position, r);
  return 1;
}

/* Reads n elements, from position `first` on: numbers, or Tensors of a number
   for each row. */
static int read_elements (lua_State *L, int value, int n, size_t first,
                          const reader *r) {
  int i, ok = 1;
  for (i = 0; ok && i < n; i++) {
    const size_t position = first + (size_t)i;
    if (tg_rawgeti(L, value, i + 1) == LUA_TNUMBER)
      take_number(L, -1, position, r);
    else {
      const int element = lua_gettop(L);
      lua_pushnumber(L, (lua_Number)position); /* the shape of a number */
      ok = r->columns != NULL && tg_testtensor(L, element) != NULL &&
           read_tensor(L, element + 1, element, r);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return ok;
}

/* Reads the tree at index `value`; returns 0 if it has another shape. */
static int read (lua_State *L, int shape, int value, const reader *r) {
  node d;
  int i, ok = 1;
  if (r->columns != NULL && tg_testtensor(L, value) != NULL)
    return read_tensor(L, shape, value, r);
  if (lua_type(L, shape) == LUA_TNUMBER)
    return read_number(L, value, (size_t)lua_tonumber(L, shape), r);
  if (!lua_istable(L, value)) return 0;
  d = open_node(L, shape);
  ok = has_no_more(L, &d, value);
  if (ok && d.first != 0) ok = read_elements(L, value, d.n, d.first, r);
  for (i = 1; ok && d.first == 0 && i <= d.n; i++) {
    const int top = lua_gettop(L);
    lua_rawgeti(L, value, i);
    ok = read(L, push_inside(L, &d, i), top + 1, r);
    lua_settop(L, top);
  }
  for (i = 1; ok && i <= d.nfields; i++) {
    const int top = lua_gettop(L);
    lua_rawgeti(L, d.base + FIELDS, i);
    lua_rawget(L, value);
    ok = read(L, push_inside(L, &d, d.n + i), top + 1, r);
    lua_settop(L, top);
  }
  lua_settop(L, d.base - 1);
  return ok;
}

/* Appends the Tensor at index `value` to the list at `keep`. */
static void keep_tensor (lua_State *L, int value, int keep) {
  lua_pushvalue(L, value);
  lua_rawseti(L, keep, (int)lua_rawlen(L, keep) + 1);
}

/* Stores the columns of a subtree that is a Tensor: its dimensions from `dim`
   on must be those of the subtree, whose first number is at *at. */
static int read_inside (lua_State *L, int shape, const tg_tensor *t,
                        unsigned dim, size_t stride, double **at,
                        const reader *r) {
  node d;
  int i, ok = 1;
  if (lua_type(L, shape) == LUA_TNUMBER) {
    tg_column *column = &r->columns[(size_t)lua_tonumber(L, shape) - 1];
    if (dim != t->ndims) return 0;
    column->data = (*at)++;
    column->stride = stride;
    return 1;
  }
  if (dim == t->ndims) return 0;
  d = open_node(L, shape);
  ok = d.nfields == 0 && t->shape[dim] == (size_t)d.n &&
       (d.first == 0 || dim + 1 == t->ndims);
  for (i = 1; ok && i <= d.n; i++) {
    if (d.first != 0) {
      tg_column *column = &r->columns[d.first + (size_t)i - 2];
      column->data = (*at)++;
      column->stride = stride;
      continue;
    }
    ok = read_inside(L, push_inside(L, &d, i), t, dim + 1, stride, at, r);
    lua_pop(L, 1);
  }
  lua_settop(L, d.base - 1);
  return ok;
}

/* Stores the columns of a subtree that is the Tensor at index `value`. */
static int read_tensor (lua_State *L, int shape, int value, const reader *r) {
  const tg_tensor *t = (const tg_tensor *)lua_touserdata(L, value);
  const size_t stride = t->shape[0] > 0 ? t->count / t->shape[0] : 1;
  double *at = t->data;
  keep_tensor(L, value, r->keep);
  if (r->rows == NULL) return read_inside(L, shape, t, 0, 0, &at, r);
  if (*r->rows != 0 && *r->rows != t->shape[0] + 1) return 0;
  *r->rows = t->shape[0] + 1;
  return read_inside(L, shape, t, 1, stride, &at, r);
}

int tg_readtree (lua_State *L, int shape, int value, double *numbers) {
  reader r = { NULL, NULL, NULL, 0 };
  r.numbers = numbers;
  return read(L, shape, value, &r);
}

int tg_readcolumns (lua_State *L, int shape, int value, double *numbers,
                    tg_column *columns, size_t *rows, int keep) {
  reader r;
  r.keep = keep;
  r.numbers = numbers;
  r.columns = columns;
  r.rows = rows;
  return read(L, shape, value, &r);
}

void tg_pushtree (lua_State *L, int shape, const double *numbers) {
  node d;
  int i, result;
  if (lua_type(L, shape) == LUA_TNUMBER) {
    lua_pushnumber(L, (lua_Number)numbers[(size_t)lua_tonumber(L, shape) - 1]);
    return;
  }
  d = open_node(L, shape);
  lua_createtable(L, d.n, d.nfields);
  result = lua_gettop(L);
  for (i = 1; i <= d.n; i++) {
    if (d.first != 0)
      lua_pushnumber(L, (lua_Number)numbers[d.first + (size_t)i - 2]);
    else {
      tg_pushtree(L, push_inside(L, &d, i), numbers);
      lua_remove(L, -2);
    }
    lua_rawseti(L, result, i);
  }
  for (i = 1; i <= d.nfields; i++) {
    lua_rawgeti(L, d.base + FIELDS, i);
    tg_pushtree(L, push_inside(L, &d, d.n + i), numbers);
    lua_remove(L, -2);
    lua_rawset(L, result);
  }
  lua_replace(L, d.base);
  lua_settop(L, d.base);
}

#ifndef TG_NO_BATCH

/*
** Stores the dimensions of a regular shape, of a number or of an array of equal
** elements, into sizes[1..]. Returns how many dimensions it has with the rows,
** at most `most`, or 0 if it is not regular.
*/
static unsigned regular_shape (lua_State *L, int shape, size_t *sizes,
                               unsigned most) {
  node d;
  unsigned dims = 0;
  int i;
  if (lua_type(L, shape) == LUA_TNUMBER) return 1;
  if (most == 1) return 0;
  d = open_node(L, shape);
  if (d.nfields == 0 && d.n > 0 && d.first != 0) {
    sizes[1] = (size_t)d.n;
    dims = 2;
  }
  else if (d.nfields == 0 && d.n > 0) {
    size_t other[TG_MAXDIMS];
    dims = regular_shape(L, push_inside(L, &d, 1), sizes + 1, most - 1);
    lua_pop(L, 1);
    for (i = 2; dims != 0 && i <= d.n; i++) {
      if (regular_shape(L, push_inside(L, &d, i), other, most - 1) != dims ||
          memcmp(other + 1, sizes + 2, (dims - 1) * sizeof *sizes) != 0)
        dims = 0;
      lua_pop(L, 1);
    }
    if (dims != 0) {
      sizes[1] = (size_t)d.n;
      dims++;
    }
  }
  lua_settop(L, d.base - 1);
  return dims;
}

/* Stores the places of a regular shape, whose first number goes to *at. */
static void place_regular (lua_State *L, int shape, double **at, size_t stride,
                           tg_place *places) {
  node d;
  int i;
  if (lua_type(L, shape) == LUA_TNUMBER) {
    tg_place *place = &places[(size_t)lua_tonumber(L, shape) - 1];
    place->data = (*at)++;
    place->stride = stride;
    return;
  }
  d = open_node(L, shape);
  for (i = 1; i <= d.n; i++) {
    if (d.first != 0) {
      places[d.first + (size_t)i - 2].data = (*at)++;
      places[d.first + (size_t)i - 2].stride = stride;
      continue;
    }
    place_regular(L, push_inside(L, &d, i), at, stride, places);
    lua_pop(L, 1);
  }
  lua_settop(L, d.base - 1);
}

int tg_placetensor (lua_State *L, int shape, int value, tg_place *places,
                    int keep) {
  const tg_tensor *t = (const tg_tensor *)lua_touserdata(L, value);
  size_t sizes[TG_MAXDIMS + 1];
  const unsigned dims = regular_shape(L, shape, sizes, TG_MAXDIMS + 1);
  double *at = t->data;
  if (dims != t->ndims + 1 ||
      memcmp(t->shape, sizes + 1, t->ndims * sizeof *sizes) != 0)
    return 0;
  keep_tensor(L, value, keep);
  place_regular(L, shape, &at, 0, places);
  return 1;
}

/* Pushes a Tensor for a regular shape: a new one, or, if `old` is not 0, the
   one there. Returns 0 if that has another shape. */
static int push_regular (lua_State *L, int shape, int old, size_t *sizes,
                         unsigned dims, tg_place *places, int keep) {
  size_t stride = 1;
  tg_tensor *t;
  double *at;
  unsigned i;
  for (i = 1; i < dims; i++) stride *= sizes[i];
  if (old == 0)
    t = tg_newtensor(L, sizes, dims);
  else {
    t = tg_testtensor(L, old);
    if (t == NULL || t->ndims != dims ||
        memcmp(t->shape, sizes, dims * sizeof *sizes) != 0)
      return 0;
    keep_tensor(L, old, keep);
    lua_pushvalue(L, old);
  }
  at = t->data;
  place_regular(L, shape, &at, stride, places);
  return 1;
}

int tg_pushplaces (lua_State *L, int shape, int old, size_t rows,
                   tg_place *places, int keep) {
  size_t sizes[TG_MAXDIMS];
  const unsigned dims = regular_shape(L, shape, sizes, TG_MAXDIMS);
  node d;
  int i, result, ok = 1;
  if (dims != 0) {
    sizes[0] = rows;
    return push_regular(L, shape, old, sizes, dims, places, keep);
  }
  if (old != 0 && !lua_istable(L, old)) return 0;
  d = open_node(L, shape);
  if (old != 0)
    lua_pushvalue(L, old);
  else
    lua_createtable(L, d.n, d.nfields);
  result = lua_gettop(L);
  for (i = 1; ok && i <= d.n + d.nfields; i++) {
    const int inside = push_inside(L, &d, i);
    if (i <= d.n)
      lua_pushnumber(L, i);
    else
      lua_rawgeti(L, d.base + FIELDS, i - d.n);
    if (old != 0) {
      lua_pushvalue(L, -1);
      lua_rawget(L, old);
    }
    ok =
      tg_pushplaces(L, inside, old != 0 ? inside + 2 : 0, rows, places, keep);
    if (ok) {
      if (old != 0) lua_remove(L, -2);
      lua_rawset(L, result);
    }
    lua_settop(L, result);
  }
  if (!ok) return 0;
  lua_replace(L, d.base);
  lua_settop(L, d.base);
  return 1;
}

#endif

#endif
