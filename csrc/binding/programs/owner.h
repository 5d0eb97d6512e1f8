/*
** owner.h: memory for the engine while it makes a Program.
*/
#ifndef TG_OWNER_H
#define TG_OWNER_H

#include "../../engine/attributes.h"
#include "../lua/compat.h"

TG_HIDDEN_BEGIN

/* Stands before each piece of memory that an owner holds. */
typedef struct tg_held {
  struct tg_held *next, **at; /* at: the pointer to this */
  size_t size;                /* of both */
} tg_held;

/*
** A program from the state's allocator, freed by the collector if not before,
** as is what the engine needs to make it: a hook may close the state meanwhile.
*/
typedef struct tg_owner {
  tg_allocator memory, state; /* for the engine; where it comes from */
  tg_program *program;
  tg_held *pieces; /* a list */
} tg_owner;

/* Pushes an owner that has no program yet. */
tg_owner *tg_newowner (lua_State *L);

TG_HIDDEN_END

#endif
