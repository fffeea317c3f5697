"""How a gamma deviate moves with the shape of its distribution.

A deviate x of shape a keeps its place P(a, x) in the distribution as a changes, so that
dx/da = -(dP/da) / (dP/dx) (Figurnov, Mohamed and Mnih: Implicit reparameterization gradients,
2018). Both derivatives have the factor exp(-x) x**a / gamma(a), which may underflow; it cancels
here before anything is evaluated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["gamma_sample_slope"]

Doubles = NDArray[np.float64]

_MOST_TERMS = 2000
_BLOCK = 8192  # samples that are worked on at once, so that the intermediate arrays stay in cache
_SERIES_BEYOND = 5.0  # for larger x - a the series cancels, for smaller ones the fraction is slow


def gamma_sample_slope(alpha: NDArray[Any], sample: NDArray[Any]) -> Doubles:
    """Return the derivative of gamma deviates by the shapes of their distributions.

    Args:
      alpha: floating array, positive.
      sample: floating array of the same shape, not negative.

    Returns:
      float64 array of the same shape; NaN outside of the domain.

    >>> gamma_sample_slope(np.array([1.0, 2.5, 2.5]), np.array([0.75, 1.0, 60.0]))
    array([1.0100..., 0.6507..., 3.4938...])
    """
    alphas, samples = np.broadcast_arrays(alpha, sample)
    flat_alphas, flat_samples = alphas.reshape(-1), samples.reshape(-1)
    result = np.empty(flat_alphas.size)
    precision = 8 * float(np.finfo(samples.dtype).eps)
    for start in range(0, result.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        a, x = flat_alphas[block].astype(np.float64), flat_samples[block].astype(np.float64)
        result[block] = _slopes(a, x, precision)
    return result.reshape(samples.shape)


def _slopes(a: Doubles, x: Doubles, precision: float) -> Doubles:
    result = np.full(a.shape, np.nan)
    valid = (a > 0) & (x > 0)
    below = valid & (x <= a + _SERIES_BEYOND)
    above = valid & ~below
    result[below] = _slope_by_series(a[below], x[below], precision)
    result[above] = _slope_by_fraction(a[above], x[above], precision)
    result[(a > 0) & (x == 0)] = 0.0
    return result


def _digamma(a: Doubles) -> Doubles:
    import scipy.special

    result: Doubles = scipy.special.psi(a)
    return result


def _slope_by_series(a: Doubles, x: Doubles, precision: float) -> Doubles:
    """By P(a, x) = exp(-x) x**a / gamma(a + 1) * S, where S is the sum of x**n / (a+1)...(a+n)."""
    term, term_slope = np.ones_like(a), np.zeros_like(a)
    total, slope = term.copy(), term_slope.copy()
    for n in range(1, _MOST_TERMS):
        divisor = a + n
        term *= x / divisor
        term_slope = (term_slope * x - term) / divisor
        total += term
        slope += term_slope
        if (np.abs(term_slope) <= precision * np.abs(slope)).all():
            break
    result: Doubles = -x / a * (total * (np.log(x) - _digamma(a + 1)) + slope)
    return result


def _slope_by_fraction(a: Doubles, x: Doubles, precision: float) -> Doubles:
    """By 1 - P(a, x) = exp(-x) x**a / gamma(a) * F, with Legendre's continued fraction F.

    It is evaluated by Lentz's method, each quantity together with its derivative by a.
    """
    b = x + 1 - a
    ratio, ratio_slope = 1 / b, 1 / (b * b)  # of successive denominators
    fraction, fraction_slope = ratio.copy(), ratio_slope.copy()
    above, above_slope = np.full_like(b, 1e300), np.zeros_like(b)  # of successive numerators
    for n in range(1, _MOST_TERMS):
        b += 2
        coefficient = n * (a - n)
        below = b + coefficient * ratio
        below_slope = n * ratio + coefficient * ratio_slope - 1
        ratio = 1 / below
        ratio_slope = -below_slope * ratio * ratio
        above_slope = (n - coefficient * above_slope / above) / above - 1
        above = b + coefficient / above
        factor = above * ratio
        factor_slope = above_slope * ratio + above * ratio_slope
        fraction_slope = fraction_slope * factor + fraction * factor_slope
        fraction *= factor
        changes = np.abs([factor - 1, factor_slope])
        if (changes <= precision).all():
            break
    result: Doubles = x * (fraction * (np.log(x) - _digamma(a)) + fraction_slope)
    return result
