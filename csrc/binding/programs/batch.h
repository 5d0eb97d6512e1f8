/*
** batch.h: Program:batch, which runs a Program over the rows of Tensors.
*/
#ifndef TG_BINDING_BATCH_H
#define TG_BINDING_BATCH_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds batch, which lua/tinygrad/program/batch.lua calls. */
void tg_add_batch_functions (lua_State *L);

TG_HIDDEN_END

#endif
