/*
** modules.h: tinygrad's Lua modules as data. amalgamate.lua writes modules.c,
** which holds them.
*/
#ifndef TG_MODULES_H
#define TG_MODULES_H

#include "../engine/attributes.h"
#include <stddef.h>

#include "../engine/parts.h"

TG_HIDDEN_BEGIN

typedef struct tg_module {
  const char *name;     /* as `require` takes it */
  const char *chunk;    /* as messages name its file */
  const char *left_out; /* NULL, or the macro that left it out: no source */
  const unsigned char *source;
  size_t size;
  unsigned needs; /* libraries, added: 1 string, 2 table, 4 math */
} tg_module;

/* All modules; the name of the last entry is NULL. */
extern const tg_module tg_modules[];

TG_HIDDEN_END

#endif
