/*
** anomaly.h: the first NaN or inf, of results and of derivatives.
*/
#ifndef TG_ANOMALY_H
#define TG_ANOMALY_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/*
** In anomaly mode: notes where the result on the top of the stack was made
** and raises an error if it is the first NaN or inf.
*/
void tg_checkanomaly (lua_State *L);

/* Raises the error for a pass below the Value at 1 that met `fault`. */
int tg_faulterror (lua_State *L, const tg_fault *fault, const char *pass);

TG_HIDDEN_END

#endif
