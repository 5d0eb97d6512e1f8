/*
** record.c: makes Programs from the Values of one call, and finds the Values
** that the call captured.
*/
#include "record.h"

#include "../lua/state.h"
#include "../values/pass.h"
#include "ir.h"

#include "../../engine/program/program.h"
#include "../../engine/program/record.h"

#ifndef TG_NO_PROGRAM

/* A recording, and room for the items of its results */
typedef struct recording {
  tg_recording nodes;
  tg_id *out;
} recording;

/* Returns the node of argument 1, the root of a recording. */
static tg_node *check_root (lua_State *L, const char *name) {
  tg_node *root = tg_checkself(L, name);
  luaL_argcheck(L, root->nedges > 0, 1, "result of an operation expected");
  return root;
}

/* Makes the Program of a recording, as a tg_maker. */
static void make_recorded (tg_ir *ir, tg_program **result, void *data) {
  const recording *r = (const recording *)data;
  tg_ir_record(ir, &r->nodes, r->out);
  if (ir->status == TG_OK)
    *result = tg_program_layout(ir, (unsigned)r->nodes.ninputs, r->out,
                                (unsigned)r->nodes.nys, NULL);
}

/*
** record(root, inputs, made, results, simplify, hold): returns a Program that
** computes the Values in the table `results` from those in `inputs`; all are at
** or below root. `made` has the leaves that were made in the recording. Returns
** nil if the recording captured other Values, unless `hold`, by which their
** numbers become constants.
*/
static int record (lua_State *L) {
  recording r;
  r.nodes.root = check_root(L, "record");
  r.nodes.inputs = tg_pushnodes(L, 2, &r.nodes.ninputs);
  r.nodes.made = tg_pushnodes(L, 3, &r.nodes.nmade);
  r.nodes.ys = tg_pushnodes(L, 4, &r.nodes.nys);
  r.out = (tg_id *)tg_newscratch(L, r.nodes.nys, sizeof *r.out);
  return tg_makeprogram(L, make_recorded, &r, lua_toboolean(L, 5),
                        lua_toboolean(L, 6));
}

/* Sets names[found[i]], of the table at `names`, to the name of kinds[i]. */
static void name_kinds (lua_State *L, int names, tg_node *const *found,
                        const unsigned char *kinds, size_t n) {
  static const char *const words[] = { "", "leaf", "outer", "ended" };
  size_t i;
  for (i = 0; i < n; i++) {
    lua_pushlightuserdata(L, (void *)found[i]);
    lua_pushstring(L, words[kinds[i]]);
    lua_rawset(L, names);
  }
}

/* Pushes a list of names[node] for the n Values in the list at `values`. */
static void push_kinds (lua_State *L, int names, int values, size_t n) {
  size_t i;
  lua_newtable(L);
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, values, (int)i);
    lua_pushlightuserdata(L, lua_touserdata(L, -1));
    lua_rawget(L, names);
    lua_rawseti(L, -3, (int)i);
    lua_pop(L, 1);
  }
}

/*
** captured(root, inputs, made): returns a list of the Values that the recording
** of root captured, and a list of what each is: "leaf", "outer" or "ended"
** (engine/program/record.h).
*/
static int captured (lua_State *L) {
  enum { ROOT = 1, INPUTS, MADE, NAMES, FOUND };
  tg_node *root = check_root(L, "captured"), **inputs, **made, **found;
  size_t ninputs, nmade, n;
  unsigned char *kinds;
  tg_ordered below;
  tg_pass pass;
  const tg_poll *poll;
  lua_settop(L, MADE);
  lua_newtable(L);
  inputs = tg_pushnodes(L, INPUTS, &ninputs);
  made = tg_pushnodes(L, MADE, &nmade);
  tg_pushordered(L, &below, root, 0, NULL, 0);
  found = (tg_node **)tg_newscratch(L, below.edges, sizeof *found);
  kinds = (unsigned char *)tg_newscratch(L, below.edges, 1);
  poll = tg_pass_begin(L, &pass);
  tg_pass_end(&pass, tg_find_captured(below.nodes, below.count, inputs, ninputs,
                                      made, nmade, found, kinds, &n, poll));
  name_kinds(L, NAMES, found, kinds, n);
  lua_settop(L, NAMES);
  tg_findvalues(L, NAMES);
  push_kinds(L, NAMES, FOUND, n);
  return 2;
}

void tg_add_record_functions (lua_State *L) {
  tg_add(L, "record", record);
  tg_add(L, "captured", captured);
}

#endif
