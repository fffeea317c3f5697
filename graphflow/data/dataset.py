"""`tf.data.Dataset`: input pipelines, made step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import as_dtype, int32, int64, string, variant
from graphflow.core.graph import Graph, Tensor, get_default_graph
from graphflow.core.op import Op
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import ShapeLike, TensorShape, TensorSpec, as_shape
from graphflow.core.type_spec import TypeSpec
from graphflow.data import nest, structure
from graphflow.data.arguments import (
    apply_function,
    bool_scalar,
    check_rows,
    check_shards,
    int64_scalar,
    padded_shape,
    padding_tensors,
    seeds,
    static_batch,
    typed,
)
from graphflow.data.functions import ElementFunction, predicate_function, state_function
from graphflow.data.generators import generator_functions
from graphflow.data.iterators import Iterator, initializable_iterator, one_shot_iterator
from graphflow.data.options import Options

AUTOTUNE = -1


class Dataset:
    """A sequence of elements, each a structure of tensors: the description of an input pipeline.

    Datasets are made of tensors, files or other datasets. Nothing is computed before an iterator
    asks for elements in a run.

    Args:
      variant_tensor: variant scalar, the value of the dataset.
      element_spec: the structure of specs of an element.
      sources: the datasets that it is made of.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.range(7).map(lambda i: i * 10).batch(3)
    >>> batch = tf.data.make_one_shot_iterator(dataset).get_next()
    >>> with tf.Session() as sess:
    ...     [sess.run(batch).tolist() for _ in range(3)]
    [[0, 10, 20], [30, 40, 50], [60]]
    """

    def __init__(
        self, variant_tensor: Tensor, element_spec: Any, sources: Sequence[Dataset] = ()
    ) -> None:
        self._variant_tensor = variant_tensor
        self._spec = element_spec
        self._sources = tuple(sources)
        self._own_options = Options()

    # -- what is known -------------------------------------------------------------------------

    @property
    def element_spec(self) -> Any:
        """The structure of specs of an element."""
        return self._spec

    @property
    def output_types(self) -> Any:
        """The structure of dtypes of an element."""
        return structure.output_types(self._spec)

    @property
    def output_shapes(self) -> Any:
        """The structure of shapes of an element."""
        return structure.output_shapes(self._spec)

    @property
    def output_classes(self) -> Any:
        """The structure of classes of an element."""
        return structure.output_classes(self._spec)

    @property
    def _graph(self) -> Graph:
        return self._variant_tensor.graph

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self._spec)

    def _inputs(self) -> list[Dataset]:
        return list(self._sources)

    def _as_variant_tensor(self) -> Tensor:
        return self._variant_tensor

    def __repr__(self) -> str:
        return f"<{type(self).__name__} shapes: {self.output_shapes}, types: {self.output_types}>"

    def __iter__(self) -> NoReturn:
        raise RuntimeError(
            "a dataset is part of a graph and cannot be iterated over in Python: use "
            "tf.data.make_one_shot_iterator(dataset).get_next()"
        )

    def __bool__(self) -> bool:
        return True

    # -- making others -------------------------------------------------------------------------

    def _derived(self, op_class: Callable[..., Op], *inputs: Any, **attributes: Any) -> Dataset:
        """A dataset with elements of the same structure."""
        return self._transformed(self._spec, op_class, *inputs, **attributes)

    def _transformed(
        self, spec: Any, op_class: Callable[..., Op], *inputs: Any, **attributes: Any
    ) -> Dataset:
        """A dataset that an op makes of this one and further inputs."""
        op = typed(op_class, spec, **attributes)
        return Dataset(apply(op, self._variant_tensor, *inputs), spec, [self])

    def _mapped(
        self,
        function: ElementFunction,
        spec: Any,
        op_class: Callable[..., Op],
        *inputs: Any,
        attribute: str = "f",
        **attributes: Any,
    ) -> Dataset:
        """A dataset that an op with a function makes of this one and further inputs."""
        op = typed(op_class, spec, **{attribute: function.body}, **attributes)
        tensor = apply_function(
            op, [function.body], self._variant_tensor, function.captured, *inputs
        )
        return Dataset(tensor, spec, [self])

    # -- sources -------------------------------------------------------------------------------

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """Create a dataset of one element.

        Args:
          tensors: the element, a structure of tensors, sparse tensors and datasets.

        Returns:
          A `Dataset`.

        >>> import graphflow as tf
        >>> tf.data.Dataset.from_tensors(([1, 2], 3.5)).output_shapes
        (TensorShape([Dimension(2)]), TensorShape([]))
        """
        element = structure.normalized(tensors)
        spec = structure.spec_of(element)
        op = typed(ops.TensorDataset, spec)
        return Dataset(apply(op, structure.to_tensors(spec, element)), spec)

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """Create a dataset of the rows of tensors.

        Args:
          tensors: a structure of tensors and sparse tensors with as many rows as one another. Feed
            large arrays through placeholders and use an initializable iterator: here they become
            constants of the graph.

        Returns:
          A `Dataset`.

        Raises:
          ValueError: a tensor is a scalar, or the numbers of rows differ.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.from_tensor_slices({"x": [[1, 2], [3, 4]], "y": [5.0, 6.0]})
        >>> element = tf.data.make_one_shot_iterator(dataset).get_next()
        >>> with tf.Session() as sess:
        ...     print(*sess.run([element["x"], element["y"]]))
        ...     print(*sess.run([element["x"], element["y"]]))
        [1 2] 5.0
        [3 4] 6.0
        """
        element = structure.normalized(tensors)
        whole = structure.spec_of(element)
        spec = structure.unbatched(whole)
        check_rows(element)
        op = typed(ops.TensorSliceDataset, spec)
        return Dataset(apply(op, structure.to_rows(whole, element)), spec)

    @staticmethod
    def from_sparse_tensor_slices(sparse_tensor: Any) -> Dataset:
        """Create a dataset of the slices of a sparse tensor; deprecated for from_tensor_slices.

        Args:
          sparse_tensor: a `SparseTensor`, in row-major order.

        Returns:
          A `Dataset` of tuples: indices, values and dense shape of each slice.

        Raises:
          TypeError: it is not sparse.
        """
        warn_once("Dataset.from_sparse_tensor_slices is deprecated: use Dataset.from_tensor_slices")
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(f"a SparseTensor is needed, not {sparse_tensor!r}")
        rank = sparse_tensor.indices.shape[1:].as_tuple()
        inner = None if not rank or rank[0] is None else rank[0] - 1
        spec = (
            TensorSpec(TensorShape([None, inner]), int64),
            TensorSpec(TensorShape([None]), sparse_tensor.dtype),
            TensorSpec(TensorShape([inner]), int64),
        )
        tensor = apply(
            ops.SparseTensorSliceDataset(),
            sparse_tensor.indices,
            sparse_tensor.values,
            sparse_tensor.dense_shape,
        )
        return Dataset(tensor, spec)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Sequence[Any] | None = None,
    ) -> Dataset:
        """Create a dataset of what a Python generator yields.

        Args:
          generator: a function that returns something to iterate over. It is called for each walk
            through the dataset; what it returns is closed when the walk ends.
          output_types: the structure of dtypes of an element.
          output_shapes: a like structure of shapes, None for unknown ones.
          args: tensors whose values the generator is called with.

        Returns:
          A `Dataset`.

        Raises:
          TypeError: `generator` cannot be called.
          InvalidArgumentError: (in a run) it yields something that does not fit.

        >>> import graphflow as tf
        >>> def squares(n):
        ...     for i in range(n):
        ...         yield i, [i] * i
        >>> dataset = tf.data.Dataset.from_generator(
        ...     squares, (tf.int32, tf.int64), ([], [None]), args=[4]
        ... )
        >>> i, repeated = tf.data.make_one_shot_iterator(dataset.skip(2)).get_next()
        >>> print(*tf.Session().run([i, repeated]))
        2 [2 2]
        """
        if not callable(generator):
            raise TypeError(f"generator must be callable, not {generator!r}")
        spec = structure.spec_from_legacy(
            nest.pack_as(output_types, [as_dtype(t) for t in nest.flatten(output_types)]),
            output_shapes,
        )
        arguments = [convert_to_tensor(value, name="arg") for value in args or ()]
        start, advance, finish = generator_functions(generator, spec)

        def walk(*values: Any) -> Dataset:
            arguments = structure.spec_of(values if args else ())
            init = ElementFunction(start, arguments, "generator_init")
            following = ElementFunction(advance, init.output_spec, "generator_next")
            last = ElementFunction(finish, init.output_spec, "generator_finalize")
            op = typed(
                ops.GeneratorDataset,
                spec,
                init_func=init.body,
                next_func=following.body,
                finalize_func=last.body,
            )
            inputs = [*(values if args else ()), *init.captured]
            bodies = [init.body, following.body, last.body]
            tensor = apply_function(op, bodies, inputs, following.captured, last.captured)
            return Dataset(tensor, spec)

        source = Dataset.from_tensors(tuple(arguments) if arguments else (0,))
        return source.flat_map(walk)

    @staticmethod
    def range(*args: Any) -> Dataset:
        """Create a dataset of integers at equal distances.

        Args:
          *args: stop, or start and stop, or start, stop and step, as for Python's `range`; integers
            or int64 scalars.

        Returns:
          A `Dataset` of int64 scalars.

        Raises:
          ValueError: there are no arguments, or more than three.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(10, 1, -4)
        >>> element = tf.data.make_one_shot_iterator(dataset).get_next()
        >>> with tf.Session() as sess:
        ...     [int(sess.run(element)) for _ in range(3)]
        [10, 6, 2]
        """
        if not 1 <= len(args) <= 3:
            raise ValueError(f"range takes 1 to 3 arguments, got {len(args)}: {args!r}")
        bounds = {1: (0, *args, 1), 2: (*args, 1), 3: args}[len(args)]
        inputs = [int64_scalar(value, name) for value, name in zip(bounds, _BOUNDS, strict=True)]
        spec = TensorSpec(TensorShape([]), int64)
        return Dataset(apply(typed(ops.RangeDataset, spec), *inputs), spec)

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """Create a dataset of the elements of several datasets, side by side.

        Args:
          datasets: a structure of datasets.

        Returns:
          A `Dataset` whose elements have that structure; as long as the shortest of them.

        Raises:
          TypeError: `datasets` is a list, or holds something else.

        >>> import graphflow as tf
        >>> numbers = tf.data.Dataset.range(3)
        >>> letters = tf.data.Dataset.from_tensor_slices(["a", "b"])
        >>> element = tf.data.make_one_shot_iterator(tf.data.Dataset.zip((numbers, letters)))
        >>> print(*tf.Session().run(element.get_next()))
        0 b'a'
        """
        if isinstance(datasets, list):
            raise TypeError("zip takes a tuple or another structure of datasets, not a list")
        parts = nest.flatten(datasets)
        for part in parts:
            if not isinstance(part, Dataset):
                raise TypeError(f"zip takes a structure of datasets, which {part!r} is not")
        spec = nest.pack_as_values(datasets, [part._spec for part in parts])
        tensor = apply(typed(ops.ZipDataset, spec), [part._variant_tensor for part in parts])
        return Dataset(tensor, spec, parts)

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Dataset:
        """Create a dataset of the names of files that match patterns.

        Args:
          file_pattern: string scalar or vector, patterns as those of a shell.
          shuffle: whether the names come in random order, by default yes; else they are sorted.
          seed: the seed of that order.

        Returns:
          A `Dataset` of strings.

        Raises:
          InvalidArgumentError: (in a run) no file matches.
        """
        with name_scope("list_files"):
            pattern = convert_to_tensor(file_pattern, dtype=string, name="file_pattern")
            found = ops.matching_files(pattern)
            message = ops.string_join(
                ["No files matched pattern: ", ops.reduce_join(pattern, separator=", ")]
            )
            check = ops.assert_(ops.greater(ops.size(found), 0), [message])  # noqa: PT009
            with get_default_graph().control_dependencies([check]):
                found = ops.identity(found)
            dataset = Dataset.from_tensor_slices(found)
            if shuffle is None or shuffle:
                count = ops.maximum(ops.size(found, out_type=int64), np.int64(1))
                dataset = dataset.shuffle(count, seed=seed)
            return dataset

    # -- order ---------------------------------------------------------------------------------

    def concatenate(self, dataset: Dataset) -> Dataset:
        """Return this dataset followed by another one.

        Args:
          dataset: one with elements of the same structure, dtypes and classes.

        Raises:
          TypeError: they differ.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(2).concatenate(tf.data.Dataset.range(7, 9))
        >>> element = tf.data.make_one_shot_iterator(dataset).get_next()
        >>> with tf.Session() as sess:
        ...     [int(sess.run(element)) for _ in range(4)]
        [0, 1, 7, 8]
        """
        for what in ("output_types", "output_classes"):
            mine, theirs = getattr(self, what), getattr(dataset, what)
            if mine != theirs:
                raise TypeError(f"two datasets to concatenate have {what} {mine!r} and {theirs!r}")
        spec = structure.most_specific(self._spec, dataset._spec)
        op = typed(ops.ConcatenateDataset, spec)
        tensor = apply(op, self._variant_tensor, dataset._variant_tensor)
        return Dataset(tensor, spec, [self, dataset])

    def repeat(self, count: Any = None) -> Dataset:
        """Return this dataset several times.

        Args:
          count: int64 scalar, how often; None or -1 without end.

        >>> import graphflow as tf
        >>> element = tf.data.make_one_shot_iterator(tf.data.Dataset.range(2).repeat()).get_next()
        >>> with tf.Session() as sess:
        ...     [int(sess.run(element)) for _ in range(5)]
        [0, 1, 0, 1, 0]
        """
        return self._derived(
            ops.RepeatDataset, int64_scalar(-1 if count is None else count, "count")
        )

    def take(self, count: Any) -> Dataset:
        """Return the first elements.

        Args:
          count: int64 scalar, how many; -1 for all.
        """
        return self._derived(ops.TakeDataset, int64_scalar(count, "count"))

    def skip(self, count: Any) -> Dataset:
        """Return all but the first elements.

        Args:
          count: int64 scalar, how many are left out; -1 for all.
        """
        return self._derived(ops.SkipDataset, int64_scalar(count, "count"))

    def shard(self, num_shards: Any, index: Any) -> Dataset:
        """Return each n-th element.

        Args:
          num_shards: int64 scalar, n.
          index: int64 scalar, the number of the first of them.

        Raises:
          InvalidArgumentError: `num_shards` or `index` is out of range.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(10).shard(4, index=1)
        >>> element = tf.data.make_one_shot_iterator(dataset).get_next()
        >>> with tf.Session() as sess:
        ...     [int(sess.run(element)) for _ in range(3)]
        [1, 5, 9]
        """
        shards, first = int64_scalar(num_shards, "num_shards"), int64_scalar(index, "index")
        check_shards(shards.constant_value(), first.constant_value())
        return self._derived(ops.ShardDataset, shards, first)

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None
    ) -> Dataset:
        """Return the elements in random order.

        A buffer is filled with elements; each one that is asked for is drawn from it and replaced
        by the next. For the same seeds the order is TensorFlow's.

        Args:
          buffer_size: int64 scalar, how many elements the buffer holds. If it holds all, all orders
            are equally likely.
          seed: int64 scalar, the seed; see `tf.set_random_seed`.
          reshuffle_each_iteration: whether each repetition has an order of its own; by default yes.

        Raises:
          InvalidArgumentError: (in a run) `buffer_size` is not positive.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(6).shuffle(6, seed=5).batch(6)
        >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
        array([1, 2, 5, 0, 3, 4])
        """
        size = int64_scalar(buffer_size, "buffer_size")
        again = True if reshuffle_each_iteration is None else reshuffle_each_iteration
        return self._derived(
            ops.ShuffleDataset, size, *seeds(seed), reshuffle_each_iteration=bool(again)
        )

    def cache(self, filename: Any = "") -> Dataset:
        """Return this dataset, computed once: later walks find the elements of the first one.

        Args:
          filename: string scalar, the path of a file to keep them in; "" to keep them in memory.

        >>> import graphflow as tf
        >>> drawn = tf.data.Dataset.range(3).map(lambda _: tf.random_uniform([])).cache()
        >>> element = tf.data.make_one_shot_iterator(drawn.repeat(2)).get_next()
        >>> with tf.Session() as sess:
        ...     values = [sess.run(element) for _ in range(6)]
        >>> values[:3] == values[3:]
        True
        """
        path = convert_to_tensor(filename, dtype=string, name="filename")
        return self._derived(ops.CacheDataset, path)

    def prefetch(self, buffer_size: Any) -> Dataset:
        """Return this dataset, read by a thread of its own ahead of what is asked for.

        Args:
          buffer_size: int64 scalar, how many elements are read ahead at most; -1
            (`tf.data.experimental.AUTOTUNE`) or None for a few, 0 for none.

        >>> import graphflow as tf
        >>> element = tf.data.make_one_shot_iterator(tf.data.Dataset.range(3).prefetch(2))
        >>> print(tf.Session().run(element.get_next()))
        0
        """
        if buffer_size is None:
            buffer_size = -1
        return self._derived(ops.PrefetchDataset, int64_scalar(buffer_size, "buffer_size"))

    # -- batches -------------------------------------------------------------------------------

    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Dataset:
        """Return batches of elements.

        Args:
          batch_size: int64 scalar, how many elements are in one.
          drop_remainder: bool scalar, whether a last batch that is smaller is left out.

        Raises:
          InvalidArgumentError: (in a run) elements of one batch have different shapes.

        >>> import graphflow as tf
        >>> tf.data.Dataset.range(5).batch(2, drop_remainder=True).output_shapes
        TensorShape([Dimension(2)])
        """
        size, drops = int64_scalar(batch_size, "batch_size"), bool_scalar(drop_remainder)
        spec = structure.batched(self._spec, static_batch(size, drops))
        return self._transformed(spec, ops.BatchDatasetV2, size, drops)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: Any = False,
    ) -> Dataset:
        """Return batches of elements that are filled up to one shape.

        Args:
          batch_size: int64 scalar, how many elements are in one.
          padded_shapes: for each part of an element the shape to fill up to; None (or -1) along an
            axis for that of the largest element of the batch.
          padding_values: for each part the scalar to fill with; by default 0 or "".
          drop_remainder: bool scalar, whether a last batch that is smaller is left out.

        Raises:
          TypeError: an element has sparse parts, or padding values are of other dtypes.
          ValueError: the structures differ, or a shape is of another rank.
          DataLossError: (in a run) an element is larger than its padded shape.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(1, 4).map(lambda n: tf.fill([n], n))
        >>> batch = tf.data.make_one_shot_iterator(dataset.padded_batch(3, [None])).get_next()
        >>> tf.Session().run(batch)
        array([[1, 0, 0],
               [2, 2, 0],
               [3, 3, 3]])
        """
        specs = nest.flatten(self._spec)
        for spec in specs:
            if not isinstance(spec, TensorSpec):
                raise TypeError(f"padded_batch takes tensors, not {spec!r}")
        size, drops = int64_scalar(batch_size, "batch_size"), bool_scalar(drop_remainder)
        shapes = [
            padded_shape(shape, spec.shape)
            for shape, spec in zip(
                nest.flatten_up_to(self._spec, padded_shapes), specs, strict=True
            )
        ]
        fillings = padding_tensors(padding_values, self._spec)
        static = static_batch(size, drops)
        result = nest.pack_as(
            self._spec,
            [
                TensorSpec(TensorShape([static]).concatenate(known), spec.dtype)
                for (_, known), spec in zip(shapes, specs, strict=True)
            ],
        )
        tensors = [tensor for tensor, _ in shapes]
        return self._transformed(result, ops.PaddedBatchDatasetV2, size, tensors, fillings, drops)

    def unbatch(self) -> Dataset:
        """Return the rows of the elements as elements.

        Raises:
          ValueError: an element has a scalar part.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4]]).unbatch()
        >>> element = tf.data.make_one_shot_iterator(dataset).get_next()
        >>> with tf.Session() as sess:
        ...     [int(sess.run(element)) for _ in range(4)]
        [1, 2, 3, 4]
        """
        rows = self
        if not all(isinstance(spec, TensorSpec) for spec in nest.flatten(self._spec)):
            rows = self.map(lambda *parts: _rows_of(self._spec, parts))
        return rows._transformed(structure.unbatched(self._spec), ops.UnbatchDataset)

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False
    ) -> Dataset:
        """Return windows of elements, each one a dataset.

        Args:
          size: int64 scalar, how many elements are in a window.
          shift: int64 scalar, by how many elements a window begins after the one before; by default
            `size`.
          stride: int64 scalar, the distance between the elements of a window.
          drop_remainder: bool scalar, whether last windows that are smaller are left out.

        Returns:
          A `Dataset` whose elements have the structure of this one's, each part a dataset.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(7).window(3, shift=2, drop_remainder=True)
        >>> batches = dataset.flat_map(lambda window: window.batch(3))
        >>> batch = tf.data.make_one_shot_iterator(batches).get_next()
        >>> with tf.Session() as sess:
        ...     [sess.run(batch).tolist() for _ in range(3)]
        [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
        """
        shift = size if shift is None else shift
        numbers = [
            int64_scalar(value, name)
            for value, name in ((size, "size"), (shift, "shift"), (stride, "stride"))
        ]
        spec = nest.pack_as(self._spec, [DatasetSpec(one) for one in nest.flatten(self._spec)])
        return self._transformed(spec, ops.WindowDataset, *numbers, bool_scalar(drop_remainder))

    def enumerate(self, start: Any = 0) -> Dataset:
        """Return the elements with their numbers: pairs of an int64 scalar and an element.

        Args:
          start: int64 scalar, the number of the first element.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.from_tensor_slices(["a", "b"]).enumerate(start=5)
        >>> print(*tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next()))
        5 b'a'
        """
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    # -- functions -----------------------------------------------------------------------------

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Dataset:
        """Return what a function makes of each element.

        Args:
          map_func: the function. It gets the parts of an element that is a tuple as so many
            arguments, any other element as one, and returns a structure of tensors.
          num_parallel_calls: int32 scalar, how many elements are computed at the same time, -1
            (`tf.data.experimental.AUTOTUNE`) for as many as there are processors; by default one
            after the other. The order of elements stays.

        >>> import graphflow as tf
        >>> pairs = tf.data.Dataset.from_tensor_slices(([1.0, 2.0], [3, 4]))
        >>> dataset = pairs.map(lambda x, n: {"power": x ** tf.to_float(n)})
        >>> element = tf.data.make_one_shot_iterator(dataset.skip(1)).get_next()
        >>> print(tf.Session().run(element["power"]))
        16.0
        """
        function = ElementFunction(map_func, self._spec, "Dataset.map()")
        if num_parallel_calls is None:
            return self._mapped(function, function.output_spec, ops.MapDataset)
        calls = convert_to_tensor(num_parallel_calls, dtype=int32, name="num_parallel_calls")
        return self._mapped(function, function.output_spec, ops.ParallelMapDataset, calls)

    def map_with_legacy_function(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None
    ) -> Dataset:
        """Return what a function makes of each element; deprecated, the same as `map`.

        Args:
          map_func: the function.
          num_parallel_calls: int32 scalar, how many elements are computed at the same time.
        """
        warn_once("Dataset.map_with_legacy_function is deprecated: use Dataset.map")
        return self.map(map_func, num_parallel_calls)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Return the elements for which a function is true.

        Args:
          predicate: a function of an element that returns a bool scalar.

        Raises:
          ValueError: it returns something else.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(9).filter(lambda i: i % 4 > 2).batch(9)
        >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
        array([3, 7])
        """
        function = predicate_function(predicate, self._spec, "Dataset.filter()")
        return self._mapped(function, self._spec, ops.FilterDataset, attribute="predicate")

    def filter_with_legacy_function(self, predicate: Callable[..., Any]) -> Dataset:
        """Return the elements for which a function is true; deprecated, the same as `filter`.

        Args:
          predicate: a function of an element that returns a bool scalar.
        """
        warn_once("Dataset.filter_with_legacy_function is deprecated: use Dataset.filter")
        return self.filter(predicate)

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """Return the elements of the datasets that a function makes of each element.

        Args:
          map_func: a function of an element that returns a dataset.

        Raises:
          TypeError: it returns something else.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(4).flat_map(
        ...     lambda n: tf.data.Dataset.from_tensors(n * 10).repeat(n)
        ... )
        >>> element = tf.data.make_one_shot_iterator(dataset).get_next()
        >>> with tf.Session() as sess:
        ...     [int(sess.run(element)) for _ in range(6)]
        [10, 20, 20, 30, 30, 30]
        """
        function, spec = dataset_function(map_func, self._spec, "Dataset.flat_map()")
        return self._mapped(function, spec, ops.FlatMapDataset)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = AUTOTUNE,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Dataset:
        """Return the elements of the datasets that a function makes of each element, interleaved.

        Args:
          map_func: a function of an element that returns a dataset.
          cycle_length: int64 scalar, how many datasets are read in turn; -1 for as many as there
            are processors.
          block_length: int64 scalar, how many elements come from one of them in its turn.
          num_parallel_calls: int64 scalar, how many of them are read at the same time, -1 for as
            many as there are processors; by default one. The order of elements stays.

        Raises:
          TypeError: `map_func` returns something else.

        >>> import graphflow as tf
        >>> dataset = tf.data.Dataset.range(1, 4).interleave(
        ...     lambda n: tf.data.Dataset.from_tensors(n).repeat(3), cycle_length=2, block_length=2
        ... )
        >>> batch = tf.data.make_one_shot_iterator(dataset.batch(9)).get_next()
        >>> tf.Session().run(batch)
        array([1, 1, 2, 2, 1, 2, 3, 3, 3])
        """
        function, spec = dataset_function(map_func, self._spec, "Dataset.interleave()")
        cycle = int64_scalar(cycle_length, "cycle_length")
        block = int64_scalar(block_length, "block_length")
        if num_parallel_calls is None:
            return self._mapped(function, spec, ops.InterleaveDataset, cycle, block)
        calls = int64_scalar(num_parallel_calls, "num_parallel_calls")
        return self._mapped(function, spec, ops.ParallelInterleaveDatasetV2, cycle, block, calls)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """Return what is left when a function folds all elements into a state, one by one.

        Args:
          initial_state: a structure of tensors.
          reduce_func: a function of the old state and an element that returns the new state.

        Returns:
          The last state.

        Raises:
          TypeError: the function returns another structure or other dtypes than the state has.

        >>> import graphflow as tf
        >>> total = tf.data.Dataset.range(5).reduce(np.int64(100), lambda sum, i: sum + i)
        >>> print(tf.Session().run(total))
        110
        """
        state = structure.normalized(initial_state)
        function, spec = state_function(
            reduce_func, structure.spec_of(state), self._spec, "reduce()"
        )
        op = typed(ops.ReduceDataset, spec, f=function.body)
        results = apply_function(
            op,
            [function.body],
            self._variant_tensor,
            structure.to_tensors(spec, state),
            function.captured,
            multi=True,
        )
        return structure.to_element(spec, results)

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """Return what a function makes of the whole dataset.

        Args:
          transformation_func: a function of a dataset that returns one.

        Raises:
          TypeError: it returns something else.
        """
        result = transformation_func(self)
        if not isinstance(result, Dataset):
            raise TypeError(
                f"the function of Dataset.apply() must return a Dataset, not {result!r}"
            )
        return result

    # -- options and iterators -----------------------------------------------------------------

    def options(self) -> Options:
        """Return the options of this dataset and of those that it is made of."""
        merged = Options()
        for source in self._sources:
            merged = merged.merge(source.options())
        return merged.merge(self._own_options)

    def with_options(self, options: Options) -> Dataset:
        """Return this dataset with options.

        Args:
          options: `tf.data.Options`, hints on how to run the pipeline.

        Raises:
          TypeError: it is something else.
          ValueError: an option is set to another value already.
        """
        if not isinstance(options, Options):
            raise TypeError(f"tf.data.Options are needed, not {options!r}")
        result = Dataset(self._variant_tensor, self._spec, [self])
        result._own_options = options
        result.options()
        return result

    def make_one_shot_iterator(self) -> Iterator:
        """Return an iterator that starts by itself, see `tf.data.make_one_shot_iterator`."""
        return make_one_shot_iterator(self)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """Return an iterator with an initializer, see `tf.data.make_initializable_iterator`.

        Args:
          shared_name: iterators of one shared name in a session are the same.
        """
        return make_initializable_iterator(self, shared_name)


_BOUNDS = ("start", "stop", "step")


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """Create an iterator that starts by itself and goes through a dataset once.

    Args:
      dataset: a `Dataset` that depends on no placeholder, variable or table.

    Returns:
      An `Iterator`.

    Raises:
      ValueError: the dataset depends on one of these.

    >>> import graphflow as tf
    >>> element = tf.data.make_one_shot_iterator(tf.data.Dataset.range(4, 6)).get_next()
    >>> with tf.Session() as sess:
    ...     print(sess.run(element), sess.run(element))
    4 5
    """
    _check_is_dataset(dataset)
    return one_shot_iterator(dataset)


def make_initializable_iterator(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """Create an iterator that its initializer starts, as often as one likes.

    Args:
      dataset: a `Dataset`.
      shared_name: iterators of one shared name in a session are the same.

    Returns:
      An `Iterator`.

    >>> import graphflow as tf
    >>> n = tf.placeholder(tf.int64, [])
    >>> iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(n))
    >>> element = iterator.get_next()
    >>> with tf.Session() as sess:
    ...     sess.run(iterator.initializer, {n: 1})
    ...     print(sess.run(element))
    0
    """
    _check_is_dataset(dataset)
    return initializable_iterator(dataset, shared_name)


def _check_is_dataset(dataset: Any) -> None:
    if not isinstance(dataset, Dataset):
        raise TypeError(f"a tf.data.Dataset is needed, not {dataset!r}")


# -- datasets as parts of elements -----------------------------------------------------------------


class DatasetSpec(TypeSpec):
    """The structure of specs of a dataset's elements.

    Args:
      element_spec: the structure.
      dataset_shape: the shape of the tensor that holds the dataset (or several).
    """

    def __init__(self, element_spec: Any, dataset_shape: ShapeLike = ()) -> None:
        self._element_spec = element_spec
        self._dataset_shape = as_shape(dataset_shape)

    @classmethod
    def from_value(cls, value: Dataset) -> DatasetSpec:
        """Return the spec of a dataset.

        Args:
          value: a `Dataset`.
        """
        return cls(value.element_spec)

    @property
    def value_type(self) -> type:
        """`Dataset`."""
        return Dataset

    def _parts(self) -> tuple[Any, ...]:
        return self._element_spec, self._dataset_shape

    def _spec_of(self, value: Any) -> TypeSpec | None:
        return value._type_spec if isinstance(value, Dataset) else None

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Tell whether a dataset can stand where this spec is asked for.

        Args:
          spec_or_value: a spec, or a value.
        """
        other = spec_or_value
        if not isinstance(other, TypeSpec):
            other = self._spec_of(spec_or_value)
        return (
            isinstance(other, DatasetSpec)
            and structure.is_compatible(self._element_spec, other._element_spec)
            and self._dataset_shape.is_compatible_with(other._dataset_shape)
        )

    def most_specific_compatible_type(self, other: TypeSpec) -> DatasetSpec:
        """Return the most precise spec that is true of the datasets of either spec.

        Args:
          other: a spec of the same type.

        Raises:
          ValueError: they have nothing in common.
        """
        if not isinstance(other, DatasetSpec):
            raise ValueError(f"{self!r} and {other!r} are of different types")
        try:
            spec = structure.most_specific(self._element_spec, other._element_spec)
        except TypeError as error:
            raise ValueError(str(error)) from error
        shape = self._dataset_shape.most_specific_compatible_shape(other._dataset_shape)
        return DatasetSpec(spec, shape)

    def _key(self) -> tuple[Any, ...]:
        return tuple(nest.flatten(self._element_spec)), repr(self._element_spec)


class _DatasetForm(structure.Form):
    """A dataset within an element is a scalar variant."""

    def component(self, spec: DatasetSpec) -> structure.Component:
        return variant, spec._dataset_shape

    def to_tensor(self, spec: DatasetSpec, value: Dataset) -> Tensor:
        return convert_to_tensor(value._variant_tensor)

    def to_rows(self, spec: DatasetSpec, value: Dataset) -> Tensor:
        raise TypeError("datasets have no rows")

    def to_value(self, spec: DatasetSpec, tensor: Tensor) -> Dataset:
        return Dataset(tensor, spec._element_spec)

    def batched(self, spec: DatasetSpec, size: int | None) -> Any:
        raise TypeError("datasets within elements cannot be batched: use flat_map first")

    def unbatched(self, spec: DatasetSpec) -> Any:
        raise TypeError("datasets have no rows")

    def legacy(self, spec: DatasetSpec) -> tuple[Any, Any, Any]:
        return spec, spec, spec


structure.register_form(DatasetSpec, _DatasetForm())


# -- shared ----------------------------------------------------------------------------------------


def dataset_function(function: Any, spec: Any, transformation: str) -> tuple[ElementFunction, Any]:
    """Return a function of an element that gives a dataset, and the spec of its elements."""
    made = ElementFunction(function, spec, transformation)
    if not isinstance(made.output_spec, DatasetSpec):
        raise TypeError(
            f"the function of {transformation} must return a dataset, not {made.output_spec!r}"
        )
    return made, made.output_spec._element_spec


def _rows_of(spec: Any, parts: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Components whose rows stand for the rows of an element's values."""
    return tuple(structure.to_rows(spec, parts if type(spec) is tuple else parts[0]))
