"""Embeddings, random numbers, losses and sampled classes have the values of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.loss_programs import PROGRAMS
from tests.oracle.run_value_programs import run

pytestmark = pytest.mark.oracle

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> dict[str, Any]:
    path = str(FOLDER / "loss_programs.py")
    return in_tensorflow(FOLDER / "run_value_programs.py", path)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_agree(theirs: dict[str, Any], name: str):
    expected = theirs[name]
    assert isinstance(expected, list), f"TensorFlow cannot run it: {expected}"
    ours = run(tf, PROGRAMS[name])
    assert len(ours) == len(expected)
    for index, (value, (dtype, items)) in enumerate(zip(ours, expected, strict=True)):
        what = f"value {index}"
        if dtype.startswith("str"):
            assert np.asarray(value).astype("U").tolist() == items, what
            continue
        assert np.asarray(value).dtype.name == dtype, what
        exact = np.issubdtype(np.dtype(dtype), np.integer) or dtype == "bool"
        tolerance = 0.0 if exact else 1e-3 if dtype == "float16" else 2e-5
        np.testing.assert_allclose(value, items, tolerance, tolerance, err_msg=what)
