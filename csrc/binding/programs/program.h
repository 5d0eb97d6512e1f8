/*
** program.h: the Program userdata.
*/
#ifndef TG_PROGRAMS_H
#define TG_PROGRAMS_H

#include "../values/value.h"

/* Creates the type; its upvalues are those of the core, at 1 and up. */
void tg_programtype (lua_State *L);

#define tg_isprogram(L, index) (tg_test(L, index, TG_PROGRAM) != NULL)

/* The Program at `arg`; raises an error for anything else. */
const tg_program *tg_checkprogram (lua_State *L, int arg, const char *name);

/* Stands before each block that an owner holds. */
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
  tg_held *blocks; /* a list */
} tg_owner;

/* Pushes an owner that has none yet. */
tg_owner *tg_newowner (lua_State *L);

/* Pushes a Program with a copy of the owner's, which it frees. */
void tg_pushowned (lua_State *L, tg_owner *o);

/*
** Pushes a Program that is `p` arranged for rows that share the inputs i with
** shared[i] nonzero; 0, and nothing, if there is no memory for it.
*/
int tg_arrangeprogram (lua_State *L, const tg_program *p,
                       const unsigned char *shared);

/* borrow(p): the Program that is the host's at a light userdata, for
   tg_pushprogram only. */
int tg_borrow (lua_State *L);

/* Pushes the layouts `name` of the Program at 1; 0 if it has none. */
int tg_pushlayouts (lua_State *L, const char *name);

/* Its instructions as text, a line each: of many the first and the last. */
int tg_program_tostring (lua_State *L);

/* What lua/tinygrad/program/compile.lua is made from, */
void tg_add_program_functions (lua_State *L);  /* in programs.c, */
void tg_add_building_functions (lua_State *L); /* building.c, */
void tg_add_batch_functions (lua_State *L);    /* batches.c, */
void tg_add_inspect_functions (lua_State *L);  /* inspect.c, */
void tg_add_export_functions (lua_State *L);   /* exported.c */
void tg_add_saved_functions (lua_State *L);    /* and saved.c */

#endif
