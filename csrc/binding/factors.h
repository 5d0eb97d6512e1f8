/*
** factors.h: orthogonal factors of matrices, for linear.lua.
*/
#ifndef TG_FACTORS_H
#define TG_FACTORS_H

#include "value.h"

extern const luaL_Reg tg_factor_functions[];

#endif
