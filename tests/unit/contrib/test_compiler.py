"""`tf.xla.experimental`: marks in the graph, and no other values."""

from __future__ import annotations

import pytest

import graphflow as tf


def marks(tensor):
    return {
        key: tensor.op.get_attr(key)
        for key in ("_XlaCompile", "_XlaScope", "_XlaSeparateCompiledGradients")
    }


def test_scopes():
    scope = tf.contrib.compiler.jit.experimental_jit_scope
    assert scope is tf.xla.experimental.jit_scope
    with scope():
        a = tf.constant(2.0)
        with scope(compile_ops=False):
            b = tf.constant(3.0)
    with scope(separate_compiled_gradients=True):
        c = tf.constant(5.0)
    first = {"_XlaScope": b"jit_scope_0", "_XlaSeparateCompiledGradients": False}
    assert marks(a) == {**first, "_XlaCompile": True}
    assert marks(b) == {**first, "_XlaCompile": False}
    assert marks(c) == {
        "_XlaCompile": True, "_XlaScope": b"jit_scope_1", "_XlaSeparateCompiledGradients": True,
    }  # fmt: skip
    with pytest.raises(NotImplementedError, match="compile_ops"), scope(lambda node: True):
        pass


def test_compile():
    build = tf.xla.experimental.compile
    v = tf.Variable(1.0)
    total, double = build(lambda x, y: [x + y, 2 * x, v.assign_add(x).op], [3.0, 4.0])
    nothing = build(lambda: None)
    by_name = build(lambda parts: {"a": parts["x"] - 1.0}, [{"x": 6.0}])
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run(total) == 7.0
        assert session.run(v) == 4.0
        assert session.run([double, by_name]) == [6.0, {"a": 5.0}]
        session.run(nothing)
    assert nothing.type == "NoOp"
    with pytest.raises(TypeError, match="tensors first"):
        build(lambda x: [v.initializer, x], [3.0])
