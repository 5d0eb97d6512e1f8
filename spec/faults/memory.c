/*
** memory.c: the allocator of memory.h.
*/
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lualib.h>

#define GUARD 16 /* bytes; also keeps the alignment of malloc */
#define GUARD_BYTE 0x5a
#define DEAD_BYTE 0xdd /* what a freed block is filled with */

/* Lua must tell the size of a block that it frees. LuaJIT (June 2022) tells too
   small a size for a closure for whose upvalues memory was short. */
#ifdef LUA_JITLIBNAME
#define IS_SIZE(told, real) ((told) <= (real))
#else
#define IS_SIZE(told, real) ((told) == (real))
#endif

memory new_memory (void (*fail)(const char *what)) {
  memory m;
  memset(&m, 0, sizeof m);
  m.fail = fail;
  return m;
}

static void check_guard (const memory *m, const unsigned char *guard,
                         size_t size) {
  size_t i;
  for (i = 0; i < size; i++)
    if (guard[i] != GUARD_BYTE) m->fail("a guard byte was overwritten");
}

/* Allocates a block. Its size and guard bytes lie before it, guard bytes behind
   it. */
static unsigned char *new_block (memory *m, size_t size) {
  unsigned char *block = (unsigned char *)malloc(size + 2 * GUARD);
  if (block == NULL) return NULL;
  memset(block, GUARD_BYTE, GUARD);
  memcpy(block, &size, sizeof size);
  block += GUARD;
  memset(block + size, GUARD_BYTE, GUARD);
  m->bytes += size;
  m->blocks++;
  return block;
}

static void free_block (memory *m, unsigned char *block, size_t told) {
  unsigned char *start = block - GUARD;
  size_t size;
  memcpy(&size, start, sizeof size);
  check_guard(m, start + sizeof size, GUARD - sizeof size);
  check_guard(m, block + size, GUARD);
  if (!IS_SIZE(told, size)) m->fail("a block is freed with another size");
  memset(block, DEAD_BYTE, size);
  free(start);
  m->bytes -= size;
  m->blocks--;
}

static int is_refused (memory *m) {
  if (!m->armed) return 0;
  m->requests++;
  if (m->requests != m->refuse && !(m->refuse_on && m->refused)) return 0;
  m->refused = 1;
  return 1;
}

void *memory_allocate (void *ud, void *block, size_t osize, size_t nsize) {
  memory *m = (memory *)ud;
  unsigned char *fresh = NULL;
  /* a new object: from Lua 5.2 on, osize is its type */
  if (block == NULL && osize > 0 && m->every > 0 && ++m->requests >= m->every) {
    m->requests = 0;
    return NULL;
  }
  if (block == NULL) osize = 0;
  if (nsize > osize && is_refused(m)) return NULL;
  if (nsize > 0) {
    fresh = new_block(m, nsize);
    if (fresh == NULL) return NULL;
  }
  if (block != NULL) {
    if (nsize > 0) memcpy(fresh, block, nsize < osize ? nsize : osize);
    free_block(m, (unsigned char *)block, osize);
  }
  return fresh;
}
