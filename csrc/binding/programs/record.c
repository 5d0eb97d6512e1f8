/*
** record.c: Programs are made here: recorded from Values, derived from
** others, arranged for batches; and expanded to Values again.
*/
#include "../../engine/compact.h"

#include "program.h"

#include <string.h>

#include "../../engine/program/program.h"
#include "../values/custom.h"
#include "../values/modes.h"
#include "../values/operators.h"
#include "../lua/poll.h"

#ifndef TG_NO_PROGRAM

/* Memory */

#define HEAD TG_ALIGN(sizeof(tg_held))

static void *hold (tg_owner *o, tg_held *held, size_t size) {
  const size_t old = held != NULL ? held->size : 0;
  tg_held *h;
  if (size > (size_t)-1 - HEAD) return NULL;
  h = (tg_held *)o->state.function(o->state.data, held, old, HEAD + size);
  if (h == NULL) return NULL;
  if (held == NULL) {
    h->next = o->blocks;
    h->at = &o->blocks;
  }
  h->size = HEAD + size;
  *h->at = h;
  if (h->next != NULL) h->next->at = &h->next;
  return (char *)h + HEAD;
}

static void let_go (tg_owner *o, tg_held *h) {
  *h->at = h->next;
  if (h->next != NULL) h->next->at = h->at;
  o->state.function(o->state.data, h, h->size, 0);
}

/* The allocator of the owner `data`. */
static void *allocate_held (void *data, void *block, size_t old, size_t size) {
  tg_owner *o = (tg_owner *)data;
  tg_held *h = block != NULL ? (tg_held *)(void *)((char *)block - HEAD) : NULL;
  (void)old;
  if (size > 0) return hold(o, h, size);
  if (h != NULL) let_go(o, h);
  return NULL;
}

static int free_owned (lua_State *L) {
  tg_owner *o = (tg_owner *)lua_touserdata(L, 1);
  while (o->blocks != NULL) let_go(o, o->blocks);
  o->program = NULL;
  return 0;
}

tg_owner *tg_newowner (lua_State *L) {
  tg_owner *o = (tg_owner *)tg_newuserdata(L, sizeof *o, 0);
  o->memory.function = allocate_held;
  o->memory.data = o;
  o->state.function = lua_getallocf(L, &o->state.data);
  o->program = NULL;
  o->blocks = NULL;
  if (luaL_newmetatable(L, "tinygrad.owner")) {
    lua_pushcfunction(L, free_owned);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return o;
}

/* Building */

/* What a builder is to do; `data` is the caller's. */
typedef void (*maker)(tg_ir *ir, tg_program **result, void *data);

/*
** Runs `make` with a builder and pushes the Program it makes; nil if it met a
** captured Value that it may not `hold`. When memory is short, collects garbage
** and tries once more.
*/
static int build (lua_State *L, maker make, void *data, int simplify,
                  int hold) {
  tg_owner *o = tg_newowner(L);
  tg_state *state = tg_getstate(L);
  const tg_operation *refused = NULL;
  tg_status status = TG_OK;
  int attempt;
  if (state->running)
    return tg_error(L, "a pass over the graph is running in this Lua state");
  for (attempt = 0; attempt < 2; attempt++) {
    tg_hookpoll hooks;
    tg_ir ir;
    tg_hookpoll_begin(L, &hooks);
    tg_ir_init(&ir, &o->memory, &hooks.poll);
    ir.simplify = simplify;
    ir.hold = hold;
    state->running = 1;
    make(&ir, &o->program, data);
    state->running = 0;
    status = ir.status;
    refused = ir.refused;
    tg_ir_free(&ir);
    tg_hookpoll_end(&hooks, status);
    if (status != TG_NOMEMORY) break;
    lua_gc(L, LUA_GCCOLLECT, 0);
  }
  if (status == TG_NOMEMORY) return luaL_error(L, "not enough memory");
  if (status == TG_CUSTOM)
    return tg_usererror(L, "compile: the function uses the result of a custom "
                           "operation computed before; compute it inside");
  if (status == TG_ONCE) return tg_usererror(L, TG_ONCEMESSAGE, refused->name);
  if (status == TG_CAPTURED)
    lua_pushnil(L);
  else
    tg_pushowned(L, o);
  return 1;
}

typedef struct recording {
  tg_traced nodes;
  tg_id *out;
} recording;

/* Argument 1: the result that a recording is of. */
static tg_node *check_root (lua_State *L, const char *name) {
  tg_node *root = tg_checkself(L, name);
  luaL_argcheck(L, root->nedges > 0, 1, "result of an operation expected");
  return root;
}

static void make_recorded (tg_ir *ir, tg_program **result, void *data) {
  const recording *r = (const recording *)data;
  tg_ir_trace(ir, &r->nodes, r->out);
  if (ir->status == TG_OK)
    *result = tg_program_layout(ir, (unsigned)r->nodes.ninputs, r->out,
                                (unsigned)r->nodes.nys, NULL);
}

/*
** record(root, inputs, made, results, simplify, hold): the Program from the
** Values in the table `inputs` to those in `results`, all of which are at or
** below root; `made` are leaves that were made in the recording. nil if it
** captured others, unless their values are to be held.
*/
static int record (lua_State *L) {
  recording r;
  r.nodes.root = check_root(L, "record");
  r.nodes.inputs = tg_pushnodes(L, 2, &r.nodes.ninputs);
  r.nodes.made = tg_pushnodes(L, 3, &r.nodes.nmade);
  r.nodes.ys = tg_pushnodes(L, 4, &r.nodes.nys);
  r.out = (tg_id *)tg_newscratch(L, r.nodes.nys, sizeof *r.out);
  return build(L, make_recorded, &r, lua_toboolean(L, 5), lua_toboolean(L, 6));
}

/* What a recording captured */
typedef struct search {
  tg_node *root, **order, **inputs, **made, **found;
  unsigned char *kinds;
  size_t count, edges, ninputs, nmade, nfound;
} search;

static tg_status count_nodes (search *s, const tg_poll *poll) {
  return tg_count(s->root, &s->count, &s->edges, poll);
}

static tg_status find_nodes (search *s, const tg_poll *poll) {
  const tg_status status = tg_order(s->root, s->order, NULL, NULL, 0, poll);
  if (status != TG_OK) return status;
  return tg_find_captured(s->order, s->count, s->inputs, s->ninputs, s->made,
                          s->nmade, s->found, s->kinds, &s->nfound, poll);
}

/* Takes a step of a search, under the state's hooks. */
static void take_step (lua_State *L, search *s,
                       tg_status (*step)(search *, const tg_poll *)) {
  tg_state *state = tg_getstate(L);
  tg_hookpoll hooks;
  tg_status status;
  if (state->running) tg_error(L, TG_RUNNINGMESSAGE);
  tg_hookpoll_begin(L, &hooks);
  state->running = 1;
  status = step(s, &hooks.poll);
  state->running = 0;
  tg_hookpoll_end(&hooks, status);
  lua_pop(L, 1);
}

/*
** captured(root, inputs, made): the Values that the recording of root captured,
** as a table, and a table with what each is: "leaf", "outer" or "ended".
*/
static int captured (lua_State *L) {
  enum { ROOT = 1, INPUTS, LEAVES, NAMES, FOUND };
  static const char *const names[] = { "", "leaf", "outer", "ended" };
  search s;
  size_t i;
  s.root = check_root(L, "captured");
  lua_settop(L, LEAVES);
  lua_newtable(L);
  s.inputs = tg_pushnodes(L, INPUTS, &s.ninputs);
  s.made = tg_pushnodes(L, LEAVES, &s.nmade);
  take_step(L, &s, count_nodes);
  s.order = (tg_node **)tg_newscratch(L, s.count, sizeof *s.order);
  s.found = (tg_node **)tg_newscratch(L, s.edges, sizeof *s.found);
  s.kinds = (unsigned char *)tg_newscratch(L, s.edges, 1);
  take_step(L, &s, find_nodes);
  for (i = 0; i < s.nfound; i++) {
    lua_pushlightuserdata(L, (void *)s.found[i]);
    lua_pushstring(L, names[s.kinds[i]]);
    lua_rawset(L, NAMES);
  }
  lua_settop(L, NAMES);
  tg_findvalues(L, NAMES);
  lua_newtable(L);
  for (i = 1; i <= s.nfound; i++) {
    lua_rawgeti(L, FOUND, (int)i);
    lua_pushlightuserdata(L, lua_touserdata(L, -1));
    lua_rawget(L, NAMES);
    lua_rawseti(L, FOUND + 1, (int)i);
    lua_pop(L, 1);
  }
  return 2;
}

/* Derivatives of programs */

typedef struct derivation {
  const tg_program *program;
  const char *what;
  size_t nin, nout, nwrt;
  size_t ncaptured; /* of the inputs, the last */
  size_t nmore;     /* further inputs: tangents or cotangents */
  unsigned *wrt;    /* inputs to differentiate by */
  unsigned *of;     /* vjp: the result that each cotangent is of */
  tg_id *in;        /* items of the inputs, then of the further ones */
  tg_id *xs;        /* of the inputs to differentiate by */
  tg_id *out;       /* of the program's results */
  tg_id *results;   /* of the derivative's */
  size_t nresults;
  tg_id *row; /* room for nwrt */
} derivation;

static void add_result (derivation *d, tg_id id) {
  d->results[d->nresults++] = id;
}

static void add_gradient (tg_ir *ir, derivation *d, tg_id y) {
  tg_ir_gradient(ir, y, tg_ir_const(ir, 1.0), d->xs, d->nwrt,
                 d->results + d->nresults);
  d->nresults += d->nwrt;
}

static int is_kind (const derivation *d, const char *what) {
  return strcmp(d->what, what) == 0;
}

static void add_tangents (tg_ir *ir, derivation *d, const tg_id *ys, size_t n) {
  tg_ir_tangents(ir, ys, n, d->xs, d->in + d->nin, d->nwrt,
                 d->results + d->nresults);
  d->nresults += n;
}

/* The gradient of the sum of ys[of[i]], each times further input i. */
static void add_product (tg_ir *ir, derivation *d, const tg_id *ys,
                         const unsigned *of) {
  tg_id along = tg_ir_const(ir, 0.0);
  size_t i;
  for (i = 0; i < d->nmore; i++) {
    const tg_id term = tg_ir_op(ir, TG_OP_mul, ys[of != NULL ? of[i] : i],
                                d->in[d->nin + i], TG_NOID);
    along = i == 0 ? term : tg_ir_op(ir, TG_OP_add, along, term, TG_NOID);
  }
  add_gradient(ir, d, along);
}

/* Which input of the derivative item in[i] is: the further ones come before
   what the program captured, as they are arguments. */
static unsigned input_number (const derivation *d, size_t i) {
  const size_t arguments = d->nin - d->ncaptured;
  if (i < arguments) return (unsigned)i;
  if (i >= d->nin) return (unsigned)(i - d->ncaptured);
  return (unsigned)(i + d->nmore);
}

static void make_derived (tg_ir *ir, tg_program **result, void *data) {
  derivation *d = (derivation *)data;
  const size_t nin = d->nin + d->nmore;
  size_t i;
  d->nresults = 0;
  tg_ir_expect(ir, (size_t)3 * d->program->nunits);
  for (i = 0; i < nin; i++) d->in[i] = tg_ir_input(ir, input_number(d, i));
  for (i = 0; i < d->nwrt; i++) d->xs[i] = d->in[d->wrt[i]];
  tg_program_inline(ir, d->program, d->in, d->out);
  if (ir->status != TG_OK) return;
  if (is_kind(d, "value_and_grad") || is_kind(d, "jvp") || is_kind(d, "vjp"))
    for (i = 0; i < d->nout; i++) add_result(d, d->out[i]);
  if (is_kind(d, "grad") || is_kind(d, "value_and_grad") ||
      is_kind(d, "jacobian"))
    for (i = 0; i < d->nout; i++) add_gradient(ir, d, d->out[i]);
  else if (is_kind(d, "jvp"))
    add_tangents(ir, d, d->out, d->nout);
  else if (is_kind(d, "vjp"))
    add_product(ir, d, d->out, d->of);
  else { /* of second order */
    tg_ir_gradient(ir, d->out[0], tg_ir_const(ir, 1.0), d->xs, d->nwrt, d->row);
    if (ir->status != TG_OK) return;
    if (is_kind(d, "hvp"))
      add_product(ir, d, d->row, NULL);
    else
      for (i = 0; i < d->nwrt; i++) add_gradient(ir, d, d->row[i]);
  }
  if (ir->status == TG_OK)
    *result = tg_program_layout(ir, (unsigned)nin, d->results,
                                (unsigned)d->nresults, NULL);
}

/* The positions, from 1 to `most`, in the table at `index`, as indices. */
static unsigned *read_positions (lua_State *L, int index, size_t most,
                                 size_t *n) {
  unsigned *positions;
  size_t i;
  *n = lua_isnil(L, index) ? 0 : tg_checklist(L, index);
  positions = (unsigned *)tg_newscratch(L, *n, sizeof *positions);
  for (i = 0; i < *n; i++) {
    lua_Number at;
    lua_rawgeti(L, index, (int)i + 1);
    at = lua_tonumber(L, -1);
    if (!(at >= 1 && at <= (lua_Number)most))
      tg_error(L, "derive: positions from 1 to %d expected", (int)most);
    positions[i] = (unsigned)at - 1;
    lua_pop(L, 1);
  }
  return positions;
}

/*
** derive(program, what, wrt, captured, of): a Program for a derivative of
** another. wrt: a table of positions of inputs; captured: how many inputs, the
** last, are no arguments. what, and the results: "grad": gradient of the one
** result; "value_and_grad": result, gradient; "jacobian": a gradient for each
** result; "hessian": a row for each input; "jvp": results, their tangents;
** "vjp": results, and the gradient of their sum, each times its cotangent;
** "hvp": the Hessian's product. For the last three the tangents, or the
** cotangents of the results at the positions in the table `of`, are further
** inputs, after the arguments.
*/
static int derive (lua_State *L) {
  static const char *const kinds[] = {
    "grad", "value_and_grad", "jvp", "jacobian", "hessian", "hvp", "vjp", NULL
  };
  const tg_program *p = tg_checkprogram(L, 1, "derive");
  derivation d;
  size_t max;
  lua_settop(L, 5);
  d.program = p;
  d.what = kinds[luaL_checkoption(L, 2, NULL, kinds)];
  d.nin = tg_program_inputs(p);
  d.nout = tg_program_outputs(p);
  luaL_argcheck(L, d.nout > 0, 1, "a Program without results");
  d.ncaptured = lua_isnoneornil(L, 4) ? 0 : tg_checkwhole(L, 4, 0, d.nin);
  d.wrt = read_positions(L, 3, d.nin, &d.nwrt);
  d.of = read_positions(L, 5, d.nout, &d.nmore);
  if (is_kind(&d, "jvp") || is_kind(&d, "hvp")) d.nmore = d.nwrt;
  max = d.nout + d.nwrt * (is_kind(&d, "hessian") ? d.nwrt : d.nout) + d.nout +
        d.nwrt;
  d.in = (tg_id *)tg_newscratch(L, d.nin + d.nmore, sizeof *d.in);
  d.xs = (tg_id *)tg_newscratch(L, d.nwrt, sizeof *d.xs);
  d.out = (tg_id *)tg_newscratch(L, d.nout, sizeof *d.out);
  d.row = (tg_id *)tg_newscratch(L, d.nwrt, sizeof *d.row);
  d.results = (tg_id *)tg_newscratch(L, max, sizeof *d.results);
  d.nresults = 0;
  return build(L, make_derived, &d, 1, 1);
}

int tg_arrangeprogram (lua_State *L, const tg_program *p,
                       const unsigned char *shared) {
  const int top = lua_gettop(L);
  tg_owner *o = tg_newowner(L);
  tg_hookpoll hooks;
  tg_status status;
  tg_hookpoll_begin(L, &hooks);
  status = tg_program_arrange(p, shared, &o->memory, &hooks.poll, &o->program);
  tg_hookpoll_end(&hooks, status);
  lua_settop(L, top + 1);
  if (status == TG_OK) tg_pushowned(L, o);
  lua_replace(L, top + 1);
  lua_settop(L, top + (status == TG_OK));
  return status == TG_OK;
}

/* Programs as Values */

/* Replaces the operands on the top by what instruction `code` makes of them. */
static void apply_code (lua_State *L, unsigned code) {
  const int zero = code >= TG_X_zmadd;
  if (code < TG_NOPS) {
    tg_applytop(L, (tg_opcode)code);
    return;
  }
  if (code == TG_X_stop) {
    tg_detachtop(L);
    return;
  }
  lua_insert(L, -3); /* the third operand goes below the factors */
  tg_applytop(L, zero ? TG_OP_zmul : TG_OP_mul);
  if (code == TG_X_mrsub || code == TG_X_zmrsub) lua_insert(L, -2);
  tg_applytop(L,
              code == TG_X_madd || code == TG_X_zmadd ? TG_OP_add : TG_OP_sub);
}

/* Pushes what a call makes of the operands in the table at `slots`. */
static void apply_call (lua_State *L, const tg_cursor *at, int slots) {
  const tg_operation *op = at->operation;
  const int first = lua_gettop(L) + 1;
  double x[TG_MAXOPERANDS];
  int i;
  luaL_checkstack(L, op->arity + LUA_MINSTACK, "many operands");
  if (at->at.b == 0) tg_pushoperation(L, op);
  for (i = 0; i < op->arity; i++)
    lua_rawgeti(L, slots, (int)at->operands[i] + 1);
  if (at->at.b == 0) {
    lua_call(L, op->arity, 1);
    return;
  }
  for (i = 0; i < op->arity; i++) { /* a partial, of which there are no more */
    if (lua_type(L, first + i) != LUA_TNUMBER)
      tg_usererror(L, TG_ONCEMESSAGE, op->name);
    x[i] = (double)lua_tonumber(L, first + i);
  }
  lua_settop(L, first - 1);
  lua_pushnumber(L, (lua_Number)tg_calloperation(op, at->at.b, x));
}

/* expand(program, inputs): the same operations on a table of Values. */
static int expand (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "expand");
  const double *constants = tg_program_constants(p);
  enum { SLOTS = 3 };
  tg_cursor at;
  unsigned i, steps = 0;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_createtable(L, (int)p->nslots, 0);
  for (i = 0; i < p->ninputs; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    lua_rawseti(L, SLOTS, (int)i + 1);
  }
  for (i = 0; i < p->nconstants; i++) {
    lua_pushnumber(L, (lua_Number)constants[i]);
    lua_rawseti(L, SLOTS, (int)(p->ninputs + i) + 1);
  }
  tg_cursor_init(&at, p);
  while (tg_cursor_next(&at)) {
    const int arity = tg_code_arity(at.at.code);
    if (arity > 0) lua_rawgeti(L, SLOTS, (int)at.at.a + 1);
    if (arity > 1) lua_rawgeti(L, SLOTS, (int)at.at.b + 1);
    if (arity > 2) lua_rawgeti(L, SLOTS, (int)at.c + 1);
    if (arity > 0)
      apply_code(L, at.at.code);
    else
      apply_call(L, &at, SLOTS);
    lua_rawseti(L, SLOTS, (int)at.at.dst + 1);
    tg_pollat(L, steps++);
  }
  lua_createtable(L, (int)p->noutputs, 0);
  for (i = 0; i < p->noutputs; i++) {
    lua_rawgeti(L, SLOTS, (int)tg_program_results(p)[i] + 1);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

void tg_add_building_functions (lua_State *L) {
  tg_add(L, "record", record);
  tg_add(L, "captured", captured);
  tg_add(L, "derive", derive);
  tg_add(L, "expand", expand);
}

#endif
