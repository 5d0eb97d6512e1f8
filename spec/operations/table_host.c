/*
** table_host.c: prints the engine's table of operations with all digits, for
** table_spec.lua.
*/
#include <stdio.h>

#include "engine/ops/ops.h"

int main (void) {
  int op, i;
  for (op = 0; op < TG_NOPS; op++) {
    const tg_opinfo *row = &tg_ops[op];
    printf("%s %s %d %d %.17g", row->name, row->label, (int)row->arity,
           (int)row->required, row->fallback);
    for (i = 0; i < row->arity; i++)
      printf(" %.17g %.17g", tg_opnotes[op].domain[i].low,
             tg_opnotes[op].domain[i].high);
    printf("\n");
  }
  return 0;
}
