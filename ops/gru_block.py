"""A step of gated recurrent units in one op."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.dtypes import dtype_set
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, dimension_at_index
from graphflow.ops._static import check_rank
from graphflow.ops.kernels.lstm import sigmoid

__all__ = ["GRUBlockCell", "GRUBlockCellGrad"]

_INPUTS = "x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T"
_H = 3


@dataclass(frozen=True, eq=False, repr=False)
class _GRUBlock(Op):
    """Types, shapes and samples of the op and its gradient."""

    types: ClassVar[Any] = {"T": dtype_set("float32")}

    def _shapes(
        self,
        x: TensorSpec,
        h_prev: TensorSpec,
        w_ru: TensorSpec,
        w_c: TensorSpec,
        b_ru: TensorSpec,
        b_c: TensorSpec,
    ) -> tuple[TensorShape, TensorShape]:
        """The shapes [batch, depth] and [batch, units] of inputs and state."""
        check_rank("x", x, 2)
        check_rank("h_prev", h_prev, 2)
        batch, depth = dimension_at_index(x.shape, 0), dimension_at_index(x.shape, 1)
        state = _merged("h_prev", h_prev, [batch, None])
        units = state[1]
        _merged("w_ru", w_ru, [depth + units, 2 * units])
        _merged("w_c", w_c, [depth + units, units])
        _merged("b_ru", b_ru, [2 * units])
        _merged("b_c", b_c, [units])
        return TensorShape([state[0], depth]), state

    @classmethod
    def _values(cls) -> list[Array]:
        random = np.random.RandomState(9)
        shapes: list[tuple[int, ...]] = [(2, 3), (2, 4), (7, 8), (7, 4), (8,), (4,)]
        return [random.normal(size=shape).astype(np.float32) for shape in shapes]

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values = cls._values()
        more = values[1:2] * (len(cls.input_args()) - len(values))
        for place, message in ((0, "x must be"), (1, "h_prev must be"), (2, "w_ru"), (5, "b_c")):
            wrong = [*values[:place], np.ones([5], np.float32), *values[place + 1 :]]
            yield ErrorSample(cls(), (*wrong, *more), message)


def _merged(name: str, spec: TensorSpec, shape: list[Any]) -> TensorShape:
    try:
        return spec.shape.merge_with(TensorShape(shape))
    except ValueError as error:
        raise ValueError(
            f"{name} must have shape {TensorShape(shape)}, it has {spec.shape}"
        ) from error


@register
class GRUBlockCell(_GRUBlock):
    """One step of a cell: gates r and u, candidate c and new state h."""

    makes_new = True
    inputs = _INPUTS
    outputs = "r, u, c, h"

    def infer(self, *specs: TensorSpec) -> tuple[TensorSpec, ...]:
        _, state = self._shapes(*specs)
        return (TensorSpec(state, specs[0].dtype.base_dtype),) * 4

    def kernel(
        self, x: Array, h_prev: Array, w_ru: Array, w_c: Array, b_ru: Array, b_c: Array
    ) -> tuple[Array, ...]:
        gates = sigmoid(np.concatenate([x, h_prev], axis=1) @ w_ru + b_ru)
        r, u = np.split(gates, 2, axis=1)
        c = np.tanh(np.concatenate([x, r * h_prev], axis=1) @ w_c + b_c)
        return np.ascontiguousarray(r), np.ascontiguousarray(u), c, u * h_prev + (1 - u) * c

    def gradient(self, op: Operation, *grads: Tensor | None) -> list[Tensor | None]:
        x, h_prev, *_ = op.inputs
        r, u, c, h = op.outputs
        # The gates have no gradient in TensorFlow, whose cell gives out the state alone.
        h_grad = grads[_H]
        if h_grad is None:
            h_grad = ops.zeros_like(h)
        by_x, by_h, by_c, by_gates = apply_multi(GRUBlockCellGrad(), *op.inputs, r, u, c, h_grad)
        by_w_ru = ops.matmul(ops.concat([x, h_prev], 1), by_gates, transpose_a=True)
        by_w_c = ops.matmul(ops.concat([x, r * h_prev], 1), by_c, transpose_a=True)
        return [
            by_x,
            by_h,
            by_w_ru,
            by_w_c,
            ops.reduce_sum(by_gates, 0),
            ops.reduce_sum(by_c, 0),
        ]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), *cls._values(), gradient_outputs=(_H,), note="as in TensorFlow")


@register
class GRUBlockCellGrad(_GRUBlock):
    """The gradient of `GRUBlockCell` by inputs, state, and what goes into candidate and gates."""

    makes_new = True
    inputs = f"{_INPUTS}, r: T, u: T, c: T, d_h: T"
    outputs = "d_x, d_h_prev, d_c_bar, d_r_bar_u_bar"

    def infer(self, *specs: TensorSpec) -> tuple[TensorSpec, ...]:
        inputs, state = self._shapes(*specs[:6])
        gates = TensorShape([state[0], 2 * state[1]])
        dtype = specs[0].dtype.base_dtype
        return tuple(TensorSpec(shape, dtype) for shape in (inputs, state, state, gates))

    def kernel(
        self,
        x: Array,
        h_prev: Array,
        w_ru: Array,
        w_c: Array,
        b_ru: Array,
        b_c: Array,
        r: Array,
        u: Array,
        c: Array,
        d_h: Array,
    ) -> tuple[Array, ...]:
        depth = x.shape[1]
        into_c = d_h * (1 - u) * (1 - c * c)
        by_kept = into_c @ w_c[depth:].T  # by r * h_prev
        into_u = d_h * (h_prev - c) * u * (1 - u)
        into_r = by_kept * h_prev * r * (1 - r)
        gates = np.concatenate([into_r, into_u], axis=1)
        by_x = gates @ w_ru[:depth].T + into_c @ w_c[:depth].T
        by_h = gates @ w_ru[depth:].T + by_kept * r + d_h * u
        return by_x, by_h, into_c, gates

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = cls._values()
        r, u, c, h = GRUBlockCell().kernel(*values)
        yield Sample.of(cls(), *values, r, u, c, np.cos(h))
