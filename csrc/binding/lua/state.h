/*
** state.h: what tinygrad keeps for one Lua state: the upvalues that all
** functions of the core share, the types of userdata that scripts get hold of,
** and memory that the collector frees. The rest of the binding builds on it.
**
** No script may crash its host or read its memory. Every C function that Lua
** can reach, also by require "tinygrad.core", checks what it is given, and
** recognises objects by tg_test alone. (All functions have the same first
** upvalues, so that tg_test compares two pointers.) Scripts cannot reach three
** things: metatables, so that metamethods need not check their selves
** (tg_newtype); functions that take addresses (tg_pushhost); and a Program's
** anchor (program.c).
*/
#ifndef TG_STATE_H
#define TG_STATE_H

#include "../../engine/attributes.h"
#include "compat.h"

#include "../../engine/parts.h"

TG_HIDDEN_BEGIN

#define TG_VALUE_TYPE "tinygrad.Value"
#define TG_PROGRAM_TYPE "tinygrad.Program"
#define TG_TENSOR_TYPE "tinygrad.Tensor"

#define TG_UP_METATABLE lua_upvalueindex(1) /* of Values */
#define TG_UP_STATE lua_upvalueindex(2)     /* the tg_state */
#define TG_UP_LABELS lua_upvalueindex(3)    /* Value -> string, weak keys */
#define TG_UP_METHODS lua_upvalueindex(4)
#define TG_UP_LINES lua_upvalueindex(5)   /* Value -> where it was made */
#define TG_UP_CUSTOM lua_upvalueindex(6)  /* Value -> custom operation */
#define TG_UP_LIBRARY lua_upvalueindex(7) /* set of tinygrad's Lua files */
#define TG_UP_HOOK lua_upvalueindex(8)    /* runs a debug hook */
#define TG_UP_MODES lua_upvalueindex(9)   /* coroutine -> its modes */
#define TG_UPVALUES 9

/* Pushes the running function's upvalues, for another function of the core. */
void tg_pushupvalues (lua_State *L);

/*
** Pushes new upvalues on the empty stack of luaopen_tinygrad_core, where they
** stay while the core is being opened; `callhook` becomes TG_UP_HOOK.
*/
void tg_openstate (lua_State *L, lua_CFunction callhook);

/*
** Adds `f`, with the upvalues, to the table on the top, while the core is being
** opened. (Calls of this function are smaller than luaL_Reg arrays, whose
** pointers the loader would have to relocate.)
*/
void tg_add (lua_State *L, const char *name, lua_CFunction f);

/*
** Pushes the function `name` of the table TG_HOST in the registry. Only C may
** call those functions, which take addresses: a script could give them any
** light userdata of its host or of Lua.
*/
void tg_pushhost (lua_State *L, const char *name);
#define TG_HOST "tinygrad.host"

/* Modes of computing, which last for a call (modes.h) */
typedef enum tg_mode {
  TG_NO_GRAD,   /* results are leaves */
  TG_ANOMALY,   /* the first NaN or inf raises an error */
  TG_RECORDING, /* a function is being compiled */
  TG_NMODES
} tg_mode;

/* The types of userdata that scripts get hold of */
typedef enum tg_type {
  TG_VALUE,
  TG_PROGRAM,
  TG_TENSOR,
  TG_GENERATOR,
  TG_NTYPES
} tg_type;

/* What tinygrad remembers in one Lua state */
typedef struct tg_state {
  const void *types[TG_NTYPES]; /* metatables; NULL: the build has no such */
  int running; /* whether a pass over the graph runs; gradients are then void */
  int maybe[TG_NMODES]; /* 0: the mode is off in all coroutines */
  int anomaly;          /* whether that mode is on for all code */
  double recordings;    /* how many have begun, which numbers them */
  const void *guard;    /* the Lua function below which modes last */
} tg_state;

static inline tg_state *tg_getstate (lua_State *L) {
  return (tg_state *)lua_touserdata(L, TG_UP_STATE);
}

/*
** Pushes a new metatable for a type, while the core is being opened. The
** registry keeps it, so that no other table ever has its address. getmetatable
** gives false in its place, so that only the type's own objects have it and
** its metamethods get no other self.
*/
void tg_newtype (lua_State *L, tg_type type, const char *name);

/*
** Returns the object of a type at `index`, or NULL if something else is there
** (a table with an object's metatable, say). Only functions of the core may
** call it: it reads their upvalues.
*/
static inline void *tg_test (lua_State *L, int index, tg_type type) {
  void *p = lua_touserdata(L, index);
  int same;
  if (p == NULL || !lua_getmetatable(L, index)) return NULL;
  same = lua_topointer(L, -1) == tg_getstate(L)->types[type];
  lua_pop(L, 1);
  return same ? p : NULL;
}

/* Returns whether a userdata with the metatable `type` of the registry is at
   `index`; needs no upvalues. */
int tg_isof (lua_State *L, int index, const char *type);

/* Returns the name of the type of the value at `index` for messages: "Value",
   "Program", "Tensor", or Lua's name. */
const char *tg_typename (lua_State *L, int index);

/* Pushes and returns memory for `n` things of `size` bytes, which the collector
   frees. */
void *tg_newscratch (lua_State *L, size_t n, size_t size);

TG_HIDDEN_END

#endif
