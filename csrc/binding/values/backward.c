/*
** backward.c: the methods that change gradients.
*/
#include "backward.h"

#include "../lua/errors.h"
#include "../lua/modes.h"
#include "pass.h"

/*
** v:backward([seed]): adds d v / d leaf, times seed (a number, 1 if absent), to
** the gradient of every leaf below v, and sets the gradients of results.
*/
static int backward (lua_State *L) {
  tg_node *root = tg_checkself(L, "backward");
  const double seed =
    lua_isnoneornil(L, 2) ? 1.0 : tg_checknumber(L, 2, "backward");
  tg_pass pass;
  const tg_poll *poll;
  if (root->marks & TG_MARK_RECORDED &&
      !tg_inmode(L, tg_getstate(L), TG_RECORDING))
    return tg_endederror(L);
  if (root->marks & TG_MARK_RECORDED)
    return tg_error(L, "compile: backward cannot be recorded; compile the "
                       "function, then use program:grad()");
  poll = tg_pass_begin(L, &pass);
  tg_pass_end(&pass, tg_backward_checked(root, seed, poll, pass.check));
  return 0;
}

/* v:zero_grad(): sets the gradients of v and of all Values below it to 0. */
static int zero_grad (lua_State *L) {
  tg_node *root = tg_checkself(L, "zero_grad");
  tg_pass pass;
  if (tg_getstate(L)->running)
    return tg_error(L, "cannot zero_grad while a backward pass is running");
  tg_pass_end(&pass, tg_clear_grad(root, tg_pass_begin(L, &pass)));
  return 0;
}

void tg_add_backward_methods (lua_State *L) {
  tg_add(L, "backward", backward);
  tg_add(L, "zero_grad", zero_grad);
}
