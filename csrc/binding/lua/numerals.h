/*
** numerals.h: numbers as text.
*/
#ifndef TG_NUMERALS_H
#define TG_NUMERALS_H

#include "../../engine/attributes.h"
#include "compat.h"

TG_HIDDEN_BEGIN

/* Writes `x` in a format of printf: under every locale with a point, and "nan"
   without a sign. */
void tg_formatnumber (char *buffer, size_t size, const char *format, double x);

/* Pushes and returns `x` as text of up to 15 digits, a whole number without
   ".0". */
const char *tg_pushnumber (lua_State *L, double x);

TG_HIDDEN_END

#endif
