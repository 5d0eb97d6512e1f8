/*
** text.h: gives program/emit what it writes Programs from in other languages.
*/
#ifndef TG_BINDING_TEXT_H
#define TG_BINDING_TEXT_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds instructions, fixed_slots, formulas and helpers. */
void tg_add_text_functions (lua_State *L);

TG_HIDDEN_END

#endif
