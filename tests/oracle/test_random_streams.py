"""Random numbers have the bits of TensorFlow's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from graphflow.ops.kernels import philox
from graphflow.ops.kernels.gamma_poisson import random_gamma, random_poisson
from graphflow.ops.kernels.philox import Philox

SEEDS = [(1, 0), (0, 1), (12345, 67890), (-5, 2**40 + 3), (2**62 + 11, -77)]
SIZES = [1, 2, 3, 4, 5, 7, 255, 1000, 70_001]
FLOATS = {
    "RandomUniform": philox.uniform,
    "RandomStandardNormal": philox.standard_normal,
    "TruncatedNormal": philox.truncated_normal,
}
RANGES = [(0, 10), (-7, 1000), (-(2**31), 2**31 - 1)]
LOGITS = [[0.5, -1.25, 3.0, 0.0, 1.0], [2.0, 2.5, -0.75, 0.125, 0.0]] * 20
ALPHAS = [0.1, 0.5, 0.9, 1.0, 1.5, 3.0, 50.0]
RATES = [0.0, 0.1, 1.0, 9.99, 10.0, 12.5, 100.0, 30000.0]


def _cases() -> Iterator[dict[str, Any]]:
    def case(op: str, dtype: str, **attrs: Any) -> dict[str, Any]:
        return {"op": op, "seeds": seeds, "dtype": dtype, "attrs": attrs, "size": size}

    for number, size in enumerate(SIZES):
        seeds = SEEDS[number % len(SEEDS)]
        for dtype in ("float16", "bfloat16", "float32", "float64"):
            yield from (case(op, dtype) for op in FLOATS)
        for dtype in ("int32", "int64"):
            for minval, maxval in RANGES:
                yield case("RandomUniformInt", dtype, minval=minval, maxval=maxval)
        yield case("RandomShuffle", "int64")
        if size <= 1000:
            yield case("Multinomial", "int32", logits=LOGITS)
            yield case("RandomPoissonV2", "int64", rate=RATES)
            yield case("RandomGamma", "float64", alpha=ALPHAS)
            yield case("RandomGamma", "float16", alpha=ALPHAS)


def _draw(state: Philox, item: dict[str, Any]) -> NDArray[Any]:
    op, size, attrs = item["op"], item["size"], item["attrs"]
    dtype = np.dtype(ml_dtypes.bfloat16 if item["dtype"] == "bfloat16" else item["dtype"])
    match op:
        case "RandomUniformInt":
            return philox.uniform_int(state, (size,), attrs["minval"], attrs["maxval"], dtype)
        case "RandomShuffle":
            return philox.shuffle(state, size)
        case "Multinomial":
            return philox.multinomial(state, np.array(attrs["logits"], np.float32), size, dtype)
        case "RandomPoissonV2":
            return random_poisson(state, (size,), np.array(attrs["rate"]), dtype)
        case "RandomGamma":
            return random_gamma(state, (size,), np.array(attrs["alpha"], dtype))
    return FLOATS[op](state, (size,), dtype)


@pytest.mark.oracle
def test_random_streams(in_tensorflow: Callable[[Path, Any], Any]) -> None:
    cases = list(_cases())
    answers = in_tensorflow(Path(__file__).with_name("random_streams.py"), cases)
    different = []
    for item, runs in zip(cases, answers, strict=True):
        state = Philox(*item["seeds"])
        if [_draw(state, item).tobytes().hex() for _ in runs] != runs:
            different.append({**item, "attrs": list(item["attrs"])})
    assert not different
