/*
** expand.h: Programs as Values again.
*/
#ifndef TG_EXPAND_H
#define TG_EXPAND_H

#include "../lua/compat.h"

void tg_add_expand_functions (lua_State *L);

#endif
