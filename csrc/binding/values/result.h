/*
** result.h: what the modes ask for with the result of an operation.
*/
#ifndef TG_RESULT_H
#define TG_RESULT_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/* Replaces the number or Value on the top by it, detached. */
void tg_detachtop (lua_State *L);

/*
** Does what the modes ask for with the result on the top, whose node is `node`;
** raises an error if it depends on a recording and none is running. While a
** function is recorded no_grad keeps the connection, for the program.
*/
void tg_finishresult (lua_State *L, const tg_node *node);

/* detach, and the Values of recordings. */
void tg_add_result_methods (lua_State *L);
void tg_add_result_functions (lua_State *L);

TG_HIDDEN_END

#endif
