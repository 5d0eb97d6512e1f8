/*
** script.c: gives arbitrary bytes to a Lua script, for clang's libFuzzer (`make
** fuzz`). The script FUZZ_SCRIPT of this folder returns a table with
**   text(bytes)  makes a text of the bytes; all calls are in one state;
**   run(text)    runs the text; each call is in a fresh state with all of
**                tinygrad, at most CAP bytes, and about LIMIT steps.
** An error other than LIMIT_MESSAGE and Lua's memory error is a finding, and so
** are bytes that lua_close leaves. libFuzzer learns which lines of Lua ran.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "tinygrad_lua.h"

#ifndef FUZZ_SCRIPT
#define FUZZ_SCRIPT "files"
#endif

#define CAP ((size_t)32 << 20)
#define LIMIT 3000 /* steps of 1000 instructions of Lua */
#define LIMIT_MESSAGE "too many steps for a fuzzer"
#define LINES 32768 /* counters of lines */

__attribute__((
  section("__libfuzzer_extra_counters"))) static unsigned char lines[LINES];

typedef struct memory {
  size_t bytes; /* in use */
  size_t cap;
} memory;

static long steps; /* of the run, so far */

/* Turns off the sanitizer's own search for leaks: `run` sees what a state
   leaves behind. */
const char *__asan_default_options (void);
const char *__asan_default_options (void) {
  return "detect_leaks=0:quarantine_size_mb=64";
}

static void fail (const char *what, const char *text) {
  fprintf(stderr, "%s\n%s\n", what, text);
  abort();
}

static void *allocate (void *ud, void *block, size_t osize, size_t nsize) {
  memory *m = (memory *)ud;
  void *fresh;
  if (block == NULL) osize = 0;
  if (nsize > osize && m->bytes + (nsize - osize) > m->cap) return NULL;
  m->bytes += nsize - osize;
  if (nsize > 0) {
    fresh = realloc(block, nsize);
    if (fresh == NULL) fail("out of real memory", "");
    return fresh;
  }
  free(block);
  return NULL;
}

static void count_line (lua_State *L, lua_Debug *ar) {
  unsigned hash = (unsigned)ar->currentline;
  const char *s;
  lua_getinfo(L, "S", ar);
  for (s = ar->short_src; *s != '\0'; s++) hash = hash * 31 + (unsigned char)*s;
  lines[hash % LINES]++;
}

static void hook (lua_State *L, lua_Debug *ar) {
  if (ar->event == LUA_HOOKLINE)
    count_line(L, ar);
  else if (++steps > LIMIT) {
    lua_pushliteral(L, LIMIT_MESSAGE);
    lua_error(L);
  }
}

/* A compiled file. Each is compiled once for all the states. */

typedef struct compiled {
  char path[100];
  char *code;
  size_t size;
  struct compiled *next;
} compiled;

static int append (lua_State *L, const void *bytes, size_t size, void *ud) {
  compiled *c = (compiled *)ud;
  (void)L;
  c->code = (char *)realloc(c->code, c->size + size);
  if (c->code == NULL) fail("out of real memory", c->path);
  memcpy(c->code + c->size, bytes, size);
  c->size += size;
  return 0;
}

/* Returns the code of a file, or NULL if the file does not load. */
static const compiled *compile (lua_State *L, const char *path) {
  static compiled *all = NULL;
  compiled *c;
  for (c = all; c != NULL; c = c->next)
    if (strcmp(c->path, path) == 0) return c;
  if (luaL_loadfile(L, path) != LUA_OK) return NULL;
  c = (compiled *)calloc(1, sizeof *c);
  if (c == NULL || strlen(path) >= sizeof c->path) fail("too long", path);
  strcpy(c->path, path);
  lua_dump(L, append, c, 0);
  c->next = all;
  return all = c;
}

/* Finds a module's file, as the only one of package.searchers. */
static int search (lua_State *L) {
  static const char *const patterns[] = { "lua/%s.lua", "lua/%s/init.lua",
                                          "%s.lua" };
  const char *name = luaL_gsub(L, luaL_checkstring(L, 1), ".", "/");
  size_t i;
  for (i = 0; i < 3; i++) {
    char path[100], chunk[110];
    const compiled *c;
    snprintf(path, sizeof path, patterns[i], name);
    snprintf(chunk, sizeof chunk, "@%s", path);
    c = compile(L, path);
    if (c != NULL && luaL_loadbuffer(L, c->code, c->size, chunk) == LUA_OK)
      return 1;
  }
  return 0;
}

/* Pushes the function `name` of the script. */
static int push_script (lua_State *L) {
  luaL_openlibs(L);
  luaL_requiref(L, "tinygrad.core", luaopen_tinygrad_core, 0);
  luaL_requiref(L, "tinygrad.kernels", luaopen_tinygrad_kernels, 0);
  lua_getglobal(L, "package");
  lua_createtable(L, 1, 0);
  lua_pushcfunction(L, search);
  lua_rawseti(L, -2, 1);
  lua_setfield(L, -2, "searchers");
  lua_getglobal(L, "require");
  lua_pushliteral(L, "spec.fuzz." FUZZ_SCRIPT);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, lua_tostring(L, 1));
  return 1;
}

static lua_State *new_state (memory *m, const char *name) {
  lua_State *L = lua_newstate(allocate, m);
  lua_pushcfunction(L, push_script);
  lua_pushstring(L, name);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) fail(name, lua_tostring(L, -1));
  return L;
}

/* Returns the text for the bytes, which lasts until the next call. */
static const char *text_of (const unsigned char *data, size_t size,
                            size_t *length) {
  static memory m = { 0, (size_t)-1 };
  static lua_State *L = NULL;
  if (L == NULL) L = new_state(&m, "text");
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) fail("text", lua_tostring(L, -1));
  return lua_tolstring(L, -1, length);
}

/* Returns whether the error is that of a state which a limit stopped. */
static int is_stopped (const char *message) {
  return message != NULL && (strcmp(message, "not enough memory") == 0 ||
                             strcmp(message, LIMIT_MESSAGE) == 0);
}

static void run (const char *text, size_t length) {
  memory m = { 0, CAP };
  lua_State *L = new_state(&m, "run");
  int status;
  steps = 0;
  lua_sethook(L, hook, LUA_MASKCOUNT | LUA_MASKLINE, 1000);
  lua_pushlstring(L, text, length);
  status = lua_pcall(L, 1, 0, 0);
  if (status != LUA_OK && !is_stopped(lua_tostring(L, -1))) {
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    fail("when this ran:", text);
  }
  lua_sethook(L, NULL, 0, 0);
  lua_close(L);
  if (m.bytes != 0) fail("lua_close left memory behind, after", text);
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput (const unsigned char *data, size_t size) {
  size_t length;
  const char *text = text_of(data, size, &length);
  if (getenv("FUZZ_PRINT") != NULL) fwrite(text, 1, length, stderr);
  run(text, length);
  return 0;
}
