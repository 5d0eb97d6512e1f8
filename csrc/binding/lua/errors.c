/*
** errors.c: errors that blame the caller's line and name the argument.
*/
#include "errors.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "advice.h"
#include "numerals.h"

/* Positions */

/* Reads the source and line of a stack level into `ar`; returns whether the
   source is one of tinygrad's Lua files. */
static int is_own (lua_State *L, lua_Debug *ar) {
  int own;
  lua_getinfo(L, "Sl", ar);
  lua_getfield(L, TG_UP_LIBRARY, ar->source);
  own = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return own;
}

void tg_pushposition (lua_State *L) {
  lua_Debug ar;
  int level;
  for (level = 1; lua_getstack(L, level, &ar); level++)
    if (!is_own(L, &ar) && ar.currentline > 0) {
      lua_pushfstring(L, "%s:%d", ar.short_src, ar.currentline);
      return;
    }
  lua_pushliteral(L, "?");
}

/* Raising */

/* Puts "file:line: " of tg_pushposition before the message on the top. */
static int raise_positioned (lua_State *L) {
  tg_pushposition(L);
  lua_pushliteral(L, ": ");
  lua_pushvalue(L, -3);
  lua_concat(L, 3);
  return lua_error(L);
}

int tg_usererror (lua_State *L, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  return raise_positioned(L);
}

int tg_raise (lua_State *L, int level) {
  lua_Debug ar;
  if (lua_getstack(L, level, &ar) && is_own(L, &ar)) return raise_positioned(L);
  luaL_where(L, level);
  lua_insert(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

int tg_error (lua_State *L, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  return tg_raise(L, 1);
}

/* Returns whether the running C function was called as v:name(...). */
static int is_method_call (lua_State *L) {
  lua_Debug ar;
  return lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) &&
         strcmp(ar.namewhat, "method") == 0;
}

int tg_typeerror (lua_State *L, int arg, const char *name,
                  const char *expected) {
  const char *type = tg_typename(L, arg);
  const char *advice = tg_pushadvice(L, arg, name, expected);
  if (is_method_call(L) && --arg == 0)
    return tg_error(L, "calling '%s' on bad self (%s, got %s)", name, expected,
                    type);
  return tg_error(L, "bad argument #%d to '%s' (%s, got %s%s)", arg, name,
                  expected, type, advice);
}

/* Arguments */

double tg_checknumber (lua_State *L, int arg, const char *name) {
  if (lua_type(L, arg) != LUA_TNUMBER)
    tg_typeerror(L, arg, name, "number expected");
  return (double)lua_tonumber(L, arg);
}

/* A list is shorter than this: its length fits an int and, times 64 bytes for
   each element, a size_t. */
#define LONGEST ((size_t)-1 / 64 < INT_MAX ? (size_t)-1 / 64 : INT_MAX)

size_t tg_checklist (lua_State *L, int arg) {
  size_t n;
  luaL_checktype(L, arg, LUA_TTABLE);
  n = lua_rawlen(L, arg);
  luaL_argcheck(L, n < LONGEST, arg, "table too long");
  return n;
}

size_t tg_checkwhole (lua_State *L, int arg, size_t least, size_t most) {
  const double x = (double)luaL_checknumber(L, arg);
  if (!(x >= (double)least && x <= (double)most && x == floor(x)))
    luaL_argerror(
      L, arg,
      lua_pushfstring(L, "whole number from %s to %s expected, got %s",
                      tg_pushnumber(L, (double)least),
                      tg_pushnumber(L, (double)most), tg_pushnumber(L, x)));
  return (size_t)x;
}

/* For Lua modules */

/* fail(message, [level]): raises an error as Lua's `error` does, but never
   blames tinygrad's files: see tg_raise. */
static int fail (lua_State *L) {
  const int level =
    lua_isnoneornil(L, 2) ? 1 : (int)tg_checkwhole(L, 2, 0, 1000);
  lua_settop(L, 1);
  return lua_type(L, 1) == LUA_TSTRING ? tg_raise(L, level) : lua_error(L);
}

/* library(): notes the Lua file that calls it as one of tinygrad's. */
static int library (lua_State *L) {
  lua_Debug ar;
  if (lua_getstack(L, 1, &ar) && lua_getinfo(L, "S", &ar)) {
    lua_pushboolean(L, 1);
    lua_setfield(L, TG_UP_LIBRARY, ar.source);
  }
  return 0;
}

void tg_add_error_functions (lua_State *L) {
  tg_add(L, "fail", fail);
  tg_add(L, "library", library);
}
