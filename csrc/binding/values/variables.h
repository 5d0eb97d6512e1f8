/*
** variables.h: Values for the arguments of a function that a transform calls.
*/
#ifndef TG_VARIABLES_H
#define TG_VARIABLES_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/* Those of a transform that is done are variables no longer. */
void tg_endvariables (tg_node **xs, size_t n);

void tg_add_variable_functions (lua_State *L);

TG_HIDDEN_END

#endif
