/*
** text.h: the formulas of the table and their helpers as text, for
** lua/tinygrad/program/emit, which writes them in other languages.
*/
#ifndef TG_TEXT_H
#define TG_TEXT_H

#include "../attributes.h"
#include "ops.h"

TG_HIDDEN_BEGIN

/*
** Returns the formula of the value of `op` as words in postfix order, with a
** space after each. The formula of a fold is empty.
**
**   a b c                operands
**   + - * / neg          arithmetic
**   < <= > >= == !=      comparisons
**   ?                    choice: condition, value if true, value if false
**   ( ... )function      call of a C function on the arguments in between
**   ( ... ]name          value of another row for these arguments
**   =name                constant
**   0.0 -1.0 ...         number
*/
const char *tg_formula (unsigned op);

/* A name and the text behind it. The last entry of a list has the name NULL. */
typedef struct tg_text {
  const char *name, *text;
} tg_text;

/* Returns the definitions of helpers.def, in order, without storage class. */
const tg_text *tg_helpers (void);

/* Returns the macros that these definitions use. */
const tg_text *tg_macros (void);

/* Returns the constants that formulas name. */
const tg_text *tg_constant_texts (void);

TG_HIDDEN_END

#endif
