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
** The values of the operations in postfix order, one text after the other in
** the order of the table; those of folds are empty. After each word is a space.
** Words: a b c, operands; + - * / neg < <= > >= == != ?, operators (?:
** condition, if true, if false); ( marks where the arguments of a call begin,
** which ends with )function for a C function or with ]name for the value of
** another row; =name is a constant; anything else is a number.
*/
const char *tg_formulas (void);

/*
** Lists of names and texts, one string after the other, then an empty one: the
** definitions of helpers.def, in order, without storage class; macros that
** they use; the constants that formulas have by name.
*/
const char *tg_helpers (void);
const char *tg_macros (void);
const char *tg_constant_texts (void);

TG_HIDDEN_END

#endif
