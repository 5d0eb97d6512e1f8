/*
** arrange.c: Programs arranged for the inputs that the rows of a batch share.
*/
#include "arrange.h"

#include "../lua/poll.h"
#include "program.h"

#include "../../engine/program/program.h"

#ifndef TG_NO_BATCH

/*
** Arranging costs about as much as MANYROWS rows: it is done when that many
** rows have been batched with the same inputs shared.
*/
#define MANYROWS 1024

/* Returns whether rows share exactly the inputs that have a byte 1 in the
   string at the top. */
static int shares_same (lua_State *L, const tg_column *inputs, size_t n) {
  const char *shared = lua_tostring(L, -1);
  size_t i;
  for (i = 0; shared != NULL && i < n; i++)
    if (shared[i] != (inputs[i].stride == 0)) return 0;
  return shared != NULL;
}

/* Pushes a string with a byte for each input: 1 if rows share it, else 0. */
static void push_shared (lua_State *L, const tg_column *inputs, size_t n) {
  char *shared = (char *)tg_newscratch(L, n, 1);
  size_t i;
  for (i = 0; i < n; i++) shared[i] = inputs[i].stride == 0;
  lua_pushlstring(L, shared, n);
  lua_remove(L, -2);
}

/* Adds n to the rows noted in the anchor at `anchor`; returns whether they are
   MANYROWS now, and then begins anew. */
static int count_rows (lua_State *L, int anchor, size_t n) {
  double rows;
  lua_getfield(L, anchor, "rows");
  rows = (double)lua_tonumber(L, -1) + (double)n;
  lua_pushnumber(L, rows < MANYROWS ? (lua_Number)rows : 0);
  lua_setfield(L, anchor, "rows");
  lua_pop(L, 1);
  return rows >= MANYROWS;
}

/* Pushes `p` as a Program arranged for rows that share the inputs i with
   shared[i] nonzero. Pushes nothing and returns 0 if memory is short. */
static int arrange (lua_State *L, const tg_program *p,
                    const unsigned char *shared) {
  const int top = lua_gettop(L);
  tg_owner *o = tg_newowner(L);
  tg_hookpoll hooks;
  tg_status status;
  tg_hookpoll_begin(L, &hooks);
  status = tg_program_arrange(p, shared, &o->memory, &hooks.poll, &o->program);
  tg_hookpoll_end(&hooks, status);
  if (status == TG_OK) {
    tg_pushowned(L, o);
    lua_replace(L, top + 1);
  }
  lua_settop(L, top + (status == TG_OK));
  return status == TG_OK;
}

/* Drops the arranged Program from the anchor at `anchor`, as rows now share
   other inputs, and puts the string of those at anchor + 1. */
static void share_anew (lua_State *L, const tg_batch *job, size_t n,
                        int anchor) {
  push_shared(L, job->inputs, n);
  lua_replace(L, anchor + 1);
  lua_pushvalue(L, anchor + 1);
  lua_setfield(L, anchor, "shared");
  lua_pushnil(L);
  lua_setfield(L, anchor, "arranged");
  lua_pushnil(L);
  lua_setfield(L, anchor, "rows");
}

const tg_program *tg_pusharranged (lua_State *L, const tg_program *p,
                                   const tg_batch *job) {
  const int anchor = lua_gettop(L) + 1;
  const size_t n = tg_program_inputs(p);
  tg_getanchor(L, 1, 1);
  lua_getfield(L, anchor, "shared");
  if (!shares_same(L, job->inputs, n)) share_anew(L, job, n, anchor);
  lua_getfield(L, anchor, "arranged");
  if (lua_isnil(L, -1) && count_rows(L, anchor, job->nrows) &&
      arrange(L, p, (const unsigned char *)lua_tostring(L, anchor + 1))) {
    lua_pushvalue(L, -1);
    lua_setfield(L, anchor, "arranged");
    lua_pushvalue(L, anchor + 1);
    lua_setfield(L, anchor, "shared");
  }
  if (!lua_isnil(L, -1)) p = tg_checkprogram(L, lua_gettop(L), "batch");
  lua_replace(L, anchor);
  lua_settop(L, anchor);
  return p;
}

int tg_isarrangeable (const tg_program *p, const tg_batch *job) {
  size_t i;
  if (job->reduce != TG_EACH) return 1;
  for (i = 0; i < tg_program_inputs(p); i++)
    if (job->inputs[i].stride == 0) return 1;
  return 0;
}

#endif
