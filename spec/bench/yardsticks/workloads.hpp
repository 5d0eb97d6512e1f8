/*
** workloads.hpp: the workloads of spec/bench/programs.lua and literature.lua
** for the tapes of C++: value from `x`, an array of numbers of any type; such
** a type has a function positive(), max(x, 0), before this file is included.
*/
#ifndef WORKLOADS_HPP
#define WORKLOADS_HPP

#include "yardstick.h"

namespace workloads {

template <class T> T complex_function (const T *x) {
  using std::tanh;
  return (x[0] * x[1] + x[0]) * tanh(x[1]);
}

template <class T> T perceptron (const T *x) {
  using std::tanh;
  enum { H = PERCEPTRON_HIDDEN };
  T loss = 0.0, norm = 0.0;
  for (int r = 0; r < PERCEPTRON_ROWS; r++) {
    const T *w = x;
    T p[H], q[H];
    double a, b;
    yardstick_row(r, &a, &b);
    for (int i = 0; i < H; i++, w += 3) p[i] = tanh(w[2] + w[0] * a + w[1] * b);
    for (int i = 0; i < H; i++, w += H + 1) {
      T s = w[H];
      for (int j = 0; j < H; j++) s += w[j] * p[j];
      q[i] = tanh(s);
    }
    T e = w[H];
    for (int j = 0; j < H; j++) e += w[j] * q[j];
    e -= a * b;
    loss += e * e;
  }
  for (int i = 0; i < PERCEPTRON_INPUTS; i++) norm += x[i] * x[i];
  return loss * (1.0 / PERCEPTRON_ROWS) + norm * PERCEPTRON_DECAY;
}

template <class T> T rosenbrock (const T *x) {
  T value = 0.0;
  for (int i = 0; i < ROSENBROCK_INPUTS - 1; i++) {
    const T t = x[i + 1] - x[i] * x[i], u = 1.0 - x[i];
    value += 100.0 * t * t + u * u;
  }
  return value;
}

template <class T> T chain (const T *x) {
  using std::tanh;
  T y = x[0];
  for (int i = 0; i < CHAIN_LINKS; i++) y = tanh(y * x[1] + x[2]);
  return y;
}

template <class T> T log_sum_exp (const T *x, int n, double more) {
  using std::exp;
  using std::log;
  T sum = more;
  for (int i = 0; i < n; i++) sum += exp(x[i]);
  return log(sum);
}

template <class T> T gmm (const T *alpha) {
  using std::exp;
  enum { K = GMM_K, D = GMM_D };
  const T *means = alpha + K, *icf = means + K * D;
  T scale[K][D], sum[K], beta[K];
  T value = -0.5 * GMM_ROWS * D * std::log(6.283185307179586);
  for (int k = 0; k < K; k++) {
    const T *q = icf + k * GMM_ICF;
    sum[k] = 0.0;
    for (int i = 0; i < D; i++) {
      scale[k][i] = exp(q[i]);
      sum[k] += q[i];
      value += 0.5 * scale[k][i] * scale[k][i];
    }
    for (int i = D; i < GMM_ICF; i++) value += 0.5 * q[i] * q[i];
  }
  for (int row = 0; row < GMM_ROWS; row++) {
    for (int k = 0; k < K; k++) {
      const T *l = icf + k * GMM_ICF + D;
      T z[D], y[D], square = 0.0;
      for (int i = 0; i < D; i++) {
        z[i] = yardstick_noise(row * D + i) - means[k * D + i];
        y[i] = scale[k][i] * z[i];
      }
      for (int i = 0; i < D; i++)
        for (int j = i + 1; j < D; j++) y[j] += *l++ * z[i];
      for (int i = 0; i < D; i++) square += y[i] * y[i];
      beta[k] = alpha[k] + sum[k] - 0.5 * square;
    }
    value += log_sum_exp(beta, K, 0.0);
  }
  return value - GMM_ROWS * log_sum_exp(alpha, K, 0.0);
}

/* A camera's picture of a point: Rodrigues' rotation, radial distortion. */
template <class T> void project (const T *camera, const T *point, T *u) {
  using std::cos;
  using std::sin;
  using std::sqrt;
  const T *r = camera, *c = camera + 3, *k = camera + 9;
  T d[3], w[3], p[3], dot = 0.0;
  const T angle = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  for (int i = 0; i < 3; i++) {
    d[i] = point[i] - c[i];
    w[i] = r[i] / angle;
    dot += w[i] * d[i];
  }
  const T cosine = cos(angle), sine = sin(angle), along = dot * (1.0 - cosine);
  for (int i = 0; i < 3; i++) {
    const int j = (i + 1) % 3, l = (i + 2) % 3;
    p[i] = d[i] * cosine + (w[j] * d[l] - w[l] * d[j]) * sine + w[i] * along;
  }
  const T x = p[0] / p[2], y = p[1] / p[2], s = x * x + y * y;
  const T f = camera[6] * (1.0 + k[0] * s + k[1] * s * s);
  u[0] = x * f + camera[7];
  u[1] = y * f + camera[8];
}

template <class T> T bundle (const T *x) {
  const T *points = x + 11 * BA_CAMERAS, *weights = points + 3 * BA_POINTS;
  T value = 0.0;
  for (int s = 0; s < BA_SIGHTS; s++) {
    const T w = weights[s], rest = 1.0 - w * w;
    T u[2];
    project(x + 11 * (s % BA_CAMERAS), points + 3 * (s % BA_POINTS), u);
    for (int i = 0; i < 2; i++) {
      const T e = w * (u[i] - 0.3 * yardstick_noise(2 * s + i));
      value += e * e;
    }
    value += rest * rest;
  }
  return value;
}

template <class T> T sigmoid (const T &x) {
  using std::exp;
  return 1.0 / (1.0 + exp(-x));
}

template <class T> T lstm (const T *x) {
  using std::tanh;
  enum { B = LSTM_WIDTH, L = LSTM_LAYERS };
  const T *in = x + 8 * B * L, *out = in + B, *bias = out + B;
  T hidden[L][B], cell[L][B], y[B], value = 0.0;
  for (int l = 0; l < L; l++)
    for (int i = 0; i < B; i++) {
      hidden[l][i] = 0.1 * yardstick_noise(l * B + i);
      cell[l][i] = 0.1 * yardstick_noise(l * B + i + 1000);
    }
  for (int t = 0; t < LSTM_STEPS; t++) {
    for (int i = 0; i < B; i++) {
      y[i] = yardstick_noise(t * B + i) * in[i];
      for (int l = 0; l < L; l++) {
        const T *w = x + 8 * B * l + i, *b = w + 4 * B;
        const T forget = sigmoid<T>(y[i] * w[0] + b[0]);
        const T ingate = sigmoid<T>(hidden[l][i] * w[B] + b[B]);
        const T outgate = sigmoid<T>(y[i] * w[2 * B] + b[2 * B]);
        const T change = tanh(hidden[l][i] * w[3 * B] + b[3 * B]);
        cell[l][i] = cell[l][i] * forget + ingate * change;
        hidden[l][i] = outgate * tanh(cell[l][i]);
        y[i] = hidden[l][i];
      }
      y[i] = y[i] * out[i] + bias[i];
    }
    const T norm = log_sum_exp(y, B, 2.0);
    for (int i = 0; i < B; i++)
      value += yardstick_noise((t + 1) * B + i) * (y[i] - norm);
  }
  return value * (-1.0 / (B * LSTM_STEPS));
}

template <class T> T option (const T *x) {
  using std::exp;
  using std::sqrt;
  const T &spot = x[0], &rate = x[1], &sigma = x[2], &time = x[3];
  const T drift = (rate - 0.5 * sigma * sigma) * time;
  const T spread = sigma * sqrt(time);
  T value = 0.0;
  for (int i = 0; i < OPTION_PATHS; i++)
    value +=
      positive(T(spot * exp(drift + spread * yardstick_normal(i)) - x[4]));
  return value * exp(-rate * time) * (1.0 / OPTION_PATHS);
}

} // namespace workloads

#endif
