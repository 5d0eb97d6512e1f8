/*
** workers.c: does work on POSIX threads, where there are any.
*/
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* threads and signals despite -std=c99 */
#endif

#include "../config.h"

#include "workers.h"

#ifndef TG_NO_BATCH

#if !defined(TG_NO_THREADS) && !defined(_WIN32)
#define THREADS
#endif

static tg_status run_alone (const tg_work *work, const tg_poll *poll) {
  tg_status status = TG_OK;
  size_t unit;
  for (unit = 0; unit < work->units && status == TG_OK; unit++)
    status = work->run(work->data, 0, unit, poll);
  return status;
}

#ifdef THREADS

#include <pthread.h>
#include <signal.h>
#include <time.h>

#define MAXTHREADS 256
#define NAP 5000000       /* nanoseconds between two polls while others work */
#define SECOND 1000000000 /* nanoseconds */

/* What all workers share. The lock guards what changes, but for `threads` and
   `made`, which only the caller uses. */
struct tg_crew {
  const tg_work *work;
  pthread_mutex_t lock;
  pthread_cond_t done;           /* a worker has ended */
  size_t next;                   /* the next unit to be taken */
  unsigned named, busy;          /* threads with a number; threads at work */
  tg_status status;              /* other than TG_OK: all stop */
  pthread_t threads[MAXTHREADS]; /* the first `made` are not joined yet */
  unsigned made;
};

/* Makes all workers stop. The first reason is kept. */
static void stop (tg_crew *c, tg_status status) {
  pthread_mutex_lock(&c->lock);
  if (c->status == TG_OK) c->status = status;
  pthread_mutex_unlock(&c->lock);
}

/* The poll function of all workers but the caller */
static int is_stopped (void *data) {
  tg_crew *c = (tg_crew *)data;
  int stopped;
  pthread_mutex_lock(&c->lock);
  stopped = c->status != TG_OK;
  pthread_mutex_unlock(&c->lock);
  return stopped;
}

/* Takes the next unit into *unit. Returns 0 if none is left or all stop. */
static int take_unit (tg_crew *c, size_t *unit) {
  int taken;
  pthread_mutex_lock(&c->lock);
  *unit = c->next;
  taken = c->status == TG_OK && c->next < c->work->units;
  c->next += (size_t)taken;
  pthread_mutex_unlock(&c->lock);
  return taken;
}

static void do_units (tg_crew *c, unsigned worker, const tg_poll *poll) {
  size_t unit;
  while (take_unit(c, &unit)) {
    const tg_status status = c->work->run(c->work->data, worker, unit, poll);
    if (status != TG_OK) stop(c, status);
  }
}

/* The main function of a thread */
static void *be_worker (void *data) {
  tg_crew *c = (tg_crew *)data;
  tg_poll poll;
  unsigned worker;
  poll.function = is_stopped;
  poll.data = c;
  pthread_mutex_lock(&c->lock);
  worker = ++c->named;
  pthread_mutex_unlock(&c->lock);
  do_units(c, worker, &poll);
  pthread_mutex_lock(&c->lock);
  c->busy--;
  pthread_cond_signal(&c->done);
  pthread_mutex_unlock(&c->lock);
  return NULL;
}

/* Waits until no other worker is busy, and calls `poll` meanwhile. */
static void await (tg_crew *c, const tg_poll *poll) {
  pthread_mutex_lock(&c->lock);
  while (c->busy > 0) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NAP;
    until.tv_sec += until.tv_nsec / SECOND;
    until.tv_nsec %= SECOND;
    pthread_cond_timedwait(&c->done, &c->lock, &until);
    if (c->busy > 0 && poll != NULL && c->status == TG_OK) {
      pthread_mutex_unlock(&c->lock);
      if (poll->function(poll->data)) stop(c, TG_INTERRUPTED);
      pthread_mutex_lock(&c->lock);
    }
  }
  pthread_mutex_unlock(&c->lock);
}

static void join (tg_crew *c) {
  while (c->made > 0) pthread_join(c->threads[--c->made], NULL);
}

void tg_crew_end (tg_crew *c) {
  stop(c, TG_INTERRUPTED);
  join(c);
}

tg_status tg_work_run (const tg_work *work, const tg_poll *poll) {
  sigset_t all, before;
  unsigned i, n = work->threads;
  tg_crew c;
  if (n > work->units) n = (unsigned)work->units;
  if (n > MAXTHREADS) n = MAXTHREADS;
  if (n <= 1) return run_alone(work, poll);
  c.work = work;
  c.next = 0;
  c.named = c.busy = c.made = 0;
  c.status = TG_OK;
  if (pthread_mutex_init(&c.lock, NULL) != 0) return run_alone(work, poll);
  if (pthread_cond_init(&c.done, NULL) != 0) {
    pthread_mutex_destroy(&c.lock); /* LCOV_EXCL_LINE: glibc has no limit */
    return run_alone(work, poll);   /* LCOV_EXCL_LINE: glibc has no limit */
  }
  sigfillset(&all); /* new threads block signals: they are for the host's */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (i = 1; i < n; i++) {
    pthread_mutex_lock(&c.lock);
    c.busy++;
    pthread_mutex_unlock(&c.lock);
    if (pthread_create(&c.threads[c.made], NULL, be_worker, &c) == 0)
      c.made++;
    else { /* LCOV_EXCL_START: where the system gives no more threads */
      pthread_mutex_lock(&c.lock);
      c.busy--;
      pthread_mutex_unlock(&c.lock);
      break;
    } /* LCOV_EXCL_STOP */
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (work->crew != NULL) *work->crew = &c;
  do_units(&c, 0, poll);
  await(&c, poll);
  if (work->crew != NULL) *work->crew = NULL;
  join(&c);
  pthread_cond_destroy(&c.done);
  pthread_mutex_destroy(&c.lock);
  return c.status;
}

#else

tg_status tg_work_run (const tg_work *work, const tg_poll *poll) {
  return run_alone(work, poll);
}

void tg_crew_end (tg_crew *c) { (void)c; } /* no crew exists */

#endif

#endif
