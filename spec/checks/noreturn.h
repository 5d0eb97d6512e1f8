/*
** noreturn.h: what no analyzer can see: Lua's errors do not return. Included
** before everything else by .ci/run's step `analyzers`.
*/
#define NORETURN __attribute__((noreturn))

struct lua_State;
NORETURN int lua_error (struct lua_State *L);
NORETURN int luaL_error (struct lua_State *L, const char *format, ...);
NORETURN int luaL_argerror (struct lua_State *L, int arg, const char *message);
NORETURN int tg_typeerror (struct lua_State *L, int arg, const char *name,
                           const char *expected);
NORETURN int tg_usererror (struct lua_State *L, const char *format, ...);
NORETURN int tg_tracederror (struct lua_State *L, const char *what);
