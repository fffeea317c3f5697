"""Bijectors that make numbers of a distribution uniform, or the other way round."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import checked


class Gumbel(Bijector):
    """y = exp(-exp(-(x - loc) / scale)), which makes Gumbel numbers uniform.

    Args:
      loc: floating, the modes.
      scale: floating, positive.
      validate_args: whether the run checks `scale`.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.distributions.bijectors.Gumbel().forward(0.0)).round(4)
    np.float32(0.3679)
    """

    def __init__(
        self, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool = False, name: str = "gumbel"
    ) -> None:
        with name_scope(name, values=[loc, scale]):
            self._loc = convert_to_tensor(loc, name="loc")
            self._scale: Tensor = _positive(scale, self._loc, "scale", validate_args)
        parents = [self._loc, self._scale]
        super().__init__(parents, False, validate_args, self._loc.dtype, 0, name=name)

    @property
    def loc(self) -> Tensor:
        """The modes."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How much the distributions are stretched."""
        return self._scale

    def _forward(self, x: Tensor) -> Tensor:
        return ops.exp(-ops.exp(-(x - self._loc) / self._scale))

    def _inverse(self, y: Tensor) -> Tensor:
        return self._loc - self._scale * ops.log(-ops.log(y))

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return ops.log(self._scale / (-ops.log(y) * y))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        z = (x - self._loc) / self._scale
        return -z - ops.exp(-z) - ops.log(self._scale)


class Weibull(Bijector):
    """y = 1 - exp(-(x / scale)^concentration), which makes Weibull numbers uniform.

    Args:
      scale: floating, positive.
      concentration: floating, positive.
      validate_args: whether the run checks both.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.distributions.bijectors.Weibull(2.0).forward(2.0)).round(4)
    np.float32(0.6321)
    """

    def __init__(
        self,
        scale: Any = 1.0,
        concentration: Any = 1.0,
        validate_args: bool = False,
        name: str = "weibull",
    ) -> None:
        with name_scope(name, values=[scale, concentration]):
            given = convert_to_tensor(scale, name="scale")
            self._scale: Tensor = _positive(given, given, "scale", validate_args)
            self._concentration: Tensor = _positive(
                concentration, given, "concentration", validate_args
            )
        parents = [self._scale, self._concentration]
        super().__init__(parents, False, validate_args, given.dtype, 0, name=name)

    @property
    def scale(self) -> Tensor:
        """How much the distributions are stretched."""
        return self._scale

    @property
    def concentration(self) -> Tensor:
        """The shapes."""
        return self._concentration

    def _forward(self, x: Tensor) -> Tensor:
        return -ops.expm1(-ops.pow(x / self._scale, self._concentration))

    def _inverse(self, y: Tensor) -> Tensor:
        return self._scale * ops.pow(-ops.log1p(-y), 1.0 / self._concentration)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        of_power = (1.0 / self._concentration - 1.0) * ops.log(-ops.log1p(-y))
        return -ops.log1p(-y) + of_power + ops.log(self._scale / self._concentration)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        z = x / self._scale
        of_power = (self._concentration - 1.0) * ops.log(z)
        factor = ops.log(self._concentration / self._scale)
        return factor + of_power - ops.pow(z, self._concentration)


class Kumaraswamy(Bijector):
    """y = (1 - (1 - x)^(1 / concentration0))^(1 / concentration1), of numbers between 0 and 1.

    It makes Kumaraswamy's numbers, which resemble those of a beta distribution, of uniform ones.

    Args:
      concentration1: floating, positive: more of it moves numbers to 1.
      concentration0: floating, positive: more of it moves numbers to 0.
      validate_args: whether the run checks both, and that arguments are between 0 and 1.
      name: name of the bijector.

    Raises:
      ValueError: one of the concentrations is missing.

    >>> import graphflow as tf
    >>> bijector = tf.contrib.distributions.bijectors.Kumaraswamy(2.0, 1.0)
    >>> tf.Session().run([bijector.forward(0.25), bijector.inverse(0.5)])
    [np.float32(0.5), np.float32(0.25)]
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        name: str = "kumaraswamy",
    ) -> None:
        if concentration1 is None or concentration0 is None:
            raise ValueError("give both concentration1 and concentration0")
        with name_scope(name, values=[concentration1, concentration0]):
            given = convert_to_tensor(concentration1, name="concentration1")
            self._concentration1: Tensor = _positive(given, given, "concentration1", validate_args)
            self._concentration0: Tensor = _positive(
                concentration0, given, "concentration0", validate_args
            )
        parents = [self._concentration1, self._concentration0]
        super().__init__(parents, False, validate_args, given.dtype, 0, name=name)

    @property
    def concentration1(self) -> Tensor:
        """More of it moves numbers to 1."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """More of it moves numbers to 0."""
        return self._concentration0

    def _forward(self, x: Tensor) -> Tensor:
        root = ops.exp(ops.log1p(-self._valid(x)) / self._concentration0)
        return ops.exp(ops.log1p(-root) / self._concentration1)

    def _inverse(self, y: Tensor) -> Tensor:
        y = self._valid(y)
        return -ops.expm1(self._concentration0 * ops.log1p(-(y**self._concentration1)))

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        one, zero = self._concentration1, self._concentration0
        y = self._valid(y)
        of_powers = ops.xlogy(one - 1.0, y) + (zero - 1.0) * ops.log1p(-(y**one))
        return ops.log(one) + ops.log(zero) + of_powers

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        one = ops.constant(1.0, value.dtype.base_dtype)
        text = "arguments must be between 0 and 1"
        assertions = [
            ops.assert_non_negative(value, message=text),
            ops.assert_less_equal(value, one, message=text),
        ]
        return checked(value, *assertions)


def _positive(value: Any, like: Tensor, name: str, is_checked: bool) -> Any:
    tensor = convert_to_tensor(value, dtype=like.dtype.base_dtype, name=name)
    if not is_checked:
        return tensor
    return checked(tensor, ops.assert_positive(tensor, message=f"{name} must be positive"))
