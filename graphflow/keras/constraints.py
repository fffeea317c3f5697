"""`tf.keras.constraints`: functions that bring weights back to where they may be, also by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.keras.names import configuration, made_from

# Keeps norms of zero from dividing by zero.
_EPSILON = 1e-7


def _norm(w: Tensor, axis: Any) -> Tensor:
    return ops.sqrt(ops.reduce_sum(ops.square(w), axis=axis, keepdims=True))


class Constraint:
    """Base class of constraints."""

    def __call__(self, w: Any) -> Tensor:
        """Return weights that obey it.

        Args:
          w: float.
        """
        raise NotImplementedError(f"{type(self).__name__}.__call__")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal constraint."""
        return {}


class MaxNorm(Constraint):
    """Scales vectors down that are longer than a limit.

    Args:
      max_value: the limit.
      axis: the axis, or axes, of the vectors.

    >>> import graphflow as tf
    >>> w = tf.keras.constraints.MaxNorm(2.5, axis=1)([[3.0, 4.0], [0.0, 2.0]])
    >>> print(tf.Session().run(w).round(4))
    [[1.5 2. ]
     [0.  2. ]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        """Return weights that obey it.

        Args:
          w: float.
        """
        w = convert_to_tensor(w)
        norm = _norm(w, self.axis)
        wanted = ops.clip_by_value(norm, 0, self.max_value)
        return w * (wanted / (_EPSILON + norm))  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal constraint."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative weights to zero.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.constraints.NonNeg()([-1.0, 2.0]))
    array([0., 2.], dtype=float32)
    """

    def __call__(self, w: Any) -> Tensor:
        """Return weights that obey it.

        Args:
          w: float.
        """
        w = convert_to_tensor(w)
        return w * ops.cast(ops.greater_equal(w, 0.0), w.dtype)  # type: ignore[no-any-return]


class UnitNorm(Constraint):
    """Scales vectors to length 1.

    Args:
      axis: the axis, or axes, of the vectors.

    >>> import graphflow as tf
    >>> w = tf.keras.constraints.UnitNorm()([3.0, 4.0])
    >>> print(tf.Session().run(w).round(4))
    [0.6 0.8]
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        """Return weights that obey it.

        Args:
          w: float.
        """
        w = convert_to_tensor(w)
        return w / (_EPSILON + _norm(w, self.axis))  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal constraint."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Scales vectors so that their length lies between two limits.

    Args:
      min_value: the lower limit.
      max_value: the upper limit.
      rate: how much of the way to go, from 0 to 1.
      axis: the axis, or axes, of the vectors.

    >>> import graphflow as tf
    >>> w = tf.keras.constraints.MinMaxNorm(max_value=1.0, rate=0.5)([3.0, 4.0])
    >>> print(tf.Session().run(w).round(4))
    [1.8 2.4]
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        """Return weights that obey it.

        Args:
          w: float.
        """
        w = convert_to_tensor(w)
        norm = _norm(w, self.axis)
        clipped = ops.clip_by_value(norm, self.min_value, self.max_value)
        wanted = self.rate * clipped + (1 - self.rate) * norm
        return w * (wanted / (_EPSILON + norm))  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal constraint."""
        names = ("min_value", "max_value", "rate", "axis")
        return {name: getattr(self, name) for name in names}


class RadialConstraint(Constraint):
    """Makes the kernel of a 2D convolution equal on each square ring around its centre.

    The value of a ring is that of an element on the diagonal, which TensorFlow 1.15 chooses.

    >>> import graphflow as tf
    >>> w = tf.reshape(tf.range(9.0), [3, 3, 1, 1])
    >>> tf.Session().run(tf.keras.constraints.RadialConstraint()(w))[..., 0, 0]
    array([[4., 4., 4.],
           [4., 0., 4.],
           [4., 4., 4.]], dtype=float32)
    """

    def __call__(self, w: Any) -> Tensor:
        """Return weights that obey it.

        Args:
          w: float [n, n, in channels, out channels].

        Raises:
          ValueError: `w` has another rank, or its size is not known.
        """
        w = convert_to_tensor(w)
        dims = w.shape.as_tuple()
        if dims is None or len(dims) != 4 or dims[0] is None or dims[0] != dims[1]:
            raise ValueError(
                f"RadialConstraint needs a kernel [n, n, in, out], not {w!r}{at_user_line()}"
            )
        positions = _ring_positions(dims[0])
        chosen = ops.gather_nd(w, np.stack([positions, positions], axis=-1))
        chosen.set_shape(w.shape)
        return chosen


def _ring_positions(size: int) -> npt.NDArray[np.int32]:
    """For each element of a square, where on the diagonal the value of its ring stands."""
    middle = size // 2
    places = np.arange(size)
    distances = np.maximum(middle - places, places - (size - 1 - middle))
    distances = distances - 1 if size % 2 == 0 else distances
    rings = np.maximum(distances[:, None], distances[None, :])
    outer = middle + rings - size % 2
    return np.where(rings == 0, middle - 1, outer).astype(np.int32)


max_norm = MaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
min_max_norm = MinMaxNorm
radial_constraint = RadialConstraint

_BY_NAME: dict[str, Any] = {
    "MaxNorm": MaxNorm, "max_norm": MaxNorm, "NonNeg": NonNeg, "non_neg": NonNeg,
    "UnitNorm": UnitNorm, "unit_norm": UnitNorm, "MinMaxNorm": MinMaxNorm,
    "min_max_norm": MinMaxNorm, "RadialConstraint": RadialConstraint,
    "radial_constraint": RadialConstraint,
}  # fmt: skip


def get(identifier: Any) -> Any:
    """Return a constraint.

    Args:
      identifier: its name, its configuration, a function, or None for none.

    Raises:
      ValueError: there is none of the name.

    >>> get("max_norm").get_config()
    {'max_value': 2, 'axis': 0}
    """
    return made_from(identifier, _BY_NAME, "constraint")


def serialize(constraint: Any) -> Any:
    """Return the configuration of a constraint.

    Args:
      constraint: the constraint.

    >>> serialize(UnitNorm(1))
    {'class_name': 'UnitNorm', 'config': {'axis': 1}}
    """
    return configuration(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a constraint by its configuration.

    Args:
      config: what `serialize` returned.
      custom_objects: further classes by name.

    >>> deserialize(serialize(UnitNorm(1))).axis
    1
    """
    return made_from(config, {**_BY_NAME, **(custom_objects or {})}, "constraint")
