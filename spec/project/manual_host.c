/*
** manual_host.c: a Lua module that calls the examples of tinygrad.h and
** tinygrad_lua.h, which manual_spec.lua takes out of the comments and writes
** to the file EXAMPLES.
*/
#include EXAMPLES

#include <string.h>

/* Stands for the function of that name, which the core does not have. `make
   sandboxes` calls the real one. */
int luaopen_tinygrad (lua_State *L) { return luaopen_tinygrad_core(L); }

/* versions(): returns complaint(), tg_version() and TG_VERSION_NUMBER. */
static int versions (lua_State *L) {
  lua_pushstring(L, complaint());
  lua_pushinteger(L, tg_version());
  lua_pushinteger(L, TG_VERSION_NUMBER);
  return 3;
}

/* slope(x, y): returns d y / d x. */
static int call_slope (lua_State *L) {
  double result;
  if (!slope(tg_checkvalue(L, 1), tg_checkvalue(L, 2), &result)) return 0;
  lua_pushnumber(L, result);
  return 1;
}

/* differentiate(f, x): returns the derivative of f at x. */
static int call_differentiate (lua_State *L) {
  const double at = luaL_checknumber(L, 2);
  lua_settop(L, 1);
  differentiate(L, at);
  luaL_argcheck(L, lua_gettop(L) == 1, 1, "something is left on the stack");
  return 1;
}

static int call_add_softplus (lua_State *L) {
  add_softplus(L);
  return 0;
}

static int call_open (lua_State *L) {
  open_tinygrad(L);
  return 0;
}

/* evaluate(program, x, y): returns the value of a copy, which it also evaluates
   with a poll that never stops it. */
static int call_evaluate (lua_State *L) {
  const double in[2] = { luaL_checknumber(L, 2), luaL_checknumber(L, 3) };
  double out = 0.0, again = 0.0, workspace[256];
  int stop = 0;
  tg_program *p = take_out(L, 1), *copy = p != NULL ? keep(p) : NULL;
  int ok = copy != NULL && evaluate(copy, in, &out);
  if (ok) tg_workspace_init(copy, workspace);
  ok = ok && run_until(copy, workspace, in, &again, &stop) == TG_OK;
  drop(copy);
  drop(p);
  luaL_argcheck(L, ok && out == again, 1, "cannot be evaluated");
  lua_pushnumber(L, out);
  return 1;
}

/* add_up(program, shared, n): returns the sum over the rows 1, 2, ... n of the
   program as it is, and of the arranged program. */
static int call_add_up (lua_State *L) {
  const tg_program *p = tg_toprogram(L, 1);
  const double shared = luaL_checknumber(L, 2);
  const int n = (int)luaL_checknumber(L, 3);
  double *x = (double *)lua_newuserdata(L, (size_t)n * sizeof *x);
  double sums[2] = { 0.0, 0.0 };
  tg_program *arranged = arrange_first(p);
  int i;
  for (i = 0; i < n; i++) x[i] = i + 1.0;
  if (arranged == NULL || !add_up(p, shared, x, (size_t)n, &sums[0]) ||
      !add_up(arranged, shared, x, (size_t)n, &sums[1]))
    return luaL_error(L, "no batch");
  drop(arranged);
  lua_pushnumber(L, sums[0]);
  lua_pushnumber(L, sums[1]);
  return 2;
}

/* lend_out(program): sets the global `lent` to a lent copy of the program, and
   returns its address for take_back. */
static int call_lend_out (lua_State *L) {
  tg_program *p = take_out(L, 1);
  luaL_argcheck(L, p != NULL, 1, "a Program expected");
  lend_out(L, p);
  lua_pushlightuserdata(L, p);
  return 1;
}

/* take_back(p): frees the program p. */
static int take_back (lua_State *L) {
  drop((tg_program *)lua_touserdata(L, 1));
  return 0;
}

/* reload(program, x, y, damage): returns the message of loading a saved copy,
   whose head it destroys if `damage`; then the copy's value if it loads. */
static int reload (lua_State *L) {
  const double in[2] = { luaL_checknumber(L, 2), luaL_checknumber(L, 3) };
  double out;
  size_t size;
  tg_program *p;
  void *bytes = to_bytes(tg_toprogram(L, 1), &size);
  const char *message;
  if (bytes == NULL) return luaL_error(L, "not saved");
  if (lua_toboolean(L, 4)) memset(bytes, 0, 4);
  message = from_bytes(bytes, size, &p);
  free(bytes);
  lua_pushstring(L, message);
  if (p != NULL && evaluate(p, in, &out)) lua_pushnumber(L, out);
  drop(p);
  return lua_gettop(L) - 4;
}

/* status_text(number): returns tg_status_text of the number. */
static int status_text (lua_State *L) {
  const int status = (int)luaL_checknumber(L, 1);
  lua_pushstring(L, tg_status_text((tg_status)status));
  return 1;
}

/* extra(bytes): returns the extra bytes of a saved program, or nothing if it is
   none. */
static int extra (lua_State *L) {
  size_t size, n = 0;
  const char *bytes = luaL_checklstring(L, 1, &size);
  const char *found = (const char *)tg_saved_extra(bytes, size, &n);
  if (found == NULL) return 0;
  lua_pushlstring(L, found, n);
  return 1;
}

static const luaL_Reg functions[] = { { "versions", versions },
                                      { "slope", call_slope },
                                      { "differentiate", call_differentiate },
                                      { "step_down", step_down },
                                      { "add_softplus", call_add_softplus },
                                      { "open", call_open },
                                      { "evaluate", call_evaluate },
                                      { "add_up", call_add_up },
                                      { "lend_out", call_lend_out },
                                      { "take_back", take_back },
                                      { "reload", reload },
                                      { "status_text", status_text },
                                      { "extra", extra },
                                      { NULL, NULL } };

TG_API int luaopen_manual_host (lua_State *L) {
  const luaL_Reg *f;
  lua_newtable(L);
  for (f = functions; f->name != NULL; f++) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
  return 1;
}
