/*
** qr.h: orthogonal factors of matrices, for linear.lua.
*/
#ifndef TG_FACTORS_H
#define TG_FACTORS_H

#include "../values/value.h"

void tg_add_factor_functions (lua_State *L);

#endif
