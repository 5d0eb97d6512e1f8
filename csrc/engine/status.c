/*
** status.c: the version of the library, and failures in words.
*/
#include "config.h"

#include "../tinygrad.h"

int tg_version (void) { return TG_VERSION_NUMBER; }

const char *tg_status_text (tg_status status) {
  switch (status) {
  case TG_OK:
    return "no error";
  case TG_INTERRUPTED:
    return "interrupted";
  case TG_NOMEMORY:
    return "not enough memory";
  case TG_CUSTOM:
    return "an operation that a program cannot hold";
  case TG_ONCE:
    return "an operation that can be differentiated once only";
  case TG_CAPTURED:
    return "a Value that is not among the function's arguments";
  case TG_FOREIGN:
    return "not a saved program";
  case TG_NEWER:
    return "a saved program of another version of the format";
  case TG_DAMAGED:
    return "the saved program is damaged";
  case TG_UNKNOWN:
    return "an operation that is not known here";
  }
  return "unknown status";
}
