/*
** bytes.h: the numbers of Tensors as bytes and out of them.
*/
#ifndef TG_BYTES_H
#define TG_BYTES_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_byte_functions (lua_State *L);

TG_HIDDEN_END

#endif
