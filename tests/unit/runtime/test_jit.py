from __future__ import annotations

import logging

import numpy as np
import pytest

from graphflow.core import op as op_module
from graphflow.core.build import apply
from graphflow.core.graph import Graph
from graphflow.core.jit import obey_environment
from graphflow.core.op import Op, register
from graphflow.core.spec import TensorSpec
from graphflow.ops import placeholder
from graphflow.runtime import jit
from graphflow.session import Session


class Doubling(Op):
    """Twice the input, made in a way that shows which kernel did it."""

    offset: int = 0

    inputs = "x: float32"

    def infer(self, x):
        return TensorSpec(x.shape, x.dtype)

    def kernel(self, x):
        return np.asarray(2 * x)

    def numba_kernel(self):
        offset = self.offset

        def double(x):
            return x + x + np.float32(offset)

        return double


@pytest.fixture
def doubling(monkeypatch):
    """The op class, registered for one test."""
    monkeypatch.setattr(op_module, "_REGISTRY", dict(op_module._REGISTRY))
    monkeypatch.delenv("GRAPHFLOW_JIT", raising=False)
    obey_environment()
    return register(type("Doubling", (Doubling,), {"__annotations__": {"offset": int}}))


def test_the_numpy_kernel_serves_until_the_other_is_compiled(doubling):
    kernel = jit.JitKernel(doubling(offset=1))
    x = np.asarray([1.5, -2], np.float32)
    np.testing.assert_array_equal(kernel(x), [3, -4])
    kernel.wait()
    np.testing.assert_array_equal(kernel(x), [4, -3])


def test_each_rank_is_compiled_for_itself(doubling):
    kernel = jit.JitKernel(doubling(offset=1))
    kernel(np.zeros(2, np.float32))
    kernel.wait()
    np.testing.assert_array_equal(kernel(np.zeros((1, 2), np.float32)), [[0, 0]])


def test_a_session_uses_the_compiled_kernel(doubling):
    op = doubling(offset=3)
    with Graph().as_default():
        x = placeholder("float32", [2])
        y = apply(op, x)
        with Session() as session:
            feeds = {x: [1, 2]}
            session.run(y, feeds)
            jit.quickest_kernel(op).wait()
            np.testing.assert_array_equal(session.run(y, feeds), [5, 7])


def test_compilation_can_be_turned_off(doubling, monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    assert not isinstance(jit.quickest_kernel(doubling(offset=5)), jit.JitKernel)


def test_a_kernel_that_does_not_compile_is_reported(doubling, caplog, monkeypatch):
    def cannot_be_compiled(x):
        return open(x)

    monkeypatch.setattr(doubling, "numba_kernel", lambda self: cannot_be_compiled)
    kernel = jit.JitKernel(doubling())
    x = np.asarray([1.5], np.float32)
    with caplog.at_level(logging.WARNING, "graphflow"):
        np.testing.assert_array_equal(kernel(x), [3])
        kernel.wait()
    assert "numba cannot compile the kernel of Doubling(offset=0)" in caplog.text
    np.testing.assert_array_equal(kernel(x), [3])
