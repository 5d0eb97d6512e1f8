/*
** derive.h: derivatives with respect to chosen Values, as numbers or as
** Values that can be differentiated again.
*/
#ifndef TG_DERIVE_H
#define TG_DERIVE_H

#include "value.h"

/* What lua/tinygrad/transform.lua is made from. */
extern const luaL_Reg tg_derive_functions[];

#endif
