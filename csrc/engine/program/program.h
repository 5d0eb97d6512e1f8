/*
** program.h: a program is a computation laid out to be run: a list of
** instructions over an array of slots (the workspace), in one piece of memory
** without pointers into itself.
**
** An instruction takes one unit, two if it is wide, more if it is a call. Slots
** hold the inputs, then the constants, then results; results share a slot if
** their lives do not overlap. A wide instruction repeats an operation over
** slots a fixed stride apart, so that a loop which recording unrolled runs as a
** loop.
**
** A program arranged for batches (tg_program_arrange) has three phases (see
** layout.h). Its first instructions compute what all rows share, in slots that
** nothing else uses. Its last ones are sums and products that are results and
** nothing more: a batch that adds up results over the rows can add them
** straight to the sums.
*/
#ifndef TG_PROGRAM_H
#define TG_PROGRAM_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"
#include "ir.h"

TG_HIDDEN_BEGIN

/* The joins: instructions beyond the table that join a product with a third
   operand c, rounded twice. Each exists with a zmul, too: zmadd, ... */
#define TG_JOINS(X) X(madd) X(msub) X(mrsub)
#define TG_JOIN_madd(product) ((c) + (product))
#define TG_JOIN_msub(product) ((c) - (product))
#define TG_JOIN_mrsub(product) ((product) - (c))

enum {
  TG_X_first = TG_NOPS,
  TG_X_before = TG_X_first - 1, /* so that the first join is TG_X_first */
#define CODE(name) TG_X_##name,
#define ZERO_CODE(name) TG_X_z##name,
  TG_JOINS(CODE) TG_JOINS(ZERO_CODE)
#undef CODE
#undef ZERO_CODE
    TG_X_stop, /* dst = a; no derivative flows */
  TG_X_call,   /* calls operation a of a C host; b: 0 for its value, k for its
                  partial for operand k; units with slots follow */
  TG_X_poll,   /* lets the host interrupt */
  TG_X_end,
  TG_NCODES,
  TG_X_WIDE = TG_NCODES /* added to the code of a wide instruction */
};

typedef struct tg_unit {
  unsigned code, dst, a, b; /* a third operand is in dst, unless wide */
} tg_unit;

/* The second unit of a wide instruction */
typedef struct tg_wide {
  unsigned c, count;
  short by_a, by_b, by_c, by_dst; /* strides */
} tg_wide;

/* A size in bytes, rounded up so that a double may follow */
#define TG_ALIGN(size) \
  (((size) + sizeof(double) - 1) / sizeof(double) * sizeof(double))

/*
** A fast way to compute an operation gives NaN where it does not serve. If no
** output of a fast run is NaN, all went well. The bits of tg_program.exact tell
** for which fast ways such a NaN might not reach the outputs: a run must not
** try those.
*/
enum {
  TG_EXACT_ZMUL = 1, /* an ordinary product for zmul */
  TG_EXACT_RANGE = 2 /* in blocks, functions that hold for a range only */
};

struct tg_program {
  size_t size;                      /* of all its memory, in bytes */
  size_t constants, units, results; /* where these begin, in bytes */
  unsigned ninputs, nconstants, noutputs, nslots;
  unsigned nunits;
  unsigned nbefore;     /* operations before simplification */
  unsigned noperations; /* operations of a C host that it calls */
  unsigned exact;       /* TG_EXACT_ bits */
  /* 0 unless the program is arranged: */
  unsigned once, nsums;           /* the first units; the last before the end */
  unsigned once_slots, sum_slots; /* those after the constants; the last ones */
  size_t shared; /* where a byte for each input begins: nonzero if all rows must
                    share it */
  /* Behind the structure stand pointers to the operations, the constants, the
     units, the slots of the outputs and, if it is arranged, the bytes for the
     inputs. */
};

/* The number of units that hold the slots of a call's operands */
#define TG_ARGUNITS(arity) (((unsigned)(arity) + 3) / 4)

#define TG_WITHIN(p, offset, type) \
  ((type const *)(const void *)((const char *)(p) + (offset)))
#define tg_program_operations(p) \
  TG_WITHIN(p, TG_ALIGN(sizeof *(p)), const tg_operation *)
#define tg_program_constants(p) TG_WITHIN(p, (p)->constants, double)
#define tg_program_units(p) TG_WITHIN(p, (p)->units, tg_unit)
#define tg_program_results(p) TG_WITHIN(p, (p)->results, unsigned)
#define tg_program_shared(p) TG_WITHIN(p, (p)->shared, unsigned char)

/* Returns the number of operands of a code: 1, 2 or 3, and 0 for a call. */
static inline int tg_code_arity (unsigned code) {
  if (code < TG_NOPS) return tg_ops[code].arity;
  return code < TG_X_stop ? 3 : code == TG_X_stop ? 1 : 0;
}

/* Returns the name of a code: that of the operation, or madd, call, ... */
const char *tg_code_name (unsigned code);

/* Returns the TG_EXACT_ bits of the fast ways of the instruction that may give
   NaN instead of a number. */
unsigned char tg_code_maynan (unsigned code);

/*
** Tells whether the instruction may give a wrong number, and not NaN, if its
** operand `k` is NaN instead of a number.
*/
int tg_code_mayhide (unsigned code, int k);

/*
** Lays out the items that out[0..nout-1] need as a program of `nin` inputs.
** Unless `shared` is NULL, arranges it for rows that share each input i with
** shared[i] nonzero. Changes the items, and nothing can be appended to them
** afterwards. Returns memory of the builder's allocator, or NULL with the
** builder's status set.
*/
tg_program *tg_program_layout (tg_ir *ir, unsigned nin, tg_id *out,
                               unsigned nout, const unsigned char *shared);

/*
** Appends the program to a builder, with inputs[i] in the place of its input i.
** Stores the items of its outputs into `out`.
*/
void tg_program_inline (tg_ir *ir, const tg_program *p, const tg_id *inputs,
                        tg_id *out);

/* Lays out the program anew, with an empty builder (see tg_program_layout). */
tg_program *tg_program_rearrange (tg_ir *ir, const tg_program *p,
                                  const unsigned char *shared);

/* A cursor goes over the instructions of a program but for polls, and over each
   step of a wide instruction by itself. */
typedef struct tg_cursor {
  tg_unit at;                    /* the step, with its code without TG_X_WIDE */
  unsigned c;                    /* the slot of its third operand */
  const unsigned *operands;      /* of a call: the slots of its operands */
  const tg_operation *operation; /* of a call: what it calls */
  const tg_program *program;
  const tg_unit *next;
  tg_wide wide;
  unsigned left;
} tg_cursor;

/* Puts the cursor before the first instruction of the program. */
void tg_cursor_init (tg_cursor *c, const tg_program *p);

/* Goes to the next step. Returns 0 if there is none. */
int tg_cursor_next (tg_cursor *c);

/* Returns the value of an operation at x if `which` is 0, or the partial for
   operand `which`, counted from 1. */
double tg_calloperation (const tg_operation *op, unsigned which,
                         const double *x);

/*
** Runs the program on a workspace that holds the inputs and constants. Stores
** the results into `out` if it returns TG_OK. Takes ordinary products for zmul
** first, because they cost much less time (a fast run). Only if a result is
** NaN, or `exact` forbids this, it runs with zmul as the table defines it (an
** exact run).
*/
tg_status tg_program_run (const tg_program *p, double *workspace, double *out,
                          const tg_poll *poll);

/* These work as tg_program_save and tg_program_load, but ask `poll` whether to
   stop. tg_program_write stores into *size what tg_program_save returns. */
tg_status tg_program_write (const tg_program *p, const void *extra,
                            size_t nextra, void *out, size_t *size,
                            const tg_poll *poll);
tg_status tg_program_read (const void *data, size_t size,
                           const tg_operation *const *operations,
                           const tg_allocator *memory, tg_program **result,
                           const char **unknown, const tg_poll *poll);

/* Works as tg_saved_extra, for bytes that tg_program_read has read without an
   error. */
const void *tg_good_extra (const void *data, size_t size, size_t *n);

TG_HIDDEN_END

#endif
