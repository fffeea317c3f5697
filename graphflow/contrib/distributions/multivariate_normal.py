"""Normal distributions of vectors."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.scales import (
    covariance_of,
    diagonal_scale,
    full_loc,
    triangular_scale,
    variance_of,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import checked
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.vector import VectorDistribution
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.low_rank_update import LinearOperatorLowRankUpdate
from graphflow.linear_operators.shapes import broadcast_with, dynamic_shape


class MultivariateNormalLinearOperator(VectorDistribution):
    """Normal distributions of vectors: of loc + scale @ z, with independent standard normal z.

    Args:
      loc: floating [..., k], the means; None for 0.
      scale: a `LinearOperator` [..., k, k] that is not singular.
      validate_args: whether the run checks arguments.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: there is no scale.
      TypeError: the scale is complex.

    >>> import graphflow as tf
    >>> scale = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> normal = tf.contrib.distributions.MultivariateNormalLinearOperator([3.0, 5.0], scale)
    >>> tf.Session().run([normal.mean(), normal.variance()])
    [array([3., 5.], dtype=float32), array([1., 4.], dtype=float32)]
    """

    def __init__(
        self,
        loc: Any = None,
        scale: LinearOperator | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalLinearOperator",
    ) -> None:
        parameters = dict(locals())
        if scale is None:
            raise ValueError("a multivariate normal distribution needs a scale")
        if not scale.dtype.is_floating:
            raise TypeError(f"scale must be floating, not {scale.dtype.name}")
        with name_scope(name, values=[loc, *scale.graph_parents]) as scope:
            self._loc = None if loc is None else convert_to_tensor(loc, scale.dtype, name="loc")
            self._full_loc = full_loc(self._loc, scale)
        self._scale = scale
        super().__init__(
            scale.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._full_loc, *scale.graph_parents],
            scope,
        )

    @property
    def loc(self) -> Tensor | None:
        """The means, None if they are 0."""
        return self._loc

    @property
    def scale(self) -> LinearOperator:
        """The operator that stretches standard normal vectors."""
        return self._scale

    def _known_mean(self) -> Tensor:
        return self._full_loc

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        shape = ops.concat([[n], dynamic_shape(self._full_loc)], 0)
        noise = ops.random_normal(shape, dtype=self.dtype, seed=seed)
        return self._scale.matvec(noise) + self._full_loc

    def _log_prob(self, value: Tensor) -> Tensor:
        z = self._scale.solvevec(value - self._full_loc)
        norm = 0.5 * math.log(2 * math.pi) * self._size() + self.log_det_scale()
        return -0.5 * ops.reduce_sum(ops.square(z), -1) - norm

    def _size(self) -> Tensor:
        return ops.cast(self.event_shape_tensor()[0], self.dtype)

    def log_det_scale(self, name: str = "log_det_scale") -> Tensor:
        """Return log|det scale|.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._scale.log_abs_determinant()

    def det_covariance(self, name: str = "det_covariance") -> Tensor:
        """Return the determinants of the covariances.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return ops.exp(2.0 * self._scale.log_abs_determinant())

    def log_det_covariance(self, name: str = "log_det_covariance") -> Tensor:
        """Return the logarithms of the determinants of the covariances.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return 2.0 * self._scale.log_abs_determinant()

    def _entropy(self) -> Tensor:
        entropy = 0.5 * (1.0 + math.log(2 * math.pi)) * self._size() + self.log_det_scale()
        return broadcast_with(entropy, self.batch_shape_tensor(), self.batch_shape)

    def _mean(self) -> Tensor:
        return ops.identity(self._full_loc)

    def _mode(self) -> Tensor:
        return self._mean()

    def _covariance(self) -> Tensor:
        covariance = covariance_of(self._scale)
        batch = ops.concat([self.batch_shape_tensor(), ops.shape(covariance)[-2:]], 0)
        return ops.broadcast_to(covariance, batch)

    def _variance(self) -> Tensor:
        return ops.broadcast_to(variance_of(self._scale), dynamic_shape(self._full_loc))


class MultivariateNormalDiag(MultivariateNormalLinearOperator):
    """Normal distributions of vectors with independent elements.

    Args:
      loc: floating [..., k], the means; None for 0.
      scale_diag: floating [..., k], the standard deviations; None for 1.
      scale_identity_multiplier: floating, is added to all standard deviations; alone, it is them.
      validate_args: whether the run checks that standard deviations are not 0.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `scale_diag` tell how many elements there are.

    >>> import graphflow as tf
    >>> normal = tf.contrib.distributions.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0])
    >>> tf.Session().run(normal.prob([[0.0, 1.0], [0.0, 3.0]])).round(4)
    array([0.0796, 0.0483], dtype=float32)
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale_diag, scale_identity_multiplier]) as scope:
            scale = diagonal_scale(loc, scale_diag, scale_identity_multiplier, validate_args)
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


class MultivariateNormalDiagWithSoftplusScale(MultivariateNormalDiag):
    """`MultivariateNormalDiag` whose standard deviations are softplus(scale_diag).

    Args:
      loc: see `MultivariateNormalDiag`.
      scale_diag: floating [..., k], any numbers.
      validate_args: see there.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        loc: Any,
        scale_diag: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale_diag]) as scope:
            positive = ops.softplus(scale_diag, name="softplus_scale")
        super().__init__(loc, positive, None, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


class MultivariateNormalTriL(MultivariateNormalLinearOperator):
    """Normal distributions of vectors whose covariance is scale_tril @ scale_tril^T.

    Args:
      loc: floating [..., k], the means; None for 0.
      scale_tril: floating [..., k, k], lower triangular with a diagonal without 0; None for the
        identity.
      validate_args: whether the run checks the diagonal.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `scale_tril` is given.

    >>> import graphflow as tf
    >>> scale = [[1.0, 0.0], [3.0, 4.0]]
    >>> normal = tf.contrib.distributions.MultivariateNormalTriL(scale_tril=scale)
    >>> tf.Session().run(normal.covariance())
    array([[ 1.,  3.],
           [ 3., 25.]], dtype=float32)
    """

    def __init__(
        self,
        loc: Any = None,
        scale_tril: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalTriL",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale_tril]) as scope:
            scale = triangular_scale(loc, scale_tril, validate_args)
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


class MultivariateNormalFullCovariance(MultivariateNormalTriL):
    """Normal distributions of vectors with given covariances.

    Args:
      loc: floating [..., k], the means; None for 0.
      covariance_matrix: floating [..., k, k], symmetric and positive definite; None for the
        identity.
      validate_args: whether the run checks that it is symmetric.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `covariance_matrix` is given.

    >>> import graphflow as tf
    >>> covariance = [[1.0, 3.0], [3.0, 25.0]]
    >>> kind = tf.contrib.distributions.MultivariateNormalFullCovariance
    >>> tf.Session().run(kind([0.0, 0.0], covariance).variance())
    array([ 1., 25.], dtype=float32)
    """

    def __init__(
        self,
        loc: Any = None,
        covariance_matrix: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalFullCovariance",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, covariance_matrix]) as scope:
            scale_tril = None
            if covariance_matrix is not None:
                covariance = convert_to_tensor(covariance_matrix, name="covariance_matrix")
                if validate_args:
                    text = "covariance_matrix must be symmetric"
                    mirrored = ops.matrix_transpose(covariance)
                    is_symmetric = ops.assert_equal(covariance, mirrored, message=text)
                    covariance = checked(covariance, is_symmetric)
                scale_tril = ops.cholesky(covariance)
        super().__init__(loc, scale_tril, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


class MultivariateNormalDiagPlusLowRank(MultivariateNormalLinearOperator):
    """Normal distributions of vectors whose scale is a diagonal and a few directions.

    The scale is diag(scale_diag) + scale_identity_multiplier I + U diag(scale_perturb_diag) U^T
    with the perturbation factor U.

    Args:
      loc: floating [..., k], the means; None for 0.
      scale_diag: floating [..., k], positive; None for 1.
      scale_identity_multiplier: floating, is added to the diagonal; alone, it is the diagonal.
      scale_perturb_factor: floating [..., k, r]; None for no perturbation.
      scale_perturb_diag: floating [..., r]; None for 1.
      validate_args: whether the run checks that the diagonal is positive.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `scale_diag` tell how many elements there are, or there is a
        `scale_perturb_diag` without a `scale_perturb_factor`.

    >>> import graphflow as tf
    >>> kind = tf.contrib.distributions.MultivariateNormalDiagPlusLowRank
    >>> normal = kind([0.0, 0.0], [1.0, 2.0], scale_perturb_factor=[[1.0], [1.0]])
    >>> tf.Session().run(normal.covariance()).round(3)
    array([[ 5.,  5.],
           [ 5., 10.]], dtype=float32)
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagPlusLowRank",
    ) -> None:
        parameters = dict(locals())
        if scale_perturb_diag is not None and scale_perturb_factor is None:
            raise ValueError("scale_perturb_diag needs a scale_perturb_factor")
        values = [loc, scale_diag, scale_identity_multiplier, scale_perturb_factor]
        with name_scope(name, values=values) as scope:
            scale = diagonal_scale(
                loc, scale_diag, scale_identity_multiplier, validate_args, is_positive=True
            )
            if scale_perturb_factor is not None:
                dtype = scale.dtype
                factor = convert_to_tensor(scale_perturb_factor, dtype, "scale_perturb_factor")
                if scale_perturb_diag is not None:
                    scale_perturb_diag = convert_to_tensor(
                        scale_perturb_diag, dtype, "scale_perturb_diag"
                    )
                scale = LinearOperatorLowRankUpdate(
                    scale,
                    factor,
                    scale_perturb_diag,
                    is_diag_update_positive=scale_perturb_diag is None or None,
                    is_non_singular=True,
                    is_self_adjoint=True,
                    is_positive_definite=True,
                    is_square=True,
                )
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


@RegisterKL(MultivariateNormalLinearOperator, MultivariateNormalLinearOperator)
def _kl_of_normals(
    a: MultivariateNormalLinearOperator,
    b: MultivariateNormalLinearOperator,
    name: str | None = None,
) -> Tensor:
    with name_scope(name, "kl_mvn", [*a._graph_parents, *b._graph_parents]):
        distance = b.scale.solvevec(a.mean() - b.mean())
        ratio = b.scale.solve(a.scale.to_dense())
        squares = ops.reduce_sum(ops.square(ratio), [-2, -1])
        return (
            b.scale.log_abs_determinant()
            - a.scale.log_abs_determinant()
            + 0.5 * (squares + ops.reduce_sum(ops.square(distance), -1) - a._size())
        )
