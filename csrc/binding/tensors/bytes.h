/*
** bytes.h: the numbers of Tensors as bytes and out of them.
*/
#ifndef TG_BYTES_H
#define TG_BYTES_H

#include "../lua/compat.h"

void tg_add_byte_functions (lua_State *L);

#endif
