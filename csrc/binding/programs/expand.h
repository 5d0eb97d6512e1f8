/*
** expand.h: Programs as Values again.
*/
#ifndef TG_EXPAND_H
#define TG_EXPAND_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_expand_functions (lua_State *L);

TG_HIDDEN_END

#endif
