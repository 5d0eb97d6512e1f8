/*
** gradients.h: derivatives with respect to chosen Values, as numbers or as
** Values that can be differentiated again.
*/
#ifndef TG_DERIVE_H
#define TG_DERIVE_H

#include "value.h"

/* What lua/tinygrad/transform/init.lua is made from. */
void tg_add_derive_functions (lua_State *L);

#endif
