"""Programs that return tensors give the values that they give in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle import (
    control_flow_programs,
    distribution_programs,
    feature_column_programs,
    layer_programs,
    lookup_programs,
    loss_programs,
    profiler_programs,
    record_programs,
    training_programs,
    version2_programs,
)
from tests.oracle.run_value_programs import run

pytestmark = pytest.mark.oracle

FOLDER = Path(__file__).parent
FILES: dict[str, dict[str, Any]] = {
    "control_flow_programs.py": control_flow_programs.PROGRAMS,
    "distribution_programs.py": distribution_programs.PROGRAMS,
    "feature_column_programs.py": feature_column_programs.PROGRAMS,
    "layer_programs.py": layer_programs.PROGRAMS,
    "lookup_programs.py": lookup_programs.PROGRAMS,
    "loss_programs.py": loss_programs.PROGRAMS,
    "profiler_programs.py": profiler_programs.PROGRAMS,
    "record_programs.py": record_programs.PROGRAMS,
    "training_programs.py": training_programs.PROGRAMS,
    "version2_programs.py": version2_programs.PROGRAMS,
}
NAMES = [(file, name) for file, programs in FILES.items() for name in programs]


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> dict[str, Any]:
    script = FOLDER / "run_value_programs.py"
    return {file: in_tensorflow(script, str(FOLDER / file)) for file in FILES}


@pytest.mark.parametrize(("file", "name"), NAMES)
def test_values_agree(theirs: dict[str, Any], file: str, name: str):
    expected = theirs[file][name]
    assert isinstance(expected, list), f"TensorFlow cannot run it: {expected}"
    ours = run(tf, FILES[file][name])
    assert len(ours) == len(expected)
    for index, (value, (dtype, shape, items)) in enumerate(zip(ours, expected, strict=True)):
        what = f"value {index}"
        array = np.asarray(value)
        assert list(array.shape) == shape, what
        if dtype.startswith("str"):
            assert array.astype("U").ravel().tolist() == items, what
            continue
        assert array.dtype.name == dtype, what
        exact = np.issubdtype(np.dtype(dtype), np.integer) or dtype == "bool"
        tolerance = 0.0 if exact else 1e-3 if dtype == "float16" else 2e-5
        np.testing.assert_allclose(array.ravel(), items, tolerance, tolerance, err_msg=what)
