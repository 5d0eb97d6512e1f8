/*
** backward.h: the gradients of leaves.
*/
#ifndef TG_BACKWARD_H
#define TG_BACKWARD_H

#include "../lua/compat.h"

void tg_add_backward_methods (lua_State *L);

#endif
