/*
** poll.h: lets debug hooks (instruction limits, Ctrl-C) act inside long work
** of the engine.
*/
#ifndef TG_POLL_H
#define TG_POLL_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

/* What the engine polls during long work, to run the hook of L */
typedef struct tg_hookpoll {
  tg_poll poll; /* for the engine */
  lua_State *L;
  lua_Hook hook; /* the hook that is running */
} tg_hookpoll;

/* Pushes note_interrupt, the message handler for C that calls Lua code: it
   notes the error of a hook for is_interrupt. */
void tg_pushhandler (lua_State *L);

/* Calls the hook of a tg_hookpoll, the argument. Upvalue TG_UP_HOOK of the
   core's functions is this function. */
int tg_callhook (lua_State *L);

/* Adds note_interrupt and is_interrupt, for Lua files that use xpcall. */
void tg_add_poll_functions (lua_State *L);

/* Prepares `hooks` for the engine, and pushes a value that must stay on the top
   of the stack until tg_hookpoll_end. */
void tg_hookpoll_begin (lua_State *L, tg_hookpoll *hooks);

/* Ends the polling and pops that value; if the engine returned TG_INTERRUPTED,
   raises the hook's error. */
void tg_hookpoll_end (tg_hookpoll *hooks, tg_status status);

/* Runs the hook, whose error it raises. The binding calls it between pieces of
   its own work. */
void tg_pollhooks (lua_State *L);

/* Polls at every TG_POLL_EACH-th value of the loop counter `i`; for loops that
   work on Lua values. */
#define TG_POLL_EACH TG_LIMIT(1024, 2)
#define tg_pollat(L, i) \
  ((i) % TG_POLL_EACH == TG_POLL_EACH - 1 ? tg_pollhooks(L) : (void)0)

TG_HIDDEN_END

#endif
