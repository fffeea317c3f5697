"""The base of bijectors that depend on more than their argument."""

from __future__ import annotations

from typing import Any

from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.graph import Tensor


class ConditionalBijector(Bijector):
    """A bijector whose methods take further keyword arguments, for those that a subclass defines.

    The arguments of the constructor are those of `Bijector`.

    >>> import graphflow as tf
    >>> class Stretch(tf.contrib.distributions.bijectors.ConditionalBijector):
    ...     def __init__(self):
    ...         super().__init__(forward_min_event_ndims=0, name="stretch")
    ...     def _forward(self, x, factor):
    ...         return factor * x
    ...     def _inverse(self, y, factor):
    ...         return y / factor
    >>> stretch = Stretch()
    >>> tf.Session().run([stretch.forward(3.0, factor=2.0), stretch.inverse(3.0, factor=4.0)])
    [np.float32(6.0), np.float32(0.75)]
    """

    def forward(self, x: Any, name: str = "forward", **condition_kwargs: Any) -> Tensor:
        """Return the function of `x`.

        Args:
          x: a tensor.
          name: name scope of the operations.
          **condition_kwargs: what the function depends on.
        """
        return self._call_forward(x, name, **condition_kwargs)

    def inverse(self, y: Any, name: str = "inverse", **condition_kwargs: Any) -> Any:
        """Return the x whose function is `y`, or a tuple of those.

        Args:
          y: a tensor.
          name: name scope of the operations.
          **condition_kwargs: what the function depends on.
        """
        return self._call_inverse(y, name, **condition_kwargs)

    def forward_log_det_jacobian(
        self,
        x: Any,
        event_ndims: Any,
        name: str = "forward_log_det_jacobian",
        **condition_kwargs: Any,
    ) -> Tensor:
        """Return log|det dy/dx|.

        Args:
          x: a tensor.
          event_ndims: the rank of an event of `x`, an int.
          name: name scope of the operations.
          **condition_kwargs: what the function depends on.
        """
        return self._call_forward_log_det_jacobian(x, event_ndims, name, **condition_kwargs)

    def inverse_log_det_jacobian(
        self,
        y: Any,
        event_ndims: Any,
        name: str = "inverse_log_det_jacobian",
        **condition_kwargs: Any,
    ) -> Any:
        """Return log|det dx/dy|.

        Args:
          y: a tensor.
          event_ndims: the rank of an event of `y`, an int.
          name: name scope of the operations.
          **condition_kwargs: what the function depends on.
        """
        return self._call_inverse_log_det_jacobian(y, event_ndims, name, **condition_kwargs)
