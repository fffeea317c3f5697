"""Functions that feed an estimator with arrays and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from graphflow.core.dtypes import as_dtype
from graphflow.core.op import Array
from graphflow.data.dataset import Dataset, make_one_shot_iterator
from graphflow.ops import get_seed


def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """Return a function whose tensors hold batches of arrays.

    Args:
      x: an array [examples, ...], or arrays by name.
      y: the same for labels, or None.
      batch_size: how many examples a batch has; the last one may have fewer.
      num_epochs: how often the arrays are gone through; None for without end.
      shuffle: whether in a random order, which must be given.
      queue_capacity: accepted; all examples are shuffled, whatever it is.
      num_threads: accepted; the arrays are in memory.

    Returns:
      A function that returns features, or features and labels, by name if they were given so.

    Raises:
      TypeError: `x` is no array.
      ValueError: there is no example, or the numbers of examples differ, or `shuffle` is missing.

    >>> import graphflow as tf
    >>> x, y = np.arange(6.0).reshape(3, 2), np.asarray([7, 8, 9])
    >>> features, labels = numpy_input_fn({"x": x}, y, batch_size=2, shuffle=False)()
    >>> with tf.Session() as sess:
    ...     print(sess.run(features["x"]).tolist(), sess.run(labels).tolist())
    [[0.0, 1.0], [2.0, 3.0]] [9]
    """
    del queue_capacity, num_threads
    if not isinstance(shuffle, bool):
        raise ValueError(f"shuffle must be given: True for training, or False; not {shuffle!r}")
    features, labels = _arrays("x", x), None if y is None else _arrays("y", y)
    counts = {len(array) for array in (*features.values(), *(labels or {}).values())}
    if len(counts) > 1:
        shapes = {name: array.shape for name, array in {**features, **(labels or {})}.items()}
        raise ValueError(f"x and y must have the same number of examples, they have {shapes}")
    (count,) = counts
    if not count:
        raise ValueError("x has no examples")

    def input_fn() -> Any:
        columns = [*features.values(), *(labels or {}).values()]
        tensors = _batches(columns, count, batch_size, num_epochs, shuffle)
        found = _like(x, features, tensors[: len(features)])
        if labels is None:
            return found
        return found, _like(y, labels, tensors[len(features) :])

    return input_fn


def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> Callable[[], Any]:
    """Return a function whose tensors hold batches of a table.

    Args:
      x: a `pandas.DataFrame`: each column is a feature.
      y: a `pandas.Series` or `DataFrame` with labels, or None.
      batch_size: see `numpy_input_fn`.
      num_epochs: see `numpy_input_fn`.
      shuffle: see `numpy_input_fn`.
      queue_capacity: see `numpy_input_fn`.
      num_threads: see `numpy_input_fn`.
      target_column: the name of the labels, which no column of `x` may have.

    Returns:
      A function that returns features by name, or those and labels.

    Raises:
      TypeError: `x` is no table.
      ValueError: the rows of `x` and `y` differ, or a column has the name of the labels.
    """
    if not hasattr(x, "columns") or not hasattr(x, "index"):
        raise TypeError(f"x is a pandas.DataFrame, not {type(x).__name__}")
    features = {str(name): _of_column(x[name]) for name in x.columns}
    labels: Any = None
    if y is not None:
        if target_column in x:
            raise ValueError(f"the table has a column {target_column!r} already: rename the labels")
        if not np.array_equal(x.index, y.index):
            raise ValueError(f"the rows of x and y differ:\n{x.index}\n{y.index}")
        is_table = hasattr(y, "columns")
        labels = {str(name): _of_column(y[name]) for name in y} if is_table else _of_column(y)
    return numpy_input_fn(
        features, labels, batch_size, num_epochs, shuffle, queue_capacity, num_threads
    )


def _of_column(column: Any) -> Array:
    array: Array = np.asarray(column)
    return array


def _arrays(what: str, value: Any) -> dict[str, Array]:
    """The arrays by name, sorted; a single one without a name."""
    if isinstance(value, np.ndarray):
        return {what: value}
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} is an array, or arrays by name, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{what} has no arrays")
    return {name: np.asarray(value[name]) for name in sorted(value)}


def _like(value: Any, arrays: Mapping[str, Array], tensors: Any) -> Any:
    if isinstance(value, np.ndarray):
        return tensors[0]
    return dict(zip(arrays, tensors, strict=True))


def _batches(
    columns: list[Array], count: int, batch_size: int, num_epochs: int | None, shuffle: bool
) -> list[Any]:
    """Tensors with the next batch of each column."""
    graph_seed, op_seed = get_seed(None)
    seed = None if graph_seed is None else [graph_seed % 2**32, (op_seed or 0) % 2**32]

    def walk() -> Iterator[tuple[Array, ...]]:
        random = np.random.RandomState(seed)
        for rows in _rows(count, batch_size, num_epochs, random if shuffle else None):
            yield tuple(column[rows] for column in columns)

    types = tuple(as_dtype("string") if _is_text(column) else as_dtype(column.dtype)
                  for column in columns)  # fmt: skip
    shapes = tuple((None, *column.shape[1:]) for column in columns)
    return list(make_one_shot_iterator(Dataset.from_generator(walk, types, shapes)).get_next())


def _is_text(column: Array) -> bool:
    return column.dtype == object or column.dtype.kind in "SU"


def _rows(count: int, batch_size: int, num_epochs: int | None, random: Any) -> Iterator[Array]:
    """Yield the rows of each batch; batches go on from one epoch to the next."""
    waiting = np.zeros(0, np.int64)
    epoch = 0
    while num_epochs is None or epoch < num_epochs:
        order = np.arange(count) if random is None else random.permutation(count)
        waiting = np.concatenate([waiting, order])
        epoch += 1
        while len(waiting) >= batch_size:
            yield waiting[:batch_size]
            waiting = waiting[batch_size:]
    if len(waiting):
        yield waiting
