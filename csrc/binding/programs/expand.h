/*
** expand.h: applies the operations of a Program to Values.
*/
#ifndef TG_EXPAND_H
#define TG_EXPAND_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds expand, which lua/tinygrad/program/init.lua calls. */
void tg_add_expand_functions (lua_State *L);

TG_HIDDEN_END

#endif
