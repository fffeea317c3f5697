"""Operations on the bits of integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import INTEGER, uint8 as _uint8
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import i32
from graphflow.ops.elementwise import Binary, BinaryOp, Unary, UnaryOp, binary_samples

__all__ = [
    "BitwiseAnd",
    "BitwiseOr",
    "BitwiseXor",
    "Invert",
    "LeftShift",
    "PopulationCount",
    "RightShift",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "population_count",
    "right_shift",
]


def _integer_samples(op: Any) -> Iterator[Sample]:
    x, y = np.asarray([[7, 3, 5], [2, 9, 4]]), np.asarray([[2, 3, 1], [3, 2, 3]])
    yield from binary_samples(op, INTEGER, x, y)
    yield Sample.of(op, i32([[-7, 2**31 - 1], [-(2**31), 12]]), i32([3, 1]))
    yield Sample.of(op, np.int64(-9), np.asarray([2, 0], np.int64))
    yield Sample.of(op, np.zeros((0, 3), np.int16), np.ones(3, np.int16))


def _integer_errors(op: Any) -> Iterator[ErrorSample]:
    yield ErrorSample(op, (np.ones((2, 3), np.int32), np.ones(4, np.int32)), "do not broadcast")
    yield ErrorSample(op, (np.ones(2), np.ones(2)), "dtype float64", TypeError)


class _Bitwise(Binary):
    """A ufunc of the bits of pairs of integers."""

    types: ClassVar[Any] = {"T": INTEGER}
    differentiable = False
    commutative = True

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _integer_samples(cls())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _integer_errors(cls())


@register
class BitwiseAnd(_Bitwise):
    """Bits that are set in both."""

    ufunc = np.bitwise_and


@register
class BitwiseOr(_Bitwise):
    """Bits that are set in one or both."""

    ufunc = np.bitwise_or


@register
class BitwiseXor(_Bitwise):
    """Bits that are set in one of the two only."""

    ufunc = np.bitwise_xor


class _Shift(BinaryOp):
    """Bits moved by a number of places, which is limited to those that there are."""

    types: ClassVar[Any] = {"T": INTEGER}
    differentiable = False
    has_out = True
    inplace = 0
    ufunc: ClassVar[np.ufunc]

    def kernel(self, x: Array, y: Array, /, out: Array | None = None) -> Array:
        last = 8 * np.dtype(x.dtype).itemsize - 1
        return self.ufunc(x, np.clip(y, 0, last), out=out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _integer_samples(cls())
        yield Sample.of(cls(), i32([-5, -5, 5, 5]), i32([-1, 40, 31, 32]))
        yield Sample.of(cls(), np.asarray([200, 201], np.uint8), np.asarray([9, 1], np.uint8))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _integer_errors(cls())


@register
class LeftShift(_Shift):
    """Bits moved towards the higher ones."""

    ufunc = np.left_shift


@register
class RightShift(_Shift):
    """Bits moved towards the lower ones; the sign stays."""

    ufunc = np.right_shift


_SET_BITS = np.asarray([bin(octet).count("1") for octet in range(256)], np.uint8)
_BITS = np.asarray([[0, 1, 0x55], [2, 127, 64]])


@register
class Invert(Unary):
    """Each bit flipped."""

    types: ClassVar[Any] = {"T": INTEGER}
    differentiable = False
    ufunc = np.invert

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in sorted(INTEGER, key=lambda item: item.name):
            yield Sample.of(cls(), _BITS.astype(dtype.numpy))
        yield Sample.of(cls(), np.int32(-(2**31)))


@register
class PopulationCount(UnaryOp):
    """How many bits are set."""

    types: ClassVar[Any] = {"T": INTEGER}
    differentiable = False

    def infer(self, x: TensorSpec, /) -> TensorSpec:
        return TensorSpec(x.shape, _uint8)

    def kernel(self, x: Array) -> Array:
        octets = np.ascontiguousarray(x)[..., None].view(np.uint8)
        return _SET_BITS[octets].sum(axis=-1, dtype=np.uint8).reshape(np.shape(x))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in sorted(INTEGER, key=lambda item: item.name):
            yield Sample.of(cls(), _BITS.astype(dtype.numpy))
        yield Sample.of(cls(), i32([-1, -(2**31), -7]))


def bitwise_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the bits that are set in both of two integers.

    Args:
      x: an integer tensor.
      y: a tensor of the same dtype whose shape broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the same dtype.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.bitwise.bitwise_and(0b1100, 0b0110)))
    4
    """
    return apply(BitwiseAnd(), x, y, name=name)


def bitwise_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the bits that are set in one or both of two integers, see `tf.bitwise.bitwise_and`.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.bitwise.bitwise_or(0b1100, 0b0110)))
    14
    """
    return apply(BitwiseOr(), x, y, name=name)


def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return the bits that are set in just one of two integers, see `tf.bitwise.bitwise_and`.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.bitwise.bitwise_xor(0b1100, 0b0110)))
    10
    """
    return apply(BitwiseXor(), x, y, name=name)


def invert(x: Any, name: str | None = None) -> Tensor:
    """Flip each bit.

    Args:
      x: an integer tensor.
      name: the operation's name.

    Returns:
      A tensor of the same dtype: `-1 - x` for signed integers.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.bitwise.invert(tf.constant([0, 5], tf.uint8)))
    array([255, 250], dtype=uint8)
    """
    return apply(Invert(), x, name=name)


def left_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Move bits towards the higher ones.

    Args:
      x: an integer tensor.
      y: a tensor of the same dtype whose shape broadcasts with that of `x`: by how many places,
        limited to 0 and the number of bits less one.
      name: the operation's name.

    Returns:
      A tensor of the same dtype; bits that leave it are lost.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.bitwise.left_shift(tf.constant([3, 200], tf.uint8), 1))
    array([  6, 144], dtype=uint8)
    """
    return apply(LeftShift(), x, y, name=name)


def right_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Move bits towards the lower ones; signed integers keep their sign.

    Args:
      x: an integer tensor.
      y: a tensor of the same dtype whose shape broadcasts with that of `x`: by how many places,
        limited to 0 and the number of bits less one.
      name: the operation's name.

    Returns:
      A tensor of the same dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.bitwise.right_shift([12, -12], [1, 2]))
    array([ 6, -3], dtype=int32)
    """
    return apply(RightShift(), x, y, name=name)


def population_count(x: Any, name: str | None = None) -> Tensor:
    """Count the bits that are set in each integer.

    Args:
      x: an integer tensor.
      name: the operation's name.

    Returns:
      A uint8 tensor of the shape of `x`.

    >>> import graphflow as tf
    >>> from graphflow.ops import population_count
    >>> tf.Session().run(population_count([7, -1, 0]))
    array([ 3, 32,  0], dtype=uint8)
    """
    return apply(PopulationCount(), x, name=name)
