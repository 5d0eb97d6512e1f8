/*
** modes.c: computing without gradients, and anomaly detection.
*/
#include "../../engine/compact.h"

#include "modes.h"

#include <math.h>
#include <string.h>

#include "../lua/poll.h"

/* Anomalies */

/* Appends the values of the node's operands. */
static void add_operands (luaL_Buffer *b, const tg_node *node) {
  unsigned i;
  for (i = 0; i < node->nedges && i < 4; i++) {
    const tg_edge *e = tg_edges(node) + i;
    char text[40];
    tg_formatnumber(text, sizeof text, i == 0 ? "%.14g" : ", %.14g",
                    tg_edgevalue(e));
    luaL_addstring(b, text);
  }
  if (i < node->nedges) luaL_addstring(b, ", ...");
}

/* Pushes "'log' of 0.0 (made at file:1)" for the node at `index`. */
static void push_description (lua_State *L, int index) {
  const tg_node *node = (const tg_node *)lua_touserdata(L, index);
  luaL_Buffer b;
  tg_pushopname(L, index);
  lua_pushvalue(L, index);
  lua_rawget(L, TG_UP_LINES);
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '\'');
  lua_pushvalue(L, index + 1);
  luaL_addvalue(&b);
  luaL_addstring(&b, "' of (");
  add_operands(&b, node);
  luaL_addchar(&b, ')');
  if (lua_isstring(L, index + 2)) {
    luaL_addstring(&b, ", made at ");
    lua_pushvalue(L, index + 2);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
}

/* Is the node's value a NaN or inf that its operands were not? */
static int is_anomaly (const tg_node *node) {
  unsigned i;
  if (isfinite(node->data)) return 0;
  for (i = 0; i < node->nedges; i++) {
    const tg_edge *e = tg_edges(node) + i;
    const double x = tg_edgevalue(e);
    if (isnan(x) || (isinf(x) && isinf(node->data))) return 0;
  }
  return 1;
}

void tg_checkanomaly (lua_State *L) {
  const int top = lua_gettop(L);
  const tg_node *node = (const tg_node *)lua_touserdata(L, top);
  luaL_checkstack(L, 20, "anomaly detection");
  lua_pushvalue(L, top);
  tg_pushposition(L);
  lua_rawset(L, TG_UP_LINES);
  if (is_anomaly(node)) {
    char value[40];
    tg_formatnumber(value, sizeof value, "%.14g", node->data);
    push_description(L, top);
    tg_usererror(L, "anomaly in forward: %s is %s", lua_tostring(L, -1), value);
  }
}

void tg_findvalues (lua_State *L, int wanted) {
  const int found = lua_gettop(L) + 1, seen = found + 1, stack = found + 2;
  int n = 0, nfound = 0;
  size_t steps = 0;
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  while (!lua_isnil(L, -1)) {
    const int value = lua_gettop(L);
    const tg_node *at = (const tg_node *)lua_touserdata(L, value);
    const int parents = tg_countparents(at);
    unsigned i;
    int live = 0, is_wanted;
    lua_pushlightuserdata(L, (void *)at);
    lua_rawget(L, wanted);
    is_wanted = lua_toboolean(L, -1);
    lua_settop(L, value);
    if (is_wanted) {
      lua_pushvalue(L, value);
      lua_rawseti(L, found, ++nfound);
    }
    for (i = 0; i < at->nedges && !is_wanted; i++) {
      if (tg_edges(at)[i].parent == NULL) continue;
      tg_pushoperand(L, value, i, live++, parents);
      lua_pushvalue(L, -1);
      lua_rawget(L, seen);
      if (lua_isnil(L, -1)) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, seen);
        lua_pushvalue(L, -2);
        lua_rawseti(L, stack, ++n);
      }
      lua_settop(L, value);
    }
    lua_settop(L, stack);
    tg_pollat(L, steps++);
    lua_rawgeti(L, stack, n--);
  }
  lua_settop(L, found);
}

int tg_faulterror (lua_State *L, const tg_fault *fault, const char *pass) {
  const tg_edge *e = tg_edges(fault->node) + fault->edge;
  char partial[40], derivative[40];
  tg_formatnumber(partial, sizeof partial, "%.14g", e->partial);
  tg_formatnumber(derivative, sizeof derivative, "%.14g", fault->derivative);
  lua_settop(L, 1);
  lua_newtable(L);
  lua_pushlightuserdata(L, (void *)fault->node);
  lua_pushboolean(L, 1);
  lua_rawset(L, 2);
  tg_findvalues(L, 2);
  lua_rawgeti(L, 3, 1);
  lua_replace(L, 2);
  lua_settop(L, 2);
  push_description(L, 2);
  return tg_usererror(L,
                      "anomaly in %s: %s has the partial %s for operand %d, "
                      "and the derivative so far is %s",
                      pass, lua_tostring(L, -1), partial, (int)fault->edge + 1,
                      derivative);
}

/* Switches */

/* Raises an error for a Value of a recording if none is running. */
static void check_ended (lua_State *L, const tg_node *node) {
  if (node->marks & TG_MARK_TRACED && !tg_getstate(L)->maybe[TG_TRACING])
    tg_endederror(L);
}

void tg_finishresult (lua_State *L, const tg_node *node) {
  const tg_state *state = tg_getstate(L);
  check_ended(L, node);
  if (tg_inmode(L, state, TG_ANOMALY)) tg_checkanomaly(L);
  if (tg_inmode(L, state, TG_NO_GRAD)) tg_detachtop(L);
}

void tg_detachtop (lua_State *L) {
  const int top = lua_gettop(L);
  tg_node *v = tg_testnode(L, top), *node;
  if (v == NULL) return; /* a number */
  check_ended(L, v);
  if (!(v->marks & TG_MARK_TRACED) && !tg_inmode(L, tg_getstate(L), TG_TRACING))
    tg_newleaf(L, v->data);
  else { /* keeps the connection, which a program needs */
    node = tg_newnode(L, 1, 1);
    tg_node_detach(node, v);
    tg_finishnode(L);
    tg_anchor(L, tg_edges(node), top - 1, 1, 1);
  }
  lua_replace(L, top);
}

/* v:detach(): v's value, through which no derivative flows. */
static int detach (lua_State *L) {
  tg_checkself(L, "detach");
  lua_settop(L, 1);
  tg_detachtop(L);
  return 1;
}

/* traced(x): a Value in place of the number or Value x, which a recording
   takes as an example of an argument. */
static int traced (lua_State *L) {
  const tg_node *x = tg_testnode(L, 1);
  tg_newleaf(L, x != NULL ? x->data : (double)lua_tonumber(L, 1));
  ((tg_node *)lua_touserdata(L, -1))->marks |= TG_MARK_TRACED;
  return 1;
}

/* end_recording(inputs): the recording whose arguments these are is done. */
static int end_recording (lua_State *L) {
  size_t i, n;
  tg_node **inputs = tg_pushnodes(L, 1, &n);
  for (i = 0; i < n; i++) inputs[i]->marks |= TG_MARK_ENDED;
  return 0;
}

static int is_traced (lua_State *L) {
  const tg_node *node = tg_testnode(L, 1);
  lua_pushboolean(L, node != NULL && node->marks & TG_MARK_TRACED);
  return 1;
}

/*
** Modes last for a call, and calls are of coroutines: while one waits, others
** run that are not in its modes; one that it resumes is. So each coroutine has
** counts of its own, and those count of the coroutines that are running or
** have resumed another.
*/

/*
** What a coroutine's calls have turned on, kept under it in TG_UP_MODES. Its
** anchor is a table with a list for each of its recordings, the innermost last:
** the leaves that were made in it; at 0 the recording's number; and at COMPARED
** a list of Values that it compared, if any.
*/
#define COMPARED (-1)

typedef struct modes {
  int level[TG_NMODES]; /* less than 0: off, whatever is on around it */
  int guards;           /* calls of the guard function */
  int is_main;
} modes;

/* Are `n` calls of the guard function on L's stack? */
static int has_guards (lua_State *L, int n) {
  const void *guard = tg_getstate(L)->guard;
  lua_Debug ar;
  int level;
  for (level = 0; n > 0 && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    n -= lua_topointer(L, -1) == guard;
    lua_pop(L, 1);
  }
  return n == 0;
}

/*
** Is the coroutine running, or has it resumed the one that is? A host may have
** ended the calls of a coroutine (lua_resetthread) to use it for others.
*/
static int is_active (lua_State *L, lua_State *co, const modes *m) {
  lua_Debug ar;
  if (co == L) return m->is_main || has_guards(L, m->guards);
  return lua_status(co) == 0 && lua_getstack(co, 0, &ar);
}

int tg_modelevel (lua_State *L, tg_mode mode) {
  tg_state *state = tg_getstate(L);
  int level = 0, any = 0;
  luaL_checkstack(L, 4, "modes");
  lua_pushnil(L);
  while (lua_next(L, TG_UP_MODES)) {
    const modes *m = (const modes *)lua_touserdata(L, -1);
    any |= m->level[mode] > 0;
    if (m->level[mode] != 0 && is_active(L, lua_tothread(L, -2), m))
      level += m->level[mode];
    lua_pop(L, 1);
  }
  if (mode == TG_ANOMALY) level += state->anomaly;
  state->maybe[mode] = any || (mode == TG_ANOMALY && state->anomaly);
  return level > 0 ? level : 0;
}

static const char *const names[] = { "no_grad", "anomaly", "tracing", NULL };

/* The coroutine's own modes, left on the stack; NULL if it has none. */
static modes *get_modes (lua_State *L) {
  lua_pushthread(L);
  lua_rawget(L, TG_UP_MODES);
  return (modes *)lua_touserdata(L, -1);
}

/* Makes the modes on the top those of a coroutine that is in none. */
static void clear_modes (lua_State *L, modes *m) {
  lua_newtable(L);
  tg_setanchor(L, -2, 1);
  memset(m, 0, sizeof *m);
}

static modes *make_modes (lua_State *L) {
  modes *m = (modes *)tg_newuserdata(L, sizeof *m, 1);
  clear_modes(L, m);
  m->is_main = lua_pushthread(L);
  lua_pushvalue(L, -2);
  lua_rawset(L, TG_UP_MODES);
  return m;
}

/* mode_level(name): in how many calls of the mode the running code is. */
static int mode_level (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  lua_pushinteger(L, tg_modelevel(L, (tg_mode)mode));
  return 1;
}

/* Begins a recording of the modes on the top. */
static void push_recording (lua_State *L) {
  tg_getanchor(L, -1, 1);
  lua_newtable(L);
  lua_pushinteger(L, ++tg_getstate(L)->recordings);
  lua_rawseti(L, -2, 0);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

static void pop_recording (lua_State *L) {
  int n;
  tg_getanchor(L, -1, 1);
  n = (int)lua_rawlen(L, -1);
  lua_pushnil(L);
  lua_rawseti(L, -2, n);
  lua_pop(L, 1);
}

/* By how much a level is to change; no sum of few of them overflows. */
static int check_change (lua_State *L) {
  const lua_Integer by = luaL_checkinteger(L, 2);
  luaL_argcheck(L, by >= -30000 && by <= 30000, 2, "out of range");
  return (int)by;
}

/* enter_mode(name, by): called below the guard function. */
static int enter_mode (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  const int by = check_change(L);
  modes *m = get_modes(L);
  if (m == NULL) {
    lua_pop(L, 1);
    m = make_modes(L);
  }
  if (!m->is_main && !has_guards(L, m->guards + 1))
    clear_modes(L, m); /* others' calls, which were ended */
  if (mode == TG_TRACING) push_recording(L);
  m->guards++;
  m->level[mode] += by;
  tg_getstate(L)->maybe[mode] = 1;
  return 0;
}

/* leave_mode(name, by): undoes what enter_mode did with the same. */
static int leave_mode (lua_State *L) {
  const int mode = luaL_checkoption(L, 1, NULL, names);
  const int by = check_change(L);
  modes *m = get_modes(L);
  if (m == NULL) return luaL_error(L, "no mode was entered");
  if (mode == TG_TRACING) pop_recording(L);
  m->guards--;
  if (mode != TG_ANOMALY || m->level[mode] > 0) m->level[mode] -= by;
  tg_getstate(L)->maybe[mode] = 1;
  if (mode == TG_TRACING) (void)tg_modelevel(L, TG_TRACING); /* sets maybe */
  return 0;
}

/*
** Pushes the list of the leaves made in the innermost recording that the
** running code is in, nil if it is in none: the latest of those of all
** coroutines that have one and are active.
*/
static void push_made (lua_State *L) {
  const int made = lua_gettop(L) + 1, co = made + 1, list = co + 3;
  lua_Integer latest = 0;
  luaL_checkstack(L, 8, "modes");
  lua_pushnil(L);
  lua_pushnil(L);
  while (lua_next(L, TG_UP_MODES)) {
    const modes *m = (const modes *)lua_touserdata(L, -1);
    if (m->level[TG_TRACING] > 0 && is_active(L, lua_tothread(L, co), m)) {
      tg_getanchor(L, co + 1, 1);
      lua_rawgeti(L, -1, (int)lua_rawlen(L, -1));
      if (lua_istable(L, list))
        lua_rawgeti(L, list, 0);
      else
        lua_pushnil(L); /* levels without lists: a script called leave_mode */
      if (lua_tointeger(L, -1) > latest) {
        latest = lua_tointeger(L, -1);
        lua_pushvalue(L, list);
        lua_replace(L, made);
      }
    }
    lua_settop(L, co);
  }
}

void tg_notemade (lua_State *L) {
  push_made(L);
  if (lua_istable(L, -1)) {
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
  lua_pop(L, 1);
}

void tg_notecompared (lua_State *L, int index) {
  const int top = lua_gettop(L);
  if (tg_testnode(L, index) == NULL) return;
  push_made(L);
  if (lua_istable(L, top + 1)) {
    lua_rawgeti(L, top + 1, COMPARED);
    if (!lua_istable(L, -1)) {
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, top + 1, COMPARED);
    }
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
  lua_settop(L, top);
}

/* made(): the list that push_made pushes. */
static int made (lua_State *L) {
  push_made(L);
  return 1;
}

/*
** switch_anomaly(on): for all that follows, in calls of the mode too; returns
** whether it was on.
*/
static int switch_anomaly (lua_State *L) {
  tg_state *state = tg_getstate(L);
  const int before = tg_modelevel(L, TG_ANOMALY);
  state->anomaly = state->maybe[TG_ANOMALY] = lua_toboolean(L, 1);
  lua_pushnil(L);
  while (!state->anomaly && lua_next(L, TG_UP_MODES)) {
    ((modes *)lua_touserdata(L, -1))->level[TG_ANOMALY] = 0;
    lua_pop(L, 1);
  }
  lua_pushboolean(L, before > 0);
  return 1;
}

/* guard_function(f): f calls what a mode is for, and enter_mode before. */
static int guard_function (lua_State *L) {
  tg_getstate(L)->guard = lua_topointer(L, 1);
  return 0;
}

void tg_add_mode_methods (lua_State *L) { tg_add(L, "detach", detach); }

void tg_add_mode_functions (lua_State *L) {
  tg_add(L, "mode_level", mode_level);
  tg_add(L, "enter_mode", enter_mode);
  tg_add(L, "leave_mode", leave_mode);
  tg_add(L, "switch_anomaly", switch_anomaly);
  tg_add(L, "guard_function", guard_function);
  tg_add(L, "traced", traced);
  tg_add(L, "is_traced", is_traced);
  tg_add(L, "end_recording", end_recording);
  tg_add(L, "made", made);
}
