/*
** derive.h: Programs for the derivatives of others.
*/
#ifndef TG_DERIVE_H
#define TG_DERIVE_H

#include "../lua/compat.h"

void tg_add_derive_functions (lua_State *L);

#endif
