/*
** batch.c: Program:batch, which runs a Program over the rows of Tensors.
*/
#include "batch.h"

#include <stdint.h>
#include <string.h>

#include "../../engine/batch/batch.h"
#include "../lua/errors.h"
#include "../lua/numerals.h"
#include "../lua/poll.h"
#include "../tensors/tensor.h"
#include "arrange.h"
#include "kernels.h"
#include "program.h"
#include "shapes.h"

#ifndef TG_NO_BATCH

/* A batch: what it reads and where its results go */
typedef struct job {
  const tg_program *p;
  size_t nin, nout;
  size_t ncaptured;         /* the last inputs, which are no arguments */
  int narguments, nresults; /* how many trees */
  double *numbers;          /* numbers that all rows share, by input */
  double *reduced;          /* results that are one for all rows */
  tg_column *columns;       /* where each input is read */
  tg_place *places;         /* where each result is written */
  size_t rows;              /* of each Tensor among the arguments */
  tg_batch batch;
} job;

/* Stack indices */
enum {
  AT_PROGRAM = 1,
  AT_ARGUMENTS,
  AT_OPTS,
  AT_CAPTURED,
  AT_KERNELS,
  AT_ARGUMENT_SHAPES,
  AT_RESULT_SHAPES, /* nil if a result is more than numbers and tables */
  AT_SHARED,
  AT_OUT,
  AT_KEEP /* a list of Tensors that must live; the memory of `job` follows */
};

/* Options */

/* Raises the error for option `name`; `got` says what came. */
static int refuse_option (lua_State *L, const char *name, const char *expected,
                          const char *got) {
  return tg_usererror(L, "bad option '%s' to 'batch' (%s expected, got %s)",
                      name, expected, got);
}

/* Raises the error for option `name`; what came is at `index`. */
static int bad_option (lua_State *L, const char *name, const char *expected,
                       int index) {
  const char *got = tg_typename(L, index);
  if (lua_type(L, index) == LUA_TSTRING)
    got = lua_pushfstring(L, "\"%s\"", lua_tostring(L, index));
  else if (lua_type(L, index) == LUA_TNUMBER)
    got = tg_pushnumber(L, (double)lua_tonumber(L, index));
  return refuse_option(L, name, expected, got);
}

/* Returns which of `words` (from 1 on) option `name` of the table at `opts` is;
   0 if it is absent. */
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

/* Returns element i (from 0) of the option `rows`: of the Tensor t, or, if that
   is NULL, of the table on the top. */
static double get_row (lua_State *L, const tg_tensor *t, size_t i) {
  double row = 0.0;
  if (t != NULL) return t->data[i];
  lua_rawgeti(L, -1, (int)i + 1);
  if (lua_type(L, -1) == LUA_TNUMBER) row = (double)lua_tonumber(L, -1);
  lua_pop(L, 1);
  return row;
}

/* Returns the index (from 0) of the row that has the number `row`. */
static size_t check_row (lua_State *L, double row, size_t most) {
  if (!(row >= 1.0 && row <= (double)most) || row != (double)(size_t)row)
    refuse_option(L, "rows",
                  lua_pushfstring(L, "row numbers from 1 to %s",
                                  tg_pushnumber(L, (double)most)),
                  tg_pushnumber(L, row));
  return (size_t)row - 1;
}

/* Pushes and returns an array of the indices of the *n chosen rows; NULL if the
   option is absent, for all. */
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
  lua_insert(L, -2);
  for (i = 0; i < *n; i++) chosen[i] = check_row(L, get_row(L, t, i), most);
  lua_pop(L, 1);
  return chosen;
}

/* Returns the best kernels that the option `vectors` allows, of those at stack
   index `at`. */
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

static unsigned threads_option (lua_State *L, int opts) {
  double threads = 1.0;
  lua_getfield(L, opts, "threads");
  if (!lua_isnil(L, -1))
    threads =
      lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0.0;
  if (!(threads >= 1.0 && threads <= 1024.0) ||
      threads != (double)(unsigned)threads)
    bad_option(L, "threads", "number from 1 to 1024", -1);
  lua_pop(L, 1);
  return (unsigned)threads;
}

/* Reads all options but `shared` and `out` into j->batch. */
static void read_options (lua_State *L, job *j) {
  static const char *const reductions[] = { "", "sum", "mean", NULL };
  tg_batch *b = &j->batch;
  b->nrows = j->rows;
  b->rows = rows_option(L, AT_OPTS, j->rows, &b->nrows);
  b->inputs = j->columns;
  b->outputs = j->places;
  b->reduce = (tg_reduction)word_option(L, AT_OPTS, "reduce", reductions,
                                        "\"sum\" or \"mean\"");
  b->kernels = kernels_option(L, AT_OPTS, AT_KERNELS);
  b->threads = threads_option(L, AT_OPTS);
}

/* Arguments */

/* Returns whether the option at `shared`, which batch.lua has checked, names
   argument k. */
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

/* Checks the arguments of batch() and pushes what AT_ARGUMENT_SHAPES and the
   rest name. Returns 0 if an argument of the Program is no tree of numbers. */
static int begin_job (lua_State *L, job *j) {
  j->p = tg_checkprogram(L, AT_PROGRAM, "batch");
  j->nin = tg_program_inputs(j->p);
  j->nout = tg_program_outputs(j->p);
  luaL_checktype(L, AT_ARGUMENTS, LUA_TTABLE);
  luaL_checktype(L, AT_OPTS, LUA_TTABLE);
  j->ncaptured = tg_checklist(L, AT_CAPTURED);
  luaL_argcheck(L, j->ncaptured <= j->nin, AT_CAPTURED,
                "too many captured numbers");
  lua_settop(L, AT_KERNELS);
  if (!tg_pushshapes(L, "batch_shapes")) return 0;
  tg_pushshapes(L, "result_shapes");
  lua_getfield(L, AT_OPTS, "shared");
  lua_getfield(L, AT_OPTS, "out");
  lua_newtable(L);
  j->narguments = (int)lua_rawlen(L, AT_ARGUMENT_SHAPES);
  j->columns = (tg_column *)tg_newscratch(L, j->nin, sizeof *j->columns);
  j->numbers = (double *)tg_newscratch(L, j->nin, sizeof *j->numbers);
  j->places = (tg_place *)tg_newscratch(L, j->nout, sizeof *j->places);
  j->reduced = (double *)tg_newscratch(L, j->nout, sizeof *j->reduced);
  return 1;
}

/* Reads the captured numbers as the last inputs, which all rows share. */
static void read_captured (lua_State *L, job *j) {
  const size_t n = j->ncaptured;
  size_t i;
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, AT_CAPTURED, (int)i + 1);
    j->numbers[j->nin - n + i] = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

/* Reads the arguments as columns, each one number for all rows or a number for
   each row. Returns 0 if an argument does not fit. */
static int read_columns (lua_State *L, job *j) {
  const int top = lua_gettop(L);
  size_t i, rows = 0;
  int k, ok = 1;
  for (i = 0; i < j->nin; i++) {
    j->numbers[i] = 0.0;
    j->columns[i].data = &j->numbers[i];
    j->columns[i].stride = 0;
  }
  for (k = 1; ok && k <= j->narguments; k++) {
    lua_rawgeti(L, AT_ARGUMENT_SHAPES, k);
    lua_rawgeti(L, AT_ARGUMENTS, k);
    ok = tg_readcolumns(L, top + 1, top + 2, j->numbers, j->columns,
                        is_shared(L, AT_SHARED, k) ? NULL : &rows, AT_KEEP);
    lua_settop(L, top);
  }
  if (!ok || rows == 0) return 0;
  j->rows = rows - 1;
  read_captured(L, j);
  return 1;
}

/* Results */

/* The addresses from the first to the last of a Tensor's numbers */
typedef struct range {
  uintptr_t begin, end;
} range;

/*
** Appends the range of `rows` numbers at `data` to n ranges, or extends the
** last one if they touch, as columns of one Tensor do. Returns how many ranges
** the list has then.
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

/* Returns whether a result would be written where an argument is read. */
static int overlap (lua_State *L, const job *j) {
  range *in = (range *)tg_newscratch(L, j->nin + j->nout, sizeof *in);
  range *out = in + j->nin;
  const size_t nrows = j->batch.nrows;
  size_t i, k, ins = 0, outs = 0;
  int found = 0;
  for (i = 0; nrows > 0 && i < j->nin; i++)
    ins = add_range(in, ins, j->columns[i].data, j->columns[i].stride, j->rows);
  for (i = 0; nrows > 0 && i < j->nout; i++)
    outs = add_range(out, outs, j->places[i].data, j->places[i].stride, nrows);
  for (i = 0; i < ins; i++)
    for (k = 0; k < outs; k++)
      found |= in[i].begin < out[k].end && out[k].begin < in[i].end;
  lua_pop(L, 1);
  return found;
}

/* Sets the places of reduced results: numbers, or the Tensors that the table at
   AT_OUT holds for some of them. */
static void place_reduced (lua_State *L, job *j) {
  const int top = lua_gettop(L);
  size_t i;
  int k;
  for (i = 0; i < j->nout; i++) {
    j->places[i].data = &j->reduced[i];
    j->places[i].stride = 0;
  }
  for (k = 1; lua_istable(L, AT_OUT) && k <= j->nresults; k++) {
    lua_rawgeti(L, AT_RESULT_SHAPES, k);
    lua_rawgeti(L, AT_OUT, k);
    if (tg_testtensor(L, top + 2) != NULL &&
        !tg_placetensor(L, top + 1, top + 2, j->places, AT_KEEP))
      refuse_option(L, "out", "Tensors shaped as the results",
                    "one of another shape");
    lua_settop(L, top);
  }
}

/* Pushes the trees of Tensors for a result in each row, new ones or those at
   AT_OUT, and sets the places in them. */
static void place_rows (lua_State *L, job *j) {
  int k;
  for (k = 1; k <= j->nresults; k++) {
    const int top = lua_gettop(L);
    lua_rawgeti(L, AT_RESULT_SHAPES, k);
    if (lua_istable(L, AT_OUT))
      lua_rawgeti(L, AT_OUT, k);
    else
      lua_pushnil(L);
    if (!tg_pushplaces(L, top + 1, lua_isnil(L, top + 2) ? 0 : top + 2,
                       j->batch.nrows, j->places, AT_KEEP))
      refuse_option(L, "out", "results of a batch of as many rows",
                    "one of another shape");
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
  }
  if (lua_istable(L, AT_OUT) && overlap(L, j))
    refuse_option(L, "out", "Tensors that are no arguments",
                  "one that overlaps an argument");
}

/* Counts the results and sets their places; see place_rows, place_reduced. */
static void place_results (lua_State *L, job *j) {
  if (!lua_istable(L, AT_RESULT_SHAPES))
    tg_usererror(L, "batch: the function's results are not just tables of "
                    "numbers");
  j->nresults = (int)lua_rawlen(L, AT_RESULT_SHAPES);
  luaL_checkstack(L, 2 * j->nresults + LUA_MINSTACK, "too many results");
  if (!lua_isnil(L, AT_OUT) && !lua_istable(L, AT_OUT))
    bad_option(L, "out", "table of what an earlier batch returned", AT_OUT);
  if (j->batch.reduce == TG_EACH)
    place_rows(L, j);
  else
    place_reduced(L, j);
}

/* Pushes the reduced results: the Tensors at AT_OUT, and trees of numbers. */
static void push_reduced (lua_State *L, const job *j) {
  int k;
  for (k = 1; k <= j->nresults; k++) {
    const int top = lua_gettop(L);
    if (lua_istable(L, AT_OUT)) {
      lua_rawgeti(L, AT_OUT, k);
      if (tg_testtensor(L, -1) != NULL) continue;
    }
    lua_rawgeti(L, AT_RESULT_SHAPES, k);
    tg_pushtree(L, lua_gettop(L), j->reduced);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
  }
}

/* Running */

/*
** Pushes a workspace of `n` doubles: the one that the Program at 1 kept from
** the last batch, or a new one. The Program's anchor loses it, so that a batch
** begun by a hook takes another.
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

/* Pops the workspace at the top, and keeps it for the next batch. */
static void keep_workspace (lua_State *L) {
  tg_getanchor(L, 1, 1);
  lua_insert(L, -2);
  lua_setfield(L, -2, "workspace");
  lua_pop(L, 1);
}

/* __gc of a crew's place: ends its threads. */
static int end_crew (lua_State *L) {
  tg_crew **crew = (tg_crew **)lua_touserdata(L, 1);
  if (*crew != NULL) tg_crew_end(*crew);
  return 0;
}

/*
** Pushes a place for the threads of a batch. If a hook closes the state, the
** finaliser of this place ends the threads before Lua frees the memory that
** they use.
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

/* Runs the batch, whose results go to j->places. */
static void run (lua_State *L, const job *j) {
  const int top = lua_gettop(L);
  const tg_program *p = j->p;
  tg_crew **crew = NULL;
  double *workspace;
  tg_hookpoll hooks;
  tg_status status;
  luaL_checkstack(L, LUA_MINSTACK, "too many results");
  if (tg_isarrangeable(p, &j->batch)) p = tg_pusharranged(L, p, &j->batch);
  if (j->batch.threads > 1) crew = push_crew(L);
  workspace = take_workspace(L, tg_batch_workspace(p, &j->batch));
  tg_hookpoll_begin(L, &hooks);
  status = tg_batch_run(p, &j->batch, workspace, &hooks.poll, crew);
  tg_hookpoll_end(&hooks, status);
  keep_workspace(L);
  lua_settop(L, top);
}

/*
** batch(program, arguments, opts, captured, kernels): see Program:batch.
** Returns the results, or nothing if an argument does not fit.
*/
static int batch (lua_State *L) {
  job j;
  if (!begin_job(L, &j) || !read_columns(L, &j)) return 0;
  read_options(L, &j);
  place_results(L, &j);
  run(L, &j);
  if (j.batch.reduce != TG_EACH) push_reduced(L, &j);
  return j.nresults;
}

void tg_add_batch_functions (lua_State *L) { tg_add(L, "batch", batch); }

#endif
