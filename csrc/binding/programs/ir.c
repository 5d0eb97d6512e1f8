/*
** ir.c: makes a Program with one of the engine's builders.
*/
#include "ir.h"

#include "../../engine/numeric/environment.h"
#include "../lua/errors.h"
#include "../values/custom.h"
#include "../values/pass.h"
#include "program.h"

#ifndef TG_NO_PROGRAM

/* Runs `make` once; sets *refused to the operation that the builder refused, if
   any. */
static tg_status attempt (lua_State *L, tg_owner *o, tg_maker make, void *data,
                          int simplify, int hold,
                          const tg_operation **refused) {
  tg_environment host; /* the builder computes operations on constants */
  tg_pass pass;
  tg_status status;
  tg_ir ir;
  tg_ir_init(&ir, &o->memory, tg_pass_begin(L, &pass));
  ir.simplify = simplify;
  ir.hold = hold;
  tg_environment_enter(&host);
  make(&ir, &o->program, data);
  tg_environment_leave(&host);
  status = ir.status;
  *refused = ir.refused;
  tg_ir_free(&ir);
  tg_pass_end(&pass, status);
  return status;
}

int tg_makeprogram (lua_State *L, tg_maker make, void *data, int simplify,
                    int hold) {
  tg_owner *o = tg_newowner(L);
  const tg_operation *refused;
  tg_status status;
  if (tg_getstate(L)->running)
    return tg_error(L, "cannot make a Program while a backward pass is "
                       "running");
  status = attempt(L, o, make, data, simplify, hold, &refused);
  if (status == TG_NOMEMORY) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    status = attempt(L, o, make, data, simplify, hold, &refused);
  }
  if (status == TG_NOMEMORY) return luaL_error(L, "not enough memory");
  if (status == TG_CUSTOM)
    return tg_usererror(L, "compile: the function uses the result of a custom "
                           "operation computed before; compute it inside");
  if (status == TG_ONCE) return tg_usererror(L, TG_ONCEMESSAGE, refused->name);
  if (status == TG_CAPTURED)
    lua_pushnil(L);
  else
    tg_pushowned(L, o);
  return 1;
}

#endif
