"""Scattering many rows into a variable is the same as scattering them one by one."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.float16])
@pytest.mark.parametrize("kind", ["add", "sub", "mul", "min", "max"])
def test_many_rows(kind: str, dtype: type, repeated: bool):
    random = np.random.RandomState(3)
    rows = random.randint(0, 40, 300) if repeated else random.permutation(400)[:300]
    start = random.randint(-4, 5, (400, 20)).astype(dtype)
    updates = random.randint(-1, 2, (300, 20)).astype(dtype)
    function = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "min": np.minimum,
                "max": np.maximum}[kind]  # fmt: skip
    expected = start.copy()
    for row, update in zip(rows, updates, strict=True):
        expected[row] = function(expected[row], update)
    variable = tf.Variable(start)
    scattered = getattr(tf, f"scatter_{kind}")(variable, rows, updates)
    with tf.Session() as session:
        session.run(variable.initializer)
        assert (session.run(scattered) == expected).all()
