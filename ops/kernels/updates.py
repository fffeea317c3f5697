"""Steps of optimizers as loops that pass over memory once, in place.

Each takes tuples of flat arrays: variables, their slots, and their gradients, and numbers.  Those
that end in `_rows` change some rows of a variable: they take the numbers of the rows, the variable
and its slots, [n, width], the gradient of these rows, [rows, width], and numbers.  A row that comes
twice is changed twice.  All are of one dtype, and each operation is rounded to it, so that machine
code and numpy give the same bits.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from graphflow.core.op import Array
from graphflow.ops.kernels.compiled import CompiledLater

Arrays: TypeAlias = tuple[Array, ...]


@CompiledLater
def descent(variables: Arrays, grads: Arrays, rate: Any) -> None:
    """Gradient descent."""
    for k in range(len(variables)):
        x, g = variables[k], grads[k]
        for i in range(g.size):
            x[i] = x[i] - g[i] * rate


@CompiledLater
def momentum(variables: Arrays, accumulated: Arrays, grads: Arrays, rate: Any, decay: Any) -> None:
    """Momentum."""
    for k in range(len(variables)):
        x, a, g = variables[k], accumulated[k], grads[k]
        for i in range(g.size):
            step = a[i] * decay + g[i]
            a[i] = step
            x[i] = x[i] - step * rate


@CompiledLater
def momentum_rows(
    rows: Array, var: Array, accum: Array, grad: Array, rate: Any, decay: Any
) -> None:
    """Momentum of some rows."""
    for k in range(rows.size):
        x, a, g = var[rows[k]], accum[rows[k]], grad[k]
        for i in range(g.size):
            step = a[i] * decay + g[i]
            a[i] = step
            x[i] = x[i] - step * rate


@CompiledLater
def nesterov(variables: Arrays, accumulated: Arrays, grads: Arrays, rate: Any, decay: Any) -> None:
    """Nesterov's variant of momentum."""
    for k in range(len(variables)):
        x, a, g = variables[k], accumulated[k], grads[k]
        for i in range(g.size):
            step = a[i] * decay + g[i]
            a[i] = step
            x[i] = x[i] - (step * decay + g[i]) * rate


@CompiledLater
def nesterov_rows(
    rows: Array, var: Array, accum: Array, grad: Array, rate: Any, decay: Any
) -> None:
    """Nesterov's variant of momentum, of some rows."""
    for k in range(rows.size):
        x, a, g = var[rows[k]], accum[rows[k]], grad[k]
        for i in range(g.size):
            step = a[i] * decay + g[i]
            a[i] = step
            x[i] = x[i] - (step * decay + g[i]) * rate


@CompiledLater
def adagrad(variables: Arrays, accumulated: Arrays, grads: Arrays, rate: Any) -> None:
    """Adagrad."""
    for k in range(len(variables)):
        x, a, g = variables[k], accumulated[k], grads[k]
        for i in range(g.size):
            total = a[i] + g[i] * g[i]
            a[i] = total
            x[i] = x[i] - g[i] * rate / np.sqrt(total)


@CompiledLater
def adagrad_rows(rows: Array, var: Array, accum: Array, grad: Array, rate: Any) -> None:
    """Adagrad of some rows."""
    for k in range(rows.size):
        x, a, g = var[rows[k]], accum[rows[k]], grad[k]
        for i in range(g.size):
            total = a[i] + g[i] * g[i]
            a[i] = total
            x[i] = x[i] - g[i] * rate / np.sqrt(total)


@CompiledLater
def rmsprop(
    variables: Arrays, squares: Arrays, moments: Arrays, grads: Arrays,
    rate: Any, rest: Any, decay: Any, epsilon: Any,
) -> None:  # fmt: skip
    """RMSProp; `rest` is 1 - rho."""
    for k in range(len(variables)):
        x, s, m, g = variables[k], squares[k], moments[k], grads[k]
        for i in range(g.size):
            square = s[i] + (g[i] * g[i] - s[i]) * rest
            step = m[i] * decay + g[i] * rate / np.sqrt(square + epsilon)
            s[i], m[i] = square, step
            x[i] = x[i] - step


@CompiledLater
def adam(
    variables: Arrays, moments: Arrays, squares: Arrays, grads: Arrays,
    rate: Any, rest1: Any, rest2: Any, epsilon: Any,
) -> None:  # fmt: skip
    """Adam; `rate` has the corrections in it, `rest1` and `rest2` are 1 - beta1 and 1 - beta2."""
    for k in range(len(variables)):
        x, m, s, g = variables[k], moments[k], squares[k], grads[k]
        for i in range(g.size):
            mean = m[i] + (g[i] - m[i]) * rest1
            square = s[i] + (g[i] * g[i] - s[i]) * rest2
            m[i], s[i] = mean, square
            x[i] = x[i] - mean * rate / (np.sqrt(square) + epsilon)
