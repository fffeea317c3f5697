"""Datasets of groups of elements: by a key, or by how long they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int64
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.data import nest, structure
from graphflow.data.arguments import apply_function, typed
from graphflow.data.dataset import Dataset, DatasetSpec, dataset_function
from graphflow.data.experimental import Transformation
from graphflow.data.functions import ElementFunction, state_function

_KEY = TensorSpec(TensorShape([]), int64)


def _key_function(function: Any, spec: Any, transformation: str) -> ElementFunction:
    """A function that returns an int64 scalar."""
    made = ElementFunction(function, spec, transformation)
    found = made.output_spec
    fits = isinstance(found, TensorSpec) and found.dtype is int64
    if not fits or not found.shape.is_compatible_with([]):
        raise ValueError(
            f"the function of {transformation} must return an int64 scalar, not {found!r}"
        )
    return made


def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Put elements with one key together in windows, and make a dataset of each window.

    Args:
      key_func: a function of an element that returns its key, an int64 scalar.
      reduce_func: a function of a key and a dataset of elements that returns a dataset.
      window_size: int64 scalar, how many elements are in a window at most.
      window_size_func: a function of a key that returns the size of its windows, instead.

    Returns:
      A function for `Dataset.apply`.

    Raises:
      ValueError: not exactly one of `window_size` and `window_size_func` is given.

    >>> import graphflow as tf
    >>> by_parity = tf.data.experimental.group_by_window(
    ...     lambda i: i % 2, lambda key, window: window.batch(3), window_size=3
    ... )
    >>> batch = tf.data.make_one_shot_iterator(tf.data.Dataset.range(7).apply(by_parity)).get_next()
    >>> with tf.Session() as sess:
    ...     [sess.run(batch).tolist() for _ in range(3)]
    [[0, 2, 4], [1, 3, 5], [6]]
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("give either window_size or window_size_func")

    def size_of(key: Tensor) -> Any:
        if window_size_func is None:
            return convert_to_tensor(window_size, dtype=int64, name="window_size")
        return ops.cast(window_size_func(key), int64)

    def transform(dataset: Dataset) -> Dataset:
        spec = dataset._spec
        key = _key_function(key_func, spec, "group_by_window()")
        window = (_KEY, DatasetSpec(spec))
        reduce, result = dataset_function(reduce_func, window, "group_by_window()")
        size = _key_function(size_of, _KEY, "group_by_window()")
        op = typed(
            ops.GroupByWindowDataset,
            result,
            key_func=key.body,
            reduce_func=reduce.body,
            window_size_func=size.body,
        )
        functions = (key, reduce, size)
        tensor = apply_function(
            op,
            [function.body for function in functions],
            dataset._variant_tensor,
            *[function.captured for function in functions],
        )
        return Dataset(tensor, result, [dataset])

    return transform


class Reducer:
    """Functions that fold elements into one.

    Args:
      init_func: a function of a key, an int64 scalar, that returns the first state.
      reduce_func: a function of a state and an element that returns the next state.
      finalize_func: a function of the last state that returns the result.
    """

    def __init__(
        self,
        init_func: Callable[..., Any],
        reduce_func: Callable[..., Any],
        finalize_func: Callable[..., Any],
    ) -> None:
        self.init_func = init_func
        self.reduce_func = reduce_func
        self.finalize_func = finalize_func


def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """Fold the elements of each key into one.

    Args:
      key_func: a function of an element that returns its key, an int64 scalar.
      reducer: a `Reducer`.

    Returns:
      A function for `Dataset.apply`: the results come in the order of the keys.

    >>> import graphflow as tf
    >>> reducer = tf.data.experimental.Reducer(
    ...     lambda key: key * 100, lambda state, i: state + i, lambda state: state
    ... )
    >>> grouped = tf.data.experimental.group_by_reducer(lambda i: i % 2, reducer)
    >>> dataset = tf.data.Dataset.range(5).apply(grouped).batch(2)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([  6, 104])
    """

    def transform(dataset: Dataset) -> Dataset:
        spec = dataset._spec
        key = _key_function(key_func, spec, "group_by_reducer()")
        init = ElementFunction(reducer.init_func, _KEY, "group_by_reducer()")
        reduce, _ = state_function(
            reducer.reduce_func, init.output_spec, spec, "group_by_reducer()"
        )
        finish = ElementFunction(reducer.finalize_func, (reduce.output_spec,), "group_by_reducer()")
        op = typed(
            ops.GroupByReducerDataset,
            finish.output_spec,
            key_func=key.body,
            init_func=init.body,
            reduce_func=reduce.body,
            finalize_func=finish.body,
        )
        functions = (key, init, reduce, finish)
        tensor = apply_function(
            op,
            [function.body for function in functions],
            dataset._variant_tensor,
            *[function.captured for function in functions],
        )
        return Dataset(tensor, finish.output_spec, [dataset])

    return transform


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Sequence[int],
    bucket_batch_sizes: Sequence[int],
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Transformation:
    """Batch elements of similar lengths.

    Args:
      element_length_func: a function of an element that returns its length, an int32 scalar.
      bucket_boundaries: the lengths at which buckets begin, but the first one.
      bucket_batch_sizes: the batch size of each bucket, one more than there are boundaries.
      padded_shapes: shapes to fill up to, as for `Dataset.padded_batch`; by default those of the
        elements.
      padding_values: values to fill with, as for `Dataset.padded_batch`.
      pad_to_bucket_boundary: whether unknown sizes are filled up to the end of the bucket instead
        of that of the longest element in the batch.
      no_padding: whether elements are batched as they are.
      drop_remainder: whether last batches that are smaller are left out.

    Returns:
      A function for `Dataset.apply`.

    Raises:
      ValueError: there is not one batch size more than boundaries.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.from_tensor_slices([1, 5, 2, 6]).map(lambda n: tf.fill([n], n))
    >>> batches = dataset.apply(
    ...     tf.data.experimental.bucket_by_sequence_length(lambda x: tf.size(x), [4], [2, 2])
    ... )
    >>> batch = tf.data.make_one_shot_iterator(batches).get_next()
    >>> with tf.Session() as sess:
    ...     [sess.run(batch).tolist() for _ in range(2)]
    [[[1, 0], [2, 2]], [[5, 5, 5, 5, 5, 0], [6, 6, 6, 6, 6, 6]]]
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError(
            f"there must be one bucket_batch_sizes ({len(bucket_batch_sizes)}) more than "
            f"bucket_boundaries ({len(bucket_boundaries)})"
        )

    def bucket_of(*parts: Any) -> Tensor:
        length = ops.cast(element_length_func(*parts), int64)
        starts = np.array(bucket_boundaries, np.int64)
        return ops.reduce_sum(ops.cast(ops.greater_equal(length, starts), int64))

    def size_of(bucket: Tensor) -> Tensor:
        return ops.gather(np.array(bucket_batch_sizes, np.int64), bucket)

    def batches(bucket: Tensor, window: Dataset) -> Dataset:
        size = size_of(bucket)
        if no_padding:
            return window.batch(size, drop_remainder)
        filler = _bucket_end(bucket, bucket_boundaries) if pad_to_bucket_boundary else None
        shapes = padded_shapes or structure.output_shapes(window._spec)
        flat = structure.shapes_up_to(structure.output_types(window._spec), shapes)
        filled = [[filler if size is None else size for size in shape.as_list()] for shape in flat]
        packed = nest.pack_as_values(window._spec, filled)
        return window.padded_batch(size, packed, padding_values, drop_remainder)

    return group_by_window(bucket_of, batches, window_size_func=size_of)


def _bucket_end(bucket: Tensor, boundaries: Sequence[int]) -> Tensor:
    """The largest length in a bucket; those of the last one have no largest length."""
    check = ops.assert_less(
        bucket,
        np.int64(len(boundaries)),
        message="with pad_to_bucket_boundary, elements must be shorter than the last boundary",
    )
    with get_default_graph().control_dependencies([check]):
        ends = ops.identity(np.array(boundaries, np.int64))
    return ops.gather(ends, bucket) - 1
