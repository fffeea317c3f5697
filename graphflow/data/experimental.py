"""`tf.data.experimental`: transformations for `Dataset.apply`, and what is known of datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import as_dtype, int64, string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.core.type_spec import SparseTensorSpec
from graphflow.data import structure
from graphflow.data.arguments import (
    apply_function,
    bool_scalar,
    int64_scalar,
    padded_shape,
    seeds,
    static_batch,
    typed,
)
from graphflow.data.dataset import Dataset
from graphflow.data.functions import ElementFunction, predicate_function, state_function
from graphflow.data.parallel import parallel_interleaved

Transformation = Callable[[Dataset], Dataset]

INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2


def _deprecated(name: str, instead: str) -> None:
    warn_once(f"tf.data.experimental.{name} is deprecated: use {instead}")


# -- order -----------------------------------------------------------------------------------------


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """Shuffle and repeat a dataset; the buffer takes elements of the next repetition early.

    Args:
      buffer_size: int64 scalar, how many elements the buffer holds.
      count: int64 scalar, how often; None or -1 without end.
      seed: int64 scalar, the seed.

    Returns:
      A function for `Dataset.apply`.

    >>> import graphflow as tf
    >>> shuffled = tf.data.experimental.shuffle_and_repeat(4, count=2, seed=3)
    >>> dataset = tf.data.Dataset.range(3).apply(shuffled).batch(6)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([0, 1, 2, 0, 2, 1])
    """
    _deprecated("shuffle_and_repeat", "Dataset.shuffle and Dataset.repeat")

    def transform(dataset: Dataset) -> Dataset:
        size = int64_scalar(buffer_size, "buffer_size")
        times = int64_scalar(-1 if count is None else count, "count")
        return dataset._derived(ops.ShuffleAndRepeatDataset, size, *seeds(seed), times)

    return transform


def enumerate_dataset(start: Any = 0) -> Transformation:
    """Number the elements of a dataset; deprecated for `Dataset.enumerate`.

    Args:
      start: int64 scalar, the number of the first element.

    Returns:
      A function for `Dataset.apply`.
    """
    _deprecated("enumerate_dataset", "Dataset.enumerate")
    return lambda dataset: dataset.enumerate(start)


def ignore_errors() -> Transformation:
    """Leave out the elements that cannot be computed.

    Returns:
      A function for `Dataset.apply`.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.from_tensor_slices([1.0, 2.0, 0.0, 4.0])
    >>> inverse = dataset.map(lambda x: tf.check_numerics(1.0 / x, "zero"))
    >>> good = inverse.apply(tf.data.experimental.ignore_errors()).batch(4)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(good).get_next())
    array([1.  , 0.5 , 0.25], dtype=float32)
    """
    return lambda dataset: dataset._derived(ops.IgnoreErrorsDataset)


def unique() -> Transformation:
    """Leave out the elements that were there before.

    Returns:
      A function for `Dataset.apply`, of datasets of int32, int64 or string scalars.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.from_tensor_slices([3, 5, 3, 4, 5])
    >>> distinct = dataset.apply(tf.data.experimental.unique()).batch(5)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(distinct).get_next())
    array([3, 5, 4], dtype=int32)
    """
    return lambda dataset: dataset._derived(ops.UniqueDataset)


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """Keep the elements before the first for which a function is false.

    Args:
      predicate: a function of an element that returns a bool scalar.

    Returns:
      A function for `Dataset.apply`.

    >>> import graphflow as tf
    >>> small = tf.data.experimental.take_while(lambda i: i < 3)
    >>> dataset = tf.data.Dataset.range(9).apply(small).batch(9)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([0, 1, 2])
    """

    def transform(dataset: Dataset) -> Dataset:
        function = predicate_function(predicate, dataset._spec, "take_while()")
        return dataset._mapped(function, dataset._spec, ops.TakeWhileDataset, attribute="predicate")

    return transform


# -- functions -------------------------------------------------------------------------------------


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """Compute elements from a state that is handed on.

    Args:
      initial_state: a structure of tensors.
      scan_func: a function of the old state and an element that returns the new state and an
        element.

    Returns:
      A function for `Dataset.apply`.

    >>> import graphflow as tf
    >>> zero = tf.constant(0, tf.int64)
    >>> sums = tf.data.experimental.scan(zero, lambda sum, i: (sum + i, sum + i))
    >>> dataset = tf.data.Dataset.range(5).apply(sums).batch(5)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([ 0,  1,  3,  6, 10])
    """

    def transform(dataset: Dataset) -> Dataset:
        state = structure.normalized(initial_state)
        function, state_spec = state_function(
            scan_func, structure.spec_of(state), dataset._spec, "scan()", has_output=True
        )
        spec = function.output_spec[1]
        op = typed(ops.ScanDataset, spec, f=function.body)
        tensor = apply_function(
            op,
            [function.body],
            dataset._variant_tensor,
            structure.to_tensors(state_spec, state),
            function.captured,
        )
        return Dataset(tensor, spec, [dataset])

    return transform


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """Map a function over the elements of a dataset and batch the results.

    Args:
      map_func: a function of an element.
      batch_size: int64 scalar, how many elements are in a batch.
      num_parallel_batches: how many batches are computed at the same time.
      drop_remainder: bool scalar, whether a last batch that is smaller is left out.
      num_parallel_calls: int64 scalar, how many elements are computed at the same time; by default
        those of one batch.

    Returns:
      A function for `Dataset.apply`.

    Raises:
      ValueError: both `num_parallel_batches` and `num_parallel_calls` are given.

    >>> import graphflow as tf
    >>> squares = tf.data.experimental.map_and_batch(lambda i: i * i, 3)
    >>> batch = tf.data.make_one_shot_iterator(tf.data.Dataset.range(4, 9).apply(squares))
    >>> tf.Session().run(batch.get_next())
    array([16, 25, 36])
    """
    _deprecated("map_and_batch", "Dataset.map and Dataset.batch")
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError("give num_parallel_batches or num_parallel_calls, not both")

    def transform(dataset: Dataset) -> Dataset:
        size = int64_scalar(batch_size, "batch_size")
        drops = bool_scalar(drop_remainder)
        calls: Any = num_parallel_calls
        if calls is None:
            calls = size if num_parallel_batches is None else size * num_parallel_batches
        function = ElementFunction(map_func, dataset._spec, "map_and_batch()")
        spec = structure.batched(function.output_spec, static_batch(size, drops))
        count = int64_scalar(calls, "num_parallel_calls")
        return dataset._mapped(function, spec, ops.MapAndBatchDataset, size, count, drops)

    return transform


def map_and_batch_with_legacy_function(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """Map a function over the elements and batch the results; the same as `map_and_batch`.

    Args:
      map_func: a function of an element.
      batch_size: int64 scalar, how many elements are in a batch.
      num_parallel_batches: how many batches are computed at the same time.
      drop_remainder: bool scalar, whether a last batch that is smaller is left out.
      num_parallel_calls: int64 scalar, how many elements are computed at the same time.

    Returns:
      A function for `Dataset.apply`.
    """
    return map_and_batch(
        map_func, batch_size, num_parallel_batches, drop_remainder, num_parallel_calls
    )


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """Read the datasets that a function makes of the elements in turn, with a thread for each.

    Args:
      map_func: a function of an element that returns a dataset.
      cycle_length: int64 scalar, how many datasets are read in turn.
      block_length: int64 scalar, how many elements come from one of them in its turn.
      sloppy: bool scalar, whether the order may depend on what is ready first. It never does here.
      buffer_output_elements: int64 scalar, how many elements of each are read ahead, None for
        twice the block.
      prefetch_input_elements: int64 scalar, a hint: how many more datasets are opened ahead.

    Returns:
      A function for `Dataset.apply`.

    >>> import graphflow as tf
    >>> rows = tf.data.experimental.parallel_interleave(
    ...     lambda n: tf.data.Dataset.from_tensors(n).repeat(2), cycle_length=2
    ... )
    >>> dataset = tf.data.Dataset.range(5, 8).apply(rows).batch(6)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([5, 6, 5, 6, 7, 7])
    """
    _deprecated("parallel_interleave", "Dataset.interleave with num_parallel_calls")
    return lambda dataset: parallel_interleaved(
        dataset,
        map_func,
        cycle_length,
        block_length,
        sloppy,
        buffer_output_elements,
        prefetch_input_elements,
    )


# -- batches ---------------------------------------------------------------------------------------


def unbatch() -> Transformation:
    """Take the rows of elements as elements; deprecated for `Dataset.unbatch`.

    Returns:
      A function for `Dataset.apply`.
    """
    _deprecated("unbatch", "Dataset.unbatch")
    return lambda dataset: dataset.unbatch()


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """Batch elements of different shapes as sparse tensors.

    Args:
      batch_size: int64 scalar, how many elements are in a batch.
      row_shape: the shape that elements may have at most, None (or -1) along an axis for any.

    Returns:
      A function for `Dataset.apply`, of datasets of tensors.

    Raises:
      TypeError: (when applied) an element is no tensor.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.range(1, 3).map(lambda n: tf.fill([n], n * 10))
    >>> batches = dataset.apply(tf.data.experimental.dense_to_sparse_batch(2, [3]))
    >>> batch = tf.data.make_one_shot_iterator(batches).get_next()
    >>> tf.Session().run(tf.sparse.to_dense(batch))
    array([[10,  0,  0],
           [20, 20,  0]])
    """

    def transform(dataset: Dataset) -> Dataset:
        spec = dataset._spec
        if not isinstance(spec, TensorSpec):
            raise TypeError(f"dense_to_sparse_batch takes a dataset of tensors, not of {spec!r}")
        shape, known = padded_shape(row_shape, TensorShape(None))
        result = SparseTensorSpec(TensorShape([None]).concatenate(known), spec.dtype)
        size = int64_scalar(batch_size, "batch_size")
        return dataset._transformed(result, ops.DenseToSparseBatchDataset, size, shape)

    return transform


# -- devices ---------------------------------------------------------------------------------------


def prefetch_to_device(device: str, buffer_size: Any = None) -> Transformation:
    """Read a dataset ahead; there is one device, so that nothing is copied.

    Args:
      device: the device's name; all stand for the processor.
      buffer_size: int64 scalar, how many elements are read ahead; None for a few.

    Returns:
      A function for `Dataset.apply`.
    """
    del device  # all are the processor
    size = -1 if buffer_size is None else buffer_size
    return lambda dataset: dataset.prefetch(size)


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """Return a dataset as it is: there is one device, the processor.

    Args:
      target_device: the device's name; all stand for the processor.
      source_device: likewise.

    Returns:
      A function for `Dataset.apply`.
    """
    del target_device, source_device  # all are the processor
    return lambda dataset: dataset


# -- sources ---------------------------------------------------------------------------------------


def Counter(start: Any = 0, step: Any = 1, dtype: Any = int64) -> Dataset:
    """Count without end.

    Args:
      start: the first number.
      step: the distance.
      dtype: the dtype of the numbers.

    Returns:
      A `Dataset` of scalars.

    >>> import graphflow as tf
    >>> dataset = tf.data.experimental.Counter(start=10, step=-3).batch(4)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([10,  7,  4,  1])
    """
    first = convert_to_tensor(start, dtype=as_dtype(dtype), name="start")
    distance = convert_to_tensor(step, dtype=as_dtype(dtype), name="step")
    counted = scan(first, lambda state, _: (state + distance, state))
    return Dataset.from_tensors(0).repeat().apply(counted)


class RandomDataset(Dataset):
    """Random integers from 0 to 2³² − 1, int64 scalars, without end.

    Args:
      seed: int64 scalar, the seed.

    >>> import graphflow as tf
    >>> dataset = tf.data.experimental.RandomDataset(seed=7).batch(2)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([1992159687, 3200305987])
    """

    def __init__(self, seed: Any = None) -> None:
        spec = TensorSpec(TensorShape([]), int64)
        super().__init__(apply(typed(ops.RandomDataset, spec), *seeds(seed)), spec)


# -- whole datasets --------------------------------------------------------------------------------


def get_single_element(dataset: Dataset) -> Any:
    """Return the only element of a dataset.

    Args:
      dataset: a `Dataset` of one element.

    Returns:
      A structure of tensors.

    Raises:
      InvalidArgumentError: (in a run) there are no elements, or more than one.

    >>> import graphflow as tf
    >>> sums = tf.data.Dataset.range(5).batch(5).map(tf.reduce_sum)
    >>> print(tf.Session().run(tf.data.experimental.get_single_element(sums)))
    10
    """
    if not isinstance(dataset, Dataset):
        raise TypeError(f"a tf.data.Dataset is needed, not {dataset!r}")
    spec = dataset._spec
    op = typed(ops.DatasetToSingleElement, spec)
    return structure.to_element(spec, apply_multi(op, dataset._variant_tensor))


def cardinality(dataset: Dataset) -> Tensor:
    """Return how many elements a dataset has.

    Args:
      dataset: a `Dataset`.

    Returns:
      int64 scalar; `INFINITE_CARDINALITY` (-1) for a dataset without end, `UNKNOWN_CARDINALITY`
      (-2) if nobody knows before the walk.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.data.experimental.cardinality(tf.data.Dataset.range(9).batch(4))))
    3
    """
    return apply(ops.DatasetCardinality(), dataset._variant_tensor)


class TFRecordWriter:
    """Writes a dataset of strings to a record file.

    Args:
      filename: string scalar, the path.
      compression_type: string scalar, "" or "ZLIB" or "GZIP"; None for "".
    """

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename = convert_to_tensor(filename, dtype=string, name="filename")
        kind = "" if compression_type is None else compression_type
        self._compression_type = convert_to_tensor(kind, dtype=string, name="compression_type")

    def write(self, dataset: Dataset) -> Operation:
        """Return an operation that writes all elements.

        Args:
          dataset: a `Dataset` of string scalars.

        Raises:
          TypeError: its elements are something else.
        """
        spec = dataset._spec
        fits = isinstance(spec, TensorSpec) and spec.dtype is string
        if not fits or not as_shape(spec.shape).is_compatible_with([]):
            raise TypeError(f"a dataset of string scalars is needed, not of {spec!r}")
        return apply_op(
            ops.DatasetToTFRecord(),
            dataset._variant_tensor,
            self._filename,
            self._compression_type,
        )


def make_saveable_from_iterator(iterator: Any) -> Any:
    """Refuse to save the place of an iterator in a checkpoint: this is not available.

    Args:
      iterator: an `Iterator`.

    Raises:
      NotImplementedError: always.
    """
    raise NotImplementedError(
        f"the place of {iterator!r} cannot be saved: restart the iterator, and skip elements"
    )
