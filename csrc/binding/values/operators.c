/*
** operators.c: the operations of the table as Lua functions, methods and
** operators. Rows of ops.def appear here by themselves; only rows that share a
** Lua name or have an operator are named below.
*/
#include "operators.h"

#include <math.h>

#include "../../engine/attributes.h"
#include "../../engine/numeric/environment.h"
#include "../lua/advice.h"
#include "../lua/errors.h"
#include "../lua/modes.h"
#include "../lua/poll.h"
#include "result.h"
#include "value.h"

#define EXPECTED_OPERAND "number or Value expected"

/* Raises the error for operand `i` of the operator `symbol`, or, if that is
   NULL, of the function `name`. */
APART int operand_error (lua_State *L, int i, const char *name,
                         const char *symbol) {
  if (symbol == NULL) return tg_typeerror(L, i, name, EXPECTED_OPERAND);
  return tg_error(L, "bad operand #%d to '%s' (" EXPECTED_OPERAND ", got %s%s)",
                  i, symbol, tg_typename(L, i),
                  tg_pushadvice(L, i, symbol, EXPECTED_OPERAND));
}

/* Returns the value of `op`, for which Values count as their numbers. */
static double value_of (tg_opcode op, const tg_edge *operands) {
  double x[TG_MAXARITY] = { 0.0 };
  int i;
  tg_environment host;
  double y;
  /* NOLINTNEXTLINE: as many operands as the arity says are there */
  for (i = 0; i < tg_ops[op].arity; i++) x[i] = tg_edgevalue(&operands[i]);
  tg_environment_enter(&host);
  y = tg_environment_result(tg_opvalue(op, x));
  tg_environment_leave(&host);
  return y;
}

/* Returns whether one of the operands is a Value of a recording. */
APART int any_recorded (const tg_edge *operands, int n) {
  int i;
  for (i = 0; i < n; i++)
    if (operands[i].parent != NULL &&
        operands[i].parent->marks & TG_MARK_RECORDED)
      return 1;
  return 0;
}

/* Pushes the node of `op` on the `n` stack slots above `base`, from which
   `operands` was read; `live` of them are Values. */
static inline tg_node *push_node (lua_State *L, tg_opcode op,
                                  const tg_edge *operands, int base, int n,
                                  int live) {
  tg_node *node = tg_newnode(L, (size_t)n, live);
  tg_edge *edges = tg_edges(node);
  int i;
  for (i = 0; i < n; i++) edges[i] = operands[i];
  tg_node_apply(node, op, (unsigned)n);
  tg_finishnode(L);
  tg_anchor(L, operands, base, n, live);
  return node;
}

/* Pushes the result of `op` within no_grad: a leaf, unless another mode needs
   the node. */
APART void push_quiet (lua_State *L, const tg_state *state, tg_opcode op,
                       const tg_edge *operands, int base, int n, int live) {
  if (!state->maybe[TG_RECORDING] && !any_recorded(operands, n) &&
      !tg_inmode(L, state, TG_ANOMALY))
    tg_newleaf(L, value_of(op, operands));
  else
    tg_finishresult(L, push_node(L, op, operands, base, n, live));
}

/* Pushes the result of `op` in any mode; a number if no operand is a Value. */
static inline int apply (lua_State *L, const tg_state *state, tg_opcode op,
                         const tg_edge *operands, int base, int n, int live) {
  if (live == 0)
    lua_pushnumber(L, (lua_Number)value_of(op, operands));
  else if (tg_inmode(L, state, TG_NO_GRAD))
    push_quiet(L, state, op, operands, base, n, live);
  else {
    const tg_node *node = push_node(L, op, operands, base, n, live);
    if (node->marks != 0 || state->maybe[TG_ANOMALY]) tg_finishresult(L, node);
  }
  return 1;
}

/*
** Reads the `n` stack slots above `base` and returns how many of them are
** Values. It goes from the last to the first: a value that tg_tooperand leaves
** on the stack would otherwise be taken for an absent last argument.
*/
static inline int read_operands (lua_State *L, const tg_state *state,
                                 tg_opcode op, const char *symbol,
                                 tg_edge *operands, int base, int n) {
  const int top = lua_gettop(L);
  int i, live = 0, wrong = 0;
  for (i = n; i > 0; i--) {
    tg_edge *x = &operands[i - 1];
    if (tg_tooperand(L, state, base + i, x))
      live += x->parent != NULL;
    else if (i == n && lua_isnoneornil(L, base + i) && !tg_ops[op].required)
      x->partial = tg_ops[op].fallback;
    else
      wrong = i;
  }
  if (wrong != 0) {
    lua_settop(L, top);
    operand_error(L, base + wrong, tg_ops[op].label, symbol);
  }
  return live;
}

static int apply1 (lua_State *L, tg_opcode op, const char *symbol) {
  const tg_state *state = tg_getstate(L);
  tg_edge x;
  const int live = read_operands(L, state, op, symbol, &x, 0, 1);
  return apply(L, state, op, &x, 0, 1, live);
}

static int apply2 (lua_State *L, tg_opcode op, const char *symbol) {
  const tg_state *state = tg_getstate(L);
  tg_edge x[2];
  const int live = read_operands(L, state, op, symbol, x, 0, 2);
  if (op == TG_OP_pow && x[1].parent == NULL && x[1].partial == 2.0)
    return apply(L, state, TG_OP_square, x, 0, 1, live); /* as Lua's x^2 */
  return apply(L, state, op, x, 0, 2, live);
}

static int apply3 (lua_State *L, tg_opcode op) {
  const tg_state *state = tg_getstate(L);
  tg_edge x[3];
  const int live = read_operands(L, state, op, NULL, x, 0, 3);
  return apply(L, state, op, x, 0, 3, live);
}

void tg_applytop (lua_State *L, tg_opcode op) {
  const int n = tg_ops[op].arity, base = lua_gettop(L) - n;
  const tg_state *state = tg_getstate(L);
  tg_edge x[TG_MAXARITY];
  const int live = read_operands(L, state, op, NULL, x, base, n);
  apply(L, state, op, x, base, n, live);
  lua_replace(L, base + 1);
  lua_settop(L, base + 1);
}

/* A table for fewer elements gets its full size at once. A longer list may have
   fewer elements than its length claims, and Lua fills all of a new table. */
#define MANY 65536

/* Stack indices in apply_fold, above the two tables of elements */
#define NODE 3
#define ANCHOR 4
#define ELEMENT 5

/* Returns how many elements each of the tables at arguments 1 to `arity` has,
   or raises an error. */
static size_t check_tables (lua_State *L, const char *name, int arity) {
  size_t count = 0;
  int arg;
  for (arg = 1; arg <= arity; arg++) {
    if (!lua_istable(L, arg))
      tg_typeerror(L, arg, name, "table expected, as in {a, b}");
    if (arg == 1)
      count = tg_checklist(L, 1);
    else if (lua_rawlen(L, arg) != count)
      tg_error(L,
               "bad argument #%d to '%s' (table of %d elements expected, "
               "got %d)",
               arg, name, (int)count, (int)lua_rawlen(L, arg));
  }
  return count;
}

/* Reads element i of the table at `arg` into `e`. Returns 0 for a number, 1 for
   a Value, which it appends to the `live` ones in the table at ANCHOR. */
static int read_element (lua_State *L, const tg_state *state, const char *name,
                         int arg, size_t i, tg_edge *e, size_t live) {
  lua_rawgeti(L, arg, (int)i);
  if (!tg_tooperand(L, state, ELEMENT, e))
    tg_error(
      L, "bad argument #%d to '%s' (" EXPECTED_OPERAND " at index %d, got %s)",
      arg, name, (int)i, luaL_typename(L, ELEMENT));
  if (e->parent == NULL) {
    lua_settop(L, ANCHOR);
    return 0;
  }
  lua_settop(L, ELEMENT);
  lua_rawseti(L, ANCHOR, (int)live + 1);
  return 1;
}

/* Anchors the Values in the table at ANCHOR to the node of a fold: one by one
   if they are few, else by the table. */
static void anchor_elements (lua_State *L, size_t live) {
  size_t i;
  if (live > TG_ANCHORS) {
    tg_setanchor(L, NODE, 1);
    return;
  }
  for (i = 1; i <= live; i++) {
    lua_rawgeti(L, ANCHOR, (int)i);
    tg_setanchor(L, NODE, (int)i);
  }
  lua_pop(L, 1);
}

/*
** Applies the fold `op` to the elements of the table at argument 1 and, if an
** element has two operands, of that at argument 2. The node copies the
** elements, as scripts may change the tables.
*/
static int apply_fold (lua_State *L, tg_opcode op) {
  const tg_state *state = tg_getstate(L);
  const int arity = tg_ops[op].arity;
  const char *name = tg_ops[op].label;
  const size_t count = check_tables(L, name, arity);
  size_t i, live = 0;
  tg_node *node;
  tg_edge *e;
  int arg;
  lua_settop(L, 2);
  node = tg_newnode(L, count * (size_t)arity, TG_ANCHORS);
  lua_createtable(L, count < MANY ? (int)count * arity : 0, 0);
  e = tg_edges(node);
  for (i = 1; i <= count; i++) {
    tg_pollat(L, i);
    for (arg = 1; arg <= arity; arg++, e++)
      live += read_element(L, state, name, arg, i, e, live) != 0;
  }
  tg_node_fold(node, op, count);
  if (live == 0) {
    lua_pushnumber(L, (lua_Number)node->data);
    return 1;
  }
  anchor_elements(L, live);
  tg_finishnode(L);
  tg_finishresult(L, node);
  return 1;
}

/* One function for each row */

#define UNARY(name, ...) \
  static int op_##name(lua_State *L) { return apply1(L, TG_OP_##name, NULL); }
#define BINARY(name, ...) \
  static int op_##name(lua_State *L) { return apply2(L, TG_OP_##name, NULL); }
#define TERNARY(name, ...) \
  static int op_##name(lua_State *L) { return apply3(L, TG_OP_##name); }
#define FOLD(name, ...) \
  static int op_##name(lua_State *L) { return apply_fold(L, TG_OP_##name); }
#include "../../engine/ops/ops.def"

/* Rows that share a Lua name, or take more than operands */

static int log_either (lua_State *L) {
  return lua_isnoneornil(L, 2) ? op_log(L) : op_log_base(L);
}

static int atan_either (lua_State *L) {
  return lua_isnoneornil(L, 2) ? op_atan(L) : op_atan2(L);
}

/* Applies `two` to two arguments and the fold `many` to more; returns a single
   argument as it is. */
static int extremum (lua_State *L, tg_opcode two, tg_opcode many) {
  const int n = lua_gettop(L);
  int i;
  for (i = 1; i <= n || i == 1; i++)
    if (lua_type(L, i) != LUA_TNUMBER && tg_testnode(L, i) == NULL)
      return operand_error(L, i, tg_ops[two].label, NULL);
  if (n == 1) return 1;
  if (n == 2) return apply2(L, two, NULL);
  lua_createtable(L, n, 0);
  lua_insert(L, 1);
  for (i = n; i > 0; i--) lua_rawseti(L, 1, i);
  return apply_fold(L, many);
}

static int max_any (lua_State *L) {
  return extremum(L, TG_OP_max, TG_OP_max_n);
}

static int min_any (lua_State *L) {
  return extremum(L, TG_OP_min, TG_OP_min_n);
}

/* where(condition, a, b): takes a boolean as condition, too. */
static int where_any (lua_State *L) {
  if (lua_isboolean(L, 1)) {
    lua_pushnumber(L, lua_toboolean(L, 1) ? 1 : 0);
    lua_replace(L, 1);
  }
  return op_where(L);
}

/* clamp(x, low, high): checks the order of the bounds before the row's own
   function runs. */
static int clamp_checked (lua_State *L) {
  tg_edge x[3];
  double low, high;
  const int top = lua_gettop(L);
  read_operands(L, tg_getstate(L), TG_OP_clamp, NULL, x, 0, 3);
  lua_settop(L, top);
  low = tg_edgevalue(&x[1]);
  high = tg_edgevalue(&x[2]);
  if (isgreater(low, high)) /* unlike >, it never traps for a NaN */
    return tg_error(L, "bad arguments to 'clamp' (low %f is above high %f)",
                    (lua_Number)low, (lua_Number)high);
  return op_clamp(L);
}

void tg_add_operator_functions (lua_State *L) {
  tg_add(L, "log", log_either);
  tg_add(L, "atan", atan_either);
  tg_add(L, "max", max_any);
  tg_add(L, "min", min_any);
  tg_add(L, "where", where_any);
  tg_add(L, "clamp", clamp_checked);
}

lua_CFunction tg_operator (unsigned op) {
  static const lua_CFunction functions[] = {
#define UNARY(name, ...) op_##name,
#define BINARY(name, ...) op_##name,
#define TERNARY(name, ...) op_##name,
#define FOLD(name, ...) op_##name,
#include "../../engine/ops/ops.def"
  };
  return functions[op];
}

/* Operators */

#define OPERATOR1(event, name, symbol) \
  static int meta_##event(lua_State *L) { \
    return apply1(L, TG_OP_##name, symbol); \
  }
#define OPERATOR2(event, name, symbol) \
  static int meta_##event(lua_State *L) { \
    return apply2(L, TG_OP_##name, symbol); \
  }
OPERATOR2(add, add, "+")
OPERATOR2(sub, sub, "-")
OPERATOR2(mul, mul, "*")
OPERATOR2(div, div, "/")
OPERATOR2(pow, pow, "^")
OPERATOR2(mod, mod, "%")
OPERATOR2(idiv, idiv, "//")
OPERATOR1(unm, neg, "-")

/* Raises an error if an operand of a comparison is a Value of a recording: the
   result is a boolean, on which a Program cannot depend. */
APART void check_recorded (lua_State *L, const tg_edge *x) {
  if (any_recorded(x, 2)) tg_recordederror(L, "this comparison");
}

APART int compare (lua_State *L, tg_opcode op, const char *symbol) {
  tg_edge x[2];
  read_operands(L, tg_getstate(L), op, symbol, x, 0, 2);
  check_recorded(L, x);
  if (tg_getstate(L)->maybe[TG_RECORDING]) {
    tg_notecompared(L, 1);
    tg_notecompared(L, 2);
  }
  lua_pushboolean(L, value_of(op, x) != 0.0);
  return 1;
}

static int meta_lt (lua_State *L) { return compare(L, TG_OP_lt, "<"); }

static int meta_le (lua_State *L) { return compare(L, TG_OP_le, "<="); }

/* Returns false: Lua calls __eq for two different Values only, and a Value
   equals nothing but itself. */
static int meta_eq (lua_State *L) {
  tg_edge x[2];
  x[0].parent = tg_testnode(L, 1);
  x[1].parent = tg_testnode(L, 2);
  check_recorded(L, x);
  lua_pushboolean(L, 0);
  return 1;
}

void tg_add_operator_metamethods (lua_State *L) {
  tg_add(L, "__add", meta_add);
  tg_add(L, "__sub", meta_sub);
  tg_add(L, "__mul", meta_mul);
  tg_add(L, "__div", meta_div);
  tg_add(L, "__pow", meta_pow);
  tg_add(L, "__mod", meta_mod);
  tg_add(L, "__unm", meta_unm);
  tg_add(L, "__idiv", meta_idiv);
  tg_add(L, "__lt", meta_lt);
  tg_add(L, "__le", meta_le);
  tg_add(L, "__eq", meta_eq);
}

/* The table of operations for documents and tests */

static void set_string (lua_State *L, const char *field, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

#ifndef TG_NO_NOTES
/* Adds to the row on the top what only tests and documents use. */
static void add_notes (lua_State *L, unsigned op) {
  int i;
  set_string(L, "note", tg_opnotes[op].text);
  lua_newtable(L); /* differentiable */
  lua_newtable(L); /* domain */
  for (i = 0; i < tg_ops[op].arity; i++) {
    lua_pushboolean(L, *tg_partial(op, (unsigned)i) != TG_CODE_END);
    lua_rawseti(L, -3, i + 1);
    lua_createtable(L, 2, 0);
    lua_pushnumber(L, (lua_Number)tg_opnotes[op].domain[i].low);
    lua_rawseti(L, -2, 1);
    lua_pushnumber(L, (lua_Number)tg_opnotes[op].domain[i].high);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -3, "domain");
  lua_setfield(L, -2, "differentiable");
}
#else
#define add_notes(L, op) ((void)0)
#endif

static void push_row (lua_State *L, unsigned op) {
  lua_newtable(L);
  set_string(L, "name", tg_ops[op].name);
  set_string(L, "lua_name", tg_ops[op].label);
  if (tg_ops[op].fold)
    lua_pushliteral(L, "n");
  else
    lua_pushinteger(L, tg_ops[op].arity);
  lua_setfield(L, -2, "arity");
  add_notes(L, op);
}

int tg_operations (lua_State *L) {
  int i;
  lua_createtable(L, TG_NOPS, 0);
  for (i = 0; i < TG_NOPS; i++) {
    push_row(L, (unsigned)i);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}
