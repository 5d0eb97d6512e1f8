/*
** modes.h: modes of computing, which last for a call: without gradients,
** looking for the first NaN or inf, recording for a Program.
*/
#ifndef TG_MODES_H
#define TG_MODES_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

/* Returns how many of the calls that the running code is in have turned the
   mode on, or 0 if one has turned it off. Sets state->maybe. */
int tg_modelevel (lua_State *L, tg_mode mode);

/* Returns whether the running code is in the mode. */
static inline int tg_inmode (lua_State *L, const tg_state *state,
                             tg_mode mode) {
  return state->maybe[mode] && tg_modelevel(L, mode) > 0;
}

/* Notes that the leaf on the top was made in the running recording. */
void tg_notemade (lua_State *L);

/* Notes that the running recording, if any, compared the Value at `index`;
   does nothing if something else is there. */
void tg_notecompared (lua_State *L, int index);

/* Raises the error for a function that is being recorded and depends on `what`
   a Value of the recording is now: the Program would be frozen to that. */
int tg_recordederror (lua_State *L, const char *what);

/* Raises the error for a Value of a recording that has ended. */
int tg_endederror (lua_State *L);

/* Adds the functions by which tinygrad's Lua files enter and leave modes. */
void tg_add_mode_functions (lua_State *L);

TG_HIDDEN_END

#endif
