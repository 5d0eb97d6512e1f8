/*
** errors.h: errors that blame the caller's line and name the argument, and the
** checks of arguments that raise them.
*/
#ifndef TG_ERRORS_H
#define TG_ERRORS_H

#include "../../engine/attributes.h"
#include "state.h"

TG_HIDDEN_BEGIN

/*
** Raises "bad argument #arg to 'name' (expected, got type)", with advice, at
** the caller's position. In a method call, as in Lua's messages, the object is
** "self" and the argument after it is number 1.
*/
int tg_typeerror (lua_State *L, int arg, const char *name,
                  const char *expected);

/* Pushes "file:line" of the innermost running Lua function that is not
   tinygrad's, or "?". */
void tg_pushposition (lua_State *L);

/* Raises a formatted message with the position of tg_pushposition. */
int tg_usererror (lua_State *L, const char *format, ...);

/*
** Raises the message on the top with the position of the function at `level`,
** as luaL_where gives it. If that function is one of tinygrad's, the position
** is that of tg_pushposition.
*/
int tg_raise (lua_State *L, int level);

/* Raises a formatted message by tg_raise at level 1. */
int tg_error (lua_State *L, const char *format, ...);

/* Returns the number at `arg`, or raises an error; converts no strings. */
double tg_checknumber (lua_State *L, int arg, const char *name);

/*
** Returns the length of the table at `arg`, or raises an error. A table may
** claim any length by a few far elements. A length that this function returns
** fits an int and, times the at most 64 bytes of an element, a size_t.
*/
size_t tg_checklist (lua_State *L, int arg);

/* Returns the whole number from `least` to `most` at `arg`, or raises an
   error. */
size_t tg_checkwhole (lua_State *L, int arg, size_t least, size_t most);

/* Adds fail and library, which tinygrad's Lua files call. */
void tg_add_error_functions (lua_State *L);

TG_HIDDEN_END

#endif
