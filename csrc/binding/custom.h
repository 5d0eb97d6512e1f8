/*
** custom.h: operations outside the table, written in Lua or by a C host.
*/
#ifndef TG_CUSTOM_H
#define TG_CUSTOM_H

#include "value.h"

/* Format of the error for an operation whose derivatives have none. */
#define TG_ONCEMESSAGE "the operation '%s' can be differentiated once only"

extern const luaL_Reg tg_custom_functions[];

#endif
