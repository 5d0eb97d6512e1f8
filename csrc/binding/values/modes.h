/*
** modes.h: ways to compute other than the plain one: without gradients, and
** on the look-out for the first NaN or inf.
*/
#ifndef TG_MODES_H
#define TG_MODES_H

#include "value.h"

/*
** In anomaly mode: notes where the result on the top of the stack was made
** and raises an error if it is the first NaN or inf.
*/
void tg_checkanomaly (lua_State *L);

/* Raises the error for a pass below the Value at 1 that met `fault`. */
int tg_faulterror (lua_State *L, const tg_fault *fault, const char *pass);

/* Notes that the leaf on the top was made in the recording that is running. */
void tg_notemade (lua_State *L);

/* Notes that the recording that is running, if any, compared the Value at
   `index`, if it is one. */
void tg_notecompared (lua_State *L, int index);

/*
** Pushes a table of the Values at and below the one at 1 whose nodes are keys
** of the table at `wanted`: nodes do not know their Values. Takes its time, and
** does not look below those that it finds.
*/
void tg_findvalues (lua_State *L, int wanted);

/* Replaces the number or Value on the top by it, detached. */
void tg_detachtop (lua_State *L);

/*
** Does what the modes ask for with the result on the top, whose node is `node`;
** raises an error if it depends on a recording and none is running. While a
** function is recorded no_grad keeps the connection, for the program.
*/
void tg_finishresult (lua_State *L, const tg_node *node);

/* detach and the switches for the modes. */
void tg_add_mode_methods (lua_State *L);
void tg_add_mode_functions (lua_State *L);

#endif
