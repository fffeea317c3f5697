"""Counts at rates that are lognormal, by quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.distributions.counting import Poisson
from graphflow.contrib.distributions.mixture import MixtureSameFamily
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.categorical import Categorical
from graphflow.distributions.normal import Normal


def _parameters(loc: Any, scale: Any) -> tuple[Tensor, Tensor]:
    """Parameters with a further axis for the points."""
    loc = convert_to_tensor(loc, name="loc")
    scale = convert_to_tensor(scale, loc.dtype.base_dtype, name="scale")
    return ops.expand_dims(loc, -1), ops.expand_dims(scale, -1)


def quadrature_scheme_lognormal_gauss_hermite(
    loc: Any,
    scale: Any,
    quadrature_size: int,
    validate_args: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return points and weights for means over a lognormal distribution, by Gauss and Hermite.

    Args:
      loc: floating, the means of the logarithms.
      scale: floating, the standard deviations of the logarithms.
      quadrature_size: how many points.
      validate_args: not used.
      name: name scope of the operations.

    Returns:
      The logarithms of the points, [..., quadrature_size], and the weights, [quadrature_size].

    >>> import graphflow as tf
    >>> scheme = tf.contrib.distributions.quadrature_scheme_lognormal_gauss_hermite
    >>> grid, probs = scheme(1.0, 0.5, 2)
    >>> tf.Session().run([grid, probs])
    [array([0.5, 1.5], dtype=float32), array([0.5, 0.5], dtype=float32)]
    """
    del validate_args
    with name_scope(name, "quadrature_scheme_lognormal_gauss_hermite", [loc, scale]):
        loc, scale = _parameters(loc, scale)
        dtype = loc.dtype.base_dtype
        points, weights = np.polynomial.hermite.hermgauss(quadrature_size)
        noise = ops.constant(math.sqrt(2.0) * points, dtype)
        return loc + scale * noise, ops.constant(weights / weights.sum(), dtype, name="probs")


def quadrature_scheme_lognormal_quantiles(
    loc: Any,
    scale: Any,
    quadrature_size: int,
    validate_args: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return points and weights for means over a lognormal distribution, by its quantiles.

    Args:
      loc: floating, the means of the logarithms.
      scale: floating, the standard deviations of the logarithms.
      quadrature_size: how many points.
      validate_args: not used.
      name: name scope of the operations.

    Returns:
      The logarithms of the points, [..., quadrature_size], each point in the middle of two
      neighbours of quadrature_size + 1 quantiles, and the weights, [quadrature_size], all the same.

    >>> import graphflow as tf
    >>> scheme = tf.contrib.distributions.quadrature_scheme_lognormal_quantiles
    >>> grid, probs = scheme(0.0, 1.0, 2)
    >>> tf.Session().run(tf.exp(grid)).round(3)
    array([0.755, 1.482], dtype=float32)
    """
    del validate_args
    with name_scope(name, "quadrature_scheme_lognormal_quantiles", [loc, scale]):
        loc, scale = _parameters(loc, scale)
        dtype = loc.dtype.base_dtype
        # Without 0 and 1, whose quantiles are 0 and infinity.
        levels = np.linspace(0.0, 1.0, quadrature_size + 3)[1:-1]
        quantiles = ops.exp(Normal(loc, scale).quantile(ops.constant(levels, dtype)))
        points = (quantiles[..., :-1] + quantiles[..., 1:]) / 2.0
        weights = np.full(quadrature_size, 1.0 / quadrature_size)
        return ops.log(points), ops.constant(weights, dtype, name="probs")


class PoissonLogNormalQuadratureCompound(MixtureSameFamily):
    """Counts of a Poisson distribution whose rate is lognormal, of which a few values are taken.

    It is a mixture of `quadrature_size` Poisson distributions.

    Args:
      loc: floating, the means of the logarithms of rates.
      scale: floating, the standard deviations of the logarithms.
      quadrature_size: how many rates are taken.
      quadrature_fn: a function of loc, scale, quadrature_size and validate_args that returns
        logarithms of rates and their weights.
      validate_args: whether the run checks values.
      allow_nan_stats: see `Distribution`.
      name: name of the distribution.

    Raises:
      TypeError: the rates and their weights have different dtypes.

    >>> import graphflow as tf
    >>> counts = tf.contrib.distributions.PoissonLogNormalQuadratureCompound(
    ...     0.0, 1.0, quadrature_size=2)
    >>> tf.Session().run(counts.mean()).round(3)
    np.float32(1.118)
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        quadrature_size: int = 8,
        quadrature_fn: Callable[..., Any] = quadrature_scheme_lognormal_quantiles,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "PoissonLogNormalQuadratureCompound",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            self._loc = convert_to_tensor(loc, name="loc")
            self._scale = convert_to_tensor(scale, self._loc.dtype.base_dtype, name="scale")
            self._quadrature_size = quadrature_size
            grid, probs = quadrature_fn(self._loc, self._scale, quadrature_size, validate_args)
            if grid.dtype.base_dtype != probs.dtype.base_dtype:
                raise TypeError(
                    f"{name}: rates are {grid.dtype.name}, their weights {probs.dtype.name}"
                )
            rates = Poisson(log_rate=grid, validate_args=validate_args)
            super().__init__(Categorical(probs=probs), rates, validate_args, allow_nan_stats, scope)
        self._parameters = parameters

    @property
    def distribution(self) -> Any:
        """The Poisson distributions that are mixed."""
        return self.components_distribution

    @property
    def loc(self) -> Tensor:
        """The means of the logarithms of rates."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations of the logarithms."""
        return self._scale

    @property
    def quadrature_size(self) -> int:
        """How many rates are taken."""
        return self._quadrature_size
