/*
** custom.h: operations outside the table, written in Lua or by a C host.
*/
#ifndef TG_CUSTOM_H
#define TG_CUSTOM_H

#include "value.h"

extern const luaL_Reg tg_custom_functions[];

#endif
