/*
** host.c: a C program that runs Lua and has tinygrad linked into it. It adds an
** operation of its own, runs a script, and reads the script's value and
** gradients in C.
**
**   host LUA_DIRECTORY SCRIPT     (`make host` builds it and runs it)
*/
#include <math.h>

#include "embed.h"

/* sinc(x) = sin(x) / x, an operation that tinygrad lacks */

static double sinc_value (const double *x) {
  return x[0] == 0.0 ? 1.0 : sin(x[0]) / x[0];
}

static void sinc_partials (const double *x, double y, double *d) {
  d[0] = x[0] == 0.0 ? 0.0 : (cos(x[0]) - y) / x[0];
}

static const tg_operation sinc = { "sinc", 1, sinc_value, sinc_partials, NULL };

/* Returns the node of the Value at `index`, which the script returned. */
static const tg_node *returned (lua_State *L, int index) {
  const tg_node *node = tg_tovalue(L, index);
  if (node == NULL) luaL_error(L, "the script must return three Values");
  return node;
}

/* run(directory, script): does all that may raise an error. */
static int run (lua_State *L) {
  const tg_node *out, *a, *b;
  open_tinygrad(L, luaL_checkstring(L, 1));
  tg_pushoperation(L, &sinc);
  lua_setglobal(L, "sinc");
  run_script(L, luaL_checkstring(L, 2), 3);
  out = returned(L, -3);
  a = returned(L, -2);
  b = returned(L, -1);
  printf("out      = %.6f\n", tg_data(out));
  printf("d out/da = %.6f\n", tg_grad(a));
  printf("d out/db = %.6f\n", tg_grad(b));
  return 0;
}

int main (int argc, char **argv) { return with_lua(argc, argv, run, NULL); }
