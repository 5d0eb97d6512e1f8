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

/* Returns the Lua function of a row of the table. It takes numbers and Values,
   or, for a fold, tables of them. */
lua_CFunction tg_operator (unsigned op);

/* Adds the functions that replace those of rows: each serves several rows, or
   checks more than types. */
void tg_add_operator_functions (lua_State *L);

/* Adds the metamethods of operators, such as __add. */
void tg_add_operator_metamethods (lua_State *L);

/* Replaces the operands on the top of the stack by `op` applied to them. */
void tg_applytop (lua_State *L, tg_opcode op);

/* operations(): returns the table of operations as a Lua table. */
int tg_operations (lua_State *L);

TG_HIDDEN_END

#endif
