/*
** lbfgs.h: a small minimiser for the hosts of this directory.
*/
#ifndef LBFGS_H
#define LBFGS_H

#include "tinygrad.h"

/*
** Minimises a cost of n numbers from x on, where the program's outputs are the
** cost and its gradient. Stores the best point into x, its cost into *cost;
** returns the number of steps, -1 if there is no memory.
*/
int lbfgs (const tg_program *p, double *x, double *cost);

#endif
