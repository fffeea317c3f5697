"""Timers: whether it is time to do something again."""

from __future__ import annotations

import time


class SecondOrStepTimer:
    """Tells when some seconds, or some steps, have passed.

    Args:
      every_secs: how many seconds.
      every_steps: how many steps; one of the two.

    Raises:
      ValueError: neither or both are given.

    >>> timer = SecondOrStepTimer(every_steps=3)
    >>> timer.should_trigger_for_step(0), timer.update_last_triggered_step(0)
    (True, (None, None))
    >>> [step for step in range(7) if timer.should_trigger_for_step(step)]
    [3, 4, 5, 6]
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs = every_secs
        self._every_steps = every_steps
        self.reset()

    def reset(self) -> None:
        """Forget what was."""
        self._last_step: int | None = None
        self._last_time: float | None = None

    def should_trigger_for_step(self, step: int) -> bool:
        """Tell whether it is time, at a step.

        Args:
          step: the step.
        """
        if self._last_step is None or self._last_time is None:
            return True
        if step == self._last_step:
            return False
        if self._every_secs is not None:
            return time.monotonic() >= self._last_time + self._every_secs
        assert self._every_steps is not None
        return step >= self._last_step + self._every_steps

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Remember that it was done at a step.

        Args:
          step: the step.

        Returns:
          How many seconds and steps ago it was done before; None at the first time.
        """
        now = time.monotonic()
        passed: tuple[float | None, int | None] = (None, None)
        if self._last_time is not None and self._last_step is not None:
            passed = now - self._last_time, step - self._last_step
        self._last_time, self._last_step = now, step
        return passed

    def last_triggered_step(self) -> int | None:
        """Return the step at which it was done last, None if it was not."""
        return self._last_step


class NeverTriggerTimer:
    """A timer for what is done at the end only."""

    def reset(self) -> None:
        """Do nothing."""

    def should_trigger_for_step(self, step: int) -> bool:
        """Return False."""
        return False

    def update_last_triggered_step(self, step: int) -> tuple[None, None]:
        """Return no times."""
        return None, None

    def last_triggered_step(self) -> None:
        """Return None."""
