/*
** inspect.c: shows Programs: their instructions as text, and counts of them.
*/
#include "inspect.h"

#include <stdio.h>
#include <string.h>

#include "../../engine/program/program.h"
#include "../lua/numerals.h"
#include "../lua/poll.h"
#include "program.h"

#ifndef TG_NO_PROGRAM

/* Appends a slot: " x1" for an input, the number for a constant, " %1" for a
   result. */
static void add_slot (luaL_Buffer *buffer, const tg_program *p, unsigned slot) {
  char text[64];
  if (slot < p->ninputs)
    sprintf(text, " x%u", slot + 1);
  else if (slot < p->ninputs + p->nconstants)
    tg_formatnumber(text, sizeof text, " %.17g",
                    tg_program_constants(p)[slot - p->ninputs]);
  else
    sprintf(text, " %%%u", slot - p->ninputs - p->nconstants + 1);
  luaL_addstring(buffer, text);
}

/* Appends "name" or "name.partial1", and the operands' slots. */
static void add_call (luaL_Buffer *buffer, const tg_program *p,
                      const tg_cursor *at) {
  char text[40];
  int i;
  luaL_addstring(buffer, at->operation->name);
  if (at->at.b > 0) {
    sprintf(text, ".partial%u", at->at.b);
    luaL_addstring(buffer, text);
  }
  for (i = 0; i < at->operation->arity; i++)
    add_slot(buffer, p, at->operands[i]);
}

/* Appends a line, as in "  %1 = add x1 x2". */
static void add_instruction (luaL_Buffer *buffer, const tg_program *p,
                             const tg_cursor *at) {
  const int arity = tg_code_arity(at->at.code);
  luaL_addstring(buffer, " ");
  add_slot(buffer, p, at->at.dst);
  luaL_addstring(buffer, " = ");
  if (at->at.code == TG_X_call)
    add_call(buffer, p, at);
  else {
    luaL_addstring(buffer, tg_code_name(at->at.code));
    add_slot(buffer, p, at->at.a);
  }
  if (arity > 1) add_slot(buffer, p, at->at.b);
  if (arity > 2) add_slot(buffer, p, at->c);
  luaL_addchar(buffer, '\n');
}

/* Lines that a listing leaves out: `count` of them from index `first` on */
typedef struct gap {
  unsigned first, count;
} gap;

/* Returns the gap of a list of n, which leaves `edge` at either end if that
   leaves out more than one. */
static gap leave_out (unsigned n, unsigned edge) {
  gap g = { 0, 0 };
  if (n > 2 * edge + 1) {
    g.first = edge;
    g.count = n - 2 * edge;
  }
  return g;
}

static int is_left_out (const gap *g, unsigned i) {
  return i >= g->first && i - g->first < g->count;
}

/* Returns how many instructions a listing has: wide ones count as often as they
   repeat. */
static unsigned count_instructions (lua_State *L, const tg_program *p) {
  tg_cursor at;
  unsigned n = 0;
  tg_cursor_init(&at, p);
  while (tg_cursor_next(&at)) tg_pollat(L, n++);
  return n;
}

/* Pushes a program's listing without the instructions and results in the
   gaps. */
static int push_listing (lua_State *L, const tg_program *p,
                         const gap *instructions, const gap *results) {
  luaL_Buffer buffer;
  tg_cursor at;
  char text[120];
  unsigned i = 0;
  luaL_buffinit(L, &buffer);
  sprintf(text, "Program: %u inputs, %u results, %u slots\n", p->ninputs,
          p->noutputs, p->nslots);
  luaL_addstring(&buffer, text);
  tg_cursor_init(&at, p);
  for (; tg_cursor_next(&at); i++) {
    tg_pollat(L, i);
    if (!is_left_out(instructions, i))
      add_instruction(&buffer, p, &at);
    else if (i == instructions->first) {
      sprintf(text, "  ... %u more, which p:listing() has\n",
              instructions->count);
      luaL_addstring(&buffer, text);
    }
  }
  luaL_addstring(&buffer, "  return");
  for (i = 0; i < p->noutputs; i++) {
    if (!is_left_out(results, i))
      add_slot(&buffer, p, tg_program_results(p)[i]);
    else if (i == results->first)
      luaL_addstring(&buffer, " ...");
  }
  luaL_pushresult(&buffer);
  return 1;
}

/* listing(program): returns all its instructions as text, a line each. */
static int listing (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "listing");
  const gap none = { 0, 0 };
  return push_listing(L, p, &none, &none);
}

/* __tostring: returns the listing, without the middle if it is long. */
static int program_tostring (lua_State *L) {
  enum { LINES = 20, RESULTS = 5 }; /* at either end */
  const tg_program *p = tg_checkprogram(L, 1, "tostring");
  const gap instructions = leave_out(count_instructions(L, p), LINES);
  const gap results = leave_out(p->noutputs, RESULTS);
  return push_listing(L, p, &instructions, &results);
}

static void set_count (lua_State *L, const char *name, double n) {
  lua_pushnumber(L, (lua_Number)n);
  lua_setfield(L, -2, name);
}

/* Adds 1 to field `name` of the table at `counts`. */
static void count_call (lua_State *L, int counts, const char *name) {
  lua_getfield(L, counts, name);
  lua_pushnumber(L, lua_tonumber(L, -1) + 1);
  lua_setfield(L, counts, name);
  lua_pop(L, 1);
}

/* stats(program): returns a table of counts; see Program:stats. */
static int stats (lua_State *L) {
  const tg_program *p = tg_checkprogram(L, 1, "stats");
  tg_cursor at;
  unsigned i, n = 0, wide = 0, counts[TG_NCODES];
  memset(counts, 0, sizeof counts);
  lua_settop(L, 1);
  lua_newtable(L); /* by operation */
  tg_cursor_init(&at, p);
  while (tg_cursor_next(&at)) {
    tg_pollat(L, n);
    n++;
    if (at.at.code == TG_X_call)
      count_call(L, 2, at.operation->name);
    else
      counts[at.at.code]++;
    wide += at.left == 0 && at.wide.count > 1;
  }
  lua_newtable(L);
  set_count(L, "inputs", p->ninputs);
  set_count(L, "results", p->noutputs);
  set_count(L, "constants", p->nconstants);
  set_count(L, "slots", p->nslots);
  set_count(L, "operations_before", p->nbefore);
  set_count(L, "operations", n);
  set_count(L, "wide", wide);
  set_count(L, "bytes", (double)p->size);
  lua_pushvalue(L, 2);
  for (i = 0; i < TG_NCODES; i++)
    if (counts[i] > 0) set_count(L, tg_code_name(i), counts[i]);
  lua_setfield(L, -2, "by_operation");
  return 1;
}

void tg_add_inspect_functions (lua_State *L) {
  tg_add(L, "listing", listing);
  tg_add(L, "stats", stats);
}

void tg_add_inspect_metamethods (lua_State *L) {
  tg_add(L, "__tostring", program_tostring);
}

#endif
