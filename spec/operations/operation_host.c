/*
** operation_host.c: a Lua module whose functions are operations that a C host
** registers with tg_pushoperation. custom_spec.lua builds and loads it. Its tg_
** functions are found in the core, which is loaded before.
*/
#include <math.h>

#include <lua.h>

#include <lauxlib.h>
#include "tinygrad_lua.h"

/* Sine and cosine, with minus sine and minus cosine: each is the derivative of
   another, so that derivatives of all orders exist */

static double sine (const double *x) { return sin(x[0]); }
static double cosine (const double *x) { return cos(x[0]); }
static double minus_sine (const double *x) { return -sin(x[0]); }
static double minus_cosine (const double *x) { return -cos(x[0]); }

static void sine_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = cos(x[0]);
}
static void cosine_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = -sin(x[0]);
}
static void minus_sine_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = -cos(x[0]);
}
static void minus_cosine_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = sin(x[0]);
}

static const tg_operation op_sine;
static const tg_operation op_cosine;
static const tg_operation op_minus_sine;
static const tg_operation op_minus_cosine;
static const tg_operation *const sine_derivatives[] = { &op_cosine };
static const tg_operation *const cosine_derivatives[] = { &op_minus_sine };
static const tg_operation *const minus_sine_derivatives[] = {
  &op_minus_cosine
};
static const tg_operation *const minus_cosine_derivatives[] = { &op_sine };
static const tg_operation op_sine = { "sine", 1, sine, sine_partials,
                                      sine_derivatives };
static const tg_operation op_cosine = { "cosine", 1, cosine, cosine_partials,
                                        cosine_derivatives };
static const tg_operation op_minus_sine = { "minus_sine", 1, minus_sine,
                                            minus_sine_partials,
                                            minus_sine_derivatives };
static const tg_operation op_minus_cosine = { "minus_cosine", 1, minus_cosine,
                                              minus_cosine_partials,
                                              minus_cosine_derivatives };

/* A product of three operands; its partials are operations of all three */

static double product3 (const double *x) { return x[0] * x[1] * x[2]; }
static double product23 (const double *x) { return x[1] * x[2]; }
static double product13 (const double *x) { return x[0] * x[2]; }
static double product12 (const double *x) { return x[0] * x[1]; }
static double first (const double *x) { return x[0]; }
static double second (const double *x) { return x[1]; }
static double third (const double *x) { return x[2]; }
static double zero (const double *x) {
  (void)x;
  return 0.0;
}

static void store (double *d, double d0, double d1, double d2) {
  d[0] = d0;
  d[1] = d1;
  d[2] = d2;
}
static void product3_partials (const double *x, double y, double *d) {
  (void)y;
  store(d, x[1] * x[2], x[0] * x[2], x[0] * x[1]);
}
static void product23_partials (const double *x, double y, double *d) {
  (void)y;
  store(d, 0.0, x[2], x[1]);
}
static void product13_partials (const double *x, double y, double *d) {
  (void)y;
  store(d, x[2], 0.0, x[0]);
}
static void product12_partials (const double *x, double y, double *d) {
  (void)y;
  store(d, x[1], x[0], 0.0);
}
static void first_partials (const double *x, double y, double *d) {
  (void)x, (void)y;
  store(d, 1.0, 0.0, 0.0);
}
static void second_partials (const double *x, double y, double *d) {
  (void)x, (void)y;
  store(d, 0.0, 1.0, 0.0);
}
static void third_partials (const double *x, double y, double *d) {
  (void)x, (void)y;
  store(d, 0.0, 0.0, 1.0);
}
static void zero_partials (const double *x, double y, double *d) {
  (void)x, (void)y;
  store(d, 0.0, 0.0, 0.0);
}

static const tg_operation op_first = { "first", 3, first, first_partials,
                                       NULL };
static const tg_operation op_second = { "second", 3, second, second_partials,
                                        NULL };
static const tg_operation op_third = { "third", 3, third, third_partials,
                                       NULL };
static const tg_operation op_zero = { "zero", 3, zero, zero_partials, NULL };
static const tg_operation *const derivatives23[] = { &op_zero, &op_third,
                                                     &op_second };
static const tg_operation *const derivatives13[] = { &op_third, &op_zero,
                                                     &op_first };
static const tg_operation *const derivatives12[] = { &op_second, &op_first,
                                                     &op_zero };
static const tg_operation op_product23 = { "product23", 3, product23,
                                           product23_partials, derivatives23 };
static const tg_operation op_product13 = { "product13", 3, product13,
                                           product13_partials, derivatives13 };
static const tg_operation op_product12 = { "product12", 3, product12,
                                           product12_partials, derivatives12 };
static const tg_operation *const derivatives123[] = { &op_product23,
                                                      &op_product13,
                                                      &op_product12 };
static const tg_operation op_product3 = { "product3", 3, product3,
                                          product3_partials, derivatives123 };

/* An operation that can be differentiated once, and one with such a partial */

static double cube (const double *x) { return x[0] * x[0] * x[0]; }
static double fourth (const double *x) { return x[0] * x[0] * x[0] * x[0]; }
static double fourth_slope (const double *x) { return 4.0 * cube(x); }

static void cube_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = 3.0 * x[0] * x[0];
}
static void fourth_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = fourth_slope(x);
}
static void fourth_slope_partials (const double *x, double y, double *d) {
  (void)y;
  d[0] = 12.0 * x[0] * x[0];
}

static const tg_operation op_cube = { "cube", 1, cube, cube_partials, NULL };
/* named as op_cube is: the message names the operation without derivatives */
static const tg_operation op_fourth_slope = { "cube", 1, fourth_slope,
                                              fourth_slope_partials, NULL };
static const tg_operation *const fourth_derivatives[] = { &op_fourth_slope };
static const tg_operation op_fourth = { "fourth", 1, fourth, fourth_partials,
                                        fourth_derivatives };

/* As many operands as possible, too many, and too few; a name that C forbids */

static double sum16 (const double *x) {
  double s = 0.0;
  int i;
  for (i = 0; i < TG_MAXOPERANDS; i++) s += x[i];
  return s;
}
static void sum16_partials (const double *x, double y, double *d) {
  int i;
  (void)x, (void)y;
  for (i = 0; i < TG_MAXOPERANDS; i++) d[i] = 1.0;
}

static const tg_operation op_sum16 = { "sum16", TG_MAXOPERANDS, sum16,
                                       sum16_partials, NULL };
static const tg_operation op_wide = { "wide", TG_MAXOPERANDS + 1, sum16,
                                      sum16_partials, NULL };
static const tg_operation op_narrow = { "narrow", 0, sum16, sum16_partials,
                                        NULL };

static const tg_operation op_odd = { "an odd name", 1, sine, sine_partials,
                                     NULL };

static int push_wide (lua_State *L) {
  tg_pushoperation(L, &op_wide);
  return 1;
}

static int push_narrow (lua_State *L) {
  tg_pushoperation(L, &op_narrow);
  return 1;
}

static void add_operation (lua_State *L, const tg_operation *op) {
  tg_pushoperation(L, op);
  lua_setfield(L, -2, op->name);
}

TG_API int luaopen_operation_host (lua_State *L) {
  lua_newtable(L);
  add_operation(L, &op_sine);
  add_operation(L, &op_product3);
  add_operation(L, &op_cube);
  add_operation(L, &op_fourth);
  add_operation(L, &op_sum16);
  add_operation(L, &op_odd);
  lua_pushcfunction(L, push_wide);
  lua_setfield(L, -2, "push_wide");
  lua_pushcfunction(L, push_narrow);
  lua_setfield(L, -2, "push_narrow");
  return 1;
}
