"""`BlockLSTM` with its weights in another order, and without a bias of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops.lstm_block import BlockLSTM, BlockLSTMGrad

__all__ = ["BlockLSTMGradV2", "BlockLSTMV2"]

_W, _B = 4, 8  # places of the weights and the bias among the inputs
_BY_W, _BY_B = 3, 7  # and of their gradients among the outputs of the gradient
_CS, _H = 1, 6


def _exchanged(values: Array) -> Array:
    """Exchange the columns of the forget gate with those of what the input gate lets in."""
    i, one, other, o = np.split(values, 4, axis=-1)
    return np.concatenate([i, other, one, o], axis=-1)


def _with_exchanged(arrays: tuple[Array, ...], *places: int) -> list[Array]:
    return [_exchanged(a) if place in places else a for place, a in enumerate(arrays)]


def _sample_of(op: Op, sample: Sample) -> Sample:
    inputs = tuple(_with_exchanged(sample.inputs, _W, _B))
    return dataclasses.replace(sample, op=op, inputs=inputs)


@register
class BlockLSTMV2(Op):
    """All steps of a batch of sequences; the gates of the weights are i, f, ci and o."""

    cell_clip: float = 0.0
    use_peephole: bool = False

    makes_new = True
    inputs = BlockLSTM.inputs
    outputs = BlockLSTM.outputs
    types = BlockLSTM.types

    def _first(self) -> BlockLSTM:
        return BlockLSTM(0.0, self.cell_clip, self.use_peephole)

    def infer(self, *specs: TensorSpec) -> tuple[TensorSpec, ...]:
        return self._first().infer(*specs)

    def kernel(self, *arrays: Array) -> tuple[Array, ...]:
        return self._first().kernel(*_with_exchanged(arrays, _W, _B))

    def gradient(self, op: Operation, *grads: Tensor | None) -> list[Tensor | None]:
        cs_grad, h_grad = (
            ops.zeros_like(op.outputs[place]) if grads[place] is None else grads[place]
            for place in (_CS, _H)
        )
        found = apply_multi(
            BlockLSTMGradV2(self.use_peephole), *op.inputs, *op.outputs, cs_grad, h_grad
        )
        return [None, *found]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in BlockLSTM.samples():
            first: Any = sample.op
            yield _sample_of(cls(first.cell_clip, first.use_peephole), sample)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for error in BlockLSTM.errors():
            yield dataclasses.replace(error, op=cls())


@register
class BlockLSTMGradV2(Op):
    """The gradient of `BlockLSTMV2` by all its inputs but `seq_len_max`."""

    use_peephole: bool

    makes_new = True
    inputs = BlockLSTMGrad.inputs
    outputs = BlockLSTMGrad.outputs
    types = BlockLSTMGrad.types

    def infer(self, *specs: TensorSpec) -> tuple[TensorSpec, ...]:
        return BlockLSTMGrad(self.use_peephole).infer(*specs)

    def kernel(self, *arrays: Array) -> tuple[Array, ...]:
        found = BlockLSTMGrad(self.use_peephole).kernel(*_with_exchanged(arrays, _W, _B))
        return tuple(_with_exchanged(found, _BY_W, _BY_B))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in BlockLSTMGrad.samples():
            first: Any = sample.op
            yield _sample_of(cls(first.use_peephole), sample)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for error in BlockLSTMGrad.errors():
            yield dataclasses.replace(error, op=cls(True))
