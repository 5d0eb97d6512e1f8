/*
** replay.c: a contestant that evaluates a Program as a C host does: a copy in
** the host's memory, with a workspace of its own and no Lua state.
*/
#include <stdlib.h>

#include "yardstick.h"

#include "tinygrad_lua.h"

typedef struct replay {
  yardstick head;
  tg_program *program;
  double *workspace;
} replay;

/* The function of a tg_allocator, by realloc and free */
static void *resize (void *data, void *block, size_t old, size_t size) {
  (void)data, (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const tg_allocator memory = { resize, NULL };

static void repeat (const yardstick *self, const double *in, double *out,
                    long n) {
  const replay *r = (const replay *)self->data;
  const tg_program *p = r->program;
  double *workspace = r->workspace;
  for (; n > 0; n--) tg_program_eval(p, workspace, in, out, NULL);
}

static int release (lua_State *L) {
  replay *r = (replay *)lua_touserdata(L, 1);
  tg_program_free(r->program, &memory);
  free(r->workspace);
  return 0;
}

/* replay(program): returns a contestant. */
static int new_replay (lua_State *L) {
  const tg_program *p = tg_toprogram(L, 1);
  replay *r;
  luaL_argcheck(L, p != NULL, 1, "Program expected");
  r = (replay *)lua_newuserdata(L, sizeof *r);
  r->program = NULL;
  r->workspace = NULL;
  lua_newtable(L);
  lua_pushcfunction(L, release);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  r->program = tg_program_copy(p, &memory);
  r->workspace = (double *)malloc(tg_program_workspace(p) * sizeof(double));
  if (r->program == NULL || r->workspace == NULL)
    return luaL_error(L, "not enough memory");
  tg_workspace_init(r->program, r->workspace);
  r->head.name = "replay";
  r->head.inputs = tg_program_inputs(p);
  r->head.outputs = tg_program_outputs(p);
  r->head.repeat = repeat;
  r->head.data = r;
  lua_pushcclosure(L, yardstick_call, 1);
  return 1;
}

YARDSTICK_API int luaopen_yardstick (lua_State *L);
YARDSTICK_API int luaopen_yardstick (lua_State *L) {
  lua_pushcfunction(L, new_replay);
  return 1;
}
