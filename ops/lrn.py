"""Local response normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import dtype_set, float32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import f32
from graphflow.ops.kernels.arrays import widened

__all__ = ["LRN", "LRNGrad", "local_response_normalization", "lrn"]


class _LrnOp(Op):
    """Attributes and arithmetic that both ops share."""

    depth_radius: int
    bias: float
    alpha: float
    beta: float

    types: ClassVar[Any] = {"T": dtype_set("float16 float32")}
    preferred: ClassVar[Any] = {"T": float32}
    uses_blas = True

    def neighbours(self, pixels: Array) -> Array:
        """For each channel the sum over the channels within the radius.

        A product with a band of ones: quicker than sums of slices unless channels are very many.
        """
        channels = np.arange(pixels.shape[-1])
        distance = np.abs(channels[:, None] - channels)
        return pixels @ (distance <= self.depth_radius).astype(pixels.dtype)

    def norms(self, pixels: Array) -> Array:
        """What is raised to the power of -beta."""
        norms = self.neighbours(np.square(pixels))
        norms *= norms.dtype.type(self.alpha)
        norms += norms.dtype.type(self.bias)
        return norms

    def factors(self, norms: Array) -> Array:
        """The power of -beta of the norms."""
        if self.beta == 0.5:
            return 1 / np.sqrt(norms)
        logarithms = np.log(norms)
        logarithms *= norms.dtype.type(-self.beta)
        return np.exp(logarithms, out=logarithms)

    @staticmethod
    def pixels(image: Array) -> Array:
        """The image as a matrix in the dtype of sums."""
        wide = widened(image)
        return wide.reshape(-1, image.shape[-1])

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, Array]]:
        """Attributes and images on which both ops are checked."""
        image = np.random.RandomState(9).normal(size=(2, 2, 3, 5)).astype(np.float32)
        yield {}, image
        yield {"depth_radius": 1, "bias": 2.0, "alpha": 0.5, "beta": 0.75}, image
        yield {"depth_radius": 2, "alpha": 1e-2, "beta": 1.0}, image[:1].astype(np.float16)
        yield {"depth_radius": 0, "bias": 0.5}, image[:1, :1]
        yield {}, image[:0]


@register
class LRN(_LrnOp):
    """Each channel divided by a norm of its neighbours."""

    depth_radius: int = 5
    bias: float = 1.0
    alpha: float = 1.0
    beta: float = 0.5

    makes_new = True
    inputs = "input: T"

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape.with_rank(4), input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        pixels = self.pixels(input)
        with np.errstate(all="ignore"):
            result = self.factors(self.norms(pixels))
            result *= pixels
        return result.reshape(input.shape).astype(input.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(LRNGrad(**self.attributes()), grad, op.inputs[0], op.outputs[0])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            yield Sample.of(cls(**attributes), image)
        special = f32([[[[np.inf, 1.0, 2.0], [np.nan, -1.0, 0.0]]]])
        yield Sample.of(cls(depth_radius=1), special, gradient=(), note="no numbers")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones((2, 3, 4), np.float32),), "rank")


@register
class LRNGrad(_LrnOp):
    """The gradient of `LRN`."""

    depth_radius: int = 5
    bias: float = 1.0
    alpha: float = 1.0
    beta: float = 0.5

    makes_new = True
    inputs = "input_grads: T, input_image: T, output_image: T"

    def infer(
        self, input_grads: TensorSpec, input_image: TensorSpec, output_image: TensorSpec
    ) -> TensorSpec:
        shape = input_grads.shape.with_rank(4).merge_with(input_image.shape)
        return TensorSpec(shape.merge_with(output_image.shape), input_grads.dtype.base_dtype)

    def kernel(self, input_grads: Array, input_image: Array, output_image: Array) -> Array:
        grads, image, output = map(self.pixels, (input_grads, input_image, output_image))
        with np.errstate(all="ignore"):
            norms = self.norms(image)
            spread = self.neighbours(grads * output / norms)
            spread *= grads.dtype.type(-2 * self.alpha * self.beta)
            spread *= image
            spread += grads * self.factors(norms)
        return spread.reshape(input_grads.shape).astype(input_grads.dtype, copy=False)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image in cls.cases():
            output = LRN(**attributes).kernel(image)
            note = "as in TensorFlow, there is no second gradient"
            yield Sample.of(cls(**attributes), np.cos(image), image, output, gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = np.ones((2, 3, 4, 1), np.float32)
        yield ErrorSample(cls(), (image[0],) * 3, "rank")
        yield ErrorSample(cls(), (image, image, image[1:]), "not compatible")


def lrn(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """Divide each channel by a norm of its neighbours.

    With s the sum of squares over a pixel's channels from c - depth_radius to c + depth_radius,
    channel c becomes `input / (bias + alpha * s) ** beta` (Krizhevsky et al., "ImageNet
    Classification with Deep Convolutional Neural Networks", 2012).

    Args:
      input: float16 or float32 [batch, height, width, channels].
      depth_radius: how many neighbours count on each side.
      bias: see above; usually positive, so that nothing is divided by 0.
      alpha: see above.
      beta: see above.
      name: the operation's name.

    Returns:
      A tensor like `input`.

    Raises:
      ValueError: the rank is not 4, or `depth_radius` is negative.

    >>> import graphflow as tf
    >>> pixel = tf.constant([[[[1.0, 2.0, 4.0]]]])
    >>> y = tf.nn.lrn(pixel, depth_radius=1, bias=1, alpha=2, beta=1)  # norms 11, 43, 41
    >>> print(tf.Session().run(11 * 43 * 41 * y))
    [[[[1763.  902. 1892.]]]]
    """
    if depth_radius < 0:
        raise ValueError(f"depth_radius {depth_radius} must not be negative")
    op = LRN(int(depth_radius), float(bias), float(alpha), float(beta))
    return apply(op, input, name=name)


local_response_normalization = lrn
