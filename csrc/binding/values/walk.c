/*
** walk.c: derivatives as Values, which can be differentiated again.
*/
#include "walk.h"

#include <math.h>
#include <string.h>

#include "../lua/poll.h"
#include "operators.h"

#ifndef TG_NO_DERIVE

/* Products and sums */

/* Returns whether a safe factor is at `index`, and stores it: a finite number
   other than 0, for which mul and zmul agree. */
static int is_safe (lua_State *L, int index, double *x) {
  if (lua_type(L, index) != LUA_TNUMBER) return 0;
  *x = (double)lua_tonumber(L, index);
  return isfinite(*x) && *x != 0.0;
}

/* Replaces the two factors on the top by their zmul, or, if one is a safe
   factor, by what is simpler and equal. */
static void contribution (lua_State *L) {
  double x;
  if (is_safe(L, -1, &x)) {
    if (x == 1.0)
      lua_pop(L, 1);
    else
      tg_applytop(L, TG_OP_mul);
  }
  else if (is_safe(L, -2, &x)) {
    if (x == 1.0)
      lua_remove(L, -2);
    else
      tg_applytop(L, TG_OP_mul);
  }
  else
    tg_applytop(L, TG_OP_zmul);
}

/* Adds the value on the top to t[key], and pops it. */
static void accumulate (lua_State *L, int t, const tg_node *key) {
  lua_pushlightuserdata(L, (void *)key);
  lua_rawget(L, t);
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  else {
    lua_insert(L, -2);
    tg_applytop(L, TG_OP_add);
  }
  lua_pushlightuserdata(L, (void *)key);
  lua_insert(L, -2);
  lua_rawset(L, t);
}

/* Pushes t[key]. */
static void get (lua_State *L, int t, const tg_node *key) {
  lua_pushlightuserdata(L, (void *)key);
  lua_rawget(L, t);
}

/* A walk */

/* Pushes a walk over the graph below the Value at root_index, and the tables
   that the walk needs. */
static tg_walk *begin_walk (lua_State *L, int root_index, tg_node **xs,
                            size_t n) {
  tg_node *root = (tg_node *)lua_touserdata(L, root_index);
  tg_walk *w;
  luaL_checkstack(L, 40, "cannot differentiate");
  w = (tg_walk *)tg_newuserdata(L, sizeof *w, 0);
  memset(w, 0, sizeof *w);
  w->at = lua_gettop(L);
  w->xs = xs;
  w->nxs = n;
  tg_pushordered(L, &w->below, root, 1, xs, n);
  w->edges = w->below.needed;
  lua_newtable(L);
  w->values = lua_gettop(L);
  lua_newtable(L);
  w->derivatives = w->top = w->values + 1;
  lua_pushlightuserdata(L, root);
  lua_pushvalue(L, root_index);
  lua_rawset(L, w->values);
  return w;
}

void tg_pushderivatives (lua_State *L, const tg_walk *w, tg_node *const *nodes,
                         size_t n) {
  size_t i;
  lua_createtable(L, (int)n, 0);
  for (i = 0; i < n; i++) {
    get(L, w->derivatives, nodes[i]);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushnumber(L, 0);
    }
    lua_rawseti(L, -2, (int)i + 1);
  }
}

/* Pushes the Value of the next node and makes it the subject. */
static void begin_subject (lua_State *L, tg_walk *w) {
  const tg_node *node = w->below.nodes[w->next];
  get(L, w->values, node);
  tg_setsubject(L, &w->s, node);
}

/* Calls `visit` for each edge i of the subject that leads to xs; `live` parents
   are before it. */
static void visit_edges (lua_State *L, const tg_walk *w,
                         void (*visit)(lua_State *L, const tg_walk *w,
                                       unsigned i, int live)) {
  const tg_node *node = w->s.node;
  unsigned i;
  int live = 0;
  for (i = 0; i < node->nedges; i++) {
    if (tg_edges(node)[i].parent == NULL) continue;
    if (w->edges[i]) visit(L, w, i, live);
    live++;
  }
}

/* Notes the Value of the operand of edge `i`. */
static void note_operand (lua_State *L, const tg_walk *w, unsigned i,
                          int live) {
  lua_pushlightuserdata(L, (void *)tg_edges(w->s.node)[i].parent);
  tg_pushsubjectoperand(L, &w->s, i, live);
  lua_rawset(L, w->values);
}

/* Returns whether the walk needs the partial for edge `i`: the edge leads to
   xs, and in forward mode its operand has a tangent. */
static int is_wanted (lua_State *L, const tg_walk *w, unsigned i) {
  const tg_node *parent = tg_edges(w->s.node)[i].parent;
  int wanted;
  if (parent == NULL || !w->edges[i]) return 0;
  if (w->ys == NULL) return 1;
  get(L, w->derivatives, parent);
  wanted = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return wanted;
}

/* Custom operations, whose functions may yield */

static int go_on (lua_State *L, size_t at);

TG_CONTINUATION(go_on_later, go_on)

/* Calls the custom operation's function `value`, whose result shows whether the
   subject is current. */
static void call_value (lua_State *L, tg_walk *w) {
  const tg_subject *s = &w->s;
  const tg_edge *edges = tg_edges(s->node);
  unsigned i;
  tg_pushcallback(L, s, "value");
  for (i = 0; i < s->node->nedges; i++)
    lua_pushnumber(L, (lua_Number)tg_edgevalue(&edges[i]));
  w->stage++;
  tg_callk(L, (int)s->node->nedges, 1, w->at, go_on_later);
}

/* Calls the custom operation's function `partials`, whose results stay on the
   stack. */
static void call_partials (lua_State *L, tg_walk *w) {
  tg_subject *s = &w->s;
  unsigned i;
  int live = 0;
  tg_pushcallback(L, s, "partials");
  s->callback = lua_gettop(L);
  for (i = 0; i < s->node->nedges; i++) {
    tg_pushsubjectoperand(L, s, i, live);
    live += tg_edges(s->node)[i].parent != NULL;
  }
  lua_pushvalue(L, s->index);
  w->stage++;
  tg_callk(L, (int)s->node->nedges + 1, (int)s->node->nedges, w->at,
           go_on_later);
}

/* Returns whether the walk needs any partial of the subject. */
static int is_any_wanted (lua_State *L, const tg_walk *w) {
  unsigned i;
  for (i = 0; i < w->s.node->nedges; i++)
    if (is_wanted(L, w, i)) return 1;
  return 0; /* LCOV_EXCL_LINE: such a node has no derivative to compute */
}

/* Computes what the partials of a custom operation need. This calls Lua, which
   may yield; w->stage says where to resume. */
static void prepare_custom (lua_State *L, tg_walk *w) {
  if (w->stage == 0) call_value(L, w);
  if (w->stage == 1) {
    tg_checkcurrent(L, &w->s, (double)lua_tonumber(L, -1));
    lua_pop(L, 1);
    w->stage = 2;
    if (is_any_wanted(L, w)) call_partials(L, w);
  }
  if (w->stage == 3) tg_checkpartials(L, &w->s);
}

/* Computes what the partials of the subject need. */
static void prepare (lua_State *L, tg_walk *w) {
  if (w->s.node->op == TG_OP_custom)
    prepare_custom(L, w);
  else if (w->s.node->op != TG_OP_detach)
    tg_preparesubject(L, &w->s);
}

/* Backward */

/* Adds the subject's adjoint, which is above the walk's tables, times the
   partial for edge `i` to the adjoint of that operand. */
static void push_back (lua_State *L, const tg_walk *w, unsigned i, int live) {
  if (!tg_pushpartial(L, &w->s, i, live)) return;
  lua_pushvalue(L, w->top + 1);
  lua_insert(L, -2);
  contribution(L);
  accumulate(L, w->derivatives, tg_edges(w->s.node)[i].parent);
}

/* Passes the adjoint of the next node on to its operands. */
static void visit_back (lua_State *L, tg_walk *w) {
  if (w->stage == 0) {
    get(L, w->derivatives, w->below.nodes[w->next]);
    if (lua_isnil(L, -1)) return;
    begin_subject(L, w);
  }
  prepare(L, w);
  visit_edges(L, w, note_operand);
  visit_edges(L, w, push_back);
}

/* Forward */

/* Adds the tangent of the operand of edge `i`, if it has one, times the partial
   to the subject's tangent. */
static void push_forward (lua_State *L, const tg_walk *w, unsigned i,
                          int live) {
  get(L, w->derivatives, tg_edges(w->s.node)[i].parent);
  if (lua_isnil(L, -1) || !tg_pushpartial(L, &w->s, i, live)) return;
  contribution(L);
  accumulate(L, w->derivatives, w->s.node);
}

/* Computes the tangent of the next node, unless it is given. */
static void visit_forward (lua_State *L, tg_walk *w) {
  const tg_node *node = w->below.nodes[w->next];
  if (w->stage == 0) {
    get(L, w->values, node);
    get(L, w->derivatives, node);
    if (lua_isnil(L, -2) || !lua_isnil(L, -1)) return;
    begin_subject(L, w);
  }
  prepare(L, w);
  visit_edges(L, w, push_forward);
}

/* Visits the nodes from the next one on, and finishes; the walk is at `at`. */
static int go_on (lua_State *L, size_t at) {
  tg_walk *w = (tg_walk *)lua_touserdata(L, (int)at);
  luaL_checkstack(L, 40, "cannot differentiate");
  while (w->next < w->below.count) {
    if (w->ys == NULL)
      visit_back(L, w);
    else
      visit_forward(L, w);
    lua_settop(L, w->top);
    w->stage = 0;
    tg_pollat(L, w->next);
    if (w->ys == NULL)
      w->edges += w->below.nodes[w->next++]->nedges;
    else if (w->next-- > 0) /* below 0 it wraps, and the loop ends */
      w->edges -= w->below.nodes[w->next]->nedges;
  }
  return w->finish(L, w);
}

int tg_walkback (lua_State *L, int root, tg_node **xs, size_t n, int value_too,
                 int (*finish)(lua_State *L, const tg_walk *w)) {
  const int seed = lua_gettop(L);
  tg_walk *w = begin_walk(L, root, xs, n);
  w->finish = finish;
  w->value_too = value_too;
  lua_pushvalue(L, seed);
  accumulate(L, w->derivatives, (tg_node *)lua_touserdata(L, root));
  return go_on(L, (size_t)w->at);
}

/* Notes the Values of all nodes that lead to xs, from the root on: a node's
   Value is found from its results, and tangents come the other way. */
static void note_values (lua_State *L, tg_walk *w) {
  for (w->next = 0; w->next < w->below.count; w->next++) {
    get(L, w->values, w->below.nodes[w->next]);
    if (!lua_isnil(L, -1)) {
      begin_subject(L, w);
      visit_edges(L, w, note_operand);
    }
    lua_settop(L, w->top);
    w->edges += w->below.nodes[w->next]->nedges;
    tg_pollat(L, w->next);
  }
}

static int finish_tangents (lua_State *L, const tg_walk *w) {
  tg_pushderivatives(L, w, w->ys, w->nys);
  return 1;
}

int tg_walkforward (lua_State *L, int root, tg_node **xs, size_t n, int dx,
                    tg_node **ys, size_t m) {
  tg_walk *w = begin_walk(L, root, xs, n);
  size_t i;
  w->ys = ys;
  w->nys = m;
  w->finish = finish_tangents;
  note_values(L, w);
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, dx, (int)i + 1);
    accumulate(L, w->derivatives, xs[i]);
  }
  if (w->next-- > 0) w->edges -= w->below.nodes[w->next]->nedges;
  return go_on(L, (size_t)w->at);
}

#endif
