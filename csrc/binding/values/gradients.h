/*
** gradients.h: derivatives with respect to chosen Values, as numbers or as
** Values that can be differentiated again.
*/
#ifndef TG_GRADIENTS_H
#define TG_GRADIENTS_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds gradients, tangents, is_foreign, gradient and value_and_gradient, which
   lua/tinygrad/transform/init.lua calls. */
void tg_add_gradient_functions (lua_State *L);

TG_HIDDEN_END

#endif
