"""Compiled steps of optimizers give the same bits as numpy's, so that nobody sees the change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphflow.core.jit import compiler, obey_environment
from graphflow.core.op import op_class
from graphflow.ops import training_ops
from graphflow.ops.kernels import compiled, updates

NUMBERS = {
    "beta1_power": 0.9, "beta2_power": 0.99, "lr": 0.05, "beta1": 0.9, "beta2": 0.99, "rho": 0.9,
    "epsilon": 1e-3, "momentum": 0.8, "alpha": 0.05,
}  # fmt: skip
CASES = [
    ("ApplyGradientDescent", {}, updates.descent),
    ("ApplyMomentum", {}, updates.momentum),
    ("ApplyMomentum", {"use_nesterov": True}, updates.nesterov),
    ("ApplyAdagrad", {}, updates.adagrad),
    ("ApplyRMSProp", {}, updates.rmsprop),
    ("ApplyAdam", {}, updates.adam),
    ("SparseApplyMomentum", {}, updates.momentum_rows),
    ("SparseApplyMomentum", {"use_nesterov": True}, updates.nesterov_rows),
    ("SparseApplyAdagrad", {}, updates.adagrad_rows),
]


def _inputs(op: Any, dtype: str, indices: Any, random: Any) -> list[Any]:
    shape = (300, 70)  # more than one block
    inputs: list[Any] = []
    for position, arg in enumerate(type(op).input_args()):
        if position in op.writes:
            inputs.append(random.uniform(0.1, 2, shape).astype(dtype))
        elif arg.name == "indices":
            inputs.append(indices)
        elif arg.name in ("grad", "delta"):
            rows = len(indices) if "Sparse" in op.type else shape[0]
            # Columns of a larger array: not contiguous.
            inputs.append(random.normal(size=(rows, 140)).astype(dtype)[:, ::2])
        else:
            inputs.append(np.asarray(NUMBERS[arg.name], dtype))
    return inputs


def _updated(op: Any, inputs: list[Any]) -> list[Any]:
    """The states after an update in place."""
    copies = [np.array(value) for value in inputs]
    out = tuple(copies[position] for position in op.writes)
    results = op.kernel(*copies, out=out[0] if len(out) == 1 else out)
    results = [results] if len(out) == 1 else list(results)
    assert all(result is array for result, array in zip(results, out, strict=True))
    return results


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("index", ["int32", "int64"])
@pytest.mark.parametrize(("kind", "attributes", "loop"), CASES)
def test_the_same_bits(
    kind: str, attributes: Any, loop: Any, dtype: str, index: str, monkeypatch: Any
) -> None:
    random = np.random.RandomState(3)
    op = op_class(kind)(**attributes)
    indices = random.randint(0, 60, 250).astype(index)  # with repetitions
    inputs = _inputs(op, dtype, indices, random)
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    expected = _updated(op, inputs)
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    obey_environment()
    monkeypatch.setattr(compiled, "_WORTH_IT", 0.0)
    first = _updated(op, inputs)  # asks for the machine code
    compiler().submit(lambda: None).result()
    calls: list[int] = []
    monkeypatch.setattr(
        loop, "_code", {kinds: _noting(code, calls) for kinds, code in loop._code.items()}
    )
    second = _updated(op, inputs)
    assert len(calls) == 1
    if not kind.startswith("Sparse"):
        monkeypatch.setattr(training_ops, "_CHUNK", 5000)  # which do not fit evenly
        second = _updated(op, inputs)
        assert len(calls) == 1 + 5
    for found in (first, second):
        for array, reference in zip(found, expected, strict=True):
            assert array.dtype == dtype
            np.testing.assert_array_equal(array, reference)


def _noting(code: Any, calls: list[Any]) -> Any:
    def noted(*args: Any) -> None:
        calls.append(args)
        code(*args)

    return noted


def test_short_work_is_not_compiled() -> None:
    @compiled.CompiledLater
    def double(values: Any) -> None:
        for i in range(values.size):
            values[i] = 2 * values[i]

    values = np.array([1.0, 3.0])
    for _ in range(3):
        double.run("d", lambda: [values], lambda: np.multiply(values, 2, out=values))
    assert values.tolist() == [8, 24]
    assert not double._requests
    double.compile("d", [values])
    double.run("d", lambda: [values], lambda: pytest.fail("it is compiled"))
    assert values.tolist() == [16, 48]


def test_what_cannot_be_compiled_is_left_to_numpy(caplog: Any) -> None:
    @compiled.CompiledLater
    def impossible(values: Any) -> None:
        values.no_such_method()

    values = np.array([1.0, 3.0])
    impossible.compile("d", [values])
    assert "numba cannot compile impossible" in caplog.text
    impossible.run("d", lambda: [values], lambda: np.multiply(values, 2, out=values))
    assert values.tolist() == [2, 6]
