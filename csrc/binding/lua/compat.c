#include "compat.h"

#if LUA_VERSION_NUM < 502
void tg_setfuncs (lua_State *L, const luaL_Reg *functions, int n) {
  luaL_checkstack(L, n + 1, "too many upvalues");
  for (; functions->name != NULL; functions++) {
    int i;
    for (i = 0; i < n; i++) lua_pushvalue(L, -n);
    lua_pushcclosure(L, functions->func, n);
    lua_setfield(L, -n - 2, functions->name);
  }
  lua_pop(L, n);
}
#endif
