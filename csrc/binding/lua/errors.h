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
** Raises "bad argument #arg to 'name' (expected, got type)" at the caller's
** position, counting arguments as Lua does for method calls.
*/
int tg_typeerror (lua_State *L, int arg, const char *name,
                  const char *expected);

/* Pushes "file:line" of the innermost Lua function that is not tinygrad's. */
void tg_pushposition (lua_State *L);

/* As luaL_error, with the position of tg_pushposition. */
int tg_usererror (lua_State *L, const char *format, ...);

/*
** Raises the message on the top with the position of the function at a level,
** as luaL_where has it; of tg_pushposition, if that is one of tinygrad's.
*/
int tg_raise (lua_State *L, int level);

/* As luaL_error, by tg_raise at level 1. */
int tg_error (lua_State *L, const char *format, ...);

/* Number at `arg` (strings are not numbers), or an error. */
double tg_checknumber (lua_State *L, int arg, const char *name);

/*
** The length of the table at `arg`, or an error. Tables may claim any length
** by a few far elements; none that is let through overflows an int or, times
** what belongs to an element, a size.
*/
size_t tg_checklist (lua_State *L, int arg);

/* The whole number at `arg`, from `least` to `most`, or an error. */
size_t tg_checkwhole (lua_State *L, int arg, size_t least, size_t most);

void tg_add_error_functions (lua_State *L);

TG_HIDDEN_END

#endif
