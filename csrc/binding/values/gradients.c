/*
** gradients.c: derivatives with respect to chosen Values, as numbers (from the
** partials that the edges hold) or as Values (from the partials' formulas, so
** that they can be differentiated again).
*/
#include "../../engine/compact.h"

#include "gradients.h"

#include <math.h>
#include <string.h>

#include "../lua/advice.h"
#include "modes.h"
#include "operators.h"
#include "../lua/poll.h"

#ifndef TG_NO_DERIVE

/* Pushes a table of numbers. */
static void push_numbers (lua_State *L, const double *x, size_t n) {
  size_t i;
  lua_createtable(L, (int)n, 0);
  for (i = 0; i < n; i++) {
    lua_pushnumber(L, (lua_Number)x[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

/* Partials as Values */

/*
** A node whose partials are wanted, with what has been pushed of it. Folds
** and custom operations may have any number of operands.
*/
typedef struct subject {
  const tg_node *node;
  int index;    /* of its Value */
  int parents;  /* Values among its operands */
  int callback; /* custom: first of the partials on the stack */
  int scale;    /* fold: its scale on the stack, then the sum of its terms */
} subject;

/* The value that `node` would have now. */
static double recompute (const tg_node *node) {
  tg_edge *edges = tg_edges((tg_node *)node);
  double x[TG_MAXARITY];
  unsigned i;
  if (tg_ops[node->op].fold)
    return tg_opfold(node->op, edges, node->nedges / tg_ops[node->op].arity, 0);
  for (i = 0; i < node->nedges; i++) x[i] = tg_edgevalue(&edges[i]);
  return tg_opvalue(node->op, x);
}

/* A derivative built from a leaf that has changed would fit no function: the
   value of `s` would be `now`. */
static void check_current (lua_State *L, const subject *s, double now) {
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

/* Pushes operand `i`; `live` parents are before it. */
static void push_operand (lua_State *L, const subject *s, unsigned i,
                          int live) {
  tg_pushoperand(L, s->index, i, live, s->parents);
}

/*
** Runs a postfix program of the subject's row and pushes its result. Operand A
** is that of edge `first`, `before` parents being before it.
*/
static void run_code (lua_State *L, const subject *s, const tg_code *code,
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
    else {
      const unsigned k = first + (unsigned)(*code - TG_CODE_A);
      unsigned j;
      int at = before;
      for (j = first; j < k; j++) at += tg_edges(s->node)[j].parent != NULL;
      push_operand(L, s, k, at);
    }
  }
}

/* Runs `code` on each element of the fold; joins what is on the top of the
   stack with each result by `join`, or, without one, replaces it. */
static void over_elements (lua_State *L, const subject *s, const tg_code *code,
                           int join) {
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
** Pushes the scale of a fold, as a constant, and the sum of its terms, as
*Values
** that depend on its elements as they will be when the derivative is computed
** elsewhere.
*/
static void push_shares (lua_State *L, subject *s) {
  const tg_foldcode code = tg_foldcodes(s->node->op);
  s->scale = lua_gettop(L) + 1;
  run_code(L, s, code.start, 0, 0);
  over_elements(L, s, code.scale, 0);
  tg_detachtop(L);
  lua_pushnumber(L, 0);
  over_elements(L, s, code.term, 1);
}

/*
** Pushes the partial for edge `i` (number or Value), `live` parents being
** before it; returns 0 and pushes nothing if no derivative flows there.
*/
static int push_partial (lua_State *L, const subject *s, unsigned i, int live) {
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

/* Is the value at `index` a number that no product can turn into NaN? */
static int is_plain (lua_State *L, int index, double *x) {
  if (lua_type(L, index) != LUA_TNUMBER) return 0;
  *x = (double)lua_tonumber(L, index);
  return isfinite(*x) && *x != 0.0;
}

/* Replaces the two factors on the top by their zmul. */
static void contribution (lua_State *L) {
  double x;
  if (is_plain(L, -1, &x)) {
    if (x == 1.0)
      lua_pop(L, 1);
    else
      tg_applytop(L, TG_OP_mul);
  }
  else if (is_plain(L, -2, &x)) {
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

/*
** A pass that builds Values, backward or (`ys`) forward. It is a userdata on
** the stack, since functions of custom operations may yield: then it goes on
** with the same node.
*/
typedef struct build {
  tg_node **order; /* of the results */
  size_t count;
  unsigned char *needed; /* for each edge in order */
  int values;            /* table: node -> Value */
  int derivatives;       /* table: node -> adjoint or tangent */
  tg_node **xs, **ys;    /* ys: NULL if it goes backward */
  size_t nxs, nys;
  size_t next; /* position in order, in which it goes on */
  int at, top; /* stack: where this is, and what is there between nodes */
  int stage;   /* how far it is with a node */
  subject s;
  const unsigned char *edges; /* needed, of the next node */
  int (*finish)(lua_State *L, const struct build *b);
  int value_too; /* for the short way, below */
} build;

/*
** Pushes the order of the graph and sets b->order, count and, if `needs`,
** needed (the edges that lead to one of xs), all under the state's hooks.
*/
static void push_order (lua_State *L, build *b, tg_node *root, int needs,
                        tg_node *const *xs, size_t n) {
  tg_state *state = tg_getstate(L);
  tg_hookpoll hooks;
  tg_status status;
  size_t edges;
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = tg_count(root, &b->count, &edges, &hooks.poll);
  state->running = 0;
  tg_hookpoll_end(&hooks, status);
  lua_pop(L, 1);
  b->order = (tg_node **)tg_newscratch(L, b->count, sizeof *b->order);
  b->needed = needs ? (unsigned char *)tg_newscratch(L, edges, 1) : NULL;
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = tg_order(root, b->order, b->needed, xs, n, &hooks.poll);
  state->running = 0;
  tg_hookpoll_end(&hooks, status);
  lua_pop(L, 1);
}

/* Pushes a pass over what is below the Value at root_index, and what it needs
   on the stack. */
static build *begin_build (lua_State *L, int root_index, tg_node **xs,
                           size_t n) {
  tg_node *root = (tg_node *)lua_touserdata(L, root_index);
  build *b;
  luaL_checkstack(L, 40, "cannot differentiate");
  b = (build *)tg_newuserdata(L, sizeof *b, 0);
  memset(b, 0, sizeof *b);
  b->at = lua_gettop(L);
  b->xs = xs;
  b->nxs = n;
  push_order(L, b, root, 1, xs, n);
  b->edges = b->needed;
  lua_newtable(L);
  b->values = lua_gettop(L);
  lua_newtable(L);
  b->derivatives = b->top = b->values + 1;
  lua_pushlightuserdata(L, root);
  lua_pushvalue(L, root_index);
  lua_rawset(L, b->values);
  return b;
}

/* Pushes a table of the derivatives at `nodes`, 0 where there is none. */
static void push_derivatives (lua_State *L, const build *b,
                              tg_node *const *nodes, size_t n) {
  size_t i;
  lua_createtable(L, (int)n, 0);
  for (i = 0; i < n; i++) {
    get(L, b->derivatives, nodes[i]);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushnumber(L, 0);
    }
    lua_rawseti(L, -2, (int)i + 1);
  }
}

/* Pushes the Value of the next node and makes it the subject. */
static void begin_subject (lua_State *L, build *b) {
  subject *s = &b->s;
  s->node = b->order[b->next];
  get(L, b->values, s->node);
  s->index = lua_gettop(L);
  s->parents = tg_countparents(s->node);
}

/* Notes the Values of the needed operands of `s`. */
static void note_operands (lua_State *L, const build *b) {
  const subject *s = &b->s;
  unsigned i;
  int live = 0;
  for (i = 0; i < s->node->nedges; i++) {
    const tg_node *parent = tg_edges(s->node)[i].parent;
    if (parent == NULL) continue;
    if (b->edges[i]) {
      lua_pushlightuserdata(L, (void *)parent);
      push_operand(L, s, i, live);
      lua_rawset(L, b->values);
    }
    live++;
  }
}

/* Is the partial for edge `i` wanted? */
static int is_wanted (lua_State *L, const build *b, unsigned i) {
  const tg_node *parent = tg_edges(b->s.node)[i].parent;
  int wanted;
  if (parent == NULL || !b->edges[i]) return 0;
  if (b->ys == NULL) return 1;
  get(L, b->derivatives, parent);
  wanted = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return wanted;
}

static int go_on (lua_State *L, size_t at);

TG_CONTINUATION(go_on_later, go_on)

/* Pushes a function of the custom operation's description. */
static void push_callback (lua_State *L, const subject *s, const char *name) {
  luaL_checkstack(L, (int)s->node->nedges + LUA_MINSTACK, "many operands");
  lua_pushvalue(L, s->index);
  lua_rawget(L, TG_UP_CUSTOM);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* Asks for the value of a custom operation, to see that it is current. */
static void call_value (lua_State *L, build *b) {
  const subject *s = &b->s;
  const tg_edge *edges = tg_edges(s->node);
  unsigned i;
  push_callback(L, s, "value");
  for (i = 0; i < s->node->nedges; i++)
    lua_pushnumber(L, (lua_Number)tg_edgevalue(&edges[i]));
  b->stage++;
  tg_callk(L, (int)s->node->nedges, 1, b->at, go_on_later);
}

/* Asks for its partials, which stay on the stack. */
static void call_partials (lua_State *L, build *b) {
  subject *s = &b->s;
  unsigned i;
  int live = 0;
  push_callback(L, s, "partials");
  s->callback = lua_gettop(L);
  for (i = 0; i < s->node->nedges; i++) {
    push_operand(L, s, i, live);
    live += tg_edges(s->node)[i].parent != NULL;
  }
  lua_pushvalue(L, s->index);
  b->stage++;
  tg_callk(L, (int)s->node->nedges + 1, (int)s->node->nedges, b->at,
           go_on_later);
}

static void check_partials (lua_State *L, const subject *s) {
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

/* What is to be known of the subject before its partials are used; where it
   calls, it may go on another time. */
static void prepare (lua_State *L, build *b) {
  subject *s = &b->s;
  unsigned i;
  if (s->node->op == TG_OP_detach) return;
  if (s->node->op != TG_OP_custom) {
    check_current(L, s, recompute(s->node));
    if (tg_ops[s->node->op].fold && tg_fold_has_shares(s->node->op))
      push_shares(L, s);
    return;
  }
  if (b->stage == 0) call_value(L, b);
  if (b->stage == 1) {
    check_current(L, s, (double)lua_tonumber(L, -1));
    lua_pop(L, 1);
    b->stage = 2;
    for (i = 0; i < s->node->nedges && !is_wanted(L, b, i); i++)
      ;
    if (i < s->node->nedges) call_partials(L, b);
  }
  if (b->stage == 3) check_partials(L, s);
}

/* Adds the adjoint (on the stack at `adjoint`) times partial to operands. */
static void push_back (lua_State *L, const build *b, int adjoint) {
  const subject *s = &b->s;
  unsigned i;
  int live = 0;
  for (i = 0; i < s->node->nedges; i++) {
    const tg_node *parent = tg_edges(s->node)[i].parent;
    if (parent == NULL) continue;
    if (b->edges[i] && push_partial(L, s, i, live)) {
      lua_pushvalue(L, adjoint);
      lua_insert(L, -2);
      contribution(L);
      accumulate(L, b->derivatives, parent);
    }
    live++;
  }
}

/* Hands the adjoint of the next node on. */
static void step_back (lua_State *L, build *b) {
  const int adjoint = b->top + 1;
  if (b->stage == 0) {
    get(L, b->derivatives, b->order[b->next]);
    if (lua_isnil(L, -1)) return;
    begin_subject(L, b);
  }
  prepare(L, b);
  note_operands(L, b);
  push_back(L, b, adjoint);
}

/* The tangent of the subject: the sum over operands of partial * tangent. */
static void push_forward (lua_State *L, const build *b) {
  const subject *s = &b->s;
  unsigned i;
  int live = 0;
  for (i = 0; i < s->node->nedges; i++) {
    const tg_node *parent = tg_edges(s->node)[i].parent;
    if (parent == NULL) continue;
    if (b->edges[i]) {
      get(L, b->derivatives, parent);
      if (!lua_isnil(L, -1) && push_partial(L, s, i, live)) {
        contribution(L);
        accumulate(L, b->derivatives, s->node);
      }
    }
    live++;
  }
}

/* Computes the tangent of the next node, unless it is given. */
static void step_forward (lua_State *L, build *b) {
  const tg_node *node = b->order[b->next];
  if (b->stage == 0) {
    get(L, b->values, node);
    get(L, b->derivatives, node);
    if (lua_isnil(L, -2) || !lua_isnil(L, -1)) return;
    begin_subject(L, b);
  }
  prepare(L, b);
  push_forward(L, b);
}

/* Goes over the nodes from the next one on; the pass is at `at`. */
static int go_on (lua_State *L, size_t at) {
  build *b = (build *)lua_touserdata(L, (int)at);
  luaL_checkstack(L, 40, "cannot differentiate");
  while (b->next < b->count) {
    if (b->ys == NULL)
      step_back(L, b);
    else
      step_forward(L, b);
    lua_settop(L, b->top);
    b->stage = 0;
    tg_pollat(L, b->next);
    if (b->ys == NULL)
      b->edges += b->order[b->next++]->nedges;
    else if (b->next-- > 0) /* ends beyond all others */
      b->edges -= b->order[b->next]->nedges;
  }
  return b->finish(L, b);
}

/* Derivatives of the Value at root_index, times the seed on the top of the
   stack (which is popped), as Values: then `finish` has its turn. */
static int build_gradients (lua_State *L, int root_index, tg_node **xs,
                            size_t n, int value_too,
                            int (*finish)(lua_State *L, const build *b)) {
  const int seed = lua_gettop(L);
  build *b = begin_build(L, root_index, xs, n);
  b->finish = finish;
  b->value_too = value_too;
  lua_pushvalue(L, seed);
  accumulate(L, b->derivatives, (tg_node *)lua_touserdata(L, root_index));
  return go_on(L, (size_t)b->at);
}

/* Passes use the nodes: a hook in one of them may not begin another. */
static void check_idle (lua_State *L) {
  if (tg_getstate(L)->running) tg_error(L, TG_RUNNINGMESSAGE);
}

/*
** tg_gradients under the state's hooks and modes; the Value of `y` is at 1.
*/
static void number_gradients (lua_State *L, tg_node *y, double seed,
                              tg_node *const *xs, size_t n, double *out,
                              int *foreign) {
  tg_state *state = tg_getstate(L);
  const int check = tg_inmode(L, state, TG_ANOMALY);
  tg_fault fault = { NULL, 0, 0.0 };
  tg_hookpoll hooks;
  tg_status status;
  check_idle(L);
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = tg_gradients(y, seed, xs, n, out, foreign, &hooks.poll,
                        check ? &fault : NULL);
  state->running = 0;
  if (fault.node != NULL) tg_faulterror(L, &fault, "backward");
  tg_hookpoll_end(&hooks, status);
  lua_pop(L, 1);
}

static int finish_gradients (lua_State *L, const build *b) {
  push_derivatives(L, b, b->xs, b->nxs);
  lua_pushboolean(L, 1);
  return 2;
}

/*
** gradients(y, xs, seed, mode): derivatives of the Value y, times seed, with
** respect to the Values in the table xs, as a table. mode "numbers": numbers;
** "graph": Values (or numbers where constant); "auto": numbers, unless y
** depends on a variable of a transform that is running around this one. The
** second result says whether they may be Values.
*/
static int gradients (lua_State *L) {
  enum { Y = 1, XS, SEED, MODE, NODES };
  const char *mode = luaL_checkstring(L, MODE);
  const int numbers = strcmp(mode, "graph") != 0;
  int foreign = 0;
  size_t n;
  tg_node **xs, *y = tg_testnode(L, Y);
  if (y == NULL) return tg_typeerror(L, Y, "gradients", "Value expected");
  check_idle(L);
  lua_settop(L, MODE);
  xs = tg_pushnodes(L, XS, &n);
  if (numbers && lua_type(L, SEED) == LUA_TNUMBER) {
    double *out = (double *)tg_newscratch(L, n, sizeof *out);
    number_gradients(L, y, (double)lua_tonumber(L, SEED), xs, n, out,
                     mode[0] == 'a' ? &foreign : NULL);
    if (!foreign) {
      push_numbers(L, out, n);
      lua_pushboolean(L, 0);
      return 2;
    }
  }
  lua_pushvalue(L, SEED);
  return build_gradients(L, Y, xs, n, 0, finish_gradients);
}

/*
** is_foreign(y, xs): does y depend on a variable of a running transform that
** is not among xs?
*/
static int is_foreign (lua_State *L) {
  size_t n;
  int foreign;
  tg_node *y = tg_checkself(L, "is_foreign"), **xs = tg_pushnodes(L, 2, &n);
  double *out = (double *)tg_newscratch(L, n, sizeof *out);
  check_idle(L);
  number_gradients(L, y, 0.0, xs, n, out, &foreign);
  lua_pushboolean(L, foreign);
  return 1;
}

static int finish_tangents (lua_State *L, const build *b) {
  push_derivatives(L, b, b->ys, b->nys);
  return 1;
}

/*
** The tangents of ys as Values; those of xs are in the table at `dx`. Values
** are noted from the root on, tangents come the other way.
*/
static int build_tangents (lua_State *L, int root_index, tg_node **xs, size_t n,
                           int dx, tg_node **ys, size_t m) {
  build *b = begin_build(L, root_index, xs, n);
  size_t i;
  b->ys = ys;
  b->nys = m;
  b->finish = finish_tangents;
  for (b->next = 0; b->next < b->count; b->next++) {
    get(L, b->values, b->order[b->next]);
    if (!lua_isnil(L, -1)) {
      begin_subject(L, b);
      note_operands(L, b);
    }
    lua_settop(L, b->top);
    b->edges += b->order[b->next]->nedges;
    tg_pollat(L, b->next);
  }
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, dx, (int)i + 1);
    accumulate(L, b->derivatives, xs[i]);
  }
  if (b->next-- > 0) b->edges -= b->order[b->next]->nedges;
  return go_on(L, (size_t)b->at);
}

/*
** tangents(root, ys, xs, dx, graph): forward mode, the derivatives of the
** Values in ys, which are all at or below root, in the direction in which the
** Values in xs have the tangents dx. Numbers, or Values if `graph`.
*/
static int tangents (lua_State *L) {
  enum { ROOT = 1, YS, XS, DX, GRAPH };
  tg_node **xs, **ys, *root = tg_testnode(L, ROOT);
  tg_state *state = tg_getstate(L);
  const int check = tg_inmode(L, state, TG_ANOMALY);
  size_t n, m, i;
  double *dx, *dy;
  build b;
  tg_fault fault = { NULL, 0, 0.0 };
  tg_hookpoll hooks;
  tg_status status;
  if (root == NULL) return tg_typeerror(L, ROOT, "tangents", "Value expected");
  luaL_checktype(L, DX, LUA_TTABLE);
  check_idle(L);
  ys = tg_pushnodes(L, YS, &m);
  xs = tg_pushnodes(L, XS, &n);
  if (lua_toboolean(L, GRAPH)) return build_tangents(L, ROOT, xs, n, DX, ys, m);
  dx = (double *)tg_newscratch(L, n, sizeof *dx);
  dy = (double *)tg_newscratch(L, m, sizeof *dy);
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, DX, (int)i + 1);
    dx[i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  push_order(L, &b, root, 0, NULL, 0);
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = tg_tangents(root, b.order, b.count, xs, dx, n, ys, dy, m,
                       &hooks.poll, check ? &fault : NULL);
  state->running = 0;
  if (fault.node != NULL) return tg_faulterror(L, &fault, "forward mode");
  tg_hookpoll_end(&hooks, status);
  lua_pop(L, 1);
  push_numbers(L, dy, m);
  return 1;
}

/* Pushes a variable for the number or Value at `index`. */
static void push_variable (lua_State *L, int index) {
  tg_node *node;
  if (lua_type(L, index) == LUA_TNUMBER) {
    tg_newleaf(L, (double)lua_tonumber(L, index));
    if (tg_getstate(L)->maybe[TG_TRACING]) tg_notemade(L);
    node = (tg_node *)lua_touserdata(L, -1);
  }
  else {
    lua_pushvalue(L, index);
    tg_applytop(L, TG_OP_identity);
    node = (tg_node *)lua_touserdata(L, -1);
  }
  node->marks |= TG_MARK_VARIABLE;
}

/* variable(x): a Value for a transform's argument x, a number or Value. */
static int variable (lua_State *L) {
  if (lua_type(L, 1) != LUA_TNUMBER) tg_checkself(L, "variable");
  push_variable(L, 1);
  return 1;
}

/* Is the table at `index` nothing but an array of n numbers? */
static int is_number_array (lua_State *L, int index, size_t n) {
  size_t i, count = 0;
  if (lua_getmetatable(L, index)) {
    lua_pop(L, 1);
    return 0;
  }
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, index, (int)i);
    if (lua_type(L, -1) != LUA_TNUMBER) n = 0;
    lua_pop(L, 1);
  }
  if (n == 0) return 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (++count > n) {
      lua_pop(L, 1);
      return 0;
    }
  }
  return count == n;
}

/*
** array_variables(t, list): if t is nothing but an array of numbers, a new
** table with variables for them, which are appended to list too; nil if not.
*/
static int array_variables (lua_State *L) {
  size_t i, n, first;
  if (!lua_istable(L, 1)) return 0;
  n = tg_checklist(L, 1);
  first = tg_checklist(L, 2);
  if (!is_number_array(L, 1, n)) return 0;
  lua_settop(L, 2);
  lua_createtable(L, (int)n, 0);
  for (i = 1; i <= n; i++) {
    tg_pollat(L, i);
    lua_rawgeti(L, 1, (int)i);
    push_variable(L, 4);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, (int)(first + i));
    lua_rawseti(L, 3, (int)i);
    lua_settop(L, 3);
  }
  return 1;
}

/*
** The short way for functions of plain numbers, without tables:
** all_numbers(...); variables(...) for numbers; and from the result y of the
** function, gradient(y, variables...) and value_and_gradient(y, ...), which
** end the transform.
*/

static int all_numbers (lua_State *L) {
  int i = lua_gettop(L);
  const int any = i > 0;
  while (i > 0 && lua_type(L, i) == LUA_TNUMBER) i--;
  lua_pushboolean(L, any && i == 0);
  return 1;
}

static int variables (lua_State *L) {
  const int n = lua_gettop(L);
  int i;
  for (i = 1; i <= n; i++) {
    push_variable(L, i);
    lua_replace(L, i);
  }
  return n;
}

#define SHORT 32 /* arguments for which no scratch memory is needed */

static void end_variables (tg_node **xs, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) xs[i]->marks &= (unsigned short)~TG_MARK_VARIABLE;
}

static int finish_short (lua_State *L, const build *b) {
  const int n = (int)b->nxs;
  int i, table;
  luaL_checkstack(L, n + LUA_MINSTACK, "too many results");
  push_derivatives(L, b, b->xs, b->nxs);
  table = lua_gettop(L);
  end_variables(b->xs, b->nxs);
  if (b->value_too) lua_pushvalue(L, 1);
  for (i = 1; i <= n; i++) lua_rawgeti(L, table, i);
  return n + b->value_too;
}

/* Pushes the gradient of the Value at 1 by the variables from 2 on. */
static int push_gradient (lua_State *L, const char *name, int value_too) {
  const int n = lua_gettop(L) - 1;
  tg_node *few[SHORT], **xs = few, *y = tg_testnode(L, 1);
  double few_numbers[SHORT], *out = few_numbers;
  const tg_state *state = tg_getstate(L);
  int i, foreign = 0;
  luaL_checkany(L, 1);
  luaL_checkstack(L, n + LUA_MINSTACK, "too many results");
  if (n > SHORT) {
    xs = (tg_node **)tg_newscratch(L, (size_t)n, sizeof *xs);
    out = (double *)tg_newscratch(L, (size_t)n, sizeof *out);
  }
  for (i = 0; i < n; i++) {
    tg_edge x;
    if (!tg_tooperand(L, state, i + 2, &x) || x.parent == NULL)
      return tg_typeerror(L, i + 2, name, "Value expected");
    xs[i] = x.parent;
    out[i] = 0.0;
    lua_pop(L, 1); /* its metatable */
  }
  if (y != NULL) number_gradients(L, y, 1.0, xs, (size_t)n, out, &foreign);
  if (foreign) {
    tg_node **kept = (tg_node **)tg_newscratch(L, (size_t)n, sizeof *kept);
    memcpy(kept, xs, (size_t)n * sizeof *kept);
    lua_pushnumber(L, 1);
    return build_gradients(L, 1, kept, (size_t)n, value_too, finish_short);
  }
  end_variables(xs, (size_t)n);
  if (value_too && y == NULL)
    lua_pushvalue(L, 1);
  else if (value_too)
    lua_pushnumber(L, (lua_Number)y->data);
  for (i = 0; i < n; i++) lua_pushnumber(L, (lua_Number)out[i]);
  return n + value_too;
}

static int gradient (lua_State *L) { return push_gradient(L, "gradient", 0); }

static int value_and_gradient (lua_State *L) {
  return push_gradient(L, "value_and_gradient", 1);
}

/* finish(xs): the transform whose variables these are is done. */
static int finish (lua_State *L) {
  size_t n;
  tg_node **xs = tg_pushnodes(L, 1, &n);
  end_variables(xs, n);
  return 0;
}

void tg_add_derive_functions (lua_State *L) {
  tg_add(L, "gradients", gradients);
  tg_add(L, "tangents", tangents);
  tg_add(L, "variable", variable);
  tg_add(L, "all_numbers", all_numbers);
  tg_add(L, "array_variables", array_variables);
  tg_add(L, "variables", variables);
  tg_add(L, "gradient", gradient);
  tg_add(L, "value_and_gradient", value_and_gradient);
  tg_add(L, "finish", finish);
  tg_add(L, "is_foreign", is_foreign);
}

#endif
