/*
** result.c: what modes do to the result of an operation.
*/
#include "result.h"

#include "../lua/modes.h"
#include "anomaly.h"

/* Raises an error if `node` is of a recording, and none is running. */
static void check_ended (lua_State *L, const tg_node *node) {
  if (node->marks & TG_MARK_RECORDED && !tg_getstate(L)->maybe[TG_RECORDING])
    tg_endederror(L);
}

void tg_finishresult (lua_State *L, const tg_node *node) {
  const tg_state *state = tg_getstate(L);
  check_ended(L, node);
  if (tg_inmode(L, state, TG_ANOMALY)) tg_checkanomaly(L);
  if (tg_inmode(L, state, TG_NO_GRAD)) tg_detachtop(L);
}

void tg_detachtop (lua_State *L) {
  const int top = lua_gettop(L);
  tg_node *v = tg_testnode(L, top), *node;
  if (v == NULL) return; /* a number */
  check_ended(L, v);
  if (!(v->marks & TG_MARK_RECORDED) &&
      !tg_inmode(L, tg_getstate(L), TG_RECORDING))
    tg_newleaf(L, v->data);
  else { /* a Program needs the operand; the edge lets no derivative through */
    node = tg_newnode(L, 1, 1);
    tg_node_detach(node, v);
    tg_finishnode(L);
    tg_anchor(L, tg_edges(node), top - 1, 1, 1);
  }
  lua_replace(L, top);
}

/* v:detach(): returns a Value with v's number, through which no derivative
   flows. */
static int detach (lua_State *L) {
  tg_checkself(L, "detach");
  lua_settop(L, 1);
  tg_detachtop(L);
  return 1;
}

/* Values of recordings */

/* recorded_input(x): returns a Value in place of the number or Value x, which a
   recording takes as an example of an argument. */
static int recorded_input (lua_State *L) {
  const tg_node *x = tg_testnode(L, 1);
  tg_newleaf(L, x != NULL ? x->data : (double)lua_tonumber(L, 1));
  ((tg_node *)lua_touserdata(L, -1))->marks |= TG_MARK_RECORDED;
  return 1;
}

/* end_recording(inputs): marks the arguments of a recording that has ended. */
static int end_recording (lua_State *L) {
  size_t i, n;
  tg_node **inputs = tg_pushnodes(L, 1, &n);
  for (i = 0; i < n; i++) inputs[i]->marks |= TG_MARK_ENDED;
  return 0;
}

static int is_recorded (lua_State *L) {
  const tg_node *node = tg_testnode(L, 1);
  lua_pushboolean(L, node != NULL && node->marks & TG_MARK_RECORDED);
  return 1;
}

void tg_add_result_methods (lua_State *L) { tg_add(L, "detach", detach); }

void tg_add_result_functions (lua_State *L) {
  tg_add(L, "recorded_input", recorded_input);
  tg_add(L, "end_recording", end_recording);
  tg_add(L, "is_recorded", is_recorded);
}
