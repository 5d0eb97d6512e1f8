/*
** file.h: what Lua's io and os lack for replacing a file in one step.
*/
#ifndef TG_FILE_H
#define TG_FILE_H

#include "../../engine/attributes.h"
#include "compat.h"

TG_HIDDEN_BEGIN

/* Adds file_place and file_denied, which support/file.lua calls. */
void tg_add_file_functions (lua_State *L);

TG_HIDDEN_END

#endif
