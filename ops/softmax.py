"""Softmax and cross entropies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import FLOATING, INDEX
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops.kernels.arrays import LOW_PRECISION, widened

__all__ = [
    "LogSoftmax",
    "Softmax",
    "SoftmaxCrossEntropyWithLogits",
    "SparseSoftmaxCrossEntropyWithLogits",
    "log_softmax",
    "sigmoid_cross_entropy_with_logits",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]


def _shifted(logits: Array) -> Array:
    """Logits less their maximum, so that exp cannot overflow; a fresh array."""
    return logits - logits.max(axis=-1, keepdims=True, initial=-np.inf)


class _SoftmaxOp(Op):
    """A normalisation over the last axis."""

    inputs = "logits: T"
    types: ClassVar[Any] = {"T": FLOATING}

    def infer(self, logits: TensorSpec) -> TensorSpec:
        logits.shape.with_rank_at_least(1)
        return TensorSpec(logits.shape, logits.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        logits = np.asarray([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
        for dtype in (np.float32, np.float64, np.float16):
            yield Sample.of(cls(), logits.astype(dtype))
        yield Sample.of(cls(), np.asarray([1000.0, 999.0], np.float32), note="no overflow")
        yield Sample.of(cls(), np.zeros((0, 4), np.float32))
        yield Sample.of(cls(), logits.reshape(1, 2, 3))
        yield Sample.of(cls(), np.resize(logits, (2, 1, 2, 1, 3)))
        nan, inf = np.nan, np.inf
        odd = [[nan, 1, 2], [inf, 1, 2], [-inf, 1, 2], [-inf] * 3, [1e30, -1e30, 0]]
        yield Sample.of(cls(), np.asarray(odd, np.float32), gradient=(), note="special values")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.float32(1),), "rank")


@register
class Softmax(_SoftmaxOp):
    """exp(x) / sum(exp(x)) over the last axis."""

    makes_new = True
    outputs = "softmax"
    rowwise32 = """
m = max(logits)
e = exp32(logits - m)
s = sum(e)
softmax = e / s
"""

    def kernel(self, logits: Array) -> Array:
        exponentials = _shifted(widened(logits))
        np.exp(exponentials, out=exponentials)
        exponentials /= exponentials.sum(axis=-1, keepdims=True)
        return exponentials.astype(logits.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        softmax = op.outputs[0]
        total = ops.reduce_sum(grad * softmax, -1, keepdims=True)
        return (grad - total) * softmax


@register
class LogSoftmax(_SoftmaxOp):
    """x - log(sum(exp(x))) over the last axis."""

    makes_new = True
    outputs = "logsoftmax"
    rowwise32 = """
m = max(logits)
d = logits - m
s = sum(exp32(d))
l = log32(s)
logsoftmax = d - l
"""

    def kernel(self, logits: Array) -> Array:
        return _log_softmax(widened(logits)).astype(logits.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        softmax = ops.exp(op.outputs[0])
        return grad - ops.reduce_sum(grad, -1, keepdims=True) * softmax


def _log_softmax(logits: Array) -> Array:
    shifted = _shifted(logits)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


@register
class SoftmaxCrossEntropyWithLogits(Op):
    """Cross entropy of softmax(features) and label distributions, with its gradient."""

    makes_new = True
    inputs = "features: T, labels: T"
    outputs = "loss, backprop"
    types: ClassVar[Any] = {"T": FLOATING}
    rowwise32 = """
m = max(features)
d = features - m
e = exp32(d)
s = sum(e)
l = log32(s)
loss = sum(labels * (l - d))
backprop = e / s - labels
"""

    def infer(self, features: TensorSpec, labels: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        shape = broadcast_shape(features.shape, labels.shape).with_rank(2)
        dtype = features.dtype.base_dtype
        return TensorSpec(shape[:1], dtype), TensorSpec(shape, dtype)

    def kernel(self, features: Array, labels: Array) -> tuple[Array, Array]:
        features, labels = np.broadcast_arrays(features, labels)
        log_probabilities = _log_softmax(widened(features))
        loss = -(labels * log_probabilities).sum(axis=1)
        backprop = np.exp(log_probabilities) - labels
        dtype = features.dtype
        return loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)

    def gradient(
        self, op: Operation, grad_loss: Tensor, grad_backprop: Tensor
    ) -> tuple[Tensor, Tensor]:
        features = op.inputs[0]
        column = ops.expand_dims(grad_loss, -1)
        grad = column * op.outputs[1]
        labels_grad = column * -log_softmax(features)
        if not _is_zero(grad_backprop):
            grad += _through_softmax(features, grad_backprop)
            labels_grad -= grad_backprop
        return grad, labels_grad

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        features = np.asarray([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
        labels = np.asarray([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
        for dtype in (np.float32, np.float64, np.float16):
            arrays = features.astype(dtype), labels.astype(dtype)
            yield Sample.of(cls(), *arrays, gradient_outputs=(0,), note="the loss alone")
        yield Sample.of(
            cls(),
            features,
            labels,
            oracle=False,
            note="TensorFlow leaves out how the second output depends on the labels",
        )
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        features = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (features, np.ones((2, 4), np.float32)), "broadcast")
        yield ErrorSample(cls(), (features[0], features[0]), "rank")


def _through_softmax(features: Tensor, grad: Tensor) -> Tensor:
    """The gradient for the features, given the one for their softmax."""
    probabilities = softmax(features)
    return (grad - ops.reduce_sum(grad * probabilities, -1, keepdims=True)) * probabilities


def _is_zero(tensor: Tensor) -> bool:
    if tensor.op.type == "ZerosLike":
        return True
    value = tensor.constant_value()
    return value is not None and not np.any(value)


@register
class SparseSoftmaxCrossEntropyWithLogits(Op):
    """Cross entropy of softmax(features) and class numbers, with its gradient."""

    makes_new = True
    inputs = "features: T, labels: Tlabels"
    outputs = "loss, backprop"
    types: ClassVar[Any] = {"T": FLOATING, "Tlabels": INDEX}

    def infer(self, features: TensorSpec, labels: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        features_shape = features.shape.with_rank(2)
        labels_shape = labels.shape.with_rank(1)
        batch = features_shape[:1].merge_with(labels_shape)
        dtype = features.dtype.base_dtype
        return TensorSpec(batch, dtype), TensorSpec(batch.concatenate(features_shape[1:]), dtype)

    def kernel(self, features: Array, labels: Array) -> tuple[Array, Array]:
        classes = features.shape[1]
        outside = (labels < 0) | (labels >= classes)
        if outside.any():
            raise InvalidArgumentError(
                None,
                None,
                f"label {labels[outside][0]} is outside the valid range [0, {classes})",
            )
        log_probabilities = _log_softmax(widened(features))
        rows = np.arange(features.shape[0])
        loss = -log_probabilities[rows, labels]
        backprop = np.exp(log_probabilities)
        backprop[rows, labels] -= 1
        dtype = features.dtype
        return loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)

    def gradient(
        self, op: Operation, grad_loss: Tensor, grad_backprop: Tensor
    ) -> tuple[Tensor, None]:
        # The backprop output holds no graph of its own derivative.
        backprop = ops.prevent_gradient(
            op.outputs[1],
            message="sparse_softmax_cross_entropy_with_logits has no second derivative: "
            "use softmax_cross_entropy_with_logits_v2 with tf.one_hot labels",
        )
        grad = ops.expand_dims(grad_loss, -1) * backprop
        if not _is_zero(grad_backprop):
            grad += _through_softmax(op.inputs[0], grad_backprop)
        return grad, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        features = np.asarray([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), features.astype(dtype), np.asarray([2, 0], np.int32))
        yield Sample.of(cls(), features.astype(np.float16), np.asarray([1, 2], np.int64))
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.zeros(0, np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        features = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (features, np.asarray([0, 1, 2], np.int64)), "2")
        yield ErrorSample(
            cls(),
            (features, np.asarray([0, 3], np.int64)),
            r"label 3 is outside the valid range \[0, 3\)",
            InvalidArgumentError,
            "run",
        )


def softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> Tensor:
    """Compute exp(logits) / sum(exp(logits)) along an axis.

    Args:
      logits: floating, of rank 1 or more.
      axis: the axis of the classes, the last one by default.
      name: the operation's name.
      dim: old name of `axis`.

    Returns:
      Probabilities of the shape of `logits`.

    Raises:
      ValueError: the axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.softmax([[0.0, 1.0, 3.0]])).round(4)
    array([[0.042 , 0.1142, 0.8438]], dtype=float32)
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    return _along_axis(Softmax(), logits, -1 if axis is None else axis, name)


def log_softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> Tensor:
    """Compute logits - log(sum(exp(logits))) along an axis.

    Args:
      logits: floating, of rank 1 or more.
      axis: the axis of the classes, the last one by default.
      name: the operation's name.
      dim: old name of `axis`.

    Returns:
      Log probabilities of the shape of `logits`.

    Raises:
      ValueError: the axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.log_softmax([[0.0, 1.0, 3.0]])).round(4)
    array([[-3.1698, -2.1698, -0.1698]], dtype=float32)
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    return _along_axis(LogSoftmax(), logits, -1 if axis is None else axis, name)


def _along_axis(op: Op, logits: Any, axis: Any, name: str | None) -> Tensor:
    logits = convert_to_tensor(logits)
    if isinstance(axis, Tensor):
        axis = _known_axis(axis)
    rank = logits.shape.ndims
    if axis == -1 or (rank is not None and axis == rank - 1):
        return apply(op, logits, name=name)
    if rank is not None and not -rank <= axis < rank:
        raise ValueError(f"axis {axis} does not exist in {logits!r} of rank {rank}")
    swapped = _swap_axis_with_last(logits, axis)
    return _swap_axis_with_last(apply(op, swapped), axis, name)


def _known_axis(axis: Tensor) -> int:
    value = axis.constant_value()
    if value is None or value.ndim:
        raise TypeError(f"the axis must be an integer that is known when building, not {axis!r}")
    return int(value)


def _swap_axis_with_last(tensor: Tensor, axis: int, name: str | None = None) -> Tensor:
    """Swap an axis with the last one; doing it twice changes nothing."""
    rank = tensor.shape.ndims
    if rank is not None:
        order = list(range(rank))
        order[axis], order[-1] = order[-1], order[axis]
        return ops.transpose(tensor, order, name=name or "transpose")
    last = ops.rank(tensor) - 1
    position = axis if axis >= 0 else ops.rank(tensor) + axis
    middle = ops.range(position + 1, last)
    order_tensor = ops.concat([ops.range(position), [last], middle, [position]], 0)
    return ops.transpose(tensor, order_tensor, name=name or "transpose")


def _check_named(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """Positional arguments were once in the other order, so TensorFlow refuses them."""
    if sentinel is not None:
        raise ValueError(f"call {function} with named arguments: labels=..., logits=...")
    if labels is None or logits is None:
        raise ValueError(f"{function} needs both labels and logits")


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """Compute the cross entropy of softmax(logits) and labels; gradients do not reach the labels.

    Args:
      _sentinel: must not be given: arguments are passed by name.
      labels: floating, probabilities of the shape of `logits`.
      logits: floating, of rank 1 or more.
      dim: the axis of the classes.
      name: name scope of the operations.
      axis: new name of `dim`.

    Returns:
      The loss for each example: the shape of `logits` without the axis of the classes.

    Raises:
      ValueError: arguments are positional or missing, or shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=[[3.0, 1.0]])
    >>> tf.Session().run(loss).round(4)
    array([2.1269], dtype=float32)
    """
    _check_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    axis = dim if axis is None else axis
    scope_name = name or "softmax_cross_entropy_with_logits_sg"
    with get_default_graph().name_scope(scope_name) as scope:
        labels = ops.stop_gradient(labels, name="labels_stop_gradient")
        return softmax_cross_entropy_with_logits_v2(
            labels=labels, logits=logits, axis=axis, name=scope
        )


def softmax_cross_entropy_with_logits_v2(
    labels: Any,
    logits: Any,
    axis: int | None = None,
    name: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """Compute the cross entropy of softmax(logits) and labels; gradients reach both.

    Args:
      labels: floating, probabilities of the shape of `logits`.
      logits: floating, of rank 1 or more.
      axis: the axis of the classes, the last one by default.
      name: name scope of the operations.
      dim: old name of `axis`.

    Returns:
      The loss for each example: the shape of `logits` without the axis of the classes.

    Raises:
      ValueError: shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.nn.softmax_cross_entropy_with_logits_v2([[0.25, 0.75]], [[3.0, 1.0]])
    >>> tf.Session().run(loss).round(4)
    array([1.6269], dtype=float32)
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    axis = -1 if axis is None else axis
    with get_default_graph().name_scope(name or "softmax_cross_entropy_with_logits") as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        dtype = logits.dtype.base_dtype
        precise = ops.cast(logits, "float32") if dtype.name in LOW_PRECISION else logits
        labels = ops.cast(labels, precise.dtype)
        rank = ops.rank(precise)
        static_shape = logits.shape
        if axis != -1:
            precise = _move_to_end(precise, axis, rank)
            labels = _move_to_end(labels, axis, rank)
        shape = ops.shape(precise)
        precise, labels = _as_matrix(precise), _as_matrix(labels)
        loss = apply_multi(SoftmaxCrossEntropyWithLogits(), precise, labels, name=scope)[0]
        loss = ops.reshape(loss, ops.slice(shape, [0], [ops.subtract(rank, 1)]))
        dims = static_shape.as_tuple()
        if dims is not None:
            kept = list(dims)
            del kept[axis]
            loss.set_shape(TensorShape(kept))
        return ops.cast(loss, dtype) if precise.dtype.base_dtype is not dtype else loss


def _move_to_end(tensor: Tensor, axis: int, rank: Tensor) -> Tensor:
    static_rank = tensor.shape.ndims
    if axis < 0 and static_rank is not None:
        axis += static_rank
    order = ops.concat([ops.range(axis), ops.range(axis + 1, rank), [axis]], 0)
    return ops.transpose(tensor, order)


def _as_matrix(tensor: Tensor) -> Tensor:
    """Flatten all axes but the last into one."""
    rank = ops.rank(tensor)
    last = ops.slice(ops.shape(tensor), [ops.subtract(rank, 1)], [1])
    return ops.reshape(tensor, ops.concat([[-1], last], 0))


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Compute the cross entropy of softmax(logits) and class numbers.

    Args:
      _sentinel: must not be given: arguments are passed by name.
      labels: int32 or int64 [d0, ..., dn-1], each in [0, classes).
      logits: floating [d0, ..., dn-1, classes].
      name: name scope of the operations.

    Returns:
      The loss for each label, of the shape of `labels`.

    Raises:
      ValueError: arguments are positional or missing, or the ranks do not fit.
      tf.errors.InvalidArgumentError: (in a run) a label is out of range.

    >>> import graphflow as tf
    >>> loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[3.0, 1.0]])
    >>> tf.Session().run(loss).round(4)
    array([2.1269], dtype=float32)
    """
    _check_named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    op = SparseSoftmaxCrossEntropyWithLogits()
    with get_default_graph().name_scope(name or op.type):
        labels = convert_to_tensor(labels, name="labels")
        logits = convert_to_tensor(logits, name="logits")
        dtype = logits.dtype.base_dtype
        precise = ops.cast(logits, "float32") if dtype.name in LOW_PRECISION else logits
        labels_shape, static_shape = ops.shape(labels), labels.shape
        rank = logits.shape.ndims
        if rank == 0:
            raise ValueError(f"logits cannot be a scalar: {logits!r}")
        if rank is not None and static_shape.ndims not in (None, rank - 1):
            raise ValueError(
                f"labels must have one axis less than logits: {labels!r} of rank "
                f"{static_shape.ndims}, {logits!r} of rank {rank} "
                "(for distributions use softmax_cross_entropy_with_logits)"
            )
        if rank == 2:
            loss = apply_multi(op, precise, labels, name=name)[0]
        else:
            flat_logits = ops.reshape(precise, [-1, ops.shape(logits)[-1]])
            flat_labels = ops.reshape(labels, [-1])
            loss = apply_multi(op, flat_logits, flat_labels, name=name)[0]
            loss = ops.reshape(loss, labels_shape)
            loss.set_shape(static_shape)
        return ops.cast(loss, dtype) if precise.dtype.base_dtype is not dtype else loss


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Compute the cross entropy of sigmoid(logits) and labels, element by element.

    Args:
      _sentinel: must not be given: arguments are passed by name.
      labels: floating, probabilities of the shape of `logits`.
      logits: floating.
      name: name scope of the operations.

    Returns:
      max(x, 0) - x * z + log(1 + exp(-|x|)) for logits x and labels z, of their shape.

    Raises:
      ValueError: arguments are positional or missing, or the shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 0.25], logits=[-1.0, 2.0])
    >>> tf.Session().run(loss).round(4)
    array([1.3133, 1.6269], dtype=float32)
    """
    _check_named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with get_default_graph().name_scope(name or "logistic_loss") as scope:
        logits, labels = _same_shape(logits, labels)
        zeros = ops.zeros_like(logits, dtype=logits.dtype)
        positive = logits >= zeros
        relu_logits = ops.where(positive, logits, zeros)
        neg_abs = ops.where(positive, -logits, logits)
        return ops.add(
            relu_logits - logits * labels,
            ops.log1p(ops.exp(neg_abs)),
            name=scope,
        )


def _same_shape(logits: Any, labels: Any) -> tuple[Tensor, Tensor]:
    logits = convert_to_tensor(logits, name="logits")
    labels = convert_to_tensor(labels, name="labels")
    if not labels.shape.is_compatible_with(logits.shape):
        raise ValueError(f"logits and labels must have the same shape: {logits!r}, {labels!r}")
    return logits, labels


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """Compute the sigmoid cross entropy with the positive term weighted.

    Args:
      labels: floating, probabilities of the shape of `logits`.
      logits: floating.
      pos_weight: the factor of the positive examples' loss.
      name: name scope of the operations.
      targets: old name of `labels`.

    Returns:
      The loss for each element, of the shape of `logits`.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.nn.weighted_cross_entropy_with_logits([1.0, 0.0], [-1.0, 2.0], pos_weight=3.0)
    >>> tf.Session().run(loss).round(4)
    array([3.9398, 2.1269], dtype=float32)
    """
    labels = deprecated_argument_lookup("labels", labels, "targets", targets)
    with get_default_graph().name_scope(name or "logistic_loss") as scope:
        logits, labels = _same_shape(logits, labels)
        weight = 1 + (pos_weight - 1) * labels
        softplus_of_minus = ops.log1p(ops.exp(-ops.abs(logits))) + ops.relu(-logits)
        return ops.add((1 - labels) * logits, weight * softplus_of_minus, name=scope)
