"""Seeds for several random operations out of one."""

from __future__ import annotations

from typing import Any

from graphflow.distributions.parameters import hashed_seed


class SeedStream:
    """Seeds that follow from one, other ones at each call.

    Args:
      seed: the seed, or another stream whose seed to take; None for no seeds.
      salt: text that makes streams of the same seed differ.

    >>> import graphflow as tf
    >>> stream = tf.contrib.distributions.SeedStream(5, salt="walk")
    >>> again = tf.contrib.distributions.SeedStream(stream, salt="walk")
    >>> first, second = stream(), stream()
    >>> first == again(), first == second
    (True, False)
    """

    def __init__(self, seed: Any, salt: str) -> None:
        self._seed = seed.original_seed if isinstance(seed, SeedStream) else seed
        self._salt = salt
        self._counter = 0

    @property
    def original_seed(self) -> int | None:
        """The seed that the others follow from."""
        return self._seed

    @property
    def salt(self) -> str:
        """What makes streams of the same seed differ."""
        return self._salt

    def __call__(self) -> int | None:
        """Return the next seed, None if there are none."""
        self._counter += 1
        if self._seed is None:
            return None
        return hashed_seed(str((self._seed, self._counter, self._salt)))
