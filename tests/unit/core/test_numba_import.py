"""What the import of numba brings with it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from graphflow.core.numba_import import import_numba

numba = import_numba()

@numba.njit
def total(values):
    return values.sum()

assert total(np.arange(4.0)) == 6
assert "scipy.linalg" not in sys.modules

@numba.njit
def products(a):
    return a @ a, np.linalg.inv(a)

square, inverse = products(np.array([[2.0, 1.0], [5.0, 3.0]]))
print(square.tolist(), np.round(inverse).tolist())
"""


def test_linear_algebra_comes_when_it_is_needed() -> None:
    command = [sys.executable, "-c", PROGRAM]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[[9.0, 5.0], [25.0, 14.0]] [[3.0, -1.0], [-5.0, 2.0]]"
