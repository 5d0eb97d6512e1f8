/*
** file.c: what Lua's io and os lack for replacing a file in one step: where a
** path leads, a fresh name beside it, owner and mode, and (on Windows) moving
** a file over another. POSIX and Windows offer these; elsewhere, and with
** TG_NO_FILES, files are written directly. Only support/file.lua calls them.
**
** Nothing here makes, fills or removes a file: the state's own io and os do
** that, which a host may have left out. The functions that change a file work
** on the fresh name, so that only a script that can make a file there can use
** them.
*/
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* -std=c99 hides links, modes and clocks */
#endif
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64 /* else stat fails on large files */
#endif

#include "file.h"

#include "state.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#if defined(TG_NO_FILES)
#elif defined(__unix__) || defined(__APPLE__)
#define POSIX
#elif defined(_WIN32)
#define WINDOWS
#endif

#if defined(POSIX) || defined(WINDOWS)

#define MAXPATH 4096 /* bytes of the longest path that a link may hold */

/* What a path leads to, over all links */
typedef enum kind {
  OTHER,  /* a device, a directory, or something unknown */
  ABSENT, /* nothing yet */
  REGULAR /* a regular file */
} kind;

#endif

#ifdef POSIX

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#define SEPARATORS "/"
#define MAXLINKS 40 /* Linux follows as many */

static int is_there (const char *path) {
  struct stat s;
  return lstat(path, &s) == 0;
}

/*
** Returns whether a link is one of /proc. Those stand for the open files of a
** process (/dev/stdout leads to one), which are written to as devices are.
*/
static int is_of_process (const struct stat *s) {
  struct stat process;
  return lstat("/proc/self", &process) == 0 && process.st_dev == s->st_dev;
}

/* Replaces the path of a link at `index`, of which `directory` bytes name the
   directory, by the path that the link holds; returns whether that worked. */
static int follow (lua_State *L, int index, size_t directory) {
  char to[MAXPATH];
  const char *path = lua_tostring(L, index);
  const ssize_t n = readlink(path, to, sizeof to);
  if (n <= 0 || n == (ssize_t)sizeof to) return 0;
  lua_pushlstring(L, path, to[0] == '/' ? 0 : directory);
  lua_pushlstring(L, to, (size_t)n);
  lua_concat(L, 2);
  lua_replace(L, index);
  return 1;
}

static size_t directory_of (const char *path);

/* Replaces the path at `index` by the one that it leads to over all links, and
   returns what is there. */
static kind look (lua_State *L, int index) {
  struct stat end, s;
  const int found = stat(lua_tostring(L, index), &end) == 0;
  int links;
  if (found ? !S_ISREG(end.st_mode) : errno != ENOENT) return OTHER;
  for (links = 0; links < MAXLINKS; links++) {
    const char *path = lua_tostring(L, index);
    if (lstat(path, &s) != 0) return found ? OTHER : ABSENT;
    if (!S_ISLNK(s.st_mode))
      return found && s.st_dev == end.st_dev && s.st_ino == end.st_ino ? REGULAR
                                                                       : OTHER;
    if (is_of_process(&s) || !follow(L, index, directory_of(path)))
      return OTHER;
  }
  return OTHER; /* LCOV_EXCL_LINE: stat has given up before */
}

/* Returns whether a file has an access control list, which chmod would not
   give to another file. */
static int has_acl (const char *path) {
#ifdef __linux__
  return lgetxattr(path, "system.posix_acl_access", NULL, 0) > 0;
#else
  (void)path;
  return 0;
#endif
}

/*
** Gives `file` the owner and mode of `other`; returns whether it can then take
** the place of `other`. It cannot if `other` has a second name or an access
** control list, or if this process may not give the owner away.
*/
static int make_alike (const char *file, const char *other) {
  struct stat f, o;
  return lstat(file, &f) == 0 && lstat(other, &o) == 0 && o.st_nlink == 1 &&
         !has_acl(other) &&
         ((f.st_uid == o.st_uid && f.st_gid == o.st_gid) ||
          lchown(file, o.st_uid, o.st_gid) == 0) &&
         chmod(file, o.st_mode & 07777) == 0;
}

/* Lets nobody but its owner read the file: it cannot take the old one's place,
   and must show no more than the old one's mode does. */
static void make_private (const char *file) { (void)chmod(file, 0600); }

/* Does nothing: os.rename replaces files on POSIX, and was tried before. */
static int move_over (const char *from, const char *to) {
  (void)from;
  (void)to;
  return 0;
}

/* Returns random bits of /dev/urandom. Without it, the bits come from the
   clock and the process alone, and others could guess them. */
static uint64_t noise (void) {
  struct timespec now;
  uint64_t u = 0;
  const int urandom = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (urandom >= 0) {
    if (read(urandom, &u, sizeof u) < 0) u = 0;
    close(urandom);
  }
  clock_gettime(CLOCK_REALTIME, &now);
  return u ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 40;
}

#endif

#ifdef WINDOWS

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#if !defined(_WIN32_WINNT)
#define _WIN32_WINNT 0x0600 /* declares GetFinalPathNameByHandle */
#endif
#include <windows.h>
#undef near /* the amalgamation has variables of these names */
#undef far

#define SEPARATORS "/\\:"
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
/* The attributes that a user gives to a file */
#define KEPT \
  (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE)
#define TRIES 20 /* to move a file while another program has it open */
#define NAP 5    /* milliseconds between two tries */

static int is_there (const char *path) {
  return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

/* Opens a path for questions alone, without the right to read or write. */
static HANDLE ask (const char *path) {
  return CreateFileA(path, 0, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
}

/* Replaces the path at `index` by the one that it leads to over all links, and
   returns what is there. */
static kind look (lua_State *L, int index) {
  char real[MAXPATH];
  const char *path = lua_tostring(L, index);
  HANDLE h;
  DWORD n = 0;
  if (strncmp(path, "\\\\.", 3) == 0) return OTHER; /* a device or pipe */
  h = ask(path);
  if (h == INVALID_HANDLE_VALUE)
    return GetLastError() == ERROR_FILE_NOT_FOUND && !is_there(path) ? ABSENT
                                                                     : OTHER;
  if (GetFileType(h) == FILE_TYPE_DISK)
    n = GetFinalPathNameByHandleA(h, real, sizeof real, 0);
  CloseHandle(h);
  if (n == 0 || n >= sizeof real || !is_there(real)) return OTHER;
  lua_pushlstring(L, real, n);
  lua_replace(L, index);
  return REGULAR;
}

/* Gives `file` the attributes of `other`; returns whether it can then take the
   place of `other`. It cannot if `other` has a second name. */
static int make_alike (const char *file, const char *other) {
  BY_HANDLE_FILE_INFORMATION about;
  HANDLE h = ask(other);
  DWORD kept;
  int known;
  if (h == INVALID_HANDLE_VALUE) return 0;
  known = GetFileInformationByHandle(h, &about) != 0;
  CloseHandle(h);
  if (!known || about.nNumberOfLinks != 1) return 0;
  kept = about.dwFileAttributes & KEPT;
  return SetFileAttributesA(file, kept ? kept : FILE_ATTRIBUTE_NORMAL) != 0;
}

static void make_private (const char *file) { (void)file; }

/* Moves the file `from` over `to`; returns whether that worked. */
static int move_over (const char *from, const char *to) {
  int i;
  for (i = 0; i < TRIES; i++) {
    if (MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING)) return 1;
    if (GetLastError() != ERROR_ACCESS_DENIED &&
        GetLastError() != ERROR_SHARING_VIOLATION)
      return 0;
    Sleep(NAP);
  }
  return 0;
}

/* Returns bits of the clock, the process and the thread, which others could
   guess. */
static uint64_t noise (void) {
  LARGE_INTEGER now;
  QueryPerformanceCounter(&now);
  return (uint64_t)now.QuadPart * 0x9E3779B97F4A7C15u ^
         (uint64_t)GetCurrentProcessId() << 40 ^ GetCurrentThreadId();
}

#endif

#if defined(POSIX) || defined(WINDOWS)

/* Returns how many bytes of a path name its directory. */
static size_t directory_of (const char *path) {
  size_t n = strlen(path);
  while (n > 0 && strchr(SEPARATORS, path[n - 1]) == NULL) n--;
  return n;
}

/* Pushes and returns a random name in the directory of `path`. */
static const char *push_fresh (lua_State *L, const char *path) {
  static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
  char name[] = ".tinygrad-0123456789abc";
  uint64_t u = noise();
  size_t i;
  for (i = sizeof ".tinygrad-" - 1; name[i] != '\0'; i++, u >>= 5)
    name[i] = digits[u & 31];
  lua_pushlstring(L, path, directory_of(path));
  lua_pushstring(L, name);
  lua_concat(L, 2);
  return lua_tostring(L, -1);
}

/* The upvalues of keep and replace: the path of the old file, the path beside
   it, and whether an old file exists */
#define TARGET lua_tostring(L, lua_upvalueindex(1))
#define BESIDE lua_tostring(L, lua_upvalueindex(2))
#define REPLACES lua_toboolean(L, lua_upvalueindex(3))

/* keep(): see file_place */
static int keep (lua_State *L) {
  int alike;
  if (!is_there(BESIDE)) return 0;
  alike = !REPLACES || make_alike(BESIDE, TARGET);
  if (!alike) make_private(BESIDE);
  lua_pushboolean(L, alike);
  return 1;
}

/* replace(): see file_place */
static int replace (lua_State *L) {
  lua_pushboolean(L, move_over(BESIDE, TARGET));
  return 1;
}

/* Pushes `f` with these upvalues, which file_place has at 2, 4 and 3. */
static void push_closure (lua_State *L, lua_CFunction f) {
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 3);
  lua_pushcclosure(L, f, 3);
}

/*
** file_place(path): finds out how to replace the file at `path`. Returns
**   the path that `path` leads to over all links;
**   whether a regular file is there;
** and, unless a device, a directory or something unknown is there,
**   a path beside it that leads to nothing yet;
**   keep(): gives the file that was made at that path the owner and mode of
**     the old one. Returns true if it can take the old one's place, false if
**     it cannot, and nothing if it does not exist (a host's io may lead
**     elsewhere);
**   replace(): moves it over the old one, where os.rename does not do that.
**     Returns whether that worked.
** Returns its argument alone where the system offers none of this.
*/
static int file_place (lua_State *L) {
  kind k;
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  k = look(L, 2);
  lua_pushboolean(L, k == REGULAR);
  if (k == OTHER) return 2;
  while (is_there(push_fresh(L, lua_tostring(L, 2)))) lua_settop(L, 3);
  push_closure(L, keep);
  push_closure(L, replace);
  return 5;
}

/*
** file_denied(code): returns whether the number that io.open gave with its
** message says that no file can be made in that place, however much room it
** has. (ENOENT says so too: file_place has seen the directory, which like /proc
** has only files of its own.)
*/
static int file_denied (lua_State *L) {
  const lua_Number code = luaL_checknumber(L, 1);
  lua_pushboolean(L, code == EACCES || code == EPERM || code == EROFS ||
                       code == ENAMETOOLONG || code == ENOENT ||
                       code == EINVAL || code == ENOSYS);
  return 1;
}

#else

static int file_place (lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  return 1;
}

static int file_denied (lua_State *L) {
  (void)L;
  return 0;
}

#endif

void tg_add_file_functions (lua_State *L) {
  tg_add(L, "file_place", file_place);
  tg_add(L, "file_denied", file_denied);
}
