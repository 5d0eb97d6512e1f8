/*
** yardstick.h: what the contestants of spec/bench share. Each .c or .cpp file
** of this folder is a Lua module that gives Lua contestants:
**
**   contestant(inputs, n)  evaluates a function of doubles n times, with no Lua
**                          in between, and returns a table of the outputs
*/
#ifndef YARDSTICK_H
#define YARDSTICK_H

#include <math.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <lua.h>
#include <lauxlib.h>
#ifdef __cplusplus
}
#define YARDSTICK_API extern "C" __attribute__((visibility("default")))
#else
#define YARDSTICK_API extern __attribute__((visibility("default")))
#endif

/* The sizes of the workloads; programs.lua and literature.lua describe them. */
enum {
  PERCEPTRON_HIDDEN = 16,
  PERCEPTRON_ROWS = 100,
  PERCEPTRON_INPUTS = 337,
  ROSENBROCK_INPUTS = 1000,
  CHAIN_LINKS = 1000000,
  GMM_K = 5,
  GMM_D = 3,
  GMM_ROWS = 100,
  GMM_ICF = GMM_D * (GMM_D + 1) / 2,
  GMM_INPUTS = GMM_K * (1 + GMM_D + GMM_ICF),
  BA_CAMERAS = 4,
  BA_POINTS = 25,
  BA_SIGHTS = 60,
  BA_INPUTS = 11 * BA_CAMERAS + 3 * BA_POINTS + BA_SIGHTS,
  LSTM_LAYERS = 2,
  LSTM_WIDTH = 14,
  LSTM_STEPS = 20,
  LSTM_INPUTS = (8 * LSTM_LAYERS + 3) * LSTM_WIDTH,
  OPTION_PATHS = 1000,
  OPTION_INPUTS = 5
};

#define PERCEPTRON_DECAY 1e-4

/* Returns number i, from 0, of data between -1 and 1 that look random. */
static inline double yardstick_noise (int i) {
  return sin((double)i * (double)i + 1.0);
}

/* Returns number i of normal data, by Box and Muller's method from a sequence
   that fills the unit square evenly. */
static inline double yardstick_normal (int i) {
  const double u = (i + 1) * 0.6180339887498949;
  const double v = (i + 1) * 0.7548776662466927;
  return sqrt(-2.0 * log(u - floor(u))) *
         cos(6.283185307179586 * (v - floor(v)));
}

/* Sets x and y to row `i`, from 0, of the perceptron's data in programs.lua. */
static inline void yardstick_row (int i, double *x, double *y) {
  *x = sin((double)(i + 1));
  *y = cos(3.0 * (double)(i + 1));
}

/* A contestant */
typedef struct yardstick {
  const char *name;
  size_t inputs, outputs;
  /* evaluates the function n times; `self` is this yardstick */
  void (*repeat)(const struct yardstick *self, const double *in, double *out,
                 long n);
  void *data; /* for `repeat` */
} yardstick;

/* contestant(inputs, n): runs the yardstick that is upvalue 1. */
static int yardstick_call (lua_State *L) {
  const yardstick *y =
    (const yardstick *)lua_touserdata(L, lua_upvalueindex(1));
  const size_t n = y->inputs + y->outputs;
  double *in, *out;
  size_t i;
  luaL_checktype(L, 1, LUA_TTABLE);
  in = (double *)lua_newuserdata(L, n * sizeof *in);
  out = in + y->inputs;
  for (i = 0; i < y->inputs; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    in[i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  y->repeat(y, in, out, (long)luaL_checknumber(L, 2));
  lua_createtable(L, (int)y->outputs, 0);
  for (i = 0; i < y->outputs; i++) {
    lua_pushnumber(L, (lua_Number)out[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* Pushes a table of contestants by name. */
static inline int yardstick_push (lua_State *L, const yardstick *list,
                                  size_t n) {
  size_t i;
  lua_createtable(L, 0, (int)n);
  for (i = 0; i < n; i++) {
    lua_pushlightuserdata(L, (void *)&list[i]);
    lua_pushcclosure(L, yardstick_call, 1);
    lua_setfield(L, -2, list[i].name);
  }
  return 1;
}

#endif
