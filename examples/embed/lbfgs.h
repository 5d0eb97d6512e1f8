/*
** lbfgs.h: a small minimiser for the hosts of this folder.
*/
#ifndef LBFGS_H
#define LBFGS_H

#include "tinygrad.h"

/*
** Minimises a cost of n numbers, starting at x. The program's outputs are the
** cost and its gradient. Stores the best point into x and its cost into *cost.
** Returns the number of steps, or -1 if memory is short.
*/
int lbfgs (const tg_program *p, double *x, double *cost);

#endif
