/*
** hand.c: the workloads of spec/bench/programs.lua as one would write them in
** C for speed, with gradients derived by hand. The value is output 0, the
** gradient follows.
*/
#include <string.h>

#include "yardstick.h"

typedef void (*function)(const double *in, double *out);

/* (a*b + a) * tanh(b) */
static void complex_function (const double *in, double *out) {
  const double a = in[0], b = in[1];
  const double t = tanh(b), u = a * b + a;
  out[0] = u * t;
  out[1] = (b + 1.0) * t;
  out[2] = a * t + u * (1.0 - t * t);
}

/* The perceptron's loss. The inputs are the weights of a neuron and then its
   bias, neuron by neuron and layer by layer. */
static void perceptron (const double *in, double *out) {
  enum { H = PERCEPTRON_HIDDEN, N = PERCEPTRON_INPUTS };
  static double rows[PERCEPTRON_ROWS][2];
  const double *w1 = in, *w2 = in + 3 * H, *w3 = w2 + (H + 1) * H;
  double *g1 = out + 1, *g2 = g1 + 3 * H, *g3 = g2 + (H + 1) * H;
  double loss = 0.0, norm = 0.0;
  int r, i, j;
  if (rows[0][0] == 0.0)
    for (r = 0; r < PERCEPTRON_ROWS; r++)
      yardstick_row(r, &rows[r][0], &rows[r][1]);
  memset(g1, 0, N * sizeof *g1);
  for (r = 0; r < PERCEPTRON_ROWS; r++) {
    const double x = rows[r][0], y = rows[r][1];
    double p[H], q[H], dp[H], e, de;
    for (i = 0; i < H; i++)
      p[i] = tanh(w1[3 * i + 2] + w1[3 * i] * x + w1[3 * i + 1] * y);
    e = w3[H];
    for (i = 0; i < H; i++) {
      const double *w = w2 + (H + 1) * i;
      double s = w[H];
      for (j = 0; j < H; j++) s += w[j] * p[j];
      q[i] = tanh(s);
      e += w3[i] * q[i];
    }
    e -= x * y;
    loss += e * e;
    de = 2.0 * e / PERCEPTRON_ROWS;
    memset(dp, 0, sizeof dp);
    for (i = 0; i < H; i++) {
      const double *w = w2 + (H + 1) * i;
      double *g = g2 + (H + 1) * i;
      const double ds = de * w3[i] * (1.0 - q[i] * q[i]);
      g3[i] += de * q[i];
      for (j = 0; j < H; j++) {
        g[j] += ds * p[j];
        dp[j] += ds * w[j];
      }
      g[H] += ds;
    }
    g3[H] += de;
    for (i = 0; i < H; i++) {
      const double ds = dp[i] * (1.0 - p[i] * p[i]);
      g1[3 * i] += ds * x;
      g1[3 * i + 1] += ds * y;
      g1[3 * i + 2] += ds;
    }
  }
  for (i = 0; i < N; i++) {
    norm += in[i] * in[i];
    g1[i] += 2.0 * PERCEPTRON_DECAY * in[i];
  }
  out[0] = loss / PERCEPTRON_ROWS + PERCEPTRON_DECAY * norm;
}

/* The sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2 */
static void rosenbrock (const double *x, double *out) {
  double *g = out + 1;
  double value = 0.0;
  int i;
  g[0] = 0.0;
  for (i = 0; i < ROSENBROCK_INPUTS - 1; i++) {
    const double t = x[i + 1] - x[i] * x[i], u = 1.0 - x[i];
    value += 100.0 * t * t + u * u;
    g[i] -= 400.0 * t * x[i] + 2.0 * u;
    g[i + 1] = 200.0 * t;
  }
  out[0] = value;
}

/* x <- tanh(x*w + b), CHAIN_LINKS times */
static void chain (const double *in, double *out) {
  static double xs[CHAIN_LINKS + 1];
  const double w = in[1], b = in[2];
  double dx = 1.0, dw = 0.0, db = 0.0;
  int i;
  xs[0] = in[0];
  for (i = 0; i < CHAIN_LINKS; i++) xs[i + 1] = tanh(xs[i] * w + b);
  for (i = CHAIN_LINKS; i > 0; i--) {
    const double ds = dx * (1.0 - xs[i] * xs[i]);
    dw += ds * xs[i - 1];
    db += ds;
    dx = ds * w;
  }
  out[0] = xs[CHAIN_LINKS];
  out[1] = dx;
  out[2] = dw;
  out[3] = db;
}

static const function functions[] = { complex_function, perceptron, rosenbrock,
                                      chain };

/* Calls the function by a pointer from `data`, so that compilers cannot inline
   it. */
static void repeat (const yardstick *self, const double *in, double *out,
                    long n) {
  const function f = *(const function *)self->data;
  for (; n > 0; n--) f(in, out);
}

static const yardstick list[] = {
  { "complex", 2, 3, repeat, (void *)&functions[0] },
  { "perceptron", PERCEPTRON_INPUTS, PERCEPTRON_INPUTS + 1, repeat,
    (void *)&functions[1] },
  { "rosenbrock", ROSENBROCK_INPUTS, ROSENBROCK_INPUTS + 1, repeat,
    (void *)&functions[2] },
  { "chain", 3, 4, repeat, (void *)&functions[3] }
};

YARDSTICK_API int luaopen_yardstick (lua_State *L);
YARDSTICK_API int luaopen_yardstick (lua_State *L) {
  return yardstick_push(L, list, sizeof list / sizeof *list);
}
