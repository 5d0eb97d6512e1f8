/*
** ir.h: makes a Program with a builder of the engine.
*/
#ifndef TG_BINDING_IR_H
#define TG_BINDING_IR_H

#include "../../engine/attributes.h"
#include "../../engine/program/ir.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* What a builder is to do; `data` is the caller's. */
typedef void (*tg_maker)(tg_ir *ir, tg_program **result, void *data);

/*
** Runs `make` with a builder, under the state's hooks, and pushes the Program
** it makes; nil if it met a captured Value that it may not `hold`. When memory
** is short, collects garbage and tries once more.
*/
int tg_makeprogram (lua_State *L, tg_maker make, void *data, int simplify,
                    int hold);

TG_HIDDEN_END

#endif
