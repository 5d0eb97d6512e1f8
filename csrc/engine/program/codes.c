/*
** codes.c: facts about the codes of instructions, in the table of operations
** and beyond it.
*/
#include "../config.h"

#include "program.h"

#ifndef TG_NO_PROGRAM

const char *tg_code_name (unsigned code) {
  static const char *const names[] = {
#define NAME(name) #name,
#define ZERO_NAME(name) "z" #name,
    TG_JOINS(NAME) TG_JOINS(ZERO_NAME)
#undef NAME
#undef ZERO_NAME
      "stop",
    "call", "poll", "end"
  };
  return code < TG_NOPS ? tg_ops[code].name : names[code - TG_X_first];
}

int tg_code_mayhide (unsigned code, int k) {
  switch (code) {
  case TG_OP_where: /* a NaN condition is true; what it drops does no harm */
    return k == 0;
  case TG_OP_clamp:
  case TG_OP_lt:
  case TG_OP_le:
  case TG_OP_gt:
  case TG_OP_ge:
  case TG_OP_eq:
  case TG_OP_ne:
  case TG_X_call:
    return 1;
  default:
    return 0;
  }
}

unsigned char tg_code_maynan (unsigned code) {
  switch (code) {
  case TG_OP_zmul:
  case TG_X_zmadd:
  case TG_X_zmsub:
  case TG_X_zmrsub:
    return TG_EXACT_ZMUL;
  case TG_OP_sin:
  case TG_OP_cos:
  case TG_OP_tan:
  case TG_OP_pow:
  case TG_OP_atan2:
  case TG_OP_hypot:
    return TG_EXACT_RANGE;
  default:
    return 0;
  }
}

#endif
