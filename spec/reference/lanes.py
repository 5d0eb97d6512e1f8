#!/usr/bin/python3
"""Prints the polynomials of csrc/engine/lanes.h: minimax approximations by
Remez' exchange algorithm, computed with 60 digits and rounded to double.

    /usr/bin/python3 spec/reference/lanes.py

Needs mpmath (Debian: python3-mpmath).
"""
from mpmath import mp, mpf

mp.dps = 60


def remez(f, weight, low, high, n):
    """Coefficients c[0..n-1] for which the maximum over [low, high] of
    |f(x) - sum c[k] x^k| * weight(x) is least, and that maximum."""
    low, high = mpf(low), mpf(high)
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / n)
              for i in range(n + 1)]
    grid = [low + (high - low) * i / 2000 for i in range(2001)]
    values = [f(x) for x in grid]
    weights = [weight(x) for x in grid]
    for _ in range(12):
        rows, right = [], []
        for i, x in enumerate(points):
            rows.append([x ** k for k in range(n)]
                        + [(-1) ** i / weight(x)])
            right.append(f(x))
        solution = mp.lu_solve(mp.matrix(rows), mp.matrix(right))
        c = [solution[k] for k in range(n)]
        errors = [(v - mp.polyval(c[::-1], x)) * w
                  for x, v, w in zip(grid, values, weights)]
        # the largest error of each run of one sign
        extrema, best = [], 0
        for i in range(1, len(grid)):
            if errors[i] * errors[best] < 0:
                extrema.append(best)
                best = i
            elif abs(errors[i]) > abs(errors[best]):
                best = i
        extrema.append(best)
        if len(extrema) < n + 1:
            break
        while len(extrema) > n + 1:
            end = 0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1
            extrema.pop(end)
        points = [grid[i] for i in extrema]
    return c, max(abs(e) for e in errors)


def show(name, f, weight, low, high, n):
    c, error = remez(f, lambda x: max(weight(x), mpf("1e-6")), low, high, n)
    print("/* %s: relative error 2^%.1f */" % (name, mp.log(error, 2)))
    print(", ".join(repr(float(x)) for x in c))


def stable(f, series, switch=mpf("1e-8")):
    """f, or near 0, where f cancels, its series."""
    return lambda x: series(x) if abs(x) < switch else f(x)


half = mp.log(2) / 2
show("(expm1(r) - r) / r^2",
     stable(lambda r: (mp.expm1(r) - r) / r ** 2,
            lambda r: mpf(1) / 2 + r / 6 + r * r / 24 + r ** 3 / 120),
     stable(lambda r: abs(r ** 2 / mp.expm1(r)), abs),
     -half, half, 10)
# s = f / (2 + f), z = s^2: log(1 + f) = 2 atanh(s) = 2 s + s z R(z)
top = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
show("(2 atanh(s) - 2 s) / (s z)",
     stable(lambda z: (2 * mp.atanh(mp.sqrt(z)) - 2 * mp.sqrt(z))
            / (mp.sqrt(z) * z),
            lambda z: mpf(2) / 3 + 2 * z / 5 + 2 * z * z / 7),
     lambda z: z / 2, 0, top, 7)
quarter = (mp.pi / 4) ** 2
show("(sin(r) - r) / (r z)",
     stable(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
            lambda z: -mpf(1) / 6 + z / 120 - z * z / 5040),
     lambda z: z, 0, quarter, 6)
show("(cos(r) - 1 + z / 2) / z^2",
     stable(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z ** 2,
            lambda z: mpf(1) / 24 - z / 720 + z * z / 40320),
     lambda z: z ** 2, 0, quarter, 6)
