/*
** save.h: turns Programs into bytes and bytes into Programs.
*/
#ifndef TG_BINDING_SAVE_H
#define TG_BINDING_SAVE_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds program_bytes and program_from, which program/save.lua calls. */
void tg_add_save_functions (lua_State *L);

TG_HIDDEN_END

#endif
