/*
** memory.h: an allocator for Lua states under test. Every resize moves the
** block, so that stale pointers show. Guard bytes surround each block, freed
** blocks are overwritten, and requests can be refused.
*/
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

typedef struct memory {
  size_t bytes, blocks; /* in use */
  long requests;        /* how many for more memory, while armed */
  long refuse;          /* number of the refused request, from 1; 0: none */
  int refuse_on;        /* 1: refuse all after it, too */
  long every; /* each every-th request for a new object is refused once: Lua
                 from 5.2 on collects garbage and asks again; 0: none */
  int armed;
  int refused; /* 1 if a request was refused */
  long points; /* how many requests fault_host.c's failing has refused */
  void (*fail)(const char *what);
} memory;

/* Returns a memory with all fields 0 but `fail`, which is called when something
   is wrong, and must not return. */
memory new_memory (void (*fail)(const char *what));

/* A lua_Alloc, whose `ud` is a memory. */
void *memory_allocate (void *ud, void *block, size_t osize, size_t nsize);

#endif
