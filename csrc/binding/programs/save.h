/*
** save.h: Programs to bytes and back.
*/
#ifndef TG_BINDING_SAVE_H
#define TG_BINDING_SAVE_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_save_functions (lua_State *L);

TG_HIDDEN_END

#endif
