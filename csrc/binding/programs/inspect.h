/*
** inspect.h: looking at Programs: listings and counts.
*/
#ifndef TG_INSPECT_H
#define TG_INSPECT_H

#include "../lua/compat.h"

void tg_add_inspect_functions (lua_State *L);

/* __tostring */
void tg_add_inspect_metamethods (lua_State *L);

#endif
