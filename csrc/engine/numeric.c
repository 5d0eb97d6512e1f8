#include "config.h"

#include "numeric.h"

#include <math.h>

double tg_mod (double a, double b) {
  double m = fmod(a, b);
  if (m > 0.0 ? b < 0.0 : (m < 0.0 && m != b)) m += b;
  return m;
}

double tg_logbase (double x, double base) {
  if (base == 2.0) return log2(x);
  if (base == 10.0) return log10(x);
  return log(x) / log(base);
}
