"""Padding: with a constant, or with what lies inside, mirrored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import INDEX, NUMERIC
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._static import Ints, check_rank, f32, five_axes, i32, i64, invalid

__all__ = ["MirrorPad", "MirrorPadGrad", "Pad", "PadV2", "pad"]


class _Padding(Op):
    """What the padding ops share."""

    keeps_elements = True

    def infer(self, input: TensorSpec, paddings: TensorSpec, *values: TensorSpec) -> TensorSpec:
        for spec in values:
            check_rank("constant_values", spec, 0)
        widths = _known_widths(paddings, input.shape.rank)
        dims = input.shape.as_tuple()
        dtype = input.dtype.base_dtype
        if dims is None or widths is None:
            rank = input.shape.rank if widths is None else len(widths)
            return TensorSpec(unknown_shape(_rank_of(paddings) if rank is None else rank), dtype)
        self._check(widths, dims)
        sizes = tuple(
            None if size is None else size + before + after
            for size, (before, after) in zip(dims, widths, strict=True)
        )
        return TensorSpec(TensorShape.of(sizes), dtype)

    def _check(self, widths: Sequence[tuple[int, int]], dims: Ints) -> None:
        """Raise ValueError if a width does not fit the size of its axis."""

    def _checked(self, input: Array, paddings: Array) -> list[tuple[int, int]]:
        widths = [(int(before), int(after)) for before, after in paddings]
        try:
            _check_widths(widths)
            self._check(widths, np.shape(input))
        except ValueError as error:
            raise invalid(str(error)) from error
        return widths


def _rank_of(paddings: TensorSpec) -> int | None:
    dims = paddings.shape.as_tuple()
    return dims[0] if dims else None


def _known_widths(paddings: TensorSpec, rank: int | None) -> list[tuple[int, int]] | None:
    """The checked widths before and after each axis if the graph tells them."""
    dims = paddings.shape.as_tuple()
    if dims is not None and (
        len(dims) != 2
        or dims[1] not in (None, 2)
        or (None not in (rank, dims[0]) and dims[0] != rank)
    ):
        axes = "rank of the tensor" if rank is None else str(rank)
        raise ValueError(f"paddings must have shape ({axes}, 2), it has {paddings.shape}")
    value = paddings.value
    if value is None:
        return None
    widths = [(int(before), int(after)) for before, after in value]
    _check_widths(widths)
    return widths


def _check_widths(widths: Sequence[tuple[int, int]]) -> None:
    if any(before < 0 or after < 0 for before, after in widths):
        raise ValueError(f"paddings must not be negative: {list(widths)}")


class _ConstantPadding(_Padding):
    """Padding with one value."""

    def _padded(self, input: Array, paddings: Array, value: Any, out: Array | None) -> Array:
        widths = self._checked(input, paddings)
        if out is None:
            sizes = [
                n + before + after for n, (before, after) in zip(input.shape, widths, strict=True)
            ]
            out = np.empty(sizes, input.dtype)
        out[...] = value
        inner = tuple(
            slice(before, before + n) for n, (before, _) in zip(input.shape, widths, strict=True)
        )
        out[inner] = input
        return out

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, paddings = op.inputs[:2]
        before = ops.slice(paddings, [0, 0], ops.stack([ops.rank(x), 1]))
        begin = ops.reshape(before, [-1])
        inner = ops.slice(grad, begin, ops.shape(x, out_type=paddings.dtype))
        return [inner, *[None] * (len(op.inputs) - 1)]


@register
class Pad(_ConstantPadding):
    """A tensor with zeros around it."""

    inputs = "input: T, paddings: Tpaddings"
    types = {"Tpaddings": INDEX}
    has_out = True

    def kernel(self, input: Array, paddings: Array, out: Array | None = None) -> Array:
        zero = b"" if input.dtype == object else 0
        return self._padded(input, paddings, zero, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([[0, 1], [1, 0], [0, 0], [2, 0], [0, 1]]))
        a = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
        yield Sample.of(cls(), a, i32([[1, 0], [0, 2]]))
        yield Sample.of(cls(), a, i64([[0, 0], [3, 1]]))
        yield Sample.of(cls(), np.zeros((0, 1), np.int32), i32([[1, 1], [0, 1]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([[1, 0]])), "paddings must have shape")
        yield ErrorSample(cls(), (a, i32([[1, 0], [0, -1]])), "must not be negative")


@register
class PadV2(_ConstantPadding):
    """A tensor with one value around it."""

    inputs = "input: T, paddings: Tpaddings, constant_values: T"
    types = {"Tpaddings": INDEX}
    has_out = True

    def kernel(
        self, input: Array, paddings: Array, constant_values: Array, out: Array | None = None
    ) -> Array:
        return self._padded(input, paddings, constant_values, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
        note = "like TensorFlow, no gradient for the value"
        widths = i32([[1, 0], [0, 2]])
        yield Sample.of(cls(), a, widths, np.float32(9), gradient=(0,), note=note)
        yield Sample.of(cls(), i32([4]), i32([[2, 1]]), np.int32(-5))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([[1, 0], [0, 1]]), f32([1])), "must be a scalar")


_NUMPY_MODES: dict[str, Any] = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}
_MODES = tuple(_NUMPY_MODES)


@register
class MirrorPad(_Padding):
    """A tensor with its own elements mirrored around it."""

    mode: str

    makes_new = True
    inputs = "input: T, paddings: Tpaddings"
    types = {"Tpaddings": INDEX}

    def _check(self, widths: Sequence[tuple[int, int]], dims: Ints) -> None:
        if self.mode not in _MODES:
            raise ValueError(f"mode is REFLECT or SYMMETRIC, not {self.mode!r}")
        border = 1 if self.mode == "REFLECT" else 0
        for axis, ((before, after), size) in enumerate(zip(widths, dims, strict=True)):
            if size is not None and max(before, after) > max(size - border, 0):
                raise ValueError(
                    f"paddings {(before, after)} of axis {axis} exceed what can be mirrored: "
                    f"{max(size - border, 0)} elements"
                )

    def kernel(self, input: Array, paddings: Array) -> Array:
        widths = self._checked(input, paddings)
        return np.pad(input, widths, mode=_NUMPY_MODES[self.mode]) if widths else input

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return apply(MirrorPadGrad(self.mode), grad, op.inputs[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        deep = i32([[0, 1], [1, 0], [0, 0], [2, 0], [0, 1]])
        yield Sample.of(cls("SYMMETRIC"), five_axes(), deep)
        a = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
        for mode in _MODES:
            yield Sample.of(cls(mode), a, i32([[1, 0], [2, 1]]))
        yield Sample.of(cls("SYMMETRIC"), i32([4, 5]), i64([[2, 1]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls("REFLECT"), (a, i32([[2, 0], [0, 1]])), "exceed what can be mirrored")
        yield ErrorSample(cls("WRAP"), (a, i32([[1, 0], [0, 1]])), "mode is REFLECT or SYMMETRIC")


def _fold(rows: Array, before: int, after: int, border: int) -> None:
    """Add the first and the last rows to those inside that they mirror.

    Args:
      rows: [before + n + after, ...], of which the n rows inside are changed.
      before: the number of rows before the n ones inside.
      after: the number of rows behind them.
      border: how many rows at either end of the inside are not mirrored.

    >>> rows = np.asarray([1, 2, 10, 20, 30, 3])
    >>> _fold(rows, 2, 1, 1)
    >>> rows[2:5]
    array([10, 25, 31])
    """
    start, stop = before + border, len(rows) - after - border
    rows[start : start + before] += rows[:before][::-1]
    rows[stop - after : stop] += rows[len(rows) - after :][::-1]


@register
class MirrorPadGrad(Op):
    """The gradient of MirrorPad: what was mirrored outside is added back inside."""

    mode: str

    makes_new = True
    inputs = "input: T, paddings: Tpaddings"
    types = {"T": NUMERIC, "Tpaddings": INDEX}

    def infer(self, input: TensorSpec, paddings: TensorSpec) -> TensorSpec:
        widths = _known_widths(paddings, input.shape.rank)
        dims = input.shape.as_tuple()
        if dims is None or widths is None:
            return TensorSpec(unknown_shape(input.shape.rank), input.dtype.base_dtype)
        sizes = tuple(
            None if size is None else size - before - after
            for size, (before, after) in zip(dims, widths, strict=True)
        )
        if any(size is not None and size < 0 for size in sizes):
            raise ValueError(f"paddings {widths} exceed the shape {input.shape}")
        return TensorSpec(TensorShape.of(sizes), input.dtype.base_dtype)

    def kernel(self, input: Array, paddings: Array) -> Array:
        widths = [(int(before), int(after)) for before, after in paddings]
        border = 1 if self.mode == "REFLECT" else 0
        folded = input.copy()
        for axis, (before, after) in enumerate(widths):
            _fold(np.moveaxis(folded, axis, 0), before, after, border)
        sizes = zip(input.shape, widths, strict=True)
        inside = (*(slice(before, size - after) for size, (before, after) in sizes), ...)
        return folded[inside]

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return apply(MirrorPad(self.mode), grad, op.inputs[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(12, dtype=np.float32).reshape(2, 6) + 1
        for mode in _MODES:
            yield Sample.of(cls(mode), a, i32([[0, 0], [2, 1]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls("REFLECT"), (a, i32([[1, 0]])), "paddings must have shape")
        yield ErrorSample(cls("REFLECT"), (a, i32([[1, 2], [0, 0]])), "exceed the shape")


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """Put elements before and after a tensor along its axes.

    Args:
      tensor: a tensor of any dtype.
      paddings: int32 or int64 matrix [rank, 2]: how many before and after along each axis.
      mode: "CONSTANT"; "REFLECT", which mirrors at the border elements; or "SYMMETRIC", which
        mirrors at the border and shows the border elements again. Case does not matter.
      name: the operation's name.
      constant_values: scalar of the dtype of `tensor`, for mode "CONSTANT".

    Returns:
      A tensor of the same dtype.

    Raises:
      ValueError: the mode is not known, or the paddings do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.pad([[1, 2, 3]], [[0, 1], [2, 0]]))
    array([[0, 0, 1, 2, 3],
           [0, 0, 0, 0, 0]], dtype=int32)
    >>> tf.Session().run(tf.pad([1, 2, 3], [[2, 1]], "REFLECT"))
    array([3, 2, 1, 2, 3, 2], dtype=int32)
    """
    kind = mode.upper()
    if kind in _MODES:
        return apply(MirrorPad(kind), tensor, paddings, name=name)
    if kind != "CONSTANT":
        raise ValueError(f"mode is CONSTANT, REFLECT or SYMMETRIC, not {mode!r}")
    if not isinstance(constant_values, Tensor) and np.all(constant_values == 0):
        return apply(Pad(), tensor, paddings, name=name)
    return apply(PadV2(), tensor, paddings, constant_values, name=name)
