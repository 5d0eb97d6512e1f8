/*
** shapes.h: nested tables of numbers to and from flat lists, quickly.
**
** A shape says where the numbers of a tree are in a list. It is made from a
** tree of their positions and never handed to Lua, so that it needs no checks
** where it is read. It is a number, the position (from 1) of a tree that is
** just a number; or for a table {n, first, fields, inside}: `n` elements, which
** are numbers at positions `first` and on, or, if that is 0, have the shapes
** inside[1..n]; then the names in the list `fields`, which have the shapes
** inside[n + 1] and on (`fields` is nil if there are none).
*/
#ifndef TG_SHAPES_H
#define TG_SHAPES_H

#include "../../engine/attributes.h"
#include "../../engine/batch/batch.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/*
** Pushes the shapes of the trees in the list at `trees`, or nil if there is
** more in them than numbers, or they are too deep; returns how many positions
** there are. An error if they are not from 1 to `limit`, each once at most.
*/
size_t tg_makeshapes (lua_State *L, int trees, size_t limit);

/*
** Reads the numbers of the tree at `value`. Returns 0 if it is not just of
** that shape (for the caller to find out why), and may leave values on the
** stack then.
*/
int tg_readtree (lua_State *L, int shape, int value, double *numbers);

/*
** Reads a batch's columns: numbers, which all rows share and which are stored
** in `numbers`, and in place of any subtree Tensors whose first
** dimension is the rows; *rows, 0 at first, becomes their number plus 1. With
** `rows` NULL the Tensors, too, are shared: each has the shape of its subtree.
** Appends the Tensors to the table at `keep`, for them to live as long as it
** does. Returns 0 as tg_readtree.
*/
int tg_readcolumns (lua_State *L, int shape, int value, double *numbers,
                    tg_column *columns, size_t *rows, int keep);

/* Pushes a new tree of the numbers. */
void tg_pushtree (lua_State *L, int shape, const double *numbers);

/*
** Pushes a tree of new Tensors of so many rows: one for a number, and one for
** as much of the tree as is an array of equal elements. Or, if `old` is not 0,
** checks that the tree at `old` is such a one and pushes it, or returns 0.
** Stores where each number goes; `keep` as above.
*/
int tg_pushplaces (lua_State *L, int shape, int old, size_t rows,
                   tg_place *places, int keep);

/*
** Stores that each number of the tree goes into the Tensor at `value`; returns
** 0 if that has another shape. `keep` as above.
*/
int tg_placetensor (lua_State *L, int shape, int value, tg_place *places,
                    int keep);

TG_HIDDEN_END

#endif
