/*
** poll.c: runs the state's count hook from inside the engine. A hook that
** raises an error must not jump over the engine's functions: it runs protected,
** and its error waits on the stack.
*/
#include "poll.h"

#include <limits.h>

/* The key of the last error of a hook in TG_UP_LIBRARY, whose other keys are
   strings */
#define INTERRUPT 1

/* Takes the place of the real hook while that one runs, so that its own
   instructions do not call it. */
/* LCOV_EXCL_START: called after 2^31 instructions of a hook, if at all */
static void no_hook (lua_State *L, lua_Debug *ar) {
  (void)L;
  (void)ar;
}
/* LCOV_EXCL_STOP */

int tg_callhook (lua_State *L) {
  const tg_hookpoll *hooks = (const tg_hookpoll *)lua_touserdata(L, 1);
  lua_Debug ar;
  if (hooks == NULL) return 0; /* in_hook needs only the call */
  lua_getstack(L, 1, &ar);     /* the function that does the long work */
  ar.event = LUA_HOOKCOUNT;
  ar.currentline = -1;
  hooks->hook(L, &ar);
  return 0;
}

/* Runs the state's count hook, if any, as the engine's tg_poll. Returns whether
   it raised an error, which it then leaves on the top of the stack. */
static int run_hook (void *data) {
  tg_hookpoll *hooks = (tg_hookpoll *)data;
  lua_State *L = hooks->L;
  const int mask = lua_gethookmask(L), count = lua_gethookcount(L);
  int status;
  hooks->hook = lua_gethook(L);
  if (hooks->hook == NULL || !(mask & LUA_MASKCOUNT)) return 0;
  lua_sethook(L, no_hook, LUA_MASKCOUNT, INT_MAX);
  lua_pushvalue(L, -1); /* tg_callhook */
  lua_pushlightuserdata(L, hooks);
  status = lua_pcall(L, 1, 0, 0);
  if (lua_gethook(L) == no_hook) lua_sethook(L, hooks->hook, mask, count);
  return status != 0;
}

void tg_hookpoll_begin (lua_State *L, tg_hookpoll *hooks) {
  hooks->poll.function = run_hook;
  hooks->poll.data = hooks;
  hooks->L = L;
  hooks->hook = NULL;
  luaL_checkstack(L, LUA_MINSTACK, "cannot poll for interrupts");
  lua_pushvalue(L, TG_UP_HOOK);
}

/* Notes the error on the top of the stack as a hook's, and raises it. */
static int raise (lua_State *L) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, TG_UP_LIBRARY, INTERRUPT);
  return lua_error(L);
}

void tg_hookpoll_end (tg_hookpoll *hooks, tg_status status) {
  if (status == TG_INTERRUPTED) raise(hooks->L);
  lua_pop(hooks->L, 1);
}

void tg_pollhooks (lua_State *L) {
  tg_hookpoll hooks;
  tg_hookpoll_begin(L, &hooks);
  if (run_hook(&hooks)) raise(L);
  lua_pop(L, 1);
}

/* A hook that removes itself, by which in_hook sees that Lua called it */
static void note (lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
}

/* Returns whether a hook is running: Lua then calls no other, and `note` stays
   in place. */
static int in_hook (lua_State *L) {
  const lua_Hook hook = lua_gethook(L);
  const int mask = lua_gethookmask(L), count = lua_gethookcount(L);
  int quiet;
  lua_sethook(L, note, LUA_MASKCALL, 0);
  lua_pushvalue(L, TG_UP_HOOK);
  lua_call(L, 0, 0);
  quiet = lua_gethook(L) == note;
  lua_sethook(L, hook, mask, count);
  return quiet;
}

/* note_interrupt(err): returns `err` as the message handler of an xpcall, and
   notes it if a hook raised it. */
static int note_interrupt (lua_State *L) {
  lua_settop(L, 1);
  if (in_hook(L)) {
    lua_pushvalue(L, 1);
    lua_rawseti(L, TG_UP_LIBRARY, INTERRUPT);
  }
  return 1;
}

void tg_pushhandler (lua_State *L) {
  tg_pushupvalues(L);
  lua_pushcclosure(L, note_interrupt, TG_UPVALUES);
}

/* is_interrupt(err): returns whether `err` is the last error of a hook. */
static int is_interrupt (lua_State *L) {
  lua_settop(L, 1);
  lua_rawgeti(L, TG_UP_LIBRARY, INTERRUPT);
  lua_pushboolean(L, !lua_isnil(L, 2) && lua_rawequal(L, 1, 2));
  return 1;
}

void tg_add_poll_functions (lua_State *L) {
  tg_add(L, "note_interrupt", note_interrupt);
  tg_add(L, "is_interrupt", is_interrupt);
}
