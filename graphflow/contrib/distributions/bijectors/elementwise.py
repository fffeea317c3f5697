"""Bijectors that act on each number by itself."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import checked
from graphflow.distributions.special import softplus_inverse


class Identity(Bijector):
    """y = x.

    Args:
      validate_args: not used.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.distributions.bijectors.Identity().forward([1.0, 3.0]))
    array([1., 3.], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "identity") -> None:
        super().__init__(
            forward_min_event_ndims=0, is_constant_jacobian=True, validate_args=validate_args,
            name=name,
        )  # fmt: skip

    def _forward(self, x: Tensor) -> Tensor:
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        return y

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return ops.constant(0.0, y.dtype.base_dtype)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return ops.constant(0.0, x.dtype.base_dtype)


class PowerTransform(Bijector):
    """y = (1 + c x)^(1 / c), and exp(x) for c = 0.

    Args:
      power: c, a number from 0 on.
      validate_args: whether the run checks that arguments are great enough.
      name: name of the bijector.

    Raises:
      ValueError: the power is negative, or no number.

    >>> import graphflow as tf
    >>> power = tf.contrib.distributions.bijectors.PowerTransform(0.5)
    >>> tf.Session().run([power.forward(2.0), power.inverse(4.0)])
    [np.float32(4.0), np.float32(2.0)]
    """

    def __init__(
        self, power: float = 0.0, validate_args: bool = False, name: str = "power_transform"
    ) -> None:
        known = convert_to_tensor(power).constant_value()
        if known is None or known < 0:
            raise ValueError(f"power must be a number from 0 on, not {power!r}")
        self._power = float(known)
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    @property
    def power(self) -> float:
        """The number c."""
        return self._power

    def _forward(self, x: Tensor) -> Tensor:
        x = self._valid(x, -1.0 / self._power if self._power else None)
        if self._power == 0:
            return ops.exp(x)
        return ops.exp(ops.log1p(x * self._power) / self._power)

    def _inverse(self, y: Tensor) -> Tensor:
        y = self._valid(y, 0.0)
        if self._power == 0:
            return ops.log(y)
        return ops.expm1(ops.log(y) * self._power) / self._power

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return (self._power - 1.0) * ops.log(self._valid(y, 0.0))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._power == 0:
            return x
        return (1.0 / self._power - 1.0) * ops.log1p(x * self._power)

    def _valid(self, value: Tensor, least: float | None) -> Any:
        if not self.validate_args or least is None:
            return value
        end = ops.constant(least, value.dtype.base_dtype)
        text = f"arguments must be greater than {least}"
        return checked(value, ops.assert_greater(value, end, message=text))


class Exp(PowerTransform):
    """y = exp(x).

    Args:
      validate_args: whether the run checks that arguments of the inverse are positive.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> exp = tf.contrib.distributions.bijectors.Exp()
    >>> tf.Session().run(exp.forward_log_det_jacobian([1.0, 2.0], event_ndims=1))
    np.float32(3.0)
    """

    def __init__(self, validate_args: bool = False, name: str = "exp") -> None:
        super().__init__(0.0, validate_args, name)


class Softplus(Bijector):
    """y = c log(1 + exp(x / c)).

    Args:
      hinge_softness: c, how soft the knee is, not 0; None for 1.
      validate_args: whether the run checks `hinge_softness`.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.distributions.bijectors.Softplus().forward(0.0)).round(4)
    np.float32(0.6931)
    """

    def __init__(
        self, hinge_softness: Any = None, validate_args: bool = False, name: str = "softplus"
    ) -> None:
        self._hinge_softness: Tensor | None = None
        with name_scope(name, values=[hinge_softness]):
            if hinge_softness is not None:
                softness = convert_to_tensor(hinge_softness, name="hinge_softness")
                if validate_args:
                    zero = ops.zeros([], softness.dtype.base_dtype)
                    text = "hinge_softness must not be 0"
                    softness = checked(
                        softness, ops.assert_none_equal(softness, zero, message=text)
                    )
                self._hinge_softness = softness
        parents = [] if self._hinge_softness is None else [self._hinge_softness]
        super().__init__(parents, False, validate_args, None, 0, name=name)

    @property
    def hinge_softness(self) -> Tensor | None:
        """How soft the knee is."""
        return self._hinge_softness

    def _over_softness(self, x: Tensor) -> Tensor:
        if self._hinge_softness is None:
            return x
        return x / ops.cast(self._hinge_softness, x.dtype.base_dtype)

    def _times_softness(self, x: Tensor) -> Tensor:
        if self._hinge_softness is None:
            return x
        return x * ops.cast(self._hinge_softness, x.dtype.base_dtype)

    def _forward(self, x: Tensor) -> Tensor:
        return self._times_softness(ops.softplus(self._over_softness(x)))

    def _inverse(self, y: Tensor) -> Tensor:
        return self._times_softness(softplus_inverse(self._over_softness(y)))

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -ops.log(-ops.expm1(-self._over_softness(y)))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -ops.softplus(-self._over_softness(x))


class Sigmoid(Bijector):
    """y = 1 / (1 + exp(-x)).

    Args:
      validate_args: not used.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.distributions.bijectors.Sigmoid().inverse([0.5, 0.75])).round(4)
    array([0.    , 1.0986], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "sigmoid") -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return ops.sigmoid(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.log(y) - ops.log1p(-y)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -ops.log(y) - ops.log1p(-y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -ops.softplus(-x) - ops.softplus(x)


class Softsign(Bijector):
    """y = x / (1 + |x|).

    Args:
      validate_args: whether the run checks that arguments of the inverse are between -1 and 1.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.distributions.bijectors.Softsign().forward([1.0, -3.0]))
    array([ 0.5 , -0.75], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "softsign") -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return x / (1.0 + ops.abs(x))

    def _inverse(self, y: Tensor) -> Tensor:
        y = self._valid(y)
        return y / (1.0 - ops.abs(y))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -2.0 * ops.log1p(ops.abs(x))

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -2.0 * ops.log1p(-ops.abs(self._valid(y)))

    def _valid(self, y: Tensor) -> Any:
        if not self.validate_args:
            return y
        one = ops.constant(1.0, y.dtype.base_dtype)
        text = "arguments of the inverse must be between -1 and 1"
        return checked(y, ops.assert_less(ops.abs(y), one, message=text))


class Square(Bijector):
    """y = x^2, of numbers from 0 on.

    Args:
      validate_args: whether the run checks that arguments are not negative.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> square = tf.contrib.distributions.bijectors.Square()
    >>> tf.Session().run([square.forward(3.0), square.inverse(16.0)])
    [np.float32(9.0), np.float32(4.0)]
    """

    def __init__(self, validate_args: bool = False, name: str = "square") -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    def _forward(self, x: Tensor) -> Any:
        return ops.square(self._valid(x))

    def _inverse(self, y: Tensor) -> Any:
        return ops.sqrt(self._valid(y))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return math.log(2.0) + ops.log(self._valid(x))

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        text = "arguments must not be negative"
        return checked(value, ops.assert_non_negative(value, message=text))


class SinhArcsinh(Bijector):
    """y = sinh((arsinh(x) + skewness) tailweight).

    Args:
      skewness: floating, which way the tails lean; None for 0.
      tailweight: floating, positive, how heavy they are; None for 1.
      validate_args: whether the run checks that `tailweight` is positive.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> bijector = tf.contrib.distributions.bijectors.SinhArcsinh(tailweight=2.0)
    >>> tf.Session().run(bijector.forward([0.0, 1.0])).round(3)
    array([0.   , 2.828], dtype=float32)
    """

    def __init__(
        self,
        skewness: Any = None,
        tailweight: Any = None,
        validate_args: bool = False,
        name: str = "SinhArcsinh",
    ) -> None:
        with name_scope(name, values=[skewness, tailweight]):
            weight: Any = 1.0 if tailweight is None else tailweight
            weight = convert_to_tensor(weight, name="tailweight")
            lean = 0.0 if skewness is None else skewness
            self._skewness = convert_to_tensor(lean, weight.dtype.base_dtype, name="skewness")
            if validate_args:
                text = "tailweight must be positive"
                weight = checked(weight, ops.assert_positive(weight, message=text))
            self._tailweight: Tensor = weight
        parents = [self._skewness, self._tailweight]
        super().__init__(parents, False, validate_args, weight.dtype, 0, name=name)

    @property
    def skewness(self) -> Tensor:
        """Which way the tails lean."""
        return self._skewness

    @property
    def tailweight(self) -> Tensor:
        """How heavy the tails are."""
        return self._tailweight

    def _forward(self, x: Tensor) -> Tensor:
        return ops.sinh((ops.asinh(x) + self._skewness) * self._tailweight)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.sinh(ops.asinh(y) / self._tailweight - self._skewness)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        stretched = (ops.asinh(x) + self._skewness) * self._tailweight
        slope = ops.log(ops.cosh(stretched)) + ops.log(self._tailweight)
        return slope - 0.5 * ops.log1p(ops.square(x))


class AbsoluteValue(Bijector):
    """y = |x|: each positive y has two x, which `inverse` returns as a tuple.

    Args:
      validate_args: whether the run checks that arguments of the inverse are not negative.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> absolute = tf.contrib.distributions.bijectors.AbsoluteValue()
    >>> tf.Session().run([absolute.forward([-2.0, 3.0]), absolute.inverse(3.0)])
    [array([2., 3.], dtype=float32), (np.float32(-3.0), np.float32(3.0))]
    """

    def __init__(self, validate_args: bool = False, name: str = "absolute_value") -> None:
        super().__init__(
            forward_min_event_ndims=0, is_constant_jacobian=True, validate_args=validate_args,
            name=name,
        )  # fmt: skip

    @property
    def _is_injective(self) -> bool:
        return False

    def _forward(self, x: Tensor) -> Tensor:
        return ops.abs(x)

    def _inverse(self, y: Tensor) -> Any:
        if self.validate_args:
            text = "arguments of the inverse must not be negative"
            y = checked(y, ops.assert_non_negative(y, message=text))
        return -y, y

    def _inverse_log_det_jacobian(self, y: Tensor) -> Any:
        zero = ops.constant(0.0, y.dtype.base_dtype)
        return zero, zero
