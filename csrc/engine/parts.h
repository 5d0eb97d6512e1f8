/*
** parts.h: what a build may choose, by macros that are the same for all sources
** (make CPPFLAGS=-DTG_NO_EMIT), parts that are left out above all:
**
**   TG_NO_BATCH    batches, and what is made of them: fits, optim, nn
**   TG_NO_EMIT     Programs as C source
**   TG_NO_SAVE     Programs as bytes
**   TG_NO_FIT      fits and minima
**   TG_NO_TENSOR   Tensors, and so batches
**   TG_NO_PROGRAM  Programs, and so all of the above but Tensors
**   TG_NO_DERIVE   functions that make functions (grad ...), and so fits, and
**                  custom operations; backward stays
**   TG_NO_NOTES    notes and test domains in operations()
**   TG_NO_DRAW     drawings: of the Lua modules in the amalgamation
**   TG_NO_FILES    replacing files at once, for which POSIX or Windows is
**                  called: files are written directly
**   TG_EAGER       all of these: Values, operations, backward are left
**
** Each leaves out whole sources or Lua modules. What is missing, Lua is told
** when it asks for it, and the linker tells C.
*/
#ifndef TG_PARTS_H
#define TG_PARTS_H

#ifdef TG_EAGER
#undef TG_NO_PROGRAM
#define TG_NO_PROGRAM
#undef TG_NO_TENSOR
#define TG_NO_TENSOR
#undef TG_NO_DERIVE
#define TG_NO_DERIVE
#undef TG_NO_NOTES
#define TG_NO_NOTES
#undef TG_NO_DRAW
#define TG_NO_DRAW
#undef TG_NO_FILES
#define TG_NO_FILES
#endif

#ifdef TG_NO_PROGRAM
#undef TG_NO_EMIT
#define TG_NO_EMIT
#undef TG_NO_SAVE
#define TG_NO_SAVE
#endif

#if defined(TG_NO_PROGRAM) || defined(TG_NO_TENSOR)
#undef TG_NO_BATCH
#define TG_NO_BATCH
#endif

#if defined(TG_NO_BATCH) || defined(TG_NO_DERIVE)
#undef TG_NO_FIT
#define TG_NO_FIT
#endif

/* Are partials needed as formulas? */
#if !defined(TG_NO_PROGRAM) || !defined(TG_NO_DERIVE) || !defined(TG_NO_NOTES)
#define TG_PARTIALS
#endif

/* A limit, which is small in builds for tests, to give bugs a chance. */
#ifdef TG_TEST
#define TG_LIMIT(usual, small) (small)
#else
#define TG_LIMIT(usual, small) (usual)
#endif

/* Ticks of long work between two calls of the host's poll function. */
#ifndef TG_POLL_TICKS
#define TG_POLL_TICKS TG_LIMIT(32768, 50)
#endif

#endif
