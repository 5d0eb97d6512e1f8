/*
** ir.h: makes a Program with one of the engine's builders.
*/
#ifndef TG_BINDING_IR_H
#define TG_BINDING_IR_H

#include "../../engine/attributes.h"
#include "../../engine/program/ir.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Builds a program with `ir` and stores it in *result, if ir->status is TG_OK
   then; `data` is the caller's. */
typedef void (*tg_maker)(tg_ir *ir, tg_program **result, void *data);

/*
** Runs `make` with a builder, under the state's hooks, and pushes the Program
** that it makes, or nil if it met a captured Value and `hold` is 0. Collects
** garbage and tries once more if memory is short. Returns 1.
*/
int tg_makeprogram (lua_State *L, tg_maker make, void *data, int simplify,
                    int hold);

TG_HIDDEN_END

#endif
