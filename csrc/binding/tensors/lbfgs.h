/*
** lbfgs.h: functions of the core for lua/tinygrad/minimize/lbfgs.lua.
*/
#ifndef TG_LBFGS_H
#define TG_LBFGS_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_lbfgs_functions (lua_State *L);

TG_HIDDEN_END

#endif
