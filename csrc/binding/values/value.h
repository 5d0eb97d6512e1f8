/*
** value.h: the Value userdata as the binding's other files see it. What every
** operation goes through is inline: a tenth of its time.
*/
#ifndef TG_VALUE_H
#define TG_VALUE_H

#include "../../engine/attributes.h"
#include "../lua/state.h"

#include "../../engine/graph/node.h"

TG_HIDDEN_BEGIN

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

/* Pushes the nodes of the table of Values at `index`, as tg_newscratch, which
   keep these alive: a hook or a finaliser may take them out of the table. */
tg_node **tg_pushnodes (lua_State *L, int index, size_t *n);

/*
** Pushes a table of the Values at and below the one at 1 whose nodes are keys
** of the table at `wanted`: nodes do not know their Values. Takes its time, and
** does not look below those that it finds.
*/
void tg_findvalues (lua_State *L, int wanted);

/* Pushes the name of the operation that made the node; nil for a leaf. */
void tg_pushopname (lua_State *L, int index);

/* The methods and metamethods of Values. */
void tg_add_value_methods (lua_State *L);
void tg_add_value_metamethods (lua_State *L);

/* The functions of the module that make and recognise Values. */
void tg_add_value_functions (lua_State *L);

TG_HIDDEN_END

#endif
