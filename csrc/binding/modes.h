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

/* Replaces the number or Value on the top by it, detached. */
void tg_detachtop (lua_State *L);

/* detach and the switches for the modes. */
void tg_add_mode_methods (lua_State *L);
void tg_add_mode_functions (lua_State *L);

#endif
