/*
** loops.h: loops over the numbers of Tensors, in pieces between which debug
** hooks act.
*/
#ifndef TG_LOOPS_H
#define TG_LOOPS_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* tg_dot and tg_axpy (engine/numeric/vectors.h), and memmove, in pieces */
double tg_longdot (lua_State *L, const double *a, const double *b,
                   const double *w, size_t n);
void tg_longaxpy (lua_State *L, double *y, double x, const double *u,
                  const double *w, size_t n);
void tg_longcopy (lua_State *L, double *to, const double *from, size_t n);

/* Adds fill, copy, dot, axpy, assign and clamp. */
void tg_add_loop_methods (lua_State *L);

/* Adds __eq. */
void tg_add_loop_metamethods (lua_State *L);

/* Adds tensor_statistic and tensor_free. */
void tg_add_loop_functions (lua_State *L);

TG_HIDDEN_END

#endif
