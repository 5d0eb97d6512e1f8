/*
** backward.h: the methods that change gradients.
*/
#ifndef TG_BACKWARD_H
#define TG_BACKWARD_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds backward and zero_grad. */
void tg_add_backward_methods (lua_State *L);

TG_HIDDEN_END

#endif
