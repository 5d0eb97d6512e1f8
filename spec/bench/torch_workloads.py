"""The workloads of spec/bench with PyTorch, vectorised as its users would.

    torch_workloads.py NAME ROUNDS SECONDS < inputs

prints value and gradient in one line, and in another the seconds of the
processor that one evaluation took in each round.
"""
import sys
import time

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def noise(n, first=0):
    i = torch.arange(first, first + n).to(torch.float64)
    return torch.sin(i * i + 1)


def complex_function(x):
    return (x[0] * x[1] + x[0]) * torch.tanh(x[1])


ROW = torch.arange(1, 101).to(torch.float64)
PERCEPTRON = torch.stack([torch.sin(ROW), torch.cos(3 * ROW)], 1)


def perceptron(w):
    x, at = PERCEPTRON, 0
    for n in (16, 16, 1):
        k = x.shape[1] + 1
        layer = w[at : at + n * k].reshape(n, k)
        at += n * k
        x = x @ layer[:, :-1].T + layer[:, -1]
        x = torch.tanh(x) if n > 1 else x
    e = x[:, 0] - PERCEPTRON[:, 0] * PERCEPTRON[:, 1]
    return (e * e).mean() + 1e-4 * (w * w).sum()


def rosenbrock(x):
    t, u = x[1:] - x[:-1] * x[:-1], 1 - x[:-1]
    return (100 * t * t + u * u).sum()


GMM = noise(300).reshape(100, 3)


def gmm(x):
    alpha, means, icf = x[:5], x[5:20].reshape(5, 3), x[20:].reshape(5, 6)
    q, scale = icf[:, :3], torch.exp(icf[:, :3])
    z = GMM[:, None, :] - means
    y = scale * z
    low = torch.stack(
        [torch.zeros_like(z[..., 0]), icf[:, 3] * z[..., 0],
         icf[:, 4] * z[..., 0] + icf[:, 5] * z[..., 1]], -1)
    beta = alpha + q.sum(1) - 0.5 * ((y + low) ** 2).sum(-1)
    prior = 0.5 * ((scale ** 2).sum() + (icf[:, 3:] ** 2).sum())
    constant = -0.5 * 300 * torch.log(torch.tensor(6.283185307179586))
    return (constant + prior + torch.logsumexp(beta, 1).sum()
            - 100 * torch.logsumexp(alpha, 0))


SIGHT = torch.arange(60)
SEEN = 0.3 * noise(120).reshape(60, 2)


def bundle(x):
    c = x[:44].reshape(4, 11)[SIGHT % 4]
    p, w = x[44:119].reshape(25, 3)[SIGHT % 25], x[119:]
    r, d = c[:, :3], p - c[:, 3:6]
    angle = torch.sqrt((r * r).sum(1, keepdim=True))
    axis = r / angle
    along = (axis * d).sum(1, keepdim=True) * (1 - torch.cos(angle))
    q = (d * torch.cos(angle) + torch.cross(axis, d, dim=1) * torch.sin(angle)
         + axis * along)
    u = q[:, :2] / q[:, 2:]
    s = (u * u).sum(1)
    f = c[:, 6] * (1 + c[:, 9] * s + c[:, 10] * s * s)
    e = w[:, None] * (u * f[:, None] + c[:, 7:9] - SEEN)
    return (e * e).sum() + ((1 - w * w) ** 2).sum()


SERIES = noise(21 * 14).reshape(21, 14)
STATE = 0.1 * noise(28).reshape(2, 14), 0.1 * noise(28, 1000).reshape(2, 14)


def lstm(x):
    w, (win, wout, bias) = x[:224].reshape(2, 2, 4, 14), x[224:].reshape(3, 14)
    hidden, cell = list(STATE[0]), list(STATE[1])
    value = 0
    for t in range(20):
        y = SERIES[t] * win
        for i in range(2):
            (wf, wi, wo, wc), (bf, bi, bo, bc) = w[i]
            forget, change = torch.sigmoid(y * wf + bf), torch.tanh(
                hidden[i] * wc + bc)
            ingate = torch.sigmoid(hidden[i] * wi + bi)
            outgate = torch.sigmoid(y * wo + bo)
            cell[i] = cell[i] * forget + ingate * change
            y = hidden[i] = outgate * torch.tanh(cell[i])
        y = y * wout + bias
        value = value + (SERIES[t + 1] * (y - torch.log(
            2 + torch.exp(y).sum()))).sum()
    return value / -(14 * 20)


PATH = torch.arange(1, 1001).to(torch.float64)
U, V = PATH * 0.6180339887498949, PATH * 0.7548776662466927
NORMAL = torch.sqrt(-2 * torch.log(U - torch.floor(U))) * torch.cos(
    6.283185307179586 * (V - torch.floor(V)))


def option(x):
    spot, rate, sigma, years, strike = x
    end = spot * torch.exp((rate - 0.5 * sigma * sigma) * years
                           + sigma * torch.sqrt(years) * NORMAL)
    return torch.relu(end - strike).mean() * torch.exp(-rate * years)


def gradient(f, numbers):
    x = torch.tensor(numbers, requires_grad=True)
    y = f(x)
    y.backward()
    return [y.item()] + x.grad.tolist()


def main():
    name, rounds, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    f = {"complex": complex_function}.get(name) or globals()[name]
    numbers = [float(word) for word in sys.stdin.read().split()]
    print(*("%.17g" % x for x in gradient(f, numbers)))
    before = time.process_time()
    gradient(f, numbers)
    n = max(1, int(seconds / (time.process_time() - before)))
    times = []
    for _ in range(rounds):
        before = time.process_time()
        for _ in range(n):
            gradient(f, numbers)
        times.append((time.process_time() - before) / n)
    print(*("%.17g" % t for t in times))


main()
