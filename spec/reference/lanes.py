#!/usr/bin/python3
"""Prints the coefficients and constants of csrc/engine/numeric/lanes.h.

    /usr/bin/python3 spec/reference/lanes.py

Needs mpmath (Debian: python3-mpmath). Each function's tail is fitted at
Chebyshev nodes, which is as good as a minimax polynomial but for a fraction
of a bit, and its coefficients are rounded to double; spec/lanes/accuracy.c
measures what comes of it.
"""
from mpmath import chebyfit, mp, mpf

mp.dps = 50


def show(x):
    return "%.17g" % float(x)


def fit(name, function, low, high, count):
    coefficients, error = chebyfit(function, [low, high], count, error=True)
    print("%s, [%s, %s], error 2^%.1f" % (
        name, mp.nstr(low, 6), mp.nstr(high, 6), mp.log(error, 2)))
    for c in reversed(coefficients):
        print("  " + show(c))


def parts(name, x, *bits):
    """x as numbers of so many bits, and the rest."""
    print(name)
    for n in bits:
        mantissa, exponent = mp.frexp(x)
        part = mp.ldexp(mp.floor(mp.ldexp(mantissa, n)), exponent - n)
        print("  " + show(part))
        x -= part
    print("  " + show(x))
    print("  (%s)" % show(x - mpf(float(x))))


def series(coefficient):
    terms = [coefficient(k) for k in range(200)]
    return lambda z: mp.fsum(t * z**k for k, t in enumerate(terms))


def scaled_erfc(t):
    """exp(x^2) erfc(x) (x + 3) where t = (x - 3) / (x + 3)"""
    x = 3 * (1 + t) / (1 - t)
    return mp.exp(x * x) * mp.erfc(x) * (x + 3)


half_ln2 = mp.log(2) / 2 * mpf("1.0001")
s = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
s_square = s * s * mpf("1.0001")
eighth = (mp.pi / 4 * mpf("1.0001"))**2

fit("exp", series(lambda k: 1 / mp.factorial(k + 2)), -half_ln2, half_ln2, 10)
fit("tanh", series(lambda k: mp.bernoulli(2 * k + 2) * mpf(4)**(k + 1) /
                   mp.factorial(2 * k + 2)), mpf(0), mpf("0.3026"), 8)
fit("log", series(lambda k: mpf(2) / (2 * k + 3)), mpf(0), s_square, 7)
fit("log, after z", series(lambda k: mpf(2) / (2 * k + 5)), mpf(0), s_square,
    7)
fit("sin", series(lambda k: (-1)**(k + 1) / mp.factorial(2 * k + 3)), mpf(0),
    eighth, 6)
fit("cos", series(lambda k: (-1)**k / mp.factorial(2 * k + 4)), mpf(0), eighth,
    6)
fit("atan", series(lambda k: mpf(-1)**(k + 1) / (2 * k + 3)), mpf(0),
    mpf("0.25001"), 12)
fit("asin", series(lambda k: mp.rf(mpf(1) / 2, k + 1) / mp.factorial(k + 1) /
                   (2 * k + 3)), mpf(0), mpf("0.2501"), 13)
fit("erf", series(lambda k: 2 / mp.sqrt(mp.pi) * (-1)**k / mp.factorial(k) /
                  (2 * k + 1)), mpf(0), mpf("0.8101"), 12)
fit("erfc", scaled_erfc, mpf("-0.7648"), mpf("0.803"), 24)
parts("ln(2)", mp.log(2), 32)
parts("1 / ln(2)", 1 / mp.log(2), 21)
parts("1 / ln(10)", 1 / mp.log(10), 21)
parts("log10(2)", mp.log10(2), 32)
parts("pi / 2", mp.pi / 2, 33, 33, 33)
parts("pi / 4", mp.pi / 4, 49)
