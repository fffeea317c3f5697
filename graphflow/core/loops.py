"""Where a loop is between two iterations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from graphflow.core.op import Array
from graphflow.core.tensor_lists import TensorList


@dataclass
class LoopState:
    """What an iteration begins with, whether it is compiled or not.

    Attributes:
      values: of the loop variables.
      captured: the values of the captured tensors.
      consumed: what is left of the lists of which each iteration takes the last item.
      saved: the lists to which each iteration adds an item.
    """

    values: list[Array]
    captured: Sequence[Array]
    consumed: list[TensorList]
    saved: list[TensorList]


class CompiledLoop(Protocol):
    """A loop as machine code, once there is any."""

    def run(self, state: LoopState) -> bool:
        """Run iterations; tell whether the loop has ended.

        Args:
          state: where the loop is; it is brought forward by the iterations that were run.
        """

    def enter_interpreted(self, state: LoopState, nanoseconds: int, iterations: int) -> None:
        """Enter how long iterations took that the kernels of the ops ran.

        Args:
          state: where the loop was before.
          nanoseconds: how long they took.
          iterations: how many there were.
        """
