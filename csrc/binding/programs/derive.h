/*
** derive.h: Programs for the derivatives of others.
*/
#ifndef TG_DERIVE_H
#define TG_DERIVE_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_derive_functions (lua_State *L);

TG_HIDDEN_END

#endif
