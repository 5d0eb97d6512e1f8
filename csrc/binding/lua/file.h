/*
** file.h: what Lua's io and os lack to replace a file at once.
*/
#ifndef TG_FILE_H
#define TG_FILE_H

#include "../../engine/attributes.h"
#include "compat.h"

TG_HIDDEN_BEGIN

void tg_add_file_functions (lua_State *L);

TG_HIDDEN_END

#endif
