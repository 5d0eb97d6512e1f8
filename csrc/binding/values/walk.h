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
** A walk over the graph, backward or (`ys`) forward. It is a userdata on the
** stack, since functions of custom operations may yield: then it goes on with
** the same node.
*/
typedef struct tg_walk {
  tg_ordered below;
  int values;         /* table: node -> Value */
  int derivatives;    /* table: node -> adjoint or tangent */
  tg_node **xs, **ys; /* ys: NULL if it goes backward */
  size_t nxs, nys;
  size_t next; /* position in the order, in which it goes on */
  int at, top; /* stack: where this is, and what is there between nodes */
  int stage;   /* how far it is with a node */
  tg_subject s;
  const unsigned char *edges; /* needed, of the next node */
  int (*finish)(lua_State *L, const struct tg_walk *w); /* has the last turn */
  int value_too;                                        /* for it */
} tg_walk;

/* Pushes a table of the derivatives at `nodes`, 0 where there is none. */
void tg_pushderivatives (lua_State *L, const tg_walk *w, tg_node *const *nodes,
                         size_t n);

/*
** Derivatives of the Value at `root` by xs, times the seed on the top of the
** stack (which is popped), as Values: then `finish` has its turn.
*/
int tg_walkback (lua_State *L, int root, tg_node **xs, size_t n, int value_too,
                 int (*finish)(lua_State *L, const tg_walk *w));

/*
** The tangents of ys, which are at or below the Value at `root`, as a table of
** Values; those of xs are in the table at `dx`.
*/
int tg_walkforward (lua_State *L, int root, tg_node **xs, size_t n, int dx,
                    tg_node **ys, size_t m);

TG_HIDDEN_END

#endif
