/*
** strings.h: what the Lua modules need of Lua's libraries, for states in which
** a host opened the base library only.
*/
#ifndef TG_STRINGS_H
#define TG_STRINGS_H

#include "compat.h"

void tg_add_string_functions (lua_State *L);

#endif
