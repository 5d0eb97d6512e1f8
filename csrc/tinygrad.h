/*
** tinygrad.h: the engine's public C API. Needs no Lua; tinygrad_lua.h adds
** what a host that runs Lua needs.
**
** A tg_node is one number in a computation: a leaf, or the result of an
** operation. Nodes are made from Lua and live as long as Lua can reach them;
** C reads and writes them through the functions below.
*/
#ifndef TINYGRAD_H
#define TINYGRAD_H

#define TG_VERSION_MAJOR 0
#define TG_VERSION_MINOR 1
#define TG_VERSION_PATCH 0
#define TG_VERSION "0.1.0"

#ifdef __cplusplus
#define TG_EXTERN extern "C"
#else
#define TG_EXTERN extern
#endif

/* Marks what a shared object shows; everything else stays hidden. */
#if defined(TG_BUILD_DLL)
#define TG_API TG_EXTERN __declspec(dllexport)
#elif defined(__GNUC__)
#define TG_API TG_EXTERN __attribute__((visibility("default")))
#else
#define TG_API TG_EXTERN
#endif

typedef enum tg_status {
  TG_OK = 0,
  TG_INTERRUPTED /* the poll function asked to stop */
} tg_status;

/*
** Called now and then (at least every 2^15 steps) by whatever may run long.
** A nonzero result ends the work with TG_INTERRUPTED. It must return: no
** longjmp and no exception may leave it.
*/
typedef struct tg_poll {
  int (*function) (void *data);
  void *data;
} tg_poll;

typedef struct tg_node tg_node;

/* The node's value. */
TG_API double tg_data (const tg_node *node);

/* What the last backward passes left here: d root / d node. */
TG_API double tg_grad (const tg_node *node);

/* Sets the gradient, usually to 0 before another backward pass. */
TG_API void tg_set_grad (tg_node *node, double grad);

/*
** Sets a leaf's value. Returns 0 and changes nothing if the node is the result
** of an operation; results that were computed from the leaf keep their values.
*/
TG_API int tg_set_data (tg_node *node, double data);

/*
** Reverse-mode differentiation from `root`, whose adjoint is `seed` (1 for a
** gradient): adds to the gradient of every leaf below it, sets the gradient
** of every result. `poll` may be NULL. After TG_INTERRUPTED the leaves are as
** before the call and the results' gradients are 0. Allocates nothing.
*/
TG_API tg_status tg_backward (tg_node *root, double seed, const tg_poll *poll);

/* Sets to 0 the gradient of `root` and of every node below it. */
TG_API void tg_zero_grad (tg_node *root);

#endif
