"""The memory of a function in machine code that executes several steps: see `compiler/native`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from graphflow.compiler.native.place import Place
from graphflow.compiler.native.writer import ARENAS
from graphflow.core.op import Array


class NativeArena:
    """The arrays that a function works in, for one execution at a time.

    Args:
      sizes: how many elements each array has, by the name of the dtype.
      constants: values that are in them from the beginning.

    Attributes:
      arrays: by the name that the function knows each by.
    """

    def __init__(self, sizes: Mapping[str, int], constants: Sequence[tuple[Place, Array]]) -> None:
        self.arrays = {ARENAS[name]: np.zeros(size, name) for name, size in sizes.items()}
        for place, value in constants:
            self.part(place)[...] = value

    def part(self, place: Place) -> Array:
        """The array at a place."""
        end = place.offset + place.size
        return self.arrays[place.array][place.offset : end].reshape(place.shape)


def bytes_of(sizes: Mapping[str, int]) -> int:
    """How many bytes the arrays take.

    Args:
      sizes: how many elements each has, by the name of the dtype.

    >>> bytes_of({"float32": 3, "int64": 2})
    28
    """
    return sum(size * np.dtype(name).itemsize for name, size in sizes.items())
