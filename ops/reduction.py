"""Reductions: sums, means, extremes and the like along axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import INDEX, NUMERIC, REAL_NUMBER
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Reduction, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops.elementwise import in_range
from graphflow.ops.kernels.arrays import widened

__all__ = [
    "All",
    "AnyOp",
    "EuclideanNorm",
    "Max",
    "Mean",
    "Min",
    "Prod",
    "Sum",
    "count_nonzero",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
]

_AXES = (None, (0,), (1,), (0, 2), (), (-1,))


@dataclass(frozen=True, eq=False, repr=False)
class _Reduction(Op):
    """Shape rule of all reductions: the axes are a tensor of indices."""

    keep_dims: bool = False

    inputs = "input: T, reduction_indices: Tidx"
    keeps_elements = True
    types: ClassVar[Any] = {"T": NUMERIC, "Tidx": INDEX}

    def infer(self, input: TensorSpec, reduction_indices: TensorSpec) -> TensorSpec:
        reduction_indices.shape.with_rank_at_most(1)
        shape = self._shape(input.shape, reduction_indices.value)
        return TensorSpec(shape, input.dtype.base_dtype)

    def _shape(self, shape: TensorShape, indices: Array | None) -> TensorShape:
        dims = shape.as_tuple()
        if dims is None:
            return shape
        if indices is None:
            return TensorShape([None] * len(dims)) if self.keep_dims else TensorShape(None)
        axes = reduced_axes(indices, len(dims))
        if self.keep_dims:
            return TensorShape.of(tuple(1 if i in axes else d for i, d in enumerate(dims)))
        return TensorShape.of(tuple(d for i, d in enumerate(dims) if i not in axes))

    def _axes(self, input: Array, indices: Array) -> tuple[int, ...]:
        try:
            return reduced_axes(indices, np.ndim(input))
        except ValueError as error:
            raise InvalidArgumentError(None, None, str(error)) from error

    def _reduced(self, kind: str, specs: Sequence[TensorSpec]) -> Reduction | None:
        """The reduction for loops, if the axes are known."""
        input, indices = specs
        rank, axes = input.shape.ndims, indices.value
        if rank is None or axes is None:
            return None
        return Reduction(kind, reduced_axes(axes, rank))

    @classmethod
    def arrays(cls) -> Iterator[Array]:
        """Inputs for samples: all elements differ."""
        values = np.asarray([3, -7, 5, 11, -2, 8, 13, -4, 6, 9, -1, 10], np.float64)
        yield values.reshape(2, 3, 2).astype(np.float32) / 4
        yield values.reshape(3, 4) / 4

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for array in cls.arrays():
            for axes in _AXES:
                indices = np.arange(array.ndim) if axes is None else np.asarray(axes, np.int64)
                if indices.size and indices.max() >= array.ndim:
                    continue
                yield Sample.of(cls(), array, indices.astype(np.int32))
            yield Sample.of(cls(keep_dims=True), array, np.int64(1))
        deep = np.resize(next(cls.arrays()), (2, 1, 3, 2, 1))
        yield Sample.of(cls(), deep, np.asarray([1, -2], np.int32))
        if deep.dtype.kind == "f":
            nan, inf = np.nan, np.inf
            odd = [[nan, 1, -inf], [2, nan, 1], [inf, 1, 2], [-inf, 1, 2], [inf, -inf, 2]]
            special = np.asarray(odd, deep.dtype)
            yield Sample.of(cls(), special, np.int32(1), gradient=(), note="special values")
        yield from cls.special_samples()

    @classmethod
    def special_samples(cls) -> Iterator[Sample]:
        """Yield samples of other dtypes and of empty tensors."""
        yield Sample.of(cls(), np.asarray([[3, -1, 2]], np.int32), np.int32(1))
        empty, first = np.zeros((0, 3), np.float32), np.asarray([0], np.int32)
        yield Sample.of(cls(), empty, first, gradient=(), note="nothing to differentiate")
        yield Sample.of(cls(), np.float32(2.5), np.zeros(0, np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        array = next(cls.arrays())
        yield ErrorSample(cls(), (array, np.int32(3)), "axis 3 does not exist")
        yield ErrorSample(cls(), (array, np.asarray([0, 0], np.int32)), "twice")


def reduced_axes(indices: Array, rank: int) -> tuple[int, ...]:
    """Return the axes that a tensor of indices means, from 0 on.

    Raises:
      ValueError: an axis does not exist, or is given twice.
    """
    axes = []
    for index in np.ravel(indices).tolist():
        if not -rank <= index < rank:
            raise ValueError(f"axis {index} does not exist in a tensor of rank {rank}")
        axis = index % rank
        if axis in axes:
            raise ValueError(f"axis {index} is given twice")
        axes.append(axis)
    return tuple(axes)


@register
class Sum(_Reduction):
    """The sum."""

    has_out = True

    def kernel(self, input: Array, reduction_indices: Array, out: Array | None = None) -> Array:
        axes = self._axes(input, reduction_indices)
        wide = widened(input)
        if wide is not input:
            return _store(wide.sum(axis=axes, keepdims=self.keep_dims).astype(input.dtype), out)
        if _are_leading(axes, input):
            total = _sum_rows(input.reshape(-1, math.prod(input.shape[len(axes) :])))
            kept = [1] * len(axes) if self.keep_dims else []
            return _store(total.reshape(*kept, *input.shape[len(axes) :]), out)
        return np.sum(input, axis=axes, keepdims=self.keep_dims, dtype=input.dtype, out=out)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        return self._reduced("sum", specs)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return spread(op, grad), None


# Rows of up to so many elements are summed in groups.
_SHORT_ROW = 256


def _are_leading(axes: tuple[int, ...], input: Array) -> bool:
    """Whether the sum of a large array goes over all axes but a few elements at the end."""
    if not axes or len(axes) == np.ndim(input) or max(axes) != len(axes) - 1:
        return False
    row = math.prod(input.shape[len(axes) :])
    return 0 < row <= _SHORT_ROW and input.size >= 64 * row and bool(input.flags.c_contiguous)


def _sum_rows(rows: Array) -> Array:
    """Sum the rows of a matrix with many short rows, in two steps.

    Neighbouring rows are taken as one long row first: numpy adds long rows many times faster, and
    the error is smaller, for each element is the end of a shorter chain of additions.
    """
    count, width = rows.shape
    group = 1
    while count % (2 * group) == 0 and group * width < 2 * _SHORT_ROW:
        group *= 2
    long_rows = rows.reshape(count // group, group * width)
    partial = long_rows.sum(axis=0, dtype=rows.dtype)
    return partial.reshape(group, width).sum(axis=0, dtype=rows.dtype)


def _store(result: Array, out: Array | None) -> Array:
    if out is None:
        return result
    out[...] = result
    return out


@register
class Mean(_Reduction):
    """The mean; of integers, rounded towards zero."""

    makes_new = True

    def kernel(self, input: Array, reduction_indices: Array) -> Array:
        axes = self._axes(input, reduction_indices)
        count = int(np.prod([input.shape[axis] for axis in axes], dtype=np.int64))
        total = widened(np.asarray(input)).sum(axis=axes, keepdims=self.keep_dims)
        if input.dtype.kind in "iu":
            return _divide_towards_zero(total, count).astype(input.dtype)
        return np.asarray(total / total.dtype.type(count)).astype(input.dtype)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        total = self._reduced("sum", specs)
        dims = specs[0].shape.as_tuple()
        if total is None or dims is None or None in dims:
            return None
        return total._replace(divisor=math.prod(dims[axis] or 0 for axis in total.axes))

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        x, result = op.inputs[0], op.outputs[0]
        size, kept = x.shape.num_elements(), result.shape.num_elements()
        if size is not None and kept is not None:
            factor = ops.constant(max(size, 1) // max(kept, 1), dtype="int32")
        else:
            size_tensor = ops.reduce_prod(ops.shape(x))
            kept_tensor = ops.reduce_prod(ops.shape(result))
            factor = ops.floor_div(size_tensor, ops.maximum(kept_tensor, 1))
        # Divided before it is spread: fewer elements.
        return spread(op, ops.truediv(grad, ops.cast(factor, grad.dtype))), None

    @classmethod
    def special_samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([[3, -1, 5]], np.int32), np.int32(1))
        yield Sample.of(cls(), np.asarray([[3, 1, 5]], np.float16), np.int32(1))
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.asarray([0], np.int32), gradient=(),
                        note="the mean of nothing is NaN")  # fmt: skip
        yield Sample.of(cls(), np.float32(2.5), np.zeros(0, np.int32))


def _divide_towards_zero(total: Array, count: int) -> Array:
    if count == 0:
        return np.zeros_like(total)
    return np.sign(total) * (np.abs(total) // count)


@register
class Prod(_Reduction):
    """The product."""

    makes_new = True

    def kernel(self, input: Array, reduction_indices: Array) -> Array:
        axes = self._axes(input, reduction_indices)
        wide = widened(input)
        result = np.prod(wide, axis=axes, keepdims=self.keep_dims, dtype=wide.dtype)
        return np.asarray(result).astype(input.dtype, copy=False)

    def partial(self, *specs: TensorSpec) -> Any:
        value = specs[0].value
        axes = specs[1].value
        if value is None or axes is None or value.ndim != 1 or self.keep_dims or axes.size != 1:
            return None
        return in_range(math.prod(value.tolist()), specs[0].dtype)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        """Multiply, for each element, all others: the product of those before and behind it."""
        x, indices = op.inputs
        indices = ops.reshape(indices, [-1])
        rank = ops.rank(x)
        reduced = ops.floormod(ops.cast(indices, "int32") + rank, rank)
        everything = ops.range(rank)
        others = ops.setdiff1d(everything, reduced)[0]
        order = ops.concat([reduced, others], 0)
        shape = ops.shape(x)
        reduced_size = ops.reduce_prod(ops.gather(shape, reduced))
        other_size = ops.reduce_prod(ops.gather(shape, others))
        permuted = ops.transpose(x, order)
        matrix = ops.reshape(permuted, ops.stack([reduced_size, other_size]))
        before = ops.cumprod(matrix, axis=0, exclusive=True)
        behind = ops.cumprod(matrix, axis=0, exclusive=True, reverse=True)
        product = ops.reshape(ops.conj(before * behind), ops.shape(permuted))
        restored = ops.transpose(product, ops.invert_permutation(order))
        return spread(op, grad) * restored, None

    @classmethod
    def arrays(cls) -> Iterator[Array]:
        for array in super().arrays():
            yield array / 2

    @classmethod
    def special_samples(cls) -> Iterator[Sample]:
        yield from super().special_samples()
        zeros = np.asarray([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0]])
        note = "running products have no second derivative at 0"
        yield Sample.of(cls(), zeros, np.int32(1), gradient=(), note=note)


class _Extreme(_Reduction):
    """Maximum or minimum."""

    types: ClassVar[Any] = {"T": REAL_NUMBER, "Tidx": INDEX}
    has_out = True

    def _reduce(
        self, ufunc: np.ufunc, input: Array, indices: Array, empty: Array, out: Array | None
    ) -> Array:
        axes = self._axes(input, indices)
        if any(input.shape[axis] == 0 for axis in axes):
            return ufunc.reduce(input, axes, keepdims=self.keep_dims, initial=empty, out=out)
        return ufunc.reduce(input, axes, keepdims=self.keep_dims, out=out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        """Share the gradient evenly among the elements that attain the extreme."""
        x, indices = op.inputs
        y = spread(op, op.outputs[0])
        attains = ops.cast(ops.equal(x, y), grad.dtype)
        count = apply(Sum(self.keep_dims), attains, indices)
        return attains * spread(op, grad / count), None


def _lowest(dtype: np.dtype[Any]) -> Array:
    if dtype.kind in "iu":
        return dtype.type(np.iinfo(dtype).min)
    return dtype.type(-np.inf)


def _highest(dtype: np.dtype[Any]) -> Array:
    if dtype.kind in "iu":
        return dtype.type(np.iinfo(dtype).max)
    return dtype.type(np.inf)


@register
class Max(_Extreme):
    """The maximum; of nothing, the lowest value of the dtype."""

    def kernel(self, input: Array, reduction_indices: Array, out: Array | None = None) -> Array:
        return self._reduce(np.maximum, input, reduction_indices, _lowest(input.dtype), out)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        return self._reduced("max", specs)


@register
class Min(_Extreme):
    """The minimum; of nothing, the highest value of the dtype."""

    def kernel(self, input: Array, reduction_indices: Array, out: Array | None = None) -> Array:
        return self._reduce(np.minimum, input, reduction_indices, _highest(input.dtype), out)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        return self._reduced("min", specs)


@register
class EuclideanNorm(_Reduction):
    """The square root of the sum of squares."""

    keeps_elements = False

    def kernel(self, input: Array, reduction_indices: Array) -> Array:
        axes = self._axes(input, reduction_indices)
        wide = widened(input)
        squares = (wide * np.conj(wide)).sum(axis=axes, keepdims=self.keep_dims)
        return np.sqrt(squares).astype(input.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        scaled = spread(op, grad / op.outputs[0])
        return op.inputs[0] * scaled, None

    @classmethod
    def special_samples(cls) -> Iterator[Sample]:
        empty, first = np.zeros((0, 3), np.float32), np.asarray([0], np.int32)
        yield Sample.of(cls(), empty, first, gradient=(), note="no direction at 0")
        values = np.asarray([[3 + 4j, 0], [1 - 2j, 2]])
        note = "TensorFlow's gradient has an imaginary part that the value does not depend on"
        for dtype in (np.complex64, np.complex128):
            yield Sample.of(cls(), values.astype(dtype), first, gradient=(), note=note)


class _Logical(_Reduction):
    """All or any of booleans."""

    inputs = "input: bool, reduction_indices: Tidx"
    has_out = True
    types: ClassVar[Any] = {"Tidx": INDEX}
    differentiable = False

    @classmethod
    def arrays(cls) -> Iterator[Array]:
        for array in super().arrays():
            yield array > 0

    @classmethod
    def special_samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.zeros((0, 3), np.bool_), np.asarray([0], np.int32))


@register
class All(_Logical):
    """Whether all are true."""

    def kernel(self, input: Array, reduction_indices: Array, out: Array | None = None) -> Array:
        axes = self._axes(input, reduction_indices)
        return np.all(input, axis=axes, keepdims=self.keep_dims, out=out)


@register
class AnyOp(_Logical):
    """Whether any is true."""

    type = "Any"

    def kernel(self, input: Array, reduction_indices: Array, out: Array | None = None) -> Array:
        axes = self._axes(input, reduction_indices)
        return np.any(input, axis=axes, keepdims=self.keep_dims, out=out)


# -- gradients ---------------------------------------------------------------------


def spread(op: Operation, tensor: Tensor) -> Tensor:
    """Broadcast a tensor of a reduction's output shape to the shape of its input."""
    x, indices = op.inputs
    keep_dims = getattr(op.op, "keep_dims", False)
    kept = tensor if keep_dims else ops.reshape(tensor, _kept_shape(x, indices))
    if x.shape.is_fully_defined():
        return ops.broadcast_to(kept, x.shape.as_list())
    return ops.broadcast_to(kept, ops.shape(x))


def _kept_shape(x: Tensor, indices: Tensor) -> Any:
    """The shape of the output with the reduced axes kept, of size 1."""
    dims, axes = x.shape.as_tuple(), indices.spec.value
    if dims is None or axes is None:
        shape = ops.shape(x)
        rank = ops.rank(x)
        flat = ops.reshape(ops.cast(indices, "int32"), [-1])
        positive = ops.floormod(flat + rank, rank)
        return ops.dynamic_stitch([ops.range(rank), positive], [shape, ops.ones_like(positive)])
    reduced = reduced_axes(axes, len(dims))
    kept = [1 if axis in reduced else dim for axis, dim in enumerate(dims)]
    unknown = [axis for axis, dim in enumerate(kept) if dim is None]
    if not unknown:
        return kept
    if len(unknown) == 1 and 0 not in kept:
        return [-1 if dim is None else dim for dim in kept]
    shape = ops.shape(x)
    return ops.stack([shape[axis] if dim is None else dim for axis, dim in enumerate(kept)])


# -- public functions --------------------------------------------------------------


def _arguments(
    axis: Any,
    keepdims: bool | None,
    reduction_indices: Any,
    keep_dims: bool | None,
) -> tuple[Any, bool]:
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    return axis, bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))


def _all_axes(x: Tensor) -> Tensor:
    if x.shape.ndims is not None:
        return ops.constant(np.arange(x.shape.ndims, dtype=np.int32))
    return ops.range(0, ops.rank(x))


def _reduce(op: _Reduction, x: Any, axis: Any, name: str | None) -> Tensor:
    if axis is None:
        x = convert_to_tensor(x)
        result = apply(op, x, _all_axes(x), name=name)
        if not op.keep_dims:
            result.set_shape([])  # also where the rank is not known
        return result
    if isinstance(axis, (list, tuple)) and not axis:
        axis = np.zeros(0, np.int32)
    return apply(op, x, axis, name=name)


def reduce_sum(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Add up the elements along axes.

    Args:
      input_tensor: numeric.
      axis: the axes to reduce, negative ones count from the end; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      The sums; 0 over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_sum([[1, 2, 3], [4, 5, 6]], axis=0))
    array([5, 7, 9], dtype=int32)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(Sum(keep), input_tensor, axis, name)


def reduce_mean(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Average the elements along axes.

    Args:
      input_tensor: numeric; the mean of integers is an integer.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      The means; NaN over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_mean([[1.0, 2.0], [4.0, 9.0]], axis=1, keepdims=True))
    array([[1.5],
           [6.5]], dtype=float32)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(Mean(keep), input_tensor, axis, name)


def reduce_prod(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Multiply the elements along axes.

    Args:
      input_tensor: numeric.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      The products; 1 over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_prod([[1, 2, 3], [4, 5, 6]], axis=1))
    array([  6, 120], dtype=int32)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(Prod(keep), input_tensor, axis, name)


def reduce_max(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Take the maximum along axes.

    Args:
      input_tensor: real.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      The maxima; -inf (the least integer) over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_max([[1, 8, 3], [4, 5, 6]], axis=0))
    array([4, 8, 6], dtype=int32)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(Max(keep), input_tensor, axis, name)


def reduce_min(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Take the minimum along axes.

    Args:
      input_tensor: real.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      The minima; inf (the greatest integer) over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_min([[1, 8, 3], [4, 5, 6]], axis=1))
    array([1, 4], dtype=int32)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(Min(keep), input_tensor, axis, name)


def reduce_all(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Tell whether all elements along axes are true.

    Args:
      input_tensor: bool.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      A bool tensor; True over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_all([[True, False], [True, True]], axis=0))
    array([ True, False])
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(All(keep), input_tensor, axis, name)


def reduce_any(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Tell whether any element along axes is true.

    Args:
      input_tensor: bool.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      A bool tensor; False over an empty axis.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_any([[True, False], [True, False]], axis=0))
    array([ True, False])
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    return _reduce(AnyOp(keep), input_tensor, axis, name)


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Take the square root of the sum of squares along axes.

    Args:
      input_tensor: numeric.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: the operation's name.

    Returns:
      The norms.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.reduce_euclidean_norm([[3.0, 4.0], [5.0, 12.0]], axis=1))
    array([ 5., 13.], dtype=float32)
    """
    return _reduce(EuclideanNorm(bool(keepdims)), input_tensor, axis, name)


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Compute the variance along axes (divided by the number of elements).

    Args:
      input_tensor: floating or complex.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: name scope of the operations.

    Returns:
      The variances.

    Raises:
      TypeError: the input is integer.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.reduce_variance([[1.0, 5.0], [2.0, 2.0]], axis=1))
    array([4., 0.], dtype=float32)
    """
    with name_scope(name or "reduce_variance", None, [input_tensor]):
        x = convert_to_tensor(input_tensor)
        if x.dtype.is_integer:
            raise TypeError(f"the variance of integers is not defined: cast {x!r} first")
        difference = ops.squared_difference(x, reduce_mean(x, axis=axis, keepdims=True))
        if x.dtype.is_complex:
            difference = ops.real(difference)
        return reduce_mean(difference, axis=axis, keepdims=keepdims)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Compute the standard deviation along axes.

    Args:
      input_tensor: floating or complex.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: name scope of the operations.

    Returns:
      The standard deviations.

    Raises:
      TypeError: the input is integer.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.reduce_std([[1.0, 5.0], [2.0, 2.0]], axis=1))
    array([2., 0.], dtype=float32)
    """
    with name_scope(name or "reduce_std", None, [input_tensor]):
        return ops.sqrt(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Compute log(sum(exp(x))) along axes, without overflow.

    Args:
      input_tensor: floating.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      name: name scope of the operations.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.

    Returns:
      The reduced tensor.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.reduce_logsumexp([[1000.0, 1000.0], [0.0, 1.0]], axis=1)).round(2)
    array([1000.69,    1.31], dtype=float32)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    with name_scope(name, "ReduceLogSumExp", [input_tensor]):
        x = convert_to_tensor(input_tensor)
        highest = reduce_max(x, axis=axis, keepdims=True)
        finite = ops.where(ops.is_finite(highest), highest, ops.zeros_like(highest))
        shift = ops.stop_gradient(finite)
        total = ops.log(reduce_sum(ops.exp(ops.subtract(x, shift)), axis=axis, keepdims=keep))
        if not keep:
            shift = ops.reshape(shift, ops.shape(total))
        return ops.add(total, shift)


def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = "int64",
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> Tensor:
    """Count the elements along axes that are not zero (or not empty strings).

    Args:
      input_tensor: numeric, bool or string.
      axis: the axes to reduce; all by default.
      keepdims: whether the axes stay, with size 1.
      dtype: the dtype of the counts.
      name: name scope of the operations.
      reduction_indices: old name of `axis`.
      keep_dims: old name of `keepdims`.
      input: new name of `input_tensor`.

    Returns:
      The counts.

    Raises:
      ValueError: an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.count_nonzero([[3, 0, 1], [0, 0, 2]], axis=1))
    array([2, 1])
    """
    if input is not None and input_tensor is not None:
        raise ValueError("give input or input_tensor, not both")
    x = input_tensor if input is None else input
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    with name_scope(name, "count_nonzero", [x]):
        x = convert_to_tensor(x, name="input")
        zero = ops.zeros([], x.dtype.base_dtype)
        nonzero = ops.cast(ops.not_equal(x, zero), "int64")
        return ops.cast(reduce_sum(nonzero, axis=axis, keepdims=keep), dtype)
