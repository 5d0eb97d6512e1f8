/*
** file.h: what Lua's io and os lack to replace a file at once.
*/
#ifndef TG_FILE_H
#define TG_FILE_H

#include "compat.h"

void tg_add_file_functions (lua_State *L);

#endif
