/*
** batch.h: Program:batch, a Program over the rows of Tensors.
*/
#ifndef TG_BINDING_BATCH_H
#define TG_BINDING_BATCH_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

void tg_add_batch_functions (lua_State *L);

TG_HIDDEN_END

#endif
