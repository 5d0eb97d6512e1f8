/*
** state.h: what is known of one Lua state: what all functions of the core
** share, the types of userdata that scripts get hold of, and memory that the
** collector frees. All other files of the binding stand on this one.
**
** No script may crash its host or read its memory. Every C function that Lua
** can reach, those of require "tinygrad.core" too, checks what it is given:
** objects are recognised by tg_test alone. (All functions have the same first
** upvalues, so that it compares two pointers.) Three things are out of reach:
** metatables, so that metamethods need not check their selves (tg_newtype);
** functions of addresses (tg_pushhost); and a Program's anchor (program.c).
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

/* Pushes all of these, for another function of the core. */
void tg_pushupvalues (lua_State *L);

/*
** Pushes all of these on the empty stack of luaopen_tinygrad_core, where they
** stay while the core is being opened; `callhook` becomes the TG_UP_HOOK.
*/
void tg_openstate (lua_State *L, lua_CFunction callhook);

/*
** Adds a function of the core to the table on the top, while the core is being
** opened. (By calls rather than by lists, as pointers in lists would have to be
** relocated.)
*/
void tg_add (lua_State *L, const char *name, lua_CFunction f);

/*
** Pushes a function that only C may call, as it takes an address: hosts' and
** Lua's own light userdata are within scripts' reach. They are in the registry,
** in the table TG_HOST.
*/
void tg_pushhost (lua_State *L, const char *name);
#define TG_HOST "tinygrad.host"

/* Ways to compute that last for a call */
typedef enum tg_mode {
  TG_NO_GRAD,   /* results are leaves */
  TG_ANOMALY,   /* looks out for the first NaN or inf */
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

/* What one Lua state's tinygrad remembers. */
typedef struct tg_state {
  const void *types[TG_NTYPES]; /* their metatables; NULL: left out */
  int running; /* a pass over the graph is running: gradients are not valid */
  int maybe[TG_NMODES]; /* is each mode on anywhere, in any coroutine? */
  int anomaly;          /* is that mode switched on for all? */
  double recordings;    /* how many have begun, for their order */
  const void *guard;    /* the Lua function below which modes last */
} tg_state;

static inline tg_state *tg_getstate (lua_State *L) {
  return (tg_state *)lua_touserdata(L, TG_UP_STATE);
}

/*
** Pushes a new metatable for a type, while the core is being opened. The
** registry keeps it, so that no other table ever has its address; getmetatable
** gives something else (false), so that nothing but the type's own objects ever
** has it, nor calls its metamethods with another self.
*/
void tg_newtype (lua_State *L, tg_type type, const char *name);

/*
** The object of that type at `index`, or NULL if something else is there (a
** table with an object's metatable, say). For functions of the core only.
*/
static inline void *tg_test (lua_State *L, int index, tg_type type) {
  void *p = lua_touserdata(L, index);
  int same;
  if (p == NULL || !lua_getmetatable(L, index)) return NULL;
  same = lua_topointer(L, -1) == tg_getstate(L)->types[type];
  lua_pop(L, 1);
  return same ? p : NULL;
}

/* Is the value at `index` a userdata of that type? */
int tg_isof (lua_State *L, int index, const char *type);

/* The name of the type of the value at `index`, as error messages put it. */
const char *tg_typename (lua_State *L, int index);

/* Pushes memory for `n` things of `size` bytes that the collector frees. */
void *tg_newscratch (lua_State *L, size_t n, size_t size);

TG_HIDDEN_END

#endif
