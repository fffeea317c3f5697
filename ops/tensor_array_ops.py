"""TensorArrayV3 and its relatives: arrays of tensors in graphs that TensorFlow 1.x wrote.

Here `tf.TensorArray` is a value (`tensor_array.py`).  In those graphs a *handle* stands for an
array that is changed in place, and a float called *flow* goes from one operation to the next so
that they keep their order.  An array lives as long as the run that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array, Op, register
from graphflow.core.spec import TensorShape, TensorSpec, as_shape

__all__ = [
    "TensorArrayCloseV3",
    "TensorArrayConcatV3",
    "TensorArrayGatherV3",
    "TensorArrayGradV3",
    "TensorArrayReadV3",
    "TensorArrayScatterV3",
    "TensorArraySizeV3",
    "TensorArraySplitV3",
    "TensorArrayV3",
    "TensorArrayWriteV3",
]

_float32 = as_dtype("float32")
_int32 = as_dtype("int32")
_int64 = as_dtype("int64")
_resource = as_dtype("resource")
_HANDLE = TensorSpec(TensorShape([]), _resource)
_FLOW = TensorSpec(TensorShape([]), _float32)
_NO_FLOW = np.zeros((), np.float32)


class _Elements:
    """The elements of one array; None where nothing was written or the element was cleared.

    Args:
      dtype: the dtype of the elements.
      size: how many there are.
      shape: what is known of their shape.
      is_dynamic: whether writing beyond the end makes the array longer.
      clears: whether an element can be read just once.
      adds: whether writing an element again adds to it: so do gradients.
      shape_of: the shape of an element that was never written, which counts as zeros; None where
        reading it is an error.

    Attributes:
      gradients: the arrays of the gradients by their source.
    """

    def __init__(
        self,
        dtype: DType,
        size: int,
        shape: TensorShape,
        is_dynamic: bool = False,
        clears: bool = False,
        adds: bool = False,
        shape_of: Callable[[int], tuple[int, ...] | None] | None = None,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.is_dynamic = is_dynamic
        self.clears = clears
        self.adds = adds
        self.shape_of = shape_of
        self.values: list[Array | None] = [None] * size
        self.shapes: list[tuple[int, ...] | None] = [None] * size
        self.gradients: dict[str, _Elements] = {}

    def __len__(self) -> int:
        return len(self.values)

    def write(self, index: int, value: Array) -> None:
        """Set an element.

        Raises:
          InvalidArgumentError: there is no such element, it was written before, or the shape does
            not fit.
        """
        if index >= len(self) and self.is_dynamic and index >= 0:
            self.grow(index + 1)
        self._check(index)
        if not self.shape.is_compatible_with(np.shape(value)):
            raise _invalid(
                f"element {index} has shape {np.shape(value)}, the array is of elements of shape "
                f"{self.shape}"
            )
        before = self.values[index]
        if before is not None and self.adds:
            value = before + value
        elif self.shapes[index] is not None:
            raise _invalid(f"element {index} was written before")
        self.values[index] = value
        self.shapes[index] = np.shape(value)

    def grow(self, size: int) -> None:
        """Make the array longer."""
        more = size - len(self)
        self.values += [None] * more
        self.shapes += [None] * more

    def read(self, index: int) -> Array:
        """Return an element.

        Raises:
          InvalidArgumentError: there is no such element, or it was not written or read before.
        """
        self._check(index)
        value = self.values[index]
        if value is None:
            return self._unwritten(index)
        if self.clears:
            self.values[index] = None
        return value

    def _unwritten(self, index: int) -> Array:
        if self.shapes[index] is not None:
            raise _invalid(f"element {index} was read before, which cleared it")
        shape = self.shape_of(index) if self.shape_of else None
        if shape is None and self.shape.is_fully_defined():
            shape = _sizes(self.shape)
        if shape is None:
            raise _invalid(f"element {index} was not written")
        return np.zeros(shape, self.dtype.as_numpy_dtype)

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise _invalid(f"there is no element {index}: the array has {len(self)} elements")

    def gradient(self, source: str) -> _Elements:
        """Return the array of gradients for a source, a new one the first time."""
        found = self.gradients.get(source)
        if found is None:
            found = self.gradients[source] = _Elements(
                self.dtype, len(self), self.shape, adds=True, shape_of=self.shapes.__getitem__
            )
        if len(found) < len(self):
            found.grow(len(self))
        return found

    def as_handle(self) -> Array:
        """Return the array as the value of a handle."""
        handle = np.empty((), object)
        handle[()] = self
        return handle


def _sizes(shape: TensorShape) -> tuple[int, ...]:
    """The sizes of a shape that is fully defined."""
    return tuple(size or 0 for size in shape.as_list())


def _invalid(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, problem)


def _array_in(handle: Array) -> _Elements:
    elements = handle.item()
    assert isinstance(elements, _Elements)
    return elements


class _ArrayOp(Op):
    """Base class of the ops on arrays."""

    stateful = True
    differentiable = False

    def infer(self, *inputs: TensorSpec) -> Any:
        return _FLOW


@register
class TensorArrayV3(_ArrayOp):
    """A new array."""

    dtype: DType
    element_shape: TensorShape = as_shape(None)
    dynamic_size: bool = False
    clear_after_read: bool = True
    identical_element_shapes: bool = False
    tensor_array_name: str = ""

    inputs = "size: int32"
    outputs = "handle, flow"

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        return [_HANDLE, _FLOW]

    def kernel(self, size: Array) -> list[Array]:
        elements = _Elements(
            self.dtype, int(size), self.element_shape, self.dynamic_size, self.clear_after_read
        )
        return [elements.as_handle(), _NO_FLOW]


@register
class TensorArrayGradV3(_ArrayOp):
    """The array of the gradients of an array's elements."""

    source: str

    inputs = "handle: resource, flow_in: float32"
    outputs = "grad_handle, flow_out"

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        return [_HANDLE, _FLOW]

    def kernel(self, handle: Array, flow_in: Array) -> list[Array]:
        return [_array_in(handle).gradient(self.source).as_handle(), _NO_FLOW]


@register
class TensorArrayWriteV3(_ArrayOp):
    """Write an element."""

    inputs = "handle: resource, index: int32, value: T, flow_in: float32"
    outputs = "flow_out"

    def kernel(self, handle: Array, index: Array, value: Array, flow_in: Array) -> Array:
        _array_in(handle).write(int(index), value)
        return _NO_FLOW


@register
class TensorArrayReadV3(_ArrayOp):
    """Read an element."""

    dtype: DType

    inputs = "handle: resource, index: int32, flow_in: float32"
    outputs = "value"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape(None), self.dtype)

    def kernel(self, handle: Array, index: Array, flow_in: Array) -> Array:
        return _array_in(handle).read(int(index))


@register
class TensorArrayGatherV3(_ArrayOp):
    """Stack some elements."""

    dtype: DType
    element_shape: TensorShape = as_shape(None)

    inputs = "handle: resource, indices: int32, flow_in: float32"
    outputs = "value"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        return TensorSpec(inputs[1].shape.concatenate(self.element_shape), self.dtype)

    def kernel(self, handle: Array, indices: Array, flow_in: Array) -> Array:
        elements = _array_in(handle)
        return _stacked(elements, [elements.read(int(index)) for index in indices])


def _stacked(elements: _Elements, values: Sequence[Array]) -> Array:
    if not values:
        if not elements.shape.is_fully_defined():
            raise _invalid(f"no elements to stack, and their shape {elements.shape} is not known")
        return np.zeros((0, *_sizes(elements.shape)), elements.dtype.as_numpy_dtype)
    shapes = {np.shape(value) for value in values}
    if len(shapes) > 1:
        raise _invalid(f"elements to stack have different shapes: {sorted(shapes)}")
    return np.stack([np.asarray(value) for value in values])


@register
class TensorArrayScatterV3(_ArrayOp):
    """Write the rows of a tensor to some elements."""

    inputs = "handle: resource, indices: int32, value: T, flow_in: float32"
    outputs = "flow_out"

    def kernel(self, handle: Array, indices: Array, value: Array, flow_in: Array) -> Array:
        if len(indices) != len(value):
            raise _invalid(f"there are {len(indices)} indices for {len(value)} rows")
        elements = _array_in(handle)
        for index, row in zip(indices, value, strict=True):
            elements.write(int(index), np.asarray(row, value.dtype))
        return _NO_FLOW


@register
class TensorArrayConcatV3(_ArrayOp):
    """Join all elements along their first axis."""

    dtype: DType
    element_shape_except0: TensorShape = as_shape(None)

    inputs = "handle: resource, flow_in: float32"
    outputs = "value, lengths"

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        rest = self.element_shape_except0
        return [
            TensorSpec(TensorShape([None]).concatenate(rest), self.dtype),
            TensorSpec(TensorShape([None]), _int64),
        ]

    def kernel(self, handle: Array, flow_in: Array) -> list[Array]:
        elements = _array_in(handle)
        values = [elements.read(index) for index in range(len(elements))]
        if not values:
            raise _invalid("there are no elements to join")
        if len({np.shape(value)[1:] for value in values}) > 1 or not np.ndim(values[0]):
            shapes = [np.shape(value) for value in values]
            raise _invalid(f"elements of these shapes cannot be joined: {shapes}")
        return [np.concatenate(values), np.asarray([len(value) for value in values], np.int64)]


@register
class TensorArraySplitV3(_ArrayOp):
    """Write pieces of a tensor, of given lengths along its first axis, to the elements."""

    inputs = "handle: resource, value: T, lengths: int64, flow_in: float32"
    outputs = "flow_out"

    def kernel(self, handle: Array, value: Array, lengths: Array, flow_in: Array) -> Array:
        elements = _array_in(handle)
        if lengths.sum() != len(value):
            raise _invalid(f"the lengths {lengths.tolist()} are of {len(value)} rows")
        if len(lengths) > len(elements) and elements.is_dynamic:
            elements.grow(len(lengths))
        if len(lengths) != len(elements):
            raise _invalid(f"there are {len(lengths)} pieces for {len(elements)} elements")
        ends = np.cumsum(lengths)
        for index, (length, end) in enumerate(zip(lengths, ends, strict=True)):
            elements.write(index, value[end - length : end])
        return _NO_FLOW


@register
class TensorArraySizeV3(_ArrayOp):
    """The number of elements."""

    inputs = "handle: resource, flow_in: float32"
    outputs = "size"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape([]), _int32)

    def kernel(self, handle: Array, flow_in: Array) -> Array:
        return np.asarray(len(_array_in(handle)), np.int32)


@register
class TensorArrayCloseV3(_ArrayOp):
    """Forget the elements."""

    inputs = "handle: resource"
    outputs = ""

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, handle: Array) -> tuple[()]:
        elements = _array_in(handle)
        elements.values.clear()
        elements.shapes.clear()
        return ()
