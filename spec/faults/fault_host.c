/*
** fault_host.c: runs Lua scripts with an allocator that refuses the n-th
** request, for n = 1, 2, ... until a run asks for fewer. Called by
** `make faults` with the scripts to run, which lie beside this file.
**
** Each run has a fresh state. The script calls arm() when requests are to be
** counted. Then they are refused in two ways: only the n-th (Lua from 5.2 on
** collects and asks again: so every request is also a full collection), and
** all from the n-th on. Afterwards, with memory there again,
**   - a failed run has failed with a memory error and no other;
**   - the same state passes after.lua, which computes a gradient anew;
**   - lua_close gives back every byte, and no guard byte has changed.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "tinygrad_lua.h"

#define SCRIPTS "spec/faults/"
#define EVERY_POINT 5000 /* up to here every n is tried, then every 1 % */

/* The same, scaled as the specs are by TINYGRAD_SPEC_SCALE. */
static long every_point (void) {
  const char *scale = getenv("TINYGRAD_SPEC_SCALE");
  return (long)(EVERY_POINT * (scale != NULL ? strtod(scale, NULL) : 1.0));
}

/* The allocator */

#define GUARD 16 /* bytes; also keeps the alignment of malloc */
#define GUARD_BYTE 0x5a
#define DEAD_BYTE 0xdd /* what a freed block is filled with */

/*
** Before a block lie its size and guard bytes, behind it guard bytes. LuaJIT
** (June 2022) tells a wrong size for a closure whose upvalues found no memory.
*/
#ifdef LUA_JITLIBNAME
#define IS_SIZE(told, real) ((told) <= (real))
#else
#define IS_SIZE(told, real) ((told) == (real))
#endif

typedef struct memory {
  size_t bytes;  /* outstanding */
  long requests; /* since arm(); not counted before */
  long refuse;   /* this one */
  int refuse_on; /* and all after it */
  int armed;
  int refused; /* did it happen? */
} memory;

static const char *script; /* for messages: what runs, and in which run */
static long point;

static void fail (const char *what, const char *detail) {
  fprintf(stderr, "%s, refusing request %ld: %s%s\n", script, point, what,
          detail);
  exit(1);
}

static void check_guard (const unsigned char *guard, size_t size) {
  size_t i;
  for (i = 0; i < size; i++)
    if (guard[i] != GUARD_BYTE) fail("a guard byte was overwritten", "");
}

static unsigned char *new_block (memory *m, size_t size) {
  unsigned char *block = (unsigned char *)malloc(size + 2 * GUARD);
  if (block == NULL) fail("out of real memory", "");
  memset(block, GUARD_BYTE, GUARD);
  memcpy(block, &size, sizeof size);
  block += GUARD;
  memset(block + size, GUARD_BYTE, GUARD);
  m->bytes += size;
  return block;
}

static void free_block (memory *m, unsigned char *block, size_t told) {
  unsigned char *start = block - GUARD;
  size_t size;
  memcpy(&size, start, sizeof size);
  check_guard(start + sizeof size, GUARD - sizeof size);
  check_guard(block + size, GUARD);
  if (!IS_SIZE(told, size)) fail("a block is freed with another size", "");
  memset(block, DEAD_BYTE, size);
  free(start);
  m->bytes -= size;
}

static int is_refused (memory *m) {
  if (!m->armed) return 0;
  m->requests++;
  if (m->requests != m->refuse && !(m->refuse_on && m->refused)) return 0;
  m->refused = 1;
  return 1;
}

/* Every resize moves the block, so that stale pointers show. */
static void *allocate (void *ud, void *block, size_t osize, size_t nsize) {
  memory *m = (memory *)ud;
  unsigned char *fresh = NULL;
  if (block == NULL) osize = 0; /* from 5.2 on it is a type then */
  if (nsize > osize && is_refused(m)) return NULL;
  if (nsize > 0) fresh = new_block(m, nsize);
  if (block != NULL) {
    if (nsize > 0) memcpy(fresh, block, nsize < osize ? nsize : osize);
    free_block(m, (unsigned char *)block, osize);
  }
  return fresh;
}

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

static int panic (lua_State *L) {
  fail("error outside any protected call: ", lua_tostring(L, -1));
  return 0;
}

static int open_all (lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_tinygrad_core);
  lua_setfield(L, -2, "tinygrad.core");
  lua_register(L, "arm", arm);
  /* LuaJIT's trace recorder itself crashes when it finds no memory */
  if (luaL_dostring(L, "if jit then jit.off() end") != 0) lua_error(L);
  return 0;
}

static lua_State *new_state (memory *m) {
#if LUA_VERSION_NUM >= 505
  lua_State *L = lua_newstate(allocate, m, 0);
#else
  lua_State *L = lua_newstate(allocate, m);
#endif
  if (L == NULL) fail("this Lua takes no allocator of ours", "");
  lua_atpanic(L, panic);
  lua_pushcfunction(L, open_all);
  lua_call(L, 0, 0);
  return L;
}

static const char *message (lua_State *L) {
  const char *text = lua_tostring(L, -1);
  return text != NULL ? text : "(no message)";
}

static void load_script (lua_State *L, const char *name) {
  char path[200];
  sprintf(path, SCRIPTS "%.100s", name);
  if (luaL_loadfile(L, path) != 0) fail("cannot load ", message(L));
}

/* The script itself tells which other errors it expects. */
static void check_outcome (lua_State *L, const memory *m, int status) {
  if (status == 0) return;
  if (!m->refused) fail("without any refusal: ", message(L));
  if (status != LUA_ERRMEM && strstr(message(L), "not enough memory") == NULL)
    fail("not a memory error: ", message(L));
}

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

/* All runs of the script, the first with no refusal; returns how many. */
static long run_all (int refuse_on, long *requests) {
  const long every = every_point();
  long tried = 0;
  for (point = 0;; point += point < every || point < 100 ? 1 : point / 100) {
    memory m = { 0, 0, 0, 0, 0, 0 };
    m.refuse = point;
    m.refuse_on = refuse_on;
    run(&m);
    *requests = m.requests;
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
      printf("%s, %s: %ld of %ld requests refused in turn\n", script,
             refuse_on ? "and all after" : "one alone", tried, requests);
    }
  return 0;
}
