/*
** pace.h: lets long work ask the host now and then whether to stop. A tick is
** about as much work as one operation on numbers.
*/
#ifndef TG_PACE_H
#define TG_PACE_H

#include <stddef.h>

#include "../tinygrad.h"
#include "config.h"

typedef struct tg_pace {
  const tg_poll *poll; /* or NULL */
  size_t ticks;        /* of work since the last call of poll */
  int stopped;         /* nonzero: poll asked to stop and is called no more */
} tg_pace;

/* Returns a pace that asks `poll`. */
static inline tg_pace tg_new_pace (const tg_poll *poll) {
  tg_pace p;
  p.poll = poll;
  p.ticks = 0;
  p.stopped = 0;
  return p;
}

/* Counts `n` ticks of work. Returns nonzero if the work is to stop. */
static inline int tg_pace_tick (tg_pace *p, size_t n) {
  p->ticks += n;
  if (p->ticks < TG_POLL_TICKS) return p->stopped;
  p->ticks = 0;
  if (!p->stopped && p->poll != NULL && p->poll->function(p->poll->data))
    p->stopped = 1;
  return p->stopped;
}

#endif
