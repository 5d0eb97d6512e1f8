/*
** workers.h: does work in independent units, on one thread or several.
*/
#ifndef TG_WORKERS_H
#define TG_WORKERS_H

#include "../attributes.h"

#include <stddef.h>

#include "../../tinygrad.h"

TG_HIDDEN_BEGIN

/* The threads that do a piece of work */
typedef struct tg_crew tg_crew;

typedef struct tg_work {
  size_t units;
  unsigned threads; /* at most so many workers; 1: the caller alone */
  /* does unit `unit` as worker 0..threads-1; asks `poll`, which may be NULL,
     now and then whether to stop with TG_INTERRUPTED */
  tg_status (*run)(void *data, unsigned worker, size_t unit,
                   const tg_poll *poll);
  void *data;
  tg_crew **crew; /* NULL, or set to the crew while other threads work */
} tg_work;

/*
** Does all units, in no defined order. The calling thread is worker 0 and the
** only one that calls `poll`. Returns when all workers have ended: TG_OK, or
** the status of the worker that failed first. If the system has or gives no
** threads, fewer workers do all units.
*/
tg_status tg_work_run (const tg_work *work, const tg_poll *poll);

/* Ends the other threads. For a `poll` that will not return. */
void tg_crew_end (tg_crew *c);

TG_HIDDEN_END

#endif
