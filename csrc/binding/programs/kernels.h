/*
** kernels.h: how the core gets the kernels. They are large, so that they are in
** a module of their own, "tinygrad.kernels", which the first batch loads;
** batch.lua hands the module's `kernels` to the core.
*/
#ifndef TG_KERNELS_LUA_H
#define TG_KERNELS_LUA_H

#include "../../engine/attributes.h"
#include "../../engine/batch/kernels.h"

TG_HIDDEN_BEGIN

#define TG_KERNELS_TYPE "tinygrad.kernels"

/* A number that the modules share if they were compiled from one source, with
   structures of the same size */
#define TG_KERNELS_MARK \
  (TG_VERSION_NUMBER * 1000000uL + TG_NOPS * 1000uL + sizeof(tg_steps) + \
   sizeof(tg_kernels))

/* The userdata `kernels` in the table of the module */
typedef struct tg_kernelset {
  unsigned long mark;
  const tg_kernels *(*best)(tg_isa most);
} tg_kernelset;

TG_HIDDEN_END

#endif
