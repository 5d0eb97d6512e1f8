/*
** tensor.h: the Tensor userdata: an array of doubles of any shape, by rows.
*/
#ifndef TG_TENSOR_H
#define TG_TENSOR_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

TG_HIDDEN_BEGIN

#define TG_MAXDIMS 8

/* A view shares the numbers of another Tensor, which its anchor keeps alive. */
typedef struct tg_tensor {
  double *data;
  size_t count; /* of numbers */
  unsigned ndims;
  size_t shape[TG_MAXDIMS];
} tg_tensor;

/* The Tensor at `index`, or NULL. */
#define tg_testtensor(L, index) ((tg_tensor *)tg_test(L, index, TG_TENSOR))

/* The same for argument `arg` of the function `name`, or an error. */
tg_tensor *tg_checktensor (lua_State *L, int arg, const char *name);

/* Pushes a new Tensor, whose numbers are not set. */
tg_tensor *tg_newtensor (lua_State *L, const size_t *shape, unsigned ndims);

/* Pushes a view of the Tensor at `index`. */
tg_tensor *tg_newview (lua_State *L, int index, double *data,
                       const size_t *shape, unsigned ndims);

/* Sets all numbers to x. */
void tg_filltensor (lua_State *L, tg_tensor *t, double x);

/*
** Loops over numbers go by pieces, between which hooks may act (and change the
** numbers, but not where they are):
**   for (i = 0; i < n;) for (end = tg_nextpiece(L, i, n); i < end; i++) ...
*/
size_t tg_nextpiece (lua_State *L, size_t i, size_t n);
#define TG_PIECE TG_LIMIT(65536, 4)

/*
** Pushes the metatable of the new type and a table of methods, which
** tensor_type takes from the field "methods", while the core is being opened.
*/
void tg_tensortype (lua_State *L);

void tg_add_tensor_functions (lua_State *L);

TG_HIDDEN_END

#endif
