/*
** save.c: writes programs as bytes, the same on every machine, and reads them.
**
** The format, version 1. Numbers are unsigned, of 32 bits unless said
** otherwise, the lowest byte first:
**
**   0   the bytes 93 54 47 50 0d 0a 1a 0a (hexadecimal)
**   8   version, 1
**   12  CRC-32 (of ISO 3309, as in PNG) of everything that follows
**   16  bytes in all
**   20  inputs, constants, outputs, slots, units, operations before
**       simplification, names, operations called, bytes of text, bytes of
**       extra
**   60  constants: IEEE 754 doubles of 64 bits
**       units: four numbers each, see below
**       outputs: a slot for each
**       text: the names, then the called operations' names, each ended by a 0
**       extra: bytes that the caller of tg_program_save added
**
** Slots hold the inputs, then the constants, then results. A unit is an
** instruction: its code, the slot of the result, and the slots a and b of the
** operands (equal for one operand). A third operand is in the slot of the
** result. A code is a position in the list of names, from 0; the names are
** those of the table of operations (ops.def) and of program.h (madd ...).
**
** An instruction is wide if bit 31 of its code is set. Another unit follows:
** the slot of the third operand, the number of steps, and four signed numbers
** of 16 bits, by which the slots of a, b, the third operand and the result
** advance from step to step.
**
** In `call`, a is the position of the called operation, and b is 0 for its
** value or k for its partial for operand k. Units with the slots of its
** operands follow, as many as it takes, filled up with 0. `end` is the last
** unit.
*/
#include "../config.h"

#include <stdint.h>
#include <string.h>

#include "../pace.h"
#include "program.h"

#ifndef TG_NO_SAVE

static const unsigned char magic[8] = { 0x93, 'T',  'G',  'P',
                                        '\r', '\n', 0x1a, '\n' };
#define VERSION 1
#define WIDE 0x80000000u

/* Where the numbers of the header are */
enum {
  AT_VERSION = 8,
  AT_CRC = 12,
  AT_SIZE = 16, /* the CRC covers all from here on */
  AT_INPUTS = 20,
  AT_CONSTANTS = 24,
  AT_OUTPUTS = 28,
  AT_SLOTS = 32,
  AT_UNITS = 36,
  AT_BEFORE = 40,
  AT_NAMES = 44,
  AT_OPERATIONS = 48,
  AT_TEXT = 52,
  AT_EXTRA = 56,
  HEADER = 60
};

/* The bits of infinity, and of the NaN that stands for all NaNs in bytes,
   because machines make different ones */
#define INFINITE ((uint64_t)0x7ff0 << 48)
#define ONE_NAN ((uint64_t)0x7ff8 << 48)

#define STRETCH 4096 /* bytes between two ticks */

/* Returns the CRC-32 of n bytes, computed from four bits at a time. Ends early
   if the work is to stop. */
static unsigned crc32 (const unsigned char *bytes, size_t n, tg_pace *pace) {
  static const unsigned table[16] = { 0x00000000u, 0x1db71064u, 0x3b6e20c8u,
                                      0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
                                      0x4db26158u, 0x5005713cu, 0xedb88320u,
                                      0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
                                      0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u,
                                      0xbdbdf21cu };
  unsigned crc = 0xffffffffu;
  for (; n > 0; n--) {
    crc ^= *bytes++;
    crc = table[crc & 15] ^ (crc >> 4);
    crc = table[crc & 15] ^ (crc >> 4);
    if (n % STRETCH == 0 && tg_pace_tick(pace, STRETCH)) break;
  }
  return crc ^ 0xffffffffu;
}

/* --- Saving -------------------------------------------------------------- */

/* Where to write the next bytes: at out + size */
typedef struct writer {
  unsigned char *out;
  size_t size;
  tg_pace pace;
} writer;

static void put_bytes (writer *w, const void *bytes, size_t n) {
  if (n > 0) memcpy(w->out + w->size, bytes, n);
  w->size += n;
}

static void put_number (writer *w, unsigned x) {
  unsigned char b[4];
  int i;
  for (i = 0; i < 4; i++) b[i] = (unsigned char)(x >> (8 * i) & 0xff);
  put_bytes(w, b, sizeof b);
}

static void put_double (writer *w, double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) bits = ONE_NAN;
  put_number(w, (unsigned)(bits & 0xffffffffu));
  put_number(w, (unsigned)(bits >> 32));
}

static void put_name (writer *w, const char *name) {
  put_bytes(w, name, strlen(name) + 1);
}

static unsigned stride_pair (short low, short high) {
  return ((unsigned)low & 0xffffu) | ((unsigned)high & 0xffffu) << 16;
}

/* What an instruction is, and so how many units it has */
typedef struct unit_kind {
  unsigned code; /* without TG_X_WIDE */
  int wide;
  unsigned arguments; /* units of slots that follow */
} unit_kind;

static unit_kind kind_of (const tg_program *p, const tg_unit *unit) {
  unit_kind k = { unit->code, unit->code >= TG_X_WIDE, 0 };
  if (k.wide) k.code -= TG_X_WIDE;
  if (k.code == TG_X_call)
    k.arguments = TG_ARGUNITS(tg_program_operations(p)[unit->a]->arity);
  return k;
}

static void put_units (writer *w, const tg_program *p, const unsigned *place) {
  const tg_unit *unit = tg_program_units(p), *end = unit + p->nunits;
  while (unit < end && !tg_pace_tick(&w->pace, 16)) {
    const unit_kind kind = kind_of(p, unit);
    unsigned i;
    put_number(w, place[kind.code] | (kind.wide ? WIDE : 0));
    put_number(w, unit->dst);
    put_number(w, unit->a);
    put_number(w, unit->b);
    unit++;
    if (kind.wide) {
      const tg_wide *wide = (const tg_wide *)unit++;
      put_number(w, wide->c);
      put_number(w, wide->count);
      put_number(w, stride_pair(wide->by_a, wide->by_b));
      put_number(w, stride_pair(wide->by_c, wide->by_dst));
    }
    for (i = 0; i < 4 * kind.arguments; i++)
      put_number(w, ((const unsigned *)unit)[i]);
    unit += kind.arguments;
  }
}

/* Numbers the codes that occur, in the order of their first use: codes[n] is
   the code with number n, place[code] its number. Returns how many there
   are. */
static unsigned number_codes (const tg_program *p, unsigned *place,
                              unsigned *codes) {
  const tg_unit *unit = tg_program_units(p), *end = unit + p->nunits;
  unsigned n = 0;
  memset(place, 0xff, TG_NCODES * sizeof *place);
  while (unit < end) {
    const unit_kind kind = kind_of(p, unit);
    if (place[kind.code] == 0xffffffffu) {
      codes[n] = kind.code;
      place[kind.code] = n++;
    }
    unit += 1 + (unsigned)kind.wide + kind.arguments;
  }
  return n;
}

static void put_program (writer *w, const tg_program *p, const void *extra,
                         size_t nextra, size_t size, size_t ntext) {
  unsigned place[TG_NCODES], codes[TG_NCODES], i;
  const unsigned nnames = number_codes(p, place, codes);
  w->size = 0;
  put_bytes(w, magic, sizeof magic);
  put_number(w, VERSION);
  put_number(w, 0); /* tg_program_write puts the CRC here in the end */
  put_number(w, (unsigned)size);
  put_number(w, p->ninputs);
  put_number(w, p->nconstants);
  put_number(w, p->noutputs);
  put_number(w, p->nslots);
  put_number(w, p->nunits);
  put_number(w, p->nbefore);
  put_number(w, nnames);
  put_number(w, p->noperations);
  put_number(w, (unsigned)ntext);
  put_number(w, (unsigned)nextra);
  for (i = 0; i < p->nconstants && !tg_pace_tick(&w->pace, 4); i++)
    put_double(w, tg_program_constants(p)[i]);
  put_units(w, p, place);
  for (i = 0; i < p->noutputs; i++) put_number(w, tg_program_results(p)[i]);
  for (i = 0; i < nnames; i++) put_name(w, tg_code_name(codes[i]));
  for (i = 0; i < p->noperations; i++)
    put_name(w, tg_program_operations(p)[i]->name);
  put_bytes(w, extra, nextra);
}

static size_t text_size (const tg_program *p) {
  unsigned place[TG_NCODES], codes[TG_NCODES], i;
  const unsigned nnames = number_codes(p, place, codes);
  size_t n = 0;
  for (i = 0; i < nnames; i++) n += strlen(tg_code_name(codes[i])) + 1;
  for (i = 0; i < p->noperations; i++)
    n += strlen(tg_program_operations(p)[i]->name) + 1;
  return n;
}

tg_status tg_program_write (const tg_program *p, const void *extra,
                            size_t nextra, void *out, size_t *size,
                            const tg_poll *poll) {
  const size_t ntext = text_size(p);
  const size_t n = HEADER + p->nconstants * (size_t)8 + p->nunits * (size_t)16 +
                   p->noutputs * (size_t)4 + ntext + nextra;
  writer w;
  *size = n > TG_SAVED_MAXBYTES || p->nslots > TG_SAVED_MAXSLOTS ? 0 : n;
  if (out == NULL || *size == 0) return TG_OK;
  w.out = (unsigned char *)out;
  w.pace = tg_new_pace(poll);
  put_program(&w, p, extra, nextra, n, ntext);
  w.size = AT_CRC;
  put_number(&w, crc32(w.out + AT_SIZE, n - AT_SIZE, &w.pace));
  return w.pace.stopped ? TG_INTERRUPTED : TG_OK;
}

size_t tg_program_save (const tg_program *p, const void *extra, size_t nextra,
                        void *out) {
  size_t size;
  tg_program_write(p, extra, nextra, out, &size, NULL);
  return size;
}

/* --- Loading ------------------------------------------------------------- */

static unsigned number_at (const unsigned char *bytes, size_t at) {
  const unsigned char *b = bytes + at;
  return (unsigned)b[0] | (unsigned)b[1] << 8 | (unsigned)b[2] << 16 |
         (unsigned)b[3] << 24;
}

/* A saved program, after open_saved */
typedef struct saved {
  const unsigned char *bytes;
  size_t constants, units, results, text, extra, size; /* where they begin */
  const char **unknown;
  tg_pace pace;
} saved;

/* Finds where the sections of a saved program begin, and checks all but the
   instructions. */
static tg_status open_saved (saved *s, const void *data, size_t size) {
  const unsigned char *b = (const unsigned char *)data;
  uint64_t at = HEADER;
  unsigned crc;
  s->bytes = b;
  s->size = size;
  if (size < sizeof magic || memcmp(b, magic, sizeof magic) != 0)
    return TG_FOREIGN;
  if (size < AT_CRC) return TG_DAMAGED;
  if (number_at(b, AT_VERSION) != VERSION) return TG_NEWER;
  if (size < HEADER || size > TG_SAVED_MAXBYTES ||
      number_at(b, AT_SIZE) != size)
    return TG_DAMAGED;
  crc = crc32(b + AT_SIZE, size - AT_SIZE, &s->pace);
  if (s->pace.stopped) return TG_INTERRUPTED;
  if (number_at(b, AT_CRC) != crc) return TG_DAMAGED;
  s->constants = HEADER;
  at += (uint64_t)8 * number_at(b, AT_CONSTANTS);
  if (at > size) return TG_DAMAGED;
  s->units = (size_t)at;
  at += (uint64_t)16 * number_at(b, AT_UNITS);
  if (at > size) return TG_DAMAGED;
  s->results = (size_t)at;
  at += (uint64_t)4 * number_at(b, AT_OUTPUTS);
  if (at > size) return TG_DAMAGED;
  s->text = (size_t)at;
  at += number_at(b, AT_TEXT);
  if (at > size) return TG_DAMAGED;
  s->extra = (size_t)at;
  if (at + number_at(b, AT_EXTRA) != size) return TG_DAMAGED;
  if (number_at(b, AT_SLOTS) > TG_SAVED_MAXSLOTS ||
      (uint64_t)number_at(b, AT_INPUTS) + number_at(b, AT_CONSTANTS) >
        number_at(b, AT_SLOTS))
    return TG_DAMAGED;
  return TG_OK;
}

/* Returns the name at *at of the text and moves *at behind it. Returns NULL if
   no name ends there. */
static const char *next_name (const saved *s, size_t *at) {
  const char *name = (const char *)s->bytes + *at;
  const char *end = (const char *)memchr(name, 0, s->extra - *at);
  if (end == NULL) return NULL;
  *at += (size_t)(end - name) + 1;
  return name;
}

/* Reads the names of the codes, from *at on, and stores the codes. */
static tg_status read_codes (const saved *s, size_t *at, unsigned *codes) {
  const unsigned n = number_at(s->bytes, AT_NAMES);
  unsigned i;
  if (n > TG_NCODES) return TG_DAMAGED;
  for (i = 0; i < n; i++) {
    const char *name = next_name(s, at);
    unsigned code = 0;
    if (name == NULL) return TG_DAMAGED;
    while (code < TG_NCODES && (strcmp(tg_code_name(code), name) != 0 ||
                                (code < TG_NOPS && tg_ops[code].fold)))
      code++;
    if (code == TG_NCODES) {
      *s->unknown = name;
      return TG_UNKNOWN;
    }
    codes[i] = code;
  }
  return TG_OK;
}

#define MAXKNOWN 256

/* Returns the operation `name` among those given and their derivatives, or
   NULL. */
static const tg_operation *find_operation (const tg_operation *const *given,
                                           const char *name) {
  const tg_operation *known[MAXKNOWN];
  int n = 0, at, i, k;
  for (; given != NULL && *given != NULL && n < MAXKNOWN; given++)
    known[n++] = *given;
  for (at = 0; at < n; at++) {
    const tg_operation *op = known[at];
    if (strcmp(op->name, name) == 0) return op;
    for (i = 0; op->derivatives != NULL && i < op->arity; i++) {
      const tg_operation *derivative = op->derivatives[i];
      for (k = 0; k < n && known[k] != derivative; k++) continue;
      if (k == n && n < MAXKNOWN && derivative != NULL) known[n++] = derivative;
    }
  }
  return NULL;
}

static tg_status read_operations (const saved *s, size_t *at, tg_program *p,
                                  const tg_operation *const *given) {
  const tg_operation **to = (const tg_operation **)tg_program_operations(p);
  unsigned i;
  for (i = 0; i < p->noperations; i++) {
    const char *name = next_name(s, at);
    if (name == NULL) return TG_DAMAGED;
    to[i] = find_operation(given, name);
    if (to[i] == NULL) {
      *s->unknown = name;
      return TG_UNKNOWN;
    }
  }
  return *at == s->extra ? TG_OK : TG_DAMAGED;
}

/* Returns memory for the program with everything in it but operations and
   units, or NULL. */
static tg_program *new_program (const saved *s, const tg_allocator *memory) {
  const unsigned char *b = s->bytes;
  const unsigned nops = number_at(b, AT_OPERATIONS);
  const size_t constants = TG_ALIGN(TG_ALIGN(sizeof(tg_program)) +
                                    nops * sizeof(const tg_operation *));
  const size_t nconstants = number_at(b, AT_CONSTANTS);
  const size_t units = constants + nconstants * sizeof(double);
  const size_t results = units + number_at(b, AT_UNITS) * sizeof(tg_unit);
  const size_t noutputs = number_at(b, AT_OUTPUTS);
  const size_t size = results + noutputs * sizeof(unsigned);
  tg_program *p = (tg_program *)memory->function(memory->data, NULL, 0, size);
  size_t i;
  if (p == NULL) return NULL;
  memset(p, 0, constants);
  p->size = size;
  p->constants = constants;
  p->units = units;
  p->results = results;
  p->ninputs = number_at(b, AT_INPUTS);
  p->nconstants = (unsigned)nconstants;
  p->noutputs = (unsigned)noutputs;
  p->nslots = number_at(b, AT_SLOTS);
  p->nunits = number_at(b, AT_UNITS);
  p->nbefore = number_at(b, AT_BEFORE);
  p->noperations = nops;
  for (i = 0; i < nconstants; i++) {
    const unsigned low = number_at(b, s->constants + 8 * i);
    const unsigned high = number_at(b, s->constants + 8 * i + 4);
    uint64_t bits = (uint64_t)high << 32 | low;
    if (bits << 1 > INFINITE << 1) bits = ONE_NAN;
    memcpy((double *)tg_program_constants(p) + i, &bits, sizeof bits);
  }
  for (i = 0; i < noutputs; i++)
    ((unsigned *)tg_program_results(p))[i] = number_at(b, s->results + 4 * i);
  return p;
}

/* Tells whether `slot` is from `first` to nslots - 1 in all of `count` steps,
   as it advances by `by`. */
static int stays (unsigned slot, short by, unsigned count, unsigned first,
                  unsigned nslots) {
  const int64_t last = (int64_t)slot + (int64_t)by * ((int64_t)count - 1);
  return slot >= first && slot < nslots && last >= (int64_t)first &&
         last < (int64_t)nslots;
}

static short stride (unsigned pair, int high) {
  const unsigned half = (high ? pair >> 16 : pair) & 0xffffu;
  return (short)((int)half - (half >= 0x8000u ? 0x10000 : 0));
}

/* Reads the instruction at unit *k, moves *k to the next one, and adds its
   steps to *steps. */
static tg_status read_instruction (const saved *s, tg_program *p,
                                   const unsigned *codes, unsigned *k,
                                   uint64_t *steps) {
  const unsigned fixed = p->ninputs + p->nconstants, n = p->nslots;
  const unsigned char *from = s->bytes + s->units + (size_t)16 * *k;
  tg_unit *to = (tg_unit *)tg_program_units(p) + *k;
  unsigned code = number_at(from, 0), i;
  const int wide = (code & WIDE) != 0;
  tg_wide w = { 0, 1, 0, 0, 0, 0 };
  if ((code & ~WIDE) >= number_at(s->bytes, AT_NAMES)) return TG_DAMAGED;
  code = codes[code & ~WIDE];
  to->code = code + (wide ? TG_X_WIDE : 0);
  to->dst = w.c = number_at(from, 4);
  to->a = number_at(from, 8);
  to->b = number_at(from, 12);
  ++*k;
  if (code == TG_X_end || code == TG_X_poll)
    return wide || (code == TG_X_end) != (*k == p->nunits) ? TG_DAMAGED : TG_OK;
  if (code == TG_X_call) {
    unsigned arity, rest;
    if (wide || to->a >= p->noperations || !stays(to->dst, 0, 1, fixed, n))
      return TG_DAMAGED;
    arity = (unsigned)tg_program_operations(p)[to->a]->arity;
    rest = TG_ARGUNITS(arity);
    if (to->b > arity || p->nunits - *k < rest) return TG_DAMAGED;
    for (i = 0; i < 4 * rest; i++) {
      const unsigned slot = number_at(from, 16 + (size_t)4 * i);
      if (slot >= n && i < arity) return TG_DAMAGED;
      ((unsigned *)(to + 1))[i] = slot;
    }
    *k += rest;
    ++*steps;
    return TG_OK;
  }
  if (wide) {
    if (*k == p->nunits) return TG_DAMAGED;
    w.c = number_at(from, 16);
    w.count = number_at(from, 20);
    w.by_a = stride(number_at(from, 24), 0);
    w.by_b = stride(number_at(from, 24), 1);
    w.by_c = stride(number_at(from, 28), 0);
    w.by_dst = stride(number_at(from, 28), 1);
    memcpy(to + 1, &w, sizeof w);
    ++*k;
  }
  *steps += w.count;
  if (w.count == 0 || *steps > TG_SAVED_MAXSTEPS ||
      !stays(to->dst, w.by_dst, w.count, fixed, n) ||
      !stays(to->a, w.by_a, w.count, 0, n) ||
      !stays(to->b, w.by_b, w.count, 0, n) ||
      !stays(w.c, w.by_c, w.count, 0, n))
    return TG_DAMAGED;
  return TG_OK;
}

/*
** Checks that every slot is written before it is read. Sets the program's
** `exact`, which follows from its instructions. state[slot] is 0, or 128 after
** a write, plus the TG_EXACT_ bits of fast ways that may have made it NaN.
*/
static tg_status follow_slots (tg_program *p, unsigned char *state,
                               tg_pace *pace) {
  const unsigned *results = tg_program_results(p);
  tg_cursor at;
  unsigned i;
  memset(state, 0, p->nslots);
  memset(state, 128, p->ninputs + p->nconstants);
  tg_cursor_init(&at, p);
  while (tg_cursor_next(&at)) {
    const int call = at.at.code == TG_X_call;
    const int arity = call ? at.operation->arity : tg_code_arity(at.at.code);
    unsigned char made = tg_code_maynan(at.at.code);
    int k;
    if (tg_pace_tick(pace, 4)) return TG_INTERRUPTED;
    for (k = 0; k < arity; k++) {
      const unsigned slot = call     ? at.operands[k]
                            : k == 0 ? at.at.a
                            : k == 1 ? at.at.b
                                     : at.c;
      if (state[slot] == 0) return TG_DAMAGED;
      made |= state[slot];
      if (tg_code_mayhide(at.at.code, k))
        p->exact |= state[slot] & (unsigned)~128;
    }
    state[at.at.dst] = made | 128;
  }
  for (i = 0; i < p->noutputs; i++)
    if (results[i] >= p->nslots || state[results[i]] == 0) return TG_DAMAGED;
  return TG_OK;
}

/* Reads the instructions and what they refer to, and checks them. */
static tg_status read_instructions (saved *s, tg_program *p,
                                    const tg_operation *const *operations,
                                    const tg_allocator *memory) {
  unsigned codes[TG_NCODES], k = 0;
  uint64_t steps = 0;
  size_t at = s->text;
  unsigned char *state;
  tg_status status = read_codes(s, &at, codes);
  if (status == TG_OK) status = read_operations(s, &at, p, operations);
  if (p->nunits == 0) status = TG_DAMAGED;
  while (status == TG_OK && k < p->nunits)
    status = tg_pace_tick(&s->pace, 4)
               ? TG_INTERRUPTED
               : read_instruction(s, p, codes, &k, &steps);
  if (status != TG_OK) return status;
  if (tg_program_units(p)[p->nunits - 1].code != TG_X_end) return TG_DAMAGED;
  state = (unsigned char *)memory->function(memory->data, NULL, 0,
                                            (size_t)p->nslots + 1);
  if (state == NULL) return TG_NOMEMORY;
  status = follow_slots(p, state, &s->pace);
  memory->function(memory->data, state, (size_t)p->nslots + 1, 0);
  return status;
}

tg_status tg_program_read (const void *data, size_t size,
                           const tg_operation *const *operations,
                           const tg_allocator *memory, tg_program **result,
                           const char **unknown, const tg_poll *poll) {
  const char *ignored = NULL;
  saved s;
  tg_status status;
  s.pace = tg_new_pace(poll);
  status = open_saved(&s, data, size);
  *result = NULL;
  s.unknown = unknown != NULL ? unknown : &ignored;
  *s.unknown = NULL;
  if (status != TG_OK) return status;
  /* each operation has a name of a byte or more, which bounds the memory */
  if (number_at(s.bytes, AT_OPERATIONS) > number_at(s.bytes, AT_TEXT))
    return TG_DAMAGED;
  *result = new_program(&s, memory);
  if (*result == NULL) return TG_NOMEMORY;
  status = read_instructions(&s, *result, operations, memory);
  if (status != TG_OK) {
    tg_program_free(*result, memory);
    *result = NULL;
  }
  return status;
}

tg_status tg_program_load (const void *data, size_t size,
                           const tg_operation *const *operations,
                           const tg_allocator *memory, tg_program **result,
                           const char **unknown) {
  return tg_program_read(data, size, operations, memory, result, unknown, NULL);
}

const void *tg_good_extra (const void *data, size_t size, size_t *n) {
  *n = number_at((const unsigned char *)data, AT_EXTRA);
  return (const unsigned char *)data + size - *n;
}

const void *tg_saved_extra (const void *data, size_t size, size_t *n) {
  saved s;
  s.pace = tg_new_pace(NULL);
  if (open_saved(&s, data, size) != TG_OK) return NULL;
  return tg_good_extra(data, size, n);
}

#endif
