"""Evaluates an expression of `tf` and `np` in a graph of its own, here and in TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np


def evaluate(tf: Any, expression: str) -> Any:
    """Return the value of an expression: a flat list of arrays.

    Args:
      tf: graphflow or TensorFlow.
      expression: uses `tf`, `np`, `fed(value)` for a placeholder that gets the value,
        `sparse(indices, values, shape)` for a sparse one, `done(operation)` for an operation that
        is to run, and `floats(*shape)` and `pixels(*shape)` for images from 0 to 1 and of bytes;
        `described(tensors)` adds their names and static shapes, `grads(y, *xs)` are the gradients.
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

    def sparse(indices: Any, values: Any, shape: Any) -> Any:
        places = np.reshape(np.asarray(indices, np.int64), (-1, len(shape)))
        return tf.SparseTensor(fed(places), fed(values), fed(np.asarray(shape, np.int64)))

    def done(operation: Any) -> Any:
        with tf.control_dependencies([operation]):
            return tf.constant(True)

    with tf.Graph().as_default():
        tf.set_random_seed(1)
        names = {"tf": tf, "np": np, "fed": fed, "sparse": sparse, "done": done}
        names |= {"floats": floats, "pixels": pixels, "described": _described}
        names["grads"] = lambda y, *xs: tf.gradients(y, list(xs))
        result = eval(expression, names)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            return [
                session.run(item, feeds) if hasattr(item, "graph") else item
                for item in _flat(result)
            ]


def floats(*shape: int) -> Any:
    """An image of float32 numbers from 0 to 1."""
    values = np.cos(np.arange(float(np.prod(shape)))) * 0.49 + 0.5
    return values.astype(np.float32).reshape(shape)


def pixels(*shape: int) -> Any:
    """An image of bytes."""
    return (np.arange(np.prod(shape)) * 37 % 256).astype(np.uint8).reshape(shape)


def _described(value: Any) -> list[Any]:
    """Tensors, each followed by its name and its static shape."""
    described = []
    for tensor in _flat(value):
        known = tensor.shape.ndims is not None
        described += [tensor, f"{tensor.name} {tensor.shape.as_list() if known else 'unknown'}"]
    return described


def _flat(value: Any) -> list[Any]:
    """The items of nested lists, tuples and dictionaries; the parts of sparse tensors."""
    if hasattr(value, "dense_shape") and not isinstance(value, tuple):
        value = [value.indices, value.values, value.dense_shape]
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if not isinstance(value, (list, tuple)):
        return [value]
    return [item for part in value for item in _flat(part)]
