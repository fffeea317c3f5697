"""Long short-term memory in one op: a step, or all steps of a batch of sequences."""

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
from graphflow.ops.kernels import lstm
from graphflow.ops.kernels.arrays import widened

__all__ = ["BlockLSTM", "BlockLSTMGrad", "LSTMBlockCell", "LSTMBlockCellGrad"]

_TYPES = {"T": dtype_set("float16 float32")}
_PARTS = "i, cs, f, o, ci, co, h"
_WEIGHTS = "w: T, wci: T, wcf: T, wco: T, b: T"
_DONE = "i: T, cs: T, f: T, o: T, ci: T, co: T"
# The gates have no gradient in TensorFlow, whose cells give out memory and output alone.
_CS, _H = 1, 6


def _merged(name: str, spec: TensorSpec, shape: TensorShape) -> TensorShape:
    """What is known of an input's shape when it must be another one."""
    try:
        return spec.shape.merge_with(shape)
    except ValueError as error:
        raise ValueError(f"{name} must have shape {shape}, it has {spec.shape}") from error


def _check_weights(units: Any, depth: Any, **weights: TensorSpec) -> None:
    """Check the shapes of the weights of cells for `units` and inputs of a depth."""
    _merged("w", weights["w"], TensorShape([depth + units, 4 * units]))
    _merged("b", weights["b"], TensorShape([4 * units]))
    for name in ("wci", "wcf", "wco"):
        _merged(name, weights[name], TensorShape([units]))


def _state_shape(batch: Any, cs_prev: TensorSpec, h_prev: TensorSpec) -> TensorShape:
    """The shape [batch, units] of memory and output."""
    check_rank("cs_prev", cs_prev, 2)
    check_rank("h_prev", h_prev, 2)
    shape = _merged("cs_prev", cs_prev, TensorShape([batch, None]))
    return _merged("h_prev", h_prev, shape)


@dataclass(frozen=True, eq=False, repr=False)
class _Forward(Op):
    """What the ops have in common that compute outputs."""

    forget_bias: float = 1.0
    cell_clip: float = 3.0
    use_peephole: bool = False

    types: ClassVar[Any] = _TYPES
    outputs = _PARTS

    def _step(self, gates: Array, cs_prev: Array, wci: Array, wcf: Array, wco: Array) -> lstm.Step:
        peepholes = _peepholes(self.use_peephole, wci, wcf, wco)
        return lstm.step(gates, cs_prev, peepholes, self.forget_bias, self.cell_clip)


def _peepholes(are_used: bool, *weights: Array) -> lstm.Peepholes | None:
    return lstm.Peepholes(*map(widened, weights)) if are_used else None


def _sample_values(steps: int | None, dtype: Any) -> dict[str, Array]:
    """Inputs of ops for 2 examples of 3 numbers and 4 units."""
    random = np.random.RandomState(7)
    lead = [] if steps is None else [steps]
    shapes: dict[str, list[int]] = {
        "x": [*lead, 2, 3], "cs_prev": [2, 4], "h_prev": [2, 4], "w": [7, 16],
        "wci": [4], "wcf": [4], "wco": [4], "b": [16],
    }  # fmt: skip
    return {name: random.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


@register
class LSTMBlockCell(_Forward):
    """One step of a cell."""

    makes_new = True
    inputs = f"x: T, cs_prev: T, h_prev: T, {_WEIGHTS}"

    def infer(
        self, x: TensorSpec, cs_prev: TensorSpec, h_prev: TensorSpec, *weights: TensorSpec
    ) -> tuple[TensorSpec, ...]:
        check_rank("x", x, 2)
        state = _state_shape(dimension_at_index(x.shape, 0), cs_prev, h_prev)
        names = ("w", "wci", "wcf", "wco", "b")
        _check_weights(
            state[1], dimension_at_index(x.shape, 1), **dict(zip(names, weights, strict=True))
        )
        return (TensorSpec(state, x.dtype.base_dtype),) * 7

    def kernel(
        self,
        x: Array,
        cs_prev: Array,
        h_prev: Array,
        w: Array,
        wci: Array,
        wcf: Array,
        wco: Array,
        b: Array,
    ) -> tuple[Array, ...]:
        gates = np.concatenate([widened(x), widened(h_prev)], axis=1) @ widened(w) + widened(b)
        done = self._step(gates, widened(cs_prev), wci, wcf, wco)
        return tuple(part.astype(x.dtype, copy=False) for part in done)

    def gradient(self, op: Operation, *grads: Tensor | None) -> list[Tensor | None]:
        x, cs_prev, h_prev, w, wci, wcf, wco, b = op.inputs
        cs_grad, h_grad = (_or_zeros(grads[place], op.outputs[place]) for place in (_CS, _H))
        by_cs, by_gates, *by_peepholes = apply_multi(
            LSTMBlockCellGrad(self.use_peephole),
            *(x, cs_prev, h_prev, w, wci, wcf, wco, b, *op.outputs[:_H], cs_grad, h_grad),
        )
        by_xh = ops.matmul(by_gates, w, transpose_b=True)
        depth: Any = dimension_at_index(x.shape, 1).value
        if depth is None:
            depth = ops.shape(x)[1]
        by_x, by_h = by_xh[:, :depth], by_xh[:, depth:]
        by_w = ops.matmul(ops.concat([x, h_prev], 1), by_gates, transpose_a=True)
        return [by_x, by_cs, by_h, by_w, *by_peepholes, ops.reduce_sum(by_gates, 0)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.float16):
            for op in (cls(), cls(0.5, -1.0, True), cls(cell_clip=0.25, use_peephole=True)):
                yield Sample.of(
                    op,
                    *_sample_values(None, dtype).values(),
                    gradient=() if dtype is np.float16 or op.cell_clip == 0.25 else None,
                    gradient_outputs=(_CS, _H),
                    rtol=2e-2 if dtype is np.float16 else None,
                    atol=2e-2 if dtype is np.float16 else None,
                    note="the gradient takes the bound on the memory for none, as TensorFlow does",
                )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values = _sample_values(None, np.float32)
        for name, message in (
            ("x", "x must be a matrix"), ("w", "w must have shape"), ("b", "b must have shape"),
            ("wcf", "wcf must have shape"), ("h_prev", "h_prev must be"),
        ):  # fmt: skip
            wrong = {**values, name: np.ones([5], np.float32)}
            yield ErrorSample(cls(), tuple(wrong.values()), message)


def _or_zeros(grad: Tensor | None, like: Tensor) -> Tensor:
    return ops.zeros_like(like) if grad is None else grad


@register
class LSTMBlockCellGrad(Op):
    """The gradient of `LSTMBlockCell` by the memory, the gates and the peepholes."""

    use_peephole: bool

    makes_new = True
    inputs = f"x: T, cs_prev: T, h_prev: T, {_WEIGHTS}, {_DONE}, cs_grad: T, h_grad: T"
    outputs = "cs_prev_grad, dicfo, wci_grad, wcf_grad, wco_grad"
    types: ClassVar[Any] = _TYPES

    def infer(self, x: TensorSpec, *others: TensorSpec) -> tuple[TensorSpec, ...]:
        cs_prev, h_prev = others[:2]
        state = _state_shape(dimension_at_index(x.shape, 0), cs_prev, h_prev)
        gates = TensorShape([state[0], 4 * state[1]])
        dtype = x.dtype.base_dtype
        return (
            TensorSpec(state, dtype),
            TensorSpec(gates, dtype),
            *[TensorSpec(TensorShape([state[1]]), dtype)] * 3,
        )

    def kernel(
        self,
        x: Array,
        cs_prev: Array,
        h_prev: Array,
        w: Array,
        wci: Array,
        wcf: Array,
        wco: Array,
        b: Array,
        *done_and_slopes: Array,
    ) -> tuple[Array, ...]:
        i, cs, f, o, ci, co, cs_grad, h_grad = map(widened, done_and_slopes)
        found = lstm.slopes(
            lstm.Step(i, cs, f, o, ci, co, co * o),
            widened(cs_prev),
            _peepholes(self.use_peephole, wci, wcf, wco),
            cs_grad,
            h_grad,
        )
        by_peepholes = found.peepholes or map(np.zeros_like, (wci, wcf, wco))
        parts = (found.cs_prev, found.gates, *by_peepholes)
        return tuple(part.astype(x.dtype, copy=False) for part in parts)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.float16):
            for use_peephole in (False, True):
                values = _sample_values(None, dtype)
                done = LSTMBlockCell(use_peephole=use_peephole).kernel(**values)
                slopes = np.cos(done[0]), np.sin(done[1])
                yield Sample.of(
                    cls(use_peephole),
                    *(*values.values(), *done[:_H], *slopes),
                    rtol=2e-2 if dtype is np.float16 else None,
                    atol=2e-2 if dtype is np.float16 else None,
                )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.ones([5], np.float32)
        yield ErrorSample(cls(True), (one,) * len(cls.input_args()), "cs_prev must be")


@register
class BlockLSTM(_Forward):
    """All steps of a batch of sequences; those from `seq_len_max` on give zeros."""

    makes_new = True
    inputs = f"seq_len_max: int64, x: T, cs_prev: T, h_prev: T, {_WEIGHTS}"

    def infer(
        self,
        seq_len_max: TensorSpec,
        x: TensorSpec,
        cs_prev: TensorSpec,
        h_prev: TensorSpec,
        *weights: TensorSpec,
    ) -> tuple[TensorSpec, ...]:
        check_rank("seq_len_max", seq_len_max, 0)
        check_rank("x", x, 3)
        state = _state_shape(dimension_at_index(x.shape, 1), cs_prev, h_prev)
        names = ("w", "wci", "wcf", "wco", "b")
        _check_weights(
            state[1], dimension_at_index(x.shape, 2), **dict(zip(names, weights, strict=True))
        )
        shape = TensorShape([dimension_at_index(x.shape, 0)]).concatenate(state)
        return (TensorSpec(shape, x.dtype.base_dtype),) * 7

    def kernel(
        self,
        seq_len_max: Array,
        x: Array,
        cs_prev: Array,
        h_prev: Array,
        w: Array,
        wci: Array,
        wcf: Array,
        wco: Array,
        b: Array,
    ) -> tuple[Array, ...]:
        steps, depth = min(int(seq_len_max), len(x)), x.shape[2]
        found = [np.zeros((*x.shape[:2], cs_prev.shape[1]), x.dtype) for _ in range(7)]
        cs, h, weights = widened(cs_prev), widened(h_prev), widened(w)
        from_inputs = widened(x[:steps]) @ weights[:depth] + widened(b)
        for time, gates in enumerate(from_inputs):
            done = self._step(gates + h @ weights[depth:], cs, wci, wcf, wco)
            cs, h = done.cs, done.h
            for part, value in zip(found, done, strict=True):
                part[time] = value
        return tuple(found)

    def gradient(self, op: Operation, *grads: Tensor | None) -> list[Tensor | None]:
        cs_grad, h_grad = (_or_zeros(grads[place], op.outputs[place]) for place in (_CS, _H))
        found = apply_multi(
            BlockLSTMGrad(self.use_peephole), *op.inputs, *op.outputs, cs_grad, h_grad
        )
        return [None, *found]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.float16):
            peepholes = cls(0.5, -1.0, True)
            for op, steps in (
                (cls(), 3), (peepholes, 3), (peepholes, 2), (cls(cell_clip=0.25), 3)
            ):  # fmt: skip
                yield Sample.of(
                    op,
                    *(np.int64(steps), *_sample_values(3, dtype).values()),
                    gradient=() if dtype is np.float16 or op.cell_clip == 0.25 else None,
                    gradient_outputs=(_CS, _H),
                    oracle=steps == 3,
                    rtol=2e-2 if dtype is np.float16 else None,
                    atol=2e-2 if dtype is np.float16 else None,
                    note="the gradient takes the bound on the memory for none, as TensorFlow does, "
                    "which leaves the gates after the last step as it finds them",
                )

        yield Sample.of(cls(), np.int64(0), *_sample_values(0, np.float32).values())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values = _sample_values(3, np.float32)
        for name, message in (
            ("x", "x must be of rank 3"), ("w", "w must have"), ("cs_prev", "cs_prev must be"),
        ):  # fmt: skip
            wrong = {**values, name: np.ones([5], np.float32)}
            yield ErrorSample(cls(), (np.int64(3), *wrong.values()), message)


@register
class BlockLSTMGrad(Op):
    """The gradient of `BlockLSTM` by all its inputs but `seq_len_max`."""

    use_peephole: bool

    makes_new = True
    inputs = (
        f"seq_len_max: int64, x: T, cs_prev: T, h_prev: T, {_WEIGHTS}, {_DONE}, h: T, "
        "cs_grad: T, h_grad: T"
    )
    outputs = "x_grad, cs_prev_grad, h_prev_grad, w_grad, wci_grad, wcf_grad, wco_grad, b_grad"
    types: ClassVar[Any] = _TYPES

    def infer(self, seq_len_max: TensorSpec, *others: TensorSpec) -> tuple[TensorSpec, ...]:
        check_rank("seq_len_max", seq_len_max, 0)
        check_rank("x", others[0], 3)
        ranks = (3, 2, 2, 2, 1, 1, 1, 1)
        return tuple(
            TensorSpec(spec.shape.with_rank(rank), spec.dtype.base_dtype)
            for spec, rank in zip(others[:8], ranks, strict=True)
        )

    def kernel(
        self,
        seq_len_max: Array,
        x: Array,
        cs_prev: Array,
        h_prev: Array,
        w: Array,
        wci: Array,
        wcf: Array,
        wco: Array,
        b: Array,
        *done_and_slopes: Array,
    ) -> tuple[Array, ...]:
        steps, depth = min(int(seq_len_max), len(x)), x.shape[2]
        *done, cs_grad, h_grad = (widened(part[:steps]) for part in done_and_slopes)
        peepholes = _peepholes(self.use_peephole, wci, wcf, wco)
        weights = widened(w)
        memories = np.concatenate([widened(cs_prev)[None], done[1]])
        gates = np.zeros((steps, x.shape[1], len(b)), weights.dtype)
        by_peepholes = [np.zeros_like(widened(weight)) for weight in (wci, wcf, wco)]
        by_cs, by_h = np.zeros_like(memories[0]), np.zeros_like(memories[0])
        for time in reversed(range(steps)):
            here = lstm.Step(*(part[time] for part in done))
            found = lstm.slopes(
                here, memories[time], peepholes, cs_grad[time] + by_cs, h_grad[time] + by_h
            )
            gates[time] = found.gates
            by_cs, by_h = found.cs_prev, found.gates @ weights[depth:].T
            if found.peepholes is not None:
                by_peepholes = list(map(np.add, by_peepholes, found.peepholes))
        by_x = np.zeros(x.shape, weights.dtype)
        by_x[:steps] = gates @ weights[:depth].T
        outputs = np.concatenate([widened(h_prev)[None], done[6]])[:steps]
        into = np.concatenate([widened(x[:steps]), outputs], axis=2)
        by_w = np.tensordot(into, gates, axes=([0, 1], [0, 1]))
        parts = (by_x, by_cs, by_h, by_w, *by_peepholes, gates.sum(axis=(0, 1)))
        return tuple(part.astype(x.dtype, copy=False) for part in parts)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.float16):
            for use_peephole, steps in ((False, 3), (True, 2)):
                values = _sample_values(3, dtype)
                length = np.int64(steps)
                done = BlockLSTM(use_peephole=use_peephole).kernel(length, **values)
                yield Sample.of(
                    cls(use_peephole),
                    *(length, *values.values(), *done, np.cos(done[0]), np.sin(done[1])),
                    rtol=2e-2 if dtype is np.float16 else None,
                    atol=5e-2 if dtype is np.float16 else None,
                )

        values, nothing = _sample_values(0, np.float32), np.zeros((0, 2, 4), np.float32)
        yield Sample.of(cls(True), np.int64(0), *values.values(), *[nothing] * 9)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.ones([5], np.float32)
        inputs = (np.int64(3), *(one,) * (len(cls.input_args()) - 1))
        yield ErrorSample(cls(True), inputs, "x must be of rank 3")
