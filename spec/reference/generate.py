#!/usr/bin/python3
"""Writes points.lua: values and partial derivatives of every operation, to
the last bit, for spec/operations/reference_spec.lua. `make generated` runs it.

Needs mpmath (Debian: python3-mpmath). Values are computed with 60 digits from
the operations' mathematical definitions, partials from values by numerical
differentiation at that precision, and both are rounded to double once. The
points are exact doubles: some typical, some hard (tiny, huge, subnormal,
+-1000, beside the edges of domains, where naive formulas cancel), and
infinities and NaN by their limits. Kinks are in kinks_spec.lua, where their
conventions are.
"""
import math
import random

from mpmath import mp, mpf

mp.dps = 60
HARD = [0.0, -0.0, 1e-8, -1e-8, 1e-17, -1e-17, 1e-300, 5e-324, 0.5, -0.5, 1.0, -1.0,
        2.0, -2.0, 20.0, -20.0, 37.0, -37.0, 300.0, -300.0, 700.0, -700.0,
        1000.0, -1000.0, 1e8, -1e8, 1e150, -1e150, 1e300]
POSITIVE = [x for x in HARD if x > 0] + [0.9999999999999999,
                                         1.0000000000000002, 0.1, 10.0, 1e-5]
UNIT = [0.0, 1e-8, -1e-8, 1e-17, 0.5, -0.5, 0.999, -0.999,
        0.9999999999999999, -0.9999999999999999, 1e-300]
NOT_ZERO = [x for x in HARD if x != 0]


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def gelu(x):
    return x * mp.erfc(-x / mp.sqrt(2)) / 2


def norm(*x):
    return mp.sqrt(mp.fsum(t * t for t in x))


def logsumexp(*x):
    m = max(x)
    return m + mp.log(mp.fsum(mp.exp(t - m) for t in x))


def rounded(x):
    return mp.sign(x) * mp.floor(abs(x) + mpf(1) / 2)


def trunc(x):
    return mp.sign(x) * mp.floor(abs(x))




# name: (function, box of the random points, hard points)
UNARY = {
    "identity": (lambda a: a, (-4, 4), HARD),
    "neg": (lambda a: -a, (-4, 4), HARD),
    "square": (lambda a: a * a, (-4, 4), HARD),
    "reciprocal": (lambda a: 1 / a, (0.25, 4), NOT_ZERO),
    "sqrt": (mp.sqrt, (0.1, 9), POSITIVE),
    "cbrt": (lambda a: mp.sign(a) * mp.cbrt(abs(a)), (0.1, 9), NOT_ZERO),
    "exp": (mp.exp, (-4, 4), HARD),
    "exp2": (lambda a: mp.power(2, a), (-4, 4), HARD),
    "expm1": (mp.expm1, (-4, 4), HARD),
    "log": (mp.log, (0.1, 9), POSITIVE),
    "log2": (lambda a: mp.log(a) / mp.log(2), (0.1, 9), POSITIVE),
    "log10": (lambda a: mp.log(a) / mp.log(10), (0.1, 9), POSITIVE),
    "log1p": (mp.log1p, (-0.9, 9), [x for x in HARD if x > -1] + [-0.999]),
    "sin": (mp.sin, (-6, 6), HARD[:-4] + [3.141592653589793]),
    "cos": (mp.cos, (-6, 6), HARD[:-4] + [1.5707963267948966]),
    "tan": (mp.tan, (-1.4, 1.4), HARD[:-4]),
    "asin": (mp.asin, (-0.95, 0.95), UNIT),
    "acos": (mp.acos, (-0.95, 0.95), UNIT),
    "atan": (mp.atan, (-4, 4), HARD),
    "sinh": (mp.sinh, (-4, 4), HARD),
    "cosh": (mp.cosh, (-4, 4), HARD),
    "tanh": (mp.tanh, (-3, 3), HARD + [5.0, -8.0, 16.0]),
    "asinh": (mp.asinh, (-4, 4), HARD),
    "acosh": (mp.acosh, (1.1, 9), [1.0000000000000002, 1.5, 1000.0, 1e8,
                                   1e150, 1e300]),
    "atanh": (mp.atanh, (-0.95, 0.95), UNIT),
    "deg": (lambda a: a * 180 / mp.pi, (-6, 6), HARD),
    "rad": (lambda a: a * mp.pi / 180, (-400, 400), HARD),
    "abs": (abs, (0.1, 4), NOT_ZERO),
    "sign": (mp.sign, (0.1, 4), NOT_ZERO),
    "floor": (mp.floor, (0.1, 0.9), [0.5, -0.5, 1000.5]),
    "ceil": (mp.ceil, (0.1, 0.9), [0.5, -0.5, 1000.5]),
    "round": (rounded, (0.6, 1.4), [1000.25, -1000.25, 0.49999999999999994]),
    "trunc": (trunc, (0.1, 0.9), [0.5, -0.5, 1000.5, -1000.5]),
    "relu": (lambda a: max(a, mpf(0)), (0.1, 4), NOT_ZERO),
    "sigmoid": (sigmoid, (-4, 4), HARD),
    "softplus": (lambda a: mp.log1p(mp.exp(a)), (-4, 4), HARD[:-4]),
    "log_sigmoid": (lambda a: -mp.log1p(mp.exp(-a)), (-4, 4), HARD[:-4]),
    "silu": (lambda a: a * sigmoid(a), (-4, 4), HARD[:-4]),
    "gelu": (gelu, (-4, 4), HARD[:17]),
    "erf": (mp.erf, (-3, 3), HARD[:17]),
    "erfc": (mp.erfc, (-3, 3), HARD[:15] + [26.0]),
    "lgamma": (lambda a: mp.log(abs(mp.gamma(a))), (0.5, 6),
               [0.1, 1e-5, 1.5, 2.5, 50.0, 170.0, -0.5, -1.5, -3.25]),
    "tgamma": (mp.gamma, (0.5, 4),
               [0.1, 1e-5, 1.5, 10.0, 50.0, 170.0, -0.5, -1.5, -3.25]),
    "digamma": (mp.digamma, (0.5, 6),
                [0.1, 1e-5, 1.4616321449683622, 1.5, 50.0, 1e8, -0.25, -3.25]),
    "trigamma": (lambda a: mp.psi(1, a), (0.5, 6),
                 [0.1, 1e-5, 1.5, 50.0, 1e8, -0.25, -3.25]),
}
# The folds and hypot where squares, exponentials or the result itself overflow
# or are subnormal.
EXTREME_PAIRS = [(1e200, 1e200), (1e-200, 1e-200), (3e-320, 4e-320),
                 (5e-324, 5e-324), (1.5e308, 1.5e308), (1.5e308, -1e308),
                 (1e308, 5e-324)]
BINARY = {
    "add": (lambda a, b: a + b, (-4, 4, -4, 4), [(1e300, 1.0), (1.0, -1.0)]),
    "sub": (lambda a, b: a - b, (-4, 4, -4, 4), [(1.0, 1e-17)]),
    "mul": (lambda a, b: a * b, (-4, 4, -4, 4), [(1e150, 1e150), (0.0, 5.0)]),
    "div": (lambda a, b: a / b, (-4, 4, 0.25, 4), [(1.0, 1e300), (0.0, 3.0)]),
    "zmul": (lambda a, b: a * b, (-4, 4, -4, 4), [(0.0, 5.0)]),
    "pow": (mp.power, (0.25, 4, -3, 3),
            [(1.0000001, 1e6), (1e-300, 0.5), (10.0, 300.0), (0.5, 1000.0),
             (1000.0, -20.0)]),
    "idiv": (lambda a, b: mp.floor(a / b), (0.1, 0.9, 1, 1.9), [(7.5, 2.0)]),
    "mod": (lambda a, b: a - mp.floor(a / b) * b, (3.1, 3.9, 1.4, 1.5),
            [(-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (1e15 + 0.5, 3.0)]),
    "fmod": (lambda a, b: a - trunc(a / b) * b, (3.1, 3.9, 1.4, 1.5),
             [(-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (1e15 + 0.5, 3.0)]),
    "hypot": (norm, (-4, 4, 0.25, 4),
              [(3.0, 4.0), (1e300, 1.0)] + EXTREME_PAIRS),
    "log_base": (lambda a, b: mp.log(a) / mp.log(b), (0.1, 9, 1.5, 9),
                 [(8.0, 2.0), (1000.0, 10.0), (1e300, 3.0)]),
    "xlogy": (lambda a, b: a * mp.log(b), (0.1, 4, 0.1, 4),
              [(2.0, 1e-300), (1e-300, 2.0)]),
    "atan2": (mp.atan2, (-4, 4, 0.25, 4),
              [(1e200, 1e200), (3e-150, 1e-150), (1.0, -2.0), (-1.0, -2.0)]),
    "max": (max, (-4, -0.1, 0.1, 4), [(1.0, -1.0), (1e300, 1e-300)]),
    "min": (min, (-4, -0.1, 0.1, 4), [(1.0, -1.0), (1e300, 1e-300)]),
    "leaky_relu": (lambda a, b: a if a > 0 else a * b, (-4, -0.1, 0.01, 0.5),
                   [(3.0, 0.01), (-1000.0, 0.01)]),
    "elu": (lambda a, b: a if a > 0 else b * mp.expm1(a),
            (-4, -0.1, 0.5, 2), [(3.0, 1.0), (-1000.0, 1.0), (-1e-17, 1.0)]),
    "polygamma": (lambda n, x: mp.psi(int(n), x), (2, 2, 0.5, 6),
                  [(0.0, 2.5), (1.0, 2.5), (3.0, 0.1), (5.0, 20.0),
                   (3.0, -0.25)]),
}
for name, compare in {
        "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
        "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
        "eq": lambda a, b: a == b, "ne": lambda a, b: a != b}.items():
    BINARY[name] = (lambda a, b, c=compare: mpf(int(c(a, b))),
                    (-4, -0.1, 0.1, 4), [(2.0, 1.0)])
TERNARY = {
    "fma": (lambda a, b, c: a * b + c, (-4, 4, -4, 4, -4, 4),
            [(1 + 2.0 ** -30, 1 - 2.0 ** -30, -1.0)]),
    "lerp": (lambda a, b, t: a + t * (b - a), (-4, 4, -4, 4, -1, 2), []),
    "clamp": (lambda x, a, b: min(max(x, a), b),
              (-1, 1, -2, -1.5, 1.5, 2), [(5.0, 1.0, 2.0), (-5.0, 1.0, 2.0)]),
    "where": (lambda c, a, b: a if c != 0 else b,
              (0.1, 1, -4, 4, -4, 4), []),
    "with_partial": (lambda y, x, p: y, (-4, 4, -4, 4, 0, 0), []),
}
FOLDS = {
    "sum": (lambda *x: mp.fsum(x), (-4, 4) * 3, [(1e300, 1.0, -1e300)]),
    "dot": (lambda a, b, c, d: a * b + c * d, (-4, 4) * 4, []),
    "mean": (lambda *x: mp.fsum(x) / len(x), (-4, 4) * 3, []),
    "norm": (norm, (-4, 4) * 3, [(a, b, a) for a, b in EXTREME_PAIRS]),
    "logsumexp": (logsumexp, (-4, 4) * 3,
                  [(1000.0, 999.0, -1000.0), (-1000.0, -1001.0, -2000.0),
                   (1e15, 1e15, 1e15 - 1), (1e50, 1e50, 0.0)] +
                  [(a, b, -a) for a, b in EXTREME_PAIRS]),
    "max_n": (max, (-4, 4) * 3, []),
    "min_n": (min, (-4, 4) * 3, []),
}

# A new operation of any number of operands goes here, after the others: all
# random points come from one stream, so that a row higher up would move those
# of the rows below it, and with them the errors that were measured.
LATER = {
}


# At inf and -inf: value and derivative there, as limits; nan: outside the
# domain; None: the derivative has no limit.
INF, NAN = math.inf, math.nan
LIMITS = {
    "identity": (INF, 1, -INF, 1), "neg": (-INF, -1, INF, -1),
    "square": (INF, INF, INF, -INF), "reciprocal": (0, 0, 0, 0),
    "sqrt": (INF, 0, NAN, NAN), "cbrt": (INF, 0, -INF, 0),
    "exp": (INF, INF, 0, 0), "exp2": (INF, INF, 0, 0),
    "expm1": (INF, INF, -1, 0), "log": (INF, 0, NAN, None),
    "log2": (INF, 0, NAN, None), "log10": (INF, 0, NAN, None),
    "log1p": (INF, 0, NAN, None), "sin": (NAN, NAN, NAN, NAN),
    "cos": (NAN, NAN, NAN, NAN), "tan": (NAN, NAN, NAN, NAN),
    "asin": (NAN, NAN, NAN, NAN), "acos": (NAN, NAN, NAN, NAN),
    "atan": (float(mp.pi / 2), 0, float(-mp.pi / 2), 0),
    "sinh": (INF, INF, -INF, INF), "cosh": (INF, INF, INF, -INF),
    "tanh": (1, 0, -1, 0), "asinh": (INF, 0, -INF, 0),
    "acosh": (INF, 0, NAN, NAN), "atanh": (NAN, None, NAN, None),
    "deg": (INF, float(180 / mp.pi), -INF, float(180 / mp.pi)),
    "rad": (INF, float(mp.pi / 180), -INF, float(mp.pi / 180)),
    "abs": (INF, 1, INF, -1), "sign": (1, 0, -1, 0),
    "floor": (INF, 0, -INF, 0), "ceil": (INF, 0, -INF, 0),
    "round": (INF, 0, -INF, 0), "trunc": (INF, 0, -INF, 0),
    "relu": (INF, 1, 0, 0), "sigmoid": (1, 0, 0, 0),
    "softplus": (INF, 1, 0, 0), "log_sigmoid": (0, 0, -INF, 1),
    "silu": (INF, 1, 0, 0), "gelu": (INF, 1, 0, 0), "erf": (1, 0, -1, 0),
    "erfc": (0, 0, 2, 0), "lgamma": (INF, INF, INF, None),
    "tgamma": (INF, INF, NAN, NAN), "digamma": (INF, 0, NAN, NAN),
    "trigamma": (0, 0, NAN, NAN),
}


# Beside infinite operands, of operations on several: limits; what ties shares
# the derivative.
S2, S3 = math.sqrt(0.5), math.sqrt(mpf(1) / 3)
LIMITS_OF_SEVERAL = {
    "hypot": [((INF, 1.0), INF, (1, 0)), ((2.0, -INF), INF, (0, -1)),
              ((-INF, INF), INF, (-S2, S2))],
    "norm": [((INF, 1.0, 2.0), INF, (1, 0, 0)),
             ((1.0, 2.0, -INF), INF, (0, 0, -1)),
             ((-INF, 1e308, INF), INF, (-S2, 0, S2)),
             ((INF, INF, INF), INF, (S3, S3, S3))],
    "logsumexp": [((1.0, INF, 2.0), INF, (0, 1, 0)),
                  ((1e308, INF, INF), INF, (0, 0.5, 0.5)),
                  ((-INF, -INF, -INF), -INF, (0, 0, 0)),
                  ((-INF, 3.0, -INF), 3.0, (0, 1, 0)),
                  ((-INF, 3.0, INF), INF, (0, 0, 1))],
    "max_n": [((1.0, INF, 2.0), INF, (0, 1, 0)),
              ((INF, INF, 2.0), INF, (0.5, 0.5, 0))],
    "min_n": [((1.0, -INF, INF), -INF, (0, 1, 0))],
    "atan2": [((1.0, INF), 0.0, (0, 0)), ((INF, 1.0), float(mp.pi / 2), (0, 0)),
              ((INF, INF), float(mp.pi / 4), (0, 0))],
    "mod": [((5.0, INF), 5.0, (1, 0)), ((-5.0, INF), INF, (1, 1)),
            ((5.0, -INF), -INF, (1, 1)), ((-5.0, -INF), -5.0, (1, 0)),
            ((INF, INF), NAN, (1, NAN))],
    "fmod": [((5.0, INF), 5.0, (1, 0)), ((-5.0, INF), -5.0, (1, 0))],
    "div": [((1.0, INF), 0.0, (0, 0)), ((INF, 2.0), INF, (0.5, -INF))],
    "pow": [((INF, 0.5), INF, (0, INF)), ((INF, -2.0), 0.0, (0, 0)),
            ((2.0, INF), INF, (INF, INF)), ((2.0, -INF), 0.0, (0, 0)),
            ((0.5, INF), 0.0, (0, 0))],
    "max": [((1.0, INF), INF, (0, 1)), ((INF, INF), INF, (0.5, 0.5))],
    "min": [((1.0, -INF), -INF, (0, 1)), ((-INF, INF), -INF, (1, 0))],
    "xlogy": [((2.0, INF), INF, (INF, 0)), ((0.0, INF), 0.0, (INF, 0))],
    "log_base": [((INF, 2.0), INF, (0, -INF)), ((2.0, INF), 0.0, (0, 0))],
    "elu": [((-INF, 2.0), -2.0, (0, -1)), ((INF, 2.0), INF, (1, 0))],
    "leaky_relu": [((-INF, 0.5), -INF, (0.5, -INF)),
                   ((INF, 0.5), INF, (1, 0))],
    "clamp": [((INF, 1.0, 2.0), 2.0, (0, 0, 1)),
              ((-INF, 1.0, 2.0), 1.0, (0, 1, 0)),
              ((1.5, -INF, INF), 1.5, (1, 0, 0))],
}


def lines_beside_infinity(name):
    for x, y, first in LIMITS_OF_SEVERAL.get(name, []):
        n = len(x)
        yield "    {{%s}, %s, {%s}, {%s}}," % (
            ", ".join(text(t) for t in x), text(y),
            ", ".join(text(to_double(d) if d - d == 0 else d) for d in first),
            ", ".join(["false"] * (n * (n + 1) // 2)))


def special_lines(name):
    """Points at inf, -inf and NaN."""
    limits = LIMITS[name]
    for x, y, d in ((INF, limits[0], limits[1]), (-INF, limits[2], limits[3]),
                    (NAN, NAN, NAN)):
        if d is not None and y is not None:
            if name in ("identity", "neg", "deg", "rad") and x != x:
                d = None  # linear: the derivative does not depend on x
            yield "    {{%s}, %s, {%s}, {false}}," % (
                text(x), text(float(y)),
                "false" if d is None else text(float(d)))


def to_double(x):
    """Rounds to the nearest double, subnormals and overflow too."""
    x = mpf(x)
    if x == 0:
        return 0.0
    with mp.workprec(53):
        y = +x
    exponent = mp.frexp(y)[1]
    if exponent > 1024:
        return math.copysign(math.inf, float(mp.sign(x)))
    if exponent < -1021:  # subnormal: a multiple of 2^-1074
        n = int(mp.nint(mp.ldexp(x, 1074)))
        return math.copysign(math.ldexp(n, -1074), float(mp.sign(x)))
    return float(y)


def text(x):
    if x != x:
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == 0 and math.copysign(1, x) < 0:
        return "-0.0"
    return "%.17g" % x


def differences(f, x, wanted, digits):
    """A mixed central difference with a step of 1e-30 (or 1e-30 of an operand
    below 1)."""
    with mp.workdps(digits):
        scale = [mpf(10) ** -30 * (min(abs(t), 1) if t != 0 else 1) for t in x]

        def shifted(signs):
            y = list(x)
            for i, s in zip(wanted, signs):
                y[i] = y[i] + s * scale[i]
            return f(*y)
        if len(wanted) == 1:
            total = shifted([1]) - shifted([-1])
        else:
            total = (shifted([1, 1]) - shifted([1, -1]) -
                     shifted([-1, 1]) + shifted([-1, -1]))
        for i in wanted:
            total /= 2 * scale[i]
        return total


def derivative(f, x, order):
    """A partial derivative, or None where there is none to be had."""
    wanted = [i for i, n in enumerate(order) for _ in range(n)]
    tiny = any(0 < abs(t) < mpf(10) ** -100 for t in x)
    huge = any(abs(t) > mpf(10) ** 100 for t in x)
    digits = 1000 if tiny or huge else 200
    try:
        d = differences(f, x, wanted, digits)
        again = differences(f, x, wanted, digits + 50)
        if not isinstance(d, mpf) or not isinstance(again, mpf):
            return None
        if abs(d - again) > abs(again) * mpf(10) ** -20:  # rounding noise?
            small = abs(d) < mpf(10) ** -30 and abs(again) < mpf(10) ** -30
            return mpf(0) if small else None
        return again
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):
        return None


def line(f, x, constant, twice):
    exact = [mpf(t) for t in x]
    try:
        y = f(*exact)
        if not isinstance(y, (mpf, int)) or mp.isnan(y):
            return None
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):
        return None
    n = len(x)
    first, second = [], []
    for i in range(n):
        order = [0] * n
        order[i] = 1
        first.append(mpf(0) if i in constant
                     else derivative(f, exact, order))
    for i in range(n):
        for j in range(i, n):
            order = [0] * n
            order[i] += 1
            order[j] += 1
            second.append(None if not twice
                          else mpf(0) if i in constant or j in constant
                          else derivative(f, exact, order))

    if f is norm:  # differences of numbers that overflow may be NaN
        second = [d if isinstance(d, mpf) and math.isfinite(to_double(d))
                  else None for d in second]

    def listed(numbers):
        return ", ".join("false" if d is None or not isinstance(d, mpf)
                         else text(to_double(d)) for d in numbers)
    return "    {{%s}, %s, {%s}, {%s}}," % (
        ", ".join(text(t) for t in x), text(to_double(y)), listed(first),
        listed(second))


def main():
    random.seed(2026)
    print("-- luacheck: ignore")
    print("-- Made by generate.py; do not edit. For each operation a list of")
    print("-- {operands, value, first partials, second partials (i <= j)};")
    print("-- false: not defined there.")
    print("local inf, nan = math.huge, 0 / 0")
    print("local points = {}")
    for table in UNARY, BINARY, TERNARY, FOLDS, LATER:
        for name, (f, box, hard) in table.items():
            n = len(box) // 2
            points = [(x,) if n == 1 else x for x in hard]
            for _ in range(12):
                points.append(tuple(
                    random.uniform(box[2 * i], box[2 * i + 1])
                    for i in range(n)))
            print("points[\"%s\"] = (function() return {" % name)
            constant = {0} if name in ("polygamma", "where") else set()
            for x in points:
                row = line(f, x, constant, name != "with_partial")
                if row:
                    print(row)
            for row in (special_lines(name) if n == 1
                        else lines_beside_infinity(name)):
                print(row)
            print("} end)()")
    print("return points")


if __name__ == "__main__":
    main()
