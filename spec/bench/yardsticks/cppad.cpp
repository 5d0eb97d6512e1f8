// cppad.cpp: the workloads with CppAD, recorded once, optimised, replayed.
#include <cppad/cppad.hpp>

typedef CppAD::AD<double> number;

static number positive (const number &x) {
  return CppAD::CondExpGt(x, number(0.0), x, number(0.0));
}

#include "workloads.hpp"

namespace {

struct tape {
  number (*function)(const number *x);
  CppAD::ADFun<double> *recording;
};

void record (tape &t, const double *in, size_t n) {
  CppAD::vector<number> x(n), y(1);
  for (size_t i = 0; i < n; i++) x[i] = in[i];
  CppAD::Independent(x);
  y[0] = t.function(x.data());
  t.recording = new CppAD::ADFun<double>(x, y);
  t.recording->optimize();
}

void repeat (const yardstick *self, const double *in, double *out, long n) {
  tape &t = *static_cast<tape *>(self->data);
  const size_t size = self->inputs;
  CppAD::vector<double> x(size), value(1), gradient(size), weight(1);
  if (t.recording == NULL) record(t, in, size);
  for (size_t i = 0; i < size; i++) x[i] = in[i];
  weight[0] = 1.0;
  for (; n > 0; n--) {
    value = t.recording->Forward(0, x);
    gradient = t.recording->Reverse(1, weight);
  }
  out[0] = value[0];
  for (size_t i = 0; i < size; i++) out[i + 1] = gradient[i];
}

tape tapes[] = { { workloads::complex_function<number>, NULL },
                 { workloads::perceptron<number>, NULL },
                 { workloads::rosenbrock<number>, NULL },
                 { workloads::chain<number>, NULL },
                 { workloads::gmm<number>, NULL },
                 { workloads::bundle<number>, NULL },
                 { workloads::lstm<number>, NULL },
                 { workloads::option<number>, NULL } };

const yardstick list[] = {
  { "complex", 2, 3, repeat, &tapes[0] },
  { "perceptron", PERCEPTRON_INPUTS, PERCEPTRON_INPUTS + 1, repeat, &tapes[1] },
  { "rosenbrock", ROSENBROCK_INPUTS, ROSENBROCK_INPUTS + 1, repeat, &tapes[2] },
  { "chain", 3, 4, repeat, &tapes[3] },
  { "gmm", GMM_INPUTS, GMM_INPUTS + 1, repeat, &tapes[4] },
  { "bundle", BA_INPUTS, BA_INPUTS + 1, repeat, &tapes[5] },
  { "lstm", LSTM_INPUTS, LSTM_INPUTS + 1, repeat, &tapes[6] },
  { "option", OPTION_INPUTS, OPTION_INPUTS + 1, repeat, &tapes[7] }
};

} // namespace

YARDSTICK_API int luaopen_yardstick (lua_State *L);
YARDSTICK_API int luaopen_yardstick (lua_State *L) {
  return yardstick_push(L, list, sizeof list / sizeof *list);
}
