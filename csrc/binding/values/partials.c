/*
** partials.c: partial derivatives as Values.
*/
#include "partials.h"

#include "../../engine/numeric/environment.h"
#include "../lua/errors.h"
#include "../lua/numerals.h"
#include "../lua/poll.h"
#include "operators.h"
#include "result.h"

#ifndef TG_NO_DERIVE

void tg_setsubject (lua_State *L, tg_subject *s, const tg_node *node) {
  s->node = node;
  s->index = lua_gettop(L);
  s->parents = tg_countparents(node);
}

void tg_pushsubjectoperand (lua_State *L, const tg_subject *s, unsigned i,
                            int live) {
  tg_pushoperand(L, s->index, i, live, s->parents);
}

/* Currency: whether a node's value is still that of its operands */

/* Returns the value that `node` would have if it were computed now. */
static double recompute (const tg_node *node) {
  tg_edge *edges = tg_edges((tg_node *)node);
  tg_environment host;
  double x[TG_MAXARITY], y;
  unsigned i;
  tg_environment_enter(&host);
  if (tg_ops[node->op].fold)
    y = tg_opfold(node->op, edges, node->nedges / tg_ops[node->op].arity, 0);
  else {
    for (i = 0; i < node->nedges; i++) x[i] = tg_edgevalue(&edges[i]);
    y = tg_opvalue(node->op, x);
  }
  y = tg_environment_result(y);
  tg_environment_leave(&host);
  return y;
}

void tg_checkcurrent (lua_State *L, const tg_subject *s, double now) {
  if (now == s->node->data || (now != now && s->node->data != s->node->data))
    return;
  tg_pushopname(L, s->index);
  tg_pushnumber(L, s->node->data);
  tg_pushnumber(L, now);
  tg_usererror(L,
               "cannot differentiate again: a leaf below this '%s' was "
               "changed after it was computed (it was %s, now it would be %s); "
               "compute it anew",
               lua_tostring(L, -3), lua_tostring(L, -2), lua_tostring(L, -1));
}

/* Operations of the table */

/* Pushes operand number `code` of the element that begins at edge `first`;
   `before` parents are before that edge. */
static void push_letter (lua_State *L, const tg_subject *s, unsigned code,
                         unsigned first, int before) {
  const unsigned k = first + (code - TG_CODE_A);
  unsigned j;
  for (j = first; j < k; j++) before += tg_edges(s->node)[j].parent != NULL;
  tg_pushsubjectoperand(L, s, k, before);
}

/*
** Runs a postfix program of the subject's row and pushes its result. Operand A
** is that of edge `first`; `before` parents are before it.
*/
static void run_code (lua_State *L, const tg_subject *s, const tg_code *code,
                      unsigned first, int before) {
  for (; *code != TG_CODE_END; code++) {
    if (*code < TG_NOPS)
      tg_applytop(L, (tg_opcode)*code);
    else if (*code >= TG_CODE_CONST)
      lua_pushnumber(L, (lua_Number)tg_constants[*code - TG_CODE_CONST]);
    else if (*code == TG_CODE_Y)
      lua_pushvalue(L, s->index);
    else if (*code == TG_CODE_COUNT)
      lua_pushnumber(L,
                     (lua_Number)(s->node->nedges / tg_ops[s->node->op].arity));
    else if (*code == TG_CODE_SCALE)
      lua_pushvalue(L, s->scale);
    else if (*code == TG_CODE_TERMS)
      lua_pushvalue(L, s->scale + 1);
    else
      push_letter(L, s, *code, first, before);
  }
}

/*
** Runs `code` on each element of the fold. With `join`, the sum of the results
** replaces the value on the top of the stack. Without, each result does, and
** `code` reads the one before it as TG_CODE_SCALE.
*/
static void over_elements (lua_State *L, const tg_subject *s,
                           const tg_code *code, int join) {
  const unsigned arity = tg_ops[s->node->op].arity;
  unsigned first, k;
  int before = 0;
  for (first = 0; first < s->node->nedges; first += arity) {
    run_code(L, s, code, first, before);
    if (join && first > 0)
      tg_applytop(L, TG_OP_add);
    else
      lua_replace(L, -2);
    for (k = first; k < first + arity; k++)
      before += tg_edges(s->node)[k].parent != NULL;
    tg_pollat(L, first);
  }
}

/*
** Pushes the scale of a fold, as a constant, and the sum of its terms. Both are
** computed from the Values of the elements: a Program recorded from them
** computes the derivative for other elements.
*/
static void push_weights (lua_State *L, tg_subject *s) {
  const tg_foldcode *code = tg_foldcodes(s->node->op);
  s->scale = lua_gettop(L) + 1;
  run_code(L, s, code->start, 0, 0);
  over_elements(L, s, code->scale, 0);
  tg_detachtop(L);
  lua_pushnumber(L, 0);
  over_elements(L, s, code->term, 1);
}

void tg_preparesubject (lua_State *L, tg_subject *s) {
  tg_checkcurrent(L, s, recompute(s->node));
  if (tg_ops[s->node->op].fold && tg_fold_has_weights(s->node->op))
    push_weights(L, s);
}

/* Custom operations */

void tg_pushcallback (lua_State *L, const tg_subject *s, const char *name) {
  luaL_checkstack(L, (int)s->node->nedges + LUA_MINSTACK, "many operands");
  lua_pushvalue(L, s->index);
  lua_rawget(L, TG_UP_CUSTOM);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

void tg_checkpartials (lua_State *L, const tg_subject *s) {
  unsigned i;
  for (i = 0; i < s->node->nedges; i++) {
    const int at = s->callback + (int)i;
    if (lua_type(L, at) == LUA_TNUMBER || tg_testnode(L, at) != NULL) continue;
    tg_pushopname(L, s->index);
    tg_usererror(L,
                 "custom operation '%s': backward must return a number or "
                 "Value as partial %d, it returned %s",
                 lua_tostring(L, -1), (int)i + 1, tg_typename(L, at));
  }
}

int tg_pushpartial (lua_State *L, const tg_subject *s, unsigned i, int live) {
  unsigned first = 0;
  int before = 0;
  const tg_code *code;
  if (s->node->op == TG_OP_custom) {
    lua_pushvalue(L, s->callback + (int)i);
    return 1;
  }
  if (s->node->op == TG_OP_detach) return 0;
  code = tg_partial(s->node->op, i % tg_ops[s->node->op].arity);
  if (*code == TG_CODE_END) return 0;
  if (tg_ops[s->node->op].fold) {
    first = i - i % tg_ops[s->node->op].arity;
    before = live - (first < i && tg_edges(s->node)[first].parent != NULL);
  }
  run_code(L, s, code, first, before);
  return 1;
}

#endif
