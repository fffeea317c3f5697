"""MurmurHash64A of strings, the 64-bit hash of TensorFlow's first hash buckets.

After Austin Appleby's description (https://github.com/aappleby/smhasher), vectorised over strings.
"""

from __future__ import annotations

import numpy as np

from graphflow.core.op import Array
from graphflow.ops.kernels.packed_strings import PackedStrings, blocks

_M = np.uint64(0xC6A4A7935BD1E995)
_R = np.uint64(47)
_SEED = np.uint64(0xDECAFCAFFE)


def hash64(items: list[bytes]) -> Array:
    """Return the hashes of strings, uint64 [n]."""
    texts = PackedStrings(items)
    counts = texts.lengths // 8
    order = np.argsort(-counts, kind="stable")
    start, length = texts.starts[order], texts.lengths[order]
    with np.errstate(over="ignore"):
        value = _SEED ^ (length.astype(np.uint64) * _M)
        for number, who in blocks(counts[order]):
            word = texts.word(start[who] + 8 * number) * _M
            word = (word ^ (word >> _R)) * _M
            value[who] = (value[who] ^ word) * _M
        left = length % 8
        with_tail = (value ^ texts.tail(start + length, left)) * _M
        value = np.where(left > 0, with_tail, value)
        value = (value ^ (value >> _R)) * _M
        value ^= value >> _R
    result = np.empty_like(value)
    result[order] = value
    return result
