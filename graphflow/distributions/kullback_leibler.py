"""Divergences of pairs of distributions, registered by their classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

Divergence = TypeVar("Divergence", bound=Callable[..., Any])

_DIVERGENCES: dict[tuple[type[Any], type[Any]], Callable[..., Any]] = {}


class RegisterKL:
    """Decorate the function that computes the divergence of two classes of distributions.

    The function takes the two distributions and a keyword `name`.

    Args:
      dist_cls_a: the class of the first distribution.
      dist_cls_b: the class of the second one.

    >>> import graphflow as tf
    >>> class Coin(tf.distributions.Bernoulli):
    ...     pass
    >>> @tf.distributions.RegisterKL(Coin, Coin)
    ... def kl_of_coins(a, b, name=None):
    ...     return tf.abs(a.probs - b.probs, name=name)
    >>> divergence = Coin(probs=0.25).kl_divergence(Coin(probs=0.75))
    >>> tf.Session().run(divergence)
    np.float32(0.5)
    """

    def __init__(self, dist_cls_a: type[Any], dist_cls_b: type[Any]) -> None:
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn: Divergence) -> Divergence:
        """Register a function.

        Args:
          kl_fn: the function.

        Returns:
          The function itself.

        Raises:
          TypeError: it is no function.
          ValueError: these classes have one already.
        """
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be a function, not {kl_fn!r}")
        if self._key in _DIVERGENCES:
            first, second = self._key
            raise ValueError(
                f"KL({first.__name__} || {second.__name__}) has already been registered to "
                f"{_DIVERGENCES[self._key]}"
            )
        _DIVERGENCES[self._key] = kl_fn
        return kl_fn


def _registered(type_a: type[Any], type_b: type[Any]) -> Callable[..., Any] | None:
    """The function of the nearest pair of base classes."""
    pairs = [
        (steps_a + steps_b, (base_a, base_b))
        for steps_a, base_a in enumerate(type_a.__mro__)
        for steps_b, base_b in enumerate(type_b.__mro__)
        if (base_a, base_b) in _DIVERGENCES
    ]
    if not pairs:
        return None
    _, nearest = min(pairs, key=lambda pair: pair[0])
    return _DIVERGENCES[nearest]


def kl_divergence(
    distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """Return the Kullback-Leibler divergence KL(a || b), the mean under a of log(a(x) / b(x)).

    Args:
      distribution_a: the distribution of the mean.
      distribution_b: the one that it is compared with.
      allow_nan_stats: whether NaN is a value like others, else it is an error of the run.
      name: the operation's name.

    Returns:
      A tensor of the shape that both batch shapes broadcast to.

    Raises:
      NotImplementedError: no function is registered for the two classes.

    >>> import graphflow as tf
    >>> a, b = tf.distributions.Normal(1.0, 1.0), tf.distributions.Normal(3.0, 1.0)
    >>> tf.Session().run(tf.distributions.kl_divergence(a, b))
    np.float32(2.0)
    """
    kl_fn = _registered(type(distribution_a), type(distribution_b))
    if kl_fn is None:
        raise NotImplementedError(
            f"no KL divergence is registered for {type(distribution_a).__name__} and "
            f"{type(distribution_b).__name__}; register a function with RegisterKL"
        )
    with name_scope("KullbackLeibler"):
        divergence: Tensor = kl_fn(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return divergence
        is_defined = ops.logical_not(ops.reduce_any(ops.is_nan(divergence)))
        text = f"KL({distribution_a.name} || {distribution_b.name}) is NaN for some batch members:"
        check = ops.assert_(is_defined, [text, divergence])  # noqa: PT009
        checked: Tensor = ops.with_dependencies([check], divergence, name="checked_kl")
        return checked


def cross_entropy(
    ref: Any, other: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """Return the cross entropy H(ref, other), the mean under `ref` of -log other(x).

    Args:
      ref: the distribution of the mean.
      other: the distribution whose logarithm it is.
      allow_nan_stats: see `kl_divergence`.
      name: name scope of the operations.
    """
    with name_scope(name, "cross_entropy"):
        divergence = kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)
        return ops.add(ref.entropy(), divergence)
