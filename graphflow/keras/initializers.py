"""`tf.keras.initializers`: initializers by name, and those whose defaults differ from `tf`'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.core.dtypes import float32
from graphflow.keras.names import configuration, made_from
from graphflow.variables import initializers


class RandomNormal(initializers.RandomNormal):
    """Normally distributed numbers, with a standard deviation of 0.05 by default.

    Args:
      mean: the mean.
      stddev: the standard deviation.
      seed: the seed.
      dtype: the default dtype.

    >>> RandomNormal().stddev
    0.05
    """

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class RandomUniform(initializers.RandomUniform):
    """Evenly distributed numbers, from -0.05 to 0.05 by default.

    Args:
      minval: the lower limit.
      maxval: the upper limit.
      seed: the seed.
      dtype: the default dtype.

    >>> RandomUniform().minval
    -0.05
    """

    def __init__(
        self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None, dtype: Any = float32
    ) -> None:
        super().__init__(minval, maxval, seed, dtype)


class TruncatedNormal(initializers.TruncatedNormal):
    """Normally distributed numbers within two deviations, which are 0.05 by default.

    Args:
      mean: the mean.
      stddev: the standard deviation.
      seed: the seed.
      dtype: the default dtype.

    >>> TruncatedNormal().stddev
    0.05
    """

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


_BY_NAME: dict[str, Any] = {
    "Zeros": initializers.Zeros, "zeros": initializers.Zeros, "zero": initializers.Zeros,
    "Ones": initializers.Ones, "ones": initializers.Ones, "one": initializers.Ones,
    "Constant": initializers.Constant, "constant": initializers.Constant,
    "RandomNormal": RandomNormal, "random_normal": RandomNormal, "normal": RandomNormal,
    "RandomUniform": RandomUniform, "random_uniform": RandomUniform, "uniform": RandomUniform,
    "TruncatedNormal": TruncatedNormal, "truncated_normal": TruncatedNormal,
    "VarianceScaling": initializers.VarianceScaling,
    "variance_scaling": initializers.VarianceScaling,
    "Orthogonal": initializers.Orthogonal, "orthogonal": initializers.Orthogonal,
    "Identity": initializers.Identity, "identity": initializers.Identity,
    "GlorotUniform": initializers.GlorotUniform, "glorot_uniform": initializers.GlorotUniform,
    "GlorotNormal": initializers.GlorotNormal, "glorot_normal": initializers.GlorotNormal,
    "lecun_normal": initializers.lecun_normal, "lecun_uniform": initializers.lecun_uniform,
    "he_normal": initializers.he_normal, "he_uniform": initializers.he_uniform,
}  # fmt: skip


def get(identifier: Any) -> Any:
    """Return an initializer.

    Args:
      identifier: its name, its configuration, a class or function, or None for none.

    Raises:
      ValueError: there is none of the name.

    >>> get("ones").get_config()
    {'dtype': 'float32'}
    """
    return made_from(identifier, _BY_NAME, "initializer")


def serialize(initializer: Any) -> Any:
    """Return the configuration of an initializer.

    Args:
      initializer: the initializer.

    >>> serialize(initializers.Zeros())
    {'class_name': 'Zeros', 'config': {'dtype': 'float32'}}
    """
    return configuration(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return an initializer by its configuration.

    Args:
      config: what `serialize` returned.
      custom_objects: further classes by name.

    >>> deserialize({"class_name": "Constant", "config": {"value": 3}}).value
    3
    """
    return made_from(config, {**_BY_NAME, **(custom_objects or {})}, "initializer")
