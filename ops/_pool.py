"""What pooling of images and of volumes share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, op_class
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._layout import checked_layout, per_axis, same_or_valid
from graphflow.ops.kernels import pool as kernels, quickest_pool
from graphflow.ops.kernels.windows import conv_output_size

# Steps of a training repeat the same shapes.
_geometry = lru_cache(maxsize=1024)(kernels.PoolGeometry.of)

Case = tuple[dict[str, Any], Array]


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


def pool_attributes(
    ksize: Any, strides: Any, padding: Any, data_format: str | None, spatial: int = 2
) -> tuple[tuple[int, ...], tuple[int, ...], str, str]:
    """Sizes of windows, distances, padding and layout from public arguments, checked.

    Raises:
      ValueError: an argument is malformed.
    """
    name = same_or_valid(padding)
    layout = checked_layout(data_format, spatial)
    steps = 1 if strides is None else strides
    return per_axis("ksize", ksize, layout), per_axis("strides", steps, layout), name, layout


class PoolOp(Op):
    """Attributes and geometry that pooling shares with its gradients.

    Class attributes of a family:
      rank: the number of axes.
      pool, pool_grad, pool_grad_grad: the types of its ops.
    """

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str

    has_out = True
    rank: ClassVar[int] = 4
    pool: ClassVar[str]
    pool_grad: ClassVar[str]
    pool_grad_grad: ClassVar[str]

    def sibling(self, op_type: str) -> Op:
        """Another op of the family with the same attributes."""
        return op_class(op_type).from_attributes(self.attributes())

    def geometry(self, shape: Sequence[int]) -> kernels.PoolGeometry:
        """The sizes of the pooling, from the concrete shape of the input."""
        sizes = tuple([int(size) for size in shape])
        return _geometry(sizes, self.ksize, self.strides, self.padding)

    def output_shape(self, shape: TensorShape) -> TensorShape:
        """The shape of the pooled images, as far as it is known."""
        return pooled_shape(shape, self.ksize, self.strides, self.padding)

    @classmethod
    def cases(cls) -> Iterator[Case]:
        """Attributes and images on which the op and its gradients are checked."""
        yield from ()

    @classmethod
    def channels_first_case(cls) -> Case:
        """A case that TensorFlow on CPU does not know."""
        raise NotImplementedError

    @classmethod
    def plain(cls) -> Any:
        """The op of the first case."""
        attributes, _ = next(cls.cases())
        return cls.from_attributes(attributes)

    @classmethod
    def channels_first_sample(cls) -> Sample:
        """The op on the case that TensorFlow on CPU does not know."""
        attributes, image = cls.channels_first_case()
        return Sample.of(
            cls.from_attributes(attributes),
            image.astype(np.float32),
            oracle=False,
            note="TensorFlow on CPU wants the channels last",
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        matrix = np.ones((2, 3), np.float32)
        yield ErrorSample(cls.plain(), (matrix,) * len(cls.input_args()), "rank")


class Pooling(PoolOp):
    """What pooling by the maximum and by the average share."""

    inputs = "input: T"

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(self.output_shape(input.shape), input.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            yield Sample.of(cls.from_attributes(attributes), image.astype(np.float32))
        yield cls.channels_first_sample()
        yield Sample.of(cls.plain(), image[:0].astype(np.float32), note="an empty batch")


class MaxPooling(Pooling):
    """The maximum of each window."""

    def kernel(self, input: Array, out: Array | None = None) -> Array:
        return quickest_pool.max_pool(input, self.geometry(input.shape), out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(self.sibling(self.pool_grad), op.inputs[0], op.outputs[0], grad)


class MaxPoolingGradient(PoolOp):
    """The gradient of `MaxPooling`: it goes to the first maximum of each window."""

    inputs = "orig_input: T, orig_output: T, grad: T"

    def infer(
        self, orig_input: TensorSpec, orig_output: TensorSpec, grad: TensorSpec
    ) -> TensorSpec:
        shape = self.output_shape(orig_input.shape).merge_with(orig_output.shape)
        shape.assert_is_compatible_with(grad.shape)
        return TensorSpec(orig_input.shape.with_rank(self.rank), grad.dtype.base_dtype)

    def kernel(
        self, orig_input: Array, orig_output: Array, grad: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(orig_input.shape)
        return quickest_pool.max_pool_gradient(orig_input, orig_output, grad, geometry, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        image, pooled, _ = op.inputs
        second = apply(self.sibling(self.pool_grad_grad), image, pooled, grad)
        return ops.zeros_like(image), ops.zeros_like(pooled), second

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            pooled = cls._pooled(attributes, image)
            yield cls._sample(attributes, image, pooled, np.cos(pooled * 3))

    @classmethod
    def _pooled(cls, attributes: dict[str, Any], image: Array) -> Array:
        return op_class(cls.pool).from_attributes(attributes).kernel(image)

    @classmethod
    def _sample(cls, attributes: dict[str, Any], *arrays: Array) -> Sample:
        return Sample.of(
            cls.from_attributes(attributes),
            *[array.astype(np.float32) for array in arrays],
            gradient=(2,),
            note="it depends on the images by their order only",
        )


class MaxPoolingGradientGradient(MaxPoolingGradient):
    """The gradient of `MaxPoolingGradient` with respect to its gradient."""

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
        back = apply(self.sibling(self.pool_grad), image, pooled, grad)
        return ops.zeros_like(image), ops.zeros_like(pooled), back

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            pooled = cls._pooled(attributes, image)
            yield cls._sample(attributes, image, pooled, np.cos(image * 3))


class AveragePooling(Pooling):
    """The average of each window; padding does not count."""

    def kernel(self, image: Array, out: Array | None = None) -> Array:
        return quickest_pool.avg_pool(image, self.geometry(image.shape), out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(self.sibling(self.pool_grad), ops.shape(op.inputs[0]), grad)


class AveragePoolingGradient(PoolOp):
    """The gradient of `AveragePooling`: each window's is shared out evenly."""

    inputs = "orig_input_shape: int32, grad: T"

    def infer(self, orig_input_shape: TensorSpec, grad: TensorSpec) -> TensorSpec:
        shape = orig_input_shape.as_shape().with_rank(self.rank)
        if shape.is_fully_defined():
            self.output_shape(shape).assert_is_compatible_with(grad.shape)
        return TensorSpec(shape, grad.dtype.base_dtype)

    def kernel(self, orig_input_shape: Array, grad: Array, out: Array | None = None) -> Array:
        return quickest_pool.avg_pool_gradient(self.geometry(orig_input_shape), grad, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[None, Tensor]:
        return None, apply(self.sibling(self.pool), grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            pooled = op_class(cls.pool).from_attributes(attributes).kernel(image)
            yield Sample.of(
                cls.from_attributes(attributes),
                np.asarray(image.shape, np.int32),
                np.cos(pooled * 3).astype(np.float32),
            )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        sizes = np.asarray([1, 5, 4], np.int32)
        yield ErrorSample(cls.plain(), (sizes, np.ones((1, 5, 4), np.float32)), "rank")
