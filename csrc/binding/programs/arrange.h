/*
** arrange.h: Programs arranged for what the rows of a batch share.
*/
#ifndef TG_ARRANGE_H
#define TG_ARRANGE_H

#include "../../engine/attributes.h"
#include "../../engine/batch/batch.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Is there something to gain by it? */
int tg_isarrangeable (const tg_program *p, const tg_batch *job);

/*
** Pushes a value, and returns the Program at 1 or, kept alive by that value,
** the same arranged for the batch. Making it may run finalisers that batch the
** Program, too: it is kept with what it is arranged for, in any case.
*/
const tg_program *tg_pusharranged (lua_State *L, const tg_program *p,
                                   const tg_batch *job);

TG_HIDDEN_END

#endif
