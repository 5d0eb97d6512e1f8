/*
** tinygrad.h: the engine's public C API. Needs no Lua; tinygrad_lua.h adds
** what a host that runs Lua needs.
**
**   1. versions            4. nodes          7. batches
**   2. status and errors   5. operations     8. saved programs
**   3. memory, interrupts  6. programs
**
** No function here allocates but from the allocator that it is given, writes a
** global variable, prints, exits or aborts. Functions of different nodes of
** different Lua states, and of programs, may run in different threads.
**
** What is indented in these comments is an example; all examples together are
** compiled and run (spec/project/manual_spec.lua). They need
**
**    #include <stdlib.h>
**    #include "tinygrad.h"
*/
#ifndef TINYGRAD_H
#define TINYGRAD_H

#include <stddef.h>

/*
** 1. Versions
**
** Of this header; TG_VERSION_NUMBER is 10000 major + 100 minor + patch. Within
** one major version (and, as long as that is 0, one minor version), what is
** compiled with a header works with later libraries.
*/
#define TG_VERSION_MAJOR 0
#define TG_VERSION_MINOR 1
#define TG_VERSION_PATCH 0
#define TG_VERSION "0.1.0"
#define TG_VERSION_NUMBER \
  (10000 * TG_VERSION_MAJOR + 100 * TG_VERSION_MINOR + TG_VERSION_PATCH)

#ifdef __cplusplus
#define TG_EXTERN extern "C"
#else
#define TG_EXTERN extern
#endif

/* Marks what a shared object shows; everything else stays hidden. */
#if defined(TG_BUILD_DLL)
#define TG_API TG_EXTERN __declspec(dllexport)
#elif defined(TG_INSIDE) && defined(__GNUC__) && defined(__ELF__)
#define TG_API TG_EXTERN __attribute__((visibility("protected")))
#elif defined(__GNUC__)
#define TG_API TG_EXTERN __attribute__((visibility("default")))
#else
#define TG_API TG_EXTERN
#endif

/* TG_VERSION_NUMBER of the library that is linked. */
TG_API int tg_version (void);

/*
** Does the linked library serve what is compiled with this header?
**
**    const char *complaint (void) {
**      return TG_VERSION_FITS() ? NULL : "libtinygrad is another version";
**    }
*/
#define TG_VERSION_FITS() \
  (tg_version() >= TG_VERSION_NUMBER && \
   tg_version() / (TG_VERSION_MAJOR > 0 ? 10000 : 100) == \
     TG_VERSION_NUMBER / (TG_VERSION_MAJOR > 0 ? 10000 : 100))

/*
** 2. Status and errors
**
** What may fail returns one of these, and has then changed nothing that is not
** said to be.
*/
typedef enum tg_status {
  TG_OK = 0,
  TG_INTERRUPTED, /* the poll function asked to stop */
  TG_NOMEMORY,    /* the allocator returned NULL */
  TG_CUSTOM,      /* an operation that a program cannot hold */
  TG_ONCE,        /* an operation that can be differentiated once only */
  TG_CAPTURED,    /* a Value that is not among a function's arguments */
  TG_FOREIGN,     /* bytes that are not a saved program */
  TG_NEWER,       /* a saved program of another version of the format */
  TG_DAMAGED,     /* a saved program that was cut off or changed */
  TG_UNKNOWN      /* an operation that is not known here */
} tg_status;

/* The status in words, in English: a constant string, also of a number that is
   none of these. */
TG_API const char *tg_status_text (tg_status status);

/*
** 3. Memory and interrupts
**
** Where the engine gets memory: as Lua's lua_Alloc. With a NULL `piece` it
** allocates `size` bytes, with size 0 it frees `piece` of `old` bytes, and
** otherwise it makes the piece one of `size` bytes; NULL if that fails, and
** then the piece stays. Memory is aligned as malloc's is.
**
**    static void *resize (void *data, void *piece, size_t old, size_t size) {
**      (void)data, (void)old;
**      if (size > 0) return realloc(piece, size);
**      free(piece);
**      return NULL;
**    }
**
**    static const tg_allocator heap = { resize, NULL };
*/
typedef struct tg_allocator {
  void *(*function)(void *data, void *piece, size_t old, size_t size);
  void *data;
} tg_allocator;

/*
** Called now and then (at least every 2^15 operations) by what may run long.
** A nonzero result ends the work with TG_INTERRUPTED. It must return: no
** longjmp and no exception may leave it.
**
**    static int is_set (void *data) { return *(volatile int *)data; }
**
**    tg_status run_until (const tg_program *p, double *workspace,
**                         const double *in, double *out, int *stop) {
**      tg_poll poll = { is_set, NULL };
**      poll.data = stop;
**      return tg_program_eval(p, workspace, in, out, &poll);
**    }
*/
typedef struct tg_poll {
  int (*function)(void *data);
  void *data;
} tg_poll;

/*
** 4. Nodes
**
** A tg_node is one number in a computation: a leaf, or the result of an
** operation. Nodes are made from Lua, where they are Values, and live as long
** as Lua can reach them; C reads and writes them through these functions, in
** the thread that runs the Lua state.
**
** The derivative of y by the leaf x:
**
**    int slope (tg_node *x, tg_node *y, double *result) {
**      tg_zero_grad(y);
**      if (tg_backward(y, 1.0, NULL) != TG_OK) return 0;
**      *result = tg_grad(x);
**      return 1;
**    }
*/
typedef struct tg_node tg_node;

/* The node's value. */
TG_API double tg_data (const tg_node *node);

/* What the last backward passes left here: d root / d node. */
TG_API double tg_grad (const tg_node *node);

/* Sets the gradient, usually to 0 before another backward pass. */
TG_API void tg_set_grad (tg_node *node, double grad);

/*
** Sets a leaf's value. Returns 0 and changes nothing if the node is the result
** of an operation; results that were computed from the leaf keep their values.
*/
TG_API int tg_set_data (tg_node *node, double data);

/*
** Reverse-mode differentiation from `root`, whose adjoint is `seed` (1 for a
** gradient): adds to the gradient of every leaf below it, sets the gradient
** of every result. `poll` may be NULL. After TG_INTERRUPTED the leaves are as
** before the call and the results' gradients are 0. Allocates nothing.
*/
TG_API tg_status tg_backward (tg_node *root, double seed, const tg_poll *poll);

/* Sets to 0 the gradient of `root` and of every node below it. */
TG_API void tg_zero_grad (tg_node *root);

/*
** 5. Operations
**
** An operation of the host's own. The functions must be pure, and must return
** (they may not raise errors). Keep the structure as long as there are nodes
** and programs that use it; `static const` is best. tg_pushoperation gives it
** to Lua.
**
** The softplus function's derivative is the logistic function, whose own one
** is left out here: it can be differentiated twice.
**
**    #include <math.h>
**
**    static double logistic (const double *x) { return 1 / (1 + exp(-x[0])); }
**    static void logistic_partials (const double *x, double y, double *d) {
**      (void)x;
**      d[0] = y * (1 - y);
**    }
**    static const tg_operation logistic_op = { "logistic", 1, logistic,
**                                              logistic_partials, NULL };
**
**    static double softplus (const double *x) { return log1p(exp(x[0])); }
**    static void softplus_partials (const double *x, double y, double *d) {
**      (void)y;
**      d[0] = logistic(x);
**    }
**    static const tg_operation *const softplus_derivatives[] = {
**      &logistic_op
**    };
**    static const tg_operation softplus_op = { "softplus", 1, softplus,
**                                              softplus_partials,
**                                              softplus_derivatives };
*/
#define TG_MAXOPERANDS 16

typedef struct tg_operation {
  const char *name;
  int arity; /* number of operands, 1 to TG_MAXOPERANDS */
  double (*value)(const double *x);
  /* stores the partial for each operand into d; y is the value */
  void (*partials)(const double *x, double y, double *d);
  /* for each operand, the operation of the same operands that gives its
     partial; NULL: the operation can be differentiated once only */
  const struct tg_operation *const *derivatives;
} tg_operation;

/*
** 6. Programs
**
** A program: a function that was recorded, and perhaps differentiated, in
** Lua. It is one piece of memory without pointers, never changes, and may be
** run by any number of threads at a time, each with a workspace of its own.
** tg_toprogram gives it from Lua; tg_program_load makes one without.
**
** A workspace is memory of the caller's, on the stack if it is large enough:
**
**    int evaluate (const tg_program *p, const double *in, double *out) {
**      double workspace[256];
**      if (tg_program_workspace(p) > 256) return 0;
**      tg_workspace_init(p, workspace);
**      return tg_program_eval(p, workspace, in, out, NULL) == TG_OK;
**    }
**
** A copy lives on when the Lua state that made the program is closed:
**
**    tg_program *keep (const tg_program *p) {
**      return tg_program_copy(p, &heap);
**    }
**
**    void drop (tg_program *copy) { tg_program_free(copy, &heap); }
*/
typedef struct tg_program tg_program;

/* Bytes of the program's memory. */
TG_API size_t tg_program_size (const tg_program *p);

/* A copy in memory from `memory`, to be freed with it; NULL for want of it. */
TG_API tg_program *tg_program_copy (const tg_program *p,
                                    const tg_allocator *memory);

/* Frees a copy, or does nothing with NULL. */
TG_API void tg_program_free (tg_program *p, const tg_allocator *memory);

/* How many numbers go in and come out, in the order of the Lua function's
   arguments and results: array elements first, then fields by name. */
TG_API size_t tg_program_inputs (const tg_program *p);
TG_API size_t tg_program_outputs (const tg_program *p);

/* Number of doubles in a workspace. It may be used again and again, for this
   program. */
TG_API size_t tg_program_workspace (const tg_program *p);

/* Prepares a workspace, once, for this program. */
TG_API void tg_workspace_init (const tg_program *p, double *workspace);

/*
** Evaluates the program: reads tg_program_inputs numbers from `in`, writes
** tg_program_outputs numbers to `out`. Allocates nothing. `poll` may be NULL.
*/
TG_API tg_status tg_program_eval (const tg_program *p, double *workspace,
                                  const double *in, double *out,
                                  const tg_poll *poll);

/*
** 7. Batches
**
** A batch: the program over many rows of numbers, with vector instructions
** and, if asked for, threads.
**
** The sum over n rows of a program's one output, where its first input is the
** same in all rows and its second is an array:
**
**    int add_up (const tg_program *p, double shared, const double *x, size_t n,
**                double *sum) {
**      tg_column inputs[2];
**      tg_place output;
**      tg_batch batch = { 0, NULL, NULL, NULL, TG_SUM, 1, NULL };
**      double *workspace;
**      tg_status status;
**      inputs[0].data = &shared, inputs[0].stride = 0;
**      inputs[1].data = x, inputs[1].stride = 1;
**      output.data = sum, output.stride = 0;
**      batch.nrows = n;
**      batch.inputs = inputs;
**      batch.outputs = &output;
**      batch.kernels = tg_kernels_best(TG_ISA_BEST);
**      workspace = (double *)malloc(tg_batch_workspace(p, &batch) *
**                                   sizeof *workspace);
**      if (workspace == NULL) return 0;
**      status = tg_program_batch(p, &batch, workspace, NULL);
**      free(workspace);
**      return status == TG_OK;
**    }
*/

/* An input: row r's number is data[r * stride]; stride 0: all rows share it. */
typedef struct tg_column {
  const double *data;
  size_t stride;
} tg_column;

/* An output: row r's number goes to data[r * stride]. Of a sum or mean: the
   one number goes to data[0]. */
typedef struct tg_place {
  double *data;
  size_t stride;
} tg_place;

typedef enum tg_reduction {
  TG_EACH, /* results for each row */
  TG_SUM,  /* their sums over all rows, which depend on neither the number of
              threads nor the instruction set */
  TG_MEAN
} tg_reduction;

/* Vectors to use at most; whatever the machine lacks is not used. The results
   are the same, bit for bit. */
typedef enum tg_isa {
  TG_ISA_PLAIN, /* what the compiler takes for granted: SSE2, NEON, ... */
  TG_ISA_AVX2,
  TG_ISA_AVX512,
  TG_ISA_BEST = TG_ISA_AVX512
} tg_isa;

/* What does the arithmetic of rows, with one kind of vectors */
typedef struct tg_kernels tg_kernels;

/* The best kernels for this machine, with vectors of that kind at most. Lua's
   module "tinygrad.kernels" holds them; a host links them in. */
TG_API const tg_kernels *tg_kernels_best (tg_isa most);

typedef struct tg_batch {
  size_t nrows;
  const size_t *rows;      /* NULL, or nrows positions of rows in the inputs */
  const tg_column *inputs; /* tg_program_inputs of them */
  const tg_place *outputs; /* tg_program_outputs of them */
  tg_reduction reduce;
  unsigned threads;          /* to use at most; 0 is 1 */
  const tg_kernels *kernels; /* tg_kernels_best */
} tg_batch;

/* Number of doubles in the workspace of such a batch; the data is not read. */
TG_API size_t tg_batch_workspace (const tg_program *p, const tg_batch *batch);

/*
** Runs the batch. Functions of libm that have a vector form here may differ
** from tg_program_eval's by their error, which LANE_BOUNDS states in
** csrc/engine/numeric/lanes.h; all else is the same. Allocates nothing; threads
** end before it returns. `poll`, which may be NULL, is called by this thread
** alone.
** After TG_INTERRUPTED the outputs are undefined.
*/
TG_API tg_status tg_program_batch (const tg_program *p, const tg_batch *batch,
                                   double *workspace, const tg_poll *poll);

/*
** Makes *result, a program that computes the same as `p`, arranged for batches
** whose rows share the inputs i with shared[i] nonzero: what needs no others is
** computed once, and results that are products or sums go straight into the
** sums of a reduction. The results are the same, bit for bit, and other batches
** and evaluations are right, too. NULL if it fails; to be freed as a copy.
**
**    tg_program *arrange_first (const tg_program *p) {
**      static const unsigned char shared[2] = { 1, 0 };
**      tg_program *result;
**      tg_program_arrange(p, shared, &heap, NULL, &result);
**      return result;
**    }
*/
TG_API tg_status tg_program_arrange (const tg_program *p,
                                     const unsigned char *shared,
                                     const tg_allocator *memory,
                                     const tg_poll *poll, tg_program **result);

/*
** 8. Saved programs
**
** Bytes for a file or a constant array, the same on every machine; Lua's
** Program:save writes them, too. csrc/engine/program/save.c describes them.
**
**    void *to_bytes (const tg_program *p, size_t *size) {
**      void *bytes;
**      *size = tg_program_save(p, NULL, 0, NULL);
**      bytes = *size > 0 ? malloc(*size) : NULL;
**      if (bytes != NULL) tg_program_save(p, NULL, 0, bytes);
**      return bytes;
**    }
**
**    const char *from_bytes (const void *bytes, size_t size, tg_program **p) {
**      static const tg_operation *const ours[] = { &softplus_op, NULL };
**      const char *unknown = NULL;
**      const tg_status status =
**        tg_program_load(bytes, size, ours, &heap, p, &unknown);
**      return unknown != NULL ? unknown : tg_status_text(status);
**    }
*/

/* What can be saved, so that bytes that lie cannot ask for more. */
#define TG_SAVED_MAXBYTES 0x7fffffffu
#define TG_SAVED_MAXSLOTS 0x4000000u /* numbers in a workspace */
#define TG_SAVED_MAXSTEPS 0x4000000u /* operations of an evaluation */

/*
** Writes the program to `out` and returns the number of bytes; with NULL only
** counts them. `extra`: n bytes more of the caller's own (Lua's save puts the
** shapes of arguments and results there). 0 if the program is too large.
*/
TG_API size_t tg_program_save (const tg_program *p, const void *extra,
                               size_t nextra, void *out);

/*
** Makes a program from `size` bytes at `data`, which are not needed afterwards,
** in memory from `memory`, with which to free it: *result, NULL if it fails.
** Whatever the bytes are, what is returned is a program that can be run, or
** TG_FOREIGN, TG_NEWER, TG_DAMAGED, TG_NOMEMORY, or TG_UNKNOWN: `operations`, a
** list that ends with NULL, or NULL if there are none, lacks one that the
** program calls, or the table of operations one that a newer engine has.
** *unknown, unless it is NULL, is then the name, inside of data.
*/
TG_API tg_status tg_program_load (const void *data, size_t size,
                                  const tg_operation *const *operations,
                                  const tg_allocator *memory,
                                  tg_program **result, const char **unknown);

/* The extra bytes of a saved program, *n of them; NULL if it is none. */
TG_API const void *tg_saved_extra (const void *data, size_t size, size_t *n);

#endif
