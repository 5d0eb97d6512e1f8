/*
** lbfgs.c: minimises a cost by L-BFGS (Nocedal 1980; Nocedal and Wright,
** Numerical Optimization, 7.2). The direction comes from the last few steps s
** and changes y of the gradient; a step is halved until the cost falls enough
** (Armijo 1966).
*/
#include "lbfgs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS 5
#define MOST_STEPS 1000
#define SMALL 1e-9 /* length of a gradient at which to stop */

typedef struct minimiser {
  const tg_program *program;
  double *workspace; /* of the program */
  size_t n;
  double *x, *out;   /* the point; its cost, then its gradient */
  double *x2, *out2; /* the next point; its cost, then its gradient */
  double *direction;
  double *s[PAIRS], *y[PAIRS]; /* newest first */
  int pairs;
} minimiser;

static double dot (const double *a, const double *b, size_t n) {
  double sum = 0.0;
  for (; n > 0; n--) sum += *a++ * *b++;
  return sum;
}

/* Adds by * from to `to`. */
static void add (double *to, double by, const double *from, size_t n) {
  for (; n > 0; n--) *to++ += by * *from++;
}

static void swap (double **a, double **b) {
  double *const c = *a;
  *a = *b;
  *b = c;
}

static void evaluate (minimiser *m, const double *x, double *out) {
  tg_program_eval(m->program, m->workspace, x, out, NULL);
}

/* Sets the direction to minus the gradient, times the inverse Hessian as the
   pairs estimate it. */
static void find_direction (minimiser *m) {
  double weights[PAIRS], *d = m->direction;
  const size_t n = m->n;
  size_t i;
  int k;
  for (i = 0; i < n; i++) d[i] = -m->out[i + 1];
  for (k = 0; k < m->pairs; k++) {
    weights[k] = dot(m->s[k], d, n) / dot(m->s[k], m->y[k], n);
    add(d, -weights[k], m->y[k], n);
  }
  if (m->pairs > 0) {
    const double scale = dot(m->s[0], m->y[0], n) / dot(m->y[0], m->y[0], n);
    for (i = 0; i < n; i++) d[i] *= scale;
  }
  for (k = m->pairs - 1; k >= 0; k--)
    add(d, weights[k] - dot(m->y[k], d, n) / dot(m->s[k], m->y[k], n), m->s[k],
        n);
}

/* Sets x2 to a point along the direction at which the cost is lower; returns 0
   if it finds none. */
static int find_step (minimiser *m) {
  const double slope = dot(m->direction, m->out + 1, m->n);
  double step = 1.0;
  if (m->pairs == 0) step = 1.0 / (1.0 + sqrt(-slope));
  for (; step > 1e-20; step /= 2.0) {
    memcpy(m->x2, m->x, m->n * sizeof *m->x);
    add(m->x2, step, m->direction, m->n);
    evaluate(m, m->x2, m->out2);
    if (m->out2[0] <= m->out[0] + 1e-4 * step * slope) return 1;
  }
  return 0;
}

/* Keeps the step and the change of the gradient as the newest pair, if the cost
   curves upwards along the step; the oldest pair makes room. */
static void keep_pair (minimiser *m) {
  double *const s = m->s[PAIRS - 1], *const y = m->y[PAIRS - 1];
  size_t i;
  int k;
  for (i = 0; i < m->n; i++) {
    s[i] = m->x2[i] - m->x[i];
    y[i] = m->out2[i + 1] - m->out[i + 1];
  }
  if (dot(s, y, m->n) <= 1e-14 * dot(y, y, m->n)) return;
  for (k = PAIRS - 1; k > 0; k--) {
    m->s[k] = m->s[k - 1];
    m->y[k] = m->y[k - 1];
  }
  m->s[0] = s;
  m->y[0] = y;
  if (m->pairs < PAIRS) m->pairs++;
}

/* Goes from m->x to a minimum; returns the number of steps. */
static int minimise (minimiser *m) {
  int steps;
  evaluate(m, m->x, m->out);
  for (steps = 0; steps < MOST_STEPS; steps++) {
    if (dot(m->out + 1, m->out + 1, m->n) < SMALL * SMALL) break;
    find_direction(m);
    if (!find_step(m)) break;
    keep_pair(m);
    swap(&m->x, &m->x2);
    swap(&m->out, &m->out2);
  }
  return steps;
}

/* Allocates one block of memory for all arrays and returns it, or NULL if
   memory is short. */
static double *prepare (minimiser *m, const tg_program *p, const double *x) {
  const size_t n = tg_program_inputs(p), slots = tg_program_workspace(p);
  double *const block =
    (double *)malloc((slots + (5 + 2 * PAIRS) * n + 2) * sizeof *block);
  double *next = block;
  int k;
  if (block == NULL) return NULL;
  m->program = p;
  m->n = n;
  m->pairs = 0;
  m->workspace = next, next += slots;
  m->x = next, next += n;
  m->x2 = next, next += n;
  m->out = next, next += n + 1;
  m->out2 = next, next += n + 1;
  m->direction = next, next += n;
  for (k = 0; k < PAIRS; k++) {
    m->s[k] = next, next += n;
    m->y[k] = next, next += n;
  }
  memcpy(m->x, x, n * sizeof *m->x);
  tg_workspace_init(p, m->workspace);
  return block;
}

int lbfgs (const tg_program *p, double *x, double *cost) {
  minimiser m;
  int steps;
  double *const block = prepare(&m, p, x);
  if (block == NULL) return -1;
  steps = minimise(&m);
  memcpy(x, m.x, m.n * sizeof *x);
  *cost = m.out[0];
  free(block);
  return steps;
}
