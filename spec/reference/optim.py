#!/usr/bin/python3
"""Writes optim.lua: the first steps of PyTorch's optimizers, its schedules and
its clipping, in double precision, for spec/solvers/optim_spec.lua.
`make generated` runs it.

Needs PyTorch (Debian: python3-torch; the table was made with 1.13). Every
optimizer starts from the same parameters and is given the same gradients, of
sizes from 1e-3 to 1e3, so that an error in one number of one step shows.
"""
import random

import torch
from torch import optim
from torch.optim import lr_scheduler

torch.set_default_dtype(torch.float64)
random.seed(2026)
STEPS = 10
START = [1.5, -2.25, 30.0, -0.125, 7.0]
GRADIENTS = [[random.gauss(0, 1) * 10 ** random.uniform(-3, 3)
              for _ in START] for _ in range(STEPS)]

# algorithm here, class there, options (named alike)
CASES = [
    ("SGD", optim.SGD, [
        dict(lr=0.01),
        dict(lr=0.01, weight_decay=0.1),
        dict(lr=0.01, momentum=0.9),
        dict(lr=0.01, momentum=0.9, dampening=0.4),
        dict(lr=0.01, momentum=0.9, nesterov=True),
        dict(lr=0.01, momentum=0.8, weight_decay=0.05),
        dict(lr=0.01, momentum=0.8, weight_decay=0.05, dampening=0.1),
        dict(lr=0.01, momentum=0.8, weight_decay=0.05, nesterov=True)]),
    ("Adam", optim.Adam, [
        dict(),
        dict(lr=0.1),
        dict(lr=0.1, weight_decay=0.3),
        dict(lr=0.05, betas=(0.5, 0.75), eps=1e-3),
        dict(lr=0.05, betas=(0.0, 0.9))]),
    ("AdamW", optim.AdamW, [
        dict(),
        dict(lr=0.1, weight_decay=0.0),
        dict(lr=0.1, weight_decay=0.3),
        dict(lr=0.05, betas=(0.5, 0.75), eps=1e-3)]),
    ("RMSProp", optim.RMSprop, [
        dict(),
        dict(lr=0.1, alpha=0.5, eps=1e-3),
        dict(weight_decay=0.2),
        dict(momentum=0.9),
        dict(centered=True),
        dict(lr=0.05, alpha=0.8, momentum=0.5, centered=True,
             weight_decay=0.1)]),
    ("Adagrad", optim.Adagrad, [
        dict(),
        dict(lr=0.5, lr_decay=0.1),
        dict(lr=0.5, weight_decay=0.2, initial_accumulator_value=2.0,
             eps=1e-3)]),
]


def cosine(o, steps, minimum=0.0):
    return lr_scheduler.CosineAnnealingLR(o, steps, eta_min=minimum)


def warmup(o, steps, start=1 / 3):
    return lr_scheduler.LinearLR(o, start_factor=start, total_iters=steps)


# how it is made here (as Lua), there, and how many rates to compare
SCHEDULES = [
    ("optim.step_schedule {size = 3}",
     lambda o: lr_scheduler.StepLR(o, 3), 12),
    ("optim.step_schedule {size = 4, factor = 0.7}",
     lambda o: lr_scheduler.StepLR(o, 4, gamma=0.7), 20),
    ("optim.cosine_schedule {steps = 10}", lambda o: cosine(o, 10), 11),
    ("optim.cosine_schedule {steps = 17, minimum = 0.05}",
     lambda o: cosine(o, 17, 0.05), 18),
    ("optim.warmup_schedule {steps = 5}", lambda o: warmup(o, 5), 10),
    ("optim.warmup_schedule {steps = 8, start = 0.01}",
     lambda o: warmup(o, 8, 0.01), 12),
    ("optim.chain_schedules({optim.warmup_schedule {steps = 4, start = 0.1}, "
     "optim.cosine_schedule {steps = 9, minimum = 0.01}}, {4})",
     lambda o: lr_scheduler.SequentialLR(
         o, [warmup(o, 4, 0.1), cosine(o, 9, 0.01)], [4]), 14),
    ("optim.chain_schedules({optim.warmup_schedule {steps = 3}, "
     "optim.step_schedule {size = 2, factor = 0.5}, "
     "optim.cosine_schedule {steps = 6}}, {3, 8})",
     lambda o: lr_scheduler.SequentialLR(
         o, [warmup(o, 3), lr_scheduler.StepLR(o, 2, gamma=0.5),
             cosine(o, 6)], [3, 8]), 15),
]
RATE = 0.4


def text(x):
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, (list, tuple)):
        return "{" + ", ".join(text(y) for y in x) + "}"
    if isinstance(x, dict):
        return "{" + ", ".join("%s = %s" % (k, text(y))
                               for k, y in x.items()) + "}"
    return "%.17g" % x


def steps(maker, options, schedule=None):
    """The parameters after each of the first steps."""
    x = torch.nn.Parameter(torch.tensor(START))
    optimizer = maker([x], **options)
    scheduler = schedule(optimizer) if schedule else None
    for gradient in GRADIENTS:
        x.grad = torch.tensor(gradient)
        optimizer.step()
        if scheduler:
            scheduler.step()
        yield x.tolist()


def rates(schedule, n):
    x = torch.nn.Parameter(torch.tensor(START))
    optimizer = optim.SGD([x], lr=RATE)
    scheduler = schedule(optimizer)
    for _ in range(n):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()


def clipped(clip, gradients, limit):
    parts = [torch.nn.Parameter(torch.zeros(n)) for n in (2, 3)]
    parts[0].grad = torch.tensor(gradients[:2])
    parts[1].grad = torch.tensor(gradients[2:])
    norm = clip(parts, limit)
    after = parts[0].grad.tolist() + parts[1].grad.tolist()
    return norm, after


def main():
    print("-- luacheck: ignore")
    print("-- Made by optim.py; do not edit. PyTorch's first steps, rates and")
    print("-- clipped gradients.")
    print("return {")
    print("start = %s," % text(START))
    print("gradients = {")
    for gradient in GRADIENTS:
        print("  %s," % text(gradient))
    print("},")
    print("-- parameters after each step")
    print("steps = {")
    for name, maker, variants in CASES:
        for options in variants:
            print('  {algorithm = "%s", options = %s,' % (name, text(options)))
            for x in steps(maker, options):
                print("    %s," % text(x))
            print("  },")
    print("},")
    print("-- the rates from lr = `rate` on, step by step")
    print("rate = %s," % text(RATE))
    print("schedules = {")
    for here, there, n in SCHEDULES:
        print('  {make = "%s",' % here)
        print("    %s," % text(list(rates(there, n))))
        options = dict(lr=RATE, momentum=0.9)
        print("    -- and parameters after each step of SGD with momentum 0.9")
        print("    %s," % text(list(steps(optim.SGD, options, there))))
        print("  },")
    print("},")
    print("clip_norm = {")
    for i, limit in ((0, 1.0), (1, 0.5), (2, 1e6), (3, 0.0), (4, 3.25)):
        norm, after = clipped(torch.nn.utils.clip_grad_norm_, GRADIENTS[i],
                              limit)
        print("  {before = %s, limit = %s, norm = %s, after = %s}," % (
            text(GRADIENTS[i]), text(limit), text(float(norm)), text(after)))
    print("},")
    print("clip_value = {")
    for i, limit in ((0, 1.0), (1, 0.0), (2, 1e6), (3, 0.25)):
        _, after = clipped(torch.nn.utils.clip_grad_value_, GRADIENTS[i],
                           limit)
        print("  {before = %s, limit = %s, after = %s}," % (
            text(GRADIENTS[i]), text(limit), text(after)))
    print("},")
    print("}")


if __name__ == "__main__":
    main()
