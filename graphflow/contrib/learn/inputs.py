"""How arrays become the data of estimators, and columns of what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.layers.feature_columns import RealValuedColumn, real_valued_column
from graphflow.contrib.learn.specs import InputFnOps
from graphflow.core.graph import Graph
from graphflow.core.op import Array
from graphflow.core.sparse import SparseTensor
from graphflow.estimator.inputs import numpy_input_fn


def _array(data: Any) -> Any:
    """An array, or arrays by name, of arrays, tables or iterators of examples."""
    if isinstance(data, Mapping):
        return {name: _array(item) for name, item in data.items()}
    if hasattr(data, "to_numpy"):
        return data.to_numpy()
    if isinstance(data, Iterable) and not isinstance(data, (np.ndarray, list, tuple)):
        data = list(data)
    array: Array = np.asarray(data)
    return array


def _count(data: Any) -> int:
    return len(next(iter(data.values()))) if isinstance(data, dict) else len(data)


def array_input_fn(
    x: Any, y: Any, batch_size: int | None, shuffle: bool, num_epochs: int | None
) -> Callable[[], Any]:
    """Return a function whose tensors hold batches of arrays.

    Args:
      x: the features: an array [examples, ...], arrays by name, or an iterator of examples.
      y: labels, or None.
      batch_size: how many examples a batch has, by default all.
      shuffle: whether in a random order.
      num_epochs: how often they are gone through; None for without end.

    Raises:
      ValueError: there are no examples, or the numbers differ.
    """
    features, labels = _array(x), None if y is None else _array(y)
    count = _count(features)
    size = min(batch_size, count) if batch_size else count
    return numpy_input_fn(features, labels, size, num_epochs, shuffle)


def chosen_input_fn(
    x: Any,
    y: Any,
    input_fn: Callable[[], Any] | None,
    batch_size: int | None,
    shuffle: bool,
    num_epochs: int | None,
) -> Callable[[], Any]:
    """Return the function that is given, or one for the arrays.

    Args:
      x: see `array_input_fn`.
      y: see there.
      input_fn: a function, instead of arrays.
      batch_size: see `array_input_fn`.
      shuffle: see there.
      num_epochs: see there.

    Raises:
      ValueError: both or neither are given.
    """
    if input_fn is None:
        if x is None:
            raise ValueError("give x or input_fn")
        return array_input_fn(x, y, batch_size, shuffle, num_epochs)
    if x is not None or y is not None or batch_size is not None:
        raise ValueError("with input_fn there are no x, y and batch_size")
    return input_fn


def infer_real_valued_columns_from_input_fn(
    input_fn: Callable[[], Any],
) -> list[RealValuedColumn]:
    """Return a column of numbers for each feature of a function.

    Args:
      input_fn: returns features and labels.

    Raises:
      ValueError: a feature is sparse, holds no numbers, or its size is unknown.
    """
    with Graph().as_default():
        features, _ = input_fn()
        by_name = features if isinstance(features, Mapping) else {"": features}
        return [_column_of(name, by_name[name]) for name in sorted(by_name)]


def infer_real_valued_columns_from_input(x: Any) -> list[RealValuedColumn]:
    """Return a column of numbers for an array, or for each of several.

    Args:
      x: an array [examples, ...], or arrays by name.

    Raises:
      ValueError: an array does not hold numbers.

    >>> columns = infer_real_valued_columns_from_input(np.zeros((10, 4)))
    >>> columns[0].name, columns[0].dimension
    ('', 4)
    """

    def input_fn() -> Any:
        data = _array(x)
        if isinstance(data, dict):
            return {name: ops.constant(array) for name, array in data.items()}, None
        return ops.constant(data), None

    return infer_real_valued_columns_from_input_fn(input_fn)


def _column_of(name: str, feature: Any) -> RealValuedColumn:
    if isinstance(feature, SparseTensor):
        raise ValueError(f"the feature {name!r} is sparse")
    dtype = feature.dtype
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"the feature {name!r} holds no numbers but {dtype.name}")
    sizes = feature.shape.as_list()[1:]
    if None in sizes:
        raise ValueError(f"the feature {name!r} has an unknown size: {feature.shape}")
    return real_valued_column(name, int(np.prod(sizes)), dtype=dtype)


# -- serving --------------------------------------------------------------------------------------


def build_parsing_serving_input_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """Return a function that makes a placeholder for serialized examples, and parses them.

    Args:
      feature_spec: how to parse them, see `tf.parse_example`.
      default_batch_size: how many there are, None for any number.
    """

    def input_fn() -> InputFnOps:
        examples = ops.placeholder("string", [default_batch_size], name="input_example_tensor")
        return InputFnOps(
            ops.parse_example(examples, dict(feature_spec)), None, {"examples": examples}
        )

    return input_fn


def build_default_serving_input_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """Return a function that makes a placeholder for each feature.

    Args:
      features: tensors by name, whose dtypes and shapes count.
      default_batch_size: the size of the first axis, None for any.
    """

    def input_fn() -> InputFnOps:
        placeholders = {}
        for name, tensor in features.items():
            shape = tensor.shape.as_list()
            shape[:1] = [default_batch_size]
            placeholders[name] = ops.placeholder(tensor.dtype, shape, tensor.op.name)
        return InputFnOps(placeholders, None, placeholders)

    return input_fn
