/*
** file.h: what Lua's io and os lack to replace a file at once.
*/
#ifndef TG_FILES_H
#define TG_FILES_H

#include "../values/value.h"

void tg_add_file_functions (lua_State *L);

#endif
