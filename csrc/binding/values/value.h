/*
** value.h: the Value userdata as the binding's other files see it.
**
** No script may crash its host or read its memory. Every C function that Lua
** can reach, those of require "tinygrad.core" too, checks what it is given:
** objects are recognised by tg_test alone. (All functions have the same first
** upvalues, so that it compares two pointers.) Three things are out of reach:
** metatables, so that metamethods need not check their selves (tg_newtype);
** functions of addresses (tg_pushhost); and a Program's anchor (programs.c).
** What every operation goes through is inline: a tenth of its time.
*/
#ifndef TG_VALUE_H
#define TG_VALUE_H

#include "../lua/compat.h"

#include "../../engine/graph/node.h"
#include "../../engine/parts.h"

/* Where a debug hook, say, starts a pass while another is running */
#define TG_RUNNINGMESSAGE \
  "backward is already running in this Lua state; nothing that it calls can " \
  "start another"

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
** Adds a function of the core to the table on the top, while the core is being
** opened and the upvalues are the lowest of the stack. (By calls rather than by
** lists, as pointers in lists would have to be relocated.)
*/
void tg_add (lua_State *L, const char *name, lua_CFunction f);

/*
** Pushes a function that only C may call, as it takes an address: hosts' and
** Lua's own light userdata are within scripts' reach.
*/
void tg_pushhost (lua_State *L, const char *name);

/* Ways to compute that last for a call */
typedef enum tg_mode {
  TG_NO_GRAD, /* results are leaves */
  TG_ANOMALY, /* looks out for the first NaN or inf */
  TG_TRACING, /* a function is being compiled */
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
  int recordings;       /* how many have begun, for their order */
  const void *guard;    /* the Lua function below which modes last */
} tg_state;

static inline tg_state *tg_getstate (lua_State *L) {
  return (tg_state *)lua_touserdata(L, TG_UP_STATE);
}

/* How many calls that the running code is in have turned the mode on. */
int tg_modelevel (lua_State *L, tg_mode mode);

static inline int tg_inmode (lua_State *L, const tg_state *state,
                             tg_mode mode) {
  return state->maybe[mode] && tg_modelevel(L, mode) > 0;
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

/* The node at `index`, or NULL. */
#define tg_testnode(L, index) ((tg_node *)tg_test(L, index, TG_VALUE))

/* Argument 1 of the method `name` as a node, or an error. */
tg_node *tg_checkself (lua_State *L, const char *name);

/*
** Reads a number or Value into an edge that holds an operand. Returns 0 if
** there is something else at `index`. May leave a value on the stack.
*/
static inline int tg_tooperand (lua_State *L, const tg_state *state, int index,
                                tg_edge *operand) {
  void *p = lua_touserdata(L, index);
  if (p != NULL) {
    operand->parent = (tg_node *)p;
    operand->partial = 0.0;
    return lua_getmetatable(L, index) &&
           lua_topointer(L, -1) == state->types[TG_VALUE];
  }
  operand->parent = NULL;
  operand->partial = (double)lua_tonumber(L, index);
  return lua_type(L, index) == LUA_TNUMBER;
}

/*
** Pushes a new node with room for `nedges` edges that will keep `nparents`
** Values alive. It gets its type by tg_finishnode.
*/
static inline tg_node *tg_newnode (lua_State *L, size_t nedges, int nparents) {
  return (tg_node *)tg_newuserdata(L, tg_nodesize(nedges),
                                   nparents <= TG_ANCHORS ? nparents : 1);
}

/* Makes the filled-in node on the top of the stack a Value. */
static inline void tg_finishnode (lua_State *L) {
  lua_pushvalue(L, TG_UP_METATABLE);
  lua_setmetatable(L, -2);
}

/* Pushes a new leaf. */
void tg_newleaf (lua_State *L, double data);

/* Number of operands of `node` that are Values. */
int tg_countparents (const tg_node *node);

/*
** Pushes operand `i` of the node at `index`, which has `parents` parents,
** `live` of them before this operand.
*/
void tg_pushoperand (lua_State *L, int index, unsigned i, int live,
                     int parents);

/*
** Sets as anchors of the node at the top the `live` Values among the `n`
** stack slots above `base` that `operands` was read from.
*/
static inline void tg_anchor (lua_State *L, const tg_edge *operands, int base,
                              int n, int live) {
  int i, k = 0;
  if (live > TG_ANCHORS) lua_createtable(L, live, 0);
  for (i = 0; i < n; i++) {
    if (operands[i].parent == NULL) continue;
    lua_pushvalue(L, base + i + 1);
    if (live > TG_ANCHORS)
      lua_rawseti(L, -2, ++k);
    else
      tg_setanchor(L, -2, ++k);
  }
  if (live > TG_ANCHORS) tg_setanchor(L, -2, 1);
}

/*
** The length of the table at `arg`, or an error. Tables may claim any length
** by a few far elements; none that is let through overflows an int or, times
** what belongs to an element, a size.
*/
size_t tg_checklist (lua_State *L, int arg);

/* The whole number at `arg`, from `least` to `most`, or an error. */
size_t tg_checkwhole (lua_State *L, int arg, size_t least, size_t most);

/* Pushes a block for `n` things of `size` bytes that the collector frees. */
void *tg_newscratch (lua_State *L, size_t n, size_t size);

/* Pushes the nodes of the table of Values at `index` as such a block. */
tg_node **tg_pushnodes (lua_State *L, int index, size_t *n);

/* Pushes the name of the operation that made the node; nil for a leaf. */
void tg_pushopname (lua_State *L, int index);

/* Is the value at `index` a userdata of that type? */
int tg_isof (lua_State *L, int index, const char *type);

/* The name of the type at `index` as error messages put it. */
const char *tg_typename (lua_State *L, int index);

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

/* Raises the error for what a function that is being compiled may not do with
   a Value of the recording. */
int tg_tracederror (lua_State *L, const char *what);

/* Raises the error for a Value of a recording that has ended. */
int tg_endederror (lua_State *L);

/* Writes `x` in a format of printf, the same under every locale. */
void tg_formatnumber (char *buffer, size_t size, const char *format, double x);

/* Number at `arg` (strings are not numbers), or an error. */
double tg_checknumber (lua_State *L, int arg, const char *name);

/* The methods and metamethods of Values. */
void tg_add_value_methods (lua_State *L);
void tg_add_value_metamethods (lua_State *L);

/* The functions of the module that make and recognise Values. */
void tg_add_value_functions (lua_State *L);

#endif
