"""Layers, losses and training operations have the names and values that they have in TF-slim."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.run_slim_programs import run
from tests.oracle.slim_programs import PROGRAMS

pytestmark = pytest.mark.oracle

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def theirs(oracle_python: str, in_tensorflow: Callable[[Path, Any], Any]) -> dict[str, Any]:
    probe = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('tf_slim'))"
    if subprocess.run([oracle_python, "-c", probe], check=False).returncode:
        pytest.skip("the interpreter with TensorFlow does not have tf-slim")
    return in_tensorflow(FOLDER / "run_slim_programs.py", str(FOLDER / "slim_programs.py"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_names_and_values_agree(theirs: dict[str, Any], name: str) -> None:
    expected = theirs[name]
    ours = json.loads(json.dumps(run(tf, tf.contrib.slim, PROGRAMS[name])))
    values, wanted = ours.pop("values"), expected.pop("values")
    assert ours == expected
    for tensor, value, other in zip(ours["names"], values, wanted, strict=True):
        assert (value is None) == (other is None), tensor
        if value is not None:
            np.testing.assert_allclose(value, other, rtol=1e-4, atol=2e-5, err_msg=tensor)
