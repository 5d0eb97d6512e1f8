/*
** save.h: Programs to bytes and back.
*/
#ifndef TG_BINDING_SAVE_H
#define TG_BINDING_SAVE_H

#include "../lua/compat.h"

void tg_add_save_functions (lua_State *L);

#endif
