/*
** batch.c: Program:batch, a Program over the rows of Tensors.
*/
#include "../../engine/compact.h"

#include <stdint.h>
#include <string.h>

#include "../../engine/batch/batch.h"
#include "../lua/advice.h"
#include "kernels.h"
#include "shapes.h"
#include "../lua/poll.h"
#include "program.h"
#include "../tensors/tensor.h"

#ifndef TG_NO_BATCH

/* `got`: where on the stack what came is; 0: it is no one value. */
static int bad_option (lua_State *L, const char *name, const char *expected,
                       int got) {
  const char *shown = "others";
  if (got != 0 && lua_type(L, got) == LUA_TSTRING)
    shown = lua_pushfstring(L, "\"%s\"", lua_tostring(L, got));
  else if (got != 0 && lua_type(L, got) == LUA_TNUMBER)
    shown = tg_pushnumber(L, (double)lua_tonumber(L, got));
  else if (got != 0)
    shown = tg_typename(L, got);
  return tg_usererror(L, "bad option '%s' to 'batch' (%s expected, got %s)",
                      name, expected, shown);
}

/* Option `name` of the table at `opts` as a word of `words`; 0 if absent. */
static int word_option (lua_State *L, int opts, const char *name,
                        const char *const *words, const char *expected) {
  int i, found = 0;
  lua_getfield(L, opts, name);
  if (!lua_isnil(L, -1)) {
    const char *word =
      lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (i = 1; words[i] != NULL; i++)
      if (strcmp(word, words[i]) == 0) found = i;
    if (found == 0) bad_option(L, name, expected, -1);
  }
  lua_pop(L, 1);
  return found;
}

/* Pushes the rows to take, of `most`, as an array; NULL: all. */
static size_t *rows_option (lua_State *L, int opts, size_t most, size_t *n) {
  const tg_tensor *t;
  size_t *chosen, i;
  lua_getfield(L, opts, "rows");
  if (lua_isnil(L, -1)) return NULL;
  t = tg_testtensor(L, -1);
  if (t == NULL && !lua_istable(L, -1))
    bad_option(L, "rows", "table or Tensor of row numbers", -1);
  *n = t != NULL ? t->count : tg_checklist(L, lua_gettop(L));
  chosen = (size_t *)tg_newscratch(L, *n, sizeof *chosen);
  for (i = 0; i < *n; i++) {
    double row;
    if (t != NULL)
      row = t->data[i];
    else {
      lua_rawgeti(L, -2, (int)i + 1);
      row = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0.0;
      lua_pop(L, 1);
    }
    if (!(row >= 1.0 && row <= (double)most) || row != (double)(size_t)row) {
      lua_pushnumber(L, (lua_Number)row);
      bad_option(L, "rows", "numbers of rows from 1 to that of the Tensors",
                 -1);
    }
    chosen[i] = (size_t)row - 1;
  }
  return chosen;
}

/* Is argument k among those that the option at `shared`, which batch.lua has
   checked, names? */
static int is_shared (lua_State *L, int shared, int k) {
  int i, found = 0, end = 0;
  if (lua_type(L, shared) == LUA_TNUMBER)
    return lua_tonumber(L, shared) == (lua_Number)k;
  if (!lua_istable(L, shared)) return 0;
  for (i = 1; !found && !end; i++) {
    lua_rawgeti(L, shared, i);
    found = lua_tonumber(L, -1) == (lua_Number)k;
    end = lua_isnil(L, -1);
    lua_pop(L, 1);
  }
  return found;
}

/*
** Lets reduced results go to numbers[i], or into the Tensors that the table at
** `out` holds for some of them (`keep`: see layouts.h); layouts: of the n
** results.
*/
static void place_reduced (lua_State *L, int layouts, int n, int out, int keep,
                           double *numbers, size_t nout, tg_place *places) {
  size_t i;
  int k;
  for (i = 0; i < nout; i++) {
    places[i].data = &numbers[i];
    places[i].stride = 0;
  }
  for (k = 1; lua_istable(L, out) && k <= n; k++) {
    const int top = lua_gettop(L);
    lua_rawgeti(L, layouts, k);
    lua_rawgeti(L, out, k);
    if (tg_testtensor(L, top + 2) != NULL &&
        !tg_placetensor(L, top + 1, top + 2, places, keep))
      bad_option(L, "out", "Tensors shaped as the results", 0);
    lua_settop(L, top);
  }
}

/* Pushes n reduced results: the Tensors of place_reduced, and numbers. */
static int push_reduced (lua_State *L, int layouts, int n, int out,
                         const double *numbers) {
  int k;
  for (k = 1; k <= n; k++) {
    const int top = lua_gettop(L);
    if (lua_istable(L, out)) {
      lua_rawgeti(L, out, k);
      if (tg_testtensor(L, -1) != NULL) continue;
    }
    lua_rawgeti(L, layouts, k);
    tg_pushtree(L, lua_gettop(L), numbers);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
  }
  return n;
}

/* The memory from the first to the last of a Tensor's numbers */
typedef struct range {
  uintptr_t begin, end;
} range;

/*
** Adds to n ranges that of `rows` numbers at `data`: the last one grows if they
** touch, as columns of one Tensor do. Returns how many there are then.
*/
static size_t add_range (range *list, size_t n, const double *data,
                         size_t stride, size_t rows) {
  range r;
  r.begin = (uintptr_t)data;
  r.end = (uintptr_t)(data + (rows - 1) * stride + 1);
  if (n > 0 && r.begin <= list[n - 1].end && list[n - 1].begin <= r.end) {
    if (r.begin < list[n - 1].begin) list[n - 1].begin = r.begin;
    if (r.end > list[n - 1].end) list[n - 1].end = r.end;
    return n;
  }
  list[n] = r;
  return n + 1;
}

/* Do results lie where arguments of `rows` rows do? */
static int overlap (lua_State *L, const tg_program *p, const tg_batch *job,
                    size_t rows) {
  const size_t nin = tg_program_inputs(p), nout = tg_program_outputs(p);
  range *in = (range *)tg_newscratch(L, nin + nout, sizeof *in);
  range *out = in + nin;
  size_t i, k, ins = 0, outs = 0;
  if (job->nrows == 0) return 0;
  for (i = 0; i < nin; i++)
    ins = add_range(in, ins, job->inputs[i].data, job->inputs[i].stride, rows);
  for (i = 0; i < nout; i++)
    outs = add_range(out, outs, job->outputs[i].data, job->outputs[i].stride,
                     job->nrows);
  for (i = 0; i < ins; i++)
    for (k = 0; k < outs; k++)
      if (in[i].begin < out[k].end && out[k].begin < in[i].end) return 1;
  return 0;
}

/*
** Pushes a workspace of `n` doubles: the one that the Program at 1 kept from
** the last batch, which it loses, or a new one.
*/
static double *take_workspace (lua_State *L, size_t n) {
  tg_getanchor(L, 1, 1);
  lua_getfield(L, -1, "workspace");
  if (lua_rawlen(L, -1) < n * sizeof(double)) {
    lua_pop(L, 1);
    tg_newscratch(L, n, sizeof(double));
  }
  lua_pushnil(L);
  lua_setfield(L, -3, "workspace");
  lua_remove(L, -2);
  return (double *)lua_touserdata(L, -1);
}

/* Pops the workspace at the top, for the next batch. */
static void keep_workspace (lua_State *L) {
  tg_getanchor(L, 1, 1);
  lua_insert(L, -2);
  lua_setfield(L, -2, "workspace");
  lua_pop(L, 1);
}

/*
** A Program arranged for what the rows share is made once it has paid: when as
** many rows have come, of batches that shared the same, as it takes to make it.
*/
#define MANYROWS 1024

/* Do the inputs share what the string at the top has a byte 1 for? */
static int shares_same (lua_State *L, const tg_column *inputs, size_t n) {
  const char *shared = lua_tostring(L, -1);
  size_t i;
  for (i = 0; shared != NULL && i < n; i++)
    if (shared[i] != (inputs[i].stride == 0)) return 0;
  return shared != NULL;
}

static void push_shared (lua_State *L, const tg_column *inputs, size_t n) {
  char *shared = (char *)tg_newscratch(L, n, 1);
  size_t i;
  for (i = 0; i < n; i++) shared[i] = inputs[i].stride == 0;
  lua_pushlstring(L, shared, n);
  lua_remove(L, -2);
}

/* Adds to the rows noted in the anchor at `anchor`; are there many now? */
static int count_rows (lua_State *L, int anchor, size_t n) {
  double rows;
  lua_getfield(L, anchor, "rows");
  rows = (double)lua_tonumber(L, -1) + (double)n;
  lua_pushnumber(L, rows < MANYROWS ? (lua_Number)rows : 0);
  lua_setfield(L, anchor, "rows");
  lua_pop(L, 1);
  return rows >= MANYROWS;
}

/*
** Pushes a value, and returns the Program at 1 or, kept alive by that value,
** the same arranged for the batch. Making it may run finalisers that batch the
** Program, too: it is kept with what it is arranged for, in any case.
*/
static const tg_program *push_arranged (lua_State *L, const tg_program *p,
                                        const tg_batch *job) {
  const int anchor = lua_gettop(L) + 1;
  const size_t n = tg_program_inputs(p);
  tg_getanchor(L, 1, 1);
  lua_getfield(L, anchor, "shared");
  if (!shares_same(L, job->inputs, n)) {
    push_shared(L, job->inputs, n);
    lua_replace(L, anchor + 1);
    lua_pushvalue(L, anchor + 1);
    lua_setfield(L, anchor, "shared");
    lua_pushnil(L);
    lua_setfield(L, anchor, "arranged");
    lua_pushnil(L);
    lua_setfield(L, anchor, "rows");
  }
  lua_getfield(L, anchor, "arranged");
  if (lua_isnil(L, -1) && count_rows(L, anchor, job->nrows) &&
      tg_arrangeprogram(L, p, (const unsigned char *)lua_tostring(L, -2))) {
    lua_pushvalue(L, -1);
    lua_setfield(L, anchor, "arranged");
    lua_pushvalue(L, anchor + 1);
    lua_setfield(L, anchor, "shared");
  }
  if (!lua_isnil(L, -1)) p = tg_checkprogram(L, lua_gettop(L), "batch");
  lua_replace(L, anchor);
  lua_settop(L, anchor);
  return p;
}

/* Is there something to gain by it? */
static int is_arrangeable (const tg_program *p, const tg_batch *job) {
  size_t i;
  if (job->reduce != TG_EACH) return 1;
  for (i = 0; i < tg_program_inputs(p); i++)
    if (job->inputs[i].stride == 0) return 1;
  return 0;
}

static int end_crew (lua_State *L) {
  tg_crew **crew = (tg_crew **)lua_touserdata(L, 1);
  if (*crew != NULL) tg_crew_end(*crew);
  return 0;
}

/*
** Pushes a place for a crew. A state that a hook closes finalises it first, so
** that no thread is left when memory is freed.
*/
static tg_crew **push_crew (lua_State *L) {
  tg_crew **crew = (tg_crew **)tg_newuserdata(L, sizeof *crew, 0);
  *crew = NULL;
  if (luaL_newmetatable(L, "tinygrad.crew")) {
    lua_pushcfunction(L, end_crew);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return crew;
}

static void run (lua_State *L, const tg_program *p, const tg_batch *job) {
  const int top = lua_gettop(L);
  tg_crew **crew = NULL;
  double *workspace;
  tg_hookpoll hooks;
  tg_status status;
  luaL_checkstack(L, LUA_MINSTACK, "too many results");
  if (is_arrangeable(p, job)) p = push_arranged(L, p, job);
  if (job->threads > 1) crew = push_crew(L);
  workspace = take_workspace(L, tg_batch_workspace(p, job));
  tg_hookpoll_begin(L, &hooks);
  status = tg_batch_run(p, job, workspace, &hooks.poll, crew);
  tg_hookpoll_end(&hooks, status);
  lua_pop(L, 1);
  keep_workspace(L);
  lua_settop(L, top);
}

/* What the option `vectors` allows, of the kernels at stack position `at` */
static const tg_kernels *kernels_option (lua_State *L, int opts, int at) {
  static const char *const isas[] = { "", "plain", "avx2", "avx512", NULL };
  const tg_kernelset *set =
    (const tg_kernelset *)luaL_checkudata(L, at, TG_KERNELS_TYPE);
  const int isa =
    word_option(L, opts, "vectors", isas, "\"plain\", \"avx2\" or \"avx512\"");
  if (set->mark != TG_KERNELS_MARK)
    tg_error(L, "batch: tinygrad.kernels is not of the same build as "
                "tinygrad.core: install both from one source");
  return set->best(isa == 0 ? TG_ISA_BEST : (tg_isa)(isa - 1));
}

/*
** batch(program, arguments, opts, captured, kernels): see Program:batch.
** Returns the results, or nothing if an argument does not fit.
*/
static int batch (lua_State *L) {
  static const char *const reductions[] = { "", "sum", "mean", NULL };
  enum { ARGUMENTS = 2, OPTS, CAPTURED, KERNELS, LAYOUTS };
  const tg_program *p = tg_checkprogram(L, 1, "batch");
  const size_t nin = tg_program_inputs(p), nout = tg_program_outputs(p);
  tg_column *columns;
  tg_place *places;
  double *numbers, *results, threads;
  size_t rows = 0, most, ncaptured, i;
  tg_batch job;
  int k, n, layouts, shared, keep, out, ok = 1;
  luaL_checktype(L, ARGUMENTS, LUA_TTABLE);
  luaL_checktype(L, OPTS, LUA_TTABLE);
  ncaptured = tg_checklist(L, CAPTURED);
  luaL_argcheck(L, ncaptured <= nin, CAPTURED, "too many captured numbers");
  lua_settop(L, KERNELS);
  if (!tg_pushlayouts(L, "batch_layouts")) return 0;
  n = (int)lua_rawlen(L, LAYOUTS);
  lua_getfield(L, OPTS, "shared");
  shared = lua_gettop(L);
  lua_newtable(L);
  keep = lua_gettop(L);
  columns = (tg_column *)tg_newscratch(L, nin, sizeof *columns);
  numbers = (double *)tg_newscratch(L, nin, sizeof *numbers);
  for (i = 0; i < nin; i++) {
    numbers[i] = 0.0;
    columns[i].data = &numbers[i];
    columns[i].stride = 0;
  }
  for (k = 1; ok && k <= n; k++) {
    const int top = lua_gettop(L);
    lua_rawgeti(L, LAYOUTS, k);
    lua_rawgeti(L, ARGUMENTS, k);
    ok = tg_readcolumns(L, top + 1, top + 2, numbers, columns,
                        is_shared(L, shared, k) ? NULL : &rows, keep);
    lua_settop(L, top);
  }
  if (!ok || rows == 0) return 0;
  most = rows - 1;
  for (i = 0; i < ncaptured; i++) { /* the last inputs */
    lua_rawgeti(L, CAPTURED, (int)i + 1);
    numbers[nin - ncaptured + i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  job.nrows = most;
  job.rows = rows_option(L, OPTS, most, &job.nrows);
  job.inputs = columns;
  job.reduce = (tg_reduction)word_option(L, OPTS, "reduce", reductions,
                                         "\"sum\" or \"mean\"");
  job.kernels = kernels_option(L, OPTS, KERNELS);
  lua_getfield(L, OPTS, "threads");
  threads = lua_isnil(L, -1)                 ? 1.0
            : lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1)
                                             : 0.0;
  if (!(threads >= 1.0 && threads <= 1024.0) ||
      threads != (double)(unsigned)threads)
    bad_option(L, "threads", "number from 1 to 1024", -1);
  job.threads = (unsigned)threads;
  places = (tg_place *)tg_newscratch(L, nout, sizeof *places);
  results = (double *)tg_newscratch(L, nout, sizeof *results);
  job.outputs = places;
  if (!tg_pushlayouts(L, "result_layouts"))
    return tg_usererror(L, "batch: the function's results are not just tables "
                           "of numbers");
  layouts = lua_gettop(L);
  n = (int)lua_rawlen(L, layouts);
  luaL_checkstack(L, 2 * n + LUA_MINSTACK, "too many results");
  lua_getfield(L, OPTS, "out");
  out = lua_gettop(L);
  if (!lua_isnil(L, out) && !lua_istable(L, out))
    bad_option(L, "out", "table of what an earlier batch returned", out);
  if (job.reduce != TG_EACH)
    place_reduced(L, layouts, n, out, keep, results, nout, places);
  else {
    for (k = 1; k <= n; k++) {
      const int top = lua_gettop(L);
      lua_rawgeti(L, layouts, k);
      if (lua_istable(L, out))
        lua_rawgeti(L, out, k);
      else
        lua_pushnil(L);
      if (!tg_pushplaces(L, top + 1, lua_isnil(L, top + 2) ? 0 : top + 2,
                         job.nrows, places, keep))
        bad_option(L, "out", "results of a batch of as many rows", 0);
      lua_replace(L, top + 1);
      lua_settop(L, top + 1);
    }
    if (lua_istable(L, out)) {
      if (overlap(L, p, &job, most))
        bad_option(L, "out", "Tensors that are no arguments", 0);
      lua_pop(L, 1);
    }
  }
  run(L, p, &job);
  if (job.reduce == TG_EACH) return n;
  return push_reduced(L, layouts, n, out, results);
}

void tg_add_batch_functions (lua_State *L) { tg_add(L, "batch", batch); }

#endif
