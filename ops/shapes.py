"""Shapes as tensors, and ops that give the same elements another shape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import INDEX, DType, as_dtype, int32 as _int32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._static import (
    Ints,
    as_array,
    as_tuple,
    check_rank,
    checked_axis,
    five_axes,
    i32,
    invalid,
    known_int,
    known_ints,
    normalized_axis,
)

__all__ = [
    "ConjugateTranspose",
    "ExpandDims",
    "InvertPermutation",
    "Rank",
    "Reshape",
    "Shape",
    "ShapeN",
    "Size",
    "Squeeze",
    "Transpose",
    "expand_dims",
    "invert_permutation",
    "matrix_transpose",
    "rank",
    "reshape",
    "shape",
    "shape_internal",
    "shape_n",
    "size",
    "squeeze",
    "transpose",
]


# -- the shape as a value --------------------------------------------------------------------------


@register
class Shape(Op):
    """The sizes of a tensor."""

    out_type: DType = _int32

    inputs = "input: T"
    cheap = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of((input.shape.rank,)), self.out_type)

    def partial(self, *specs: TensorSpec) -> Ints | None:
        return specs[0].shape.as_tuple()

    def kernel(self, input: Array) -> Array:
        return np.asarray(np.shape(input), self.out_type.numpy)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.zeros((2, 0, 3), np.float32))
        yield Sample.of(cls(as_dtype("int64")), np.float32(1))


@register
class ShapeN(Op):
    """The sizes of several tensors."""

    out_type: DType = _int32

    inputs = "input: N*T"
    cheap = True

    def infer(self, *input: TensorSpec) -> list[TensorSpec]:
        return [TensorSpec(TensorShape.of((x.shape.rank,)), self.out_type) for x in input]

    def kernel(self, *input: Array) -> tuple[Array, ...]:
        return tuple(np.asarray(np.shape(x), self.out_type.numpy) for x in input)

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        return specs[index].shape.as_tuple()

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return [None] * len(grads)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), [np.zeros((2, 3), np.float32), np.zeros(4, np.float32)])
        yield Sample.of(cls(as_dtype("int64")), [np.float32(1)])


@register
class Size(Op):
    """The number of elements of a tensor."""

    out_type: DType = _int32

    inputs = "input: T"
    cheap = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), self.out_type)

    def partial(self, *specs: TensorSpec) -> int | None:
        return specs[0].shape.num_elements()

    def kernel(self, input: Array) -> Array:
        return np.asarray(np.size(input), self.out_type.numpy)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.zeros((2, 3), np.float32))
        yield Sample.of(cls(as_dtype("int64")), np.zeros((0, 3), np.int32))


@register
class Rank(Op):
    """The number of axes of a tensor."""

    inputs = "input: T"
    cheap = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _int32)

    def partial(self, *specs: TensorSpec) -> int | None:
        return specs[0].shape.rank

    def kernel(self, input: Array) -> Array:
        return np.asarray(np.ndim(input), np.int32)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.zeros((2, 3), np.float32))
        yield Sample.of(cls(), np.float32(2))


def shape(input: Any, name: str | None = None, out_type: Any = _int32) -> Tensor:
    """Return the shape of a tensor.

    Args:
      input: a tensor of any dtype, dense or sparse.
      name: the operation's name.
      out_type: int32 or int64.

    Returns:
      A vector; a constant where the shape is statically known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.shape([[1, 2, 3], [4, 5, 6]]))
    array([2, 3], dtype=int32)
    """
    return shape_internal(input, name, out_type=out_type)


def shape_internal(
    input: Any, name: str | None = None, optimize: bool = True, out_type: Any = _int32
) -> Tensor:
    """Return the shape of a tensor, as a constant only if `optimize` is set.

    Args:
      input: a tensor of any dtype, dense or sparse.
      name: the operation's name.
      optimize: whether to use the static shape where it is known.
      out_type: int32 or int64.

    Returns:
      A vector.
    """
    dtype = as_dtype(out_type)
    with name_scope(name, "Shape", [input]) as scope:
        dense_shape = _sparse_shape(input)
        if dense_shape is not None:
            return ops.cast(dense_shape, dtype)
        tensor = convert_to_tensor(input)
        if optimize and tensor.shape.is_fully_defined():
            return ops.constant(tensor.shape.as_list(), dtype, name=scope)
        return apply(Shape(dtype), tensor, name=scope)


def _sparse_shape(value: Any) -> Tensor | None:
    """The tensor that tells the shape of a sparse value, None for a dense one."""
    return None if isinstance(value, Tensor) else getattr(value, "dense_shape", None)


def shape_n(input: Sequence[Any], out_type: Any = _int32, name: str | None = None) -> list[Tensor]:
    """Return the shapes of several tensors.

    Args:
      input: a list of tensors of one dtype.
      out_type: int32 or int64.
      name: the operation's name.

    Returns:
      A vector for each tensor.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.shape_n([[[1, 2, 3]], [4, 5]]))
    [array([1, 3], dtype=int32), array([2], dtype=int32)]
    """
    return apply_multi(ShapeN(as_dtype(out_type)), input, name=name)


def size(input: Any, name: str | None = None, out_type: Any = _int32) -> Tensor:
    """Return the number of elements of a tensor.

    Args:
      input: a tensor of any dtype, dense or sparse.
      name: the operation's name.
      out_type: int32 or int64.

    Returns:
      A scalar; a constant where the shape is statically known.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.size([[1, 2, 3], [4, 5, 6]])))
    6
    """
    dtype = as_dtype(out_type)
    with name_scope(name, "Size", [input]) as scope:
        dense_shape = _sparse_shape(input)
        if dense_shape is not None:
            return ops.reduce_prod(ops.cast(dense_shape, dtype), 0, name=scope)
        tensor = convert_to_tensor(input)
        elements = tensor.shape.num_elements()
        if elements is not None:
            return ops.constant(elements, dtype, name=scope)
        return apply(Size(dtype), tensor, name=scope)


def rank(input: Any, name: str | None = None) -> Tensor:
    """Return the number of axes of a tensor.

    Args:
      input: a tensor of any dtype, dense or sparse.
      name: the operation's name.

    Returns:
      An int32 scalar; a constant where the rank is statically known.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.rank([[1, 2, 3]])))
    2
    """
    with name_scope(name, "Rank", [input]) as scope:
        dense_shape = _sparse_shape(input)
        if dense_shape is not None:
            return apply(Size(), dense_shape, name=scope)
        tensor = convert_to_tensor(input)
        if tensor.shape.rank is not None:
            return ops.constant(tensor.shape.rank, _int32, name=scope)
        return apply(Rank(), tensor, name=scope)


# -- another shape, the same elements --------------------------------------------------------------


@register
class Reshape(Op):
    """The same elements in another shape."""

    inputs = "tensor: T, shape: Tshape"
    types = {"Tshape": INDEX}
    cheap = True
    is_reshape = True

    def infer(self, tensor: TensorSpec, shape: TensorSpec) -> TensorSpec:
        check_rank("shape", shape, 1)
        dims = known_ints(shape)
        if dims is None:
            length = shape.shape.as_tuple()
            return TensorSpec(unknown_shape(length[0] if length else None), tensor.dtype.base_dtype)
        return TensorSpec(TensorShape.of(_completed(dims, tensor.shape)), tensor.dtype.base_dtype)

    def partial(self, *specs: TensorSpec) -> Ints | int | None:
        tensor, shape = specs
        wanted = known_ints(shape)
        if wanted is None or tensor.shape.rank not in (0, 1) or not tensor.dtype.is_integer:
            return None
        values = (known_int(tensor),) if tensor.shape.rank == 0 else known_ints(tensor)
        if values is None or len(wanted) > 1:
            return None
        return values if wanted else values[0]

    def kernel(self, tensor: Array, shape: Array) -> Array:
        dims = tuple(shape.tolist())
        try:
            done = _completed(dims, TensorShape.of(np.shape(tensor)))
        except ValueError as error:
            raise invalid(str(error)) from error
        return as_array(tensor).reshape(done)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.reshape(grad, ops.shape(op.inputs[0])), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.arange(12, dtype=np.float32).reshape(3, 4)
        for dims in ([2, 6], [-1], [2, -1, 3], [4, 3, 1]):
            yield Sample.of(cls(), x, np.asarray(dims, np.int32))
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.asarray([-1, 3], np.int64))
        yield Sample.of(cls(), np.asarray([2.5]), np.asarray([], np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((3, 4), np.float32)
        yield ErrorSample(cls(), (x, np.asarray([5, 2], np.int32)), "12 elements do not fit")
        yield ErrorSample(cls(), (x, np.asarray([5, -1], np.int32)), "not a multiple of 5")
        yield ErrorSample(cls(), (x, np.asarray([-1, -1], np.int32)), "at most one -1")
        yield ErrorSample(cls(), (x, np.asarray([-2, 6], np.int32)), "sizes must be -1 or more")
        yield ErrorSample(cls(), (x, np.asarray([[12]], np.int32)), "shape must be a vector")


def _completed(dims: Ints, old: TensorShape) -> Ints:
    """The sizes to reshape to, the -1 replaced as far as the old shape tells."""
    if any(dim is not None and dim < -1 for dim in dims):
        raise ValueError(f"sizes must be -1 or more, got {list(dims)}")
    if dims.count(-1) > 1:
        raise ValueError(f"at most one -1 stands for an inferred size, got {list(dims)}")
    elements = old.num_elements()
    open_axes = [axis for axis, dim in enumerate(dims) if dim is None or dim == -1]
    known = math.prod(dim for dim in dims if dim is not None and dim != -1)
    if elements is None or len(open_axes) > 1:
        return tuple(None if dim == -1 else dim for dim in dims)
    if not open_axes:
        if known != elements:
            raise ValueError(f"{elements} elements do not fit into shape {list(dims)}")
        return dims
    return _with_inferred(dims, open_axes[0], elements, known)


def _with_inferred(dims: Ints, axis: int, elements: int, known: int) -> Ints:
    """Fill in the one size that is open."""
    if known == 0:
        if dims[axis] is None and elements == 0:
            return dims
        raise ValueError(f"the -1 in {list(dims)} can be any size because another size is 0")
    if elements % known:
        raise ValueError(
            f"{elements} elements do not fit into shape {list(dims)}: not a multiple of {known}"
        )
    return (*dims[:axis], elements // known, *dims[axis + 1 :])


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """Give the elements of a tensor, in row-major order, another shape.

    Args:
      tensor: a tensor of any dtype.
      shape: int32 or int64 vector; one size may be -1 and follows from the others.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `tensor`.

    Raises:
      ValueError: the number of elements differs.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reshape([1, 2, 3, 4, 5, 6], [2, -1]))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=int32)
    """
    return apply(Reshape(), tensor, shape, name=name)


@register
class ExpandDims(Op):
    """A new axis of size 1."""

    inputs = "input: T, dim: Tdim"
    types = {"Tdim": INDEX}
    cheap = True
    is_reshape = True

    def infer(self, input: TensorSpec, dim: TensorSpec) -> TensorSpec:
        if dim.shape.num_elements() not in (None, 1):
            raise ValueError(f"axis must be a scalar, it has shape {dim.shape}")
        dims = input.shape.as_tuple()
        if dims is None:
            return TensorSpec(TensorShape.of(None), input.dtype.base_dtype)
        axis = known_int(dim)
        if axis is None:
            return TensorSpec(unknown_shape(len(dims) + 1), input.dtype.base_dtype)
        axis = normalized_axis(axis, len(dims) + 1)
        return TensorSpec(TensorShape.of((*dims[:axis], 1, *dims[axis:])), input.dtype.base_dtype)

    def partial(self, *specs: TensorSpec) -> Ints | None:
        if specs[0].shape.rank != 0 or not specs[0].dtype.is_integer:
            return None
        return (known_int(specs[0]),)

    def kernel(self, input: Array, dim: Array) -> Array:
        axis = checked_axis(np.reshape(dim, -1)[0], np.ndim(input) + 1)
        return np.expand_dims(as_array(input), axis)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.reshape(grad, ops.shape(op.inputs[0])), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes()[0], np.int32(-3))
        x = np.arange(6, dtype=np.float32).reshape(2, 3)
        for axis in (0, 1, 2, -1, -3):
            yield Sample.of(cls(), x, np.int32(axis))
        yield Sample.of(cls(), np.int32(4), np.int64(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones(2, np.float32), np.int32(2)), "axis 2 is out of range")
        x = TensorSpec([2], "float32")
        yield ErrorSample(cls(), (x, i32([0, 1])), "axis must be a scalar")


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Insert an axis of size 1.

    Args:
      input: a tensor of any dtype.
      axis: int32 or int64 scalar, the position of the new axis; negative ones count from the end.
      name: the operation's name.
      dim: deprecated name of `axis`.

    Returns:
      A tensor with one axis more.

    Raises:
      ValueError: there is no such position, or neither `axis` nor `dim` is given.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.expand_dims([4, 5, 6], 0))
    array([[4, 5, 6]], dtype=int32)
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("expand_dims needs an axis")
    return apply(ExpandDims(), input, axis, name=name)


@register
class Squeeze(Op):
    """A tensor without axes of size 1."""

    squeeze_dims: tuple[int, ...] = ()

    inputs = "input: T"
    cheap = True
    is_reshape = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        dims = input.shape.as_tuple()
        dtype = input.dtype.base_dtype
        if dims is None or (not self.squeeze_dims and None in dims):
            return TensorSpec(TensorShape.of(None), dtype)
        axes = self._axes(dims)
        for axis in axes:
            if dims[axis] not in (None, 1):
                raise ValueError(f"axis {axis} has size {dims[axis]}, only size 1 is squeezed")
        kept = tuple(size for axis, size in enumerate(dims) if axis not in axes)
        return TensorSpec(TensorShape.of(kept), dtype)

    def _axes(self, dims: Ints) -> set[int]:
        if not self.squeeze_dims:
            return {axis for axis, size in enumerate(dims) if size == 1}
        return {normalized_axis(axis, len(dims)) for axis in self.squeeze_dims}

    def partial(self, *specs: TensorSpec) -> int | None:
        if specs[0].shape.as_tuple() != (1,) or not specs[0].dtype.is_integer:
            return None
        return known_int(specs[0])

    def kernel(self, input: Array) -> Array:
        return np.squeeze(as_array(input), tuple(self._axes(np.shape(input))))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [ops.reshape(grad, ops.shape(op.inputs[0]))]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls((1, -3)), five_axes()[:, :, :1])
        x = np.arange(6, dtype=np.float32).reshape(1, 2, 1, 3)
        for axes in ((), (0,), (-2,), (0, 2)):
            yield Sample.of(cls(axes), x)
        yield Sample.of(cls(), i32([[7]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 1), np.float32)
        yield ErrorSample(cls((0,)), (x,), "axis 0 has size 2")
        yield ErrorSample(cls((2,)), (x,), "axis 2 is out of range")


def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """Remove axes of size 1.

    Args:
      input: a tensor of any dtype.
      axis: an int or list of ints, the axes to remove; all of size 1 by default.
      name: the operation's name.
      squeeze_dims: deprecated name of `axis`.

    Returns:
      A tensor with fewer axes.

    Raises:
      ValueError: an axis does not have size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.squeeze([[[1], [2], [3]]], [0]))
    array([[1],
           [2],
           [3]], dtype=int32)
    """
    axis = deprecated_argument_lookup("axis", axis, "squeeze_dims", squeeze_dims)
    if isinstance(axis, Tensor):
        raise TypeError(f"squeeze takes its axes as Python integers, not as the tensor {axis!r}")
    return apply(Squeeze(() if axis is None else as_tuple(axis)), input, name=name)


# -- permuted axes ---------------------------------------------------------------------------------


class _Permuting(Op):
    """What Transpose and ConjugateTranspose share."""

    def infer(self, x: TensorSpec, perm: TensorSpec) -> TensorSpec:
        check_rank("perm", perm, 1)
        order = known_ints(perm)
        dims = x.shape.as_tuple()
        dtype = x.dtype.base_dtype
        if order is None or None in order:
            rank = x.shape.rank if order is None else len(order)
            return TensorSpec(unknown_shape(rank), dtype)
        axes = _permutation(order, None if dims is None else len(dims))
        if dims is None:
            return TensorSpec(unknown_shape(len(axes)), dtype)
        return TensorSpec(TensorShape.of(tuple(dims[axis] for axis in axes)), dtype)

    @staticmethod
    def _permuted(x: Array, perm: Array) -> Array:
        try:
            return np.transpose(as_array(x), _permutation(perm.tolist(), np.ndim(x)))
        except ValueError as error:
            raise invalid(str(error)) from error


def _permutation(order: Sequence[int | None], rank: int | None) -> tuple[int, ...]:
    """The checked permutation."""
    size = len(order) if rank is None else rank
    axes = tuple(axis for axis in order if axis is not None)
    if sorted(axes) != list(range(size)):
        raise ValueError(f"perm must be a permutation of the {size} axes, it is {list(order)}")
    return axes


@register
class Transpose(_Permuting):
    """A tensor with its axes permuted."""

    inputs = "x: T, perm: Tperm"
    outputs = "y"
    types = {"Tperm": INDEX}
    cheap = True

    def kernel(self, x: Array, perm: Array) -> Array:
        return self._permuted(x, perm)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.transpose(grad, ops.invert_permutation(op.inputs[1])), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([3, 0, 2, 4, 1]))
        x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
        for perm in ([0, 1, 2], [2, 0, 1], [1, 0, 2]):
            yield Sample.of(cls(), x, np.asarray(perm, np.int32))
        yield Sample.of(cls(), np.int32(3), np.zeros(0, np.int64))
        yield Sample.of(cls(), np.zeros((0, 3), np.float64), np.asarray([1, 0], np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (x, i32([0, 0])), "must be a permutation")
        yield ErrorSample(cls(), (x, i32([0, 1, 2])), "must be a permutation")
        yield ErrorSample(cls(), (x, i32([0, -1])), "must be a permutation")
        yield ErrorSample(cls(), (x, i32([[0, 1]])), "perm must be a vector")


@register
class ConjugateTranspose(_Permuting):
    """The complex conjugate of a tensor with its axes permuted."""

    inputs = "x: T, perm: Tperm"
    outputs = "y"
    types = {"Tperm": INDEX}

    def kernel(self, x: Array, perm: Array) -> Array:
        return np.conjugate(self._permuted(x, perm))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        inverse = ops.invert_permutation(op.inputs[1])
        return ops.transpose(grad, inverse, conjugate=True), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = (np.arange(6) * (1 + 2j) + 1j).astype(np.complex64).reshape(2, 3)
        yield Sample.of(cls(), x, i32([1, 0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.complex64)
        yield ErrorSample(cls(), (x, i32([0, 0])), "must be a permutation")


def transpose(
    a: Any, perm: Any = None, name: str | None = "transpose", conjugate: bool = False
) -> Tensor:
    """Permute the axes of a tensor.

    Args:
      a: a tensor of any dtype.
      perm: int32 or int64 vector: axis i of the result is axis `perm[i]` of `a`; by default the
        axes are reversed.
      name: the operation's name.
      conjugate: whether to take the complex conjugate, too.

    Returns:
      A tensor of the dtype of `a`.

    Raises:
      ValueError: `perm` is not a permutation of the axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.transpose([[1, 2, 3], [4, 5, 6]]))
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    """
    with name_scope(name, "transpose", [a]) as scope:
        a = convert_to_tensor(a, name="a")
        op = ConjugateTranspose() if conjugate and a.dtype.is_complex else Transpose()
        if perm is not None:
            return apply(op, a, perm, name=scope)
        if a.shape.rank is not None:
            return apply(op, a, np.arange(a.shape.rank, dtype=np.int32)[::-1], name=scope)
        rank = ops.rank(a)
        last = ops.subtract(rank, 1, name="sub")
        axes = ops.subtract(last, apply(ops.Range(), 0, rank, 1), name="sub")
        return apply(op, a, axes, name=scope)


def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """Swap the last two axes of a tensor.

    Args:
      a: a tensor [..., m, n] of any dtype.
      name: the name scope.
      conjugate: whether to take the complex conjugate, too.

    Returns:
      A tensor [..., n, m].

    Raises:
      ValueError: `a` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_transpose([[[1, 2, 3], [4, 5, 6]]]))
    array([[[1, 4],
            [2, 5],
            [3, 6]]], dtype=int32)
    """
    with name_scope(name, "matrix_transpose", [a]):
        a = convert_to_tensor(a, name="a")
        known = a.shape.rank
        if known is None:
            axes = ops.rank(a)
            last, before = ops.subtract(axes, 1), ops.subtract(axes, 2)
            perm: Any = ops.concat([ops.range(before), [last, before]], 0)
        elif known < 2:
            raise ValueError(f"matrix_transpose needs two axes, {a!r} has shape {a.shape}")
        else:
            perm = [*range(known - 2), known - 1, known - 2]
        return transpose(a, perm, conjugate=conjugate)


@register
class InvertPermutation(Op):
    """The inverse of a permutation."""

    inputs = "x: T"
    outputs = "y"
    types = {"T": INDEX}

    def infer(self, x: TensorSpec) -> TensorSpec:
        check_rank("x", x, 1)
        return TensorSpec(x.shape.with_rank(1), x.dtype.base_dtype)

    def kernel(self, x: Array) -> Array:
        count = len(x)
        result = np.full(count, -1, x.dtype)
        if count and (x.min() < 0 or x.max() >= count):
            raise invalid(f"{x.tolist()} is no permutation: indices must be in 0 to {count - 1}")
        result[x] = np.arange(count, dtype=x.dtype)
        if (result < 0).any():
            raise invalid(f"{x.tolist()} is no permutation: an index is there twice")
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i32([2, 0, 3, 1]))
        yield Sample.of(cls(), np.zeros(0, np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([[0]]),), "x must be a vector")


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """Invert a permutation: `y[x[i]] = i`.

    Args:
      x: int32 or int64 vector that holds each of 0 to n - 1 once.
      name: the operation's name.

    Returns:
      A vector of the same dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.invert_permutation([3, 4, 0, 2, 1]))
    array([2, 4, 3, 0, 1], dtype=int32)
    """
    return apply(InvertPermutation(), x, name=name)
