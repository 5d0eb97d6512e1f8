/*
** environment_host.c: a Lua module that sets the floating-point environment as
** a host may: the rounding, and which exceptions trap.
*/
#define _GNU_SOURCE /* declares feenableexcept */

#include <fenv.h>

#include <lua.h>
#include <lauxlib.h>

#include "engine/numeric/environment.h"

#define TRAPS (FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW)

static const int roundings[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD,
                                 FE_TOWARDZERO };

/* round(i): sets the rounding: 0 to the nearest, 1 up, 2 down, 3 to zero. */
static int set_rounding (lua_State *L) {
  fesetround(roundings[luaL_checkinteger(L, 1) & 3]);
  return 0;
}

/* trap(on): turns all TRAPS on or off. */
static int set_traps (lua_State *L) {
  feclearexcept(FE_ALL_EXCEPT);
  if (lua_toboolean(L, 1))
    feenableexcept(TRAPS);
  else
    fedisableexcept(TRAPS);
  return 0;
}

/* state(): returns the rounding, and whether all TRAPS are on. */
static int get_state (lua_State *L) {
  int i = 0;
  while (roundings[i] != fegetround()) i++;
  lua_pushinteger(L, i);
  lua_pushboolean(L, (fegetexcept() & TRAPS) == TRAPS);
  return 2;
}

/* serves(): returns whether the engine can compute in the host's environment,
   in the one that it enters, and in the host's after it leaves. */
static int serves (lua_State *L) {
  tg_environment host;
  int within;
  lua_pushboolean(L, tg_environment_serves());
  tg_environment_enter(&host);
  within = tg_environment_serves();
  tg_environment_leave(&host);
  lua_pushboolean(L, within);
  lua_pushboolean(L, tg_environment_serves());
  return 3;
}

int luaopen_environment_host (lua_State *L);
int luaopen_environment_host (lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, set_rounding);
  lua_setfield(L, -2, "round");
  lua_pushcfunction(L, set_traps);
  lua_setfield(L, -2, "trap");
  lua_pushcfunction(L, get_state);
  lua_setfield(L, -2, "state");
  lua_pushcfunction(L, serves);
  lua_setfield(L, -2, "serves");
  return 1;
}
