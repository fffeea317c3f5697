"""Runs scripts in an interpreter that has TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def oracle_python() -> str:
    """The interpreter in GRAPHFLOW_ORACLE_PYTHON, or this one if it has TensorFlow."""
    python = os.environ.get("GRAPHFLOW_ORACLE_PYTHON") or sys.executable
    probe = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('tensorflow'))"
    if subprocess.run([python, "-c", probe], check=False).returncode:
        pytest.skip("no TensorFlow; set GRAPHFLOW_ORACLE_PYTHON to an interpreter that has it")
    return python


@pytest.fixture(scope="session")
def in_tensorflow(oracle_python: str) -> Callable[[Path, Any], Any]:
    """A function that runs a script with JSON as its input and returns the JSON it writes."""

    def run(script: Path, payload: Any) -> Any:
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        result = subprocess.run(
            [oracle_python, str(script)],
            input=json.dumps(payload),
            env={**os.environ, **quiet},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return run
