/*
** workloads.hpp: the workloads of spec/bench/programs.lua for the tapes of
** C++: value from `x`, an array of numbers of any type.
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

} // namespace workloads

#endif
