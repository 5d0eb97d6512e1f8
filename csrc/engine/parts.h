/*
** parts.h: macros by which a build leaves parts out. Define them alike for all
** sources (make CPPFLAGS=-DTG_NO_EMIT).
**
**   TG_NO_BATCH    batches, and what uses them: fits, optim, nn
**   TG_NO_EMIT     Programs as C source
**   TG_NO_SAVE     Programs as bytes
**   TG_NO_FIT      fits and minima
**   TG_NO_TENSOR   Tensors, and so batches
**   TG_NO_PROGRAM  Programs, and so all of the above but Tensors
**   TG_NO_DERIVE   functions that make functions (grad ...), and so fits, and
**                  custom operations; backward stays
**   TG_NO_NOTES    notes and test domains in operations()
**   TG_NO_DRAW     drawings, from the Lua modules in the amalgamation
**   TG_NO_FILES    the replacement of a file in one step, which needs POSIX or
**                  Windows; files are then written directly
**   TG_EAGER       all of these; Values, operations and backward stay
**
** Each macro leaves out whole sources or Lua modules. Lua gets an error that
** names the macro; C programs fail to link.
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

/* TG_PARTIALS: this build reads partial derivatives as formulas. */
#if !defined(TG_NO_PROGRAM) || !defined(TG_NO_DERIVE) || !defined(TG_NO_NOTES)
#define TG_PARTIALS
#endif

/* TG_LIMIT: a limit, small in builds for tests to give bugs a chance. */
#ifdef TG_TEST
#define TG_LIMIT(usual, small) (small)
#else
#define TG_LIMIT(usual, small) (usual)
#endif

/* Long work calls the host's poll function after so many ticks (pace.h). */
#ifndef TG_POLL_TICKS
#define TG_POLL_TICKS TG_LIMIT(32768, 50)
#endif

#endif
