"""Maximum pooling whose sizes of windows are inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import REAL_NUMBER, dtype_set
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._pool import pooled_shape
from graphflow.ops._static import check_rank, i32, invalid, known_ints

__all__ = ["MaxPoolGradGradV2", "MaxPoolGradV2", "MaxPoolV2"]

_UNKNOWN = TensorShape.of((None,) * 4)


class _PoolV2(Op):
    """What the ops share: each does what the op with attributes does, see `ops/pool.py`."""

    padding: str
    data_format: str

    has_out = True

    def fixed(self, op_class: type[Any], ksize: Array, strides: Array) -> Any:
        """The op with attributes."""
        windows, steps = tuple(ksize.tolist()), tuple(strides.tolist())
        if min(*windows, *steps) < 1:
            raise invalid(f"ksize {list(windows)} and strides {list(steps)} must all be positive")
        return op_class(windows, steps, self.padding, self.data_format)

    def pooled(self, shape: TensorShape, ksize: TensorSpec, strides: TensorSpec) -> TensorShape:
        """The shape of the pooled images, as far as it is known."""
        for name, spec in (("ksize", ksize), ("strides", strides)):
            check_rank(name, spec, 1)
            spec.shape.assert_is_compatible_with([4])
        windows, steps = known_ints(ksize), known_ints(strides)
        images = shape.with_rank(4)
        if windows is None or steps is None or None in windows or None in steps:
            return _UNKNOWN
        sizes, distances = [int(n or 0) for n in windows], [int(n or 0) for n in steps]
        if min(*sizes, *distances) < 1:
            raise ValueError(f"ksize {sizes} and strides {distances} must all be positive")
        return pooled_shape(images, sizes, distances, self.padding)

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, Array, Array, Array]]:
        """The op, images, sizes of windows and distances."""
        image = np.random.RandomState(6).permutation(60).reshape(1, 5, 4, 3) * 1.0
        op = cls.from_attributes({"padding": "SAME"})
        yield op, image.astype(np.float32), i32([1, 2, 2, 1]), i32([1, 2, 2, 1])
        op = cls.from_attributes({"padding": "VALID"})
        yield op, image, i32([1, 3, 2, 1]), i32([1, 1, 2, 1])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op, image, ksize, strides = next(cls.cases())
        images = (image,) * (len(cls.input_args()) - 2)
        yield ErrorSample(op, (*images, ksize[:3], strides), "not compatible")
        yield ErrorSample(op, (*images, ksize, strides * 0), "must all be positive")


@register
class MaxPoolV2(_PoolV2):
    """The maximum of each window."""

    padding: str
    data_format: str = "NHWC"

    inputs = "input: T, ksize: int32, strides: int32"
    types: ClassVar[Any] = {"T": REAL_NUMBER - dtype_set("uint32 uint64")}

    def infer(self, input: TensorSpec, ksize: TensorSpec, strides: TensorSpec) -> TensorSpec:
        return TensorSpec(self.pooled(input.shape, ksize, strides), input.dtype.base_dtype)

    def kernel(self, input: Array, ksize: Array, strides: Array, out: Array | None = None) -> Array:
        return self.fixed(ops.MaxPool, ksize, strides).kernel(input, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        image, *sizes = op.inputs
        back = MaxPoolGradV2(self.padding, self.data_format)
        return apply(back, image, op.outputs[0], grad, *sizes), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op, image, ksize, strides in cls.cases():
            yield Sample.of(op, image, ksize, strides)


@register
class MaxPoolGradV2(_PoolV2):
    """The gradient of `MaxPoolV2`: it goes to the first maximum of each window."""

    padding: str
    data_format: str = "NHWC"

    inputs = "orig_input: T, orig_output: T, grad: T, ksize: int32, strides: int32"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def infer(
        self,
        orig_input: TensorSpec,
        orig_output: TensorSpec,
        grad: TensorSpec,
        ksize: TensorSpec,
        strides: TensorSpec,
    ) -> TensorSpec:
        shape = self.pooled(orig_input.shape, ksize, strides).merge_with(orig_output.shape)
        shape.assert_is_compatible_with(grad.shape)
        return TensorSpec(orig_input.shape.with_rank(4), orig_input.dtype.base_dtype)

    def kernel(
        self,
        orig_input: Array,
        orig_output: Array,
        grad: Array,
        ksize: Array,
        strides: Array,
        out: Array | None = None,
    ) -> Array:
        back = self.fixed(ops.MaxPoolGrad, ksize, strides)
        return back.kernel(orig_input, orig_output, grad, out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return _through_gradient(MaxPoolGradGradV2(self.padding, self.data_format), op, grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op, image, ksize, strides in cls.cases():
            pooled = op.fixed(ops.MaxPool, ksize, strides).kernel(image)
            yield _sample(op, image, pooled, pooled // 2, ksize, strides)


@register
class MaxPoolGradGradV2(_PoolV2):
    """The gradient of `MaxPoolGradV2` with respect to its gradient."""

    padding: str
    data_format: str = "NHWC"

    inputs = "orig_input: T, orig_output: T, grad: T, ksize: int32, strides: int32"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def infer(
        self,
        orig_input: TensorSpec,
        orig_output: TensorSpec,
        grad: TensorSpec,
        ksize: TensorSpec,
        strides: TensorSpec,
    ) -> TensorSpec:
        orig_input.shape.assert_is_compatible_with(grad.shape)
        shape = self.pooled(orig_input.shape, ksize, strides).merge_with(orig_output.shape)
        return TensorSpec(shape, orig_output.dtype.base_dtype)

    def kernel(
        self,
        orig_input: Array,
        orig_output: Array,
        grad: Array,
        ksize: Array,
        strides: Array,
        out: Array | None = None,
    ) -> Array:
        second = self.fixed(ops.MaxPoolGradGrad, ksize, strides)
        return second.kernel(orig_input, orig_output, grad, out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return _through_gradient(MaxPoolGradV2(self.padding, self.data_format), op, grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op, image, ksize, strides in cls.cases():
            pooled = op.fixed(ops.MaxPool, ksize, strides).kernel(image)
            yield _sample(op, image, pooled, image // 2, ksize, strides)


def _through_gradient(other: Op, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
    """Gradients of an op that depends on the images by their order only."""
    image, pooled, _, *sizes = op.inputs
    result = apply(other, image, pooled, grad, *sizes)
    return ops.zeros_like(image), ops.zeros_like(pooled), result, None, None


def _sample(op: Op, *inputs: Array) -> Sample:
    note = "it depends on the images by their order only"
    return Sample.of(op, *inputs, gradient=(2,), note=note)
