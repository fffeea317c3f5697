"""Activation functions of neural nets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import FLOATING, REAL_NUMBER
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec, broadcast_shape
from graphflow.ops._static import five_axes
from graphflow.ops.elementwise import SPECIAL

__all__ = [
    "Elu",
    "EluGrad",
    "LeakyRelu",
    "LeakyReluGrad",
    "Relu",
    "Relu6",
    "Relu6Grad",
    "ReluGrad",
    "Selu",
    "SeluGrad",
    "Softplus",
    "SoftplusGrad",
    "Softsign",
    "SoftsignGrad",
    "crelu",
    "elu",
    "leaky_relu",
    "log_sigmoid",
    "relu",
    "relu6",
    "selu",
    "softplus",
    "softsign",
    "swish",
]

# Self-normalizing networks (Klambauer et al., 2017): fixed point at mean 0 and variance 1.
_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


class _Activation(Op):
    """An element-wise function of one floating tensor."""

    inputs = "features: T"
    outputs = "activations"
    types: ClassVar[Any] = {"T": FLOATING}

    def infer(self, features: TensorSpec) -> TensorSpec:
        return TensorSpec(features.shape, features.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.float64, np.float16):
            yield Sample.of(cls(), np.asarray([[-7.5, -1.25, -0.3], [0.4, 1.5, 8.25]], dtype))
        yield Sample.of(cls(), np.asarray(-0.75, np.float32))
        yield Sample.of(cls(), np.zeros((2, 0, 3), np.float32))
        yield Sample.of(cls(), five_axes() / 4 - 2.9)
        yield Sample.of(cls(), SPECIAL.astype(np.float32), gradient=(), note="special values")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.asarray(["x"], object),), "dtype string", TypeError)


class _ActivationGrad(Op):
    """The gradient of an activation: a function of the incoming gradient and one more tensor."""

    outputs = "backprops"
    types: ClassVar[Any] = {"T": FLOATING}

    def infer(self, gradients: TensorSpec, other: TensorSpec) -> TensorSpec:
        shape = broadcast_shape(gradients.shape, other.shape)
        gradients.shape.assert_is_compatible_with(other.shape)
        return TensorSpec(shape, gradients.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        gradients = np.asarray([[0.5, -1.5, 2.0], [-0.25, 3.0, 0.75]])
        other = np.asarray([[-0.9, -0.35, -0.1], [0.4, 1.5, 7.25]])
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), gradients.astype(dtype), other.astype(dtype))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones((2, 3), np.float32), np.ones((2, 4), np.float32)), "2, 3")


@register
class Relu(_Activation):
    """max(x, 0)."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True
    inplace = 0
    elementwise = "features if features >= 0 or features != features else 0"

    def kernel(self, features: Array, out: Array | None = None) -> Array:
        return np.maximum(features, features.dtype.type(0), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(ReluGrad(), grad, op.outputs[0])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield Sample.of(cls(), np.asarray([-3, 0, 5], np.int32))


@register
class ReluGrad(_ActivationGrad):
    """Passes the gradient where the feature is positive."""

    inputs = "gradients: T, features: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True
    elementwise = "gradients if features > 0 else gradients * 0"

    def kernel(self, gradients: Array, features: Array, out: Array | None = None) -> Array:
        return np.multiply(gradients, features > 0, out=out, dtype=gradients.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        return apply(ReluGrad(), grad, op.inputs[1]), ops.zeros_like(op.inputs[1])


@register
class Relu6(_Activation):
    """min(max(x, 0), 6)."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True
    inplace = 0
    elementwise = "6 if features > 6 else (0 if features < 0 else features)"

    def kernel(self, features: Array, out: Array | None = None) -> Array:
        kind = features.dtype.type
        return np.minimum(np.maximum(features, kind(0), out=out), kind(6), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(Relu6Grad(), grad, op.outputs[0])


@register
class Relu6Grad(_ActivationGrad):
    """Passes the gradient where the feature lies between 0 and 6."""

    inputs = "gradients: T, features: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True
    elementwise = "gradients if (features > 0) & (features < 6) else gradients * 0"

    def kernel(self, gradients: Array, features: Array, out: Array | None = None) -> Array:
        inside = (features > 0) & (features < 6)
        return np.multiply(gradients, inside, out=out, dtype=gradients.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        return apply(Relu6Grad(), grad, op.inputs[1]), ops.zeros_like(op.inputs[1])


def _slopes(features: Array, alpha: float) -> Array:
    """1 where a feature is positive, alpha elsewhere."""
    kind = features.dtype.type
    slope = kind(np.float32(alpha))  # the attribute has 32 bits
    positive = features > 0
    if 0 <= slope <= 1:  # several times as fast as `where`, which branches at each element
        return np.maximum(positive.astype(kind), slope)
    return np.where(positive, kind(1), slope)


@register
class LeakyRelu(_Activation):
    """X where it is positive, alpha * x elsewhere."""

    alpha: float = 0.2

    has_out = True
    makes_new = True

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        slope = float(np.float32(self.alpha))
        return f"{names[0]} if {names[0]} > 0 else {slope!r} * {names[0]}"

    def kernel(self, features: Array, out: Array | None = None) -> Array:
        return np.multiply(features, _slopes(features, self.alpha), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(LeakyReluGrad(self.alpha), grad, op.inputs[0])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        for alpha in (0.75, -0.5, 1.5):
            yield Sample.of(cls(alpha), np.asarray([-2.0, 3.0], np.float32))


@register
class LeakyReluGrad(_ActivationGrad):
    """Passes the gradient, scaled by alpha where the feature is not positive."""

    alpha: float = 0.2

    has_out = True
    makes_new = True
    inputs = "gradients: T, features: T"

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        slope = float(np.float32(self.alpha))
        return f"{names[0]} if {names[1]} > 0 else {slope!r} * {names[0]}"

    def kernel(self, gradients: Array, features: Array, out: Array | None = None) -> Array:
        return np.multiply(gradients, _slopes(features, self.alpha), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        return (
            apply(LeakyReluGrad(self.alpha), grad, op.inputs[1]),
            ops.zeros_like(op.inputs[1]),
        )


@register
class Elu(_Activation):
    """X where it is positive, exp(x) - 1 elsewhere."""

    makes_new = True
    elementwise32 = "expm1_32(features) if features < 0 else features"

    def kernel(self, features: Array) -> Array:
        return np.where(features < 0, np.expm1(features), features)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(EluGrad(), grad, op.outputs[0])


@register
class EluGrad(_ActivationGrad):
    """The gradient of elu, from its output."""

    makes_new = True
    inputs = "gradients: T, outputs: T"
    elementwise = "gradients * (outputs + 1) if outputs < 0 else gradients"

    def kernel(self, gradients: Array, outputs: Array) -> Array:
        one = gradients.dtype.type(1)
        return np.where(outputs < 0, gradients * (outputs + one), gradients)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        gradients, outputs = op.inputs
        # d/d outputs of gradients * (outputs + 1) where outputs < 0.
        slope = ops.where(outputs < 0, grad * gradients, ops.zeros_like(outputs))
        return apply(EluGrad(), grad, outputs), slope


@register
class Selu(_Activation):
    """Scaled elu."""

    makes_new = True
    elementwise32 = (
        f"{_SELU_SCALE_ALPHA} * expm1_32(features) if features < 0 else {_SELU_SCALE} * features"
    )

    def kernel(self, features: Array) -> Array:
        kind = features.dtype.type
        return np.where(
            features < 0,
            kind(_SELU_SCALE_ALPHA) * np.expm1(features),
            kind(_SELU_SCALE) * features,
        )

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(SeluGrad(), grad, op.outputs[0])


@register
class SeluGrad(_ActivationGrad):
    """The gradient of selu, from its output."""

    makes_new = True
    inputs = "gradients: T, outputs: T"
    elementwise = (
        f"gradients * (outputs + {_SELU_SCALE_ALPHA}) if outputs < 0 else gradients * {_SELU_SCALE}"
    )

    def kernel(self, gradients: Array, outputs: Array) -> Array:
        kind = gradients.dtype.type
        return np.where(
            outputs < 0,
            gradients * (outputs + kind(_SELU_SCALE_ALPHA)),
            gradients * kind(_SELU_SCALE),
        )

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        gradients, outputs = op.inputs
        slope = ops.where(outputs < 0, grad * gradients, ops.zeros_like(outputs))
        return apply(SeluGrad(), grad, outputs), slope


@register
class Softplus(_Activation):
    """log(1 + exp(x)), without overflow."""

    has_out = True
    elementwise32 = "(features if features > 0 else 0) + log1p32(exp32(-abs(features)))"

    def kernel(self, features: Array, out: Array | None = None) -> Array:
        return np.logaddexp(features, features.dtype.type(0), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(SoftplusGrad(), grad, op.inputs[0])


@register
class SoftplusGrad(_ActivationGrad):
    """The gradient of softplus: gradient * sigmoid(feature)."""

    makes_new = True
    inputs = "gradients: T, features: T"
    elementwise32 = "gradients / (exp32(-features) + 1)"

    def kernel(self, gradients: Array, features: Array) -> Array:
        one = gradients.dtype.type(1)
        return gradients / (np.exp(-features) + one)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        gradients, features = op.inputs
        slope = ops.sigmoid(features)
        curvature = slope * (1.0 - slope)
        return apply(SoftplusGrad(), grad, features), grad * gradients * curvature


@register
class Softsign(_Activation):
    """x / (1 + |x|)."""

    makes_new = True
    elementwise = "features / (1 + abs(features))"

    def kernel(self, features: Array) -> Array:
        return features / (features.dtype.type(1) + np.abs(features))

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(SoftsignGrad(), grad, op.inputs[0])


@register
class SoftsignGrad(_ActivationGrad):
    """The gradient of softsign: gradient / (1 + |feature|)²."""

    makes_new = True
    inputs = "gradients: T, features: T"
    elementwise = "gradients / ((1 + abs(features)) * (1 + abs(features)))"

    def kernel(self, gradients: Array, features: Array) -> Array:
        return gradients / np.square(gradients.dtype.type(1) + np.abs(features))

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        gradients, features = op.inputs
        cube = ops.pow(1.0 + ops.abs(features), 3.0)
        slope = -2.0 * grad * gradients * ops.sign(features) / cube
        return apply(SoftsignGrad(), grad, features), slope


def relu(features: Any, name: str | None = None) -> Tensor:
    """Compute max(features, 0).

    Args:
      features: a real tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.relu([-2.0, 3.0]))
    array([0., 3.], dtype=float32)
    """
    return apply(Relu(), features, name=name)


def relu6(features: Any, name: str | None = None) -> Tensor:
    """Compute min(max(features, 0), 6).

    Args:
      features: a real tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.relu6([-2.0, 3.0, 8.0]))
    array([0., 3., 6.], dtype=float32)
    """
    return apply(Relu6(), features, name=name)


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """Compute features where they are positive, alpha * features elsewhere.

    Args:
      features: a floating or integer tensor of any shape; integers become float32.
      alpha: the slope for negative features.
      name: the operation's name.

    Returns:
      A floating tensor of the same shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.leaky_relu([-2.0, 3.0], alpha=0.25))
    array([-0.5,  3. ], dtype=float32)
    """
    with get_default_graph().name_scope(name or "LeakyRelu") as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = ops.cast(features, "float32")
        return apply(LeakyRelu(float(alpha)), features, name=scope)


def elu(features: Any, name: str | None = None) -> Tensor:
    """Compute features where they are positive, exp(features) - 1 elsewhere.

    Args:
      features: a floating tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.elu([-1.0, 3.0])).round(4)
    array([-0.6321,  3.    ], dtype=float32)
    """
    return apply(Elu(), features, name=name)


def selu(features: Any, name: str | None = None) -> Tensor:
    """Compute scaled elu, the activation of self-normalizing nets (Klambauer et al., 2017).

    Args:
      features: a floating tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.selu([-1.0, 2.0])).round(4)
    array([-1.1113,  2.1014], dtype=float32)
    """
    return apply(Selu(), features, name=name)


def softplus(features: Any, name: str | None = None) -> Tensor:
    """Compute log(1 + exp(features)).

    Args:
      features: a floating tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.softplus([-1.0, 2.0])).round(4)
    array([0.3133, 2.1269], dtype=float32)
    """
    return apply(Softplus(), features, name=name)


def softsign(features: Any, name: str | None = None) -> Tensor:
    """Compute features / (1 + |features|).

    Args:
      features: a floating tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.softsign([-1.0, 3.0]))
    array([-0.5 ,  0.75], dtype=float32)
    """
    return apply(Softsign(), features, name=name)


def swish(features: Any) -> Tensor:
    """Compute features * sigmoid(features) (Ramachandran et al., 2017).

    Args:
      features: a floating tensor of any shape.

    Returns:
      A tensor like `features`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.swish([-1.0, 2.0])).round(4)
    array([-0.2689,  1.7616], dtype=float32)
    """
    features = convert_to_tensor(features, name="features")
    return ops.multiply(features, ops.sigmoid(features))


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """Compute log(sigmoid(x)) as -softplus(-x), which does not overflow.

    Args:
      x: a floating tensor of any shape.
      name: the operation's name.

    Returns:
      A tensor like `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.log_sigmoid([-1.0, 2.0])).round(4)
    array([-1.3133, -0.1269], dtype=float32)
    """
    with get_default_graph().name_scope(name or "LogSigmoid") as scope:
        x = convert_to_tensor(x, name="x")
        return ops.negative(softplus(-x), name=scope)


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """Concatenate relu(features) and relu(-features) (Shang et al., 2016).

    Args:
      features: a real tensor.
      name: name scope of the operations.
      axis: the axis along which the two are concatenated; its size doubles.

    Returns:
      A tensor with twice as many features.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.crelu([[-2.0, 3.0]]))
    array([[0., 3., 2., 0.]], dtype=float32)
    """
    with get_default_graph().name_scope(name or "CRelu") as scope:
        features = convert_to_tensor(features, name="features")
        joined = ops.concat([features, -features], axis, name=scope)
        return relu(joined)
