"""Element-wise arithmetic on sparse tensors: with sparse ones, and with dense ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import (
    INDEX,
    INEXACT,
    NUMERIC,
    REAL_NUMBER,
    SIGNED_INTEGER,
    DType,
    dtype_set,
    float32 as _float32,
    float64 as _float64,
    int64 as _int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor, SparseTensorValue
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._sparse import (
    check_inside,
    check_parts,
    groups,
    known_sizes,
    part_specs,
    parts_of,
    picked,
    row_major,
    to_sparse,
)
from graphflow.ops._static import Ints, check_rank, f32, i32, i64, invalid
from graphflow.ops.kernels.segments import counts, sum_rows

__all__ = [
    "SparseAdd",
    "SparseAddGrad",
    "SparseDenseCwiseAdd",
    "SparseDenseCwiseDiv",
    "SparseDenseCwiseMul",
    "SparseSparseMaximum",
    "SparseSparseMinimum",
    "SparseTensorDenseAdd",
    "sparse_add",
    "sparse_dense_cwise_add",
    "sparse_dense_cwise_div",
    "sparse_dense_cwise_mul",
    "sparse_maximum",
    "sparse_minimum",
]

_SECOND = "TensorFlow stops here; ours is checked as the second gradient of SparseAdd"
PAIR = (
    "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: int64"
)


def _check_pair(specs: Sequence[TensorSpec]) -> int | None:
    """Check the parts of two sparse tensors of one shape; return the rank."""
    rank_a = check_parts(specs[:3], "a_")[1]
    rank_b = check_parts(specs[3:6], "b_")[1]
    if None not in (rank_a, rank_b) and rank_a != rank_b:
        raise ValueError(f"a has rank {rank_a}, b has rank {rank_b}")
    shape_a, shape_b = (TensorShape.of(known_sizes(spec)) for spec in (specs[2], specs[5]))
    if not shape_a.is_compatible_with(shape_b):
        raise ValueError(f"a has the dense shape {shape_a}, b has {shape_b}")
    return rank_b if rank_a is None else rank_a


def _pair_shape(specs: Sequence[TensorSpec]) -> Ints | None:
    """What is known of the dense shape that two sparse tensors share."""
    shapes = [TensorShape.of(known_sizes(spec)) for spec in (specs[2], specs[5])]
    return shapes[0].merge_with(shapes[1]).as_tuple()


def _united(a_indices: Array, b_indices: Array, shape: Array) -> tuple[Array, Array, Array]:
    """The places of two sparse tensors together, in row-major order without repetition.

    Returns:
      The places, [n, rank], and the number among them of each place of a and of b.
    """
    indices = np.concatenate([a_indices, b_indices])
    numbers, firsts = groups(row_major(indices, shape))
    return picked(indices, firsts), numbers[: len(a_indices)], numbers[len(a_indices) :]


def _pair_inputs(kind: Any) -> list[Array]:
    """The parts of two sparse tensors of one shape."""
    a, b = i64([[0, 1], [1, 0], [1, 3]]), i64([[0, 0], [0, 1], [1, 2], [1, 3]])
    left, right = np.asarray([1.5, -2.0, 3.0]), np.asarray([4.0, 0.5, -1.0, -5.0])
    return [a, left.astype(kind), i64([2, 4]), b, right.astype(kind), i64([2, 4])]


def _pair_samples(op: Op, kinds: Sequence[Any], *rest: Any) -> Iterator[Sample]:
    """Yield samples with two sparse tensors, and further inputs of their dtype."""
    for kind in kinds:
        yield Sample.of(op, *_pair_inputs(kind), *[item.astype(kind) for item in rest])
    a, left, shape, b, right, _ = _pair_inputs(np.float64)
    yield Sample.of(op, a[:0], left[:0], shape, b, right, shape, *rest)
    yield Sample.of(op, i64([[2]]), left[:1], i64([3]), i64([[0]]), right[:1], i64([3]), *rest)


def _pair_errors(op: Op, *rest: Any) -> Iterator[ErrorSample]:
    indices, values, shape = i64([[0, 1], [1, 0]]), f32([1, 2]), i64([2, 4])
    column = i64([[0], [1]])
    yield ErrorSample(op, (indices, values, shape, column, values, shape[:1], *rest), "has rank 1")
    yield ErrorSample(
        op, (indices, values, shape, indices, values, i64([2, 5]), *rest),
        r"dense shape \(2, 4\), b has \(2, 5\)", when="run",
    )  # fmt: skip
    yield ErrorSample(
        op, (indices, values, shape, i64([[0, 1], [2, 0]]), values, shape, *rest),
        "lies outside", InvalidArgumentError, "run",
    )  # fmt: skip


# -- two sparse tensors ----------------------------------------------------------------------------


@register
class SparseAdd(Op):
    """The sum of two sparse tensors, without sums of two elements that are below a threshold."""

    inputs = f"{PAIR}, thresh: Treal"
    outputs = "sum_indices, sum_values, sum_shape"
    types: ClassVar[Any] = {
        "T": SIGNED_INTEGER | dtype_set("float32 float64 complex64 complex128"),
        "Treal": SIGNED_INTEGER | dtype_set("float32 float64"),
    }

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        check_rank("thresh", specs[6], 0)
        wanted = specs[1].dtype.base_dtype.real_dtype
        if specs[6].dtype.base_dtype is not wanted:
            raise TypeError(f"thresh must be {wanted.name}, it is {specs[6].dtype.name}")
        return part_specs(None, _check_pair(specs), specs[1].dtype.base_dtype)

    def partial_output(self, index: int, *specs: TensorSpec) -> Ints | None:
        return _pair_shape(specs) if index == 2 else None

    def kernel(
        self,
        a_indices: Array,
        a_values: Array,
        a_shape: Array,
        b_indices: Array,
        b_values: Array,
        b_shape: Array,
        thresh: Array,
    ) -> tuple[Array, Array, Array]:
        indices, in_a, in_b = _united(a_indices, b_indices, a_shape)
        values, numbers = np.concatenate([a_values, b_values]), np.concatenate([in_a, in_b])
        sums = sum_rows(values, numbers, len(indices))
        if thresh <= 0:
            return indices, sums, a_shape
        kept = np.abs(sums) >= thresh
        kept |= counts(numbers, len(indices)) == 1
        return picked(indices, kept), sums[kept], a_shape

    def gradient(
        self, op: Operation, _indices: Tensor, grad: Tensor, _shape: Tensor
    ) -> Sequence[Tensor | None]:
        a, b = op.inputs[0], op.inputs[3]
        by_a, by_b = apply_multi(SparseAddGrad(), grad, a, b, op.outputs[0])
        return None, by_a, None, None, by_b, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        kinds = [np.float32, np.float64, np.int8, np.int16, np.int32, np.int64]
        yield from _pair_samples(cls(), kinds, np.float64(0))
        yield Sample.of(cls(), *_pair_inputs(np.float32), np.float32(1.75))
        for thresh in (0, 2.5):
            yield Sample.of(cls(), *_pair_inputs(np.complex64), np.float32(thresh))
            yield Sample.of(cls(), *_pair_inputs(np.complex128), np.float64(thresh))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _pair_errors(cls(), np.float32(0))
        bad = (*_pair_inputs(np.complex64), np.float64(0))
        yield ErrorSample(cls(), bad, "thresh must be float32, it is float64", TypeError)


@register
class SparseAddGrad(Op):
    """Gives each element of two summed sparse tensors the gradient of its sum, if that was kept."""

    inputs = "backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64"
    outputs = "a_val_grad, b_val_grad"
    types: ClassVar[Any] = SparseAdd.types

    def infer(
        self,
        backprop_val_grad: TensorSpec,
        a_indices: TensorSpec,
        b_indices: TensorSpec,
        sum_indices: TensorSpec,
    ) -> list[TensorSpec]:
        check_rank("backprop_val_grad", backprop_val_grad, 1)
        columns = TensorShape.of((None,))
        for name, spec in (("a", a_indices), ("b", b_indices), ("sum", sum_indices)):
            check_rank(f"{name}_indices", spec, 2)
            columns = columns.merge_with(spec.shape.with_rank(2)[1:])
        sum_indices.shape.with_rank(2)[:1].assert_is_compatible_with(backprop_val_grad.shape)
        dtype = backprop_val_grad.dtype.base_dtype
        return [TensorSpec(spec.shape.with_rank(2)[:1], dtype) for spec in (a_indices, b_indices)]

    def kernel(
        self,
        backprop_val_grad: Array,
        a_indices: Array,
        b_indices: Array,
        sum_indices: Array,
    ) -> tuple[Array, Array]:
        indices = np.concatenate([a_indices, b_indices, sum_indices])
        shape = indices.max(axis=0, initial=0) + 1
        numbers, firsts = groups(row_major(indices, shape))
        count = len(a_indices)
        grads = np.zeros(len(firsts), backprop_val_grad.dtype)
        grads[numbers[count + len(b_indices) :]] = backprop_val_grad
        return grads[numbers[:count]], grads[numbers[count : count + len(b_indices)]]

    def gradient(
        self, op: Operation, by_a: Tensor, by_b: Tensor
    ) -> tuple[Tensor, None, None, None]:
        _, a, b, total = op.inputs
        from_a, _ = apply_multi(SparseAddGrad(), by_a, total, total, a)
        from_b, _ = apply_multi(SparseAddGrad(), by_b, total, total, b)
        return from_a + from_b, None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a, b = i64([[0, 1], [1, 0]]), i64([[0, 0], [0, 1], [1, 2]])
        total = i64([[0, 0], [0, 1], [1, 0]])
        for kind in (np.float32, np.int32, np.complex64):
            grad = np.asarray([1.5, 2, -3]).astype(kind)
            yield Sample.of(cls(), grad, a, b, total, gradient=(), note=_SECOND)
        yield Sample.of(
            cls(), np.zeros(0, np.float32), a, b[:0], total[:0], gradient=(), note=_SECOND
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a, grad = i64([[0, 1], [1, 0]]), f32([1, 2])
        yield ErrorSample(cls(), (grad, a, a, a[:1]), "not compatible")
        yield ErrorSample(cls(), (grad, a, a[:, :1], a), "not compatible")


class _Extreme(Op):
    """The larger or smaller of two elements, where zero stands for a missing one."""

    inputs = PAIR
    outputs = "output_indices, output_values"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    ufunc: ClassVar[np.ufunc]

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        return part_specs(None, _check_pair(specs), specs[1].dtype.base_dtype)[:2]

    def kernel(
        self,
        a_indices: Array,
        a_values: Array,
        a_shape: Array,
        b_indices: Array,
        b_values: Array,
        b_shape: Array,
    ) -> tuple[Array, Array]:
        indices, in_a, in_b = _united(a_indices, b_indices, a_shape)
        left, right = np.zeros((2, len(indices)), a_values.dtype)
        left[in_a], right[in_b] = a_values, b_values
        return indices, self.ufunc(left, right)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        kinds = [np.float32, np.float64, np.float16, np.int32, np.int64]
        yield from _pair_samples(cls(), kinds)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _pair_errors(cls())


@register
class SparseSparseMaximum(_Extreme):
    """The larger of two elements."""

    ufunc = np.maximum


@register
class SparseSparseMinimum(_Extreme):
    """The smaller of two elements."""

    ufunc = np.minimum


# -- a sparse and a dense tensor, to a dense one ---------------------------------------------------


@register
class SparseTensorDenseAdd(Op):
    """The sum of a sparse and a dense tensor of one shape."""

    inputs = "a_indices: Tindices, a_values: T, a_shape: Tindices, b: T"
    types: ClassVar[Any] = {"T": NUMERIC, "Tindices": INDEX}

    def infer(
        self, a_indices: TensorSpec, a_values: TensorSpec, a_shape: TensorSpec, b: TensorSpec
    ) -> TensorSpec:
        check_parts((a_indices, a_values, a_shape), "a_")
        shape = TensorShape.of(known_sizes(a_shape))
        if not shape.is_compatible_with(b.shape):
            raise ValueError(f"a has the dense shape {shape}, b has shape {b.shape}")
        return TensorSpec(b.shape.merge_with(shape), b.dtype.base_dtype)

    def kernel(self, a_indices: Array, a_values: Array, a_shape: Array, b: Array) -> Array:
        if b.shape != tuple(a_shape.tolist()):
            raise invalid(f"a has the dense shape {tuple(a_shape.tolist())}, b has shape {b.shape}")
        places = row_major(a_indices, a_shape)
        result = np.array(b, order="C")
        np.add.at(result.reshape(-1), places, a_values)
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return None, ops.gather_nd(grad, op.inputs[0]), None, grad

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices, shape = i64([[0, 1], [1, 0], [1, 0]]), i64([2, 3])
        values, b = np.asarray([1.5, -2.0, 4.0]), np.arange(6).reshape(2, 3) / 2
        kinds = (np.float16, np.float32, np.float64, np.complex64, np.int32, np.int64)
        for kind in kinds:
            yield Sample.of(cls(), indices, values.astype(kind), shape, b.astype(kind))
        small = np.asarray([[0], [2]], np.int32)
        yield Sample.of(cls(), small, values[:2], shape[1:].astype(np.int32), b[0])
        yield Sample.of(cls(), indices[:0], values[:0], shape, b)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, values, shape = i64([[0, 1], [1, 0]]), f32([1, 2]), i64([2, 3])
        yield ErrorSample(
            cls(), (indices, values, shape, np.ones((2, 4), np.float32)),
            r"dense shape \(2, 3\), b has shape \(2, 4\)", when="run",
        )  # fmt: skip
        yield ErrorSample(
            cls(), (indices + 1, values, shape, np.ones((2, 3), np.float32)), "lies outside",
            InvalidArgumentError, "run",
        )  # fmt: skip


# -- a sparse and a dense tensor, to a sparse one --------------------------------------------------


class _WithDense(Op):
    """Combines each element of a sparse tensor with the one there of a dense tensor.

    The dense tensor is repeated to the shape of the sparse one.
    """

    inputs = "sp_indices: int64, sp_values: T, sp_shape: int64, dense: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def infer(
        self, sp_indices: TensorSpec, sp_values: TensorSpec, sp_shape: TensorSpec, dense: TensorSpec
    ) -> TensorSpec:
        count, rank = check_parts((sp_indices, sp_values, sp_shape), "sp_")
        sizes = known_sizes(sp_shape) or (None if rank is None else (None,) * rank)
        _check_broadcast(dense.shape, TensorShape.of(sizes))
        return TensorSpec(TensorShape.of((count,)), sp_values.dtype.base_dtype)

    def kernel(self, sp_indices: Array, sp_values: Array, sp_shape: Array, dense: Array) -> Array:
        check_inside(sp_indices, sp_shape)
        dense = np.asarray(dense)
        _check_broadcast(TensorShape.of(dense.shape), TensorShape.of(tuple(sp_shape.tolist())))
        columns = sp_indices.T[len(sp_shape) - dense.ndim :]
        at = tuple(
            column if size > 1 else 0 for column, size in zip(columns, dense.shape, strict=True)
        )
        return self._combined(sp_values, np.asarray(dense[at]))

    def _combined(self, values: Array, dense: Array) -> Array:
        raise NotImplementedError

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        _, values, _, dense = op.inputs
        at = _dense_places(op)
        by_values, by_dense = self._slopes(grad, values, ops.gather_nd(dense, at))
        shape = ops.shape(dense, out_type=_int64)
        return None, by_values, None, ops.scatter_nd(at, by_dense, shape)

    def _slopes(self, grad: Tensor, values: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices, shape = i64([[0, 1], [1, 0], [1, 2]]), i64([2, 3])
        values, dense = np.asarray([1.5, -2.0, 4.0]), np.asarray([[2, 4, 0.5], [-1, 3, 5]])
        for kind in (np.float16, np.float32, np.float64, np.int32, np.int64):
            right = np.ceil(dense).astype(kind)
            yield Sample.of(cls(), indices, values.astype(kind), shape, right)
        for right in (dense[0], dense[:, :1], dense[:1], dense[0, 1:2]):
            yield Sample.of(cls(), indices, values, shape, right)
        scalar = "TensorFlow's gradient does not take a scalar"
        yield Sample.of(cls(), indices, values, shape, dense[0, 1], oracle=False, note=scalar)
        yield Sample.of(cls(), indices[:0], values[:0], shape, dense)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, values, shape = i64([[0, 1], [1, 0]]), f32([1, 2]), i64([2, 3])
        ones = np.ones((2, 3), np.float32)
        bad = (indices, values, shape, ones[None])
        yield ErrorSample(cls(), bad, "does not broadcast to the shape")
        bad = (indices, values, shape, ones[:, :2])
        yield ErrorSample(cls(), bad, "does not broadcast", InvalidArgumentError, "run")
        bad = (indices + 1, values, shape, ones)
        yield ErrorSample(cls(), bad, "lies outside", InvalidArgumentError, "run")


def _check_broadcast(dense: TensorShape, sparse: TensorShape) -> None:
    """Raise InvalidArgumentError unless a dense tensor can be repeated to a sparse one's shape."""
    mine, theirs = dense.as_tuple(), sparse.as_tuple()
    if mine is None or theirs is None:
        return
    if len(mine) <= len(theirs):
        aligned = theirs[len(theirs) - len(mine) :]
        pairs = zip(mine, aligned, strict=True)
        if all(one in (1, None) or size in (one, None) for one, size in pairs):
            return
    raise invalid(
        f"dense has shape {dense}, which does not broadcast to the shape {sparse} of the sparse "
        "tensor"
    )


def _dense_places(op: Operation) -> Tensor:
    """The place in the dense tensor, before it is repeated, of each sparse element: [n, rank]."""
    indices, _, sp_shape, dense = op.inputs
    sizes = ops.shape(dense, out_type=_int64)
    columns = indices[:, ops.size(sp_shape) - ops.size(sizes) :]
    return columns * ops.cast(ops.greater(sizes, ops.ones_like(sizes)), _int64)


@register
class SparseDenseCwiseMul(_WithDense):
    """Multiplies each sparse element with the dense one."""

    def _combined(self, values: Array, dense: Array) -> Array:
        return values * dense

    def _slopes(self, grad: Tensor, values: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        return grad * dense, grad * values


@register
class SparseDenseCwiseDiv(_WithDense):
    """Divides each sparse element by the dense one; integers are cut off towards zero."""

    def _combined(self, values: Array, dense: Array) -> Array:
        if values.dtype.kind not in "iu":
            return values / dense
        if not np.all(dense):
            raise invalid("integer division by zero")
        return (values - np.fmod(values, dense)) // dense

    def _slopes(self, grad: Tensor, values: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        by_values = grad / dense
        return by_values, -by_values * (values / dense)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        zero = (i64([[1]]), i32([3]), i64([2]), i32([4, 0]))
        yield ErrorSample(cls(), zero, "division by zero", InvalidArgumentError, "run")


@register
class SparseDenseCwiseAdd(_WithDense):
    """Adds the dense element to each sparse one."""

    def _combined(self, values: Array, dense: Array) -> Array:
        return values + dense

    def _slopes(self, grad: Tensor, values: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        return grad, grad


# -- public functions ------------------------------------------------------------------------------


def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """Add two tensors, at least one of which is sparse.

    Args:
      a: a `SparseTensor`, or a tensor.
      b: a `SparseTensor`, or a tensor, of the same dtype and shape. Sparse ones have their elements
        in row-major order without repetition.
      threshold: where both are sparse and have an element in the same place, the sum is left out
        if its magnitude is smaller; by default none is.
      thresh: deprecated name of `threshold`.

    Returns:
      A `SparseTensor` if both are sparse, else a tensor.

    Raises:
      TypeError: neither is sparse, or the dtypes differ.
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> a = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 3])
    >>> b = tf.SparseTensor([[0, 0], [1, 2]], [1, -6], [2, 3])
    >>> tf.Session().run(tf.sparse.add(a, b)).values
    array([1, 5, 1], dtype=int32)
    >>> tf.Session().run(tf.sparse.add(a, tf.ones([2, 3], tf.int32)))
    array([[1, 6, 1],
           [1, 1, 8]], dtype=int32)
    """
    threshold = deprecated_argument_lookup("threshold", threshold, "thresh", thresh)
    kinds = (SparseTensor, SparseTensorValue)
    if not isinstance(a, kinds) and not isinstance(b, kinds):
        raise TypeError(f"sparse_add needs a SparseTensor, not {a!r} and {b!r}: use tf.add")
    if not (isinstance(a, kinds) and isinstance(b, kinds)):
        sparse, dense = (a, b) if isinstance(a, kinds) else (b, a)
        sparse = to_sparse(sparse)
        op = SparseTensorDenseAdd()
        return apply(op, *parts_of(sparse), dense)
    a, b = to_sparse(a), to_sparse(b)
    threshold = convert_to_tensor(
        0 if threshold is None else threshold, a.dtype.base_dtype.real_dtype, name="thresh"
    )
    indices, values, shape = apply_multi(SparseAdd(), *parts_of(a), *parts_of(b), threshold)
    result = SparseTensor(indices, values, shape)
    result.set_shape(a.shape.merge_with(b.shape))
    return result


def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Take the larger elements of two sparse tensors; a missing one counts as zero.

    Args:
      sp_a: a real `SparseTensor` with elements in row-major order without repetition.
      sp_b: another of the same dtype and shape.
      name: the operation's name.

    Returns:
      A `SparseTensor` with an element wherever one of the two has one.

    Raises:
      TypeError: an argument is not sparse.
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> a = tf.SparseTensor([[0], [2]], [-5, 7], [4])
    >>> b = tf.SparseTensor([[1], [2]], [3, 9], [4])
    >>> tf.Session().run(tf.sparse.maximum(a, b)).values
    array([0, 3, 9], dtype=int32)
    """
    return _extreme(SparseSparseMaximum(), sp_a, sp_b, name)


def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Take the smaller elements of two sparse tensors; a missing one counts as zero.

    Args:
      sp_a: a real `SparseTensor` with elements in row-major order without repetition.
      sp_b: another of the same dtype and shape.
      name: the operation's name.

    Returns:
      A `SparseTensor` with an element wherever one of the two has one.

    Raises:
      TypeError: an argument is not sparse.
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> a = tf.SparseTensor([[0], [2]], [-5, 7], [4])
    >>> b = tf.SparseTensor([[1], [2]], [3, 9], [4])
    >>> tf.Session().run(tf.sparse.minimum(a, b)).values
    array([-5,  0,  7], dtype=int32)
    """
    return _extreme(SparseSparseMinimum(), sp_a, sp_b, name)


def _extreme(op: Op, sp_a: Any, sp_b: Any, name: str | None) -> SparseTensor:
    a, b = to_sparse(sp_a, "sp_a"), to_sparse(sp_b, "sp_b")
    indices, values = apply_multi(op, *parts_of(a), *parts_of(b), name=name)
    result = SparseTensor(indices, values, a.dense_shape)
    result.set_shape(a.shape.merge_with(b.shape))
    return result


def sparse_dense_cwise_mul(
    sp_indices: Any, sp_values: Any, sp_shape: Any, dense: Any, name: str | None = None
) -> Tensor:
    """Multiply each element of a sparse tensor with the one there of a dense tensor.

    Args:
      sp_indices: int64 [n, rank].
      sp_values: real [n].
      sp_shape: int64 [rank].
      dense: of the same dtype, of a shape that broadcasts to `sp_shape`.
      name: the operation's name.

    Returns:
      The new elements, [n].

    >>> from graphflow import ops, Session
    >>> Session().run(ops.sparse_dense_cwise_mul([[0, 1], [1, 0]], [3, 5], [2, 2], [[1], [10]]))
    array([ 3, 50], dtype=int32)
    """
    return apply(SparseDenseCwiseMul(), sp_indices, sp_values, sp_shape, dense, name=name)


def sparse_dense_cwise_div(
    sp_indices: Any, sp_values: Any, sp_shape: Any, dense: Any, name: str | None = None
) -> Tensor:
    """Divide each element of a sparse tensor by the one there of a dense tensor.

    Args:
      sp_indices: int64 [n, rank].
      sp_values: real [n].
      sp_shape: int64 [rank].
      dense: of the same dtype, of a shape that broadcasts to `sp_shape`.
      name: the operation's name.

    Returns:
      The new elements, [n].

    >>> from graphflow import ops, Session
    >>> Session().run(ops.sparse_dense_cwise_div([[0, 1], [1, 0]], [3.0, 5.0], [2, 2], [4.0, 2.0]))
    array([1.5 , 1.25], dtype=float32)
    """
    return apply(SparseDenseCwiseDiv(), sp_indices, sp_values, sp_shape, dense, name=name)


def sparse_dense_cwise_add(
    sp_indices: Any, sp_values: Any, sp_shape: Any, dense: Any, name: str | None = None
) -> Tensor:
    """Add to each element of a sparse tensor the one there of a dense tensor.

    Args:
      sp_indices: int64 [n, rank].
      sp_values: real [n].
      sp_shape: int64 [rank].
      dense: of the same dtype, of a shape that broadcasts to `sp_shape`.
      name: the operation's name.

    Returns:
      The new elements, [n].

    >>> from graphflow import ops, Session
    >>> Session().run(ops.sparse_dense_cwise_add([[0, 1], [1, 0]], [3, 5], [2, 2], [[1], [10]]))
    array([ 4, 15], dtype=int32)
    """
    return apply(SparseDenseCwiseAdd(), sp_indices, sp_values, sp_shape, dense, name=name)


# -- operators -------------------------------------------------------------------------------------

_QUOTIENT: dict[str, DType] = {
    "int8": _float32, "int16": _float32, "uint8": _float32, "uint16": _float32,
    "int32": _float64, "int64": _float64,
}  # fmt: skip


def _multiplied(sparse: SparseTensor, dense: Tensor, name: str) -> Tensor:
    return sparse_dense_cwise_mul(*parts_of(sparse), dense, name=name)


def _divided(sparse: SparseTensor, dense: Tensor, name: str) -> Tensor:
    return sparse_dense_cwise_div(*parts_of(sparse), dense, name=name)


def _truly_divided(sparse: SparseTensor, dense: Tensor, name: str) -> Tensor:
    """Divide, after integers are made floating."""
    indices, values, shape = parts_of(sparse)
    if sparse.dtype.base_dtype not in INEXACT:
        dtype = _QUOTIENT[sparse.dtype.base_dtype.name]
        values, dense = ops.cast(values, dtype), ops.cast(dense, dtype)
    return sparse_dense_cwise_div(indices, values, shape, dense, name=name)


def _override(operators: Sequence[str], function: Callable[..., Tensor], name: str) -> None:
    def combine(sparse: SparseTensor, dense: Any) -> SparseTensor:
        with name_scope(None, name, [*parts_of(sparse), dense]) as scope:
            dense = convert_to_tensor(dense, sparse.dtype.base_dtype, name="y")
            values = function(sparse, dense, scope)
        result = SparseTensor(sparse.indices, values, sparse.dense_shape)
        result.set_shape(sparse.shape)
        return result

    for operator in operators:
        SparseTensor._override_operator(operator, combine)


_override(("__mul__", "__rmul__"), _multiplied, "mul")
_override(("__truediv__",), _truly_divided, "truediv")
_override(("__div__",), _divided, "div")
