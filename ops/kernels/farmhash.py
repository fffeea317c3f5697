"""FarmHash's 64-bit fingerprints, which never change from one release to the next.

After the description of the algorithm in Google's FarmHash (https://github.com/google/farmhash),
namespace `farmhashna`, vectorised over strings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from graphflow.core.op import Array
from graphflow.ops.kernels.packed_strings import PackedStrings, blocks, by_length

_K0 = np.uint64(0xC3A5C85C97CB3127)
_K1 = np.uint64(0xB492B66FBE98F273)
_K2 = np.uint64(0x9AE16A3B2F90404F)
_SEED = np.uint64(81)


_u: Any = np.uint64


def _rotated(value: Array, shift: int) -> Array:
    return (value >> _u(shift)) | (value << _u(64 - shift))


def _mixed(value: Array) -> Array:
    return value ^ (value >> _u(47))


def _hash_16(u: Array, v: Array, factor: Array) -> Array:
    a = _mixed((u ^ v) * factor)
    return _mixed((v ^ a) * factor) * factor


def fingerprint64(items: list[bytes]) -> Array:
    """Return the fingerprints of strings, uint64 [n]."""
    texts = PackedStrings(items)
    with np.errstate(over="ignore"):
        classes: dict[int, Callable[[Array], Array]] = {
            0: lambda indices: np.full(len(indices), _K2),
            3: partial(_up_to_3, texts),
            7: partial(_up_to_7, texts),
            16: partial(_up_to_16, texts),
            32: partial(_up_to_32, texts),
            64: partial(_up_to_64, texts),
        }
        return by_length(texts.lengths, classes, partial(_longer, texts))


def _places(texts: PackedStrings, indices: Array) -> tuple[Array, Array, Array, Array]:
    """Where strings begin and end, their lengths, and the factor that follows from those."""
    start, length = texts.starts[indices], texts.lengths[indices]
    size = length.astype(np.uint64)
    return start, start + length, size, _K2 + size * _u(2)


def _up_to_3(texts: PackedStrings, indices: Array) -> Array:
    start, end, size, _ = _places(texts, indices)
    middle = start + (size >> _u(1)).astype(np.int64)
    y = texts.byte(start) + (texts.byte(middle) << _u(8))
    z = size + (texts.byte(end - 1) << _u(2))
    return _mixed(y * _K2 ^ z * _K0) * _K2


def _up_to_7(texts: PackedStrings, indices: Array) -> Array:
    start, end, size, factor = _places(texts, indices)
    return _hash_16(size + (texts.half(start) << _u(3)), texts.half(end - 4), factor)


def _up_to_16(texts: PackedStrings, indices: Array) -> Array:
    start, end, _, factor = _places(texts, indices)
    a, b = texts.word(start) + _K2, texts.word(end - 8)
    c = _rotated(b, 37) * factor + a
    d = (_rotated(a, 25) + b) * factor
    return _hash_16(c, d, factor)


def _up_to_32(texts: PackedStrings, indices: Array) -> Array:
    start, end, _, factor = _places(texts, indices)
    a, b = texts.word(start) * _K1, texts.word(start + 8)
    c, d = texts.word(end - 8) * factor, texts.word(end - 16) * _K2
    return _hash_16(
        _rotated(a + b, 43) + _rotated(c, 30) + d, a + _rotated(b + _K2, 18) + c, factor
    )


def _up_to_64(texts: PackedStrings, indices: Array) -> Array:
    start, end, _, factor = _places(texts, indices)
    a, b = texts.word(start) * _K2, texts.word(start + 8)
    c, d = texts.word(end - 8) * factor, texts.word(end - 16) * _K2
    y = _rotated(a + b, 43) + _rotated(c, 30) + d
    z = _hash_16(y, a + _rotated(b + _K2, 18) + c, factor)
    e, f = texts.word(start + 16) * factor, texts.word(start + 24)
    g, h = (y + texts.word(end - 32)) * factor, (z + texts.word(end - 24)) * factor
    return _hash_16(_rotated(e + f, 43) + _rotated(g, 30) + h, e + _rotated(f + a, 18) + g, factor)


class _State:
    """The 56 bytes that a long string is folded into, for many strings at once."""

    def __init__(self, first: Array) -> None:
        y = _SEED * _K1 + _u(113)
        shape = first.shape
        self.x = _SEED * _K2 + first
        self.y = np.full(shape, y)
        self.z = np.full(shape, _mixed(y * _K2 + _u(113)) * _K2)
        self.v1, self.v2, self.w1, self.w2 = np.zeros((4, *shape), np.uint64)

    def fold(self, texts: PackedStrings, at: Array, who: slice, factor: Array, fold_w: int) -> None:
        """Fold 64 bytes into the states of some strings.

        Args:
          texts: all strings.
          at: where the bytes of these strings begin.
          who: which states.
          factor: what is multiplied with.
          fold_w: a factor of parts of the state, 1 but at the end.
        """
        word = [texts.word(at + 8 * index) for index in range(8)]
        x, y, z = self.x[who], self.y[who], self.z[who]
        v1, v2, w1, w2 = self.v1[who], self.v2[who], self.w1[who], self.w2[who]
        x = _rotated(x + y + v1 + word[1], 37) * factor
        y = _rotated(y + v2 + word[6], 42) * factor
        x = x ^ (w2 * _u(fold_w))
        y = y + v1 * _u(fold_w) + word[5]
        z = _rotated(z + w1, 33) * factor
        self.v1[who], self.v2[who] = _weak_32(word[0:4], v2 * factor, x + w1)
        self.w1[who], self.w2[who] = _weak_32(word[4:8], z + w2, y + word[2])
        self.x[who], self.y[who], self.z[who] = z, y, x


def _weak_32(word: list[Array], a: Array, b: Array) -> tuple[Array, Array]:
    a = a + word[0]
    b = _rotated(b + a + word[3], 21)
    c = a
    a = a + word[1] + word[2]
    b = b + _rotated(a, 44)
    return a + word[3], b + c


def _longer(texts: PackedStrings, indices: Array) -> Array:
    # Those with most blocks first, so that each step works on the first so many.
    counts = (texts.lengths[indices] - 1) // 64
    order = np.argsort(-counts, kind="stable")
    start, end, size, _ = _places(texts, indices[order])
    state = _State(texts.word(start))
    for number, who in blocks(counts[order]):
        state.fold(texts, start[who] + 64 * number, who, _K1, 1)
    rest = (size - _u(1)) & _u(63)
    factor = _K1 + ((state.z & _u(0xFF)) << _u(1))
    state.w1 += rest
    state.v1 += state.w1
    state.w1 += state.v1
    state.fold(texts, end - 64, slice(None), factor, 9)
    found = _hash_16(
        _hash_16(state.v1, state.w1, factor) + _mixed(state.y) * _K0 + state.z,
        _hash_16(state.v2, state.w2, factor) + state.x,
        factor,
    )
    result = np.empty_like(found)
    result[order] = found
    return result
