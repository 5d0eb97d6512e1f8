/*
** tensor.h: the Tensor userdata: an array of doubles of any shape, by rows.
*/
#ifndef TG_TENSOR_H
#define TG_TENSOR_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

TG_HIDDEN_BEGIN

#define TG_MAXDIMS 8

/* The numbers of a Tensor follow it in its userdata. A view has the numbers of
   another Tensor, which its anchor keeps alive. */
typedef struct tg_tensor {
  double *data;
  size_t count; /* how many numbers */
  unsigned ndims;
  size_t shape[TG_MAXDIMS];
} tg_tensor;

/* Returns the Tensor at `index`, or NULL if something else is there. */
#define tg_testtensor(L, index) ((tg_tensor *)tg_test(L, index, TG_TENSOR))

/* Returns the Tensor at `arg`, or raises an error, which names the function
   `name`. */
tg_tensor *tg_checktensor (lua_State *L, int arg, const char *name);

/* Pushes and returns a new Tensor, whose numbers are undefined. */
tg_tensor *tg_newtensor (lua_State *L, const size_t *shape, unsigned ndims);

/* Pushes and returns a view of the numbers at `data`, which are those of the
   Tensor at `index`. */
tg_tensor *tg_newview (lua_State *L, int index, double *data,
                       const size_t *shape, unsigned ndims);

/* Sets all numbers to x. */
void tg_filltensor (lua_State *L, tg_tensor *t, double x);

/*
** Returns the end of the piece that begins at number i of n, after polling. A
** loop over many numbers goes by pieces of TG_PIECE, between which hooks act
** (and may change the numbers, but not where they are):
**
**   for (i = 0; i < n;) for (end = tg_nextpiece(L, i, n); i < end; i++) ...
*/
size_t tg_nextpiece (lua_State *L, size_t i, size_t n);
#define TG_PIECE TG_LIMIT(65536, 4)

/*
** Pushes the metatable of the new type and a table of its methods in C, while
** the core is being opened. The caller sets the metatable's field "methods" to
** that table, in which tensor_type finds them.
*/
void tg_tensortype (lua_State *L);

/* Adds the functions on which lua/tinygrad/tensor/init.lua stands. */
void tg_add_tensor_functions (lua_State *L);

TG_HIDDEN_END

#endif
