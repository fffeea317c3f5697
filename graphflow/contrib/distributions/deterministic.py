"""Distributions that give one value with certainty."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.distributions.parameters import checked, same_shapes
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class _Deterministic(Distribution):
    """What both distributions share."""

    def __init__(
        self,
        loc: Any,
        atol: Any,
        rtol: Any,
        validate_args: bool,
        allow_nan_stats: bool,
        name: str,
    ) -> None:
        parameters = {
            "loc": loc,
            "atol": atol,
            "rtol": rtol,
            "validate_args": validate_args,
            "allow_nan_stats": allow_nan_stats,
            "name": name,
        }
        with name_scope(name, values=[loc, atol, rtol]) as scope:
            self._loc = convert_to_tensor(loc, name="loc")
            self._atol = self._tolerance(atol, "atol", validate_args)
            self._rtol = self._tolerance(rtol, "rtol", validate_args)
            self._slack = self._atol + self._rtol * ops.abs(self._loc)
        super().__init__(
            self._loc.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._loc, self._slack],
            scope,
        )

    def _tolerance(self, value: Any, name: str, is_checked: bool) -> Any:
        tensor = convert_to_tensor(
            0 if value is None else value, dtype=self._loc.dtype.base_dtype, name=name
        )
        if not is_checked:
            return tensor
        text = f"{name} must not be negative"
        return checked(tensor, ops.assert_non_negative(tensor, message=text))

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "loc")

    @property
    def loc(self) -> Tensor:
        """The values."""
        return self._loc

    @property
    def atol(self) -> Any:
        """How far from the value another one may be, absolutely."""
        return self._atol

    @property
    def rtol(self) -> Any:
        """How far from the value another one may be, in parts of it."""
        return self._rtol

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        del seed
        whole = ops.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        return ops.broadcast_to(self._loc, ops.concat([[n], whole], 0))

    def _is_near(self, value: Tensor) -> Tensor:
        return ops.less_equal(ops.abs(value - self._loc), self._slack)

    def _mean(self) -> Tensor:
        return ops.identity(self._loc)

    def _mode(self) -> Tensor:
        return ops.identity(self._loc)

    def _variance(self) -> Tensor:
        return ops.zeros_like(self._loc)


class Deterministic(_Deterministic, ScalarDistribution):
    """Numbers that are certain.

    Args:
      loc: the values.
      atol: how far another value may be to count as the same, absolutely.
      rtol: how far, in parts of the value.
      validate_args: whether the run checks the tolerances.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    >>> import graphflow as tf
    >>> certain = tf.contrib.distributions.Deterministic([1.0, 4.0], atol=0.5)
    >>> tf.Session().run([certain.prob(1.25), certain.cdf(2.0)])
    [array([1., 0.], dtype=float32), array([1., 0.], dtype=float32)]
    """

    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Deterministic",
    ) -> None:
        super().__init__(loc, atol, rtol, validate_args, allow_nan_stats, name)

    def _prob(self, value: Tensor) -> Tensor:
        return ops.cast(self._is_near(value), self.dtype)

    def _cdf(self, value: Tensor) -> Tensor:
        is_reached = ops.greater_equal(value, self._loc - self._slack)
        return ops.cast(is_reached, self.dtype)

    def _entropy(self) -> Tensor:
        return ops.zeros(self.batch_shape_tensor(), self.dtype)


class VectorDeterministic(_Deterministic):
    """Vectors that are certain.

    Args:
      loc: the values, [..., k].
      atol: how far another value may be to count as the same, absolutely.
      rtol: how far, in parts of the value.
      validate_args: whether the run checks the tolerances.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `loc` is a scalar.

    >>> import graphflow as tf
    >>> certain = tf.contrib.distributions.VectorDeterministic([[1.0, 4.0], [2.0, 3.0]])
    >>> tf.Session().run(certain.prob([1.0, 4.0]))
    array([1., 0.], dtype=float32)
    """

    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorDeterministic",
    ) -> None:
        super().__init__(loc, atol, rtol, validate_args, allow_nan_stats, name)
        if self._loc.shape.ndims == 0:
            raise ValueError("loc must be a vector or a batch of them, it is a scalar")

    def _batch_shape(self) -> TensorShape:
        return self._loc.shape[:-1]

    def _batch_shape_tensor(self) -> Tensor:
        return ops.shape(self._loc)[:-1]

    def _event_shape(self) -> TensorShape:
        return self._loc.shape[-1:]

    def _event_shape_tensor(self) -> Tensor:
        return ops.shape(self._loc)[-1:]

    def _prob(self, value: Tensor) -> Tensor:
        return ops.cast(ops.reduce_all(self._is_near(value), -1), self.dtype)

    def _entropy(self) -> Tensor:
        return ops.zeros(self.batch_shape_tensor(), self.dtype)
