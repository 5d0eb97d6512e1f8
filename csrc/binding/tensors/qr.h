/*
** qr.h: orthogonal factors of matrices, for linear.lua.
*/
#ifndef TG_BINDING_QR_H
#define TG_BINDING_QR_H

#include "../lua/compat.h"

void tg_add_qr_functions (lua_State *L);

#endif
