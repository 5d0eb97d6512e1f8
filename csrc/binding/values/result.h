/*
** result.h: what modes do to the result of an operation.
*/
#ifndef TG_RESULT_H
#define TG_RESULT_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/* Replaces the Value on the top by a detached one, through which no derivative
   flows; leaves a number as it is. */
void tg_detachtop (lua_State *L);

/*
** Applies the modes to the result on the top, whose node is `node`: raises the
** error of an anomaly, and detaches the result within no_grad. Raises an error
** if the result depends on a recording and none is running.
*/
void tg_finishresult (lua_State *L, const tg_node *node);

/* Add detach, and the functions for Values of recordings. */
void tg_add_result_methods (lua_State *L);
void tg_add_result_functions (lua_State *L);

TG_HIDDEN_END

#endif
