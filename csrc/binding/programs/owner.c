/*
** owner.c: memory for the engine while it makes a Program.
*/
#include "owner.h"

#include "../../engine/parts.h"
#include "../../engine/program/program.h"

#ifndef TG_NO_PROGRAM

#define HEAD TG_ALIGN(sizeof(tg_held))

/* Returns a new piece of `size` bytes, or the piece `held` with a new size;
   NULL if memory is short. */
static void *hold (tg_owner *o, tg_held *held, size_t size) {
  const size_t old = held != NULL ? held->size : 0;
  tg_held *h;
  if (size > (size_t)-1 - HEAD) return NULL;
  h = (tg_held *)o->state.function(o->state.data, held, old, HEAD + size);
  if (h == NULL) return NULL;
  if (held == NULL) {
    h->next = o->pieces;
    h->at = &o->pieces;
  }
  h->size = HEAD + size;
  *h->at = h;
  if (h->next != NULL) h->next->at = &h->next;
  return (char *)h + HEAD;
}

/* Frees a piece. */
static void let_go (tg_owner *o, tg_held *h) {
  *h->at = h->next;
  if (h->next != NULL) h->next->at = h->at;
  o->state.function(o->state.data, h, h->size, 0);
}

/* The function of the allocator `memory`; `data` is the owner. */
static void *allocate_held (void *data, void *piece, size_t old, size_t size) {
  tg_owner *o = (tg_owner *)data;
  tg_held *h = piece != NULL ? (tg_held *)(void *)((char *)piece - HEAD) : NULL;
  (void)old;
  if (size > 0) return hold(o, h, size);
  if (h != NULL) let_go(o, h);
  return NULL;
}

/* __gc of owners */
static int free_owned (lua_State *L) {
  tg_owner *o = (tg_owner *)lua_touserdata(L, 1);
  while (o->pieces != NULL) let_go(o, o->pieces);
  o->program = NULL;
  return 0;
}

tg_owner *tg_newowner (lua_State *L) {
  tg_owner *o = (tg_owner *)tg_newuserdata(L, sizeof *o, 0);
  o->memory.function = allocate_held;
  o->memory.data = o;
  o->state.function = lua_getallocf(L, &o->state.data);
  o->program = NULL;
  o->pieces = NULL;
  if (luaL_newmetatable(L, "tinygrad.owner")) {
    lua_pushcfunction(L, free_owned);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return o;
}

#endif
