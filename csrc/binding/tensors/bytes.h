/*
** bytes.h: turns the numbers of Tensors into bytes and bytes into numbers.
*/
#ifndef TG_BYTES_H
#define TG_BYTES_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds tensor_bytes and tensor_decode. */
void tg_add_byte_functions (lua_State *L);

TG_HIDDEN_END

#endif
