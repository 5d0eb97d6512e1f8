/*
** pass.c: passes over the graph.
*/
#include "pass.h"

#include "../lua/errors.h"
#include "../lua/modes.h"
#include "anomaly.h"

void tg_check_idle (lua_State *L) {
  if (tg_getstate(L)->running)
    tg_error(L, "backward is already running in this Lua state; nothing that "
                "it calls can start another");
}

const tg_poll *tg_pass_begin (lua_State *L, tg_pass *pass) {
  tg_state *state = tg_getstate(L);
  tg_check_idle(L);
  pass->name = "backward";
  pass->fault.node = NULL;
  pass->check = tg_inmode(L, state, TG_ANOMALY) ? &pass->fault : NULL;
  tg_hookpoll_begin(L, &pass->hooks);
  state->running = 1;
  return &pass->hooks.poll;
}

void tg_pass_end (tg_pass *pass, tg_status status) {
  lua_State *L = pass->hooks.L;
  tg_getstate(L)->running = 0;
  if (pass->fault.node != NULL) tg_faulterror(L, &pass->fault, pass->name);
  tg_hookpoll_end(&pass->hooks, status);
}

void tg_pushordered (lua_State *L, tg_ordered *below, tg_node *root, int needs,
                     tg_node *const *xs, size_t n) {
  tg_pass pass;
  const tg_poll *poll = tg_pass_begin(L, &pass);
  tg_pass_end(&pass, tg_count(root, &below->count, &below->edges, poll));
  below->nodes =
    (tg_node **)tg_newscratch(L, below->count, sizeof *below->nodes);
  below->needed =
    needs ? (unsigned char *)tg_newscratch(L, below->edges, 1) : NULL;
  poll = tg_pass_begin(L, &pass);
  tg_pass_end(&pass, tg_order(root, below->nodes, below->needed, xs, n, poll));
}
