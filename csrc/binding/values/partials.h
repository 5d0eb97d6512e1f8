/*
** partials.h: partial derivatives as Values, from the formulas of the table and
** the functions of custom operations.
*/
#ifndef TG_PARTIALS_H
#define TG_PARTIALS_H

#include "../../engine/attributes.h"
#include "value.h"

TG_HIDDEN_BEGIN

/*
** The subject: a node whose partials are wanted, and the stack indices of what
** they need. Folds and custom operations may have any number of operands.
*/
typedef struct tg_subject {
  const tg_node *node;
  int index;    /* of its Value */
  int parents;  /* how many of its operands are Values */
  int callback; /* custom: index of the first partial */
  int scale;    /* fold: index of its scale; the sum of its terms is next */
} tg_subject;

/* Makes the Value on the top, whose node is `node`, the subject. */
void tg_setsubject (lua_State *L, tg_subject *s, const tg_node *node);

/* Pushes operand `i` of the subject; `live` parents are before it. */
void tg_pushsubjectoperand (lua_State *L, const tg_subject *s, unsigned i,
                            int live);

/*
** Raises an error if a leaf below `s` was changed after `s` was computed (its
** value would be `now`): its partials would belong to another function.
*/
void tg_checkcurrent (lua_State *L, const tg_subject *s, double now);

/* Checks that the subject, of an operation of the table, is current, and pushes
   what its partials need. */
void tg_preparesubject (lua_State *L, tg_subject *s);

/* Pushes the function `name` of the custom operation's description. */
void tg_pushcallback (lua_State *L, const tg_subject *s, const char *name);

/* Raises an error if a result of the custom operation's function `partials`,
   of those at s->callback, is neither number nor Value. */
void tg_checkpartials (lua_State *L, const tg_subject *s);

/*
** Pushes the partial for edge `i`, a number or Value; `live` parents are before
** it. Returns 0 and pushes nothing if no derivative flows along the edge.
*/
int tg_pushpartial (lua_State *L, const tg_subject *s, unsigned i, int live);

TG_HIDDEN_END

#endif
