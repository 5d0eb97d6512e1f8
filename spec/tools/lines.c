/*
** lines.c: a Lua module that notes which lines of lua/tinygrad run, for `make
** coverage`. LUA_INIT loads it before anything else. It sets a line hook, which
** coroutines inherit, and a debug.sethook that puts the hook back. At the end
** of the process it writes for each Lua file the name and one character a line
** ('1': it ran) into a file of the folder that COVERAGE names.
*/
#define _POSIX_C_SOURCE 200809L
#include <lua.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 512, LINES = 4096, NAME = 256 };

typedef struct File {
  char name[NAME]; /* as Lua knows its source: "@..." */
  char ran[LINES];
} File;

static File *files; /* room for FILES */
static int count;
static File *latest; /* the file of the last line that ran */

/* Returns the entry of a source, or NULL if the table is full. */
static File *entry (const char *source) {
  int i;
  for (i = 0; i < count; i++)
    if (strcmp(files[i].name, source) == 0) return &files[i];
  if (count == FILES || strlen(source) >= NAME) return NULL;
  strcpy(files[count].name, source);
  memset(files[count].ran, '0', LINES);
  return &files[count++];
}

static void note (lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "S", ar);
  if (ar->source[0] != '@') return;
  if (latest == NULL || strcmp(latest->name, ar->source) != 0)
    latest = entry(ar->source);
  if (latest != NULL && ar->currentline > 0 && ar->currentline < LINES)
    latest->ran[ar->currentline] = '1';
}

static void write_all (void) {
  char path[4096];
  FILE *out;
  int i;
  snprintf(path, sizeof path, "%s/%ld.lines", getenv("COVERAGE"),
           (long)getpid());
  out = fopen(path, "a");
  if (out == NULL) return;
  for (i = 0; i < count; i++)
    fprintf(out, "%s\t%.*s\n", files[i].name, LINES, files[i].ran);
  fclose(out);
}

/* Replaces debug.sethook: sets the line hook again where that leaves none. */
static int sethook (lua_State *L) {
  lua_State *of = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  if (lua_gethook(of) == NULL) lua_sethook(of, note, LUA_MASKLINE, 0);
  return 0;
}

int luaopen_lines (lua_State *L);

int luaopen_lines (lua_State *L) {
  files = malloc(FILES * sizeof *files);
  if (files == NULL) return luaL_error(L, "not enough memory");
  atexit(write_all);
  lua_sethook(L, note, LUA_MASKLINE, 0);
  lua_getglobal(L, "debug");
  lua_getfield(L, -1, "sethook");
  lua_pushcclosure(L, sethook, 1);
  lua_setfield(L, -2, "sethook");
  return 0;
}
