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
** A node whose partials are wanted, with what has been pushed of it. Folds
** and custom operations may have any number of operands.
*/
typedef struct tg_subject {
  const tg_node *node;
  int index;    /* of its Value */
  int parents;  /* Values among its operands */
  int callback; /* custom: first of the partials on the stack */
  int scale;    /* fold: its scale on the stack, then the sum of its terms */
} tg_subject;

/* Makes the Value on the top, of that node, the subject. */
void tg_setsubject (lua_State *L, tg_subject *s, const tg_node *node);

/* Pushes operand `i`; `live` parents are before it. */
void tg_pushsubjectoperand (lua_State *L, const tg_subject *s, unsigned i,
                            int live);

/*
** Raises an error if a leaf below `s` was changed after `s` was computed (its
** value would be `now`): its partials would belong to another function.
*/
void tg_checkcurrent (lua_State *L, const tg_subject *s, double now);

/* Computes what the partials of an operation of the table need; checks that
   they are current. */
void tg_preparesubject (lua_State *L, tg_subject *s);

/* Pushes a function of the custom operation's description. */
void tg_pushcallback (lua_State *L, const tg_subject *s, const char *name);

/* Raises an error if a custom operation's function `partials`, whose results
   are on the stack, returned others than numbers and Values. */
void tg_checkpartials (lua_State *L, const tg_subject *s);

/*
** Pushes the partial for edge `i` (number or Value), `live` parents being
** before it; returns 0 and pushes nothing if no derivative flows there.
*/
int tg_pushpartial (lua_State *L, const tg_subject *s, unsigned i, int live);

TG_HIDDEN_END

#endif
