/*
** anomaly.h: errors of anomaly mode, for the first NaN or inf among results and
** derivatives.
*/
#ifndef TG_ANOMALY_H
#define TG_ANOMALY_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/* Notes the line that made the result on the top of the stack, and raises an
   error if the result is a NaN or inf that does not come from an operand. */
void tg_checkanomaly (lua_State *L);

/* Raises the error for `fault`, which the pass of that name met below the Value
   at 1. */
int tg_faulterror (lua_State *L, const tg_fault *fault, const char *pass);

TG_HIDDEN_END

#endif
