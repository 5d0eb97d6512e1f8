/*
** file.c: what Lua's io and os lack to replace a file at once: where a path
** leads, a fresh name beside it, owner and mode, and (on Windows) moving a
** file over another. POSIX and Windows have these; elsewhere, and with
** TG_NO_FILES, files are written directly. For support/file.lua only.
**
** Nothing here makes, fills or removes a file: that is for the state's own io
** and os, which a host may have left out. What changes a file works on the
** name that was fresh, so nobody can use it who cannot make a file there.
*/
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE \
  200809L /* links, modes and clocks, in spite of -std=c99 */
#endif
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64 /* stat must know files of any size */
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

#define MAXPATH 4096 /* bytes of a path that is followed */

/* What a path leads to */
typedef enum kind {
  OTHER,  /* a device, a directory, or nothing that one can know */
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
#define MAXLINKS 40 /* as Linux */

static int is_there (const char *path) {
  struct stat s;
  return lstat(path, &s) == 0;
}

/*
** Is it a link of /proc? Those stand for what a process has open, as
** /dev/stdout does, and are written to as devices are.
*/
static int is_of_process (const struct stat *s) {
  struct stat process;
  return lstat("/proc/self", &process) == 0 && process.st_dev == s->st_dev;
}

/* Puts where the link at `index` leads in its place. Did that work? */
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

/* Puts the path that the one at `index` leads to in its place. */
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

/* Has it an access control list, which chmod would not keep? */
static int has_acl (const char *path) {
#ifdef __linux__
  return lgetxattr(path, "system.posix_acl_access", NULL, 0) > 0;
#else
  (void)path;
  return 0;
#endif
}

/* Gives a file owner and mode of another. Can it then take its place? */
static int make_alike (const char *file, const char *other) {
  struct stat f, o;
  return lstat(file, &f) == 0 && lstat(other, &o) == 0 && o.st_nlink == 1 &&
         !has_acl(other) &&
         ((f.st_uid == o.st_uid && f.st_gid == o.st_gid) ||
          lchown(file, o.st_uid, o.st_gid) == 0) &&
         chmod(file, o.st_mode & 07777) == 0;
}

/* Hides from others a file that holds the new contents for a while only. */
static void make_private (const char *file) { (void)chmod(file, 0600); }

/* rename, which is os.rename, has tried it. */
static int move_over (const char *from, const char *to) {
  (void)from;
  (void)to;
  return 0;
}

/* Bits that nobody can foresee, as long as /dev/urandom is there. */
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
#define _WIN32_WINNT 0x0600 /* GetFinalPathNameByHandle */
#endif
#include <windows.h>
#undef near /* names of ours, where all is one file */
#undef far

#define SEPARATORS "/\\:"
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
/* Of a file's attributes, those that a user gives it */
#define KEPT \
  (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE)
#define TRIES 20 /* while another program has the file open, */
#define NAP 5    /* with milliseconds between them */

static int is_there (const char *path) {
  return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

/* Opens a path to ask about it. */
static HANDLE ask (const char *path) {
  return CreateFileA(path, 0, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
}

/* Puts the path that the one at `index` leads to in its place. */
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

/* Gives a file the attributes of another. Can it then take its place? */
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

/* Moves a file over another, in whose place it then is. */
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

static uint64_t noise (void) {
  LARGE_INTEGER now;
  QueryPerformanceCounter(&now);
  return (uint64_t)now.QuadPart * 0x9E3779B97F4A7C15u ^
         (uint64_t)GetCurrentProcessId() << 40 ^ GetCurrentThreadId();
}

#endif

#if defined(POSIX) || defined(WINDOWS)

/* How many bytes of a path name the directory. */
static size_t directory_of (const char *path) {
  size_t n = strlen(path);
  while (n > 0 && strchr(SEPARATORS, path[n - 1]) == NULL) n--;
  return n;
}

/* Pushes a name in the directory of `path` which no file has. */
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

/* Upvalues of keep and replace: target, the file beside it, and whether there
   is a target to be replaced. */
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

static void push_closure (lua_State *L, lua_CFunction f) {
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 3);
  lua_pushcclosure(L, f, 3);
}

/*
** file_place(path): how to replace what is there. Returns
**   the path that this one leads to, over all links;
**   is a regular file there?
** and, unless the path is a device's, a directory's or of an unknown kind,
**   a path beside it, where no file is;
**   keep(): gives the file that was made there owner and mode of the old one.
**     Returns true if it can take its place, false if it cannot, nothing if it
**     is not there (where a host's io leads elsewhere);
**   replace(): moves it over the old one, where os.rename does not do that.
**     Returns whether that worked.
** Returns only its argument where the system offers none of this.
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

/* file_denied(code): does the number that io.open gave with its message say
   that no file can be made in that place, however much room there is? (ENOENT:
   the place is there, but has files of its own only, as /proc.) */
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
