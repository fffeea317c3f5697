"""Normal deviates from pairs of uniform ones, with the very bits of TensorFlow on a CPU.

TensorFlow calls the C library's `logf`, `sinf` and `cosf`, which are not correctly rounded: numpy's
functions, even those in double precision, would give another last bit to one value in seventy. So
formulas for the three stand here, evaluated in double precision and rounded once. The coefficients
of sine and cosine are those of the minimax polynomials on [-pi/4, pi/4]; those of the logarithm
were fitted to the C library's results. A uniform deviate has only 2**23 values, and for each of
them the results are those of glibc 2.36.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_UNIFORM",
    "by_libm",
    "normals32",
    "normals64",
    "radius",
    "sine_cosine",
    "unit_float32",
    "unit_float64",
]

LEAST_UNIFORM = 1e-7  # smaller deviates are raised to this, for they have no useful logarithm

# The logarithm of u = c * 2**k * (1 + r), where c is the centre of the subinterval that u falls
# into: each octave from _OCTAVE_BITS (0.699) on has 16 of equal width in the bits of a float.
_OCTAVE_BITS = 0x3F330000
_SUBINTERVAL = 19  # bits of a float within a subinterval
_LOG_COEFFICIENTS = (-0.49999974844, 0.33345676771, -0.2508941936)  # of r**2, r**3, r**4
_NO_CENTRE = {9: 1.0, 10: 1.0534265}  # around 1 the logarithm must vanish; the next one is measured

# The coefficients of x**3, x**5, x**7 and of x**2, x**4, x**6, x**8.
_SINE_COEFFICIENTS = (-0.166666549437, 0.00833217814614, -0.0001951729898131)
_COSINE_COEFFICIENTS = (-0.4999999972511, 0.04166662332434, -0.001388676379439, 2.439045070456e-5)


def _log_tables() -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return 1 / (c * 2**k) and log(c * 2**k) by subinterval, and the number of the first one."""
    first = _subinterval(LEAST_UNIFORM)
    reciprocals, logarithms = [], []
    for number in range(first, _subinterval(1.0) + 1):
        octave, place = divmod(number, 16)
        centre = _NO_CENTRE.get(place) or _centre(place)
        reciprocals.append(math.ldexp(1 / centre, -octave))
        logarithms.append(octave * math.log(2) - math.log(1 / centre))
    return np.array(reciprocals), np.array(logarithms), first


def _subinterval(value: float) -> int:
    return (int(np.float32(value).view(np.int32)) - _OCTAVE_BITS) >> _SUBINTERVAL


def _centre(place: int) -> float:
    ends = _OCTAVE_BITS + (np.arange(place, place + 2, dtype=np.int32) << _SUBINTERVAL)
    return float(np.mean(ends.view(np.float32), dtype=np.float64))


_RECIPROCAL, _LOGARITHM, _FIRST = _log_tables()


def unit_float32(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Return uniform deviates in [0, 1): the low 23 bits of each word.

    Args:
      words: uint32 array.

    Returns:
      float32 array of the same shape.

    >>> unit_float32(np.array([0, 0x400000, 0xFFFFFFFF], np.uint32))
    array([0. , 0.5 , 0.9999999], dtype=float32)
    """
    bits = words & np.uint32(0x7FFFFF)
    bits |= np.uint32(0x3F800000)
    result: NDArray[np.float32] = bits.view(np.float32)
    result -= 1
    return result


def unit_float64(high: NDArray[np.uint32], low: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return uniform deviates in [0, 1): the low 20 bits of one word and all bits of another.

    Args:
      high: uint32 array.
      low: uint32 array of the same shape.

    Returns:
      float64 array of the same shape.

    >>> unit_float64(np.array([0x40000], np.uint32), np.array([1], np.uint32))
    array([0.25])
    """
    bits = (high & np.uint32(0xFFFFF)).astype(np.uint64)
    bits |= np.uint64(0x3FF00000)
    bits <<= np.uint64(32)
    bits |= low
    result: NDArray[np.float64] = bits.view(np.float64)
    result -= 1
    return result


def normals32(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Return normal deviates, one for each word.

    Args:
      words: uint32 array of shape (4, n), the words of n samples of the generator.

    Returns:
      float32 array of shape (4, n).

    >>> words = np.array([[1 << 22], [1 << 20], [1 << 21], [3 << 20]], np.uint32)
    >>> normals32(words).T
    array([[ 0.83255..., 0.83255..., 1.17741..., -1.17741...]], dtype=float32)
    """
    uniform = unit_float32(words)
    distance = radius(np.maximum(uniform[0::2], np.float32(LEAST_UNIFORM)))
    angle = np.multiply(uniform[1::2], 2 * math.pi, dtype=np.float64).astype(np.float32)
    sine, cosine = sine_cosine(angle)
    np.multiply(sine, distance, out=uniform[0::2])
    np.multiply(cosine, distance, out=uniform[1::2])
    return uniform


def normals64(words: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return normal deviates, one for two words.

    Args:
      words: uint32 array of shape (4, n), the words of n samples of the generator.

    Returns:
      float64 array of shape (2, n).

    >>> words = np.array([[1 << 19], [0], [1 << 17], [0]], np.uint32)
    >>> normals64(words).T
    array([[0.8325546, 0.8325546]])
    """
    uniform = np.maximum(unit_float64(words[0], words[1]), LEAST_UNIFORM)
    distance = by_libm(math.log, uniform)
    distance *= -2
    np.sqrt(distance, out=distance)
    angle = unit_float64(words[2], words[3])
    angle *= 2 * math.pi
    return np.stack([np.sin(angle) * distance, np.cos(angle) * distance])


def by_libm(function: Callable[..., float], *arrays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a function of the C library to each element.

    Its last bits are those of TensorFlow; numpy has functions of its own on some processors.

    Args:
      function: one of the module `math`.
      *arrays: float64 arrays of shape (n,), one for each argument.

    Returns:
      float64 array of shape (n,).

    >>> by_libm(math.pow, np.array([2.0, 3.0]), np.array([3.0, 2.0]))
    array([8., 9.])
    """
    columns = (array.tolist() for array in arrays)
    return np.fromiter(map(function, *columns), np.float64, arrays[0].size)


def radius(uniform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `sqrt(-2 * log(uniform))`.

    Args:
      uniform: float32 array of values in [LEAST_UNIFORM, 1].

    Returns:
      float32 array of the same shape.

    >>> radius(np.array([0.75, 0.5, 1e-7], np.float32))
    array([0.75852..., 1.17741..., 5.67770...], dtype=float32)
    """
    number = uniform.view(np.int32) - np.int32(_OCTAVE_BITS)
    number >>= _SUBINTERVAL
    number -= _FIRST
    index = number.astype(np.intp)
    r = _RECIPROCAL.take(index)
    r *= uniform
    r -= 1.0
    log = _LOGARITHM.take(index)
    log += r
    square = r * r
    r *= _LOG_COEFFICIENTS[1]
    r += _LOG_COEFFICIENTS[0]
    r += _LOG_COEFFICIENTS[2] * square
    r *= square
    log += r
    result: NDArray[np.float32] = log.astype(np.float32)
    result *= np.float32(-2.0)
    np.sqrt(result, out=result)
    return result


def sine_cosine(angle: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the sine and the cosine of angles.

    Args:
      angle: float32 array of values in [0, 2 * pi].

    Returns:
      Two float32 arrays of the same shape.

    >>> sine, cosine = sine_cosine(np.array([0.5, 4.0], np.float32))
    >>> sine
    array([ 0.47942555, -0.7568025 ], dtype=float32)
    >>> cosine
    array([ 0.87758255, -0.6536436 ], dtype=float32)
    """
    x = angle.astype(np.float64)
    turns = x * (2 / math.pi)
    np.rint(turns, out=turns)
    quadrant = turns.astype(np.int32)
    turns *= math.pi / 2
    x -= turns
    square = np.multiply(x, x, out=turns)
    along = _cosine(square).astype(np.float32)
    across = _sine(x, square).astype(np.float32)
    odd = (quadrant & 1).astype(np.bool_)
    sine = np.where(odd, along, across)
    cosine = np.where(odd, across, along)
    _negate(sine, quadrant)
    quadrant += 1
    _negate(cosine, quadrant)
    return sine, cosine


def _sine(x: NDArray[np.float64], square: NDArray[np.float64]) -> NDArray[np.float64]:
    c3, c5, c7 = _SINE_COEFFICIENTS
    result = c7 * square
    result += c5
    result *= square
    result += c3
    result *= square
    result *= x
    result += x
    return result


def _cosine(square: NDArray[np.float64]) -> NDArray[np.float64]:
    c2, c4, c6, c8 = _COSINE_COEFFICIENTS
    result = c8 * square
    result += c6
    result *= square
    result += c4
    result *= square
    result += c2
    result *= square
    result += 1.0
    return result


def _negate(values: NDArray[np.float32], quadrant: NDArray[np.int32]) -> None:
    """Turn the sign, in place, where the second bit of the quadrant is set."""
    sign = quadrant & np.int32(2)
    sign <<= 30
    bits = values.view(np.int32)
    bits ^= sign
