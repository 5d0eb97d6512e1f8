/*
** noreturn.h: tells analyzers that functions which raise errors do not return.
** .ci/run's step `analyzers` includes it before everything else.
*/
#define NORETURN __attribute__((noreturn))

struct lua_State;
NORETURN int lua_error (struct lua_State *L);
NORETURN int luaL_error (struct lua_State *L, const char *format, ...);
NORETURN int luaL_argerror (struct lua_State *L, int arg, const char *message);
NORETURN int tg_typeerror (struct lua_State *L, int arg, const char *name,
                           const char *expected);
NORETURN int tg_usererror (struct lua_State *L, const char *format, ...);
