/*
** arrange.h: Programs arranged for the inputs that the rows of a batch share.
*/
#ifndef TG_ARRANGE_H
#define TG_ARRANGE_H

#include "../../engine/attributes.h"
#include "../../engine/batch/batch.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Returns whether an arranged Program may be quicker for the batch: rows share
   inputs, or results are added up. */
int tg_isarrangeable (const tg_program *p, const tg_batch *job);

/*
** Returns `p`, the Program at 1, or, once arranging has paid, the Program that
** is arranged for the batch, and pushes a value that keeps it alive. Arranging
** may run finalisers that batch the Program, too; the arranged Program is kept
** together with what it is arranged for.
*/
const tg_program *tg_pusharranged (lua_State *L, const tg_program *p,
                                   const tg_batch *job);

TG_HIDDEN_END

#endif
