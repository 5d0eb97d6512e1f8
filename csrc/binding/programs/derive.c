/*
** derive.c: makes Programs for the derivatives of Programs.
*/
#include "derive.h"

#include <stdint.h>
#include <string.h>

#include "../../engine/program/derive.h"
#include "../../engine/program/program.h"
#include "../lua/errors.h"
#include "ir.h"
#include "program.h"

#ifndef TG_NO_PROGRAM

/* What the new Program is to compute; see derive */
typedef struct derivation {
  const tg_program *program;
  const char *what;
  size_t nin, nout, nwrt;
  size_t ncaptured; /* the last inputs, which are no arguments */
  size_t nmore;     /* further inputs: tangents or cotangents */
  unsigned *wrt;    /* inputs to differentiate by */
  unsigned *of;     /* vjp: to which result each cotangent belongs */
  tg_id *in;        /* items of the inputs, then of the further inputs */
  tg_id *xs;        /* items of the inputs to differentiate by */
  tg_id *out;       /* items of the program's results */
  tg_id *results;   /* items of the new Program's results */
  size_t nresults;
  tg_id *row; /* room for a gradient */
} derivation;

static void add_result (derivation *d, tg_id id) {
  d->results[d->nresults++] = id;
}

/* Adds the gradient of item y to the results. */
static void add_gradient (tg_ir *ir, derivation *d, tg_id y) {
  tg_ir_gradient(ir, y, tg_ir_const(ir, 1.0), d->xs, d->nwrt,
                 d->results + d->nresults);
  d->nresults += d->nwrt;
}

static int is_kind (const derivation *d, const char *what) {
  return strcmp(d->what, what) == 0;
}

/* Adds the tangents of n items ys to the results. */
static void add_tangents (tg_ir *ir, derivation *d, const tg_id *ys, size_t n) {
  tg_ir_tangents(ir, ys, n, d->xs, d->in + d->nin, d->nwrt,
                 d->results + d->nresults);
  d->nresults += n;
}

/* Adds the gradient of the sum of ys[of[i]] times further input i, over all i;
   of[i] is i if `of` is NULL. */
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

/* Returns which input of the new Program item in[i] is. The further inputs are
   arguments, and come before the captured ones. */
static unsigned input_number (const derivation *d, size_t i) {
  const size_t arguments = d->nin - d->ncaptured;
  if (i < arguments) return (unsigned)i;
  if (i >= d->nin) return (unsigned)(i - d->ncaptured);
  return (unsigned)(i + d->nmore);
}

/* Adds the results of a derivative of first order, after the program's own if
   they are wanted. */
static void add_first_order (tg_ir *ir, derivation *d) {
  size_t i;
  if (!is_kind(d, "grad") && !is_kind(d, "jacobian"))
    for (i = 0; i < d->nout; i++) add_result(d, d->out[i]);
  if (is_kind(d, "jvp"))
    add_tangents(ir, d, d->out, d->nout);
  else if (is_kind(d, "vjp"))
    add_product(ir, d, d->out, d->of);
  else
    for (i = 0; i < d->nout; i++) add_gradient(ir, d, d->out[i]);
}

/* Adds the results of "hessian" or "hvp". */
static void add_second_order (tg_ir *ir, derivation *d) {
  size_t i;
  tg_ir_gradient(ir, d->out[0], tg_ir_const(ir, 1.0), d->xs, d->nwrt, d->row);
  if (ir->status != TG_OK) return;
  if (is_kind(d, "hvp"))
    add_product(ir, d, d->row, NULL);
  else
    for (i = 0; i < d->nwrt; i++) add_gradient(ir, d, d->row[i]);
}

/* Makes the new Program, as a tg_maker. */
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
  if (is_kind(d, "hessian") || is_kind(d, "hvp"))
    add_second_order(ir, d);
  else
    add_first_order(ir, d);
  if (ir->status == TG_OK)
    *result = tg_program_layout(ir, (unsigned)nin, d->results,
                                (unsigned)d->nresults, NULL);
}

/* Pushes and returns an array of the *n positions in the table at `index`, less
   1; they must be from 1 to `most`. */
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

static tg_id *push_ids (lua_State *L, size_t n) {
  return (tg_id *)tg_newscratch(L, n, sizeof(tg_id));
}

/* Returns how many gradients are among the results. */
static size_t count_gradients (const derivation *d) {
  if (is_kind(d, "hessian")) return d->nwrt;
  if (is_kind(d, "jvp")) return 0;
  return is_kind(d, "hvp") || is_kind(d, "vjp") ? 1 : d->nout;
}

/* Returns an upper bound of how many results the new Program has; raises an
   error if it is beyond all memory. */
static size_t count_results (lua_State *L, const derivation *d) {
  const uint64_t n =
    (uint64_t)d->nwrt * count_gradients(d) + (uint64_t)2 * d->nout;
  if (n > 0x40000000) luaL_error(L, "not enough memory");
  return (size_t)n;
}

/* Pushes memory for the items of a derivation. */
static void push_items (lua_State *L, derivation *d) {
  d->in = push_ids(L, d->nin + d->nmore);
  d->xs = push_ids(L, d->nwrt);
  d->out = push_ids(L, d->nout);
  d->row = push_ids(L, d->nwrt);
  d->results = push_ids(L, count_results(L, d));
}

/*
** derive(program, what, wrt, captured, of): returns a Program for a derivative
** of `program` by the inputs whose positions are in the table `wrt`; the last
** `captured` inputs are no arguments. Its results, by `what`:
**   "grad"            the gradient of the one result
**   "value_and_grad"  the result and its gradient
**   "jacobian"        a gradient for each result
**   "hessian"         a row for each input
**   "jvp"             the results and their tangents
**   "vjp"             the results and the gradient of their sum, each times its
**                     cotangent
**   "hvp"             the Hessian's product with the tangents
** The last three take further inputs, after the arguments: tangents, or for
** "vjp" the cotangents of the results whose positions are in the table `of`.
*/
static int derive (lua_State *L) {
  static const char *const kinds[] = {
    "grad", "value_and_grad", "jvp", "jacobian", "hessian", "hvp", "vjp", NULL
  };
  const tg_program *p = tg_checkprogram(L, 1, "derive");
  derivation d;
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
  push_items(L, &d);
  return tg_makeprogram(L, make_derived, &d, 1, 1);
}

void tg_add_derive_functions (lua_State *L) { tg_add(L, "derive", derive); }

#endif
