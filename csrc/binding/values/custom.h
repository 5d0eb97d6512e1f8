/*
** custom.h: operations outside the table, written in Lua or by a C host.
*/
#ifndef TG_CUSTOM_H
#define TG_CUSTOM_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

TG_HIDDEN_BEGIN

/* Format of the error for an operation whose derivatives have none. */
#define TG_ONCEMESSAGE "the operation '%s' can be differentiated once only"

/* The operation of the function at `index`, if tg_pushoperation made it. */
const tg_operation *tg_tooperation (lua_State *L, int index);

/* operation(op): the function for the tg_operation at a light userdata, for
   tg_pushoperation only. */
int tg_operationfunction (lua_State *L);

void tg_add_custom_functions (lua_State *L);

TG_HIDDEN_END

#endif
