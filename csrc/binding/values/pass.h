/*
** pass.h: passes over the graph. A pass keeps its lists in the nodes, so that
** only one can run in a Lua state at a time. Debug hooks act while it runs.
*/
#ifndef TG_PASS_H
#define TG_PASS_H

#include "../../engine/attributes.h"
#include "../lua/poll.h"
#include "value.h"

TG_HIDDEN_BEGIN

typedef struct tg_pass {
  tg_hookpoll hooks;
  const char *name; /* for tg_faulterror; tg_pass_begin sets "backward" */
  tg_fault fault;
  tg_fault *check; /* for the engine: &fault in anomaly mode, otherwise NULL */
} tg_pass;

/* Raises an error if a pass is running: its hooks may not begin another. */
void tg_check_idle (lua_State *L);

/*
** Begins a pass, or raises the error of tg_check_idle. Returns what the engine
** is to poll. The stack must stay as it is until tg_pass_end.
*/
const tg_poll *tg_pass_begin (lua_State *L, tg_pass *pass);

/* Ends the pass; raises the error of a fault, or of a hook if the engine
   returned TG_INTERRUPTED. */
void tg_pass_end (tg_pass *pass, tg_status status);

/* The results of operations at and below a Value */
typedef struct tg_ordered {
  tg_node **nodes; /* each before its operands */
  size_t count, edges;
  unsigned char *needed; /* for each edge: 1 if it leads to one of xs */
} tg_ordered;

/* Finds the results at and below `root` by two passes, and pushes their memory;
   sets below->needed for the n xs if `needs`. */
void tg_pushordered (lua_State *L, tg_ordered *below, tg_node *root, int needs,
                     tg_node *const *xs, size_t n);

TG_HIDDEN_END

#endif
