/*
** numerals.c: numbers as text.
*/
#include "numerals.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>

void tg_formatnumber (char *buffer, size_t size, const char *format, double x) {
  const char point = localeconv()->decimal_point[0];
  char *p;
  /* without fabs, C libraries write some NaNs as "-nan" */
  snprintf(buffer, size, format, isnan(x) ? fabs(x) : x);
  for (p = buffer; *p != '\0'; p++)
    if (*p == point) *p = '.';
}

const char *tg_pushnumber (lua_State *L, double x) {
  char text[32];
  tg_formatnumber(text, sizeof text, "%.15g", x);
  lua_pushstring(L, text);
  return lua_tostring(L, -1);
}
