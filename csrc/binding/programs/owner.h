/*
** owner.h: memory for the engine while it makes a Program.
*/
#ifndef TG_OWNER_H
#define TG_OWNER_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* The head of each piece of memory that an owner holds */
typedef struct tg_held {
  struct tg_held *next, **at; /* at: the pointer to this head */
  size_t size;                /* of head and piece, in bytes */
} tg_held;

/*
** A userdata that holds memory of the state's allocator: a program, and what
** the engine needs to make it. The collector frees what is left of it, also if
** a hook closes the state meanwhile.
*/
typedef struct tg_owner {
  tg_allocator memory, state; /* for the engine; the state's own */
  tg_program *program;
  tg_held *pieces; /* the list of all that it holds */
} tg_owner;

/* Pushes an owner that has no program yet. */
tg_owner *tg_newowner (lua_State *L);

TG_HIDDEN_END

#endif
