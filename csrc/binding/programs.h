/*
** programs.h: the Program userdata: recording, deriving, running.
*/
#ifndef TG_PROGRAMS_H
#define TG_PROGRAMS_H

#include "value.h"

#define TG_PROGRAM_TYPE "tinygrad.Program"

/* Creates the type; its upvalues are those of the core, at 1 and up. */
void tg_programtype (lua_State *L);

/* What lua/tinygrad/compile.lua is made from. */
extern const luaL_Reg tg_program_functions[];

#endif
