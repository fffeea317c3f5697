"""Evaluates an expression of `tf` and `np` in a graph of its own, here and in TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np


def evaluate(tf: Any, expression: str) -> Any:
    """Return the value of an expression: a flat list of arrays.

    Args:
      tf: graphflow or TensorFlow.
      expression: uses `tf`, `np`, `fed(value)` for a placeholder that gets the value, and
        `done(operation)` for an operation that is to run.
    """
    feeds = {}

    def fed(value: Any) -> Any:
        array = np.asarray(value)
        if array.dtype.kind in "fi" and not isinstance(value, (np.ndarray, np.generic)):
            array = array.astype({"f": np.float32, "i": np.int32}[array.dtype.kind])
        dtype = tf.string if array.dtype.kind == "U" else tf.as_dtype(array.dtype)
        placeholder = tf.placeholder(dtype)
        feeds[placeholder] = array.astype(object) if array.dtype.kind == "U" else array
        return placeholder

    def done(operation: Any) -> Any:
        with tf.control_dependencies([operation]):
            return tf.constant(True)

    with tf.Graph().as_default():
        tf.set_random_seed(1)
        result = eval(expression, {"tf": tf, "np": np, "fed": fed, "done": done})
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            return [
                session.run(item, feeds) if hasattr(item, "graph") else item
                for item in _flat(result)
            ]


def _flat(value: Any) -> list[Any]:
    """The items of nested lists, tuples and dictionaries."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if not isinstance(value, (list, tuple)):
        return [value]
    return [item for part in value for item in _flat(part)]
