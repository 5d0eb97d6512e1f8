/*
** program.h: a computation laid out to be run: a list of instructions over an
** array of slots (the workspace), in one piece of memory without pointers.
**
** An instruction is one unit, two if it is wide, more if it is a call. Slots
** hold the inputs, then the constants, then results; results share slots when
** their lives do not overlap. A wide instruction repeats an operation over
** slots a fixed stride apart, so that loops that recording unrolled run as
** loops.
**
** In a program arranged for batches (tg_program_arrange) the first instructions
** are those of what all rows share, with slots that nothing else uses, and the
** last ones those of sums and products that are results and nothing more:
** where results are added up over rows, they can go straight into the sums.
*/
#ifndef TG_PROGRAM_H
#define TG_PROGRAM_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"
#include "ir.h"

TG_HIDDEN_BEGIN

/* Instructions beyond the table: how a product joins with a third operand c,
   rounded twice. Each exists with zmul, too: zmadd, ... */
#define TG_JOINS(X) X(madd) X(msub) X(mrsub)
#define TG_JOIN_madd(product) ((c) + (product))
#define TG_JOIN_msub(product) ((c) - (product))
#define TG_JOIN_mrsub(product) ((product) - (c))

enum {
  TG_X_first = TG_NOPS,
  TG_X_before = TG_X_first - 1,
#define CODE(name) TG_X_##name,
#define ZERO_CODE(name) TG_X_z##name,
  TG_JOINS(CODE) TG_JOINS(ZERO_CODE)
#undef CODE
#undef ZERO_CODE
    TG_X_stop, /* dst = a; no derivative flows */
  TG_X_call,   /* operation a of a C host; b: 0 its value, k its partial for
                  operand k; units with the operands' slots follow */
  TG_X_poll,   /* lets the host interrupt */
  TG_X_end,
  TG_NCODES,
  TG_X_WIDE = TG_NCODES /* added to the code of a wide instruction */
};

typedef struct tg_unit {
  unsigned code, dst, a, b; /* of three operands, c is dst unless wide */
} tg_unit;

/* The second unit of a wide instruction */
typedef struct tg_wide {
  unsigned c, count;
  short by_a, by_b, by_c, by_dst; /* strides */
} tg_wide;

/* Bytes, rounded up so that a double may follow. */
#define TG_ALIGN(size) \
  (((size) + sizeof(double) - 1) / sizeof(double) * sizeof(double))

/*
** A fast way to compute an operation gives NaN where it does not serve; if no
** output is NaN then, all went well. The bits of a program's `exact`: for which
** fast ways such a NaN might not reach the outputs. Those are not to be tried.
*/
enum {
  TG_EXACT_ZMUL = 1, /* an ordinary product for zmul */
  TG_EXACT_RANGE = 2 /* in blocks, functions of some of their range */
};

struct tg_program {
  size_t size;                      /* of all its memory, in bytes */
  size_t constants, units, results; /* where they begin, in bytes */
  unsigned ninputs, nconstants, noutputs, nslots;
  unsigned nunits;
  unsigned nbefore; /* operations before simplification */
  unsigned noperations;
  unsigned exact; /* TG_EXACT_ bits */
  /* of an arranged program, 0 otherwise: */
  unsigned once, nsums;           /* units at the begin, and before the end */
  unsigned once_slots, sum_slots; /* after the constants; the last ones */
  size_t shared; /* where a byte for each input begins: must all rows share it
                    for that? */
  /* then operations of a C host, constants, units, slots of the outputs; of an
     arranged one, bytes of the inputs */
};

/* The units that hold the slots of a call's operands. */
#define TG_ARGUNITS(arity) (((unsigned)(arity) + 3) / 4)

#define TG_WITHIN(p, offset, type) \
  ((type const *)(const void *)((const char *)(p) + (offset)))
#define tg_program_operations(p) \
  TG_WITHIN(p, TG_ALIGN(sizeof *(p)), const tg_operation *)
#define tg_program_constants(p) TG_WITHIN(p, (p)->constants, double)
#define tg_program_units(p) TG_WITHIN(p, (p)->units, tg_unit)
#define tg_program_results(p) TG_WITHIN(p, (p)->results, unsigned)
#define tg_program_shared(p) TG_WITHIN(p, (p)->shared, unsigned char)

/* Operands of a code: 1, 2 or 3; 0: a call. */
static inline int tg_code_arity (unsigned code) {
  if (code < TG_NOPS) return tg_ops[code].arity;
  return code < TG_X_stop ? 3 : code == TG_X_stop ? 1 : 0;
}

const char *tg_code_name (unsigned code);

/* TG_EXACT_ bits: which fast ways of the instruction may give a wrong NaN? */
unsigned char tg_code_maynan (unsigned code);

/*
** May the instruction's result be a number, but not the right one, if its
** operand `k` is NaN in place of a number?
*/
int tg_code_mayhide (unsigned code, int k);

/*
** Lays out the items that out[0..nout-1] need as a program of `nin` inputs,
** arranged for rows that share the inputs i with shared[i] nonzero unless
** `shared` is NULL. Changes the items and `out`. Returns memory of the
** builder's allocator, or NULL with the builder's status set.
*/
tg_program *tg_program_layout (tg_ir *ir, unsigned nin, tg_id *out,
                               unsigned nout, const unsigned char *shared);

/*
** Appends the program to a builder, inputs[i] standing for its input i; the
** items of its outputs go to `out`.
*/
void tg_program_inline (tg_ir *ir, const tg_program *p, const tg_id *inputs,
                        tg_id *out);

/* Lays out the program anew with a builder (see tg_program_layout). */
tg_program *tg_program_rearrange (tg_ir *ir, const tg_program *p,
                                  const unsigned char *shared);

/* Goes over the instructions of a program, each step of wide ones by itself. */
typedef struct tg_cursor {
  tg_unit at;               /* the instruction, its code without TG_X_WIDE */
  unsigned c;               /* its third operand */
  const unsigned *operands; /* of a call: their slots, */
  const tg_operation *operation; /* and what is called */
  const tg_program *program;
  const tg_unit *next;
  tg_wide wide;
  unsigned left;
} tg_cursor;

void tg_cursor_init (tg_cursor *c, const tg_program *p);

/* Goes to the next instruction; 0 if there is none. */
int tg_cursor_next (tg_cursor *c);

/* What the call of an operation, of kind `which`, gives on operands x. */
double tg_calloperation (const tg_operation *op, unsigned which,
                         const double *x);

/*
** Runs the program on a workspace whose inputs and constants are in place;
** stores the results into `out` if it returns TG_OK. First it tries
** ordinary products for zmul, which take much less time (a fast run); only if a
** result is NaN it runs again with zmul as the table has it (an exact run).
*/
tg_status tg_program_run (const tg_program *p, double *workspace, double *out,
                          const tg_poll *poll);

/* tg_program_save and tg_program_load for hosts that may interrupt; *size: as
   the former returns. */
tg_status tg_program_write (const tg_program *p, const void *extra,
                            size_t nextra, void *out, size_t *size,
                            const tg_poll *poll);
tg_status tg_program_read (const void *data, size_t size,
                           const tg_operation *const *operations,
                           const tg_allocator *memory, tg_program **result,
                           const char **unknown, const tg_poll *poll);

/* tg_saved_extra of bytes that have been read without an error. */
const void *tg_good_extra (const void *data, size_t size, size_t *n);

TG_HIDDEN_END

#endif
