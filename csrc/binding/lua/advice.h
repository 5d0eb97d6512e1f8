/*
** advice.h: what error messages add for people who are new: the name that may
** have been meant, and what to do about a value of the wrong type.
*/
#ifndef TG_ADVICE_H
#define TG_ADVICE_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

/*
** Pushes "; did you mean 'name'?" with the name nearest to `key` among the
** keys of the table at `index` and `others`, which ends with NULL: one that
** differs in a few letters, or that `key` is short for. "" if none is near.
*/
const char *tg_pushnearest (lua_State *L, int index, const char *const *others,
                            const char *key);

/*
** Pushes what to do where argument `arg` of the function or operator `name`
** is not what was `expected`; "" if there is nothing to say.
*/
const char *tg_pushadvice (lua_State *L, int arg, const char *name,
                           const char *expected);

void tg_add_advice_functions (lua_State *L);

TG_HIDDEN_END

#endif
