/*
** kernels.h: how the core gets the kernels. They are large, so they are a
** module of their own, "tinygrad.kernels", which is loaded when rows are to be
** gone over for the first time; batch.lua hands what it holds to the core.
*/
#ifndef TG_KERNELS_LUA_H
#define TG_KERNELS_LUA_H

#include "../../engine/attributes.h"
#include "../../engine/batch/kernels.h"

TG_HIDDEN_BEGIN

#define TG_KERNELS_TYPE "tinygrad.kernels"

/* What must be the same where both were compiled */
#define TG_KERNELS_MARK \
  (TG_VERSION_NUMBER * 1000000uL + TG_NOPS * 1000uL + sizeof(tg_steps) + \
   sizeof(tg_kernels))

/* The userdata `kernels` in the module's table */
typedef struct tg_kernelset {
  unsigned long mark;
  const tg_kernels *(*best)(tg_isa most);
} tg_kernelset;

TG_HIDDEN_END

#endif
