/*
** modes.c: modes of computing, which last for a call.
*/
#include "modes.h"

#include <string.h>

#include "errors.h"

/*
** A mode lasts for a call, and each call belongs to a coroutine. A coroutine
** that another resumes is in the modes of that one; coroutines that run while
** it waits are not. Each coroutine therefore has counts of its own, and the
** counts of the running one and of all that have resumed another add up.
*/

/*
** The modes that the calls of a coroutine have turned on. TG_UP_MODES has them
** with the coroutine as key. Their anchor is a table with a list for each
** recording of the coroutine, the innermost last. A list has the leaves that
** were made in the recording, at 0 the recording's number, and at COMPARED a
** list of the Values that it compared, if any.
*/
#define COMPARED (-1)

typedef struct modes {
  int level[TG_NMODES]; /* below 0: off, whatever is on around it */
  int guards;           /* calls of the guard function on its stack */
  int is_main;          /* whether it is the main thread */
} modes;

/* Returns whether `n` calls of the guard function are on L's stack. */
static int has_guards (lua_State *L, int n) {
  const void *guard = tg_getstate(L)->guard;
  lua_Debug ar;
  int level;
  for (level = 0; n > 0 && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    n -= lua_topointer(L, -1) == guard;
    lua_pop(L, 1);
  }
  return n == 0;
}

/*
** Returns whether the coroutine is running or waits for one that it resumed.
** The running one must still have its calls of the guard function: a host may
** have ended them (lua_resetthread) to use the coroutine for others.
*/
static int is_active (lua_State *L, lua_State *co, const modes *m) {
  lua_Debug ar;
  if (co == L) return m->is_main || has_guards(L, m->guards);
  return lua_status(co) == 0 && lua_getstack(co, 0, &ar);
}

int tg_modelevel (lua_State *L, tg_mode mode) {
  tg_state *state = tg_getstate(L);
  int level = 0, any = 0;
  luaL_checkstack(L, 4, "modes");
  lua_pushnil(L);
  while (lua_next(L, TG_UP_MODES)) {
    const modes *m = (const modes *)lua_touserdata(L, -1);
    any |= m->level[mode] > 0;
    if (m->level[mode] != 0 && is_active(L, lua_tothread(L, -2), m))
      level += m->level[mode];
    lua_pop(L, 1);
  }
  if (mode == TG_ANOMALY) level += state->anomaly;
  state->maybe[mode] = any || (mode == TG_ANOMALY && state->anomaly);
  return level > 0 ? level : 0;
}

static const char *const names[] = { "no_grad", "anomaly", "recording", NULL };

/* Pushes and returns the modes of the running coroutine; pushes nil and returns
   NULL if it has none. */
static modes *get_modes (lua_State *L) {
  lua_pushthread(L);
  lua_rawget(L, TG_UP_MODES);
  return (modes *)lua_touserdata(L, -1);
}

/* Makes the modes on the top those of a coroutine that is in none. */
static void clear_modes (lua_State *L, modes *m) {
  lua_newtable(L);
  tg_setanchor(L, -2, 1);
  memset(m, 0, sizeof *m);
}

/* Pushes and returns new modes of the running coroutine. */
static modes *make_modes (lua_State *L) {
  modes *m = (modes *)tg_newuserdata(L, sizeof *m, 1);
  clear_modes(L, m);
  m->is_main = lua_pushthread(L);
  lua_pushvalue(L, -2);
  lua_rawset(L, TG_UP_MODES);
  return m;
}

/* mode_level(name): returns what tg_modelevel does. */
static int mode_level (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  lua_pushinteger(L, tg_modelevel(L, (tg_mode)mode));
  return 1;
}

/* Gives the modes on the top a list for a new recording. */
static void push_recording (lua_State *L) {
  tg_getanchor(L, -1, 1);
  lua_newtable(L);
  lua_pushnumber(L, (lua_Number)++tg_getstate(L)->recordings);
  lua_rawseti(L, -2, 0);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* Removes the list of the innermost recording from the modes on the top. */
static void pop_recording (lua_State *L) {
  int n;
  tg_getanchor(L, -1, 1);
  n = (int)lua_rawlen(L, -1);
  lua_pushnil(L);
  lua_rawseti(L, -2, n);
  lua_pop(L, 1);
}

/* Returns argument 2, by how much a level changes. The bound lets thousands of
   nested calls add up within an int. */
static int check_change (lua_State *L) {
  const lua_Integer by = luaL_checkinteger(L, 2);
  luaL_argcheck(L, by >= -30000 && by <= 30000, 2, "out of range");
  return (int)by;
}

/* enter_mode(name, by): adds `by` to the running coroutine's level of a mode.
   The guard function calls it. */
static int enter_mode (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  const int by = check_change(L);
  modes *m = get_modes(L);
  if (m == NULL) {
    lua_pop(L, 1);
    m = make_modes(L);
  }
  if (!m->is_main && !has_guards(L, m->guards + 1))
    clear_modes(L, m); /* a host has ended the calls that set them */
  if (mode == TG_RECORDING) push_recording(L);
  m->guards++;
  m->level[mode] += by;
  tg_getstate(L)->maybe[mode] = 1;
  return 0;
}

/* leave_mode(name, by): undoes enter_mode(name, by). A level of anomaly mode
   that switch_anomaly has set to 0 stays there. */
static int leave_mode (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  const int by = check_change(L);
  modes *m = get_modes(L);
  if (m == NULL) return luaL_error(L, "no mode was entered");
  if (mode == TG_RECORDING) pop_recording(L);
  m->guards--;
  if (mode != TG_ANOMALY || m->level[mode] > 0) m->level[mode] -= by;
  tg_getstate(L)->maybe[mode] = 1;
  if (mode == TG_RECORDING)
    (void)tg_modelevel(L, TG_RECORDING); /* sets maybe */
  return 0;
}

/*
** Pushes the list of the innermost recording that the running code is in, or
** nil if it is in none. Of the innermost recordings of all active coroutines,
** this is the one that began last.
*/
static void push_made (lua_State *L) {
  const int made = lua_gettop(L) + 1, co = made + 1, list = co + 3;
  lua_Number latest = 0;
  luaL_checkstack(L, 8, "modes");
  lua_pushnil(L);
  lua_pushnil(L);
  while (lua_next(L, TG_UP_MODES)) {
    const modes *m = (const modes *)lua_touserdata(L, -1);
    if (m->level[TG_RECORDING] > 0 && is_active(L, lua_tothread(L, co), m)) {
      tg_getanchor(L, co + 1, 1);
      lua_rawgeti(L, -1, (int)lua_rawlen(L, -1));
      if (lua_istable(L, list))
        lua_rawgeti(L, list, 0);
      else
        lua_pushnil(L); /* no list: a script has called leave_mode itself */
      if (lua_tonumber(L, -1) > latest) {
        latest = lua_tonumber(L, -1);
        lua_pushvalue(L, list);
        lua_replace(L, made);
      }
    }
    lua_settop(L, co);
  }
}

void tg_notemade (lua_State *L) {
  push_made(L);
  if (lua_istable(L, -1)) {
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
  lua_pop(L, 1);
}

void tg_notecompared (lua_State *L, int index) {
  const int top = lua_gettop(L);
  if (tg_test(L, index, TG_VALUE) == NULL) return;
  push_made(L);
  if (lua_istable(L, top + 1)) {
    lua_rawgeti(L, top + 1, COMPARED);
    if (!lua_istable(L, -1)) {
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, top + 1, COMPARED);
    }
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
  lua_settop(L, top);
}

/* made(): returns the list that push_made pushes. */
static int made (lua_State *L) {
  push_made(L);
  return 1;
}

/*
** switch_anomaly(on): switches anomaly mode on or off for all that follows,
** also in the calls that have turned it on. Returns whether it was on.
*/
static int switch_anomaly (lua_State *L) {
  tg_state *state = tg_getstate(L);
  const int before = tg_modelevel(L, TG_ANOMALY);
  state->anomaly = state->maybe[TG_ANOMALY] = lua_toboolean(L, 1);
  lua_pushnil(L);
  while (!state->anomaly && lua_next(L, TG_UP_MODES)) {
    ((modes *)lua_touserdata(L, -1))->level[TG_ANOMALY] = 0;
    lua_pop(L, 1);
  }
  lua_pushboolean(L, before > 0);
  return 1;
}

/* guard_function(f): registers guard.lua's `run`, whose presence on a
   coroutine's stack means that a mode was entered there. */
static int guard_function (lua_State *L) {
  tg_getstate(L)->guard = lua_topointer(L, 1);
  return 0;
}

int tg_endederror (lua_State *L) {
  return tg_usererror(
    L, "compile: a Value of a function that was compiled is used "
       "after that; call the Program for its value");
}

int tg_recordederror (lua_State *L, const char *what) {
  if (!tg_inmode(L, tg_getstate(L), TG_RECORDING)) return tg_endederror(L);
  return tg_usererror(L,
                      "compile: the program would be frozen to %s as it is "
                      "now; use tinygrad.where, lt, max or min instead",
                      what);
}

void tg_add_mode_functions (lua_State *L) {
  tg_add(L, "mode_level", mode_level);
  tg_add(L, "enter_mode", enter_mode);
  tg_add(L, "leave_mode", leave_mode);
  tg_add(L, "switch_anomaly", switch_anomaly);
  tg_add(L, "guard_function", guard_function);
  tg_add(L, "made", made);
}
