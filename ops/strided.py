"""Slicing: `x[1:, ..., tf.newaxis]`, tf.strided_slice and tf.slice."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import (
    INDEX,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, TensorSpec
from graphflow.ops._static import (
    Ints,
    check_rank,
    f32,
    five_axes,
    i32,
    i64,
    invalid,
    known_int,
    known_ints,
)

__all__ = [
    "Slice",
    "StridedSlice",
    "StridedSliceGrad",
    "slice",
    "slice_helper",
    "strided_slice",
]

_builtin_slice = builtins.slice


# -- strided slices --------------------------------------------------------------------------------


class Strided(Op):
    """What the ops share that read begin, end and strides through masks.

    Bit i of a mask speaks of item i of the three vectors: begin_mask and end_mask say that the
    bound is open, ellipsis_mask that the item stands for all axes not spoken of, new_axis_mask that
    it inserts an axis of size 1, and shrink_axis_mask that it is one index, whose axis goes.
    """

    begin_mask: int
    end_mask: int
    ellipsis_mask: int
    new_axis_mask: int
    shrink_axis_mask: int

    def items(self, begin: Ints, end: Ints, strides: Ints) -> list[Any]:
        """One item of a numpy key for each item of the vectors; see `_Item` for unknown ones."""
        if bin(self.ellipsis_mask & ((1 << len(begin)) - 1)).count("1") > 1:
            raise ValueError("there is more than one ellipsis")
        return [
            self._item(i, *bounds) for i, bounds in enumerate(zip(begin, end, strides, strict=True))
        ]

    def _item(self, i: int, begin: int | None, end: int | None, stride: int | None) -> Any:
        bit = 1 << i
        if self.ellipsis_mask & bit:
            return ...
        if self.new_axis_mask & bit:
            return None
        if stride == 0:
            raise ValueError(f"strides[{i}] must not be 0")
        if self.shrink_axis_mask & bit:
            if stride is not None and stride < 0:
                raise ValueError(f"strides[{i}] must be positive for a single index")
            return _Index(begin)
        return _Bounds(begin, end, stride, bool(self.begin_mask & bit), bool(self.end_mask & bit))

    def bounds_key(self, begin: Array, end: Array, strides: Array) -> tuple[Any, ...]:
        """The numpy key for known vectors."""
        vectors = [tuple(vector.tolist()) for vector in (begin, end, strides)]
        try:
            items = self.items(*vectors)
        except ValueError as error:
            raise invalid(str(error)) from error
        key = tuple(item.key() if isinstance(item, (_Index, _Bounds)) else item for item in items)
        return key if ... in key else (*key, ...)

    def sliced(self, array: Array, key: tuple[Any, ...]) -> Array:
        try:
            return array[key]
        except IndexError as error:
            raise invalid(f"the slice lies outside of shape {np.shape(array)}: {error}") from error

    def _masks(self) -> dict[str, Any]:
        return self.attributes()


class _Index:
    """A single index, None if it is not known."""

    def __init__(self, index: int | None) -> None:
        self.index = index

    def key(self) -> int | None:
        return self.index

    def check(self, size: int | None, axis: int) -> None:
        """Raise ValueError if the index lies outside of the axis."""
        if None not in (self.index, size) and not -size <= self.index < size:  # type: ignore[operator]
            raise ValueError(f"index {self.index} is out of range for axis {axis} of size {size}")


class _Bounds:
    """A range of indices; unknown bounds are None, open ones have a flag."""

    def __init__(
        self, begin: int | None, end: int | None, stride: int | None, from_start: bool, to_end: bool
    ) -> None:
        self.begin = None if from_start else begin
        self.end = None if to_end else end
        self.stride = stride
        self.is_known = (from_start or begin is not None) and (to_end or end is not None)
        self.is_whole = from_start and to_end and stride in (1, -1)

    def key(self) -> _builtin_slice:
        return _builtin_slice(self.begin, self.end, self.stride)

    def size(self, size: int | None) -> int | None:
        """How many indices of an axis of this size are in the range."""
        if self.is_whole:
            return size
        if size is None or self.stride is None or not self.is_known:
            return None
        return len(range(*self.key().indices(size)))


@register
class StridedSlice(Strided):
    """Regularly spaced elements along each axis."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0

    inputs = "input: T, begin: Index, end: Index, strides: Index"
    viewed = 0
    types = {"Index": INDEX}
    cheap = True

    def infer(
        self, input: TensorSpec, begin: TensorSpec, end: TensorSpec, strides: TensorSpec
    ) -> TensorSpec:
        vectors = known_vectors(begin, end, strides)
        dims = input.shape.as_tuple()
        dtype = input.dtype.base_dtype
        if vectors is None or dims is None:
            return TensorSpec(TensorShape.of(None), dtype)
        return TensorSpec(TensorShape.of(sliced_dims(self.items(*vectors), dims)), dtype)

    def partial(self, *specs: TensorSpec) -> Ints | int | None:
        if specs[0].shape.rank != 1 or not specs[0].dtype.is_integer:
            return None
        values = known_ints(specs[0])
        bounds = [spec.value for spec in specs[1:]]
        if values is None or any(bound is None for bound in bounds):
            return None
        array = np.empty(len(values), object)
        array[:] = values
        sliced = array[self.bounds_key(*bounds)]
        if sliced.ndim == 0:
            return sliced[()]  # type: ignore[no-any-return]
        return tuple(sliced.tolist()) if sliced.ndim == 1 else None

    def kernel(self, input: Array, begin: Array, end: Array, strides: Array) -> Array:
        return self.sliced(np.asarray(input), self.bounds_key(begin, end, strides))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, begin, end, strides = op.inputs
        sizes = ops.shape(x, out_type=begin.dtype)
        back = StridedSliceGrad(**self._masks())
        return apply(back, sizes, begin, end, strides, grad), None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
        for op, begin, end, strides in _SLICES:
            yield Sample.of(cls(**op), a, i32(begin), i32(end), i32(strides))
        masks = {"begin_mask": 1, "end_mask": 8, "ellipsis_mask": 2, "shrink_axis_mask": 4}
        bounds = i32([0, 0, 1, 0]), i32([2, 0, 2, 0]), i32([1, 1, 1, 1])
        yield Sample.of(cls(**masks), five_axes(), *bounds)
        yield Sample.of(cls(), i64([4, 5, 6]), i64([0]), i64([2]), i64([1]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        shrink, twice = cls(shrink_axis_mask=1), cls(ellipsis_mask=3)
        one, two = i32([1]), i32([2])
        yield ErrorSample(shrink, (a, two, i32([3]), one), "index 2 is out of range for axis 0")
        yield ErrorSample(cls(), (a, one, two, i32([0])), r"strides\[0\] must not be 0")
        yield ErrorSample(
            twice, (a, i32([0, 0]), i32([0, 0]), i32([1, 1])), "more than one ellipsis"
        )
        three = i32([0, 0, 0])
        yield ErrorSample(cls(), (a, three, three + 1, three + 1), "3 axes are sliced")


_SLICES: tuple[tuple[dict[str, int], list[int], list[int], list[int]], ...] = (
    ({}, [0, 1], [2, 3], [1, 1]),
    ({"begin_mask": 2, "end_mask": 2}, [1, 0, 3], [2, 0, 0], [1, 2, -2]),
    ({"shrink_axis_mask": 1}, [-1], [0], [1]),
    ({"shrink_axis_mask": 7}, [1, 2, -3], [2, 3, -2], [1, 1, 1]),
    (
        {"ellipsis_mask": 1, "new_axis_mask": 2, "shrink_axis_mask": 4},
        [0, 0, 1],
        [0, 0, 2],
        [1, 1, 1],
    ),
    ({"begin_mask": 1, "end_mask": 1}, [0], [0], [-1]),
    ({}, [5], [9], [1]),
)


def known_vectors(*specs: TensorSpec) -> list[Ints] | None:
    """What is known of begin, end and strides; None if not even their length is."""
    for name, spec in zip(("begin", "end", "strides"), specs, strict=True):
        check_rank(name, spec, 1)
    vectors = [known_ints(spec) for spec in specs]
    lengths = {len(vector) for vector in vectors if vector is not None}
    if len(lengths) > 1:
        raise ValueError(f"begin, end and strides differ in length: {sorted(lengths)}")
    if not lengths:
        return None
    count = lengths.pop()
    return [(None,) * count if vector is None else vector for vector in vectors]


def sliced_dims(items: Sequence[Any], dims: Ints) -> Ints:
    """The shape that a key gives for a shape."""
    used = sum(isinstance(item, (_Index, _Bounds)) for item in items)
    if used > len(dims):
        raise ValueError(f"{used} axes are sliced, but the tensor has {len(dims)}")
    if ... not in items:
        items = [*items, ...]
    sizes: list[int | None] = []
    axis = 0
    for item in items:
        if item is ...:
            rest = len(dims) - used
            sizes.extend(dims[axis : axis + rest])
            axis += rest
        elif item is None:
            sizes.append(1)
        elif isinstance(item, _Index):
            item.check(dims[axis], axis)
            axis += 1
        else:
            sizes.append(item.size(dims[axis]))
            axis += 1
    return tuple(sizes)


@register
class StridedSliceGrad(Strided):
    """Zeros with the gradient of a slice in the place of the slice."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0

    makes_new = True
    inputs = "shape: Index, begin: Index, end: Index, strides: Index, dy: T"
    types = {"Index": INDEX}

    def infer(
        self,
        shape: TensorSpec,
        begin: TensorSpec,
        end: TensorSpec,
        strides: TensorSpec,
        dy: TensorSpec,
    ) -> TensorSpec:
        check_rank("shape", shape, 1)
        result = shape.as_shape()
        vectors = known_vectors(begin, end, strides)
        dims = result.as_tuple()
        if vectors is not None and dims is not None:
            dy.shape.merge_with(TensorShape.of(sliced_dims(self.items(*vectors), dims)))
        return TensorSpec(result, dy.dtype.base_dtype)

    def kernel(self, shape: Array, begin: Array, end: Array, strides: Array, dy: Array) -> Array:
        result = np.zeros(tuple(shape.tolist()), np.asarray(dy).dtype)
        part = self.sliced(result, self.bounds_key(begin, end, strides))
        if part.shape != np.shape(dy):
            raise invalid(f"dy has shape {np.shape(dy)}, the slice has {part.shape}")
        part[...] = dy
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        _, begin, end, strides, _ = op.inputs
        sliced = strided_slice(grad, begin, end, strides, **self._masks())
        return None, None, None, None, sliced

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
        for attributes, begin, end, strides in _SLICES:
            vectors = i32(begin), i32(end), i32(strides)
            dy = StridedSlice(**attributes).kernel(a, *vectors)
            yield Sample.of(cls(**attributes), i32([2, 3, 4]), *vectors, dy)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        vectors = i32([3]), i32([0]), i32([2]), i32([1])
        yield ErrorSample(cls(), (*vectors, f32([1, 2, 3])), "not compatible")


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """Return regularly spaced elements of a tensor, as `input_[begin:end:strides]` does.

    Args:
      input_: a tensor of any dtype.
      begin: int32 or int64 vector, the first index along each of the first axes.
      end: vector of the same dtype, the indices at which to stop.
      strides: vector of the same dtype, the steps; ones by default.
      begin_mask: where bit i is set, `begin[i]` is open.
      end_mask: where bit i is set, `end[i]` is open.
      ellipsis_mask: where bit i is set, item i stands for all axes not spoken of.
      new_axis_mask: where bit i is set, item i inserts an axis of size 1.
      shrink_axis_mask: where bit i is set, `begin[i]` is one index, whose axis goes.
      var: the variable that `input_` is the value of; the result then has a method `assign`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `input_`.

    Raises:
      ValueError: an index lies outside, or a stride is 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strided_slice([1, 2, 3, 4, 5, 6], [1], [6], [2]))
    array([2, 4, 6], dtype=int32)
    """
    if strides is None:
        begin = convert_to_tensor(begin, preferred_dtype=_int32, name="begin")
        strides = ops.ones_like(begin)
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    result = apply(StridedSlice(**masks), input_, begin, end, strides, name=name)
    if var is not None:
        result.assign = _assigner(var, result, masks)  # type: ignore[attr-defined]
    return result


def _assigner(var: Any, result: Tensor, masks: dict[str, int]) -> Callable[..., Any]:
    """The method that assigns to the slice of a variable."""
    default_name = f"{result.op.name}/_assign"

    def assign(value: Any, name: str | None = None) -> Any:
        begin, end, strides = result.op.inputs[1:]
        return var._strided_slice_assign(
            begin=begin, end=end, strides=strides, value=value, name=name or default_name,
            **masks,
        )  # fmt: skip

    return assign


# -- x[...] ----------------------------------------------------------------------------------------

_USAGE = "an index is an integer, a slice, ..., tf.newaxis (None) or an integer scalar tensor"


class _Spec:
    """The vectors and masks that a Python key stands for."""

    def __init__(self) -> None:
        self.begin: list[Any] = []
        self.end: list[Any] = []
        self.strides: list[Any] = []
        self.masks: dict[str, Any] = dict.fromkeys(
            ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0
        )

    def add(self, item: Any) -> None:
        """Append one item of the key."""
        if isinstance(item, _builtin_slice):
            self._add_slice(item)
        elif item is Ellipsis:
            self._append(0, 0, 1, "ellipsis_mask")
        elif item is None:
            self._append(0, 0, 1, "new_axis_mask")
        else:
            index = _bound(item)
            after = ops.add(index, 1, name="add") if isinstance(index, Tensor) else index + 1
            self._append(index, after, 1, "shrink_axis_mask")

    def _add_slice(self, item: _builtin_slice) -> None:
        flags = [
            flag
            for flag, bound in (("begin_mask", item.start), ("end_mask", item.stop))
            if bound is None
        ]
        start, stop = (0 if bound is None else _bound(bound) for bound in (item.start, item.stop))
        self._append(start, stop, 1 if item.step is None else _bound(item.step), *flags)

    def _append(self, begin: Any, end: Any, stride: Any, *flags: str) -> None:
        bit = 1 << len(self.begin)
        for flag in flags:
            self.masks[flag] |= bit
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(stride)


def _bound(value: Any) -> Any:
    """A checked index: a Python integer or an integer scalar tensor."""
    if isinstance(value, Dimension):
        return int(value)
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{_USAGE}, not {value!r}")
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iu":
        return int(value)
    if is_tensor_like(value) and not isinstance(value, (list, tuple)):
        tensor = convert_to_tensor(value)
        if tensor.dtype.base_dtype in INDEX and tensor.shape.rank in (None, 0):
            return tensor
    raise TypeError(f"{_USAGE}, not {value!r}")


def _is_mask(key: Any) -> bool:
    """Whether a key is a boolean mask."""
    if isinstance(key, np.ndarray):
        return bool(key.dtype == np.bool_)
    if isinstance(key, Tensor):
        return key.dtype.is_bool
    return isinstance(key, bool)


def slice_helper(tensor: Any, slice_spec: Any, var: Any = None) -> Tensor:
    """Return `tensor[slice_spec]`.

    Args:
      tensor: a tensor.
      slice_spec: an index, a slice, `...`, `tf.newaxis`, a tuple of those, or a boolean mask.
      var: the variable that `tensor` is the value of; the result then has a method `assign`.

    Returns:
      A tensor of the same dtype.

    Raises:
      TypeError: an index is no integer.
      ValueError: an index lies outside.

    >>> import graphflow as tf
    >>> x = tf.constant([[1, 2, 3], [4, 5, 6]])
    >>> tf.Session().run([x[1], x[:, ::-2], x[..., tf.newaxis, 0]])
    [array([4, 5, 6], dtype=int32), array([[3, 1],
           [6, 4]], dtype=int32), array([[1],
           [4]], dtype=int32)]
    """
    if _is_mask(slice_spec):
        return ops.boolean_mask(tensor, slice_spec)
    items = slice_spec if isinstance(slice_spec, (list, tuple)) else [slice_spec]
    spec = _Spec()
    for item in items:
        spec.add(item)
    vectors = spec.begin, spec.end, spec.strides
    bounds = [bound for vector in vectors for bound in vector]
    with name_scope(None, "strided_slice", [tensor, *bounds]) as scope:
        if items:
            packed = [ops.stack(vector) for vector in vectors]
        else:
            packed = [ops.constant([], _int32)] * 3
        begin, end, strides = _common_dtype(packed)
        return strided_slice(tensor, begin, end, strides, var=var, name=scope, **spec.masks)


def _common_dtype(vectors: list[Tensor]) -> list[Tensor]:
    """Cast to int64 where one of the vectors is."""
    if len({vector.dtype.base_dtype for vector in vectors}) == 1:
        return vectors
    return [
        vector if vector.dtype.base_dtype is _int64 else ops.cast(vector, _int64)
        for vector in vectors
    ]


Tensor._override_operator("__getitem__", slice_helper)


# -- contiguous parts ------------------------------------------------------------------------------


@register
class Slice(Op):
    """A block of elements."""

    inputs = "input: T, begin: Index, size: Index"
    viewed = 0
    types = {"Index": INDEX}
    cheap = True
    keeps_elements = True

    def infer(self, input: TensorSpec, begin: TensorSpec, size: TensorSpec) -> TensorSpec:
        check_rank("begin", begin, 1)
        check_rank("size", size, 1)
        starts, sizes = known_ints(begin), known_ints(size)
        dims = input.shape.as_tuple()
        dtype = input.dtype.base_dtype
        ranks = {len(vector) for vector in (starts, sizes, dims) if vector is not None}
        if len(ranks) > 1:
            raise ValueError(
                f"begin and size must have one number for each axis of shape {input.shape}"
            )
        if not ranks:
            return TensorSpec(TensorShape.of(None), dtype)
        unknown = (None,) * ranks.pop()
        items = zip(starts or unknown, sizes or unknown, dims or unknown, strict=True)
        result = tuple(_part(axis, *item) for axis, item in enumerate(items))
        return TensorSpec(TensorShape.of(result), dtype)

    def partial(self, *specs: TensorSpec) -> Ints | None:
        values, begin, size = known_ints(specs[0]), known_int(specs[1]), known_int(specs[2])
        if specs[0].shape.rank != 1 or not specs[0].dtype.is_integer:
            return None
        if values is None or begin is None or size is None:
            return None
        return values[begin:] if size == -1 else values[begin : begin + size]

    def kernel(self, input: Array, begin: Array, size: Array) -> Array:
        try:
            sizes = [
                _part(axis, *item)
                for axis, item in enumerate(
                    zip(begin.tolist(), size.tolist(), np.shape(input), strict=True)
                )
            ]
        except ValueError as error:
            raise invalid(str(error)) from error
        bounds = zip(begin.tolist(), sizes, strict=True)
        key: list[Any] = [_builtin_slice(start, start + (count or 0)) for start, count in bounds]
        key.append(...)
        return np.asarray(input)[tuple(key)]

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, begin, _ = op.inputs
        column = ops.stack([ops.rank(x), 1])
        taken = ops.shape(op.outputs[0], out_type=begin.dtype)
        rest = ops.subtract(ops.subtract(ops.shape(x, out_type=begin.dtype), taken), begin)
        paddings = ops.concat([ops.reshape(begin, column), ops.reshape(rest, column)], 1)
        return ops.pad(grad, paddings), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([1, 0, 0, 1, 0]), i32([1, 1, -1, 1, 2]))
        a = np.arange(12, dtype=np.float32).reshape(3, 4)
        for begin, size in (([0, 1], [2, 2]), ([1, 0], [-1, 3]), ([3, 4], [0, -1])):
            yield Sample.of(cls(), a, i32(begin), i32(size))
        yield Sample.of(cls(), i64([4, 5, 6]), i64([1]), i64([2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([0, 2]), i32([1, 2])), "axis 1: 2 elements from 2")
        yield ErrorSample(cls(), (a, i32([-1, 0]), i32([1, 1])), "must not be negative")
        yield ErrorSample(cls(), (a, i32([0]), i32([1])), "one number for each axis")


def _part(axis: int, begin: int | None, size: int | None, dim: int | None) -> int | None:
    """The checked size of a slice along one axis."""
    if begin is not None and begin < 0:
        raise ValueError(f"begin must not be negative, it is {begin} for axis {axis}")
    if size is not None and size < -1:
        raise ValueError(f"size must be -1 or more, it is {size} for axis {axis}")
    if size == -1:
        size = None if begin is None or dim is None else dim - begin
        if size is not None and size < 0:
            raise ValueError(f"begin {begin} lies outside axis {axis} of size {dim}")
        return size
    if dim is not None and size is not None and (begin or 0) + size > dim:
        first = begin or 0
        raise ValueError(f"axis {axis}: {size} elements from {first} on exceed its size {dim}")
    return size


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """Return a block of a tensor.

    Args:
      input_: a tensor of any dtype.
      begin: int32 or int64 vector, the first index along each axis.
      size: vector of the same dtype, the number of elements along each axis; -1 for all that
        remain.
      name: the operation's name.

    Returns:
      A tensor of the dtype and rank of `input_`.

    Raises:
      ValueError: the block lies outside.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]))
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    return apply(Slice(), input_, begin, size, name=name)
