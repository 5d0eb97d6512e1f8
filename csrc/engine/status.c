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
    return "the function uses an operation that no program can hold";
  case TG_ONCE:
    return "an operation can be differentiated only once";
  case TG_CAPTURED:
    return "the function uses a Value that is not its argument";
  case TG_FOREIGN:
    return "not a saved program";
  case TG_NEWER:
    return "the saved program has another version of the format";
  case TG_DAMAGED:
    return "the saved program is damaged";
  case TG_UNKNOWN:
    return "unknown operation";
  }
  return "unknown status";
}
