/*
** plain.h: what the Lua modules need of Lua's libraries, for states in which
** a host opened the base library only.
*/
#ifndef TG_PLAIN_H
#define TG_PLAIN_H

#include "values/value.h"

void tg_add_plain_functions (lua_State *L);

#endif
