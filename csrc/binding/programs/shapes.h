/*
** shapes.h: copies numbers between trees, which are numbers or nested tables of
** them, and flat lists.
**
** A shape says at which position of a list each number of a tree is. It is made
** once from a tree of these positions, and scripts never get it, so that
** readers need no checks. The shape of a number is its position, from 1. The
** shape of a table is {n, first, fields, inside}: the table has `n` elements,
** which are numbers at positions `first` and on, or, if `first` is 0, have the
** shapes inside[1..n]; and fields with the names in the list `fields` (nil if
** it has none), which have the shapes inside[n + 1] and on.
*/
#ifndef TG_SHAPES_H
#define TG_SHAPES_H

#include "../../engine/attributes.h"
#include "../../engine/batch/batch.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/*
** Pushes the shapes of the trees of positions in the list at `trees`, and
** returns how many positions they have. Pushes nil if a tree is too deep or
** holds anything but positions and tables of them. Raises an error if a
** position is not from 1 to `limit`, or occurs twice.
*/
size_t tg_makeshapes (lua_State *L, int trees, size_t limit);

/*
** Reads the numbers of the tree at `value` into `numbers`. Returns 0 if the
** tree has another shape, and then may leave values on the stack.
*/
int tg_readtree (lua_State *L, int shape, int value, double *numbers);

/*
** Reads an argument of a batch, the tree at `value`, as columns: for each
** position, where its numbers are. Numbers of the tree are stored in `numbers`,
** and all rows share them. A subtree may be a Tensor, whose first dimension is
** the rows: *rows, at first 0, becomes their number plus 1. If `rows` is NULL,
** rows share Tensors, too: each has the shape of its subtree. Appends the
** Tensors to the list at `keep`, which keeps them alive: a batch runs hooks,
** which may drop a Tensor elsewhere. Returns 0 as tg_readtree does.
*/
int tg_readcolumns (lua_State *L, int shape, int value, double *numbers,
                    tg_column *columns, size_t *rows, int keep);

/* Pushes a new tree of that shape with the numbers. */
void tg_pushtree (lua_State *L, int shape, const double *numbers);

/*
** Pushes a tree of new Tensors with `rows` rows: one for each largest subtree
** that is a number or an array of equal elements. If `old` is not 0, pushes the
** tree of such Tensors at `old` instead, or returns 0 if another tree is there.
** Stores in `places` where each number goes, and appends old Tensors to the
** list at `keep`.
*/
int tg_pushplaces (lua_State *L, int shape, int old, size_t rows,
                   tg_place *places, int keep);

/*
** Stores in `places` that each number of the tree goes into the Tensor at
** `value`, which it appends to the list at `keep`. Returns 0 if the Tensor has
** another shape.
*/
int tg_placetensor (lua_State *L, int shape, int value, tg_place *places,
                    int keep);

TG_HIDDEN_END

#endif
