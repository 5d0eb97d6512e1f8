/*
** inspect.h: looking at Programs: listings and counts.
*/
#ifndef TG_INSPECT_H
#define TG_INSPECT_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_inspect_functions (lua_State *L);

/* __tostring */
void tg_add_inspect_metamethods (lua_State *L);

TG_HIDDEN_END

#endif
