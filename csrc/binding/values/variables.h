/*
** variables.h: Values for the arguments of a function that a transform calls.
*/
#ifndef TG_VARIABLES_H
#define TG_VARIABLES_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/* Marks xs as variables no longer, as their transform has ended. */
void tg_endvariables (tg_node **xs, size_t n);

/* Adds variable, variables, all_numbers, array_variables and finish, which
   lua/tinygrad/transform/init.lua calls. */
void tg_add_variable_functions (lua_State *L);

TG_HIDDEN_END

#endif
