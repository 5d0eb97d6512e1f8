/*
** save.c: turns Programs into bytes and bytes into Programs. program/save.lua
** adds the shapes, as `extra`.
*/
#include "save.h"

#include "../../engine/program/program.h"
#include "../values/custom.h"
#include "../lua/errors.h"
#include "../lua/poll.h"
#include "program.h"

#ifndef TG_NO_SAVE

/* program_bytes(program, extra): returns a string of both, or nothing if it
   would be too large. */
static int program_bytes (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "to_string");
  size_t nextra, size;
  const char *extra = luaL_checklstring(L, 2, &nextra);
  char *bytes;
  tg_hookpoll hooks;
  size = tg_program_save(p, extra, nextra, NULL);
  if (size == 0) return 0;
  bytes = (char *)tg_newscratch(L, size, 1);
  tg_hookpoll_begin(L, &hooks);
  tg_hookpoll_end(
    &hooks, tg_program_write(p, extra, nextra, bytes, &size, &hooks.poll));
  lua_pushlstring(L, bytes, size);
  return 1;
}

/* Pushes and returns an array of the operations whose functions are in the
   table at `index`; NULL ends it. */
static const tg_operation **push_operations (lua_State *L, int index) {
  const size_t n = lua_istable(L, index) ? lua_rawlen(L, index) : 0;
  const tg_operation **list =
    (const tg_operation **)tg_newscratch(L, n + 1, sizeof *list);
  size_t i;
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    list[i] = tg_tooperation(L, -1);
    lua_pop(L, 1);
    if (list[i] == NULL)
      tg_usererror(L, "operations[%d] is not an operation of the C host",
                   (int)i + 1);
  }
  list[n] = NULL;
  return list;
}

/* program_from(bytes, operations): returns the Program and its extra, or nil
   and a message. `operations` is a table of functions of a C host. */
static int program_from (lua_State *L) {
  size_t size, nextra = 0;
  const char *bytes = luaL_checklstring(L, 1, &size);
  const tg_operation **operations;
  const char *unknown;
  const void *extra;
  tg_owner *o;
  tg_hookpoll hooks;
  tg_status status;
  int attempt;
  lua_settop(L, 2);
  operations = push_operations(L, 2);
  o = tg_newowner(L);
  for (attempt = 0; attempt < 2; attempt++) {
    tg_hookpoll_begin(L, &hooks);
    status = tg_program_read(bytes, size, operations, &o->memory, &o->program,
                             &unknown, &hooks.poll);
    tg_hookpoll_end(&hooks, status);
    if (status != TG_NOMEMORY) break;
    lua_gc(L, LUA_GCCOLLECT, 0);
  }
  if (status == TG_NOMEMORY) return luaL_error(L, "not enough memory");
  if (status != TG_OK) {
    lua_pushnil(L);
    if (unknown != NULL)
      lua_pushfstring(L, "%s: '%s'", tg_status_text(status), unknown);
    else
      lua_pushstring(L, tg_status_text(status));
    return 2;
  }
  tg_pushowned(L, o);
  extra = tg_good_extra(bytes, size, &nextra);
  lua_pushlstring(L, (const char *)extra, nextra);
  return 2;
}

void tg_add_save_functions (lua_State *L) {
  tg_add(L, "program_bytes", program_bytes);
  tg_add(L, "program_from", program_from);
}

#endif
