/*
** text.h: what program/emit writes Programs from.
*/
#ifndef TG_BINDING_TEXT_H
#define TG_BINDING_TEXT_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_text_functions (lua_State *L);

TG_HIDDEN_END

#endif
