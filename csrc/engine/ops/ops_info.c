/*
** ops_info.c: the table of operations as data: names, facts, and partials as
** postfix programs.
*/
#include "../compact.h"
#include "../config.h"

#include <math.h>
#include <stddef.h>

#include "ops.h"

/*
** All strings are in one block, and the tables hold where in it: pointers would
** have to be relocated when a shared object is loaded, which takes four times
** their room.
*/
#ifdef TG_NO_NOTES
#define STRINGS(name, lua_name, note) \
  char name_##name[sizeof #name], label_##name[sizeof lua_name];
#define TEXTS(name, lua_name, note) #name, lua_name,
#else
#define STRINGS(name, lua_name, note) \
  char name_##name[sizeof #name], label_##name[sizeof lua_name], \
    note_##name[sizeof note];
#define TEXTS(name, lua_name, note) #name, lua_name, note,
#endif

static const struct strings {
#define UNARY(name, lua_name, value, da, domain, note) \
  STRINGS(name, lua_name, note)
#define BINARY(name, lua_name, value, da, db, domain, fallback, note) \
  STRINGS(name, lua_name, note)
#define TERNARY(name, lua_name, value, da, db, dc, domain, note) \
  STRINGS(name, lua_name, note)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, domain, \
             note) \
  STRINGS(name, lua_name, note)
#include "ops.def"
} strings = {
#define UNARY(name, lua_name, value, da, domain, note) \
  TEXTS(name, lua_name, note)
#define BINARY(name, lua_name, value, da, db, domain, fallback, note) \
  TEXTS(name, lua_name, note)
#define TERNARY(name, lua_name, value, da, db, dc, domain, note) \
  TEXTS(name, lua_name, note)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, domain, \
             note) \
  TEXTS(name, lua_name, note)
#include "ops.def"
};

/* 100 x, which is whole but for rounding errors, to which the factor is added.
   (tcc takes no comparison of doubles, to round by sign, for a constant.) */
#define HUNDREDTHS(x) (short)(100 * (x)*1.0000001)

#define REQUIRED 0
#define ROW(name, arity, fold, fallback) \
  { (unsigned short)offsetof(struct strings, name_##name), \
    (unsigned short)offsetof(struct strings, label_##name), arity, fold, \
    HUNDREDTHS(fallback) },

const tg_opinfo tg_ops[TG_NOPS] = {
#define UNARY(name, ...) ROW(name, 1, 0, 0)
#define BINARY(name, lua_name, value, da, db, domain, fallback, note) \
  ROW(name, 2, 0, fallback)
#define TERNARY(name, ...) ROW(name, 3, 0, 0)
#define FOLD(name, lua_name, arity, ...) ROW(name, arity, 1, 0)
#include "ops.def"
};

static const char *string (size_t offset) {
  return (const char *)&strings + offset;
}

const char *tg_opname (unsigned op) { return string(tg_ops[op].name); }

const char *tg_oplabel (unsigned op) { return string(tg_ops[op].lua_name); }

/* Notes */
#ifndef TG_NO_NOTES

#define INTERVAL(a, b) \
  { HUNDREDTHS(a), HUNDREDTHS(b) }
#define IN(a, b) \
  { INTERVAL(a, b) }
#define IN2(a, b, c, d) \
  { INTERVAL(a, b), INTERVAL(c, d) }
#define IN3(a, b, c, d, e, f) \
  { INTERVAL(a, b), INTERVAL(c, d), INTERVAL(e, f) }
#define NOTE(name, ...) \
  { __VA_ARGS__, (unsigned short)offsetof(struct strings, note_##name) },

const tg_opnote tg_opnotes[TG_NOPS] = {
#define UNARY(name, lua_name, value, da, domain, note) NOTE(name, domain)
#define BINARY(name, lua_name, value, da, db, domain, fallback, note) \
  NOTE(name, domain)
#define TERNARY(name, lua_name, value, da, db, dc, domain, note) \
  NOTE(name, domain)
#define FOLD(name, lua_name, arity, start, scale, term, value, da, db, domain, \
             note) \
  NOTE(name, domain)
#include "ops.def"
};

const char *tg_optext (unsigned op) { return string(tg_opnotes[op].note); }

#endif

/* Partials */
#ifdef TG_PARTIALS

/* The formulas' words as postfix codes */
#define A TG_CODE_A
#define B TG_CODE_B
#define C TG_CODE_C
#define Y TG_CODE_Y
#define N TG_CODE_COUNT
#define S TG_CODE_TERMS
#define M TG_CODE_SCALE
#define CONST_CODE(name) ((int)TG_CODE_CONST + (int)TG_CONST_##name)
#define ZERO CONST_CODE(zero)
#define ONE CONST_CODE(one)
#define MINUS_ONE CONST_CODE(minus_one)
#define HALF CONST_CODE(half)
#define TWO CONST_CODE(two)
#define THREE CONST_CODE(three)
#define UP CONST_CODE(up)
#define DOWN CONST_CODE(down)
#define LN2 CONST_CODE(ln2)
#define INV_LN2 CONST_CODE(inv_ln2)
#define INV_LN10 CONST_CODE(inv_ln10)
#define DEGREE CONST_CODE(degree)
#define INV_DEGREE CONST_CODE(inv_degree)
#define SQRT_HALF CONST_CODE(sqrt_half)
#define TWO_SQRTPI CONST_CODE(2_sqrtpi)
#define INF CONST_CODE(infinity)
#define INV_SQRT2PI CONST_CODE(inv_sqrt2pi)
#define CALL(op, ...) __VA_ARGS__, TG_OP_##op
#define NEG(x) x, TG_OP_neg
#define ADD(x, y) x, y, TG_OP_add
#define SUB(x, y) x, y, TG_OP_sub
#define MUL(x, y) x, y, TG_OP_mul
#define DIV(x, y) x, y, TG_OP_div
#define ZMUL(x, y) x, y, TG_OP_zmul
#define LT(x, y) x, y, TG_OP_lt
#define LE(x, y) x, y, TG_OP_le
#define GT(x, y) x, y, TG_OP_gt
#define GE(x, y) x, y, TG_OP_ge
#define EQ(x, y) x, y, TG_OP_eq
#define NE(x, y) x, y, TG_OP_ne
#define WHERE(c, x, y) c, x, y, TG_OP_where
#define KINK(x) WHERE(EQ(x, x), ZERO, x)
#define NONE TG_CODE_END

/* All programs are in one block, too. Its size takes arrays that nothing else
   needs, and which compilers leave out. */
#define CODES(name, ...) \
  static const tg_code length_##name[] = { __VA_ARGS__, TG_CODE_END };
#include "partials.def"

static const struct programs {
#define CODES(name, ...) tg_code name[sizeof length_##name];
#include "partials.def"
} programs = {
#define CODES(name, ...) { __VA_ARGS__, TG_CODE_END },
#include "partials.def"
};

/* Where in it the programs of each operation are; and those of folds, which are
   the last rows of the table */
#define AT(name) (unsigned short)offsetof(struct programs, name)
static const unsigned short partials[TG_NOPS][TG_MAXARITY] = {
#define UNARY(name, ...) { AT(name##_a), 0, 0 },
#define BINARY(name, ...) { AT(name##_a), AT(name##_b), 0 },
#define TERNARY(name, ...) { AT(name##_a), AT(name##_b), AT(name##_c) },
#define FOLD(name, ...) { AT(name##_a), AT(name##_b), 0 },
#include "ops.def"
};
static const struct fold {
  unsigned short start, scale, term, value;
} fold_programs[] = {
#define UNARY(name, ...)
#define BINARY(name, ...)
#define TERNARY(name, ...)
#define FOLD(name, ...) \
  { AT(name##_start), AT(name##_scale), AT(name##_term), AT(name##_value) },
#include "ops.def"
};
#define NFOLDS (sizeof fold_programs / sizeof *fold_programs)

static const tg_code *program (size_t offset) {
  return (const tg_code *)&programs + offset;
}

const tg_code *tg_partial (unsigned op, unsigned i) {
  return program(partials[op][i]);
}

tg_foldcode tg_foldcodes (unsigned op) {
  const struct fold *p = &fold_programs[op - (TG_NOPS - NFOLDS)];
  tg_foldcode code;
  code.start = program(p->start);
  code.scale = program(p->scale);
  code.term = program(p->term);
  code.value = program(p->value);
  return code;
}

int tg_fold_has_shares (unsigned op) {
  const tg_code *code;
  unsigned i;
  for (i = 0; i < tg_ops[op].arity; i++)
    for (code = tg_partial(op, i); *code != TG_CODE_END; code++)
      if (*code == TG_CODE_TERMS || *code == TG_CODE_SCALE) return 1;
  return 0;
}

#endif
