/*
** modes.h: ways to compute that last for a call: without gradients, on the
** look-out for the first NaN or inf, recording for a Program.
*/
#ifndef TG_MODES_H
#define TG_MODES_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

/* How many calls that the running code is in have turned the mode on. */
int tg_modelevel (lua_State *L, tg_mode mode);

static inline int tg_inmode (lua_State *L, const tg_state *state,
                             tg_mode mode) {
  return state->maybe[mode] && tg_modelevel(L, mode) > 0;
}

/* Notes that the leaf on the top was made in the recording that is running. */
void tg_notemade (lua_State *L);

/* Notes that the recording that is running, if any, compared the Value at
   `index`, if it is one. */
void tg_notecompared (lua_State *L, int index);

/* Raises the error for what a function that is being recorded may not do with
   a Value of the recording. */
int tg_recordederror (lua_State *L, const char *what);

/* Raises the error for a Value of a recording that has ended. */
int tg_endederror (lua_State *L);

/* The switches for the modes. */
void tg_add_mode_functions (lua_State *L);

TG_HIDDEN_END

#endif
