/*
** strings.h: what tinygrad's Lua files need of the string and table libraries,
** for states in which a host opened the base library alone.
*/
#ifndef TG_STRINGS_H
#define TG_STRINGS_H

#include "../../engine/attributes.h"
#include "compat.h"

TG_HIDDEN_BEGIN

/* Adds format, is_name and unpack. */
void tg_add_string_functions (lua_State *L);

TG_HIDDEN_END

#endif
