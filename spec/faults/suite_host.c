/*
** suite_host.c: a Lua interpreter with the allocator of memory.h, for the whole
** suite of specs (`make suite`).
**
**   suite MODE SCRIPT ARGUMENTS
**
** The modes are
**   plain         Lua's own collector
**   stop          a collector that, once begun, collects everything at once
**   generational  the generational collector of Lua 5.4; on other Luas a
**                 collector that never pauses
**   emergency     each 2000th request for a new object is refused once, so that
**                 (from Lua 5.2 on) a full collection comes at that very place
** os.exit closes the state while all objects are live, and no byte may be left.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../preload.h"

#include "memory.h"

#define EMERGENCY 2000

static void fail (const char *what) {
  fprintf(stderr, "suite: %s\n", what);
  exit(1);
}

/* os.exit(code): closes the state, and fails if memory is left. */
static int leave (lua_State *L) {
  void *ud;
  const memory *m;
  int code = 0;
  if (lua_type(L, 1) == LUA_TBOOLEAN)
    code = !lua_toboolean(L, 1);
  else
    code = (int)luaL_optinteger(L, 1, 0);
  lua_getallocf(L, &ud);
  m = (const memory *)ud;
  lua_close(L);
  if (m->bytes != 0) fail("lua_close left memory behind");
  exit(code);
}

static void set_mode (lua_State *L, memory *m, const char *mode) {
  if (strcmp(mode, "stop") == 0) {
    lua_gc(L, LUA_GCSETPAUSE, 100);
    lua_gc(L, LUA_GCSETSTEPMUL, 1000000);
  }
  else if (strcmp(mode, "emergency") == 0)
    m->every = EMERGENCY;
  else if (strcmp(mode, "generational") == 0) {
#if LUA_VERSION_NUM == 504
    lua_gc(L, LUA_GCGEN, 0, 0);
#else
    lua_gc(L, LUA_GCSETPAUSE, 0);
    lua_gc(L, LUA_GCSETSTEPMUL, 400);
#endif
  }
  else if (strcmp(mode, "plain") != 0)
    fail("plain, stop, generational or emergency expected");
  m->armed = 1;
}

static int open_all (lua_State *L) {
  luaL_openlibs(L);
  preload_modules(L);
  lua_getglobal(L, "os");
  lua_pushcfunction(L, leave);
  lua_setfield(L, -2, "exit");
  return 0;
}

static void set_arguments (lua_State *L, int argc, char **argv) {
  int i;
  lua_newtable(L);
  lua_pushstring(L, argv[0]);
  lua_rawseti(L, -2, -1);
  for (i = 2; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 2);
  }
  lua_setglobal(L, "arg");
}

int main (int argc, char **argv) {
  memory m = new_memory(fail);
  lua_State *L;
  if (argc < 3) fail("mode and script expected");
#if LUA_VERSION_NUM >= 505
  L = lua_newstate(memory_allocate, &m, 0);
#else
  L = lua_newstate(memory_allocate, &m);
#endif
  if (L == NULL) fail("this Lua takes no allocator of ours");
  lua_pushcfunction(L, open_all);
  lua_call(L, 0, 0);
  set_arguments(L, argc, argv);
  set_mode(L, &m, argv[1]);
  if (luaL_loadfile(L, argv[2]) != 0) fail(lua_tostring(L, -1));
  argc -= 3;
  luaL_checkstack(L, argc, "too many specs");
  for (argv += 3; *argv != NULL; argv++) lua_pushstring(L, *argv);
  if (lua_pcall(L, argc, 0, 0) != 0) fail(lua_tostring(L, -1));
  lua_close(L);
  if (m.bytes != 0) fail("lua_close left memory behind");
  return 0;
}
