"""Whether samples of a distribution move with its parameters."""

from __future__ import annotations


class ReparameterizationType:
    """How samples of a distribution depend on its parameters; compared by identity.

    Args:
      rep_type: what `repr` shows.
    """

    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameterization Type: {self._rep_type}>"


# A sample is a differentiable function of the parameters and of noise that knows none of them.
FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
# Gradients of samples by some parameter do not exist, or are not the whole truth.
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")
