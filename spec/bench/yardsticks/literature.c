/*
** literature.c: the workloads of spec/bench/literature.lua as one would write
** them in C for speed, with gradients derived by hand. The value is output 0,
** the gradient follows.
*/
#include <string.h>

#include "yardstick.h"

typedef void (*function)(const double *in, double *out);

/* Data, made before anything is timed */
static double gmm_rows[GMM_ROWS][GMM_D];
static double sights[BA_SIGHTS][2];
static double states[2][LSTM_LAYERS][LSTM_WIDTH]; /* hidden, cell */
static double series[LSTM_STEPS + 1][LSTM_WIDTH];
static double normals[OPTION_PATHS];

static void make (void *numbers, int n, int first, double scale) {
  double *x = (double *)numbers;
  int i;
  for (i = 0; i < n; i++) x[i] = scale * yardstick_noise(first + i);
}

static void make_data (void) {
  int i;
  make(gmm_rows, GMM_ROWS * GMM_D, 0, 1.0);
  make(sights, BA_SIGHTS * 2, 0, 0.3);
  make(states[0], LSTM_LAYERS * LSTM_WIDTH, 0, 0.1);
  make(states[1], LSTM_LAYERS * LSTM_WIDTH, 1000, 0.1);
  make(series, (LSTM_STEPS + 1) * LSTM_WIDTH, 0, 1.0);
  for (i = 0; i < OPTION_PATHS; i++) normals[i] = yardstick_normal(i);
}

/* Mixture of Gaussians. The inputs are alphas, means, and factors of inverse
   covariances. */
static void gmm (const double *in, double *out) {
  enum { K = GMM_K, D = GMM_D };
  const double *means = in + K, *icf = means + K * D;
  double *dalpha = out + 1, *dmeans = dalpha + K, *dicf = dmeans + K * D;
  double scale[K][D], sum[K], total = 0.0;
  double value = -0.5 * GMM_ROWS * D * log(6.283185307179586);
  int row, k, i, j;
  memset(out, 0, (GMM_INPUTS + 1) * sizeof *out);
  for (k = 0; k < K; k++) {
    const double *q = icf + k * GMM_ICF;
    double *dq = dicf + k * GMM_ICF;
    sum[k] = 0.0;
    total += exp(in[k]);
    for (i = 0; i < D; i++) {
      scale[k][i] = exp(q[i]);
      sum[k] += q[i];
      dq[i] = scale[k][i] * scale[k][i];
      value += 0.5 * dq[i];
    }
    for (; i < GMM_ICF; i++) {
      value += 0.5 * q[i] * q[i];
      dq[i] = q[i];
    }
  }
  for (row = 0; row < GMM_ROWS; row++) {
    double z[K][D], y[K][D], e[K], s = 0.0;
    for (k = 0; k < K; k++) {
      const double *l = icf + k * GMM_ICF + D;
      double square = 0.0;
      for (i = 0; i < D; i++) {
        z[k][i] = gmm_rows[row][i] - means[k * D + i];
        y[k][i] = scale[k][i] * z[k][i];
      }
      for (i = 0; i < D; i++)
        for (j = i + 1; j < D; j++) y[k][j] += *l++ * z[k][i];
      for (i = 0; i < D; i++) square += y[k][i] * y[k][i];
      e[k] = exp(in[k] + sum[k] - 0.5 * square);
      s += e[k];
    }
    value += log(s);
    for (k = 0; k < K; k++) {
      const double *l = icf + k * GMM_ICF + D, w = e[k] / s;
      double *dq = dicf + k * GMM_ICF, *dl = dq + D;
      dalpha[k] += w;
      for (i = 0; i < D; i++) {
        double dz = -w * y[k][i] * scale[k][i];
        dq[i] += w + dz * z[k][i];
        for (j = i + 1; j < D; j++) {
          *dl++ -= w * y[k][j] * z[k][i];
          dz -= w * y[k][j] * *l++;
        }
        dmeans[k * D + i] -= dz;
      }
    }
  }
  for (k = 0; k < K; k++) dalpha[k] -= GMM_ROWS * exp(in[k]) / total;
  out[0] = value - GMM_ROWS * log(total);
}

static void cross (const double *a, const double *b, double *c) {
  c[0] = a[1] * b[2] - a[2] * b[1];
  c[1] = a[2] * b[0] - a[0] * b[2];
  c[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot (const double *a, const double *b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Returns the cost of one sight of a point by a camera, and adds to the
   gradients. */
static double sight (const double *camera, const double *point, double weight,
                     const double *seen, double *dcamera, double *dpoint,
                     double *dweight) {
  const double *k = camera + 9, rest = 1.0 - weight * weight;
  const double angle = sqrt(dot(camera, camera));
  const double c = cos(angle), s = sin(angle);
  double d[3], w[3], wd[3], p[3], dp[3], dd[3], dw[3], dwd[3], a[3], b[3];
  double along, t, x, y, r, l, f, u, v, du, dv, dl, dr, dx, dy, dc, ds, dt, da;
  int i;
  for (i = 0; i < 3; i++) {
    d[i] = point[i] - camera[3 + i];
    w[i] = camera[i] / angle;
  }
  cross(w, d, wd);
  along = dot(w, d);
  t = along * (1.0 - c);
  for (i = 0; i < 3; i++) p[i] = d[i] * c + wd[i] * s + w[i] * t;
  x = p[0] / p[2];
  y = p[1] / p[2];
  r = x * x + y * y;
  l = 1.0 + k[0] * r + k[1] * r * r;
  f = camera[6] * l;
  u = x * f + camera[7] - seen[0];
  v = y * f + camera[8] - seen[1];
  *dweight = 2.0 * weight * (u * u + v * v) - 4.0 * weight * rest;
  du = 2.0 * weight * weight * u;
  dv = 2.0 * weight * weight * v;
  dcamera[7] += du;
  dcamera[8] += dv;
  dcamera[6] += (du * x + dv * y) * l;
  dl = (du * x + dv * y) * camera[6];
  dcamera[9] += dl * r;
  dcamera[10] += dl * r * r;
  dr = dl * (k[0] + 2.0 * k[1] * r);
  dx = du * f + 2.0 * x * dr;
  dy = dv * f + 2.0 * y * dr;
  dp[0] = dx / p[2];
  dp[1] = dy / p[2];
  dp[2] = -(dx * x + dy * y) / p[2];
  dt = dot(dp, w);
  dc = dot(dp, d) - dt * along;
  ds = dot(dp, wd);
  for (i = 0; i < 3; i++) dwd[i] = s * dp[i];
  cross(d, dwd, a);
  cross(dwd, w, b);
  for (i = 0; i < 3; i++) {
    dw[i] = t * dp[i] + dt * (1.0 - c) * d[i] + a[i];
    dd[i] = c * dp[i] + dt * (1.0 - c) * w[i] + b[i];
  }
  da = c * ds - s * dc - dot(dw, w) / angle;
  for (i = 0; i < 3; i++) {
    dcamera[i] += dw[i] / angle + da * w[i];
    dcamera[3 + i] -= dd[i];
    dpoint[i] += dd[i];
  }
  return weight * weight * (u * u + v * v) + rest * rest;
}

/* Bundle adjustment. The inputs are cameras, points, and weights of sights. */
static void bundle (const double *in, double *out) {
  const int points = 11 * BA_CAMERAS, weights = points + 3 * BA_POINTS;
  double *g = out + 1, value = 0.0;
  int s;
  memset(g, 0, BA_INPUTS * sizeof *g);
  for (s = 0; s < BA_SIGHTS; s++) {
    const int camera = 11 * (s % BA_CAMERAS);
    const int point = points + 3 * (s % BA_POINTS);
    value += sight(in + camera, in + point, in[weights + s], sights[s],
                   g + camera, g + point, g + weights + s);
  }
  out[0] = value;
}

static double sigmoid (double x) { return 1.0 / (1.0 + exp(-x)); }

/* A cell's numbers at one step */
typedef struct cell {
  double x, hidden, before, forget, in, out, change, tanh;
} cell;

/* Goes back by one step of a cell: adds to the gradients of its weights, and
   sets those of its inputs. */
static void step_back (const cell *c, const double *w, double *dw, double dy,
                       double *dhidden, double *dcell, double *dx) {
  enum { B = LSTM_WIDTH, BIAS = 4 * LSTM_WIDTH };
  const double dh = dy + *dhidden;
  const double dc = *dcell + dh * c->out * (1.0 - c->tanh * c->tanh);
  const double df = dc * c->before * c->forget * (1.0 - c->forget);
  const double di = dc * c->change * c->in * (1.0 - c->in);
  const double dg = dc * c->in * (1.0 - c->change * c->change);
  const double dout = dh * c->tanh * c->out * (1.0 - c->out);
  dw[0] += df * c->x;
  dw[BIAS] += df;
  dw[B] += di * c->hidden;
  dw[BIAS + B] += di;
  dw[2 * B] += dout * c->x;
  dw[BIAS + 2 * B] += dout;
  dw[3 * B] += dg * c->hidden;
  dw[BIAS + 3 * B] += dg;
  *dhidden = di * w[B] + dg * w[3 * B];
  *dcell = dc * c->forget;
  *dx = df * w[0] + dout * w[2 * B];
}

/* Long short-term memory. The inputs are weights and biases layer by layer,
   then weights of input and output, and biases of the output. */
static void lstm (const double *in, double *out) {
  enum { B = LSTM_WIDTH, L = LSTM_LAYERS, T = LSTM_STEPS };
  static cell cells[T][L][B];
  static double last[T][B], share[T][B];
  const double *win = in + 8 * B * L, *wout = win + B, *bias = wout + B;
  double *g = out + 1, *dwin = g + 8 * B * L, *dwout = dwin + B;
  double *dbias = dwout + B, h[L][B], c[L][B], value = 0.0;
  int t, l, i;
  memset(g, 0, LSTM_INPUTS * sizeof *g);
  memcpy(h, states[0], sizeof h);
  memcpy(c, states[1], sizeof c);
  for (t = 0; t < T; t++) {
    double y[B], sum = 2.0, norm, all = 0.0;
    for (i = 0; i < B; i++) {
      double x = series[t][i] * win[i];
      for (l = 0; l < L; l++) {
        const double *w = in + 8 * B * l + i, *b = w + 4 * B;
        cell *k = &cells[t][l][i];
        k->x = x;
        k->hidden = h[l][i];
        k->before = c[l][i];
        k->forget = sigmoid(x * w[0] + b[0]);
        k->in = sigmoid(h[l][i] * w[B] + b[B]);
        k->out = sigmoid(x * w[2 * B] + b[2 * B]);
        k->change = tanh(h[l][i] * w[3 * B] + b[3 * B]);
        c[l][i] = c[l][i] * k->forget + k->in * k->change;
        k->tanh = tanh(c[l][i]);
        x = h[l][i] = k->out * k->tanh;
      }
      last[t][i] = x;
      y[i] = x * wout[i] + bias[i];
      share[t][i] = exp(y[i]);
      sum += share[t][i];
      all += series[t + 1][i];
    }
    norm = log(sum);
    for (i = 0; i < B; i++) {
      value += series[t + 1][i] * (y[i] - norm);
      share[t][i] = (series[t + 1][i] - all * share[t][i] / sum) / -(B * T);
    }
  }
  memset(h, 0, sizeof h); /* h and c now hold the gradients by them */
  memset(c, 0, sizeof c);
  for (t = T - 1; t >= 0; t--)
    for (i = 0; i < B; i++) {
      double dx = share[t][i] * wout[i];
      dwout[i] += share[t][i] * last[t][i];
      dbias[i] += share[t][i];
      for (l = L - 1; l >= 0; l--)
        step_back(&cells[t][l][i], in + 8 * B * l + i, g + 8 * B * l + i, dx,
                  &h[l][i], &c[l][i], &dx);
      dwin[i] += dx * series[t][i];
    }
  out[0] = value / -(B * T);
}

/* A call option. The inputs are spot, rate, volatility, time, strike. */
static void option (const double *in, double *out) {
  const double spot = in[0], rate = in[1], sigma = in[2], time = in[3];
  const double root = sqrt(time), drift = (rate - 0.5 * sigma * sigma) * time;
  const double discount = exp(-rate * time) / OPTION_PATHS;
  double sum = 0.0, grown = 0.0, swing = 0.0;
  int i, paid = 0;
  for (i = 0; i < OPTION_PATHS; i++) {
    const double s = spot * exp(drift + sigma * root * normals[i]);
    if (s > in[4]) {
      sum += s - in[4];
      grown += s;
      swing += s * normals[i];
      paid++;
    }
  }
  out[0] = discount * sum;
  out[1] = discount * grown / spot;
  out[2] = discount * (grown - sum) * time;
  out[3] = discount * (swing * root - grown * sigma * time);
  out[4] = discount * (grown * (rate - 0.5 * sigma * sigma) +
                       swing * sigma / (2.0 * root) - rate * sum);
  out[5] = -discount * paid;
}

static const function functions[] = { gmm, bundle, lstm, option };

/* Calls the function by a pointer from `data`, so that compilers cannot inline
   it. */
static void repeat (const yardstick *self, const double *in, double *out,
                    long n) {
  const function f = *(const function *)self->data;
  for (; n > 0; n--) f(in, out);
}

static const yardstick list[] = {
  { "gmm", GMM_INPUTS, GMM_INPUTS + 1, repeat, (void *)&functions[0] },
  { "bundle", BA_INPUTS, BA_INPUTS + 1, repeat, (void *)&functions[1] },
  { "lstm", LSTM_INPUTS, LSTM_INPUTS + 1, repeat, (void *)&functions[2] },
  { "option", OPTION_INPUTS, OPTION_INPUTS + 1, repeat, (void *)&functions[3] }
};

YARDSTICK_API int luaopen_yardstick (lua_State *L);
YARDSTICK_API int luaopen_yardstick (lua_State *L) {
  make_data();
  return yardstick_push(L, list, sizeof list / sizeof *list);
}
