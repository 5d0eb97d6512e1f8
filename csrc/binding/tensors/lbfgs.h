/*
** lbfgs.h: the vectors of the limited-memory BFGS method.
*/
#ifndef TG_LBFGS_H
#define TG_LBFGS_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds lbfgs_pair and lbfgs_direction, which lua/tinygrad/minimize/lbfgs.lua
   calls. */
void tg_add_lbfgs_functions (lua_State *L);

TG_HIDDEN_END

#endif
