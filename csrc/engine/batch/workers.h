/*
** workers.h: work in independent units, on one thread or several.
*/
#ifndef TG_WORKERS_H
#define TG_WORKERS_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"

TG_HIDDEN_BEGIN

/* The threads that do a work */
typedef struct tg_crew tg_crew;

typedef struct tg_work {
  size_t units;
  unsigned threads; /* at most so many workers; 1: the caller alone */
  /* Does unit `unit` as worker 0..threads-1; asks `poll`, which may be NULL,
     now and then whether to stop with TG_INTERRUPTED. */
  tg_status (*run)(void *data, unsigned worker, size_t unit,
                   const tg_poll *poll);
  void *data;
  tg_crew **crew; /* if not NULL: set while there are other threads */
} tg_work;

/*
** Does all units; the caller is worker 0, and the only one to call `poll`.
** Returns when no worker is left: TG_OK, or why the first to fail did. The
** order in which units are done is not defined. Where threads are missing or
** cannot be made, fewer workers do the same.
*/
tg_status tg_work_run (const tg_work *work, const tg_poll *poll);

/* For a `poll` that will not return: ends the other threads. */
void tg_crew_end (tg_crew *c);

TG_HIDDEN_END

#endif
