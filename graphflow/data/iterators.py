"""`tf.data.Iterator`: walks through datasets, as part of a graph."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import string
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.data import structure
from graphflow.data.one_shot import dataset_factory

# The collection of the handles of iterators.
_ITERATORS = "iterators"
# Each get_next makes an operation: after so many calls a loop over steps seems to make them.
_MANY_CALLS = 32
_MANY_CALLS_MESSAGE = (
    "Iterator.get_next() was called often for one iterator, and each call adds operations to the "
    "graph. Call it once, before the loop over steps, and run its result in each step"
)


def container() -> str:
    """Return the container of what is made now."""
    return get_default_graph().current_container


class Iterator:
    """A walk through a dataset.

    Most are made by `tf.data.make_one_shot_iterator` and `tf.data.make_initializable_iterator`,
    those for several datasets of one structure by `from_structure` and `from_string_handle`.

    Args:
      iterator_resource: resource scalar, the handle.
      initializer: the operation that starts it, None if there is not one such operation.
      output_types: a structure of dtypes.
      output_shapes: a like structure of shapes.
      output_classes: a like structure of classes.
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any,
    ) -> None:
        spec = structure.spec_from_legacy(output_types, output_shapes, output_classes)
        self._setup(iterator_resource, initializer, spec)

    def _setup(self, resource: Tensor, initializer: Operation | None, spec: Any) -> None:
        self._iterator_resource = resource
        self._initializer = initializer
        self._spec = spec
        self._string_handle = apply(ops.IteratorToStringHandle(), resource)
        self._calls = 0
        get_default_graph().add_to_collection(_ITERATORS, resource)

    @classmethod
    def _of(cls, resource: Tensor, initializer: Operation | None, spec: Any) -> Iterator:
        iterator = cls.__new__(cls)
        iterator._setup(resource, initializer, spec)
        return iterator

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """Create an iterator for datasets of one structure, which `make_initializer` starts.

        Args:
          output_types: a structure of dtypes.
          output_shapes: a like structure of shapes, None for unknown ones.
          shared_name: iterators of one shared name in a session are the same.
          output_classes: a like structure of classes, None if all are tensors.

        Returns:
          An `Iterator`.

        Raises:
          TypeError: the structures differ.

        >>> import graphflow as tf
        >>> iterator = tf.data.Iterator.from_structure(tf.int64, [])
        >>> small = iterator.make_initializer(tf.data.Dataset.range(3))
        >>> large = iterator.make_initializer(tf.data.Dataset.range(7, 9))
        >>> following = iterator.get_next()
        >>> with tf.Session() as sess:
        ...     for initializer in (small, large):
        ...         sess.run(initializer)
        ...         print(sess.run(following), sess.run(following))
        0 1
        7 8
        """
        spec = structure.spec_from_legacy(output_types, output_shapes, output_classes)
        return Iterator._of(_iterator_resource(spec, shared_name), None, spec)

    @staticmethod
    def from_string_handle(
        string_handle: Any,
        output_types: Any,
        output_shapes: Any = None,
        output_classes: Any = None,
    ) -> Iterator:
        """Create an iterator that is whichever one a handle stands for in a run.

        Args:
          string_handle: string scalar, the value of another iterator's `string_handle()`.
          output_types: a structure of dtypes.
          output_shapes: a like structure of shapes, None for unknown ones.
          output_classes: a like structure of classes, None if all are tensors.

        Returns:
          An `Iterator`.

        >>> import graphflow as tf
        >>> one = tf.data.make_one_shot_iterator(tf.data.Dataset.range(5))
        >>> other = tf.data.make_one_shot_iterator(tf.data.Dataset.range(70, 90))
        >>> handle = tf.placeholder(tf.string, [])
        >>> following = tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()
        >>> with tf.Session() as sess:
        ...     handles = sess.run([one.string_handle(), other.string_handle()])
        ...     print([int(sess.run(following, {handle: h})) for h in (*handles, handles[0])])
        [0, 70, 1]
        """
        spec = structure.spec_from_legacy(output_types, output_shapes, output_classes)
        handle = convert_to_tensor(string_handle, dtype=string)
        op = ops.IteratorFromStringHandleV2(
            structure.component_types(spec), structure.component_shapes(spec)
        )
        return Iterator._of(apply(op, handle), None, spec)

    @property
    def initializer(self) -> Operation:
        """The operation that starts the iterator.

        Raises:
          ValueError: the iterator starts by itself, or `make_initializer` makes its initializers.
        """
        if self._initializer is None:
            raise ValueError("this iterator has no initializer of its own")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """Create an operation that starts the iterator with a dataset.

        Args:
          dataset: a `Dataset` of the iterator's structure.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          TypeError: the dataset's elements have another structure.
        """
        with name_scope(name, "make_initializer", None) as scope:
            spec = dataset.element_spec
            for what, mine, theirs in (
                ("types", structure.output_types(self._spec), structure.output_types(spec)),
                ("classes", structure.output_classes(self._spec), structure.output_classes(spec)),
            ):
                if mine != theirs:
                    raise TypeError(
                        f"the dataset's elements have {what} {theirs!r}, the iterator's {mine!r}"
                    )
            if not structure.is_compatible(self._spec, spec):
                raise TypeError(
                    f"the dataset's elements have shapes {structure.output_shapes(spec)!r}, the "
                    f"iterator's {structure.output_shapes(self._spec)!r}"
                )
            return apply_op(
                ops.MakeIterator(), dataset._variant_tensor, self._iterator_resource, name=scope
            )

    def get_next(self, name: str | None = None) -> Any:
        """Return the next element: one more in each run that fetches it.

        Call this once, before the loop over steps, for each call makes operations.

        Args:
          name: the operation's name.

        Returns:
          A structure of tensors.  At the end of the dataset a run raises
          `tf.errors.OutOfRangeError`, before the iterator is initialized
          `tf.errors.FailedPreconditionError`.
        """
        self._calls += 1
        if self._calls > _MANY_CALLS:
            warn_once(_MANY_CALLS_MESSAGE)
        op = ops.IteratorGetNext(
            structure.component_types(self._spec), structure.component_shapes(self._spec)
        )
        return structure.to_element(self._spec, apply_multi(op, self._iterator_resource, name=name))

    def string_handle(self, name: str | None = None) -> Tensor:
        """Return a string scalar that stands for the iterator, to be fed to a feedable one.

        Args:
          name: the operation's name.
        """
        if name is None:
            return self._string_handle
        return apply(ops.IteratorToStringHandle(), self._iterator_resource, name=name)

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
    def element_spec(self) -> Any:
        """The structure of specs of an element."""
        return self._spec


def _iterator_resource(spec: Any, shared_name: str | None) -> Tensor:
    op = ops.IteratorV2(
        shared_name=shared_name or "",
        container=container(),
        output_types=structure.component_types(spec),
        output_shapes=structure.component_shapes(spec),
    )
    return apply(op)


def initializable_iterator(dataset: Any, shared_name: str | None = None) -> Iterator:
    """Return an iterator that its initializer starts."""
    spec = dataset.element_spec
    resource = _iterator_resource(spec, shared_name)
    with get_default_graph().colocate_with(resource.op):
        initializer = apply_op(ops.MakeIterator(), dataset._variant_tensor, resource)
    return Iterator._of(resource, initializer, spec)


def one_shot_iterator(dataset: Any) -> Iterator:
    """Return an iterator that starts by itself."""
    spec = dataset.element_spec
    op = ops.OneShotIterator(
        dataset_factory=dataset_factory(dataset._variant_tensor),
        output_types=structure.component_types(spec),
        output_shapes=structure.component_shapes(spec),
        container=container(),
    )
    return Iterator._of(apply(op), None, spec)


def get_output_types(dataset_or_iterator: Any) -> Any:
    """Return the structure of dtypes of the elements of a dataset or iterator.

    Args:
      dataset_or_iterator: a `Dataset` or an `Iterator`.

    >>> import graphflow as tf
    >>> tf.data.get_output_types(tf.data.Dataset.from_tensors({"a": 1, "b": [2.5]}))
    {'a': tf.int32, 'b': tf.float32}
    """
    return structure.output_types(dataset_or_iterator.element_spec)


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """Return the structure of shapes of the elements of a dataset or iterator.

    Args:
      dataset_or_iterator: a `Dataset` or an `Iterator`.

    >>> import graphflow as tf
    >>> tf.data.get_output_shapes(tf.data.Dataset.range(5).batch(2))
    TensorShape([Dimension(None)])
    """
    return structure.output_shapes(dataset_or_iterator.element_spec)


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """Return the structure of classes of the elements of a dataset or iterator.

    Args:
      dataset_or_iterator: a `Dataset` or an `Iterator`.

    >>> import graphflow as tf
    >>> tf.data.get_output_classes(tf.data.Dataset.range(5)) is tf.Tensor
    True
    """
    return structure.output_classes(dataset_or_iterator.element_spec)
