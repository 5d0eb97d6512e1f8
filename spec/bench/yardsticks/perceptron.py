"""The perceptron step of train.lua in PyTorch, with whole tensors: prints loss
and gradients at the start, in train.lua's order, then seconds a step, a line."""

import math
import time

import torch

HIDDEN, ROWS, DECAY, ROUNDS = 16, 100, 1e-4, 9

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

w = [math.sin(i * i + 1) / 4 for i in range(337)]
rows = [[math.sin(i + 1), math.cos(3 * (i + 1))] for i in range(ROWS)]
x = torch.tensor(rows)
y = torch.tensor([[a * b] for a, b in rows])


def layer(inputs, outputs):
    """The next weights: for each neuron those of its inputs, then the bias."""
    global w
    n = (inputs + 1) * outputs
    part = torch.tensor(w[:n]).reshape(outputs, inputs + 1).requires_grad_()
    w = w[n:]
    return part


layers = [layer(2, HIDDEN), layer(HIDDEN, HIDDEN), layer(HIDDEN, 1)]


def loss():
    h = x
    for i, p in enumerate(layers):
        h = torch.addmm(p[:, -1], h, p[:, :-1].T)
        if i < 2:
            h = torch.tanh(h)
    return ((h - y) ** 2).mean() + DECAY * sum((p * p).sum() for p in layers)


def step(rate):
    value = loss()
    for p in layers:
        p.grad = None
    value.backward()
    with torch.no_grad():
        for p in layers:
            p -= rate * p.grad
    return value


print("%.17g" % step(0).item())
for p in layers:
    print(" ".join("%.17g" % g for g in p.grad.flatten().tolist()))
print("times")
for _ in range(ROUNDS):
    start = time.process_time()
    for _ in range(200):
        step(1e-3)
    print((time.process_time() - start) / 200)
