/*
** batch.h: Program:batch, a Program over the rows of Tensors.
*/
#ifndef TG_BINDING_BATCH_H
#define TG_BINDING_BATCH_H

#include "../lua/compat.h"

void tg_add_batch_functions (lua_State *L);

#endif
