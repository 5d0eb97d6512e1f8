/*
** ieee.h: whether this was compiled for the arithmetic of IEEE 754.
*/
#ifndef TG_IEEE_H
#define TG_IEEE_H

#include "../attributes.h"

TG_HIDDEN_BEGIN

/*
** Computes what compilers change under flags such as -ffinite-math-only, and
** returns the flag that this was compiled with, or NULL if all is well.
** config.h refuses those flags that compilers tell of; clang tells of few.
*/
const char *tg_ieee_fault (void);

TG_HIDDEN_END

#endif
