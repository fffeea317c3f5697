"""Bijectors that act on vectors: softmax, order, permutations and shapes."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.parameters import checked
from graphflow.linear_operators.shapes import known_shape


def last_changed(shape: TensorShape, change: Any) -> TensorShape:
    """A shape whose last axis has another length."""
    if shape.ndims is None:
        return TensorShape(None)
    last = shape.as_list()[-1]
    return shape[:-1].concatenate([None if last is None else change(last)])


def _last_changed_tensor(shape: Tensor, change: Any) -> Tensor:
    return ops.concat([shape[:-1], ops.reshape(change(shape[-1]), [1])], 0)


class SoftmaxCentered(Bijector):
    """y = softmax of x and a further 0: vectors of k numbers become k + 1 probabilities.

    Args:
      validate_args: not used.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> softmax = tf.contrib.distributions.bijectors.SoftmaxCentered()
    >>> tf.Session().run(softmax.forward([0.0, 0.0, 0.0]))
    array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "softmax_centered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return last_changed(input_shape, lambda k: k + 1)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return last_changed(output_shape, lambda k: k - 1)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return _last_changed_tensor(input_shape, lambda k: k + 1)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return _last_changed_tensor(output_shape, lambda k: k - 1)

    def _forward(self, x: Tensor) -> Tensor:
        return ops.softmax(ops.concat([x, ops.zeros_like(x[..., :1])], -1))

    def _inverse(self, y: Tensor) -> Tensor:
        logs = ops.log(y)
        return logs[..., :-1] - logs[..., -1:]

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -ops.reduce_sum(ops.log(y), -1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        # The sum of all logarithms of the softmax.
        k = ops.cast(ops.shape(x)[-1] + 1, x.dtype.base_dtype)
        with_zero = ops.concat([x, ops.zeros_like(x[..., :1])], -1)
        return ops.reduce_sum(x, -1) - k * ops.reduce_logsumexp(with_zero, -1)


class Ordered(Bijector):
    """Increasing numbers become any numbers: the first one, and the logarithms of all steps.

    Args:
      validate_args: whether the run checks that numbers increase.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> ordered = tf.contrib.distributions.bijectors.Ordered()
    >>> tf.Session().run(ordered.inverse([2.0, 0.0, 0.0]))
    array([2., 3., 4.], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "ordered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        steps = x[..., 1:] - x[..., :-1]
        if self.validate_args:
            text = "numbers must increase"
            steps = checked(steps, ops.assert_positive(steps, message=text))
        return ops.concat([x[..., :1], ops.log(steps)], -1)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.cumsum(ops.concat([y[..., :1], ops.exp(y[..., 1:])], -1), axis=-1)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return ops.reduce_sum(y[..., 1:], -1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -ops.reduce_sum(ops.log(x[..., 1:] - x[..., :-1]), -1)


class Permute(Bijector):
    """The elements of vectors in another order: y[i] = x[permutation[i]].

    Args:
      permutation: int, the numbers 0, ..., k - 1 in any order.
      validate_args: whether the run checks a permutation that is not known while building.
      name: name of the bijector.

    Raises:
      TypeError: the permutation has no integer dtype.
      ValueError: it is known and no permutation.

    >>> import graphflow as tf
    >>> permute = tf.contrib.distributions.bijectors.Permute([1, 2, 0])
    >>> tf.Session().run([permute.forward([10, 20, 30]), permute.inverse([10, 20, 30])])
    [array([20, 30, 10], dtype=int32), array([30, 10, 20], dtype=int32)]
    """

    def __init__(
        self, permutation: Any, validate_args: bool = False, name: str = "permute"
    ) -> None:
        with name_scope(name, values=[permutation]):
            order: Any = convert_to_tensor(permutation, name="permutation")
            if not order.dtype.is_integer:
                raise TypeError(f"permutation must be integer, not {order.dtype.name}")
            known = order.constant_value()
            if known is not None and sorted(known.tolist()) != list(range(known.size)):
                raise ValueError(
                    f"permutation must have each of 0 to {known.size - 1} once, it is {known}"
                )
            if known is None and validate_args:
                sorted_order = -ops.top_k(-order, ops.size(order)).values
                expected = ops.range(ops.size(order), dtype=order.dtype.base_dtype)
                text = "permutation must have each number once"
                order = checked(order, ops.assert_equal(sorted_order, expected, message=text))
            self._permutation: Tensor = order
        super().__init__([order], True, validate_args, None, 1, name=name)

    @property
    def permutation(self) -> Tensor:
        """The order."""
        return self._permutation

    def _forward(self, x: Tensor) -> Tensor:
        return ops.gather(x, self._permutation, axis=-1)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.gather(y, ops.invert_permutation(self._permutation), axis=-1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return ops.constant(0.0, x.dtype.base_dtype)


class Reshape(Bijector):
    """Events of another shape.

    Args:
      event_shape_out: int32 vector, the shape after; one length may be -1.
      event_shape_in: int32 vector, the shape before; one length may be -1.
      validate_args: not used, a run fails where lengths do not fit.
      name: name of the bijector.

    Raises:
      ValueError: the numbers of elements are known and differ.

    >>> import graphflow as tf
    >>> reshape = tf.contrib.distributions.bijectors.Reshape([2, 2], [4])
    >>> tf.Session().run(reshape.forward([[1, 2, 3, 4]]))
    array([[[1, 2],
            [3, 4]]], dtype=int32)
    """

    def __init__(
        self,
        event_shape_out: Any,
        event_shape_in: Any = (-1,),
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        name = name or "reshape"
        with name_scope(name, values=[event_shape_out, event_shape_in]):
            self._out = convert_to_tensor(event_shape_out, dtype=int32, name="event_shape_out")
            self._in = convert_to_tensor(event_shape_in, dtype=int32, name="event_shape_in")
        after, before = known_shape_of(self._out), known_shape_of(self._in)
        if after.ndims is None or before.ndims is None:
            raise ValueError("the ranks of event_shape_out and event_shape_in must be known")
        self._known_out, self._known_in = after, before
        if (
            after.is_fully_defined()
            and before.is_fully_defined()
            and after.num_elements() != before.num_elements()
        ):
            raise ValueError(f"events of shape {before} cannot become {after}")
        super().__init__(
            [self._out, self._in], True, validate_args, None, before.ndims, after.ndims, name
        )

    def _reshaped(
        self, x: Tensor, before: TensorShape, after: Tensor, static: TensorShape
    ) -> Tensor:
        batch_rank = ops.rank(x) - before.ndims
        result = ops.reshape(x, ops.concat([ops.shape(x)[:batch_rank], after], 0))
        if x.shape.ndims is not None:
            result.set_shape(x.shape[: x.shape.ndims - (before.ndims or 0)].concatenate(static))
        return result

    def _forward(self, x: Tensor) -> Tensor:
        return self._reshaped(x, self._known_in, self._out, self._known_out)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._reshaped(y, self._known_out, self._in, self._known_in)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return ops.constant(0.0, x.dtype.base_dtype)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return _reshaped_event(input_shape, self._known_in, self._known_out)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return _reshaped_event(output_shape, self._known_out, self._known_in)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return _reshaped_event_tensor(input_shape, self._in, self._out)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return _reshaped_event_tensor(output_shape, self._out, self._in)


def known_shape_of(shape: Tensor) -> TensorShape:
    """A shape tensor of which -1 stands for what is not known."""
    known = shape.constant_value()
    if known is None:
        return known_shape(shape)
    return TensorShape([None if length < 0 else int(length) for length in known])


def _reshaped_event(shape: TensorShape, before: TensorShape, after: TensorShape) -> TensorShape:
    if shape.ndims is None or before.ndims is None:
        return TensorShape(None)
    kept = shape[: shape.ndims - before.ndims]
    acted_on = shape[shape.ndims - before.ndims :].merge_with(before)
    lengths = after.as_list()
    if acted_on.is_fully_defined() and lengths.count(None) == 1:
        others = math.prod(length for length in lengths if length is not None)
        elements = acted_on.num_elements() or 0
        lengths[lengths.index(None)] = elements // others if others else None
    return kept.concatenate(lengths)


def _reshaped_event_tensor(shape: Tensor, before: Tensor, after: Tensor) -> Tensor:
    kept = ops.size(shape) - ops.size(before)
    elements = ops.reduce_prod(shape[kept:])
    others = ops.maximum(ops.abs(ops.reduce_prod(after)), 1)
    is_open = ops.less(after, 0)
    lengths = ops.where_v2(is_open, ops.floordiv(elements, others), after)
    return ops.concat([shape[:kept], lengths], 0)
