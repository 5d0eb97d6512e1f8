/*
** record.h: makes Programs from the Values of one call.
*/
#ifndef TG_RECORD_H
#define TG_RECORD_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Adds record and captured, which lua/tinygrad/program/compile.lua calls. */
void tg_add_record_functions (lua_State *L);

TG_HIDDEN_END

#endif
