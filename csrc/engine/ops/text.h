/*
** text.h: the table's formulas and their helpers as text, for whoever writes
** them down in another language: lua/tinygrad/program/emit.
*/
#ifndef TG_TEXT_H
#define TG_TEXT_H

#include "../attributes.h"
#include "ops.h"

TG_HIDDEN_BEGIN

/*
** The value of operation `op` in postfix order; of a fold it is empty. After
** each word is a space.
** Words: a b c, operands; + - * / neg < <= > >= == != ?, operators (?:
** condition, if true, if false); ( marks where the arguments of a call begin,
** which ends with )function for a C function or with ]name for the value of
** another row; =name is a constant; anything else is a number.
*/
const char *tg_formula (unsigned op);

/* A name, and what stands for it; in lists the last one's name is NULL. */
typedef struct tg_text {
  const char *name, *text;
} tg_text;

/* The definitions of helpers.def, in order, without storage class; macros that
   they use; the constants that formulas have by name. */
const tg_text *tg_helpers (void);
const tg_text *tg_macros (void);
const tg_text *tg_constant_texts (void);

TG_HIDDEN_END

#endif
