/*
** memory.h: an allocator for Lua states under test. Every resize moves the
** block, so that stale pointers show; there are guard bytes around blocks, and
** what is freed is overwritten. It can refuse requests.
*/
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

typedef struct memory {
  size_t bytes, blocks; /* outstanding */
  long requests;        /* for more memory, while armed */
  long refuse;          /* this one, counted from 1; 0: none */
  int refuse_on;        /* and all after it */
  long every; /* each so manieth for a new object is refused once, and then
                 granted: Lua from 5.2 on collects in between; 0: none */
  int armed;
  int refused; /* was there one? */
  long points; /* tried by fault_host.c */
  void (*fail)(const char *what);
} memory;

/* All zero, but for what to do (and not return) when something is wrong. */
memory new_memory (void (*fail)(const char *what));

/* A lua_Alloc; ud is the memory. */
void *memory_allocate (void *ud, void *block, size_t osize, size_t nsize);

#endif
