/*
** lbfgs.h: functions of the core for lua/tinygrad/minimize/lbfgs.lua.
*/
#ifndef TG_LBFGS_H
#define TG_LBFGS_H

#include "../lua/compat.h"

void tg_add_lbfgs_functions (lua_State *L);

#endif
