/*
** advice.h: what error messages advise beginners: the name that they may have
** meant, and what to do about a value of the wrong type.
*/
#ifndef TG_ADVICE_H
#define TG_ADVICE_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

/*
** Pushes and returns "; did you mean 'name'?" with the name nearest to `key`,
** from which `key` differs in a few letters or which it abbreviates; "" if no
** name is near. The names are the strings among the keys of the table at
** `index`, and `others`, which ends with NULL.
*/
const char *tg_pushnearest (lua_State *L, int index, const char *const *others,
                            const char *key);

/*
** Pushes and returns the advice for argument `arg` of the function or operator
** `name`, which is of another type than `expected`; "" if nothing helps.
*/
const char *tg_pushadvice (lua_State *L, int arg, const char *name,
                           const char *expected);

/* Adds is_probe and nearest, which tinygrad's Lua files call. */
void tg_add_advice_functions (lua_State *L);

TG_HIDDEN_END

#endif
