/*
** random.h: random numbers.
*/
#ifndef TG_RANDOM_H
#define TG_RANDOM_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Makes the type of Generators, while the core is being opened. */
void tg_generatortype (lua_State *L);

void tg_add_random_functions (lua_State *L);

TG_HIDDEN_END

#endif
