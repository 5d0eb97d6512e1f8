/*
** inline.c: reads the instructions of a program back: into items, so that a
** program can be differentiated again, be called by another or be arranged for
** batches; and one by one, for listings and statistics.
*/
#include "../config.h"

#include <string.h>

#include "../numeric/environment.h"
#include "program.h"

#ifndef TG_NO_PROGRAM

void tg_cursor_init (tg_cursor *c, const tg_program *p) {
  c->program = p;
  c->next = tg_program_units(p);
  c->left = 0;
}

int tg_cursor_next (tg_cursor *c) {
  if (c->left == 0) {
    c->wide.count = 1;
    c->wide.by_a = c->wide.by_b = c->wide.by_c = c->wide.by_dst = 0;
    c->at = *c->next;
    c->c = c->at.dst;
    while (c->at.code == TG_X_poll) c->at = *++c->next;
    if (c->at.code == TG_X_end) return 0;
    c->c = c->at.dst;
    if (c->at.code >= TG_X_WIDE) {
      memcpy(&c->wide, c->next + 1, sizeof c->wide);
      c->at.code -= TG_X_WIDE;
      c->c = c->wide.c;
      c->next++;
    }
    c->next++;
    c->left = c->wide.count;
    if (c->at.code == TG_X_call) {
      c->operation = tg_program_operations(c->program)[c->at.a];
      c->operands = (const unsigned *)c->next;
      c->next += TG_ARGUNITS(c->operation->arity);
    }
  }
  else {
    c->at.dst += (unsigned)c->wide.by_dst;
    c->at.a += (unsigned)c->wide.by_a;
    c->at.b += (unsigned)c->wide.by_b;
    c->c += (unsigned)c->wide.by_c;
  }
  c->left--;
  return 1;
}

/* Appends a join as two items: its product, and the sum or difference. */
static tg_id unfuse (tg_ir *ir, unsigned code, tg_id a, tg_id b, tg_id c) {
  const int zero = code >= TG_X_zmadd;
  const unsigned sum = code - (zero ? TG_X_zmadd : TG_X_madd) + TG_X_madd;
  const tg_id product = zero ? tg_ir_op(ir, TG_OP_zmul, a, b, TG_NOID)
                        : a == b
                          ? tg_ir_op(ir, TG_OP_square, a, TG_NOID, TG_NOID)
                          : tg_ir_op(ir, TG_OP_mul, a, b, TG_NOID);
  if (sum == TG_X_mrsub) return tg_ir_op(ir, TG_OP_sub, product, c, TG_NOID);
  return tg_ir_op(ir, sum == TG_X_madd ? TG_OP_add : TG_OP_sub, c, product,
                  TG_NOID);
}

static tg_id call (tg_ir *ir, const tg_cursor *at, const tg_id *item) {
  tg_id x[TG_MAXOPERANDS];
  int i;
  for (i = 0; i < at->operation->arity; i++) x[i] = item[at->operands[i]];
  return tg_ir_call(ir, at->operation, x, at->at.b);
}

/* Appends an instruction as an item; item[slot] is the item in each slot. */
static tg_id instruction (tg_ir *ir, const tg_cursor *at, const tg_id *item) {
  const unsigned code = at->at.code;
  const int arity = tg_code_arity(code);
  tg_id a;
  const tg_id b = arity > 1 ? item[at->at.b] : TG_NOID;
  const tg_id c = arity > 2 ? item[at->c] : TG_NOID;
  if (code == TG_X_call) return call(ir, at, item);
  a = item[at->at.a];
  if (code == TG_X_stop) return tg_ir_op(ir, TG_IR_STOP, a, b, c);
  if (code >= TG_X_first) return unfuse(ir, code, a, b, c);
  return tg_ir_op(ir, code, a, b, c);
}

void tg_program_inline (tg_ir *ir, const tg_program *p, const tg_id *inputs,
                        tg_id *out) {
  const double *constants = tg_program_constants(p);
  tg_id *item = (tg_id *)tg_ir_alloc(ir, p->nslots, sizeof *item);
  tg_cursor at;
  unsigned k;
  if (item == NULL) return;
  for (k = 0; k < p->ninputs; k++) item[k] = inputs[k];
  for (k = 0; k < p->nconstants; k++)
    item[p->ninputs + k] = tg_ir_const(ir, constants[k]);
  tg_cursor_init(&at, p);
  while (tg_cursor_next(&at) && ir->status == TG_OK)
    item[at.at.dst] = instruction(ir, &at, item);
  for (k = 0; k < p->noutputs; k++) out[k] = item[tg_program_results(p)[k]];
  tg_ir_release(ir, item, p->nslots, sizeof *item);
}

tg_program *tg_program_rearrange (tg_ir *ir, const tg_program *p,
                                  const unsigned char *shared) {
  tg_id *in = (tg_id *)tg_ir_alloc(ir, p->ninputs, sizeof *in);
  tg_id *out = (tg_id *)tg_ir_alloc(ir, p->noutputs, sizeof *out);
  tg_program *result = NULL;
  unsigned k;
  if (ir->status == TG_OK) {
    tg_ir_expect(ir, p->nslots);
    for (k = 0; k < p->ninputs; k++) in[k] = tg_ir_input(ir, k);
    tg_program_inline(ir, p, in, out);
    if (ir->status == TG_OK)
      result = tg_program_layout(ir, p->ninputs, out, p->noutputs, shared);
  }
  tg_ir_release(ir, in, p->ninputs, sizeof *in);
  tg_ir_release(ir, out, p->noutputs, sizeof *out);
  return result;
}

tg_status tg_program_arrange (const tg_program *p, const unsigned char *shared,
                              const tg_allocator *memory, const tg_poll *poll,
                              tg_program **result) {
  tg_environment host; /* the builder computes operations on constants */
  tg_ir ir;
  tg_status status;
  tg_ir_init(&ir, memory, poll);
  tg_environment_enter(&host);
  *result = tg_program_rearrange(&ir, p, shared);
  tg_environment_leave(&host);
  status = ir.status;
  tg_ir_free(&ir);
  return status;
}

#endif
