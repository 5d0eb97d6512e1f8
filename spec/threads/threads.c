/*
** threads.c: evaluates one Program on many threads at a time (`make threads`;
** .ci/run also builds it with ThreadSanitizer). It makes the Program in a Lua
** state, copies it, closes the state, and checks that
**   - an evaluation requests no memory (counted if the C library is glibc and
**     no sanitizer has replaced malloc);
**   - THREADS threads, each with a workspace of its own and beginning at
**     another point, give bit for bit what one alone gives; and so do as many
**     threads that lend the Program to Lua states of their own;
**   - batches on several threads, and arranged, have the same sums;
**   - nothing is written outside workspaces and results, and the Program does
**     not change.
*/
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../preload.h"

#define SCRIPT "spec/threads/program.lua"
#define THREADS 8
#define POINTS 64 /* different inputs */
#define ROUNDS 4  /* how often each thread evaluates all points */
#define GUARDS 8  /* guard numbers on either side of an array */
#define GUARD 1234.5

static void fail (const char *what) {
  fprintf(stderr, "threads: %s\n", what);
  exit(1);
}

/* Requests to malloc, calloc and realloc */

static long requests;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS 1
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *block, size_t size);

static void count (void) { __atomic_add_fetch(&requests, 1, __ATOMIC_RELAXED); }

void *malloc (size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc (size_t n, size_t size) {
  count();
  return __libc_calloc(n, size);
}

void *realloc (void *block, size_t size) {
  count();
  return __libc_realloc(block, size);
}
#else
#define COUNTS 0
#endif

/* The Program */

static void *resize (void *data, void *block, size_t old, size_t size) {
  (void)data, (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const tg_allocator memory = { resize, NULL };

static int make_program (lua_State *L) {
  tg_program **copy = (tg_program **)lua_touserdata(L, 1);
  const tg_program *p;
  luaL_openlibs(L);
  preload_modules(L);
  if (luaL_loadfile(L, SCRIPT) != 0) return lua_error(L);
  lua_call(L, 0, 1);
  p = tg_toprogram(L, -1);
  if (p == NULL) return luaL_error(L, SCRIPT " must return a Program");
  *copy = tg_program_copy(p, &memory);
  return 0;
}

static tg_program *program_from_lua (void) {
  tg_program *p = NULL;
  lua_State *L = luaL_newstate();
  if (L == NULL) fail("no Lua state");
  lua_pushcfunction(L, make_program);
  lua_pushlightuserdata(L, &p);
  if (lua_pcall(L, 1, 0, 0) != 0) fail(lua_tostring(L, -1));
  lua_close(L);
  if (p == NULL) fail("not enough memory");
  return p;
}

/* Evaluating */

/* What a thread evaluates, and what it finds */
typedef struct job {
  const tg_program *program;
  const double *expected; /* the results of all points; NULL: store them */
  double *results;        /* where to store them */
  size_t first;           /* point to begin at */
  long requests;          /* how many for memory, while evaluating */
  const char *failure;    /* what is wrong, or NULL */
} job;

/* Returns a new array with guards on both sides. */
static double *guarded (size_t n) {
  double *block = (double *)malloc((n + 2 * GUARDS) * sizeof *block);
  size_t i;
  if (block == NULL) fail("not enough memory");
  for (i = 0; i < n + 2 * GUARDS; i++) block[i] = GUARD;
  return block + GUARDS;
}

/* Frees the array; returns whether its guards are intact. */
static int release_guarded (double *array, size_t n) {
  int whole = 1, i;
  for (i = 1; i <= GUARDS; i++)
    whole = whole && array[-i] == GUARD && array[n + (size_t)i - 1] == GUARD;
  free(array - GUARDS);
  return whole;
}

static double input_at (size_t point, size_t k) {
  return (double)((point * 7 + k * 13) % 41) / 10.0 - 2.0;
}

static int go_on (void *data) {
  (void)data;
  return 0;
}

/* Evaluates all points in C, ROUNDS times. */
static void *work (void *data) {
  job *j = (job *)data;
  const tg_program *p = j->program;
  const size_t nin = tg_program_inputs(p), nout = tg_program_outputs(p);
  const size_t slots = tg_program_workspace(p);
  const tg_poll poll = { go_on, NULL };
  double *workspace = guarded(slots), *in = guarded(nin), *out = guarded(nout);
  const long before = __atomic_load_n(&requests, __ATOMIC_RELAXED);
  size_t i, k;
  int intact;
  tg_workspace_init(p, workspace);
  for (i = 0; i < ROUNDS * POINTS; i++) {
    const size_t point = (j->first + i) % POINTS;
    for (k = 0; k < nin; k++) in[k] = input_at(point, k);
    if (tg_program_eval(p, workspace, in, out, i % 2 ? &poll : NULL) != TG_OK)
      j->failure = "an evaluation failed";
    if (j->expected == NULL)
      memcpy(j->results + point * nout, out, nout * sizeof *out);
    else if (memcmp(j->expected + point * nout, out, nout * sizeof *out) != 0)
      j->failure = "threads give different results";
  }
  j->requests = __atomic_load_n(&requests, __ATOMIC_RELAXED) - before;
  intact = release_guarded(workspace, slots);
  intact &= release_guarded(in, nin);
  intact &= release_guarded(out, nout);
  if (!intact)
    j->failure = "something was written outside workspace and results";
  return NULL;
}

/* Evaluates all points in Lua: lends the program to the state, and calls it. */
static int work_in_lua (lua_State *L) {
  job *j = (job *)lua_touserdata(L, 1);
  const size_t nin = tg_program_inputs(j->program);
  const size_t nout = tg_program_outputs(j->program);
  size_t i, k;
  luaL_openlibs(L);
  preload_modules(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "tinygrad");
  lua_call(L, 1, 0);
  lua_settop(L, 1);
  tg_pushprogram(L, j->program);
  for (i = 0; i < POINTS; i++) {
    const size_t point = (j->first + i) % POINTS;
    lua_pushvalue(L, 2);
    lua_newtable(L);
    for (k = 0; k < nin; k++) {
      lua_pushnumber(L, input_at(point, k));
      lua_rawseti(L, -2, (int)k + 1);
    }
    lua_call(L, 1, 1);
    for (k = 0; k < nout; k++) {
      lua_rawgeti(L, -1, (int)k + 1);
      if (lua_tonumber(L, -1) != j->expected[point * nout + k])
        j->failure = "a state that borrows has different results";
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return 0;
}

static void *work_in_state (void *data) {
  job *j = (job *)data;
  lua_State *L = luaL_newstate();
  if (L == NULL) fail("no Lua state");
  lua_pushcfunction(L, work_in_lua);
  lua_pushlightuserdata(L, j);
  if (lua_pcall(L, 1, 0, 0) != 0) fail(lua_tostring(L, -1));
  lua_close(L);
  return NULL;
}

typedef struct poll_record {
  int calls, stop;
} poll_record;

static int count_poll (void *data) {
  poll_record *r = (poll_record *)data;
  r->calls++;
  return r->stop;
}

static void run_threads (const tg_program *p, const double *expected,
                         void *(*run)(void *)) {
  pthread_t threads[THREADS];
  job jobs[THREADS];
  size_t t;
  for (t = 0; t < THREADS; t++) {
    job j = { NULL, NULL, NULL, 0, 0, NULL };
    j.program = p;
    j.expected = expected;
    j.first = t * POINTS / THREADS;
    jobs[t] = j;
    if (pthread_create(&threads[t], NULL, run, &jobs[t]) != 0)
      fail("no thread");
  }
  for (t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
  for (t = 0; t < THREADS; t++)
    if (jobs[t].failure != NULL) fail(jobs[t].failure);
}

/* Checks that a batch has the same sums, bit for bit, on one thread and on
   several, also if arranged for the first input, which all rows share. */
static void run_batches (const tg_program *p) {
  enum { ROWS = 20000 };
  const size_t nin = tg_program_inputs(p), nout = tg_program_outputs(p);
  double *data = (double *)malloc(ROWS * nin * sizeof *data);
  double *sums = (double *)malloc(2 * nout * sizeof *sums);
  tg_column *columns = (tg_column *)malloc(nin * sizeof *columns);
  tg_place *places = (tg_place *)malloc(nout * sizeof *places);
  unsigned char *shared = (unsigned char *)calloc(nin, 1);
  tg_program *arranged;
  size_t k;
  unsigned threads, run;
  if (!data || !sums || !columns || !places || !shared)
    fail("not enough memory");
  shared[0] = 1;
  if (tg_program_arrange(p, shared, &memory, NULL, &arranged) != TG_OK)
    fail("a Program cannot be arranged");
  for (k = 0; k < ROWS * nin; k++)
    data[k] = (double)((k * 7919) % 4001) / 1000.0 - 2.0;
  for (k = 0; k < nin; k++) {
    columns[k].data = data + k;
    columns[k].stride = nin;
  }
  columns[0].stride = 0;
  for (run = 0; run < 6; run++) {
    const tg_program *program = run % 2 ? arranged : p;
    tg_batch b = { ROWS, NULL, NULL, NULL, TG_SUM, 1, NULL };
    double *workspace;
    poll_record polled = { 0, 0 };
    tg_poll poll;
    poll.function = count_poll;
    poll.data = &polled;
    threads = 1 + run / 2 * 3;
    b.threads = threads;
    b.kernels = tg_kernels_best(TG_ISA_BEST);
    b.inputs = columns;
    b.outputs = places;
    for (k = 0; k < nout; k++) {
      places[k].data = sums + (run > 0 ? nout : 0) + k;
      places[k].stride = 0;
    }
    workspace =
      (double *)malloc(tg_batch_workspace(program, &b) * sizeof *workspace);
    if (workspace == NULL) fail("not enough memory");
    if (tg_program_batch(program, &b, workspace, &poll) != TG_OK)
      fail("a batch failed");
    if (polled.calls == 0) fail("a batch does not poll");
    if (run > 0 && memcmp(sums, sums + nout, nout * sizeof *sums) != 0)
      fail(run % 2 ? "an arranged Program has other sums"
                   : "a batch on several threads has other sums");
    polled.stop = 1;
    if (tg_program_batch(program, &b, workspace, &poll) != TG_INTERRUPTED)
      fail("a batch cannot be interrupted");
    free(workspace);
  }
  tg_program_free(arranged, &memory);
  free(shared);
  free(data);
  free(sums);
  free(columns);
  free(places);
}

int main (void) {
  tg_program *p = program_from_lua();
  tg_program *before = tg_program_copy(p, &memory);
  job alone = { NULL, NULL, NULL, 0, 0, NULL };
  double *results =
    (double *)malloc(POINTS * tg_program_outputs(p) * sizeof *results);
  if (before == NULL || results == NULL) fail("not enough memory");
  if (COUNTS && requests == 0) fail("requests for memory are not counted");
  alone.program = p;
  alone.results = results;
  work(&alone);
  if (alone.failure != NULL) fail(alone.failure);
  if (alone.requests != 0) fail("an evaluation asks for memory");
  if (results[0] - results[0] != 0.0) fail("the first value is not finite");
  run_threads(p, results, work);
  run_threads(p, results, work_in_state);
  run_batches(p);
  if (memcmp(p, before, tg_program_size(p)) != 0) fail("the Program changed");
  printf("%d threads agree, in batches and in states that borrow, too; %s\n",
         THREADS,
         COUNTS ? "an evaluation asks for no memory" : "memory not counted");
  free(results);
  tg_program_free(before, &memory);
  tg_program_free(p, &memory);
  return 0;
}
