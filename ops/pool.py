"""Pooling of images and its gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup, renamed_argument
from graphflow.core.dtypes import (
    FLOATING,
    REAL_NUMBER,
    DType,
    as_dtype,
    dtype_set,
    float32,
    int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, internal_op, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec
from graphflow.ops._pool import (
    AveragePooling,
    AveragePoolingGradient,
    Case,
    MaxPooling,
    MaxPoolingGradient,
    MaxPoolingGradientGradient,
    PoolOp,
    pool_attributes,
    pooled_shape,
)
from graphflow.ops._static import invalid
from graphflow.ops.kernels import pool as kernels, quickest_pool

__all__ = [
    "AvgPool",
    "AvgPoolGrad",
    "MaxPool",
    "MaxPoolGrad",
    "MaxPoolGradGrad",
    "MaxPoolGradWithArgmax",
    "MaxPoolWithArgmax",
    "avg_pool",
    "avg_pool2d",
    "max_pool",
    "max_pool2d",
    "max_pool_with_argmax",
]

_MAX_TYPES = REAL_NUMBER - dtype_set("uint32 uint64")


class _Pool2D(PoolOp):
    """What the ops share."""

    @classmethod
    def cases(cls) -> Iterator[Case]:
        image = np.random.RandomState(6).permutation(60).reshape(1, 5, 4, 3) / 8.0 - 3
        yield {"ksize": (1, 2, 2, 1), "strides": (1, 2, 2, 1), "padding": "SAME"}, image
        yield {"ksize": (1, 3, 2, 1), "strides": (1, 1, 2, 1), "padding": "VALID"}, image
        yield {"ksize": (1, 3, 3, 1), "strides": (1, 2, 1, 1), "padding": "SAME"}, image

    @classmethod
    def channels_first_case(cls) -> Case:
        image = np.random.RandomState(7).permutation(40).reshape(2, 1, 5, 4) / 8.0 - 3
        attributes = {"ksize": (1, 1, 2, 2), "strides": (1, 1, 2, 1), "padding": "SAME"}
        return {**attributes, "data_format": "NCHW"}, image


class _MaxPool2D(_Pool2D):
    pool = "MaxPool"
    pool_grad = "MaxPoolGrad"
    pool_grad_grad = "MaxPoolGradGrad"


@register
class MaxPool(_MaxPool2D, MaxPooling):
    """The maximum of each window."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"

    types: ClassVar[Any] = {"T": _MAX_TYPES}

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        _, image = next(cls.cases())
        for dtype in (np.float64, np.float16, np.int8, np.int64):
            yield Sample.of(cls.plain(), (image * 8).astype(dtype))


@register
class MaxPoolGrad(_MaxPool2D, MaxPoolingGradient):
    """The gradient of `MaxPool`: it goes to the first maximum of each window."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"

    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def with_epilogue(self, followers: tuple[str, ...], specs: Sequence[TensorSpec]) -> Op | None:
        image = specs[0]
        if followers != ("ReluGrad",) or image.dtype.base_dtype != float32:
            return None
        sizes = [size for size in image.shape.as_list() if size is not None]
        has_loops = quickest_pool.has_loops(self.geometry(sizes))
        return _MaxPoolReluGrad(**self.attributes()) if has_loops else None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        attributes, image = next(cls.cases())
        whole = (image * 8 + 24).astype(np.uint8)
        pooled = MaxPool(**attributes).kernel(whole)
        yield Sample.of(cls(**attributes), whole, pooled, pooled // 2)


@internal_op
class _MaxPoolReluGrad(MaxPoolGrad):
    """The gradient of `MaxPool` of a result of `Relu` with respect to the features of that."""

    def kernel(
        self, orig_input: Array, orig_output: Array, grad: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(orig_input.shape)
        return quickest_pool.max_pool_gradient(
            orig_input, orig_output, grad, geometry, out, is_rectified=True
        )


@register
class MaxPoolGradGrad(_MaxPool2D, MaxPoolingGradientGradient):
    """The gradient of `MaxPoolGrad` with respect to its gradient."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"

    types: ClassVar[Any] = {"T": REAL_NUMBER}


@register
class MaxPoolWithArgmax(Op):
    """The maximum of each window and its index in the flattened image."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    Targmax: DType = int64
    include_batch_in_index: bool = False

    makes_new = True
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
        back = MaxPoolGradWithArgmax(
            self.ksize, self.strides, self.padding, self.include_batch_in_index
        )
        return apply(back, op.inputs[0], grad, ops.cast(op.outputs[1], int64))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.random.RandomState(6).permutation(120).reshape(2, 5, 4, 3) / 8.0 - 3
        yield Sample.of(cls((1, 2, 2, 1), (1, 2, 2, 1), "SAME"), image.astype(np.float32))
        yield Sample.of(
            cls((1, 3, 2, 1), (1, 1, 2, 1), "VALID", int64, True), image.astype(np.float32)
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op = cls((1, 2, 2, 1), (1, 1, 1, 1), "VALID")
        yield ErrorSample(op, (np.ones((2, 3), np.float32),), "rank")


@register
class MaxPoolGradWithArgmax(Op):
    """The gradient of `MaxPoolWithArgmax`: it goes to the places of the maxima."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    include_batch_in_index: bool = False

    makes_new = True
    inputs = "input: T, grad: T, argmax: Targmax"
    types: ClassVar[Any] = {"T": REAL_NUMBER, "Targmax": {int64}}

    def infer(self, input: TensorSpec, grad: TensorSpec, argmax: TensorSpec) -> TensorSpec:
        shape = pooled_shape(input.shape, self.ksize, self.strides, self.padding)
        shape.merge_with(grad.shape).assert_is_compatible_with(argmax.shape)
        return TensorSpec(input.shape.with_rank(4), input.dtype.base_dtype)

    def kernel(self, input: Array, grad: Array, argmax: Array) -> Array:
        try:
            return kernels.add_at_indices(input.shape, grad, argmax, self.include_batch_in_index)
        except IndexError as error:
            raise invalid(str(error)) from error

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        image, out_grad, places = op.inputs
        indices = places
        if not self.include_batch_in_index:
            shape = ops.shape(image, out_type=int64)
            offsets = ops.range(shape[0]) * ops.reduce_prod(shape[1:])
            indices = indices + ops.reshape(offsets, [-1, 1, 1, 1])
        picked = ops.gather(ops.reshape(grad, [-1]), indices)
        return ops.zeros_like(image), ops.reshape(picked, ops.shape(out_grad)), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.random.RandomState(6).permutation(120).reshape(2, 5, 4, 3) / 8.0 - 3
        for attributes, in_batch in (
            (((1, 2, 2, 1), (1, 2, 2, 1), "SAME"), False),
            (((1, 3, 2, 1), (1, 1, 2, 1), "VALID"), True),
        ):
            _, places = MaxPoolWithArgmax(*attributes, int64, in_batch).kernel(image)
            for dtype in (np.float32, np.int32):
                grad = np.round(4 * np.cos(places)).astype(dtype)
                op = cls(*attributes, in_batch)
                note = "the images matter by their shape only"
                yield Sample.of(op, image.astype(dtype), grad, places, gradient=(1,), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op = cls((1, 2, 2, 1), (1, 1, 1, 1), "VALID")
        image, grad = np.ones((1, 3, 2, 1), np.float32), np.ones((1, 2, 1, 1), np.float32)
        places = np.zeros((1, 2, 1, 1), np.int64)
        yield ErrorSample(op, (image, grad[0], places), "not compatible")
        yield ErrorSample(
            op, (image, grad, places + 6), "6 .* outside", InvalidArgumentError, "run"
        )


class _AvgPool2D(_Pool2D):
    types: ClassVar[Any] = {"T": FLOATING}
    pool = "AvgPool"
    pool_grad = "AvgPoolGrad"


@register
class AvgPool(_AvgPool2D, AveragePooling):
    """The average of each window; padding does not count."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"

    inputs = "value: T"

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        _, image = next(cls.cases())
        for dtype in (np.float64, np.float16):
            yield Sample.of(cls.plain(), image.astype(dtype))


@register
class AvgPoolGrad(_AvgPool2D, AveragePoolingGradient):
    """The gradient of `AvgPool`: each window's is shared out evenly."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"


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
        attributes = pool_attributes(ksize, strides, padding, data_format)
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
    with name_scope(name, "MaxPool2d", [input]) as scope:
        return max_pool(input, ksize, strides, padding, data_format, scope)


class PoolingWithArgmax(NamedTuple):
    """What `max_pool_with_argmax` returns: the pooled images and the indices."""

    output: Tensor
    argmax: Tensor


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
) -> PoolingWithArgmax:
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
    sizes, steps, padding, _ = pool_attributes(ksize, strides, padding, data_format)
    op = MaxPoolWithArgmax(
        sizes, steps, padding, int64 if dtype is None else as_dtype(dtype), include_batch_in_index
    )
    return PoolingWithArgmax(*apply_multi(op, input, name=name))


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
        attributes = pool_attributes(ksize, strides, padding, data_format)
        return apply(AvgPool(*attributes), value, name=scope)


avg_pool2d = avg_pool
