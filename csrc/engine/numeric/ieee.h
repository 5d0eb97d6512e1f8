/*
** ieee.h: tells whether the engine was compiled for IEEE 754 arithmetic.
*/
#ifndef TG_IEEE_H
#define TG_IEEE_H

#include "../attributes.h"

TG_HIDDEN_BEGIN

/*
** Returns a flag that this library was compiled with and that changes
** arithmetic, such as "-ffinite-math-only", or NULL if there is none. (config.h
** refuses the flags for which compilers define macros; clang does for few.)
*/
const char *tg_ieee_fault (void);

TG_HIDDEN_END

#endif
