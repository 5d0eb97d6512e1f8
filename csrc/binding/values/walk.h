/*
** walk.h: derivatives as Values, which can be differentiated again, from the
** partials of each node in turn.
*/
#ifndef TG_WALK_H
#define TG_WALK_H

#include "../../engine/attributes.h"
#include "partials.h"
#include "pass.h"

TG_HIDDEN_BEGIN

/*
** A walk over the graph: backward, or forward if it has `ys`. It is a userdata
** on the stack, as functions of custom operations may yield: it then goes on
** with the node at which it was.
*/
typedef struct tg_walk {
  tg_ordered below;
  int values;         /* table: node -> Value */
  int derivatives;    /* table: node -> adjoint or tangent */
  tg_node **xs, **ys; /* ys: NULL if it goes backward */
  size_t nxs, nys;
  size_t next; /* position of the next node in below.nodes */
  int at, top; /* stack: index of this walk, and the top between two nodes */
  int stage;   /* how far prepare has come with the node */
  tg_subject s;
  const unsigned char *edges; /* below.needed of the next node's edges */
  int (*finish)(lua_State *L, const struct tg_walk *w); /* pushes results */
  int value_too; /* for finish: return the root's value, too */
} tg_walk;

/* Pushes a list of the derivatives at `nodes`; 0 for nodes without one. */
void tg_pushderivatives (lua_State *L, const tg_walk *w, tg_node *const *nodes,
                         size_t n);

/*
** Computes the derivatives of the Value at `root` by xs, times the seed on the
** top of the stack, as Values. Returns what `finish` returns, which the C
** function that calls this must return, too.
*/
int tg_walkback (lua_State *L, int root, tg_node **xs, size_t n, int value_too,
                 int (*finish)(lua_State *L, const tg_walk *w));

/*
** Computes the tangents of ys, which are at or below the Value at `root`, from
** the tangents of xs in the table at `dx`. Pushes a table of them, as Values,
** and returns 1, which the C function that calls this must return, too.
*/
int tg_walkforward (lua_State *L, int root, tg_node **xs, size_t n, int dx,
                    tg_node **ys, size_t m);

TG_HIDDEN_END

#endif
