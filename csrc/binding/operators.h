/*
** operators.h: the operations of the table as Lua functions, methods and
** operators.
*/
#ifndef TG_OPERATORS_H
#define TG_OPERATORS_H

#include "value.h"

/* Operations on numbers and Values, for the module and as methods. */
extern const luaL_Reg tg_operator_functions[];

/* Operations on tables of numbers and Values, for the module. */
extern const luaL_Reg tg_fold_functions[];

/* __add and the like. */
extern const luaL_Reg tg_operator_metamethods[];

/* Replaces the operands on the top of the stack by `op` applied to them. */
void tg_applytop (lua_State *L, tg_opcode op);

/* operations(): the table of operations as a Lua table. */
int tg_operations (lua_State *L);

#endif
