/*
** loader.c: the whole of tinygrad as one C function. The Lua modules find each
** other by a `require` of their own, which needs neither files nor the package
** library; they get it, and the libraries io and os, as arguments.
*/
#include <string.h>

#include "../binding/lua/compat.h"
#include "modules.h"

/* The registry's table of the modules that are loaded, by name */
#define LOADED "tinygrad.modules"

/* The modules that are written in C; the name of the last entry is NULL. */
static const luaL_Reg c_modules[] = {
  { "tinygrad.core", luaopen_tinygrad_core },
#ifndef TG_NO_BATCH
  { "tinygrad.kernels", luaopen_tinygrad_kernels },
#endif
  { NULL, NULL }
};

/* The beginning of each module's first line, before its own text */
static const char prologue[] = "local require, io, os = ...; ";

typedef struct source {
  const tg_module *module;
  int reads; /* how many so far; the first gives the prologue */
} source;

/* A lua_Reader: returns the prologue, and then the module. */
static const char *read_source (lua_State *L, void *data, size_t *size) {
  source *s = (source *)data;
  (void)L;
  switch (s->reads++) {
  case 0:
    *size = sizeof prologue - 1;
    return prologue;
  case 1:
    *size = s->module->size;
    return (const char *)s->module->source;
  default:
    *size = 0;
    return NULL;
  }
}

static int load (lua_State *L, const tg_module *m) {
  source s;
  s.module = m;
  s.reads = 0;
#if LUA_VERSION_NUM >= 502
  return lua_load(L, read_source, &s, m->chunk, "t");
#else
  return lua_load(L, read_source, &s, m->chunk);
#endif
}

/* Pushes the global library `name`, or nil if it is not open. */
static void push_library (lua_State *L, const char *name) {
  tg_pushglobals(L);
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
}

/* Raises an error whose message has no position. */
static int raise (lua_State *L, const char *format, const char *module,
                  const char *detail) {
  lua_pushfstring(L, format, module, detail);
  return lua_error(L);
}

static int raise_absent (lua_State *L, const char *module, const char *name) {
  return raise(L,
               "%s needs the library '%s', which is not open in this Lua state",
               module, name);
}

static int is_open (lua_State *L, const char *name) {
  int open;
  push_library(L, name);
  open = lua_istable(L, -1);
  lua_pop(L, 1);
  return open;
}

/* Raises an error unless the libraries are open that the module needs. */
static void check_libraries (lua_State *L, const tg_module *m) {
  static const char *const names[] = { "string", "table", "math" };
  unsigned i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if ((m->needs >> i & 1) && !is_open(L, names[i]))
      raise_absent(L, m->name, names[i]);
}

/* The __index of the table that stands for a library that was not open when the
   module was loaded. Upvalues: the names of the module and of the library. */
static int late_library (lua_State *L) {
  const char *name = lua_tostring(L, lua_upvalueindex(2));
  push_library(L, name);
  if (!lua_istable(L, -1))
    return raise_absent(L, lua_tostring(L, lua_upvalueindex(1)), name);
  lua_pushvalue(L, 2);
  lua_gettable(L, -2);
  return 1;
}

/* Pushes the library, or a table that asks for it when a field is read. */
static void push_optional (lua_State *L, const tg_module *m, const char *name) {
  push_library(L, name);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, m->name);
  lua_pushstring(L, name);
  lua_pushcclosure(L, late_library, 2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

static const tg_module *find (const char *name) {
  const tg_module *m = tg_modules;
  while (m->name != NULL && strcmp(m->name, name) != 0) m++;
  return m->name != NULL ? m : NULL;
}

/* The modules' `require`; upvalue 1: the table of modules that are loaded. */
static int require_module (lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const tg_module *m;
  lua_settop(L, 1);
  lua_getfield(L, lua_upvalueindex(1), name);
  if (!lua_isnil(L, -1)) return 1;
  m = find(name);
  if (m == NULL) /* LCOV_EXCL_START: no module asks for another */
    return raise(L, "%s is not in this build of tinygrad", name,
                 NULL);    /* LCOV_EXCL_STOP */
  if (m->left_out != NULL) /* LCOV_EXCL_START: spec/embed/parts.lua */
    return raise(L, "%s was left out of this build of tinygrad (%s)", name,
                 m->left_out); /* LCOV_EXCL_STOP */
  check_libraries(L, m);
  if (load(L, m) != 0) return lua_error(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, require_module, 1);
  push_optional(L, m, "io");
  push_optional(L, m, "os");
  lua_call(L, 3, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, lua_upvalueindex(1), name);
  return 1;
}

/* source(chunk): returns the text of a module, named as messages name its file
   ("@tinygrad/fit/init.lua"), for help; nothing if no module has that name. */
/* LCOV_EXCL_START: help needs the debug library, which sandboxes lack */
static int source_of (lua_State *L) {
  const char *chunk = luaL_checkstring(L, 1);
  const tg_module *m;
  for (m = tg_modules; m->name != NULL; m++)
    if (m->chunk != NULL && strcmp(m->chunk, chunk) == 0) {
      lua_pushlstring(L, (const char *)m->source, m->size);
      return 1;
    }
  return 0;
}
/* LCOV_EXCL_STOP */

/* Pushes the modules' `require`, and makes its table at the first call. */
static void push_require (lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, LOADED);
  if (lua_isnil(L, -1)) {
    const luaL_Reg *m;
    lua_pop(L, 1);
    lua_newtable(L);
    for (m = c_modules; m->name != NULL; m++) {
      lua_pushcfunction(L, m->func);
      lua_call(L, 0, 1);
      lua_setfield(L, -2, m->name);
    }
    lua_pushcfunction(L, source_of);
    lua_setfield(L, -2, "tinygrad.source");
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "tinygrad.loaded");
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, require_module, 1);
    lua_setfield(L, -2, "tinygrad.load"); /* no need to look for files */
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, LOADED);
  }
  lua_pushcclosure(L, require_module, 1);
}

/* Lets scripts load the modules, too, in a state with a package library. The
   modules' `require` is on the top. */
static void preload (lua_State *L) {
  const int require = lua_gettop(L);
  const luaL_Reg *c;
  const tg_module *m;
  push_library(L, "package");
  if (lua_istable(L, -1)) lua_getfield(L, -1, "preload");
  if (lua_istable(L, -1)) {
    for (c = c_modules; c->name != NULL; c++) {
      lua_pushvalue(L, require);
      lua_setfield(L, -2, c->name);
    }
    for (m = tg_modules; m->name != NULL; m++) {
      lua_pushvalue(L, require);
      lua_setfield(L, -2, m->name);
    }
  }
  lua_settop(L, require);
}

int luaopen_tinygrad (lua_State *L) {
  lua_settop(L, 0);
  push_require(L);
  preload(L);
  lua_pushliteral(L, "tinygrad");
  lua_call(L, 1, 1);
  return 1;
}
