/*
** poll.h: lets debug hooks (instruction limits, Ctrl-C) act inside long work
** of the engine.
*/
#ifndef TG_POLL_H
#define TG_POLL_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

typedef struct tg_hookpoll {
  tg_poll poll; /* for the engine */
  lua_State *L;
  lua_Hook hook; /* the one that is being run */
} tg_hookpoll;

/* Pushes the message handler for a call of Lua code by C: it notes the error of
   a hook, for is_interrupt. */
void tg_pushhandler (lua_State *L);

/* The function that is upvalue TG_UP_HOOK of the core's functions. */
int tg_callhook (lua_State *L);

/* For Lua modules that call functions protected. */
void tg_add_poll_functions (lua_State *L);

/* Prepares `hooks`; leaves values on the stack until tg_hookpoll_end. */
void tg_hookpoll_begin (lua_State *L, tg_hookpoll *hooks);

/* Removes them; raises the hook's error after TG_INTERRUPTED. */
void tg_hookpoll_end (tg_hookpoll *hooks, tg_status status);

/* Polls once, where it may raise: between pieces of the binding's own work. */
void tg_pollhooks (lua_State *L);

/* For loops whose turns touch Lua: polls when `i`, which counts them, is due.
 */
#define TG_POLL_EACH TG_LIMIT(1024, 2)
#define tg_pollat(L, i) \
  ((i) % TG_POLL_EACH == TG_POLL_EACH - 1 ? tg_pollhooks(L) : (void)0)

TG_HIDDEN_END

#endif
