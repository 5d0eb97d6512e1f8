/*
** minimise.c: a C program whose cost function is a Lua script. The script
** returns a Program of value and gradient, and the point to start at. The host
** copies the Program, closes the Lua state, and minimises the cost in C.
**
**   minimise LUA_DIRECTORY SCRIPT     (`make host` builds it and runs it)
*/
#include <stdlib.h>

#include "embed.h"
#include "lbfgs.h"

/* What the host takes out of Lua */
typedef struct problem {
  tg_program *program; /* inputs: x; outputs: cost, its gradient */
  double *start;
  size_t n; /* numbers in x */
} problem;

/* The function of a tg_allocator, by realloc and free */
static void *resize (void *data, void *block, size_t old, size_t size) {
  (void)data, (void)old;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static const tg_allocator memory = { resize, NULL };

/* take_problem(directory, script, problem): runs the script and fills the
   problem with what it returns. */
static int take_problem (lua_State *L) {
  problem *pr = (problem *)lua_touserdata(L, 3);
  const tg_program *p;
  size_t i;
  open_tinygrad(L, luaL_checkstring(L, 1));
  run_script(L, luaL_checkstring(L, 2), 2);
  p = tg_toprogram(L, -2);
  if (p == NULL || !lua_istable(L, -1) ||
      tg_program_outputs(p) != tg_program_inputs(p) + 1)
    return luaL_error(L, "the script must return a Program of value and "
                         "gradient, and a table of numbers");
  pr->n = tg_program_inputs(p);
  pr->program = tg_program_copy(p, &memory);
  pr->start = (double *)malloc(pr->n * sizeof *pr->start);
  if (pr->program == NULL || pr->start == NULL)
    return luaL_error(L, "not enough memory");
  for (i = 0; i < pr->n; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    pr->start[i] = (double)luaL_checknumber(L, -1);
    lua_pop(L, 1);
  }
  return 0;
}

static int solve (const problem *pr) {
  double cost;
  size_t i;
  if (lbfgs(pr->program, pr->start, &cost) < 0) {
    fprintf(stderr, "not enough memory\n");
    return 1;
  }
  printf("minimum  = %.6f\n", cost);
  for (i = 0; i < pr->n; i++)
    printf("x[%d]     = %.6f\n", (int)i + 1, pr->start[i]);
  return 0;
}

int main (int argc, char **argv) {
  problem pr = { NULL, NULL, 0 };
  int status = with_lua(argc, argv, take_problem, &pr);
  if (status == 0) status = solve(&pr); /* with_lua has closed the Lua state */
  tg_program_free(pr.program, &memory);
  free(pr.start);
  return status;
}
