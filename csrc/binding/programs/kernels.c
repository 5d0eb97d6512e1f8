/*
** kernels.c: opens the module "tinygrad.kernels"; see kernels.h.
*/
#include "../../engine/parts.h"
#include "../lua/compat.h"
#include "kernels.h"

#ifndef TG_NO_BATCH

int luaopen_tinygrad_kernels (lua_State *L) {
  tg_kernelset *set;
  tg_checkversion(L);
  tg_checkieee(L, "kernels");
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "tinygrad kernels " TG_VERSION " for " TG_LUA);
  lua_setfield(L, -2, "build"); /* load.lua looks for it in the file too */
  set = (tg_kernelset *)tg_newuserdata(L, sizeof *set, 0);
  set->mark = TG_KERNELS_MARK;
  set->best = tg_kernels_best;
  luaL_newmetatable(L, TG_KERNELS_TYPE);
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "kernels");
  return 1;
}

#endif
