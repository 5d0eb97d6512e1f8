/*
** pass.h: passes over the graph. They use the nodes, so that only one can run
** in a Lua state at a time; debug hooks act meanwhile.
*/
#ifndef TG_PASS_H
#define TG_PASS_H

#include "../../engine/attributes.h"
#include "../lua/poll.h"
#include "value.h"

TG_HIDDEN_BEGIN

typedef struct tg_pass {
  tg_hookpoll hooks;
  const char *name; /* "backward"; others for tg_faulterror */
  tg_fault fault;
  tg_fault *check; /* the fault, in anomaly mode; NULL: there is no need */
} tg_pass;

/* Raises an error if a pass is running: a hook in it may not begin another. */
void tg_check_idle (lua_State *L);

/*
** Begins a pass, or raises that error. Returns what the engine is to poll, as
** it is to get pass->check; the stack must stay as it is until tg_pass_end.
*/
const tg_poll *tg_pass_begin (lua_State *L, tg_pass *pass);

/* Ends it; raises the error of a fault, or of a hook after TG_INTERRUPTED. */
void tg_pass_end (tg_pass *pass, tg_status status);

/* What is at and below a Value */
typedef struct tg_ordered {
  tg_node **nodes; /* the results, each before its operands */
  size_t count, edges;
  unsigned char *needed; /* for each edge: does it lead to one of xs? */
} tg_ordered;

/* Pushes the memory of what is below `root`, found by two passes; `needs`: with
   the edges that lead to one of xs. */
void tg_pushordered (lua_State *L, tg_ordered *below, tg_node *root, int needs,
                     tg_node *const *xs, size_t n);

TG_HIDDEN_END

#endif
