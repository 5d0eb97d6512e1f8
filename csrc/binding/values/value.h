/*
** value.h: the Value userdata, for the other files of the binding. A node's
** parents are those of its operands that are Values, not numbers. Functions
** that every operation calls are inline, which saves a tenth of its time.
*/
#ifndef TG_VALUE_H
#define TG_VALUE_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

#include "../../engine/graph/node.h"

TG_HIDDEN_BEGIN

/* Returns the node of the Value at `index`, or NULL if something else is
   there. */
#define tg_testnode(L, index) ((tg_node *)tg_test(L, index, TG_VALUE))

/* Returns the node of argument 1 of the method `name`, or raises an error. */
tg_node *tg_checkself (lua_State *L, const char *name);

/*
** Reads the number or Value at `index` into an edge. Returns 0 if something
** else is there. May leave a value on the stack.
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

/* Pushes a new node with room for `nedges` edges and anchors for `nparents`
   Values; tg_finishnode gives it its type. */
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

/* Returns how many operands of `node` are Values. */
int tg_countparents (const tg_node *node);

/*
** Pushes operand `i` of the node at `index`, which has `parents` parents,
** `live` of them before this operand.
*/
void tg_pushoperand (lua_State *L, int index, unsigned i, int live,
                     int parents);

/*
** Anchors the Values among the `n` stack slots above `base`, from which
** `operands` was read, to the node on the top; `live` of them are Values.
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
** Pushes memory with the nodes of the Values in the table at `index`, and
** returns it. It keeps the Values alive, as a hook or a finaliser may take them
** out of the table.
*/
tg_node **tg_pushnodes (lua_State *L, int index, size_t *n);

/*
** Pushes a list of the Values at and below the one at 1 whose nodes are keys of
** the table at `wanted`: nodes do not know their Values. It visits each Value
** once, which is slow, and none below those that it finds.
*/
void tg_findvalues (lua_State *L, int wanted);

/* Pushes the name of the operation that made the Value at `index`; nil for a
   leaf. */
void tg_pushopname (lua_State *L, int index);

/* Add the methods and metamethods of Values. */
void tg_add_value_methods (lua_State *L);
void tg_add_value_metamethods (lua_State *L);

/* Adds Value and is_value, which make and recognise Values. */
void tg_add_value_functions (lua_State *L);

TG_HIDDEN_END

#endif
