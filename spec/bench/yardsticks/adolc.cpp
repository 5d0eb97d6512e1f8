// adolc.cpp: the workloads with ADOL-C, recorded once and replayed.
#include <adolc/adolc.h>

static adouble positive (const adouble &x) { return fmax(x, 0.0); }

#include "workloads.hpp"

namespace {

struct tape {
  adouble (*function)(const adouble *x);
  short tag;
  size_t room; // of each of its buffers, so that the tape stays in memory
  bool recorded;
};

void record (tape &t, const double *in, size_t n) {
  trace_on(t.tag, 0, t.room, t.room, t.room, t.room, 1);
  {
    adouble *x = new adouble[n], y;
    double value;
    for (size_t i = 0; i < n; i++) x[i] <<= in[i];
    y = t.function(x);
    y >>= value;
    delete[] x;
  }
  trace_off();
  t.recorded = true;
}

void repeat (const yardstick *self, const double *in, double *out, long n) {
  tape &t = *static_cast<tape *>(self->data);
  const int size = static_cast<int>(self->inputs);
  double weight = 1.0;
  if (!t.recorded) record(t, in, self->inputs);
  for (; n > 0; n--) {
    zos_forward(t.tag, 1, size, 1, in, out);
    fos_reverse(t.tag, 1, size, &weight, out + 1);
  }
}

tape tapes[] = { { workloads::complex_function<adouble>, 1, 1 << 20, false },
                 { workloads::perceptron<adouble>, 2, 1 << 20, false },
                 { workloads::rosenbrock<adouble>, 3, 1 << 20, false },
                 { workloads::chain<adouble>, 4, 1 << 25, false },
                 { workloads::gmm<adouble>, 5, 1 << 20, false },
                 { workloads::bundle<adouble>, 6, 1 << 20, false },
                 { workloads::lstm<adouble>, 7, 1 << 20, false },
                 { workloads::option<adouble>, 8, 1 << 20, false } };

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
