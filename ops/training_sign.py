"""Updates by steps that are longer where the gradient keeps its sign (Bello et al., 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import FLOATING
from graphflow.core.op import Array, register
from graphflow.ops._updates import Update

__all__ = [
    "ApplyAddSign",
    "ApplyPowerSign",
    "ResourceApplyAddSign",
    "ResourceApplyPowerSign",
]


class _Sign(Update):
    """Base of both: a mean of the gradients, and whether it agrees with the gradient."""

    use_locking: bool
    types: ClassVar[Any] = {"T": FLOATING}
    writes = (0, 1)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, m = states
        m = m * numbers["beta"] + grad * (1 - numbers["beta"])
        agreement = numbers["sign_decay"] * np.sign(grad) * np.sign(m)
        return var - numbers["lr"] * self.factor(agreement, numbers) * grad, m

    def factor(self, agreement: Array, numbers: dict[str, Any]) -> Array:
        """Return by what the gradient is multiplied."""
        raise NotImplementedError


class _AddSign(_Sign):
    def factor(self, agreement: Array, numbers: dict[str, Any]) -> Array:
        return numbers["alpha"] + agreement


class _PowerSign(_Sign):
    def factor(self, agreement: Array, numbers: dict[str, Any]) -> Array:
        return np.exp(numbers["logbase"] * agreement)


@register
class ApplyAddSign(_AddSign):
    """A step of AddSign."""

    use_locking: bool = False

    inputs = "var: &T, m: &T, lr: T, alpha: T, sign_decay: T, beta: T, grad: T"


@register
class ResourceApplyAddSign(_AddSign):
    """A step of AddSign."""

    use_locking: bool = False

    inputs = "var: resource, m: resource, lr: T, alpha: T, sign_decay: T, beta: T, grad: T"
    outputs = ""
    is_resource_kind = True


@register
class ApplyPowerSign(_PowerSign):
    """A step of PowerSign."""

    use_locking: bool = False

    inputs = "var: &T, m: &T, lr: T, logbase: T, sign_decay: T, beta: T, grad: T"


@register
class ResourceApplyPowerSign(_PowerSign):
    """A step of PowerSign."""

    use_locking: bool = False

    inputs = "var: resource, m: resource, lr: T, logbase: T, sign_decay: T, beta: T, grad: T"
    outputs = ""
    is_resource_kind = True
