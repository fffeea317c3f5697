"""Philox as a loop that passes over memory once; see philox.py for what it computes.

Counters are 128 bits in two halves.  All arithmetic is that of integers, so that machine code and
numpy give the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphflow.ops.kernels.compiled import CompiledLater


@CompiledLater
def fill_samples(
    places: NDArray[np.uint64],
    low: np.uint64,
    high: np.uint64,
    keys: NDArray[np.uint32],
    samples: NDArray[np.uint32],
    as_unit: bool,
) -> None:
    """Write the samples at some places, or uniform deviates in [0, 1) made of them.

    Args:
      places: [n].
      low: the lower half of the counter of place 0.
      high: the upper half.
      keys: [10, 2], those of the rounds.
      samples: [4 n], to write to.
      as_unit: whether to write the bits of float32 numbers: those that `unit_float32` makes.
    """
    for i in range(places.size):
        position = places[i] + low
        above = high + np.uint64(position < low)
        a, b = np.uint32(position), np.uint32(position >> np.uint64(32))
        c, d = np.uint32(above), np.uint32(above >> np.uint64(32))
        for r in range(10):
            p = np.uint64(a) * np.uint64(0xD2511F53)
            q = np.uint64(c) * np.uint64(0xCD9E8D57)
            a = np.uint32(np.uint32(q >> np.uint64(32)) ^ b ^ keys[r, 0])
            b = np.uint32(q)
            c = np.uint32(np.uint32(p >> np.uint64(32)) ^ d ^ keys[r, 1])
            d = np.uint32(p)
        samples[4 * i] = a
        samples[4 * i + 1] = b
        samples[4 * i + 2] = c
        samples[4 * i + 3] = d
        if as_unit:
            for j in range(4 * i, 4 * i + 4):
                bits = np.uint32((samples[j] & np.uint32(0x7FFFFF)) | np.uint32(0x3F800000))
                unit = np.float32(bits.view(np.float32) - np.float32(1))
                samples[j] = unit.view(np.uint32)
