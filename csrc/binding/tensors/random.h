/*
** random.h: random numbers, the same on every machine.
*/
#ifndef TG_RANDOM_H
#define TG_RANDOM_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Makes the type of Generators, while the core is being opened. */
void tg_generatortype (lua_State *L);

/* Adds the functions that make Generators and draw numbers. */
void tg_add_random_functions (lua_State *L);

TG_HIDDEN_END

#endif
