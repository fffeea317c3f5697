"""Lists of tensors as values: what loops collect, and what TensorArrays are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import DType, as_dtype, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.core.tensor_lists import Stack, TensorList, list_in

__all__ = [
    "EmptyTensorList",
    "TensorListConcatV2",
    "TensorListElementShape",
    "TensorListFromTensor",
    "TensorListGather",
    "TensorListGetItem",
    "TensorListLength",
    "TensorListPopBack",
    "TensorListPushBack",
    "TensorListReserve",
    "TensorListResize",
    "TensorListScatterIntoExistingList",
    "TensorListScatterV2",
    "TensorListSetItem",
    "TensorListSplit",
    "TensorListStack",
    "empty_tensor_list",
    "tensor_list_concat",
    "tensor_list_from_tensor",
    "tensor_list_gather",
    "tensor_list_get_item",
    "tensor_list_length",
    "tensor_list_pop_back",
    "tensor_list_push_back",
    "tensor_list_reserve",
    "tensor_list_resize",
    "tensor_list_scatter",
    "tensor_list_scatter_into",
    "tensor_list_set_item",
    "tensor_list_split",
    "tensor_list_stack",
]

_int32 = as_dtype("int32")
_LIST = TensorSpec(TensorShape([]), as_dtype("variant"))
_SHAPE_TYPES: dict[str, frozenset[DType]] = {"shape_type": dtype_set("int32 int64")}


# -- shapes of elements ----------------------------------------------------------------------------


def shape_input(shape: TensorShape | None) -> Any:
    """Return an `element_shape` input for what is statically known: -1 for what is not."""
    dims = None if shape is None else shape.as_tuple()
    if dims is None:
        return np.asarray(-1, np.int32)
    return np.asarray([-1 if dim is None else dim for dim in dims], np.int32)


def _shape_of(value: Array) -> TensorShape:
    """The shape that an `element_shape` input stands for."""
    if np.ndim(value) == 0:
        if int(value) != -1:
            raise InvalidArgumentError(
                None, None, f"element_shape is a vector, or the scalar -1, not {value}"
            )
        return TensorShape(None)
    return TensorShape([None if dim < 0 else int(dim) for dim in value])


def _static_shape(spec: TensorSpec) -> TensorShape:
    """What is statically known of the shape that an `element_shape` input stands for."""
    if spec.value is not None:
        return _shape_of(spec.value)
    return (
        TensorShape([None] * length)
        if (length := _length_of(spec)) is not None
        else TensorShape(None)
    )


def _length_of(spec: TensorSpec) -> int | None:
    dims = spec.shape.as_tuple()
    return dims[0] if dims is not None and len(dims) == 1 else None


def _filled(tensors: TensorList, item: Array, shape: TensorShape) -> Array:
    """An item, or the zeros that it counts as while it is not written."""
    if item is not None:
        return item
    known = _merged(tensors.shape, shape)
    if not known.is_fully_defined():
        raise InvalidArgumentError(
            None,
            None,
            f"an item was not written, and its shape {known} is not known: write it first, or give "
            "the full shape of the elements",
        )
    return np.zeros(known.as_list(), tensors.dtype.as_numpy_dtype)


def _merged(one: TensorShape, other: TensorShape) -> TensorShape:
    try:
        return one.merge_with(other)
    except ValueError as error:
        raise InvalidArgumentError(
            None, None, f"elements have shape {one}, which is not {other}"
        ) from error


def _checked_item(tensors: TensorList, item: Array) -> Array:
    if not tensors.shape.is_compatible_with(np.shape(item)):
        raise InvalidArgumentError(
            None,
            None,
            f"an element of shape {tuple(np.shape(item))} does not fit in a list of elements of "
            f"shape {tensors.shape}",
        )
    return item


def _stack_of_all(tensors: TensorList, shape: TensorShape) -> Array:
    """One tensor of all items of a list."""
    stack = tensors.stack()
    if stack is not None and len(stack.array):
        known = TensorShape(stack.array.shape[1:])
        is_all = stack.written is None or stack.written.any()
        if is_all and shape.is_compatible_with(known):
            return stack.array
    return _stacked(tensors, tensors.items(), shape)


def _stacked(tensors: TensorList, items: Sequence[Array], shape: TensorShape) -> Array:
    """One tensor of some items."""
    if not items:
        known = _merged(tensors.shape, shape)
        if not known.is_fully_defined():
            raise InvalidArgumentError(
                None,
                None,
                f"an empty list cannot be stacked: the shape {known} of its elements is not known",
            )
        return np.zeros([0, *known.as_list()], tensors.dtype.as_numpy_dtype)
    if any(item is None for item in items):
        for item in items:
            shape = shape if item is None else _merged(shape, TensorShape(np.shape(item)))
        items = [_filled(tensors, item, shape) for item in items]
    first = np.shape(items[0])
    for index, item in enumerate(items):
        if np.shape(item) != first or not shape.is_compatible_with(first):
            raise InvalidArgumentError(
                None,
                None,
                f"elements must have one shape, compatible with {shape}: element 0 has shape "
                f"{tuple(first)}, element {index} has {tuple(np.shape(item))}",
            )
    return np.stack(items)


# -- making lists ----------------------------------------------------------------------------------


@register
class EmptyTensorList(Op):
    """A list without items."""

    element_dtype: DType

    inputs = "element_shape: shape_type, max_num_elements: int32"
    outputs = "handle"
    types: ClassVar[Any] = _SHAPE_TYPES
    differentiable = False

    def infer(self, element_shape: TensorSpec, max_num_elements: TensorSpec) -> TensorSpec:
        return _LIST

    def kernel(self, element_shape: Array, max_num_elements: Array) -> Array:
        return TensorList([], self.element_dtype, _shape_of(element_shape)).as_array()


def empty_tensor_list(shape: TensorShape, dtype: DType, name: str | None = None) -> Tensor:
    """Make a list without items.

    Args:
      shape: what is known of the shape of its elements.
      dtype: their dtype.
      name: the operation's name.
    """
    return apply(EmptyTensorList(dtype), shape_input(shape), -1, name=name)


@register
class TensorListReserve(Op):
    """A list of items that are not written yet."""

    element_dtype: DType

    inputs = "element_shape: shape_type, num_elements: int32"
    outputs = "handle"
    types: ClassVar[Any] = _SHAPE_TYPES
    differentiable = False

    def infer(self, element_shape: TensorSpec, num_elements: TensorSpec) -> TensorSpec:
        return _LIST

    def kernel(self, element_shape: Array, num_elements: Array) -> Array:
        count = int(num_elements)
        if count < 0:
            raise InvalidArgumentError(None, None, f"a list cannot have {count} items")
        shape = _shape_of(element_shape)
        return TensorList.unwritten(count, self.element_dtype, shape).as_array()


def tensor_list_reserve(
    shape: TensorShape | None, size: Any, dtype: DType, name: str | None = None
) -> Tensor:
    """Make a list of items that are not written yet.

    Args:
      shape: what is known of the shape of its elements.
      size: int32, a scalar: the number of items.
      dtype: their dtype.
      name: the operation's name.
    """
    return apply(TensorListReserve(dtype), shape_input(shape), size, name=name)


@register
class TensorListFromTensor(Op):
    """The list of a tensor's parts along its first axis."""

    inputs = "tensor: element_dtype, element_shape: shape_type"
    outputs = "output_handle"
    types: ClassVar[Any] = _SHAPE_TYPES

    def infer(self, tensor: TensorSpec, element_shape: TensorSpec) -> TensorSpec:
        if tensor.shape.rank == 0:
            raise ValueError("a scalar has no parts to make a list of")
        if tensor.shape.rank is not None:
            tensor.shape[1:].merge_with(_static_shape(element_shape))
        return _LIST

    def kernel(self, tensor: Array, element_shape: Array) -> Array:
        dtype = as_dtype(tensor.dtype) if tensor.dtype != object else as_dtype("string")
        shape = _merged(TensorShape(tensor.shape[1:]), _shape_of(element_shape))
        if tensor.dtype == object:
            return TensorList([_part(item) for item in tensor], dtype, shape).as_array()
        return TensorList.of_stack(Stack(tensor), dtype, shape).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        tensor = op.inputs[0]
        dims = tensor.shape.as_tuple()
        shape = TensorShape(None if dims is None else dims[1:])
        size = -1 if dims is None or dims[0] is None else dims[0]
        return [tensor_list_stack(grad, tensor.dtype.base_dtype, shape, size), None]


def _part(item: Array) -> Array:
    """A part of a tensor as an array; numpy gives elements of object arrays as they are."""
    if isinstance(item, (np.ndarray, np.generic)):
        return item
    array = np.empty((), object)
    array[()] = item
    return array


def tensor_list_from_tensor(
    tensor: Any, shape: TensorShape | None = None, name: str | None = None
) -> Tensor:
    """Make a list of a tensor's parts along its first axis.

    Args:
      tensor: of rank 1 at least.
      shape: what is known of the shape of its elements.
      name: the operation's name.
    """
    return apply(TensorListFromTensor(), tensor, shape_input(shape), name=name)


# -- single items ----------------------------------------------------------------------------------


@register
class TensorListGetItem(Op):
    """One item of a list."""

    element_dtype: DType

    inputs = "input_handle: variant, index: int32, element_shape: int32"
    outputs = "item"

    def infer(
        self, input_handle: TensorSpec, index: TensorSpec, element_shape: TensorSpec
    ) -> TensorSpec:
        return TensorSpec(_static_shape(element_shape), self.element_dtype)

    def kernel(self, input_handle: Array, index: Array, element_shape: Array) -> Array:
        tensors = list_in(input_handle)
        return _filled(tensors, tensors.item(int(index)), _shape_of(element_shape))

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        size = _length_beside(op.inputs[0])
        zeros = tensor_list_reserve(grad.shape, size, grad.dtype.base_dtype)
        return [tensor_list_set_item(zeros, op.inputs[1], grad), None, None]


def tensor_list_get_item(
    tensors: Tensor, index: Any, dtype: DType, shape: TensorShape | None, name: str | None = None
) -> Tensor:
    """Return one item of a list.

    Args:
      tensors: the list.
      index: int32, a scalar.
      dtype: the dtype of the elements.
      shape: what is known of their shape.
      name: the operation's name.
    """
    return apply(TensorListGetItem(dtype), tensors, index, shape_input(shape), name=name)


@register
class TensorListSetItem(Op):
    """A list with another item."""

    inputs = "input_handle: variant, index: int32, item: element_dtype"
    outputs = "output_handle"

    def infer(self, input_handle: TensorSpec, index: TensorSpec, item: TensorSpec) -> TensorSpec:
        return _LIST

    def kernel(self, input_handle: Array, index: Array, item: Array) -> Array:
        tensors = list_in(input_handle)
        return tensors.with_item(int(index), _checked_item(tensors, item)).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        _, index, item = op.inputs
        in_list = tensor_list_set_item(grad, index, ops.zeros_like(item))
        # An item that has no gradient counts as zeros, whose shape may show only in the run.
        is_known = item.shape.is_fully_defined()
        shape = shape_input(item.shape) if is_known else ops.shape(item)
        of_item = apply(TensorListGetItem(item.dtype.base_dtype), grad, index, shape)
        return [in_list, None, of_item]


def tensor_list_set_item(tensors: Tensor, index: Any, item: Any, name: str | None = None) -> Tensor:
    """Return a list with another item.

    Args:
      tensors: the list.
      index: int32, a scalar.
      item: the item.
      name: the operation's name.
    """
    return apply(TensorListSetItem(), tensors, index, item, name=name)


@register
class TensorListPushBack(Op):
    """A list with one more item."""

    inputs = "input_handle: variant, tensor: element_dtype"
    outputs = "output_handle"

    def infer(self, input_handle: TensorSpec, tensor: TensorSpec) -> TensorSpec:
        return _LIST

    def kernel(self, input_handle: Array, tensor: Array) -> Array:
        tensors = list_in(input_handle)
        return tensors.push_back(_checked_item(tensors, tensor)).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        tensor = op.inputs[1]
        return [*tensor_list_pop_back(grad, tensor.dtype.base_dtype, tensor.shape)]


def tensor_list_push_back(tensors: Tensor, item: Any, name: str | None = None) -> Tensor:
    """Return a list with one more item.

    Args:
      tensors: the list.
      item: the item.
      name: the operation's name.
    """
    return apply(TensorListPushBack(), tensors, item, name=name)


@register
class TensorListPopBack(Op):
    """A list without its last item, and that item."""

    element_dtype: DType

    inputs = "input_handle: variant, element_shape: int32"
    outputs = "output_handle, tensor"

    def infer(self, input_handle: TensorSpec, element_shape: TensorSpec) -> list[TensorSpec]:
        return [_LIST, TensorSpec(_static_shape(element_shape), self.element_dtype)]

    def kernel(self, input_handle: Array, element_shape: Array) -> tuple[Array, Array]:
        tensors = list_in(input_handle)
        rest, item = tensors.pop_back()
        return rest.as_array(), _filled(tensors, item, _shape_of(element_shape))

    def gradient(self, op: Operation, rest: Tensor, item: Tensor) -> list[Tensor | None]:
        return [tensor_list_push_back(rest, item), None]


def tensor_list_pop_back(
    tensors: Tensor, dtype: DType, shape: TensorShape | None, name: str | None = None
) -> list[Tensor]:
    """Return a list without its last item, and that item.

    Args:
      tensors: the list.
      dtype: the dtype of the elements.
      shape: what is known of their shape.
      name: the operation's name.
    """
    return apply_multi(TensorListPopBack(dtype), tensors, shape_input(shape), name=name)


# -- sizes and shapes ------------------------------------------------------------------------------


@register
class TensorListLength(Op):
    """The number of items of a list."""

    inputs = "input_handle: variant"
    outputs = "length"
    differentiable = False

    def infer(self, input_handle: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape([]), _int32)

    def kernel(self, input_handle: Array) -> Array:
        return np.int32(len(list_in(input_handle)))


def tensor_list_length(tensors: Tensor, name: str | None = None) -> Tensor:
    """Return the number of items of a list.

    Args:
      tensors: the list.
      name: the operation's name.
    """
    return apply(TensorListLength(), tensors, name=name)


def _length_beside(tensors: Tensor) -> Tensor:
    """Return the number of items of a list, computed in the graph that the list is in.

    The gradient of a loop then needs the number from each iteration, not the list.
    """
    with tensors.graph.as_default():
        return tensor_list_length(tensors)


@register
class TensorListElementShape(Op):
    """What is known of the shape of a list's elements: -1 for what is not."""

    shape_type: DType

    inputs = "input_handle: variant"
    outputs = "element_shape"
    differentiable = False

    def infer(self, input_handle: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape(None), self.shape_type)

    def kernel(self, input_handle: Array) -> Array:
        return shape_input(list_in(input_handle).shape).astype(self.shape_type.as_numpy_dtype)


@register
class TensorListResize(Op):
    """A list cut off, or with more items that are not written."""

    inputs = "input_handle: variant, size: int32"
    outputs = "output_handle"

    def infer(self, input_handle: TensorSpec, size: TensorSpec) -> TensorSpec:
        return _LIST

    def kernel(self, input_handle: Array, size: Array) -> Array:
        return list_in(input_handle).resized(int(size)).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        return [tensor_list_resize(grad, _length_beside(op.inputs[0])), None]


def tensor_list_resize(tensors: Tensor, size: Any, name: str | None = None) -> Tensor:
    """Return a list cut off, or with more items that are not written.

    Args:
      tensors: the list.
      size: int32, a scalar.
      name: the operation's name.
    """
    return apply(TensorListResize(), tensors, size, name=name)


# -- all items -------------------------------------------------------------------------------------


@register
class TensorListStack(Op):
    """One tensor of all items of a list, along a new first axis."""

    element_dtype: DType
    num_elements: int = -1

    inputs = "input_handle: variant, element_shape: int32"
    outputs = "tensor"

    def infer(self, input_handle: TensorSpec, element_shape: TensorSpec) -> TensorSpec:
        size = None if self.num_elements < 0 else self.num_elements
        shape = TensorShape([size]).concatenate(_static_shape(element_shape))
        return TensorSpec(shape, self.element_dtype)

    def kernel(self, input_handle: Array, element_shape: Array) -> Array:
        tensors = list_in(input_handle)
        if self.num_elements >= 0 and len(tensors) != self.num_elements:
            raise InvalidArgumentError(
                None, None, f"the list has {len(tensors)} items, not {self.num_elements}"
            )
        return _stack_of_all(tensors, _shape_of(element_shape))

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        return [tensor_list_from_tensor(grad), None]


def tensor_list_stack(
    tensors: Tensor,
    dtype: DType,
    shape: TensorShape | None,
    size: int = -1,
    name: str | None = None,
) -> Tensor:
    """Return one tensor of all items of a list, along a new first axis.

    Args:
      tensors: the list.
      dtype: the dtype of the elements.
      shape: what is known of their shape.
      size: the number of items if it is known, else -1.
      name: the operation's name.
    """
    return apply(TensorListStack(dtype, size), tensors, shape_input(shape), name=name)


@register
class TensorListGather(Op):
    """One tensor of some items of a list, along a new first axis."""

    element_dtype: DType

    inputs = "input_handle: variant, indices: int32, element_shape: int32"
    outputs = "values"

    def infer(
        self, input_handle: TensorSpec, indices: TensorSpec, element_shape: TensorSpec
    ) -> TensorSpec:
        count = TensorShape([_length_of(indices)])
        return TensorSpec(count.concatenate(_static_shape(element_shape)), self.element_dtype)

    def kernel(self, input_handle: Array, indices: Array, element_shape: Array) -> Array:
        tensors = list_in(input_handle)
        items = [tensors.item(int(index)) for index in indices]
        return _stacked(tensors, items, _shape_of(element_shape))

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        size = _length_beside(op.inputs[0])
        # An item may have been taken several times.
        sums = ops.unsorted_segment_sum(grad, op.inputs[1], size)
        return [tensor_list_from_tensor(sums), None, None]


def tensor_list_gather(
    tensors: Tensor, indices: Any, dtype: DType, shape: TensorShape | None, name: str | None = None
) -> Tensor:
    """Return one tensor of some items of a list, along a new first axis.

    Args:
      tensors: the list.
      indices: int32 [n], which items.
      dtype: the dtype of the elements.
      shape: what is known of their shape.
      name: the operation's name.
    """
    return apply(TensorListGather(dtype), tensors, indices, shape_input(shape), name=name)


def _scattered(tensors: TensorList, tensor: Array, indices: Array) -> TensorList:
    if len(tensor) != len(indices):
        raise InvalidArgumentError(
            None, None, f"there are {len(indices)} indices for {len(tensor)} elements"
        )
    for index, item in zip(indices, tensor, strict=True):
        if index >= len(tensors):
            tensors = tensors.resized(int(index) + 1)
        tensors = tensors.with_item(int(index), _checked_item(tensors, _part(item)))
    return tensors


@register
class TensorListScatterV2(Op):
    """A list with the parts of a tensor at some places."""

    inputs = "tensor: element_dtype, indices: int32, element_shape: shape_type, num_elements: int32"
    outputs = "output_handle"
    types: ClassVar[Any] = _SHAPE_TYPES

    def infer(
        self,
        tensor: TensorSpec,
        indices: TensorSpec,
        element_shape: TensorSpec,
        num_elements: TensorSpec,
    ) -> TensorSpec:
        return _LIST

    def kernel(
        self, tensor: Array, indices: Array, element_shape: Array, num_elements: Array
    ) -> Array:
        dtype = as_dtype(tensor.dtype) if tensor.dtype != object else as_dtype("string")
        empty = [None] * max(0, int(num_elements))
        tensors = TensorList(empty, dtype, _shape_of(element_shape))
        return _scattered(tensors, tensor, indices).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        tensor, indices = op.inputs[:2]
        shape = _element_shape(tensor)
        return [
            tensor_list_gather(grad, indices, tensor.dtype.base_dtype, shape),
            None,
            None,
            None,
        ]


def _element_shape(tensor: Tensor) -> TensorShape:
    """The static shape of a tensor's parts along the first axis."""
    dims = tensor.shape.as_tuple()
    return TensorShape(None if dims is None else dims[1:])


def tensor_list_scatter(
    tensor: Any,
    indices: Any,
    shape: TensorShape | None = None,
    size: Any = -1,
    name: str | None = None,
) -> Tensor:
    """Make a list with the parts of a tensor at some places.

    Args:
      tensor: of rank 1 at least.
      indices: int32 [n]: where each part goes.
      shape: what is known of the shape of the elements.
      size: int32, a scalar: the length at least; -1 for as long as needed.
      name: the operation's name.
    """
    return apply(TensorListScatterV2(), tensor, indices, shape_input(shape), size, name=name)


@register
class TensorListScatterIntoExistingList(Op):
    """A list with the parts of a tensor in the place of some items."""

    inputs = "input_handle: variant, tensor: element_dtype, indices: int32"
    outputs = "output_handle"

    def infer(
        self, input_handle: TensorSpec, tensor: TensorSpec, indices: TensorSpec
    ) -> TensorSpec:
        return _LIST

    def kernel(self, input_handle: Array, tensor: Array, indices: Array) -> Array:
        return _scattered(list_in(input_handle), tensor, indices).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        _, tensor, indices = op.inputs
        dtype, shape = tensor.dtype.base_dtype, _element_shape(tensor)
        in_list = tensor_list_scatter_into(grad, ops.zeros_like(tensor), indices)
        before = tensor_list_resize(in_list, _length_beside(op.inputs[0]))
        return [before, tensor_list_gather(grad, indices, dtype, shape), None]


def tensor_list_scatter_into(
    tensors: Tensor, tensor: Any, indices: Any, name: str | None = None
) -> Tensor:
    """Return a list with the parts of a tensor in the place of some items.

    Args:
      tensors: the list.
      tensor: of rank 1 at least.
      indices: int32 [n]: where each part goes; beyond the end the list grows.
      name: the operation's name.
    """
    return apply(TensorListScatterIntoExistingList(), tensors, tensor, indices, name=name)


@register
class TensorListConcatV2(Op):
    """All items of a list joined along their first axis, and how long each is."""

    element_dtype: DType

    inputs = "input_handle: variant, element_shape: shape_type, leading_dims: int64"
    outputs = "tensor, lengths"
    types: ClassVar[Any] = _SHAPE_TYPES

    def infer(
        self, input_handle: TensorSpec, element_shape: TensorSpec, leading_dims: TensorSpec
    ) -> list[TensorSpec]:
        shape = _static_shape(element_shape)
        joined = (
            TensorShape(None) if shape.rank is None else TensorShape([None]).concatenate(shape[1:])
        )
        lengths = TensorSpec(TensorShape([None]), as_dtype("int64"))
        return [TensorSpec(joined, self.element_dtype), lengths]

    def kernel(
        self, input_handle: Array, element_shape: Array, leading_dims: Array
    ) -> tuple[Array, Array]:
        tensors = list_in(input_handle)
        shape = _shape_of(element_shape)
        items = [
            item if item is not None else _unwritten(tensors, shape, leading_dims, index)
            for index, item in enumerate(tensors.items())
        ]
        if not items:
            known = _merged(tensors.shape, shape)
            dims = known.as_tuple()
            if dims is None or None in dims[1:]:
                raise InvalidArgumentError(
                    None, None, f"an empty list of elements of unknown shape {known} has no sum"
                )
            empty = np.zeros([0, *dims[1:]], self.element_dtype.as_numpy_dtype)  # type: ignore[list-item]
            return empty, np.zeros([0], np.int64)
        if any(np.ndim(item) == 0 for item in items):
            raise InvalidArgumentError(None, None, "scalars cannot be joined: stack the list")
        try:
            joined = np.concatenate(items)
        except ValueError as error:
            raise InvalidArgumentError(None, None, f"elements cannot be joined: {error}") from error
        return joined, np.asarray([len(item) for item in items], np.int64)

    def gradient(self, op: Operation, grad: Tensor, lengths: Any) -> list[Tensor | None]:
        return [tensor_list_split(grad, op.outputs[1]), None, None]


def _unwritten(tensors: TensorList, shape: TensorShape, lengths: Array, index: int) -> Array:
    if index < len(lengths):
        shape = _merged(shape, TensorShape([int(lengths[index])]).concatenate(shape[1:]))
    return _filled(tensors, None, shape)


def tensor_list_concat(
    tensors: Tensor, dtype: DType, shape: TensorShape | None, name: str | None = None
) -> list[Tensor]:
    """Return all items of a list joined along their first axis, and how long each is.

    Args:
      tensors: the list.
      dtype: the dtype of the elements.
      shape: what is known of their shape.
      name: the operation's name.
    """
    no_lengths = np.zeros([0], np.int64)
    op = TensorListConcatV2(dtype)
    return apply_multi(op, tensors, shape_input(shape), no_lengths, name=name)


@register
class TensorListSplit(Op):
    """The list of a tensor's pieces of given lengths along its first axis."""

    inputs = "tensor: element_dtype, element_shape: shape_type, lengths: int64"
    outputs = "output_handle"
    types: ClassVar[Any] = _SHAPE_TYPES

    def infer(
        self, tensor: TensorSpec, element_shape: TensorSpec, lengths: TensorSpec
    ) -> TensorSpec:
        if tensor.shape.rank == 0:
            raise ValueError("a scalar has no first axis to split")
        return _LIST

    def kernel(self, tensor: Array, element_shape: Array, lengths: Array) -> Array:
        if (np.asarray(lengths) < 0).any() or int(np.sum(lengths)) != len(tensor):
            raise InvalidArgumentError(
                None,
                None,
                f"lengths {np.asarray(lengths).tolist()} must add up to the first dimension of "
                f"the tensor, which is {len(tensor)}",
            )
        ends = np.cumsum(lengths)
        dtype = as_dtype(tensor.dtype) if tensor.dtype != object else as_dtype("string")
        pieces = np.split(tensor, ends[:-1]) if len(ends) else []
        return TensorList(pieces, dtype, _shape_of(element_shape)).as_array()

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        tensor = op.inputs[0]
        shape = TensorShape([None]).concatenate(_element_shape(tensor))
        return [tensor_list_concat(grad, tensor.dtype.base_dtype, shape)[0], None, None]


def tensor_list_split(
    tensor: Any, lengths: Any, shape: TensorShape | None = None, name: str | None = None
) -> Tensor:
    """Make a list of a tensor's pieces along its first axis.

    Args:
      tensor: of rank 1 at least.
      lengths: int64 [n]: how long each piece is.
      shape: what is known of the shape of the pieces.
      name: the operation's name.
    """
    return apply(TensorListSplit(), tensor, shape_input(shape), lengths, name=name)
