/*
** fault_host.c: runs Lua scripts with an allocator that refuses the n-th
** request, for n = 1, 2, ... until a run makes fewer requests. `make faults`
** calls it with the names of scripts, which lie beside this file.
**
** Each run has a fresh state. The script calls arm() when the allocator is to
** start counting. Requests are refused in two ways: the n-th alone (Lua from
** 5.2 on then collects garbage and asks again, so that a full collection comes
** at each request), and all from the n-th on. Then, with memory to be had
** again,
**   - a failed run must have failed with a memory error and no other;
**   - after.lua, which computes a gradient anew, must pass in the same state;
**   - lua_close must give back every byte, and no guard byte may have changed.
**
** A script may call failing(name, f, works) instead, which refuses the requests
** of calls of f in turn, all in one state, and calls works() after each.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../preload.h"

#include "memory.h"

#define SCRIPTS "spec/faults/"
#define EVERY_POINT 5000 /* every n up to this is tried, then steps of 1 % */
#define BUDGET 1e6       /* about how many requests failing(f) makes in all */

/* Returns x times TINYGRAD_SPEC_SCALE, which scales all specs. */
static double scaled (double x) {
  const char *scale = getenv("TINYGRAD_SPEC_SCALE");
  return x * (scale != NULL ? strtod(scale, NULL) : 1.0);
}

static const char *script; /* what runs, for messages */
static long point;         /* which request is refused; 0: none */

static void fail (const char *what, const char *detail) {
  fprintf(stderr, "%s, refusing request %ld: %s%s\n", script, point, what,
          detail);
  exit(1);
}

static void fail_memory (const char *what) { fail(what, ""); }

/* One run */

static memory *memory_of (lua_State *L) {
  void *ud;
  lua_getallocf(L, &ud);
  return (memory *)ud;
}

static int arm (lua_State *L) {
  memory_of(L)->armed = 1;
  return 0;
}

/* Returns the point to try after `n`. */
static long next_point (long n) {
  return n + (n < (long)scaled(EVERY_POINT) || n < 100 ? 1 : n / 100);
}

static const char *message (lua_State *L) {
  const char *text = lua_tostring(L, -1);
  return text != NULL ? text : "(no message)";
}

/* Fails unless the run succeeded or raised a memory error after a refusal. A
   script catches all other errors that it expects. */
static void check_outcome (lua_State *L, const memory *m, int status) {
  if (status == 0) return;
  if (!m->refused) fail("without any refusal: ", message(L));
  if (status != LUA_ERRMEM && strstr(message(L), "not enough memory") == NULL)
    fail("not a memory error: ", message(L));
}

/* Calls the function at `index` with request `point` refused. */
static void call_failing (lua_State *L, memory *m, int index) {
  int status;
  m->requests = 0;
  m->refuse = point;
  m->refused = 0;
  lua_pushvalue(L, index);
  m->armed = 1;
  status = lua_pcall(L, 0, 0, 0);
  m->armed = 0;
  check_outcome(L, m, status);
  m->points += m->refused;
}

/* failing(name, f, works): see above */
static int failing (lua_State *L) {
  memory *m = memory_of(L);
  script = luaL_checkstring(L, 1);
  for (m->refuse_on = 0; m->refuse_on <= 1; m->refuse_on++) {
    long step;
    point = 0;
    call_failing(L, m, 2);
    step =
      1 + (long)((double)m->requests * (double)m->requests / scaled(BUDGET));
    for (point = 1, m->refused = 1; m->refused; point += step) {
      lua_settop(L, 3);
      call_failing(L, m, 2);
      lua_settop(L, 3);
      lua_pushvalue(L, 3);
      if (lua_pcall(L, 0, 0, 0) != 0)
        fail("the state is damaged: ", message(L));
    }
  }
  return 0;
}

static int panic (lua_State *L) {
  fail("error outside any protected call: ", lua_tostring(L, -1));
  return 0;
}

static int open_all (lua_State *L) {
  luaL_openlibs(L);
  preload_modules(L);
  lua_register(L, "arm", arm);
  lua_register(L, "failing", failing);
  /* LuaJIT's own trace recorder crashes when memory is short */
  if (luaL_dostring(L, "if jit then jit.off() end") != 0) lua_error(L);
  return 0;
}

static lua_State *new_state (memory *m) {
#if LUA_VERSION_NUM >= 505
  lua_State *L = lua_newstate(memory_allocate, m, 0);
#else
  lua_State *L = lua_newstate(memory_allocate, m);
#endif
  if (L == NULL) fail("this Lua takes no allocator of ours", "");
  lua_atpanic(L, panic);
  lua_pushcfunction(L, open_all);
  lua_call(L, 0, 0);
  return L;
}

static void load_script (lua_State *L, const char *name) {
  char path[200];
  sprintf(path, SCRIPTS "%.100s", name);
  if (luaL_loadfile(L, path) != 0) fail("cannot load ", message(L));
}

/* Runs the script in a fresh state, then after.lua, and closes the state. */
static void run (memory *m) {
  lua_State *L = new_state(m);
  int status;
  load_script(L, script);
  status = lua_pcall(L, 0, 0, 0);
  m->armed = 0;
  check_outcome(L, m, status);
  lua_settop(L, 0);
  load_script(L, "after.lua");
  if (lua_pcall(L, 0, 0, 0) != 0) fail("the state is damaged: ", message(L));
  lua_close(L);
  if (m->bytes != 0) fail("lua_close left memory behind", "");
}

/* Runs the script with each request refused in turn, at first none; returns how
   many were refused. */
static long run_all (int refuse_on, long *requests) {
  long tried = 0;
  for (point = 0;; point = next_point(point)) {
    memory m = new_memory(fail_memory);
    m.refuse = point;
    m.refuse_on = refuse_on;
    run(&m);
    *requests = m.requests;
    if (m.points > 0) return m.points; /* the script called failing */
    if (m.refused)
      tried++;
    else if (point > 0)
      return tried;
  }
}

int main (int argc, char **argv) {
  int i, refuse_on;
  for (i = 1; i < argc; i++)
    for (refuse_on = 0; refuse_on <= 1; refuse_on++) {
      long requests, tried;
      script = argv[i];
      tried = run_all(refuse_on, &requests);
      if (tried == 0) fail("no memory was asked for", "");
      if (script != argv[i]) { /* failing set it, and did both ways */
        printf("%s: %ld requests refused\n", argv[i], tried);
        break;
      }
      printf("%s, %s: %ld of %ld requests refused in turn\n", script,
             refuse_on ? "and all after" : "one alone", tried, requests);
    }
  return 0;
}
