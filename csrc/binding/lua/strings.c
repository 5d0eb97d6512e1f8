/*
** strings.c: functions in place of the string and table libraries, which a
** host may have left out.
*/
#include "strings.h"

#include <limits.h>

#include "errors.h"

/* Adds the string at `index` to the buffer, in quotes, as Lua source. */
static void add_quoted (lua_State *L, luaL_Buffer *b, int index) {
  size_t n;
  const char *s = lua_tolstring(L, index, &n);
  luaL_addchar(b, '"');
  for (; n > 0; n--, s++) {
    const int control = (unsigned char)*s < ' ' || *s == 127;
    if (*s == '"' || *s == '\\' || control) luaL_addchar(b, '\\');
    if (control) {
      luaL_addchar(b, (char)('0' + *s / 100));
      luaL_addchar(b, (char)('0' + *s / 10 % 10));
      luaL_addchar(b, (char)('0' + *s % 10));
    }
    else
      luaL_addchar(b, *s);
  }
  luaL_addchar(b, '"');
}

/* Converts arguments 2 to n to strings; integers get no point. */
static void make_strings (lua_State *L, int n) {
  int i;
  for (i = 2; i <= n; i++) {
    if (lua_type(L, i) == LUA_TNUMBER) {
      const lua_Number x = lua_tonumber(L, i);
      if (x >= INT_MIN && x < -(lua_Number)INT_MIN && x == (lua_Number)(int)x)
        lua_pushfstring(L, "%d", (int)x);
      else if (x != x)
        lua_pushliteral(L, "nan"); /* printf gives some a sign */
      else
        lua_pushfstring(L, "%f", x);
      lua_replace(L, i);
    }
    else
      luaL_checktype(L, i, LUA_TSTRING);
  }
}

/* format(text, ...): does what string.format does, for %s, %d and %q. */
static int format (lua_State *L) {
  const char *text = luaL_checkstring(L, 1);
  const int n = lua_gettop(L);
  int next = 2;
  luaL_Buffer b;
  make_strings(L, n);
  luaL_buffinit(L, &b);
  for (; *text != '\0'; text++) {
    if (*text != '%')
      luaL_addchar(&b, *text);
    else if (next > n || text[1] == '\0')
      return tg_error(L, "format: too few arguments");
    else if (*++text == 'q')
      add_quoted(L, &b, next++);
    else {
      size_t len;
      const char *s = lua_tolstring(L, next++, &len);
      luaL_addlstring(&b, s, len);
    }
  }
  luaL_pushresult(&b);
  return 1;
}

/* unpack(t, [i, [j]]): does what table.unpack does, for indices from 0 on. */
static int unpack (lua_State *L) {
  const size_t length = tg_checklist(L, 1);
  const size_t first =
    lua_isnoneornil(L, 2) ? 1 : tg_checkwhole(L, 2, 0, INT_MAX);
  const size_t last =
    lua_isnoneornil(L, 3) ? length : tg_checkwhole(L, 3, 0, INT_MAX);
  const size_t n = last >= first ? last - first + 1 : 0;
  size_t i;
  if (n > 1000000 || !lua_checkstack(L, (int)n))
    return tg_error(L, "too many results to unpack");
  for (i = 0; i < n; i++) lua_rawgeti(L, 1, (int)(first + i));
  return (int)n;
}

/* Returns whether `c` is a letter of ASCII or _, under every locale. */
static int is_letter (char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* is_name(s): returns whether `s` is spelt as a name in a Lua program. */
static int is_name (lua_State *L) {
  size_t n, i;
  const char *s = luaL_checklstring(L, 1, &n);
  int ok = n > 0 && is_letter(s[0]);
  for (i = 1; ok && i < n; i++)
    ok = is_letter(s[i]) || (s[i] >= '0' && s[i] <= '9');
  lua_pushboolean(L, ok);
  return 1;
}

void tg_add_string_functions (lua_State *L) {
  tg_add(L, "format", format);
  tg_add(L, "is_name", is_name);
  tg_add(L, "unpack", unpack);
}
