/*
** closing_host.c: closes the Lua state in the hook that the core calls during
** long work: at the hook's n-th call, for n = 1, 2, ... until the work is done
** with fewer calls.
**
**   closing SCRIPT
**
** The script gets the number of a work, prepares it, calls arm() and does it;
** for a number beyond the last it returns false. The allocator overwrites freed
** memory and keeps it for a while: after lua_close nothing may be left, and
** nothing (no thread) may write there.
*/
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* -std=c99 hides nanosleep */
#endif

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../preload.h"

#define FREED 0xDB
#define EVERY_POINT 10  /* every n up to this is tried, then steps of 20 % */
#define WATCHED 5000000 /* nanoseconds for which freed memory is watched */

/* The head of each block of memory */
typedef union block {
  struct {
    size_t size;
    union block *next; /* in the list of freed blocks */
  } of;
  double align[2];
} block;

/* A run: the work, at which call of the hook the state is closed */
typedef struct run {
  int work;
  long point, calls; /* calls of the hook: the closing one, and so far */
  int armed;
  size_t bytes; /* in use */
  block *freed;
  jmp_buf closed;
} run;

static void fail (const run *r, const char *what) {
  fprintf(stderr, "work %d, closed at call %ld: %s\n", r->work, r->point, what);
  exit(1);
}

/* Memory */

static void drop (run *r, block *b) {
  r->bytes -= b->of.size;
  memset(b + 1, FREED, b->of.size);
  b->of.next = r->freed;
  r->freed = b;
}

static void *allocate (void *data, void *old, size_t osize, size_t nsize) {
  run *r = (run *)data;
  block *was = old != NULL ? (block *)old - 1 : NULL, *b = NULL;
  (void)osize;
  if (nsize > 0) {
    b = (block *)malloc(sizeof *b + nsize);
    if (b == NULL) fail(r, "no memory");
    b->of.size = nsize;
    r->bytes += nsize;
    if (was != NULL)
      memcpy(b + 1, old, was->of.size < nsize ? was->of.size : nsize);
  }
  if (was != NULL) drop(r, was);
  return b != NULL ? b + 1 : NULL;
}

/* Fails if freed memory was written to, if need be after a while, or if the
   state left memory behind; frees all blocks. */
static void check_freed (run *r, int watch) {
  const struct timespec time = { 0, WATCHED };
  block *b, *next;
  size_t i;
  if (watch) nanosleep(&time, NULL);
  for (b = r->freed; b != NULL; b = next) {
    const unsigned char *bytes = (const unsigned char *)(b + 1);
    for (i = 0; i < b->of.size; i++)
      if (bytes[i] != FREED) fail(r, "what was freed was written to");
    next = b->of.next;
    free(b);
  }
  if (r->bytes != 0) fail(r, "lua_close left memory behind");
}

/* Runs */

static run *run_of (lua_State *L) {
  void *data;
  lua_getallocf(L, &data);
  return (run *)data;
}

static int arm (lua_State *L) {
  run_of(L)->armed = 1;
  return 0;
}

/* Counts the calls that come from functions in C, and closes the state at the
   chosen one. */
static void hook (lua_State *L, lua_Debug *ar) {
  run *r = run_of(L);
  if (!r->armed || !lua_getinfo(L, "S", ar) || strcmp(ar->what, "C") != 0)
    return;
  if (++r->calls < r->point) return;
  lua_close(L);
  longjmp(r->closed, 1);
}

static int open_all (lua_State *L) {
  luaL_openlibs(L);
  preload_modules(L);
  lua_register(L, "arm", arm);
  return 0;
}

/* Does the work. Returns 1 if it was done, 0 if the hook closed the state, and
   -1 if the script has no such work. */
static int do_work (run *r, const char *script) {
  lua_State *L;
  int done;
#if LUA_VERSION_NUM >= 505
  L = lua_newstate(allocate, r, 0);
#else
  L = lua_newstate(allocate, r);
#endif
  if (L == NULL) fail(r, "this Lua takes no allocator of ours");
  if (setjmp(r->closed)) return 0;
  lua_pushcfunction(L, open_all);
  lua_call(L, 0, 0);
  if (luaL_loadfile(L, script) != 0) fail(r, lua_tostring(L, -1));
  lua_pushinteger(L, r->work);
  lua_sethook(L, hook, LUA_MASKCOUNT, 1000);
  if (lua_pcall(L, 1, 1, 0) != 0) fail(r, lua_tostring(L, -1));
  done = lua_isboolean(L, -1) ? -1 : 1;
  lua_close(L);
  return done;
}

int main (int argc, char **argv) {
  int work, done = 0;
  if (argc != 2) return 2;
  for (work = 1; done >= 0; work++) {
    long point = 0, closed = 0;
    for (done = 0; done == 0; closed += done == 0) {
      run r;
      memset(&r, 0, sizeof r);
      r.work = work;
      r.point = point += point < EVERY_POINT ? 1 : point / 5;
      done = do_work(&r, argv[1]);
      check_freed(&r, done == 0);
    }
    if (done > 0) printf("work %d: closed at %ld points\n", work, closed);
    if (done > 0 && closed == 0) {
      fprintf(stderr, "work %d calls no hook\n", work);
      return 1;
    }
  }
  return 0;
}
