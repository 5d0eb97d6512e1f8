/*
** lbfgs.h: functions of the core for lua/tinygrad/lbfgs.lua.
*/
#ifndef TG_LBFGS_H
#define TG_LBFGS_H

#include "value.h"

void tg_add_lbfgs_functions (lua_State *L);

#endif
