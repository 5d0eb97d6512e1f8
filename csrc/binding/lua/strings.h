/*
** strings.h: what the Lua modules need of Lua's libraries, for states in which
** a host opened the base library only.
*/
#ifndef TG_STRINGS_H
#define TG_STRINGS_H

#include "../../engine/attributes.h"
#include "compat.h"

TG_HIDDEN_BEGIN

void tg_add_string_functions (lua_State *L);

TG_HIDDEN_END

#endif
