/*
** bytes.c: turns the numbers of Tensors into bytes and bytes into numbers, for
** strings and files.
*/
#include "bytes.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../../engine/numeric/lanes.h"
#include "../lua/errors.h"
#include "../lua/poll.h"
#include "tensor.h"

#ifndef TG_NO_TENSOR

/* tensor_bytes(t): returns a string of the numbers as little-endian IEEE
   doubles. */
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

/* Returns the half-precision number (IEEE 754 binary16) with the bits u. */
static double from_half (uint64_t u) {
  const int exponent = (int)(u >> 10 & 31);
  const double fraction = (double)(u & 1023);
  const double x = exponent == 31  ? (fraction == 0.0 ? HUGE_VAL : (double)NAN)
                   : exponent == 0 ? ldexp(fraction, -24)
                                   : ldexp(fraction + 1024.0, exponent - 25);
  return u >> 15 & 1 ? -x : x;
}

/* Sets *x to the number whose `size` bytes are gathered in `u`; returns 0 if it
   is an integer beyond 2^53, which doubles do not all have. */
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
** tensor_decode(t, bytes, first, kind, size, big, columns): fills t with the
** numbers in `bytes` from position `first` on. Each has `size` bytes and is a
** float ("f"), an integer ("i"), an unsigned integer ("u") or a boolean ("b");
** with `big` they are big-endian, with `columns` in the order of Fortran.
** Returns true, or false at an integer beyond 2^53.
*/
static int tensor_decode (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "tensor_decode");
  size_t length, i;
  const char *bytes = luaL_checklstring(L, 2, &length);
  const size_t first = tg_checkwhole(L, 3, 1, length + 1) - 1;
  const char kind = *luaL_checkstring(L, 4);
  const int size = (int)tg_checkwhole(L, 5, 1, 8);
  const int big = lua_toboolean(L, 6), columns = lua_toboolean(L, 7);
  size_t at[TG_MAXDIMS] = { 0 };
  if ((length - first) / (size_t)size < t->count)
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

void tg_add_byte_functions (lua_State *L) {
  tg_add(L, "tensor_bytes", tensor_bytes);
  tg_add(L, "tensor_decode", tensor_decode);
}

#endif
