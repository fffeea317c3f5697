"""The base of optimizers that leave most of the work to another one."""

from __future__ import annotations

from typing import Any

from graphflow.train.optimizer import Optimizer


class DelegatingOptimizer(Optimizer):
    """An optimizer whose gradients and slots are those of another one.

    Args:
      opt: the other optimizer.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    Raises:
      TypeError: `opt` is no optimizer.
    """

    def __init__(self, opt: Optimizer, use_locking: bool, name: str) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError(f"{type(self).__name__} needs a tf.train.Optimizer, not {opt!r}")
        super().__init__(use_locking, name)
        self._opt = opt

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Add the gradients: the other optimizer's `compute_gradients`.

        Args:
          *args: its arguments.
          **kwargs: its arguments.

        Returns:
          A list of (gradient, variable).
        """
        return self._opt.compute_gradients(*args, **kwargs)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """Return a slot of the other optimizer, see `Optimizer.get_slot`.

        Args:
          *args: its arguments.
          **kwargs: its arguments.
        """
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> list[str]:
        """Return the names of the other optimizer's slots.

        Args:
          *args: its arguments.
          **kwargs: its arguments.
        """
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> list[Any]:
        """Return the variables of the other optimizer."""
        return self._opt.variables()
