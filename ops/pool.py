"""Two-dimensional pooling and its gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup, renamed_argument
from graphflow.core.dtypes import FLOATING, REAL_NUMBER, DType, as_dtype, dtype_set, int64
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops.bias import check_data_format
from graphflow.ops.kernels import pool as kernels
from graphflow.ops.kernels.windows import conv_output_size

__all__ = [
    "AvgPool",
    "AvgPoolGrad",
    "MaxPool",
    "MaxPoolGrad",
    "MaxPoolGradGrad",
    "MaxPoolWithArgmax",
    "avg_pool",
    "avg_pool2d",
    "max_pool",
    "max_pool2d",
    "max_pool_with_argmax",
]


@dataclass(frozen=True, eq=False, repr=False)
class _PoolOp(Op):
    """Attributes and geometry that pooling shares with its gradients."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"

    def geometry(self, shape: Sequence[int]) -> kernels.PoolGeometry:
        """The sizes of the pooling, from the concrete shape of the input."""
        sizes = [int(size) for size in shape]
        return kernels.PoolGeometry.of(sizes, self.ksize, self.strides, self.padding)

    def output_shape(self, shape: TensorShape) -> TensorShape:
        """The shape of the pooled images, as far as it is known."""
        return pooled_shape(shape, self.ksize, self.strides, self.padding)

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, Array]]:
        """Attributes and images on which the op and its gradients are checked."""
        image = np.random.RandomState(6).permutation(60).reshape(1, 5, 4, 3) / 8.0 - 3
        yield ((1, 2, 2, 1), (1, 2, 2, 1), "SAME"), image
        yield ((1, 3, 2, 1), (1, 1, 2, 1), "VALID"), image
        yield ((1, 3, 3, 1), (1, 2, 1, 1), "SAME"), image

    @classmethod
    def nchw_case(cls) -> tuple[Any, Array]:
        """A case that TensorFlow on CPU does not know."""
        image = np.random.RandomState(7).permutation(40).reshape(2, 1, 5, 4) / 8.0 - 3
        return ((1, 1, 2, 2), (1, 1, 2, 1), "SAME", "NCHW"), image

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        count = len(cls.input_args())
        matrix = np.ones((2, 3), np.float32)
        if cls.input_args()[0].dtype is not None:
            matrix = np.ones((1, 5, 4), np.float32)
            sizes = np.asarray([1, 5, 4], np.int32)
            yield ErrorSample(cls(*_PLAIN), (sizes, matrix), "rank")
            return
        yield ErrorSample(cls(*_PLAIN), (matrix,) * count, "rank")


_PLAIN = ((1, 2, 2, 1), (1, 1, 1, 1), "VALID")


def pooled_shape(
    shape: TensorShape, ksize: Sequence[int], strides: Sequence[int], padding: str
) -> TensorShape:
    """The shape of images after pooling with windows over any axis, as far as it is known."""
    dims = shape.with_rank(len(ksize)).as_tuple() or (None,) * len(ksize)
    return TensorShape.of(
        tuple(
            size
            if (window, stride) == (1, 1)
            else conv_output_size(size, window, stride, 1, padding)
            for size, window, stride in zip(dims, ksize, strides, strict=True)
        )
    )


@register
class MaxPool(_PoolOp):
    """The maximum of each window."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER - dtype_set("uint32 uint64")}
    has_out = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(self.output_shape(input.shape), input.dtype.base_dtype)

    def kernel(self, input: Array, out: Array | None = None) -> Array:
        return kernels.max_pool(input, self.geometry(input.shape), out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        attributes = self.attributes()
        return apply(MaxPoolGrad(**attributes), op.inputs[0], op.outputs[0], grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            for dtype in (np.float32, np.float64):
                yield Sample.of(cls(*attributes), image.astype(dtype))
        attributes, image = cls.nchw_case()
        yield Sample.of(
            cls(*attributes),
            image.astype(np.float32),
            oracle=False,
            note="TensorFlow on CPU knows NHWC only",
        )
        yield Sample.of(cls(*_PLAIN), np.zeros((0, 5, 4, 3), np.float32))


@register
class MaxPoolGrad(_PoolOp):
    """The gradient of `MaxPool`: it goes to the first maximum of each window."""

    inputs = "orig_input: T, orig_output: T, grad: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True

    def infer(
        self, orig_input: TensorSpec, orig_output: TensorSpec, grad: TensorSpec
    ) -> TensorSpec:
        shape = self.output_shape(orig_input.shape).merge_with(orig_output.shape)
        shape.assert_is_compatible_with(grad.shape)
        return TensorSpec(orig_input.shape.with_rank(4), orig_input.dtype.base_dtype)

    def kernel(
        self, orig_input: Array, orig_output: Array, grad: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(orig_input.shape)
        return kernels.max_pool_gradient(orig_input, orig_output, grad, geometry, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        image, pooled, _ = op.inputs
        second = apply(MaxPoolGradGrad(**self.attributes()), image, pooled, grad)
        return ops.zeros_like(image), ops.zeros_like(pooled), second

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            pool = MaxPool(*attributes)
            pooled = pool.kernel(image)
            arrays = (image, pooled, np.cos(pooled * 3))
            yield Sample.of(
                cls(*attributes),
                *[array.astype(np.float32) for array in arrays],
                gradient=(2,),
                note="it depends on the images by their order only",
            )
        attributes, image = next(cls.cases())
        whole = (image * 8 + 24).astype(np.uint8)
        pooled = MaxPool(*attributes).kernel(whole)
        yield Sample.of(cls(*attributes), whole, pooled, pooled // 2)


@register
class MaxPoolGradGrad(_PoolOp):
    """The gradient of `MaxPoolGrad` with respect to its gradient."""

    inputs = "orig_input: T, orig_output: T, grad: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True

    def infer(
        self, orig_input: TensorSpec, orig_output: TensorSpec, grad: TensorSpec
    ) -> TensorSpec:
        orig_input.shape.assert_is_compatible_with(grad.shape)
        shape = self.output_shape(orig_input.shape).merge_with(orig_output.shape)
        return TensorSpec(shape, orig_output.dtype.base_dtype)

    def kernel(
        self, orig_input: Array, orig_output: Array, grad: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(orig_input.shape)
        return kernels.max_pool_gradient_gradient(orig_input, orig_output, grad, geometry, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        image, pooled, _ = op.inputs
        back = apply(MaxPoolGrad(**self.attributes()), image, pooled, grad)
        return ops.zeros_like(image), ops.zeros_like(pooled), back

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            pooled = MaxPool(*attributes).kernel(image)
            arrays = (image, pooled, np.cos(image * 3))
            yield Sample.of(
                cls(*attributes),
                *[array.astype(np.float32) for array in arrays],
                gradient=(2,),
                note="it depends on the images by their order only",
            )


@register
class MaxPoolWithArgmax(Op):
    """The maximum of each window and its index in the flattened image."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    Targmax: DType = int64
    include_batch_in_index: bool = False

    inputs = "input: T"
    outputs = "output, argmax"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        shape = pooled_shape(input.shape, self.ksize, self.strides, self.padding)
        return TensorSpec(shape, input.dtype.base_dtype), TensorSpec(shape, self.Targmax)

    def kernel(self, input: Array) -> tuple[Array, Array]:
        geometry = kernels.PoolGeometry.of(input.shape, self.ksize, self.strides, self.padding)
        return kernels.max_pool_with_argmax(
            input, geometry, self.include_batch_in_index, self.Targmax.numpy
        )

    def gradient(self, op: Operation, grad: Tensor, _argmax: Tensor | None) -> Tensor:
        image = op.inputs[0]
        shape = ops.shape(image)
        indices = op.outputs[1]
        if not self.include_batch_in_index:
            per_image = ops.cast(ops.reduce_prod(shape[1:]), self.Targmax)
            count = ops.cast(shape[0], self.Targmax)
            offsets = ops.range(count) * per_image
            indices = indices + ops.reshape(offsets, [-1, 1, 1, 1])
        size = ops.reduce_prod(shape)
        flat = ops.unsorted_segment_sum(ops.reshape(grad, [-1]), ops.reshape(indices, [-1]), size)
        return ops.reshape(flat, shape)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.random.RandomState(6).permutation(120).reshape(2, 5, 4, 3) / 8.0 - 3
        yield Sample.of(cls((1, 2, 2, 1), (1, 2, 2, 1), "SAME"), image.astype(np.float32))
        yield Sample.of(
            cls((1, 3, 2, 1), (1, 1, 2, 1), "VALID", int64, True), image.astype(np.float32)
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(*_PLAIN), (np.ones((2, 3), np.float32),), "rank")


@register
class AvgPool(_PoolOp):
    """The average of each window; padding does not count."""

    inputs = "value: T"
    types: ClassVar[Any] = {"T": FLOATING}
    has_out = True

    def infer(self, value: TensorSpec) -> TensorSpec:
        return TensorSpec(self.output_shape(value.shape), value.dtype.base_dtype)

    def kernel(self, value: Array, out: Array | None = None) -> Array:
        return kernels.avg_pool(value, self.geometry(value.shape), out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(AvgPoolGrad(**self.attributes()), ops.shape(op.inputs[0]), grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            yield Sample.of(cls(*attributes), image.astype(np.float32))
        yield Sample.of(cls(*_PLAIN), image)
        attributes, image = cls.nchw_case()
        yield Sample.of(
            cls(*attributes),
            image.astype(np.float32),
            oracle=False,
            note="TensorFlow on CPU knows NHWC only",
        )


@register
class AvgPoolGrad(_PoolOp):
    """The gradient of `AvgPool`: each window's is shared out evenly."""

    inputs = "orig_input_shape: int32, grad: T"
    types: ClassVar[Any] = {"T": FLOATING}
    has_out = True

    def infer(self, orig_input_shape: TensorSpec, grad: TensorSpec) -> TensorSpec:
        shape = orig_input_shape.as_shape().with_rank(4)
        if shape.is_fully_defined():
            self.output_shape(shape).assert_is_compatible_with(grad.shape)
        return TensorSpec(shape, grad.dtype.base_dtype)

    def kernel(self, orig_input_shape: Array, grad: Array, out: Array | None = None) -> Array:
        return kernels.avg_pool_gradient(self.geometry(orig_input_shape), grad, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[None, Tensor]:
        return None, apply(AvgPool(**self.attributes()), grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            pooled = AvgPool(*attributes).kernel(image)
            yield Sample.of(
                cls(*attributes),
                np.asarray(image.shape, np.int32),
                np.cos(pooled * 3).astype(np.float32),
            )


def _attributes(
    ksize: Any, strides: Any, padding: str, data_format: str | None
) -> tuple[tuple[int, ...], tuple[int, ...], str, str]:
    if not isinstance(padding, str) or padding.upper() not in ("SAME", "VALID"):
        raise ValueError(f"padding must be SAME or VALID, not {padding!r}")
    layout = check_data_format(data_format)
    return (
        _four("ksize", ksize, layout),
        _four("strides", strides, layout),
        padding.upper(),
        layout,
    )


def _four(name: str, values: Any, data_format: str) -> tuple[int, ...]:
    items = [int(v) for v in values] if isinstance(values, (list, tuple)) else [int(values)]
    if len(items) == 1:
        items *= 2
    if len(items) == 2:
        items = [1, *items, 1] if data_format == "NHWC" else [1, 1, *items]
    if len(items) != 4 or min(items) < 1:
        raise ValueError(f"{name} has 1, 2 or 4 positive numbers, not {values!r}")
    return tuple(items)


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Take the maximum of each window.

    Args:
      value: real [batch, height, width, channels], or NCHW.
      ksize: the window's size, one number for each of the 4 axes (or for height and width, or one
        for both).
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NHWC` or `NCHW`.
      name: the operation's name.
      input: new name of `value`.

    Returns:
      The pooled images.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 7.0, 3.0, 4.0, 5.0, 2.0], [1, 2, 3, 1])
    >>> y = tf.nn.max_pool(image, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    >>> tf.Session().run(y).ravel()
    array([7., 3.], dtype=float32)
    """
    value = renamed_argument("input", input, "value", value)
    with name_scope(name, "MaxPool", [value]) as scope:
        value = convert_to_tensor(value, name="input")
        attributes = _attributes(ksize, strides, padding, data_format)
        return apply(MaxPool(*attributes), value, name=scope)


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """Take the maximum of each window: `max_pool` with its newer argument name.

    Args:
      input: real [batch, height, width, channels], or NCHW.
      ksize: as for `max_pool`, like the following.
      strides: see `max_pool`.
      padding: see `max_pool`.
      data_format: see `max_pool`.
      name: the operation's name.

    Returns:
      The pooled images.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 7.0, 3.0, 4.0, 5.0, 2.0], [1, 2, 3, 1])
    >>> tf.Session().run(tf.nn.max_pool2d(image, 2, 1, "VALID")).ravel()
    array([7., 7.], dtype=float32)
    """
    return max_pool(input, ksize, strides, padding, data_format, name)


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """Take the maximum of each window and its index in the flattened image.

    Args:
      input: real [batch, height, width, channels].
      ksize: as for `max_pool`, like the following two.
      strides: see `max_pool`.
      padding: see `max_pool`.
      data_format: must be `NHWC`.
      Targmax: old name of `output_dtype`.
      name: the operation's name.
      output_dtype: the dtype of the indices, int64 or int32.
      include_batch_in_index: whether indices count through the whole batch.

    Returns:
      The pooled images and the indices.

    Raises:
      ValueError: the layout is not NHWC, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 7.0, 3.0, 4.0, 5.0, 9.0], [1, 2, 3, 1])
    >>> y, indices = tf.nn.max_pool_with_argmax(image, 2, 1, "VALID")
    >>> tf.Session().run(indices).ravel()
    array([1, 5])
    """
    if data_format != "NHWC":
        raise ValueError(f"max_pool_with_argmax works on NHWC only, not {data_format}")
    dtype = deprecated_argument_lookup("output_dtype", output_dtype, "Targmax", Targmax)
    sizes, steps, padding, _ = _attributes(ksize, strides, padding, data_format)
    op = MaxPoolWithArgmax(
        sizes, steps, padding, int64 if dtype is None else as_dtype(dtype), include_batch_in_index
    )
    output, argmax = apply_multi(op, input, name=name)
    return output, argmax


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Take the average of each window; padding does not count.

    Args:
      value: floating [batch, height, width, channels], or NCHW.
      ksize: the window's size, one number for each of the 4 axes (or for height and width, or one
        for both).
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NHWC` or `NCHW`.
      name: the operation's name.
      input: new name of `value`.

    Returns:
      The pooled images.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 7.0, 3.0, 4.0, 5.0, 2.0], [1, 2, 3, 1])
    >>> y = tf.nn.avg_pool(image, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    >>> tf.Session().run(y).ravel()
    array([4.25, 2.5 ], dtype=float32)
    """
    value = renamed_argument("input", input, "value", value)
    with name_scope(name, "AvgPool", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        attributes = _attributes(ksize, strides, padding, data_format)
        return apply(AvgPool(*attributes), value, name=scope)


avg_pool2d = avg_pool
