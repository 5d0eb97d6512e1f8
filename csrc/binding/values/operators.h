/*
** operators.h: the operations of the table as Lua functions, methods and
** operators.
*/
#ifndef TG_OPERATORS_H
#define TG_OPERATORS_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

#include "../../engine/ops/ops.h"

TG_HIDDEN_BEGIN

/* The function of a row of the table: of numbers and Values, or, of a fold, of
   tables of them. */
lua_CFunction tg_operator (unsigned op);

/* Those that take the place of a row's function: they are for several rows, or
   check more than operands. */
void tg_add_operator_functions (lua_State *L);

/* __add and the like. */
void tg_add_operator_metamethods (lua_State *L);

/* Replaces the operands on the top of the stack by `op` applied to them. */
void tg_applytop (lua_State *L, tg_opcode op);

/* operations(): the table of operations as a Lua table. */
int tg_operations (lua_State *L);

TG_HIDDEN_END

#endif
