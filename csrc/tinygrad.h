/*
** tinygrad.h: the public C API of the engine. It needs no Lua; tinygrad_lua.h
** adds what a host that runs Lua needs.
**
**   1. versions            4. nodes          7. batches
**   2. status and errors   5. operations     8. saved programs
**   3. memory, interrupts  6. programs
**
** The functions take memory only from the allocator that the caller gives, and
** none writes a global variable, prints, exits or aborts. Any number of
** threads may work on one program. The nodes of one Lua state belong to the
** thread that runs it.
**
** Indented text in these comments is an example. A spec compiles and runs all
** examples together (spec/project/manual_spec.lua). They begin with
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
** These macros are the version of this header. TG_VERSION_NUMBER is
** 10000 major + 100 minor + patch. Code compiled with this header works with
** later libraries of the same major version (and, while that is 0, of the same
** minor version).
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

/*
** Marks a function that a shared object exports; the others stay hidden. In
** the library itself (TG_INSIDE) the function is protected: the library calls
** its own, even if the host exports another one of the same name.
*/
#if defined(TG_BUILD_DLL)
#define TG_API TG_EXTERN __declspec(dllexport)
#elif defined(TG_INSIDE) && defined(__GNUC__) && defined(__ELF__)
#define TG_API TG_EXTERN __attribute__((visibility("protected")))
#elif defined(__GNUC__)
#define TG_API TG_EXTERN __attribute__((visibility("default")))
#else
#define TG_API TG_EXTERN
#endif

/* Returns TG_VERSION_NUMBER of the library that is linked. */
TG_API int tg_version (void);

/*
** Tells whether the linked library serves code compiled with this header.
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
** A function that can fail returns one of these. After a failure nothing has
** changed, unless the function's comment says so.
*/
typedef enum tg_status {
  TG_OK = 0,
  TG_INTERRUPTED, /* the poll function asked to stop */
  TG_NOMEMORY,    /* the allocator returned NULL */
  TG_CUSTOM,      /* the function uses an operation that no program can hold */
  TG_ONCE,        /* an operation can be differentiated only once */
  TG_CAPTURED,    /* the function uses a Value that is not its argument */
  TG_FOREIGN,     /* the bytes are not a saved program */
  TG_NEWER,       /* the saved program has another version of the format */
  TG_DAMAGED,     /* the saved program was cut off or changed */
  TG_UNKNOWN      /* neither engine nor host has an operation of this name */
} tg_status;

/* Returns the status in English words, as a constant string. A number that is
   no status has a string, too. */
TG_API const char *tg_status_text (tg_status status);

/*
** 3. Memory and interrupts
**
** A tg_allocator is where the engine gets memory. Its function works like
** Lua's lua_Alloc: if `piece` is NULL, it allocates `size` bytes; if `size` is
** 0, it frees `piece`, which has `old` bytes; otherwise it resizes `piece` to
** `size` bytes. If it cannot, it returns NULL and the piece stays valid. The
** memory must be aligned as malloc's is.
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
** A tg_poll lets the host stop long work, which calls the function at least
** every 2^15 operations. A nonzero result ends the work with TG_INTERRUPTED.
** The function must return: neither longjmp nor an exception may leave it.
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
** operation. Lua makes nodes and calls them Values; a node lives as long as Lua
** can reach it. C reads and writes nodes through these functions, in the thread
** that runs the Lua state.
**
** This function computes the derivative of y with respect to the leaf x:
**
**    int slope (tg_node *x, tg_node *y, double *result) {
**      tg_zero_grad(y);
**      if (tg_backward(y, 1.0, NULL) != TG_OK) return 0;
**      *result = tg_grad(x);
**      return 1;
**    }
*/
typedef struct tg_node tg_node;

/* Returns the node's value. */
TG_API double tg_data (const tg_node *node);

/* Returns the node's gradient, d root / d node: of a result, that of the last
   backward pass; of a leaf, the sum over all passes since it was set. */
TG_API double tg_grad (const tg_node *node);

/* Sets the gradient, usually to 0 before another backward pass. */
TG_API void tg_set_grad (tg_node *node, double grad);

/*
** Sets the value of a leaf and returns 1. If the node is the result of an
** operation, returns 0 and changes nothing. Results that were computed from the
** leaf keep their values.
*/
TG_API int tg_set_data (tg_node *node, double data);

/*
** Differentiates `root` in reverse mode, with `seed` as its adjoint (1 for a
** gradient): adds to the gradient of every leaf below it, and sets the gradient
** of every result. `poll` may be NULL. After TG_INTERRUPTED the leaves are as
** before the call and the gradients of results are 0. Allocates nothing.
*/
TG_API tg_status tg_backward (tg_node *root, double seed, const tg_poll *poll);

/* Sets to 0 the gradient of `root` and of every node below it. */
TG_API void tg_zero_grad (tg_node *root);

/*
** 5. Operations
**
** A tg_operation is an operation that the host defines. Its functions must be
** pure and must return (they may not raise errors). Keep the structure as long
** as a node or a program uses it; `static const` is best. tg_pushoperation
** gives it to Lua.
**
** The derivative of softplus is the logistic function. The latter names no
** derivatives of its own, so that softplus can be differentiated twice.
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
  /* stores the partial derivative for each operand into d; y is the value */
  void (*partials)(const double *x, double y, double *d);
  /* for each operand, the operation on these operands that computes its partial
     derivative; NULL: the operation can be differentiated only once */
  const struct tg_operation *const *derivatives;
} tg_operation;

/*
** 6. Programs
**
** A program is a function that Lua has recorded and perhaps differentiated. It
** is one piece of memory without pointers into itself, and never changes. Any
** number of threads may run it at a time, each with a workspace of its own.
** tg_toprogram takes a program from Lua; tg_program_load needs no Lua.
**
** The caller provides the workspace, on the stack if there is room:
**
**    int evaluate (const tg_program *p, const double *in, double *out) {
**      double workspace[256];
**      if (tg_program_workspace(p) > 256) return 0;
**      tg_workspace_init(p, workspace);
**      return tg_program_eval(p, workspace, in, out, NULL) == TG_OK;
**    }
**
** A copy outlives the Lua state that made the program:
**
**    tg_program *keep (const tg_program *p) {
**      return tg_program_copy(p, &heap);
**    }
**
**    void drop (tg_program *copy) { tg_program_free(copy, &heap); }
*/
typedef struct tg_program tg_program;

/* Returns the size of the program's memory in bytes. */
TG_API size_t tg_program_size (const tg_program *p);

/* Returns a copy in memory from `memory`, or NULL if that has none. The caller
   frees the copy with the same allocator. */
TG_API tg_program *tg_program_copy (const tg_program *p,
                                    const tg_allocator *memory);

/* Frees a copy. Does nothing if `p` is NULL. */
TG_API void tg_program_free (tg_program *p, const tg_allocator *memory);

/* Return how many numbers go in and come out. They follow the order of the Lua
   function's arguments and results; a table gives its array elements first,
   then its fields by name. */
TG_API size_t tg_program_inputs (const tg_program *p);
TG_API size_t tg_program_outputs (const tg_program *p);

/* Returns the number of doubles in a workspace. One workspace serves any number
   of evaluations of this program. */
TG_API size_t tg_program_workspace (const tg_program *p);

/* Prepares a workspace for this program. Once is enough. */
TG_API void tg_workspace_init (const tg_program *p, double *workspace);

/*
** Evaluates the program: reads tg_program_inputs(p) numbers from `in` and
** writes tg_program_outputs(p) numbers to `out`. `poll` may be NULL. Allocates
** nothing.
*/
TG_API tg_status tg_program_eval (const tg_program *p, double *workspace,
                                  const double *in, double *out,
                                  const tg_poll *poll);

/*
** 7. Batches
**
** A batch runs a program over many rows of numbers, with vector instructions
** and, if the caller asks for them, threads.
**
** This function adds up a program's one output over n rows. All rows share the
** first input; the second is an array:
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

/* An input: row r reads data[r * stride]. With stride 0, all rows share the one
   number. */
typedef struct tg_column {
  const double *data;
  size_t stride;
} tg_column;

/* An output: row r's number goes to data[r * stride]. A sum or mean goes to
   data[0]. */
typedef struct tg_place {
  double *data;
  size_t stride;
} tg_place;

typedef enum tg_reduction {
  TG_EACH, /* the results of each row */
  TG_SUM,  /* the sums over all rows, whose bits depend on neither the number of
              threads nor the instruction set */
  TG_MEAN  /* the sums divided by the number of rows */
} tg_reduction;

/* The widest vectors to use. A machine that lacks them uses narrower ones. The
   results have the same bits with all of them. */
typedef enum tg_isa {
  TG_ISA_PLAIN, /* what the compiler takes for granted: SSE2, NEON, ... */
  TG_ISA_AVX2,
  TG_ISA_AVX512,
  TG_ISA_BEST = TG_ISA_AVX512
} tg_isa;

/* The functions that compute rows, for one kind of vectors */
typedef struct tg_kernels tg_kernels;

/* Returns the best kernels for this machine with vectors of the kind `most` or
   narrower. Lua finds them in the module "tinygrad.kernels"; a host links
   them. */
TG_API const tg_kernels *tg_kernels_best (tg_isa most);

typedef struct tg_batch {
  size_t nrows;
  const size_t *rows;      /* NULL, or the nrows rows of the inputs to take */
  const tg_column *inputs; /* tg_program_inputs of them */
  const tg_place *outputs; /* tg_program_outputs of them */
  tg_reduction reduce;
  unsigned threads;          /* at most so many; 0 counts as 1 */
  const tg_kernels *kernels; /* from tg_kernels_best */
} tg_batch;

/* Returns the number of doubles in the workspace of such a batch. Does not read
   the numbers of the rows. */
TG_API size_t tg_batch_workspace (const tg_program *p, const tg_batch *batch);

/*
** Runs the batch. A function of libm that has a vector form here may differ
** from tg_program_eval's by the error that LANE_BOUNDS states in
** csrc/engine/numeric/lanes.h; all else has the same bits. Allocates nothing;
** its threads end before it returns. Only the calling thread calls `poll`,
** which may be NULL. After TG_INTERRUPTED the outputs are undefined.
*/
TG_API tg_status tg_program_batch (const tg_program *p, const tg_batch *batch,
                                   double *workspace, const tg_poll *poll);

/*
** Makes *result, a program that computes the same as `p` but is arranged for
** batches whose rows share each input i with shared[i] nonzero. Such a batch
** computes what depends on shared inputs alone only once, and adds results that
** are products or sums straight into the sums of a reduction. All results have
** the same bits, in other batches and evaluations, too. *result is NULL after a
** failure; the caller frees it as a copy.
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
** A saved program is bytes for a file or a constant array, the same on every
** machine. Lua's Program:save writes them, too. csrc/engine/program/save.c
** describes the format.
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

/* The largest program that a file can hold, so that damaged bytes cannot ask
   for more memory or time. */
#define TG_SAVED_MAXBYTES 0x7fffffffu
#define TG_SAVED_MAXSLOTS 0x4000000u /* numbers in a workspace */
#define TG_SAVED_MAXSTEPS 0x4000000u /* operations of an evaluation */

/*
** Writes the program to `out` and returns the number of bytes; if `out` is
** NULL, only counts them. `extra` are nextra bytes of the caller's own, which
** are saved with it (Lua's save puts the shapes of arguments and results
** there). Returns 0 if the program has too many bytes or slots.
*/
TG_API size_t tg_program_save (const tg_program *p, const void *extra,
                               size_t nextra, void *out);

/*
** Makes *result, a program, from the `size` bytes at `data`, which it does not
** need afterwards. The program lies in memory from `memory`, and the caller
** frees it with that. `operations` lists the host's operations and ends with
** NULL; it may be NULL itself.
**
** Whatever the bytes are, the result is a program that can be run, or NULL and
** TG_FOREIGN, TG_NEWER, TG_DAMAGED, TG_NOMEMORY or TG_UNKNOWN. TG_UNKNOWN means
** that the program calls an operation which `operations` lacks, or uses one
** which only the table of a newer engine has. *unknown is then its name, inside
** of `data`, and otherwise NULL. `unknown` itself may be NULL.
*/
TG_API tg_status tg_program_load (const void *data, size_t size,
                                  const tg_operation *const *operations,
                                  const tg_allocator *memory,
                                  tg_program **result, const char **unknown);

/* Returns the extra bytes of a saved program and sets *n to their number.
   Returns NULL if the bytes are not a saved program. */
TG_API const void *tg_saved_extra (const void *data, size_t size, size_t *n);

#endif
