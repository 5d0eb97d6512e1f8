/*
** random.c: random numbers, the same on every machine: xoshiro256** by Blackman
** and Vigna (2018), seeded by splitmix64, which compute in whole numbers.
*/
#include "../../engine/config.h" /* forbids fused multiply-add */

#include "random.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../../engine/numeric/environment.h"
#include "../../engine/numeric/lanes.h"
#include "../lua/errors.h"
#include "tensor.h"

#ifndef TG_NO_TENSOR

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

/* Returns a number in [0, 1), a multiple of 2^-53. */
static double next_uniform (generator *g) {
  return (double)(next_bits(g) >> 11) * (1.0 / 9007199254740992.0);
}

/* Returns a normal number by Marsaglia's polar method, the first of its two. */
static double next_normal (generator *g) {
  double u, v, s;
  do {
    u = 2.0 * next_uniform(g) - 1.0;
    v = 2.0 * next_uniform(g) - 1.0;
    s = u * u + v * v;
  } while (s >= 1.0 || s == 0.0);
  return u * sqrt(-2.0 * lane_log(s) / s);
}

/* Sets n numbers x: uniform in [a, b), or normal with mean a and standard
   deviation b. */
static void draw (generator *g, int normal, double a, double b, double *x,
                  size_t n) {
  tg_environment host;
  size_t i;
  tg_environment_enter(&host);
  for (i = 0; i < n; i++) {
    const double y =
      normal ? a + b * next_normal(g) : a + (b - a) * next_uniform(g);
    x[i] = tg_environment_result(y);
  }
  tg_environment_leave(&host);
}

static generator *check_generator (lua_State *L, int arg, const char *name) {
  generator *g = (generator *)tg_test(L, arg, TG_GENERATOR);
  if (g == NULL) tg_typeerror(L, arg, name, "Generator expected");
  return g;
}

/* generator_new(seed): returns a Generator whose state splitmix64 makes from
   the seed's bits. */
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

/* generator_type(methods): gives the type its methods. */
static int generator_type (lua_State *L) {
  lua_settop(L, 1);
  luaL_getmetatable(L, GENERATOR_TYPE);
  lua_insert(L, 1);
  lua_setfield(L, 1, "__index");
  return 0;
}

void tg_generatortype (lua_State *L) {
  tg_newtype(L, TG_GENERATOR, GENERATOR_TYPE);
  lua_pop(L, 1);
}

static int is_generator (lua_State *L) {
  lua_pushboolean(L, tg_test(L, 1, TG_GENERATOR) != NULL);
  return 1;
}

/* generator_next(generator, method, a, b): returns one number for the method of
   that name: normal if it is "normal", otherwise uniform. */
static int generator_next (lua_State *L) {
  const char *method = luaL_checkstring(L, 2);
  generator *g = check_generator(L, 1, method);
  const double a = (double)luaL_checknumber(L, 3);
  const double b = (double)luaL_checknumber(L, 4);
  double x;
  draw(g, strcmp(method, "normal") == 0, a, b, &x, 1);
  lua_pushnumber(L, (lua_Number)x);
  return 1;
}

/* tensor_random(t, generator, normal, a, b): fills t with numbers uniform in
   [a, b), or normal with mean a and deviation b; returns t. */
static int tensor_random (lua_State *L) {
  tg_tensor *t = tg_checktensor(L, 1, "tensor_random");
  generator *g = check_generator(L, 2, "tensor_random");
  const int normal = lua_toboolean(L, 3);
  const double a = (double)luaL_checknumber(L, 4);
  const double b = (double)luaL_checknumber(L, 5);
  size_t i, end;
  for (i = 0; i < t->count; i = end) {
    end = tg_nextpiece(L, i, t->count);
    draw(g, normal, a, b, t->data + i, end - i);
  }
  lua_settop(L, 1);
  return 1;
}

void tg_add_random_functions (lua_State *L) {
  tg_add(L, "tensor_random", tensor_random);
  tg_add(L, "generator_new", generator_new);
  tg_add(L, "is_generator", is_generator);
  tg_add(L, "generator_next", generator_next);
  tg_add(L, "generator_type", generator_type);
}

#endif
