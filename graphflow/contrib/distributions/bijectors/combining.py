"""Bijectors that are made of others, or of functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.contrib.distributions.bijectors.conditional import ConditionalBijector
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape


class Chain(ConditionalBijector):
    """Several bijectors, of which the last one acts first.

    Its methods take conditions of a bijector as a dictionary, under the bijector's name.

    Args:
      bijectors: the bijectors; none for the identity.
      validate_args: not used.
      name: name of the bijector; by default of all bijectors.

    Raises:
      ValueError: they want different dtypes.
      NotImplementedError: one of them is not injective.

    >>> import graphflow as tf
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> chain = bijectors.Chain([bijectors.Exp(), bijectors.AffineScalar(scale=2.0)])
    >>> tf.Session().run([chain.forward(0.0), chain.inverse(1.0)])
    [np.float32(1.0), np.float32(0.0)]
    """

    def __init__(
        self,
        bijectors: Sequence[Bijector] | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        self._bijectors = list(bijectors or ())
        for one in self._bijectors:
            want_injective(one, "a chain")
        dtypes = {one.dtype for one in self._bijectors if one.dtype is not None}
        if len(dtypes) > 1:
            names = ", ".join(sorted(dtype.name for dtype in dtypes))
            raise ValueError(f"the bijectors of a chain must have one dtype, not {names}")
        joined = "_of_".join(["chain", *(one.name for one in self._bijectors)])
        forward_least, inverse_least = _least_ranks(self._bijectors)
        super().__init__(
            [parent for one in self._bijectors for parent in one.graph_parents],
            all(one.is_constant_jacobian for one in self._bijectors),
            validate_args,
            dtypes.pop() if dtypes else None,
            forward_least,
            inverse_least,
            name or (joined if self._bijectors else "identity"),
        )

    @property
    def bijectors(self) -> list[Bijector]:
        """The bijectors, of which the last one acts first."""
        return self._bijectors

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        for one in reversed(self._bijectors):
            input_shape = one.forward_event_shape(input_shape)
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        for one in self._bijectors:
            output_shape = one.inverse_event_shape(output_shape)
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        for one in reversed(self._bijectors):
            input_shape = one.forward_event_shape_tensor(input_shape)
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        for one in self._bijectors:
            output_shape = one.inverse_event_shape_tensor(output_shape)
        return output_shape

    def _forward(self, x: Tensor, **conditions: Any) -> Tensor:
        for one in reversed(self._bijectors):
            x = one.forward(x, **conditions.get(one.name, {}))
        return x

    def _inverse(self, y: Tensor, **conditions: Any) -> Tensor:
        for one in self._bijectors:
            y = one.inverse(y, **conditions.get(one.name, {}))
        return y

    def _forward_log_det_jacobian(self, x: Tensor, **conditions: Any) -> Tensor:
        total = ops.constant(0.0, x.dtype.base_dtype)
        rank = self.forward_min_event_ndims
        for one in reversed(self._bijectors):
            given = conditions.get(one.name, {})
            total = total + one.forward_log_det_jacobian(x, rank, **given)
            rank += one.inverse_min_event_ndims - one.forward_min_event_ndims
            x = one.forward(x, **given)
        return total

    def _inverse_log_det_jacobian(self, y: Tensor, **conditions: Any) -> Tensor:
        total = ops.constant(0.0, y.dtype.base_dtype)
        rank = self.inverse_min_event_ndims
        for one in self._bijectors:
            given = conditions.get(one.name, {})
            total = total + one.inverse_log_det_jacobian(y, rank, **given)
            rank += one.forward_min_event_ndims - one.inverse_min_event_ndims
            y = one.inverse(y, **given)
        return total


def want_injective(bijector: Bijector, where: str) -> None:
    """Refuse a bijector that has several x for one y.

    Args:
      bijector: the bijector.
      where: what does not work with it.

    Raises:
      NotImplementedError: it is such a one.
    """
    if not bijector.is_injective:
        raise NotImplementedError(f"{bijector.name} has several x for one y: {where} cannot use it")


def _least_ranks(bijectors: Sequence[Bijector]) -> tuple[int, int]:
    """The least ranks of events before and after a chain.

    Bijectors whose events have fewer axes leave more axes to the batch.
    """
    after = 0
    for one in reversed(bijectors):
        # As many axes more as all that come before can do with.
        after = max(after, one.forward_min_event_ndims)
        after += one.inverse_min_event_ndims - one.forward_min_event_ndims
    before = after
    for one in bijectors:
        before += one.forward_min_event_ndims - one.inverse_min_event_ndims
    return before, after


class Invert(ConditionalBijector):
    """Another bijector, backwards, whose conditions its methods take.

    Args:
      bijector: the other one.
      validate_args: not used.
      name: name of the bijector; by default of the other one.

    Raises:
      NotImplementedError: the other one is not injective.

    >>> import graphflow as tf
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> tf.Session().run(bijectors.Invert(bijectors.Square()).forward(9.0))
    np.float32(3.0)
    """

    def __init__(
        self, bijector: Bijector, validate_args: bool = False, name: str | None = None
    ) -> None:
        want_injective(bijector, "Invert")
        self._bijector = bijector
        super().__init__(
            bijector.graph_parents,
            bijector.is_constant_jacobian,
            validate_args,
            bijector.dtype,
            bijector.inverse_min_event_ndims,
            bijector.forward_min_event_ndims,
            name or f"invert_{bijector.name}",
        )

    @property
    def bijector(self) -> Bijector:
        """The other bijector."""
        return self._bijector

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return self._bijector.inverse_event_shape(input_shape)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return self._bijector.forward_event_shape(output_shape)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return self._bijector.inverse_event_shape_tensor(input_shape)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return self._bijector.forward_event_shape_tensor(output_shape)

    def _forward(self, x: Tensor, **conditions: Any) -> Any:
        return self._bijector.inverse(x, **conditions)

    def _inverse(self, y: Tensor, **conditions: Any) -> Tensor:
        return self._bijector.forward(y, **conditions)

    def _forward_log_det_jacobian(self, x: Tensor, **conditions: Any) -> Any:
        return self._bijector.inverse_log_det_jacobian(
            x, self.forward_min_event_ndims, **conditions
        )

    def _inverse_log_det_jacobian(self, y: Tensor, **conditions: Any) -> Tensor:
        return self._bijector.forward_log_det_jacobian(
            y, self.inverse_min_event_ndims, **conditions
        )


class Inline(Bijector):
    """A bijector of functions.

    Args:
      forward_fn: y of x.
      inverse_fn: x of y.
      inverse_log_det_jacobian_fn: log|det dx/dy| of y.
      forward_log_det_jacobian_fn: log|det dy/dx| of x.
      forward_event_shape_fn: the shape after of the one before; by default the same.
      forward_event_shape_tensor_fn: the same, as int32 vectors.
      inverse_event_shape_fn: the shape before of the one after; by default the same.
      inverse_event_shape_tensor_fn: the same, as int32 vectors.
      is_constant_jacobian: whether the Jacobian is the same everywhere.
      validate_args: not used.
      forward_min_event_ndims: the rank of what `forward_fn` acts on at once.
      inverse_min_event_ndims: the rank of what `inverse_fn` acts on at once.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> triple = tf.contrib.distributions.bijectors.Inline(
    ...     lambda x: 3.0 * x, lambda y: y / 3.0, forward_min_event_ndims=0)
    >>> tf.Session().run([triple.forward(2.0), triple.inverse(12.0)])
    [np.float32(6.0), np.float32(4.0)]
    """

    def __init__(
        self,
        forward_fn: Callable[..., Any] | None = None,
        inverse_fn: Callable[..., Any] | None = None,
        inverse_log_det_jacobian_fn: Callable[..., Any] | None = None,
        forward_log_det_jacobian_fn: Callable[..., Any] | None = None,
        forward_event_shape_fn: Callable[..., Any] | None = None,
        forward_event_shape_tensor_fn: Callable[..., Any] | None = None,
        inverse_event_shape_fn: Callable[..., Any] | None = None,
        inverse_event_shape_tensor_fn: Callable[..., Any] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str = "inline",
    ) -> None:
        super().__init__(
            None,
            is_constant_jacobian,
            validate_args,
            None,
            forward_min_event_ndims,
            inverse_min_event_ndims,
            name,
        )
        self._functions = {
            "forward_fn": forward_fn,
            "inverse_fn": inverse_fn,
            "inverse_log_det_jacobian_fn": inverse_log_det_jacobian_fn,
            "forward_log_det_jacobian_fn": forward_log_det_jacobian_fn,
            "forward_event_shape_fn": forward_event_shape_fn or _same,
            "forward_event_shape_tensor_fn": forward_event_shape_tensor_fn or _same,
            "inverse_event_shape_fn": inverse_event_shape_fn or _same,
            "inverse_event_shape_tensor_fn": inverse_event_shape_tensor_fn or _same,
        }

    def _call(self, name: str, argument: Any) -> Any:
        function = self._functions[name]
        if function is None:
            raise NotImplementedError(f"{self.name}: no {name} was given")
        return function(argument)

    def _forward_event_shape(self, input_shape: TensorShape) -> Any:
        return self._call("forward_event_shape_fn", input_shape)

    def _inverse_event_shape(self, output_shape: TensorShape) -> Any:
        return self._call("inverse_event_shape_fn", output_shape)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Any:
        return self._call("forward_event_shape_tensor_fn", input_shape)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Any:
        return self._call("inverse_event_shape_tensor_fn", output_shape)

    def _forward(self, x: Tensor) -> Any:
        return self._call("forward_fn", x)

    def _inverse(self, y: Tensor) -> Any:
        return self._call("inverse_fn", y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Any:
        return self._call("forward_log_det_jacobian_fn", x)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Any:
        return self._call("inverse_log_det_jacobian_fn", y)


def _same(shape: Any) -> Any:
    return shape
