/*
** qr.h: orthogonal factors of matrices.
*/
#ifndef TG_BINDING_QR_H
#define TG_BINDING_QR_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds qr_factor and qr_apply, which lua/tinygrad/fit/linear.lua calls. */
void tg_add_qr_functions (lua_State *L);

TG_HIDDEN_END

#endif
