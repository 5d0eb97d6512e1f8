/*
** text.h: what emit.lua writes Programs from.
*/
#ifndef TG_BINDING_TEXT_H
#define TG_BINDING_TEXT_H

#include "../lua/compat.h"

void tg_add_text_functions (lua_State *L);

#endif
