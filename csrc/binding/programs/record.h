/*
** record.h: Programs from the Values of one call.
*/
#ifndef TG_RECORD_H
#define TG_RECORD_H

#include "../lua/compat.h"

void tg_add_record_functions (lua_State *L);

#endif
