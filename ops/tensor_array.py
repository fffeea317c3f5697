"""`TensorArray`: an array of tensors that loops read and write element by element."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape

__all__ = ["TensorArray"]

_int32 = as_dtype("int32")
_int64 = as_dtype("int64")


class _ElementShape:
    """What is known of the shape of the elements; all arrays made from one another share it."""

    def __init__(self, shape: TensorShape) -> None:
        self.shape = shape


class TensorArray:
    """An array of tensors of one dtype, for `while_loop` and other dynamic iteration.

    An array is a value: `write` and its like return a new array and leave this one as it is.  It
    can be differentiated through, and be a loop variable or the result of a branch.

    Args:
      dtype: the dtype of the elements.
      size: int32, a scalar: the number of elements.
      dynamic_size: whether writing beyond the end makes the array longer.
      clear_after_read: accepted as the permission that it is to forget an element once it was read;
        reading it again is right here all the same.
      tensor_array_name: the name scope of the array's operations.
      handle: not available, for there is no handle apart from `flow`.
      flow: the `flow` of an array made before, instead of `size`.
      infer_shape: whether all elements must have one shape, checked as far as shapes are known.
      element_shape: what is known of the shape of the elements.
      colocate_with_first_write_call: where TensorFlow puts the array; there is one place here.
      name: the name scope of the array's operations.

    Raises:
      ValueError: neither `size` nor `flow` is given, or both.
      NotImplementedError: a `handle` is given.

    >>> import graphflow as tf
    >>> squares = tf.TensorArray(tf.int32, size=3)
    >>> _, squares = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, i * i)),
    ...                            (0, squares))
    >>> tf.Session().run(squares.stack())
    array([0, 1, 4], dtype=int32)
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Tensor | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        del clear_after_read, colocate_with_first_write_call
        if handle is not None:
            raise NotImplementedError("TensorArray(handle=...): give the array's flow instead")
        if flow is None and size is None:
            raise ValueError(f"a TensorArray needs a size{at_user_line()}")
        if flow is not None and (size is not None or dynamic_size is not None):
            raise ValueError(f"a TensorArray made from a flow has its size already{at_user_line()}")
        self._dtype: DType = as_dtype(dtype).base_dtype
        self._dynamic_size = bool(dynamic_size)
        self._infer_shape = infer_shape
        self._element = _ElementShape(as_shape(element_shape))
        self._flow: Tensor = (
            flow if flow is not None else self._reserved(size, name or tensor_array_name)
        )

    def _reserved(self, size: Any, name: str | None) -> Tensor:
        with name_scope(name, "TensorArray", [size]):
            size = convert_to_tensor(size, _int32, name="size")
            shape = self._element.shape
            return ops.tensor_list_reserve(shape, size, self._dtype, name="TensorArrayV3")

    # -- what it is -------------------------------------------------------------------------------

    @property
    def flow(self) -> Tensor:
        """The tensor that stands for the array's content."""
        return self._flow

    @property
    def handle(self) -> Tensor:
        """The same as `flow`: an array is a value here, without a handle to it."""
        return self._flow

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def dynamic_size(self) -> bool:
        """Whether writing beyond the end makes the array longer."""
        return self._dynamic_size

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the shape of the elements."""
        return self._element.shape

    def _with_flow(self, flow: Tensor) -> TensorArray:
        """Return an array like this one with other content."""
        array = TensorArray.__new__(TensorArray)
        array._dtype = self._dtype
        array._dynamic_size = self._dynamic_size
        array._infer_shape = self._infer_shape
        array._element = self._element
        array._flow = flow
        return array

    def identity(self) -> TensorArray:
        """Return an array with the same content, which waits for present control dependencies."""
        return self._with_flow(ops.identity(self._flow))

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """Return the array of gradients; not available, for `tf.gradients` needs none.

        Raises:
          NotImplementedError: always.
        """
        raise NotImplementedError("TensorArray.grad: tf.gradients goes through arrays by itself")

    # -- elements ---------------------------------------------------------------------------------

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """Return one element.

        Args:
          index: int32, a scalar.
          name: the operation's name.

        Raises:
          InvalidArgumentError: (in the run) there is no such element, or it was not written and
            its shape is not known.
        """
        return ops.tensor_list_get_item(
            self._flow, index, self._dtype, self.element_shape, name or "TensorArrayReadV3"
        )

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Return the array with another element.

        Args:
          index: int32, a scalar.
          value: the element.
          name: the name scope of the operations.

        Raises:
          ValueError: the value has another shape than the other elements.
          TypeError: it has another dtype.
          InvalidArgumentError: (in the run) the index is beyond the end of an array whose size is
            not dynamic.
        """
        with name_scope(name, "TensorArrayWrite", [self._flow, index, value]):
            value = self._converted(value)
            self._merge_shape(value.shape)
            flow = self._flow
            if self._dynamic_size:
                index = convert_to_tensor(index, _int32, name="index")
                size = ops.maximum(ops.tensor_list_length(flow), index + 1)
                flow = ops.tensor_list_resize(flow, size)
            written = ops.tensor_list_set_item(flow, index, value, name="TensorArrayWriteV3")
            return self._with_flow(written)

    def _converted(self, value: Any) -> Tensor:
        tensor = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
        if tensor.dtype.base_dtype != self._dtype:
            raise TypeError(
                f"a TensorArray of {self._dtype.name} cannot hold {tensor!r}, which is "
                f"{tensor.dtype.base_dtype.name}: convert it with tf.cast{at_user_line()}"
            )
        return tensor

    def _merge_shape(self, shape: TensorShape) -> None:
        if not self._infer_shape:
            return
        try:
            self._element.shape = self._element.shape.merge_with(shape)
        except ValueError:
            raise ValueError(
                f"the elements of the TensorArray have shape {self._element.shape}, this one has "
                f"shape {shape}; with infer_shape=False they may differ{at_user_line()}"
            ) from None

    # -- several elements -------------------------------------------------------------------------

    def stack(self, name: str | None = None) -> Tensor:
        """Return all elements as one tensor, along a new first axis.

        Args:
          name: the name scope of the operations.

        Raises:
          InvalidArgumentError: (in the run) their shapes differ, or the shape of one that was not
            written is not known.
        """
        with name_scope(name, "TensorArrayStack", [self._flow]):
            shape = self._known_shape()
            return ops.tensor_list_stack(
                self._flow, self._dtype, shape, self._static_size(), name="TensorArrayGatherV3"
            )

    def _known_shape(self) -> TensorShape:
        return self.element_shape if self._infer_shape else TensorShape(None)

    def _static_size(self) -> int:
        """The number of elements if the graph tells, else -1."""
        made = self._flow.op
        if self._dynamic_size or made.type != "TensorListReserve":
            return -1
        size = made.inputs[1].constant_value()
        return -1 if size is None else int(size)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """Return some elements as one tensor, along a new first axis.

        Args:
          indices: int32 [n].
          name: the operation's name.

        Raises:
          InvalidArgumentError: (in the run) there is no such element, or shapes differ.
        """
        return ops.tensor_list_gather(
            self._flow, indices, self._dtype, self._known_shape(), name or "TensorArrayGatherV3"
        )

    def concat(self, name: str | None = None) -> Tensor:
        """Return all elements joined along their first axis.

        Args:
          name: the operation's name.

        Raises:
          InvalidArgumentError: (in the run) an element is a scalar, or shapes do not fit.
        """
        shape = self.element_shape
        if shape.ndims is not None:
            # The elements may differ in their first dimension.
            shape = TensorShape([None]).concatenate(shape[1:])
        return ops.tensor_list_concat(
            self._flow, self._dtype, shape, name or "TensorArrayConcatV3"
        )[0]

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Return an array of the parts of a tensor along its first axis.

        Args:
          value: of rank 1 at least.
          name: the name scope of the operations.

        Raises:
          ValueError: the parts have another shape than the elements.
        """
        with name_scope(name, "TensorArrayUnstack", [self._flow, value]):
            value = self._converted(value)
            dims = value.shape.as_tuple()
            shape = TensorShape(None if dims is None else dims[1:])
            self._merge_shape(shape)
            made = ops.tensor_list_from_tensor(value, shape, name="TensorArrayScatterV3")
            return self._with_flow(made)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Return the array with the parts of a tensor in the place of some elements.

        Args:
          indices: int32 [n]: where each part goes.
          value: [n, ...].
          name: the name scope of the operations.

        Raises:
          ValueError: the parts have another shape than the elements.
        """
        with name_scope(name, "TensorArrayScatter", [self._flow, indices, value]):
            value = self._converted(value)
            dims = value.shape.as_tuple()
            self._merge_shape(TensorShape(None if dims is None else dims[1:]))
            made = ops.tensor_list_scatter_into(
                self._flow, value, indices, name="TensorArrayScatterV3"
            )
            return self._with_flow(made)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Return an array of the pieces of a tensor along its first axis.

        Args:
          value: of rank 1 at least.
          lengths: int [n]: how long each piece is.
          name: the name scope of the operations.

        Raises:
          InvalidArgumentError: (in the run) the lengths do not add up to the first dimension.
        """
        with name_scope(name, "TensorArraySplit", [self._flow, value, lengths]):
            value = self._converted(value)
            dims = value.shape.as_tuple()
            rest = None if dims is None else TensorShape([None, *dims[1:]])
            lengths = ops.cast(convert_to_tensor(lengths, name="lengths"), _int64)
            made = ops.tensor_list_split(value, lengths, rest, name="TensorArraySplitV3")
            return self._with_flow(made)

    def size(self, name: str | None = None) -> Tensor:
        """Return the number of elements.

        Args:
          name: the operation's name.
        """
        return ops.tensor_list_length(self._flow, name or "TensorArraySizeV3")

    def close(self, name: str | None = None) -> Operation:
        """Return an operation that does nothing: an array is freed when nobody uses it.

        Args:
          name: the operation's name.
        """
        return ops.no_op(name or "TensorArrayCloseV3")
