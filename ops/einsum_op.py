"""Einstein summation as one operation, which graphs of other programs may hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import ascii_letters
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.dtypes import INDEX, INEXACT
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops._static import f32
from graphflow.ops.kernels.arrays import is_low_precision

__all__ = ["Einsum"]

Term = tuple[str, Tensor]


@register
class Einsum(Op):
    """The sums over products of one or two tensors that an equation describes."""

    equation: str

    inputs = "inputs: N*T"
    types: ClassVar[Any] = {"T": INEXACT | INDEX}
    uses_blas = True

    def _terms(self, count: int) -> tuple[list[str], str]:
        """The terms of the inputs and of the output."""
        left, arrow, output = self.equation.partition("->")
        terms = left.split(",")
        if not arrow or len(terms) != count or count > 2:
            raise ValueError(
                f"equation {self.equation!r} must have a term for each of {count} inputs (one or "
                "two), an arrow, and a term for the output"
            )
        return terms, output

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        terms, output = self._terms(len(inputs))
        sizes: dict[str, int | None] = {}
        batch = TensorShape.of(())
        for term, spec in zip(terms, inputs, strict=True):
            hidden, letters = self._dims(term, spec)
            batch = broadcast_shape(batch, hidden)
            for letter, size in letters:
                if sizes.setdefault(letter, size) is None:
                    sizes[letter] = size
                if size not in (None, sizes[letter]):
                    raise ValueError(f"{letter!r} stands for {sizes[letter]} and {size} elements")
        missing = [letter for letter in output.replace("...", "") if letter not in sizes]
        if missing:
            raise ValueError(f"{missing[0]!r} in the output of {self.equation!r} is in no input")
        before, dots, after = output.partition("...")
        first = TensorShape.of(tuple(sizes[letter] for letter in before))
        last = TensorShape.of(tuple(sizes[letter] for letter in after))
        if not dots:
            batch.assert_is_compatible_with(())
            batch = TensorShape.of(())
        return TensorSpec(first.concatenate(batch).concatenate(last), inputs[0].dtype.base_dtype)

    def _dims(self, term: str, spec: TensorSpec) -> tuple[TensorShape, list[Any]]:
        """The sizes of the axes that an ellipsis hides, and each letter with its size."""
        before, dots, after = term.partition("...")
        letters, dims = before + after, spec.shape.as_tuple()
        if dims is None:
            hidden = TensorShape.of(None if dots else ())
            return hidden, [(letter, None) for letter in letters]
        count = len(dims) - len(letters)
        if count < 0 or (count > 0 and not dots):
            raise ValueError(f"{term!r} in {self.equation!r} does not fit shape {spec.shape}")
        end = len(before) + count
        named = [*zip(before, dims, strict=False), *zip(after, dims[end:], strict=True)]
        return TensorShape.of(dims[len(before) : end]), named

    def kernel(self, *inputs: Array) -> Array:
        if not is_low_precision(inputs[0].dtype):
            return np.asarray(np.einsum(self.equation, *inputs, optimize=True))
        wide = [array.astype(np.float32) for array in inputs]
        return np.einsum(self.equation, *wide, optimize=True).astype(inputs[0].dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        terms, output = self._terms(len(op.inputs))
        pairs = list(zip(terms, op.inputs, strict=True))
        return [
            _input_gradient(pairs[index], pairs[:index] + pairs[index + 1 :], (output, grad))
            for index in range(len(pairs))
        ]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a, b = np.arange(6.0).reshape(2, 3) - 2, np.arange(12.0).reshape(3, 4) % 5
        for dtype in (np.float32, np.float64, np.complex64, np.complex128, np.int32):
            yield Sample.of(cls("ij,jk->ik"), [a.astype(dtype), b.astype(dtype)])
        for equation, values in (
            ("ij,jk->ki", [a + 1j, b * 1j]),
            ("bij,bkj->bik", [np.stack([a, 1 - a]), np.stack([a, a * a])]),
            ("ij,kj->k", [a, b.T]),
            ("i,j->ij", [a[0], b[1]]),
            ("ij->", [a]),
            ("ii->i", [b[:, :3]]),
            ("iij,j->", [np.arange(12.0).reshape(2, 2, 3), a[1]]),
            (",->", [np.float32(2), np.float32(3)]),
        ):
            yield Sample.of(cls(equation), values)
        note = "its gradient needs ranks"
        for equation, values in (
            ("...ij,jk->...ik", [np.stack([a, 1 - a]), b]),
            ("i...,...i->...", [np.stack([a, 1 - a]), f32([[1, 2], [3, 4], [5, 6]])]),
        ):
            inputs = [np.asarray(value, np.float64) for value in values]
            yield Sample.of(cls(equation), inputs, gradient=(), note=note)
        yield Sample.of(cls("ij,jk->ik"), [np.zeros((2, 0), np.float32), np.zeros((0, 3), "f")])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ones = np.ones((2, 3), np.float32)
        yield ErrorSample(cls("ij,jk->ik"), ([ones, ones],), "'j' stands for 3 and 2")
        yield ErrorSample(cls("ij,jk->ik"), ([ones],), "must have a term")
        yield ErrorSample(cls("i->i"), ([ones],), "does not fit shape")
        yield ErrorSample(cls("ij->k"), ([ones],), "is in no input")


def _input_gradient(pair: Term, others: Sequence[Term], result: Term) -> Tensor:
    """The gradient for one input, given the other ones and the gradient of the output."""
    term, x = pair
    factors = [result, *((text, ops.conj(tensor)) for text, tensor in others)]
    shape = ops.shape(x)
    before, dots, after = term.partition("...")
    letters = before + after
    unused = iter(sorted(set(ascii_letters) - set("".join([term, *(text for text, _ in factors)]))))
    target = ""
    for index, letter in enumerate(letters):
        size = shape[index if index < len(before) else index - len(letters)]
        if letter in target:
            # Only the diagonal has a gradient.
            again = next(unused)
            factors.append((letter + again, ops.eye(size, dtype=x.dtype.base_dtype)))
            letter = again
        elif all(letter not in text for text, _ in factors):
            factors.append((letter, ops.ones(ops.stack([size]), dtype=x.dtype.base_dtype)))
        target += letter
    has_batch = any("..." in text for text, _ in factors)
    equation = ",".join(text for text, _ in factors) + "->" + "..." * has_batch + target
    full = ops.einsum(equation, *(tensor for _, tensor in factors))
    return _fitted(full, x, len(before), len(after), bool(dots)) if has_batch else full


def _fitted(full: Tensor, x: Tensor, before: int, after: int, has_batch: bool) -> Tensor:
    """Sum over the axes along which an ellipsis was broadcast, and put the others in place."""
    named = before + after
    shape = ops.shape(x)
    rank = ops.rank(x)
    batch = shape[before : rank - after] if has_batch else shape[:0]
    axes, _ = ops.broadcast_gradient_args(batch, ops.shape(full)[: ops.rank(full) - named])
    ends = ops.concat([shape[:before], shape[rank - after :]], 0)
    grad = ops.reshape(ops.reduce_sum(full, axes), ops.concat([batch, ends], 0))
    if not before or not has_batch:
        return grad
    hidden = ops.range(rank - named)
    first = ops.range(rank - named, rank - after)
    return ops.transpose(grad, ops.concat([first, hidden, ops.range(rank - after, rank)], 0))
