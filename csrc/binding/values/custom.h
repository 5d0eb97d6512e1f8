/*
** custom.h: operations outside the table, written in Lua or by a C host.
*/
#ifndef TG_CUSTOM_H
#define TG_CUSTOM_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

TG_HIDDEN_BEGIN

/* The format of the error for an operation whose partials cannot be
   differentiated */
#define TG_ONCEMESSAGE "the operation '%s' can be differentiated once only"

/* Returns the operation whose function, which tg_pushoperation made, is at
   `index`, or NULL if something else is there. */
const tg_operation *tg_tooperation (lua_State *L, int index);

/* operation(op): returns the function for the tg_operation at a light userdata.
   Only tg_pushoperation calls it. */
int tg_operationfunction (lua_State *L);

/* Adds custom_node and custom_of, which transform/custom.lua calls. */
void tg_add_custom_functions (lua_State *L);

TG_HIDDEN_END

#endif
