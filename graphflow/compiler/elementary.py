"""Exponentials and the like in float32, written so that loops over them become vector code.

numba calls a library for each element otherwise, which takes ten times as long.  There are no
branches, only choices between values; all constants are float32, or the loops would compute in
float64.  The polynomials were fitted to the functions with the least relative error; their errors
are far below that of rounding.  Over the whole range, denormal numbers included, they are within 2
units in the last place, most of them within 1; NaN and infinities give what they should.

Loops name these functions (`Op.scalar_expression`); this module is imported by them alone, for
numba takes long to import.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit  # noqa: TID253  no other module imports this one

_inline = njit(inline="always", error_model="numpy")

_ONE, _TWO, _HALF, _ZERO = np.float32(1), np.float32(2), np.float32(0.5), np.float32(0)
_INFINITY, _NAN = np.float32(np.inf), np.float32(np.nan)
_BIAS, _MANTISSA_BITS, _HALVE = np.int32(127), np.int32(23), np.int32(1)

_LOG2_E = np.float32(1.4426950408889634)
# ln 2 in two parts; the upper one has so few bits that small multiples of it are exact.
_LN2_UPPER, _LN2_LOWER = np.float32(0.693359375), np.float32(-2.1219444005469057e-4)

# exp(r) = 1 + r + r^2 (E0 + E1 r + ...) for |r| up to ln(2) / 2
_E0, _E1, _E2 = np.float32(0.5), np.float32(0.16666667), np.float32(0.041666254)
_E3, _E4, _E5 = np.float32(0.0083332667), np.float32(0.0013947284), np.float32(0.00019917105)
# Beyond these exp is 0 or infinite.
_EXP_MIN, _EXP_MAX = np.float32(-104.0), np.float32(88.72284)

# log(1 + f) = f - f^2 / 2 + f^3 (L0 + L1 f + ...) for 1 + f from sqrt(1/2) to sqrt(2)
_L0, _L1, _L2 = np.float32(0.33333316), np.float32(-0.25000811), np.float32(0.20002286)
_L3, _L4, _L5 = np.float32(-0.16624551), np.float32(0.1418121), np.float32(-0.1312881)
_L6, _L7 = np.float32(0.12881541), np.float32(-0.07859333)
_SQRT_HALF, _SMALLEST_NORMAL = np.float32(0.70710677), np.float32(1.1754944e-38)
_TWO_TO_23 = np.float32(8388608)
_FRACTION, _EXPONENT_OF_HALF = np.int32(0x007FFFFF), np.int32(0x3F000000)

# tanh(x) = x + x^3 (T0 + T1 x^2 + ...) for |x| up to 5/8
_T0, _T1, _T2 = np.float32(-0.33333284), np.float32(0.1333149), np.float32(-0.053743485)
_T3, _T4 = np.float32(0.020650554), np.float32(-0.005717011)
# Below this exp(x) - 1 is -1.
_EXPM1_MIN = np.float32(-18)

# erf(x) = x + x (R0 + R1 x^2 + ...) for |x| up to 7/8
_R0, _R1, _R2 = np.float32(0.128379166), np.float32(-0.376126349), np.float32(0.11283727)
_R3, _R4 = np.float32(-0.0268614534), np.float32(0.00520663382)
_R5, _R6 = np.float32(-0.000821104506), np.float32(8.67817726e-05)
# erf(x) = 1 - exp(-x (Q0 + Q1 x + ...)) from there to 4
_Q0, _Q1, _Q2 = np.float32(1.12852907), np.float32(0.635731459), np.float32(0.105054341)
_Q3, _Q4 = np.float32(-0.0224522203), np.float32(0.00279167737)
_Q5, _Q6 = np.float32(1.02139768e-06), np.float32(-5.56075902e-05)
_Q7 = np.float32(5.7687721e-06)
_ERF_SMALL, _ERF_LARGE = np.float32(0.875), np.float32(4)
_TANH_SMALL, _TANH_LARGE = np.float32(0.625), np.float32(10)


@_inline
def _exp_series(r: Any) -> Any:
    """The factor of r^2 in exp(r)."""
    p = _E5
    p = p * r + _E4
    p = p * r + _E3
    p = p * r + _E2
    p = p * r + _E1
    p = p * r + _E0
    return p


@_inline
def _log_series(f: Any) -> Any:
    """The factor of f^3 in log(1 + f)."""
    p = _L7
    p = p * f + _L6
    p = p * f + _L5
    p = p * f + _L4
    p = p * f + _L3
    p = p * f + _L2
    p = p * f + _L1
    p = p * f + _L0
    return p


@_inline
def exp32(x: Any) -> Any:
    """E to the power of x."""
    bounded = min(max(x, _EXP_MIN), _EXP_MAX)
    n = np.floor(bounded * _LOG2_E + _HALF)
    r = bounded - n * _LN2_UPPER - n * _LN2_LOWER
    p = _exp_series(r)
    upper = _ONE + r
    lower = r - (upper - _ONE)
    p = upper + (lower + p * (r * r))
    # 2^n in two factors: it may be denormal, or too large although the result is not.
    whole = np.int32(n)
    half = np.int32(whole >> _HALVE)
    first = np.int32(np.int32(half + _BIAS) << _MANTISSA_BITS).view(np.float32)
    second = np.int32(np.int32(whole - half + _BIAS) << _MANTISSA_BITS).view(np.float32)
    y = p * first * second
    y = _ZERO if x < _EXP_MIN else y
    y = _INFINITY if x > _EXP_MAX else y
    return x if x != x else y


@_inline
def log32(x: Any) -> Any:
    """The natural logarithm."""
    is_denormal = x < _SMALLEST_NORMAL
    bits = np.float32(x * _TWO_TO_23 if is_denormal else x).view(np.int32)
    exponent = np.float32(np.int32(np.int32(bits >> _MANTISSA_BITS) - np.int32(126)))
    exponent = exponent - np.float32(23) if is_denormal else exponent
    m = np.int32((bits & _FRACTION) | _EXPONENT_OF_HALF).view(np.float32)
    is_low = m < _SQRT_HALF
    exponent = exponent - _ONE if is_low else exponent
    f = (m + m if is_low else m) - _ONE
    p = _log_series(f)
    square = f * f
    rest = p * (square * f) + exponent * _LN2_LOWER - _HALF * square
    y = f + rest + exponent * _LN2_UPPER
    y = -_INFINITY if x == _ZERO else y
    y = _INFINITY if x == _INFINITY else y
    return _NAN if x < _ZERO or x != x else y


@_inline
def tanh32(x: Any) -> Any:
    """The hyperbolic tangent."""
    size = min(abs(x), _TANH_LARGE)
    z = size * size
    p = _T4
    p = p * z + _T3
    p = p * z + _T2
    p = p * z + _T1
    p = p * z + _T0
    near = size + p * (z * size)
    far = _ONE - _TWO / (exp32(size + size) + _ONE)
    y = near if size < _TANH_SMALL else far
    y = -y if x < _ZERO else y
    return x if x != x or x == _ZERO else y


@_inline
def sigmoid32(x: Any) -> Any:
    """The logistic function, 1 / (1 + exp(-x))."""
    e = exp32(-abs(x))
    total = _ONE + e
    lost = e - (total - _ONE)
    is_low = x < _ZERO
    y = (e if is_low else _ONE) / total
    y = y - y * (lost * (_ONE - y if is_low else y))
    return x if x != x else y


@_inline
def expm1_32(x: Any) -> Any:
    """E to the power of x, less 1."""
    bounded = min(max(x, _EXPM1_MIN), _EXP_MAX)
    n = np.floor(bounded * _LOG2_E + _HALF)
    r = bounded - n * _LN2_UPPER - n * _LN2_LOWER
    p = _exp_series(r)
    p = r + p * (r * r)
    # Half of 2^n, which is finite.
    scale = np.int32(np.int32(np.int32(n) + _BIAS - _HALVE) << _MANTISSA_BITS).view(np.float32)
    y = scale * p + (scale - _HALF)
    y = y + y
    y = _INFINITY if x > _EXP_MAX else y
    return x if x != x or x == _ZERO else y


@_inline
def log1p32(x: Any) -> Any:
    """The natural logarithm of 1 + x."""
    u = _ONE + x
    bits = np.float32(u).view(np.int32)
    exponent = np.float32(np.int32(np.int32(bits >> _MANTISSA_BITS) - np.int32(126)))
    m = np.int32((bits & _FRACTION) | _EXPONENT_OF_HALF).view(np.float32)
    is_low = m < _SQRT_HALF
    exponent = exponent - _ONE if is_low else exponent
    f = (m + m if is_low else m) - _ONE
    # What 1 + x has lost, as a part of u.
    lost = (x - (u - _ONE) if abs(x) < _ONE else _ONE - (u - x)) / u
    f = x if exponent == _ZERO else f
    lost = _ZERO if exponent == _ZERO else lost
    p = _log_series(f)
    square = f * f
    rest = p * (square * f) + (exponent * _LN2_LOWER + lost) - _HALF * square
    y = f + rest + exponent * _LN2_UPPER
    y = -_INFINITY if x == -_ONE else y
    y = _INFINITY if x == _INFINITY else y
    y = x if x == _ZERO else y
    return _NAN if x < -_ONE or x != x else y


@_inline
def erf32(x: Any) -> Any:
    """The error function."""
    size = min(abs(x), _ERF_LARGE)
    z = size * size
    p = _R6
    p = p * z + _R5
    p = p * z + _R4
    p = p * z + _R3
    p = p * z + _R2
    p = p * z + _R1
    p = p * z + _R0
    near = size + p * size
    q = _Q7
    q = q * size + _Q6
    q = q * size + _Q5
    q = q * size + _Q4
    q = q * size + _Q3
    q = q * size + _Q2
    q = q * size + _Q1
    q = q * size + _Q0
    far = _ONE - exp32(-(q * size))
    y = near if size < _ERF_SMALL else far
    y = -y if x < _ZERO else y
    return x if x != x or x == _ZERO else y
