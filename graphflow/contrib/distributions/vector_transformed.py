"""Distributions of vectors loc + scale @ z, with independent z that are not normal."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.affine import AffineLinearOperator
from graphflow.contrib.distributions.scales import (
    covariance_of,
    diagonal_scale,
    full_loc,
    variance_of,
)
from graphflow.contrib.distributions.transformed import TransformedDistribution
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.exponential import Exponential
from graphflow.distributions.laplace import Laplace
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.shapes import dynamic_shape


class _VectorLinearOperator(TransformedDistribution):
    """What these distributions share.

    Args:
      loc: floating [..., k]; None for 0.
      scale: an operator [..., k, k].
      noise: a function of the dtype that returns the distribution of z.
      validate_args: whether the run checks arguments.
      name: name of the distribution.
    """

    _noise_variance: float

    def __init__(
        self, loc: Any, scale: LinearOperator | None, noise: Any, validate_args: bool, name: str
    ) -> None:
        if scale is None:
            raise ValueError(f"{name}: give a scale")
        if not scale.dtype.is_floating:
            raise TypeError(f"{name}: scale must be floating, not {scale.dtype.name}")
        with name_scope(name, values=[loc, *scale.graph_parents]) as scope:
            self._loc = None if loc is None else convert_to_tensor(loc, scale.dtype, name="loc")
            self._full_loc = full_loc(self._loc, scale)
            shape = dynamic_shape(self._full_loc)
            affine = AffineLinearOperator(self._loc, scale, validate_args=validate_args)
            super().__init__(
                noise(scale.dtype), affine, shape[:-1], shape[-1:], validate_args, scope
            )
        self._graph_parents = [self._full_loc, *scale.graph_parents]

    @property
    def loc(self) -> Tensor | None:
        """What is added, None for 0."""
        return self._loc

    @property
    def scale(self) -> Any:
        """The operator that z is multiplied with."""
        return self.bijector.scale

    def _mode(self) -> Tensor:
        # Both kinds of z are most likely 0.
        return ops.identity(self._full_loc)

    def _covariance(self) -> Tensor:
        covariance = self._noise_variance * covariance_of(self.scale)
        batch = ops.concat([self.batch_shape_tensor(), dynamic_shape(covariance)[-2:]], 0)
        return ops.broadcast_to(covariance, batch)

    def _variance(self) -> Tensor:
        variance = self._noise_variance * variance_of(self.scale)
        return ops.broadcast_to(variance, dynamic_shape(self._full_loc))


def _laplace(dtype: Any) -> Laplace:
    return Laplace(ops.zeros([], dtype), ops.ones([], dtype))


def _exponential(dtype: Any) -> Exponential:
    return Exponential(ops.ones([], dtype))


class VectorLaplaceLinearOperator(_VectorLinearOperator):
    """Vectors loc + scale @ z, with independent z of the standard Laplace distribution.

    Args:
      loc: floating [..., k], the means; None for 0.
      scale: a `LinearOperator` [..., k, k] that is not singular.
      validate_args: whether the run checks arguments.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: there is no scale.
      TypeError: it is not floating.

    >>> import graphflow as tf
    >>> scale = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> laplace = tf.contrib.distributions.VectorLaplaceLinearOperator([3.0, 5.0], scale)
    >>> tf.Session().run([laplace.mean(), laplace.variance()])
    [array([3., 5.], dtype=float32), array([2., 8.], dtype=float32)]
    """

    _noise_variance = 2.0

    def __init__(
        self,
        loc: Any = None,
        scale: LinearOperator | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorLaplaceLinearOperator",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, scale, _laplace, validate_args, name)
        self._parameters = parameters


class VectorLaplaceDiag(VectorLaplaceLinearOperator):
    """`VectorLaplaceLinearOperator` whose scale is a diagonal.

    Args:
      loc: floating [..., k], the means; None for 0.
      scale_diag: floating [..., k], the diagonal; None for 1.
      scale_identity_multiplier: floating, is added to the diagonal; alone, it is the diagonal.
      validate_args: whether the run checks that the diagonal has no 0.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `scale_diag` tell how many elements there are.

    >>> import graphflow as tf
    >>> laplace = tf.contrib.distributions.VectorLaplaceDiag([0.0, 1.0], [1.0, 2.0])
    >>> tf.Session().run(laplace.prob([[0.0, 1.0], [0.0, 3.0]])).round(4)
    array([0.125, 0.046], dtype=float32)
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorLaplaceDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale_diag, scale_identity_multiplier]) as scope:
            scale = diagonal_scale(loc, scale_diag, scale_identity_multiplier, validate_args)
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


class VectorExponentialLinearOperator(_VectorLinearOperator):
    """Vectors loc + scale @ z, with independent z of the standard exponential distribution.

    Args:
      loc: floating [..., k], the vectors of z = 0; None for 0.
      scale: a `LinearOperator` [..., k, k] that is not singular.
      validate_args: whether the run checks arguments.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: there is no scale.
      TypeError: it is not floating.

    >>> import graphflow as tf
    >>> scale = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> exponential = tf.contrib.distributions.VectorExponentialLinearOperator(scale=scale)
    >>> tf.Session().run([exponential.mean(), exponential.variance()])
    [array([1., 2.], dtype=float32), array([1., 4.], dtype=float32)]
    """

    _noise_variance = 1.0

    def __init__(
        self,
        loc: Any = None,
        scale: LinearOperator | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorExponentialLinearOperator",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, scale, _exponential, validate_args, name)
        self._parameters = parameters


class VectorExponentialDiag(VectorExponentialLinearOperator):
    """`VectorExponentialLinearOperator` whose scale is a diagonal.

    Args:
      loc: floating [..., k], the vectors of z = 0; None for 0.
      scale_diag: floating [..., k], the diagonal; None for 1.
      scale_identity_multiplier: floating, is added to the diagonal; alone, it is the diagonal.
      validate_args: whether the run checks that the diagonal has no 0.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `scale_diag` tell how many elements there are.

    >>> import graphflow as tf
    >>> exponential = tf.contrib.distributions.VectorExponentialDiag([0.0, 1.0], [1.0, 2.0])
    >>> tf.Session().run(exponential.prob([0.0, 3.0])).round(4)
    np.float32(0.1839)
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorExponentialDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale_diag, scale_identity_multiplier]) as scope:
            scale = diagonal_scale(loc, scale_diag, scale_identity_multiplier, validate_args)
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._parameters = parameters
