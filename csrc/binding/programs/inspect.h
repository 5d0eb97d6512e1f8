/*
** inspect.h: shows Programs: their instructions as text, and counts of them.
*/
#ifndef TG_INSPECT_H
#define TG_INSPECT_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds listing and stats. */
void tg_add_inspect_functions (lua_State *L);

/* Adds __tostring to the metatable on the top. */
void tg_add_inspect_metamethods (lua_State *L);

TG_HIDDEN_END

#endif
