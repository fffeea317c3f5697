"""Numbers and vectors whose tails are heavier or lighter than normal, and may lean."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.affine import Affine, AffineScalar
from graphflow.contrib.distributions.bijectors.combining import Chain
from graphflow.contrib.distributions.bijectors.elementwise import SinhArcsinh as SinhArcsinhBijector
from graphflow.contrib.distributions.scales import diagonal_scale, full_loc
from graphflow.contrib.distributions.transformed import TransformedDistribution, joint_batch
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.normal import Normal
from graphflow.linear_operators.shapes import dynamic_shape


def _shaped_tails(skewness: Any, tailweight: Any, dtype: Any) -> tuple[SinhArcsinhBijector, Any]:
    """The function of the tails, and the factor that keeps 2 where it is without skewness.

    So `scale` stays comparable to a standard deviation, whatever the weight of the tails.
    """
    lean = convert_to_tensor(0.0 if skewness is None else skewness, dtype, name="skewness")
    weight = convert_to_tensor(1.0 if tailweight is None else tailweight, dtype, name="tailweight")
    upright = SinhArcsinhBijector(ops.zeros([], dtype), weight)
    two = ops.constant(2.0, dtype)
    return SinhArcsinhBijector(lean, weight), two / upright.forward(two)


def _noise(distribution: Any, dtype: Any, allow_nan_stats: bool) -> Any:
    if distribution is None:
        return Normal(ops.zeros([], dtype), ops.ones([], dtype), allow_nan_stats=allow_nan_stats)
    if distribution.dtype != dtype:
        raise TypeError(f"distribution must be of {dtype.name}, not {distribution.dtype.name}")
    return distribution


class SinhArcsinh(TransformedDistribution):
    """Numbers loc + c sinh((arsinh(z) + skewness) tailweight), with standard normal z.

    The factor c is `scale`, changed so that without skewness z = 2 becomes loc + 2 scale.

    Args:
      loc: floating, the medians where `skewness` is 0.
      scale: floating, positive.
      skewness: floating, which way the tails lean; None for 0.
      tailweight: floating, positive, how heavy the tails are; None for 1, which is normal.
      distribution: another distribution of z, with batch shape [] and event shape [].
      validate_args: whether the run checks arguments.
      allow_nan_stats: see `Distribution`.
      name: name of the distribution.

    Raises:
      TypeError: `distribution` has another dtype.

    >>> import graphflow as tf
    >>> heavy = tf.contrib.distributions.SinhArcsinh(1.0, 2.0, tailweight=1.5)
    >>> tf.Session().run([heavy.cdf([1.0, 5.0]), heavy.quantile(0.5)])
    [array([0.5      , 0.9772499], dtype=float32), np.float32(1.0)]
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        skewness: Any = None,
        tailweight: Any = None,
        distribution: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "SinhArcsinh",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale, skewness, tailweight]) as scope:
            self._loc = convert_to_tensor(loc, name="loc")
            dtype = self._loc.dtype.base_dtype
            self._scale = convert_to_tensor(scale, dtype, name="scale")
            self._tails, factor = _shaped_tails(skewness, tailweight, dtype)
            batch = joint_batch(
                self._loc, self._scale, self._tails.skewness, self._tails.tailweight
            )
            stretched = self._scale * factor
            affine = AffineScalar(self._loc, stretched, validate_args=validate_args)
            noise = _noise(distribution, dtype, allow_nan_stats)
            chain = Chain([affine, self._tails])
            super().__init__(noise, chain, batch, None, validate_args, scope)
        self._parameters = parameters

    @property
    def loc(self) -> Tensor:
        """The medians where there is no skewness."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How much the distributions are stretched."""
        return self._scale

    @property
    def tailweight(self) -> Tensor:
        """How heavy the tails are."""
        return self._tails.tailweight

    @property
    def skewness(self) -> Tensor:
        """Which way the tails lean."""
        return self._tails.skewness


class VectorSinhArcsinhDiag(TransformedDistribution):
    """Vectors of independent numbers like those of `SinhArcsinh`.

    Args:
      loc: floating [..., k]; None for 0.
      scale_diag: floating [..., k], positive; None for 1.
      scale_identity_multiplier: floating, is added to the diagonal; alone, it is the diagonal.
      skewness: floating [k] or a scalar, which way the tails lean; None for 0.
      tailweight: floating [k] or a scalar, positive, how heavy they are; None for 1.
      distribution: another distribution of z, with batch shape [] and event shape [].
      validate_args: whether the run checks arguments.
      allow_nan_stats: see `Distribution`.
      name: name of the distribution.

    Raises:
      ValueError: neither `loc` nor `scale_diag` tell how many elements there are.
      TypeError: `distribution` has another dtype.

    >>> import graphflow as tf
    >>> normal = tf.contrib.distributions.VectorSinhArcsinhDiag([0.0, 1.0], [1.0, 2.0])
    >>> tf.Session().run(normal.prob([[0.0, 1.0], [0.0, 3.0]])).round(4)
    array([0.0796, 0.0483], dtype=float32)
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        skewness: Any = None,
        tailweight: Any = None,
        distribution: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorSinhArcsinhDiag",
    ) -> None:
        parameters = dict(locals())
        values = [loc, scale_diag, scale_identity_multiplier, skewness, tailweight]
        with name_scope(name, values=values) as scope:
            self._scale = diagonal_scale(loc, scale_diag, scale_identity_multiplier, validate_args)
            dtype = self._scale.dtype
            self._loc = None if loc is None else convert_to_tensor(loc, dtype, name="loc")
            self._tails, factor = _shaped_tails(skewness, tailweight, dtype)
            shape = dynamic_shape(full_loc(self._loc, self._scale))
            stretched = self._scale.diag_part() * factor
            affine = Affine(self._loc, scale_diag=stretched, validate_args=validate_args)
            noise = _noise(distribution, dtype, allow_nan_stats)
            chain = Chain([affine, self._tails])
            super().__init__(noise, chain, shape[:-1], shape[-1:], validate_args, scope)
        self._parameters = parameters

    @property
    def loc(self) -> Tensor | None:
        """What is added, None for 0."""
        return self._loc

    @property
    def scale(self) -> Any:
        """The operator of the diagonal."""
        return self._scale

    @property
    def tailweight(self) -> Tensor:
        """How heavy the tails are."""
        return self._tails.tailweight

    @property
    def skewness(self) -> Tensor:
        """Which way the tails lean."""
        return self._tails.skewness
