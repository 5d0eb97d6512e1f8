-- The mutants of spec/tools/mutants.lua that compute the same as the formula:
-- {reason, row, formula, changed formula}.

local UNUSED = "the terms of this fold have no scale"
local ZERO = "equal but for the sign of a zero"
local NAN = "NaN for the same operands"
local ONLY_NAN = "only NaN comes here, and stays NaN"
local NEVER_BOTH = "the two conditions never hold together here"
local ZERO_OVER = "where A is 0, so is A / M"
local ANY_SCALE = "any power of 2 serves, and any number under a 0"
local INFINITE_OVER = "a finite operand over an infinite size is 0 by itself"
local INFINITE = "an infinite A makes M infinite; exp(-inf) is 0"
local FINITE = "no 0 meets an infinity or NaN there"
local TIE = "the same on both sides of the tie, or NaN where it was"

return {
  {FINITE, "pow", "d/dB",
    "WHERE(GT(A, ONE), ZMUL(Y, CALL(log, A)), WHERE(MUL(EQ(A, ZERO), "
      .. "GE(B, ZERO)), ZERO, MUL(Y, CALL(log, A))))"},
  {UNUSED, "sum", "start",
    "NEG(ZERO)"},
  {UNUSED, "sum", "start",
    "ONE"},
  {UNUSED, "sum", "scale",
    "NEG(ZERO)"},
  {UNUSED, "sum", "scale",
    "ONE"},
  {UNUSED, "dot", "start",
    "NEG(ZERO)"},
  {UNUSED, "dot", "start",
    "ONE"},
  {UNUSED, "dot", "scale",
    "NEG(ZERO)"},
  {UNUSED, "dot", "scale",
    "ONE"},
  {UNUSED, "mean", "start",
    "NEG(ZERO)"},
  {UNUSED, "mean", "start",
    "ONE"},
  {UNUSED, "mean", "scale",
    "NEG(ZERO)"},
  {UNUSED, "mean", "scale",
    "ONE"},
  {ZERO, "idiv", "d/dA",
    "NEG(KINK(A))"},
  {ZERO, "idiv", "d/dB",
    "NEG(KINK(B))"},
  {ZERO, "zmul", "value",
    "WHERE(EQ(DIV(A, B), MUL(A, B)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {ZERO, "zmul", "value",
    "WHERE(EQ(MUL(B, B), MUL(A, B)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {ZERO, "zmul", "value",
    "WHERE(EQ(MUL(A, A), MUL(A, B)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {ZERO, "zmul", "value",
    "WHERE(EQ(MUL(A, B), DIV(A, B)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {ZERO, "zmul", "value",
    "WHERE(EQ(MUL(A, B), MUL(B, B)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {ZERO, "zmul", "value",
    "WHERE(EQ(MUL(A, B), MUL(A, A)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {ZERO, "sign", "value",
    "WHERE(GT(A, ZERO), ONE, WHERE(LT(A, ZERO), MINUS_ONE, "
      .. "MUL(ONE, A)))"},
  {ZERO, "sign", "d/dA",
    "NEG(KINK(A))"},
  {ZERO, "floor", "d/dA",
    "NEG(KINK(A))"},
  {ZERO, "ceil", "d/dA",
    "NEG(KINK(A))"},
  {ZERO, "round", "d/dA",
    "NEG(KINK(A))"},
  {ZERO, "trunc", "d/dA",
    "NEG(KINK(A))"},
  {ZERO, "norm", "start",
    "NEG(ZERO)"},
  {NAN, "idiv", "d/dA",
    "KINK(Y)"},
  {NAN, "sign", "d/dA",
    "KINK(Y)"},
  {NAN, "floor", "d/dA",
    "KINK(Y)"},
  {NAN, "ceil", "d/dA",
    "KINK(Y)"},
  {NAN, "round", "d/dA",
    "KINK(Y)"},
  {NAN, "trunc", "d/dA",
    "KINK(Y)"},
  {NAN, "clamp", "d/dA",
    "WHERE(LT(A, B), ZERO, WHERE(GT(A, C), ZERO, SUB(ONE, "
      .. "KINK(A))))"},
  {NAN, "clamp", "d/dA",
    "WHERE(LT(A, B), ZERO, WHERE(GT(A, C), ZERO, ADD(ONE, "
      .. "KINK(Y))))"},
  {ONLY_NAN, "zmul", "value",
    "WHERE(EQ(MUL(A, B), MUL(A, B)), MUL(A, B), WHERE(ADD(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, DIV(A, B)))"},
  {NEVER_BOTH, "zmul", "value",
    "WHERE(EQ(MUL(A, B), MUL(A, B)), MUL(A, B), WHERE(SUB(EQ(A, "
      .. "ZERO), EQ(B, ZERO)), ZERO, MUL(A, B)))"},
  {TIE, "max", "value",
    "WHERE(GE(A, B), A, WHERE(LE(A, B), B, ADD(A, B)))"},
  {TIE, "max", "value",
    "WHERE(GT(A, B), A, WHERE(LE(A, A), B, ADD(A, B)))"},
  {TIE, "max", "value",
    "WHERE(GT(A, B), A, WHERE(LE(A, B), B, SUB(A, B)))"},
  {TIE, "max", "d/dA",
    "WHERE(GT(Y, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LT(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "max", "d/dA",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LE(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "max", "d/dA",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LT(A, B), "
      .. "ZERO, SUB(A, B))))"},
  {TIE, "max", "d/dA",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LT(A, B), "
      .. "ZERO, ADD(Y, B))))"},
  {TIE, "max", "d/dB",
    "WHERE(LT(A, B), ONE, WHERE(EQ(Y, B), HALF, WHERE(GT(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "max", "d/dB",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GE(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "max", "d/dB",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GT(Y, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "max", "d/dB",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GT(A, B), "
      .. "ZERO, SUB(A, B))))"},
  {TIE, "max", "d/dB",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GT(A, B), "
      .. "ZERO, ADD(Y, B))))"},
  {TIE, "min", "value",
    "WHERE(LE(A, B), A, WHERE(GE(A, B), B, ADD(A, B)))"},
  {TIE, "min", "value",
    "WHERE(LT(A, B), A, WHERE(GE(A, A), B, ADD(A, B)))"},
  {TIE, "min", "value",
    "WHERE(LT(A, B), A, WHERE(GE(A, B), B, SUB(A, B)))"},
  {TIE, "min", "d/dA",
    "WHERE(LT(Y, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GT(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "min", "d/dA",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GE(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "min", "d/dA",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GT(A, B), "
      .. "ZERO, SUB(A, B))))"},
  {TIE, "min", "d/dA",
    "WHERE(LT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(GT(A, B), "
      .. "ZERO, ADD(Y, B))))"},
  {TIE, "min", "d/dB",
    "WHERE(GT(A, B), ONE, WHERE(EQ(Y, B), HALF, WHERE(LT(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "min", "d/dB",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LE(A, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "min", "d/dB",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LT(Y, B), "
      .. "ZERO, ADD(A, B))))"},
  {TIE, "min", "d/dB",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LT(A, B), "
      .. "ZERO, SUB(A, B))))"},
  {TIE, "min", "d/dB",
    "WHERE(GT(A, B), ONE, WHERE(EQ(A, B), HALF, WHERE(LT(A, B), "
      .. "ZERO, ADD(Y, B))))"},
  {TIE, "clamp", "value",
    "WHERE(LE(A, B), B, WHERE(GT(A, C), C, A))"},
  {TIE, "clamp", "value",
    "WHERE(LT(A, B), B, WHERE(GE(A, C), C, A))"},
  {TIE, "relu", "value",
    "WHERE(GE(A, ZERO), A, ADD(ZERO, KINK(A)))"},
  {TIE, "relu", "value",
    "WHERE(GT(A, ZERO), A, SUB(ZERO, KINK(A)))"},
  {TIE, "relu", "d/dA",
    "WHERE(GT(Y, ZERO), ONE, KINK(A))"},
  {TIE, "relu", "d/dA",
    "WHERE(GT(A, ZERO), ONE, KINK(Y))"},
  {TIE, "leaky_relu", "value",
    "WHERE(GE(A, ZERO), A, MUL(B, A))"},
  {TIE, "leaky_relu", "d/dA",
    "WHERE(GT(A, ZERO), ONE, SUB(B, KINK(A)))"},
  {TIE, "leaky_relu", "d/dA",
    "WHERE(GT(A, ZERO), ONE, ADD(B, KINK(Y)))"},
  {TIE, "leaky_relu", "d/dB",
    "WHERE(GE(A, ZERO), ZERO, A)"},
  {TIE, "elu", "value",
    "WHERE(GE(A, ZERO), A, MUL(B, LIBM(expm1, A)))"},
  {TIE, "elu", "d/dB",
    "WHERE(GE(A, ZERO), ZERO, CALL(expm1, A))"},
  {TIE, "softplus", "value",
    "ADD(WHERE(GE(A, ZERO), A, ZERO), LIBM(log1p, LIBM(exp, "
      .. "NEG(LIBM(fabs, A)))))"},
  {TIE, "HYPOT_SCALE", "macro",
    "WHERE(LE(Y, DOWN), MUL(UP, UP), WHERE(GT(Y, UP), MUL(DOWN, "
      .. "DOWN), ONE))"},
  {TIE, "HYPOT_SCALE", "macro",
    "WHERE(LT(Y, DOWN), MUL(UP, UP), WHERE(GE(Y, UP), MUL(DOWN, "
      .. "DOWN), ONE))"},
  {ANY_SCALE, "HYPOT_SCALE", "macro",
    "WHERE(LT(Y, DOWN), MUL(UP, UP), WHERE(GT(Y, UP), MUL(DOWN, "
      .. "DOWN), TWO))"},
  {ANY_SCALE, "HYPOT_SIZE", "macro",
    "WHERE(EQ(Y, ZERO), TWO, CALL(sqrt, ADD(MUL(HYPOT_SCALED(A), "
      .. "HYPOT_SCALED(A)), MUL(HYPOT_SCALED(B), HYPOT_SCALED(B)))))"},
  {INFINITE, "LOGSUMEXP_TERM", "macro",
    "WHERE(EQ(CALL(abs, A), INF), EQ(A, INF), CALL(exp, SUB(A, M)))"},
  {ZERO_OVER, "norm", "d/dA",
    "WHERE(EQ(A, ZERO), ZERO, DIV(NORM_RATIO, CALL(sqrt, S)))"},
  {ANY_SCALE, "logsumexp", "d/dA",
    "DIV(LOGSUMEXP_TERM, WHERE(EQ(S, ZERO), TWO, S))"},
  {NEVER_BOTH, "atan2", "d/dA",
    "WHERE(SUB(EQ(CALL(hypot, A, B), ZERO), EQ(CALL(hypot, A, "
      .. "B), INF)), ZERO, DIV(DIV(B, CALL(hypot, A, B)), "
      .. "CALL(hypot, A, B)))"},
  {INFINITE_OVER, "atan2", "d/dA",
    "WHERE(ADD(EQ(CALL(hypot, A, B), ZERO), EQ(CALL(hypot, B, "
      .. "B), INF)), ZERO, DIV(DIV(B, CALL(hypot, A, B)), "
      .. "CALL(hypot, A, B)))"},
  {INFINITE_OVER, "atan2", "d/dA",
    "WHERE(ADD(EQ(CALL(hypot, A, B), ZERO), EQ(CALL(hypot, Y, "
      .. "B), INF)), ZERO, DIV(DIV(B, CALL(hypot, A, B)), "
      .. "CALL(hypot, A, B)))"},
  {NEVER_BOTH, "atan2", "d/dB",
    "WHERE(SUB(EQ(CALL(hypot, A, B), ZERO), EQ(CALL(hypot, A, "
      .. "B), INF)), ZERO, NEG(DIV(DIV(A, CALL(hypot, A, B)), "
      .. "CALL(hypot, A, B))))"},
  {INFINITE_OVER, "atan2", "d/dB",
    "WHERE(ADD(EQ(CALL(hypot, A, B), ZERO), EQ(CALL(hypot, A, "
      .. "A), INF)), ZERO, NEG(DIV(DIV(A, CALL(hypot, A, B)), "
      .. "CALL(hypot, A, B))))"},
  {NAN, "mod", "d/dB",
    "WHERE(EQ(CALL(abs, B), INF), SUB(NE(A, Y), KINK(Y)), "
      .. "NEG(CALL(round, DIV(SUB(A, Y), B))))"},
}
