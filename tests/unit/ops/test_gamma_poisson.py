"""Gamma and Poisson deviates, against TensorFlow's own values for seeds 12345 and 67890."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from graphflow.ops.kernels import gamma_poisson
from graphflow.ops.kernels.gamma_poisson import random_gamma, random_poisson
from graphflow.ops.kernels.philox import Philox

SEEDS = (12345, 67890)
ALPHAS = np.array([0.1, 0.5, 0.9, 1.0, 1.5, 3.0, 50.0])
RATES = np.array([0.0, 0.1, 1.0, 5.0, 9.99, 10.0, 12.5, 100.0, 1000.0, 30000.0])

# of two runs with 1000 draws for each rate
POISSON_DIGESTS = {
    "float16": ("001a448dba1d04b8", "521aacaeb3a21915"),
    "float32": ("909ca22e8eb5e5a3", "b6f893ac121a1b18"),
    "float64": ("10e260617bd50551", "f510b3cd0ac82aaa"),
    "int32": ("4f03e8a3b9de55f1", "406504059b90b6ab"),
    "int64": ("0dd7f7250d718d15", "79402994532ca06c"),
}


def test_gamma_as_in_tensorflow() -> None:
    state = Philox(*SEEDS)
    first, second = (random_gamma(state, (1000,), ALPHAS) for _ in range(2))
    expected = [
        [
            0.2727871991668949,
            1.7053682905144054,
            0.20112352800625477,
            0.8791571140139788,
            1.843287270301814,
            1.8244100711782851,
            46.692650584009534,
        ],
        [
            0.04966443299903346,
            0.018050754368066933,
            1.5658912802803893,
            0.9289285096194146,
            0.9539041737823343,
            5.125433080663913,
            64.93843661163037,
        ],
    ]
    np.testing.assert_allclose([first[0], second[0]], expected, rtol=1e-14)


def test_float32_gamma_as_in_tensorflow() -> None:
    values = random_gamma(Philox(*SEEDS), (1000,), ALPHAS.astype(np.float32))
    assert values.dtype == np.float32
    expected = [1.5862081e-13, 0.39246976, 1.3190895, 0.042535648, 1.123783, 3.5505104, 48.93595]
    np.testing.assert_array_max_ulp(values[1], np.array(expected, np.float32), 1)


@pytest.mark.parametrize("dtype", POISSON_DIGESTS)
def test_poisson_as_in_tensorflow(dtype: str) -> None:
    state = Philox(*SEEDS)
    runs = (random_poisson(state, (1000,), RATES, dtype) for _ in range(2))
    digests = tuple(hashlib.sha256(run.tobytes()).hexdigest()[:16] for run in runs)
    assert digests == POISSON_DIGESTS[dtype]


@pytest.mark.parametrize("block", [1, 3, 16])
def test_blocks_do_not_show(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gamma = random_gamma(Philox(5, 6), (11,), ALPHAS)
    poisson = random_poisson(Philox(5, 6), (11,), RATES, np.int32)
    monkeypatch.setattr(gamma_poisson, "BLOCK", block)
    np.testing.assert_array_equal(random_gamma(Philox(5, 6), (11,), ALPHAS), gamma)
    np.testing.assert_array_equal(random_poisson(Philox(5, 6), (11,), RATES, np.int32), poisson)


def test_shapes_and_samples() -> None:
    state = Philox(5, 6)
    assert random_gamma(state, (2, 3), np.full((4, 1), 2.5)).shape == (2, 3, 4, 1)
    assert random_poisson(state, (), np.float32(2.5) * np.ones(5), np.int32).shape == (5,)
    assert random_gamma(state, (0,), ALPHAS).shape == (0, 7)
    assert state.reserve(0) == Philox(5, 6).reserve(0).skip(256 * (24 + 5))


@pytest.mark.parametrize("alpha", [0.25, 1.0, 1.75, 40.0])
def test_moments_of_gamma(alpha: float) -> None:
    values = random_gamma(Philox(5, 6), (40_000,), np.array(alpha))
    assert values.min() >= 0
    assert values.mean() == pytest.approx(alpha, abs=5 * (alpha / values.size) ** 0.5)
    assert values.var() == pytest.approx(alpha, rel=0.2)


@pytest.mark.parametrize("rate", [0.25, 7.0, 15.0, 900.0])
def test_moments_of_poisson(rate: float) -> None:
    values = random_poisson(Philox(5, 6), (40_000,), np.array(rate), np.float64)
    np.testing.assert_array_equal(values, np.rint(values))
    assert values.mean() == pytest.approx(rate, abs=5 * (rate / values.size) ** 0.5)
    assert values.var() == pytest.approx(rate, rel=0.05)


def test_no_events_at_rates_up_to_zero() -> None:
    assert not random_poisson(Philox(5, 6), (50,), np.array([0.0, -1.0]), np.int32).any()


def test_gamma_of_zero() -> None:
    assert not random_gamma(Philox(5, 6), (50,), np.array([0.0])).any()


@pytest.mark.parametrize("alpha", [-0.5, np.nan])
def test_alpha_must_be_positive(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha must not be negative or NaN"):
        random_gamma(Philox(1), (2,), np.array([1.0, alpha]))


@pytest.mark.parametrize(
    ("rate", "dtype"), [(np.nan, "float32"), (np.inf, "int32"), (3e9, "int32"), (7e4, "float16")]
)
def test_rate_must_be_within_the_dtype(rate: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=f"rate must not be NaN or beyond {dtype}"):
        random_poisson(Philox(1), (2,), np.array([1.0, rate]), dtype)
