"""SipHash-2-4 of strings: a hash that nobody can foresee who does not know the key.

After J.-P. Aumasson and D. J. Bernstein, SipHash: a fast short-input PRF (2012), vectorised over
strings.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from graphflow.core.op import Array
from graphflow.ops.kernels.packed_strings import PackedStrings, blocks

_State: TypeAlias = "tuple[Array, Array, Array, Array]"

_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def siphash(items: list[bytes], key: tuple[int, int]) -> Array:
    """Return the hashes of strings under a key of two 64-bit integers, uint64 [n]."""
    texts = PackedStrings(items)
    counts = texts.lengths // 8
    order = np.argsort(-counts, kind="stable")
    start, length = texts.starts[order], texts.lengths[order]
    keys = [np.uint64(key[index % 2] % 2**64) for index in range(4)]
    with np.errstate(over="ignore"):
        state = [np.full(len(items), np.uint64(s) ^ k) for s, k in zip(_START, keys, strict=True)]
        for number, who in blocks(counts[order]):
            _absorb(state, who, texts.word(start[who] + 8 * number))
        tail = texts.tail(start + length, length % 8)
        everyone = slice(None)
        _absorb(state, everyone, tail | (length.astype(np.uint64) << np.uint64(56)))
        state[2] ^= np.uint64(0xFF)
        a, b, c, d = _rounds((state[0], state[1], state[2], state[3]), 4)
        value = a ^ b ^ c ^ d
    result = np.empty_like(value)
    result[order] = value
    return result


def _absorb(state: list[Array], who: slice, word: Array) -> None:
    """Mix a word into the states of some strings."""
    a, b, c, d = (part[who] for part in state)
    a, b, c, d = _rounds((a, b, c, d ^ word), 2)
    for part, value in zip(state, (a ^ word, b, c, d), strict=True):
        part[who] = value


def _rounds(state: _State, count: int) -> _State:
    a, b, c, d = state
    for _ in range(count):
        a, c = a + b, c + d
        b, d = _rotated(b, 13) ^ a, _rotated(d, 16) ^ c
        a = _rotated(a, 32)
        c, a = c + b, a + d
        b, d = _rotated(b, 17) ^ c, _rotated(d, 21) ^ a
        c = _rotated(c, 32)
    return a, b, c, d


def _rotated(value: Array, shift: int) -> Array:
    return (value << np.uint64(shift)) | (value >> np.uint64(64 - shift))
