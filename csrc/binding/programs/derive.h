/*
** derive.h: makes Programs for the derivatives of Programs.
*/
#ifndef TG_DERIVE_H
#define TG_DERIVE_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds derive, which lua/tinygrad/program/init.lua calls. */
void tg_add_derive_functions (lua_State *L);

TG_HIDDEN_END

#endif
