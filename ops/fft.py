"""Discrete Fourier transforms over the last one, two or three axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import COMPLEX, DType, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import Ints, as_tuple, f32, i32, invalid, known_ints
from graphflow.ops.elementwise import number

__all__ = [
    "FFT",
    "FFT2D",
    "FFT3D",
    "IFFT",
    "IFFT2D",
    "IFFT3D",
    "IRFFT",
    "IRFFT2D",
    "IRFFT3D",
    "RFFT",
    "RFFT2D",
    "RFFT3D",
    "fft",
    "fft2d",
    "fft3d",
    "ifft",
    "ifft2d",
    "ifft3d",
    "irfft",
    "irfft2d",
    "irfft3d",
    "rfft",
    "rfft2d",
    "rfft3d",
]


def _transform(function: str, x: Array, rank: int, lengths: Sequence[int] | None = None) -> Array:
    """Call a function of scipy.fft, which keeps single precision."""
    import scipy.fft

    axes = tuple(range(-rank, 0))
    return getattr(scipy.fft, function)(x, s=lengths, axes=axes)


# -- complex transforms ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Complex(Op):
    """A transform of complex numbers, of the input's shape."""

    inputs = "input: Tcomplex"
    types: ClassVar[Any] = {"Tcomplex": COMPLEX}
    transform_rank: ClassVar[int]
    function_name: ClassVar[str]

    def infer(self, input: TensorSpec) -> TensorSpec:
        shape = input.shape.with_rank_at_least(self.transform_rank)
        return TensorSpec(shape, input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        if input.size == 0:
            return np.zeros_like(input)
        return _transform(self.function_name, input, self.transform_rank)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        shape = (2, 3, 4)[3 - cls.transform_rank :]
        size = int(np.prod(shape))
        values = (np.arange(size) * 7 % 5 - 1.5j * (np.arange(size) * 3 % 7)).reshape(shape)
        for dtype in (np.complex64, np.complex128):
            yield Sample.of(cls(), values.astype(dtype))
        yield Sample.of(cls(), np.stack([values, values[..., ::-1] * 1j]))
        yield Sample.of(cls(), np.zeros((2, *shape[:-1], 0), np.complex64))
        yield Sample.of(cls(), np.full(shape, np.nan, np.complex64), gradient=(), note="NaN")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        rank = cls.transform_rank
        yield ErrorSample(cls(), (np.ones((1,) * (rank - 1), np.complex64),), "rank")
        yield ErrorSample(cls(), (np.ones((1,) * rank, np.float32),), "dtype float32", TypeError)


class _Forward(_Complex):
    """A transform; its adjoint is the inverse times the number of elements."""

    function_name = "fftn"
    inverse: ClassVar[type[Op]]

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        size = _transform_size(grad, self.transform_rank)
        return ops.multiply(apply(self.inverse(), grad), size)


class _Inverse(_Complex):
    """An inverse transform."""

    function_name = "ifftn"
    forward: ClassVar[type[Op]]

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        size = ops.reciprocal(_transform_size(grad, self.transform_rank))
        return ops.multiply(apply(self.forward(), grad), size)


def _transform_size(x: Tensor, rank: int) -> Tensor:
    """The number of elements of each transform, in the dtype of x."""
    return ops.cast(ops.reduce_prod(ops.shape(x)[-rank:]), x.dtype.base_dtype)


@register
class IFFT(_Inverse):
    """The inverse transform over the last axis."""

    transform_rank = 1


@register
class IFFT2D(_Inverse):
    """The inverse transform over the last two axes."""

    transform_rank = 2


@register
class IFFT3D(_Inverse):
    """The inverse transform over the last three axes."""

    transform_rank = 3


@register
class FFT(_Forward):
    """The transform over the last axis."""

    transform_rank = 1
    inverse = IFFT


@register
class FFT2D(_Forward):
    """The transform over the last two axes."""

    transform_rank = 2
    inverse = IFFT2D


@register
class FFT3D(_Forward):
    """The transform over the last three axes."""

    transform_rank = 3
    inverse = IFFT3D


IFFT.forward, IFFT2D.forward, IFFT3D.forward = FFT, FFT2D, FFT3D


# -- real transforms -------------------------------------------------------------------------------


def _half(length: int) -> int:
    """How many coefficients of a real signal's transform are kept: the others are conjugates."""
    return length // 2 + 1 if length > 0 else 0


def _run_lengths(fft_length: Array) -> tuple[int, ...]:
    lengths = as_tuple(fft_length)
    if min(lengths) < 0:
        raise invalid(f"fft_length must not be negative, it is {list(lengths)}")
    return lengths


@dataclass(frozen=True, eq=False, repr=False)
class _Real(Op):
    """A transform between real numbers and the first half of their coefficients."""

    transform_rank: ClassVar[int]

    def _infer(self, x: TensorSpec, fft_length: TensorSpec, dtype: DType) -> TensorSpec:
        rank = self.transform_rank
        dims = x.shape.with_rank_at_least(rank).as_tuple()
        length_dims = fft_length.shape.with_rank(1).as_tuple()
        if length_dims is not None and length_dims[0] not in (None, rank):
            raise ValueError(f"fft_length must hold {rank} sizes, it holds {length_dims[0]}")
        if dims is None:
            return TensorSpec(TensorShape.of(None), dtype)
        lengths = known_ints(fft_length) or (None,) * rank
        if any(length is not None and length < 0 for length in lengths):
            raise ValueError(f"fft_length must not be negative, it is {list(lengths)}")
        return TensorSpec(TensorShape.of((*dims[:-rank], *self._output_sizes(lengths))), dtype)

    def _output_sizes(self, lengths: Ints) -> Ints:
        return lengths

    def _needed(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """The sizes of the input that are read."""
        return lengths

    def _cropped(self, x: Array, lengths: tuple[int, ...]) -> Array:
        """The part of the input that is transformed."""
        needed, sizes = self._needed(lengths), x.shape[-self.transform_rank :]
        if any(0 < size < least for size, least in zip(sizes, needed, strict=True)):
            raise invalid(
                f"the input's last sizes are {list(sizes)}, but fft_length={list(lengths)} needs "
                f"at least {list(needed)}; pad the input with zeros"
            )
        kept = (..., *[slice(size) for size in needed])
        return x[kept]


@dataclass(frozen=True, eq=False, repr=False)
class _RealForward(_Real):
    """The first half of the coefficients of real numbers."""

    Tcomplex: DType = dtypes.complex64

    inputs = "input: Treal, fft_length: int32"
    types: ClassVar[Any] = {"Treal": dtype_set("float32 float64")}
    backward: ClassVar[type[_RealInverse]]

    def infer(self, input: TensorSpec, fft_length: TensorSpec) -> TensorSpec:
        _check_pair(input.dtype, self.Tcomplex)
        return self._infer(input, fft_length, self.Tcomplex)

    def _output_sizes(self, lengths: Ints) -> Ints:
        last = lengths[-1]
        return (*lengths[:-1], None if last is None else _half(last))

    def kernel(self, input: Array, fft_length: Array) -> Array:
        lengths = _run_lengths(fft_length)
        signal = self._cropped(input, lengths)
        shape = (*input.shape[: -self.transform_rank], *self._output_sizes(lengths))
        if 0 in shape:
            return np.zeros(shape, self.Tcomplex.numpy)
        return _transform("rfftn", signal, self.transform_rank, lengths)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, fft_length = op.inputs
        # The inverse counts inner coefficients twice, for themselves and for their conjugates.
        weighted = ops.multiply(grad, _edge_weights(fft_length, 0.5, grad.dtype.base_dtype))
        signal = apply(self.backward(x.dtype.base_dtype), weighted, fft_length)
        size = ops.cast(ops.reduce_prod(fft_length), x.dtype.base_dtype)
        return _with_zeros(ops.multiply(signal, size), x), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        rank = cls.transform_rank
        shape = (2, 3, 4)[3 - rank :]
        values = (np.arange(np.prod(shape)) * 7 % 5 - 1.5).reshape(shape)
        odd = np.concatenate([values, values[..., :1] + 2], -1)
        yield Sample.of(cls(), f32(values), i32(shape))
        yield Sample.of(cls(dtypes.complex128), np.stack([odd, -odd]), i32(odd.shape))
        note = "longer than the transform: TensorFlow's gradient is too short"
        yield Sample.of(cls(), f32(odd), i32(shape), gradient=(), note=note)
        yield Sample.of(cls(), np.zeros((0, *shape), np.float32), i32(shape))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _length_errors(cls, np.float32)
        x = np.ones((2, 2, 2))
        lengths = i32([2] * cls.transform_rank)
        yield ErrorSample(cls(), (x, lengths), "set Tcomplex=complex128", TypeError)


@dataclass(frozen=True, eq=False, repr=False)
class _RealInverse(_Real):
    """Real numbers from the first half of their coefficients."""

    Treal: DType = dtypes.float32

    inputs = "input: Tcomplex, fft_length: int32"
    types: ClassVar[Any] = {"Tcomplex": COMPLEX}
    forward: ClassVar[type[_RealForward]]

    def infer(self, input: TensorSpec, fft_length: TensorSpec) -> TensorSpec:
        _check_pair(self.Treal, input.dtype)
        return self._infer(input, fft_length, self.Treal)

    def _needed(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        return (*lengths[:-1], _half(lengths[-1]))

    def kernel(self, input: Array, fft_length: Array) -> Array:
        lengths = _run_lengths(fft_length)
        coefficients = self._cropped(input, lengths)
        shape = (*input.shape[: -self.transform_rank], *lengths)
        if 0 in shape:
            return np.zeros(shape, self.Treal.numpy)
        return _transform("irfftn", coefficients, self.transform_rank, lengths)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, fft_length = op.inputs
        dtype = x.dtype.base_dtype
        transformed = apply(self.forward(dtype), grad, fft_length)
        size = ops.cast(ops.reduce_prod(fft_length), dtype)
        weights = ops.divide(_edge_weights(fft_length, 2.0, dtype), size)
        return _with_zeros(ops.multiply(transformed, weights), x), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        rank = cls.transform_rank
        shape = (2, 3, 4)[3 - rank :]
        size = int(np.prod(shape))
        values = (np.arange(size) * 7 % 5 - 1.5j * (np.arange(size) * 3 % 7)).reshape(shape)
        for last in (6, 7):
            lengths = i32((*shape[:-1], last))
            yield Sample.of(cls(), values.astype(np.complex64), lengths)
        yield Sample.of(cls(dtypes.float64), np.stack([values, -1j * values]), lengths)
        note = "longer than the transform: TensorFlow's gradient is too short"
        yield Sample.of(cls(), values.astype(np.complex64), i32(shape), gradient=(), note=note)
        yield Sample.of(cls(), np.zeros((0, *shape), np.complex64), i32((*shape[:-1], 6)))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _length_errors(cls, np.complex64)
        x = np.ones((2, 2, 2), np.complex128)
        lengths = i32([2] * cls.transform_rank)
        yield ErrorSample(cls(), (x, lengths), "float64", TypeError)


def _check_pair(real: DType, imaginary: DType) -> None:
    wanted = dtypes.complex128 if real.base_dtype is dtypes.float64 else dtypes.complex64
    if imaginary.base_dtype is not wanted:
        raise TypeError(
            f"{real.base_dtype.name} and {imaginary.base_dtype.name} differ in precision: "
            f"set Tcomplex={wanted.name} or Treal={imaginary.base_dtype.real_dtype.name}"
        )


def _length_errors(cls: type[Op], dtype: Any) -> Iterator[ErrorSample]:
    """What every transform with `fft_length` refuses."""
    rank: int = cls.transform_rank  # type: ignore[attr-defined]
    x = np.ones((2, 2, 2), dtype)
    yield ErrorSample(cls(), (x, i32([2] * (rank + 1))), f"must hold {rank} sizes")
    yield ErrorSample(cls(), (x, i32([-2] * rank)), "must not be negative")
    yield ErrorSample(cls(), (np.ones((1,) * (rank - 1), dtype), i32([2] * rank)), "rank")
    yield ErrorSample(
        cls(), (x, i32([9] * rank)), "pad the input", error=InvalidArgumentError, when="run"
    )


def _edge_weights(fft_length: Tensor, inner: float, dtype: DType) -> Tensor:
    """1 for the coefficients that are their own conjugates, `inner` for all others."""
    length = fft_length[-1]
    twice = ops.multiply(ops.range(ops.add_v2(ops.floordiv(length, 2), 1)), 2)
    is_edge = ops.logical_or(ops.equal(twice, 0), ops.equal(twice, length))
    edge = ops.ones_like(twice, dtype)
    return ops.where(is_edge, edge, ops.multiply(edge, number(edge, inner)))


def _with_zeros(grad: Tensor, x: Tensor) -> Tensor:
    """The gradient for all of x, of which the transform read the first part only."""
    if grad.shape.is_fully_defined() and x.shape.is_fully_defined() and grad.shape == x.shape:
        return grad
    missing = ops.subtract(ops.shape(x), ops.shape(grad))
    return ops.pad(grad, ops.stack([ops.zeros_like(missing), missing], axis=1))


@register
class IRFFT(_RealInverse):
    """Real numbers from half of their coefficients, over the last axis."""

    transform_rank = 1


@register
class IRFFT2D(_RealInverse):
    """Real numbers from half of their coefficients, over the last two axes."""

    transform_rank = 2


@register
class IRFFT3D(_RealInverse):
    """Real numbers from half of their coefficients, over the last three axes."""

    transform_rank = 3


@register
class RFFT(_RealForward):
    """Half of the coefficients of real numbers, over the last axis."""

    transform_rank = 1
    backward = IRFFT


@register
class RFFT2D(_RealForward):
    """Half of the coefficients of real numbers, over the last two axes."""

    transform_rank = 2
    backward = IRFFT2D


@register
class RFFT3D(_RealForward):
    """Half of the coefficients of real numbers, over the last three axes."""

    transform_rank = 3
    backward = IRFFT3D


IRFFT.forward, IRFFT2D.forward, IRFFT3D.forward = RFFT, RFFT2D, RFFT3D


# -- public functions ------------------------------------------------------------------------------


def _is_real(value: Any) -> bool:
    """Whether a value is no tensor, but real numbers in Python or numpy."""
    if isinstance(value, (list, tuple)):
        return all(_is_real(item) for item in value)
    if isinstance(value, (np.ndarray, np.generic)):
        return np.isrealobj(value)
    return isinstance(value, (int, float))


def _complex_transform(op: _Complex, input: Any, name: str | None) -> Tensor:
    """Apply a transform to a tensor, or to numbers: real ones become complex64."""
    with name_scope(name, type(op).__name__, [input]) as scope:
        preferred = dtypes.complex64 if _is_real(input) else None
        x = convert_to_tensor(input, name="input", preferred_dtype=preferred)
        return apply(op, x, name=scope)


def fft(input: Any, name: str | None = None) -> Tensor:
    """Compute the discrete Fourier transform over the last axis.

    Args:
      input: complex64 or complex128 [..., n].
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`: element k is the sum over j of
      `input[j] * exp(-2πi j k / n)`.

    Raises:
      TypeError: `input` is not complex.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.fft(tf.constant([1, 2, 4, 0], tf.complex64)))
    array([ 7.+0.j, -3.-2.j,  3.+0.j, -3.+2.j], dtype=complex64)
    """
    return _complex_transform(FFT(), input, name)


def ifft(input: Any, name: str | None = None) -> Tensor:
    """Compute the inverse discrete Fourier transform over the last axis.

    Args:
      input: complex64 or complex128 [..., n].
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`, such that `fft` of it is `input`.

    Raises:
      TypeError: `input` is not complex.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ifft(tf.constant([7, -3 - 2j, 3, -3 + 2j], tf.complex64)))
    array([1.+0.j, 2.+0.j, 4.+0.j, 0.+0.j], dtype=complex64)
    """
    return _complex_transform(IFFT(), input, name)


def fft2d(input: Any, name: str | None = None) -> Tensor:
    """Compute the discrete Fourier transform over the last two axes.

    Args:
      input: complex64 or complex128 [..., rows, columns].
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      TypeError: `input` is not complex.
      ValueError: `input` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.fft2d(tf.constant([[1, 2], [4, 0]], tf.complex64)))
    array([[ 7.+0.j,  3.+0.j],
           [-1.+0.j, -5.+0.j]], dtype=complex64)
    """
    return _complex_transform(FFT2D(), input, name)


def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """Compute the inverse discrete Fourier transform over the last two axes.

    Args:
      input: complex64 or complex128 [..., rows, columns].
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`, such that `fft2d` of it is `input`.

    Raises:
      TypeError: `input` is not complex.
      ValueError: `input` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ifft2d(tf.constant([[7, 3], [-1, -5]], tf.complex64)))
    array([[1.+0.j, 2.+0.j],
           [4.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _complex_transform(IFFT2D(), input, name)


def fft3d(input: Any, name: str | None = None) -> Tensor:
    """Compute the discrete Fourier transform over the last three axes.

    Args:
      input: complex64 or complex128 of rank 3 or more.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      TypeError: `input` is not complex.
      ValueError: `input` has fewer than three axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.fft3d(tf.constant([[[1, 2], [4, 0]]], tf.complex64)))
    array([[[ 7.+0.j,  3.+0.j],
            [-1.+0.j, -5.+0.j]]], dtype=complex64)
    """
    return _complex_transform(FFT3D(), input, name)


def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """Compute the inverse discrete Fourier transform over the last three axes.

    Args:
      input: complex64 or complex128 of rank 3 or more.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`, such that `fft3d` of it is `input`.

    Raises:
      TypeError: `input` is not complex.
      ValueError: `input` has fewer than three axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ifft3d(tf.constant([[[7, 3], [-1, -5]]], tf.complex64)))
    array([[[1.+0.j, 2.+0.j],
            [4.+0.j, 0.+0.j]]], dtype=complex64)
    """
    return _complex_transform(IFFT3D(), input, name)


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Compute the discrete Fourier transform of real numbers over the last axis.

    Args:
      input_tensor: float32 or float64 [..., n].
      fft_length: int32 [1], the length of the transform: the input is cropped, or padded with
        zeros, to it; by default n.
      name: the operation's name.

    Returns:
      complex64 or complex128 [..., fft_length // 2 + 1]; the coefficients that are left out are
      conjugates of these.

    Raises:
      TypeError: the input is not float32 or float64.
      ValueError: `fft_length` does not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.spectral.rfft([1.0, 2.0, 4.0, 0.0]))
    array([ 7.+0.j, -3.-2.j,  3.+0.j], dtype=complex64)
    >>> tf.Session().run(tf.spectral.rfft([1.0, 2.0, 4.0, 0.0], [2]))
    array([ 3.+0.j, -1.+0.j], dtype=complex64)
    """
    return _real_transform(RFFT, "rfft", input_tensor, fft_length, name)


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Compute the discrete Fourier transform of real numbers over the last two axes.

    Args:
      input_tensor: float32 or float64 [..., rows, columns].
      fft_length: int32 [2], the size of the transform: the input is cropped, or padded with zeros,
        to it; by default the input's own.
      name: the operation's name.

    Returns:
      complex64 or complex128 [..., fft_length[0], fft_length[1] // 2 + 1].

    Raises:
      TypeError: the input is not float32 or float64.
      ValueError: `fft_length` does not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.spectral.rfft2d([[1.0, 2.0, 4.0], [0.0, 3.0, -3.0]])).round(2)
    array([[ 7.+0.j  , -2.-3.46j],
           [ 7.+0.j  , -2.+6.93j]], dtype=complex64)
    """
    return _real_transform(RFFT2D, "rfft2d", input_tensor, fft_length, name)


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Compute the discrete Fourier transform of real numbers over the last three axes.

    Args:
      input_tensor: float32 or float64 of rank 3 or more.
      fft_length: int32 [3], the size of the transform: the input is cropped, or padded with zeros,
        to it; by default the input's own.
      name: the operation's name.

    Returns:
      complex64 or complex128, of the last axis the first `fft_length[2] // 2 + 1`.

    Raises:
      TypeError: the input is not float32 or float64.
      ValueError: `fft_length` does not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.spectral.rfft3d([[[1.0, 2.0]], [[4.0, 0.0]]]))
    array([[[ 7.+0.j,  3.+0.j]],
    <BLANKLINE>
           [[-1.+0.j, -5.+0.j]]], dtype=complex64)
    """
    return _real_transform(RFFT3D, "rfft3d", input_tensor, fft_length, name)


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Compute real numbers from the first half of their Fourier coefficients, over the last axis.

    Args:
      input_tensor: complex64 or complex128 [..., m].
      fft_length: int32 [1], the number of real numbers, which the coefficients do not tell: m may
        belong to 2m - 2, the default, or to 2m - 1; the input is cropped or padded to fit.
      name: the operation's name.

    Returns:
      float32 or float64 [..., fft_length].

    Raises:
      TypeError: the input is not complex.
      ValueError: `fft_length` does not fit.

    >>> import graphflow as tf
    >>> coefficients = tf.constant([7, -3 - 2j, 3], tf.complex64)
    >>> tf.Session().run(tf.spectral.irfft(coefficients))
    array([1., 2., 4., 0.], dtype=float32)
    """
    return _real_transform(IRFFT, "irfft", input_tensor, fft_length, name)


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Compute real numbers from half of their Fourier coefficients, over the last two axes.

    Args:
      input_tensor: complex64 or complex128 [..., rows, m].
      fft_length: int32 [2], the size of the result, by default [rows, 2m - 2]; the input is
        cropped or padded to fit.
      name: the operation's name.

    Returns:
      float32 or float64 [..., fft_length[0], fft_length[1]].

    Raises:
      TypeError: the input is not complex.
      ValueError: `fft_length` does not fit.

    >>> import graphflow as tf
    >>> coefficients = tf.spectral.rfft2d([[1.0, 2.0, 4.0], [0.0, 3.0, -3.0]])
    >>> tf.Session().run(tf.spectral.irfft2d(coefficients, [2, 3])).round(4) + 0
    array([[ 1.,  2.,  4.],
           [ 0.,  3., -3.]], dtype=float32)
    """
    return _real_transform(IRFFT2D, "irfft2d", input_tensor, fft_length, name)


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Compute real numbers from half of their Fourier coefficients, over the last three axes.

    Args:
      input_tensor: complex64 or complex128 of rank 3 or more, m elements along the last axis.
      fft_length: int32 [3], the size of the result, whose last is 2m - 2 by default; the input is
        cropped or padded to fit.
      name: the operation's name.

    Returns:
      float32 or float64.

    Raises:
      TypeError: the input is not complex.
      ValueError: `fft_length` does not fit.

    >>> import graphflow as tf
    >>> coefficients = tf.constant([[[7, 3]], [[-1, -5]]], tf.complex64)
    >>> tf.Session().run(tf.spectral.irfft3d(coefficients))
    array([[[1., 2.]],
    <BLANKLINE>
           [[4., 0.]]], dtype=float32)
    """
    return _real_transform(IRFFT3D, "irfft3d", input_tensor, fft_length, name)


def _real_transform(
    cls: type[_RealForward] | type[_RealInverse],
    default_name: str,
    x: Any,
    fft_length: Any,
    name: str | None,
) -> Tensor:
    """Apply a transform to the input, padded with zeros where it is too short."""
    is_inverse = issubclass(cls, _RealInverse)
    with name_scope(name, default_name, [x, fft_length]) as scope:
        preferred = dtypes.complex64 if is_inverse else dtypes.float32
        x = convert_to_tensor(x, name="input_tensor", preferred_dtype=preferred)
        dtype = x.dtype.base_dtype
        x.shape.with_rank_at_least(cls.transform_rank)
        if fft_length is None:
            fft_length = _own_length(x, cls.transform_rank, is_inverse)
        else:
            fft_length = convert_to_tensor(fft_length, dtypes.int32, name="fft_length")
            x = _padded(x, fft_length, cls.transform_rank, is_inverse)
        if is_inverse:
            other = dtype.real_dtype
        else:
            other = dtypes.complex128 if dtype is dtypes.float64 else dtypes.complex64
        return apply(cls(other), x, fft_length, name=scope)


def _own_length(x: Tensor, rank: int, is_inverse: bool) -> Tensor:
    """The size of the transform that the input's own size stands for."""
    dims = x.shape.as_tuple()
    sizes = (None,) if dims is None else dims[-rank:]
    known = [size for size in sizes if size is not None]
    if len(known) == rank:
        last = max(2 * (known[-1] - 1), 0) if is_inverse else known[-1]
        return ops.constant([*known[:-1], last], dtypes.int32, name="fft_length")
    shape = ops.shape(x)[-rank:]
    if not is_inverse:
        return shape
    last_length = ops.maximum(0, ops.multiply(2, ops.subtract(shape[-1:], 1)))
    return ops.concat([shape[:-1], last_length], 0)


def _padded(x: Tensor, fft_length: Tensor, rank: int, is_inverse: bool) -> Tensor:
    """The input with zeros after its end where the transform is longer."""
    dims, known = x.shape.as_tuple(), fft_length.constant_value()
    if known is not None and known.shape != (rank,):
        return x  # which the transform refuses
    if dims is not None and known is not None:
        lengths = known.tolist()
        needed = [*lengths[:-1], _half(lengths[-1])] if is_inverse else lengths
        sizes = [(size, least) for size, least in zip(dims[-rank:], needed, strict=True)]
        # No number of zeros makes an empty input a signal: it has no elements to go by.
        if all(size == 0 or (size is not None and size >= least) for size, least in sizes):
            return x
        if all(size is not None for size, _ in sizes):
            ends = [[0, max(least - (size or 0), 0)] for size, least in sizes]
            return ops.pad(x, [[0, 0]] * (len(dims) - rank) + ends)
    wanted = fft_length
    if is_inverse:
        half = ops.add_v2(ops.floordiv(fft_length[-1:], 2), 1)
        wanted = ops.concat([fft_length[:-1], half], 0)
    after = ops.maximum(0, ops.subtract(wanted, ops.shape(x)[-rank:]))
    batch_rank = ops.subtract(ops.rank(x), rank)
    zeros = ops.zeros(ops.stack([batch_rank]), dtypes.int32)
    paddings = ops.concat([zeros, after], 0)
    return ops.pad(x, ops.stack([ops.zeros_like(paddings), paddings], axis=1))
