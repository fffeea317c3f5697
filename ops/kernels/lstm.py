"""Steps of cells with long short-term memory, and their derivatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphflow.ops.kernels.arrays import Array


class Peepholes(NamedTuple):
    """How much input, forget and output gate see of the memory, each [units]."""

    input: Array
    forget: Array
    output: Array


class Step(NamedTuple):
    """What a step computes, each [batch, units]: gates, memory and output.

    Attributes:
      i: the input gate.
      cs: the memory after the step.
      f: the forget gate.
      o: the output gate.
      ci: what the input gate lets into the memory.
      co: the hyperbolic tangent of the memory.
      h: the output.
    """

    i: Array
    cs: Array
    f: Array
    o: Array
    ci: Array
    co: Array
    h: Array


class Slopes(NamedTuple):
    """Derivatives of a loss by the parts of a step.

    Attributes:
      cs_prev: by the memory before, [batch, units].
      gates: by what goes into i, ci, f and o, [batch, 4 * units].
      peepholes: by the peepholes, each [units]; None if there are none.
    """

    cs_prev: Array
    gates: Array
    peepholes: Peepholes | None


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)) without overflow.

    Args:
      x: floating.

    >>> sigmoid(np.float32([-800, 0])).tolist()
    [0.0, 0.5]
    """
    half = x.dtype.type(0.5)
    result: Array = half * np.tanh(half * x) + half
    return result


def step(
    gates: Array, cs_prev: Array, peepholes: Peepholes | None, bias: float, clip: float
) -> Step:
    """Take a step.

    Args:
      gates: [batch, 4 * units], what goes into i, ci, f and o.
      cs_prev: [batch, units], the memory before.
      peepholes: the peepholes, None for none.
      bias: is added to what goes into f.
      clip: the greatest size of the memory; no bound if it is not positive.
    """
    into_i, into_ci, into_f, into_o = np.split(gates, 4, axis=1)
    into_f = into_f + gates.dtype.type(bias)
    if peepholes is not None:
        into_i = into_i + cs_prev * peepholes.input
        into_f = into_f + cs_prev * peepholes.forget
    i, f, ci = sigmoid(into_i), sigmoid(into_f), np.tanh(into_ci)
    cs = ci * i + cs_prev * f
    if clip > 0:
        cs = np.clip(cs, -clip, clip)
    if peepholes is not None:
        into_o = into_o + cs * peepholes.output
    o = sigmoid(into_o)
    co = np.tanh(cs)
    return Step(i, cs, f, o, ci, co, co * o)


def slopes(
    done: Step, cs_prev: Array, peepholes: Peepholes | None, cs_slope: Array, h_slope: Array
) -> Slopes:
    """Return the derivatives of a loss, given those by memory and output after a step.

    A bound on the memory is taken for none, as TensorFlow does.

    Args:
      done: what the step has computed.
      cs_prev: [batch, units], the memory before.
      peepholes: the peepholes, None for none.
      cs_slope: [batch, units], the derivatives by the memory.
      h_slope: [batch, units], the derivatives by the output.
    """
    i, cs, f, o, ci, co, _ = done
    into_o = o * (1 - o) * h_slope * co
    by_cs = (1 - co * co) * h_slope * o + cs_slope
    if peepholes is not None:
        by_cs += into_o * peepholes.output
    into_ci = (1 - ci * ci) * by_cs * i
    into_f = f * (1 - f) * by_cs * cs_prev
    into_i = i * (1 - i) * by_cs * ci
    gates = np.concatenate([into_i, into_ci, into_f, into_o], axis=1)
    by_cs_prev = by_cs * f
    if peepholes is None:
        return Slopes(by_cs_prev, gates, None)
    by_cs_prev += into_i * peepholes.input + into_f * peepholes.forget
    by_peepholes = into_i * cs_prev, into_f * cs_prev, into_o * cs
    return Slopes(by_cs_prev, gates, Peepholes(*[part.sum(axis=0) for part in by_peepholes]))
