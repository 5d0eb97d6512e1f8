/*
** advice.c: what error messages advise.
*/

#include "advice.h"

#include <string.h>

/* Names longer than LONGEST are not compared; FAR edits or more between two
   names say that neither was meant as the other. */
enum { LONGEST = 32, FAR = 3 };

static int lower (char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

/*
** Returns the optimal string alignment distance of `a` and `b`, or FAR if one
** is too long: how many letters must be inserted, deleted, replaced or swapped
** with a neighbour to turn one into the other. Case does not count.
*/
static unsigned distance (const char *a, const char *b) {
  unsigned char rows[3][LONGEST + 1];
  unsigned char *above = rows[0], *last = rows[1], *row = rows[2];
  const size_t m = strlen(a), n = strlen(b);
  size_t i, j;
  if (m > LONGEST || n > LONGEST) return FAR;
  for (j = 0; j <= n; j++) last[j] = (unsigned char)j;
  for (i = 1; i <= m; i++) {
    unsigned char *spare = above;
    row[0] = (unsigned char)i;
    for (j = 1; j <= n; j++) {
      const int differ = lower(a[i - 1]) != lower(b[j - 1]);
      int least = last[j - 1] + differ;
      if (last[j] + 1 < least) least = last[j] + 1;
      if (row[j - 1] + 1 < least) least = row[j - 1] + 1;
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]) && above[j - 2] + 1 < least)
        least = above[j - 2] + 1;
      row[j] = (unsigned char)least;
    }
    above = last;
    last = row;
    row = spare;
  }
  return last[n];
}

/*
** Returns how many letters of `b` it takes to find all letters of `a` in their
** order, if `a` has at least three and begins as `b` does; 0 if they are not
** all found. Case does not count.
*/
static size_t abbreviated (const char *a, const char *b) {
  const char *first = b;
  if (strlen(a) < 3 || lower(*a) != lower(*b)) return 0;
  for (; *a != '\0' && *b != '\0'; b++) a += lower(*a) == lower(*b);
  return *a == '\0' ? (size_t)(b - first) : 0;
}

/* The name nearest to `key` so far */
typedef struct guess {
  const char *key, *name;
  size_t distance;
} guess;

/*
** Returns how far `name` is from the key, or (size_t)-1 if it is unrelated. A
** misspelling changes at most half the letters of the shorter one. A key that
** abbreviates a name is further from it than any misspelling, and the further,
** the more letters it leaves out between its own.
*/
static size_t distance_of (const char *key, const char *name) {
  const unsigned d = distance(key, name);
  const size_t m = strlen(key), n = strlen(name);
  if (d < FAR && (size_t)2 * d <= (m < n ? m : n)) return d;
  return abbreviated(key, name) > 0 ? FAR + abbreviated(key, name) : (size_t)-1;
}

/* Makes `name` the guess if it is nearer than the one before. Of equally near
   names the first in the alphabet wins, as tables have no order. */
static void consider (guess *best, const char *name) {
  const size_t d = distance_of(best->key, name);
  if (d == (size_t)-1 || d > best->distance) return;
  if (d == best->distance && best->name != NULL &&
      strcmp(best->name, name) <= 0)
    return;
  best->name = name;
  best->distance = d;
}

/* Considers all strings among the keys of the table at `index`. */
static void consider_keys (lua_State *L, int index, guess *best) {
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) consider(best, lua_tostring(L, -1));
  }
}

const char *tg_pushnearest (lua_State *L, int index, const char *const *others,
                            const char *key) {
  guess best;
  best.key = key;
  best.name = NULL;
  best.distance = (size_t)-1;
  for (; *others != NULL; others++) consider(&best, *others);
  consider_keys(L, index, &best);
  if (best.name == NULL) {
    lua_pushliteral(L, "");
    return lua_tostring(L, -1);
  }
  return lua_pushfstring(L, "; did you mean '%s'?", best.name);
}

/* Returns whether Values have a method `name`. */
static int is_method (lua_State *L, const char *name) {
  int found;
  lua_getfield(L, TG_UP_METHODS, name);
  found = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return found;
}

const char *tg_pushadvice (lua_State *L, int arg, const char *name,
                           const char *expected) {
  const char *advice = "";
  if (arg == 1 && lua_isnone(L, arg) && is_method(L, name))
    return lua_pushfstring(L, "; a method takes a colon, v:%s()", name);
  if (strstr(expected, "umber") == NULL)
    advice = "";
  else if (strcmp(tg_typename(L, arg), "Value") == 0)
    advice = "; v.data is a Value's number";
  else if (lua_type(L, arg) == LUA_TNIL)
    advice = "; is an argument missing, or a name misspelt?";
  else if (lua_type(L, arg) == LUA_TSTRING)
    advice = "; tonumber makes a number of a string";
  else if (lua_type(L, arg) == LUA_TTABLE)
    advice = "; it takes one number at a time";
  lua_pushstring(L, advice);
  return lua_tostring(L, -1);
}

/* nearest(names, key): returns the advice for a key that the table `names`
   lacks. */
static int nearest_key (lua_State *L) {
  static const char *const no_others[] = { NULL };
  luaL_checktype(L, 1, LUA_TTABLE);
  tg_pushnearest(L, 1, no_others, luaL_checkstring(L, 2));
  return 1;
}

/*
** is_probe(key): returns whether generic code (a printer, a test for functions)
** may look for `key` in any table: it is no string, or one that begins with _.
*/
static int is_probe (lua_State *L) {
  lua_pushboolean(L,
                  lua_type(L, 1) != LUA_TSTRING || *lua_tostring(L, 1) == '_');
  return 1;
}

void tg_add_advice_functions (lua_State *L) {
  tg_add(L, "is_probe", is_probe);
  tg_add(L, "nearest", nearest_key);
}
