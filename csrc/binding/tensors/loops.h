/*
** loops.h: what goes over the numbers of Tensors.
*/
#ifndef TG_LOOPS_H
#define TG_LOOPS_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* tg_dot and tg_axpy (vectors.h), and a copy, by pieces */
double tg_longdot (lua_State *L, const double *a, const double *b,
                   const double *w, size_t n);
void tg_longaxpy (lua_State *L, double *y, double x, const double *u,
                  const double *w, size_t n);
void tg_longcopy (lua_State *L, double *to, const double *from, size_t n);

void tg_add_loop_methods (lua_State *L);

/* __eq */
void tg_add_loop_metamethods (lua_State *L);

void tg_add_loop_functions (lua_State *L);

TG_HIDDEN_END

#endif
