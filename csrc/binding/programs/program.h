/*
** program.h: the Program userdata.
*/
#ifndef TG_BINDING_PROGRAM_H
#define TG_BINDING_PROGRAM_H

#include "../../engine/attributes.h"
#include "../lua/state.h"
#include "owner.h"

TG_HIDDEN_BEGIN

/* Pushes the metatable of the new type, while the core is being opened. */
void tg_programtype (lua_State *L);

/* Returns whether a Program is at `index`. */
#define tg_isprogram(L, index) (tg_test(L, index, TG_PROGRAM) != NULL)

/* Returns the program of the Program at `arg`, or raises an error, which names
   the function `name`. */
const tg_program *tg_checkprogram (lua_State *L, int arg, const char *name);

/* Pushes a Program with a copy of the owner's program, which it frees. */
void tg_pushowned (lua_State *L, tg_owner *o);

/* borrow(p): returns a Program that is the host's program at a light userdata.
   Only tg_pushprogram calls it. */
int tg_borrow (lua_State *L);

/* Pushes the shapes `name` of the Program at 1 (program.c); returns 0 if it has
   none. */
int tg_pushshapes (lua_State *L, const char *name);

/* Adds run, set_shapes, get_shapes and program_type, on which
   lua/tinygrad/program/init.lua stands. */
void tg_add_program_functions (lua_State *L);

TG_HIDDEN_END

#endif
