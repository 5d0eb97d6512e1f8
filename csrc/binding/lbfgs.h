/*
** lbfgs.h: functions of the core for lua/tinygrad/lbfgs.lua.
*/
#ifndef TG_LBFGS_H
#define TG_LBFGS_H

#include "value.h"

extern const luaL_Reg tg_lbfgs_functions[];

#endif
