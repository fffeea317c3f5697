"""What all queues share: elements go in, come out, and the queue is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Op
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, as_shape


class QueueBase:
    """A queue of a session: its elements are tuples of tensors.

    Programs make one of its subclasses.  Operations that put elements in wait while the queue is
    full, those that take elements out while there are not enough; others go on meanwhile.  Such a
    wait ends with an error when the queue is closed, the run's timeout passes (see
    `tf.RunOptions`), the session is closed, or Ctrl-C is pressed.

    Args:
      dtypes: the dtypes of an element's components.
      shapes: their shapes.
      names: names of the components, or None; with names an element is a dictionary.
      queue_ref: the handle of the queue, a resource scalar.

    Raises:
      ValueError: there are not as many shapes or names as dtypes.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Sequence[Any] | None,
        names: Sequence[str] | None,
        queue_ref: Tensor,
    ) -> None:
        self._dtypes = [as_dtype(dtype) for dtype in dtypes]
        if shapes is None:
            self._shapes = [TensorShape(None)] * len(self._dtypes)
        elif len(shapes) != len(self._dtypes):
            raise ValueError(f"there are {len(shapes)} shapes for {len(self._dtypes)} dtypes")
        else:
            self._shapes = [as_shape(shape) for shape in shapes]
        if names is not None and len(names) != len(self._dtypes):
            raise ValueError(f"there are {len(names)} names for {len(self._dtypes)} dtypes")
        self._names = names
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    # -- what it is -------------------------------------------------------------------------------

    @property
    def queue_ref(self) -> Tensor:
        """The handle of the queue."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the queue."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        """The dtypes of an element's components."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of an element's components."""
        return self._shapes

    @property
    def names(self) -> Sequence[str] | None:
        """The names of an element's components, None if they have none."""
        return self._names

    @staticmethod
    def from_list(index: Any, queues: Sequence[QueueBase]) -> QueueBase:
        """Return the queue at a position of a list, which is known only in a run.

        Args:
          index: an integer scalar.
          queues: queues with the same dtypes and names.

        Returns:
          A `QueueBase`.

        Raises:
          TypeError: `queues` is no list of queues, or their dtypes or names differ.

        >>> import graphflow as tf
        >>> first, second = tf.FIFOQueue(5, tf.int32), tf.FIFOQueue(5, tf.int32)
        >>> chosen = tf.QueueBase.from_list(tf.constant(1), [first, second])
        >>> with tf.Session() as sess:
        ...     sess.run(chosen.enqueue(7))
        ...     print(*sess.run([first.size(), second.size()]))
        0 1
        """
        if not isinstance(queues, (list, tuple)) or not queues:
            raise TypeError(f"queues must be a list of queues, not {queues!r}")
        for queue in queues:
            if not isinstance(queue, QueueBase):
                raise TypeError(f"queues must be a list of queues, it holds {queue!r}")
        first = queues[0]
        for queue in queues[1:]:
            if queue.dtypes != first.dtypes:
                raise TypeError(
                    f"the queues differ in dtypes: {first.name!r} has {_listed(first.dtypes)}, "
                    f"{queue.name!r} {_listed(queue.dtypes)}"
                )
            if _listed(queue.names) != _listed(first.names):
                raise TypeError(
                    f"the queues differ in names: {first.name!r} has {first.names}, "
                    f"{queue.name!r} {queue.names}"
                )
        handle = ops.gather(ops.stack([queue.queue_ref for queue in queues]), index)
        shapes = [
            _common(list(candidates))
            for candidates in zip(*[queue.shapes for queue in queues], strict=True)
        ]
        return QueueBase(first.dtypes, shapes, first.names, handle)

    # -- putting in -------------------------------------------------------------------------------

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Put an element in; the operation waits while the queue is full.

        Args:
          vals: a tensor, or a list of one for each component; a dictionary if they have names.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          ValueError: components or shapes do not fit the queue.
          CancelledError: (in the run) the queue is closed.
        """
        with name_scope(name, f"{self._name}_enqueue", _parts(vals)) as scope:
            tensors = self._components(vals)
            for tensor, shape in zip(tensors, self._shapes, strict=True):
                tensor.shape.assert_is_compatible_with(shape)
            return apply_op(ops.QueueEnqueueV2(), self._queue_ref, tensors, name=scope)

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Put several elements in: the slices of tensors along the first axis.

        Each goes in as soon as there is room.  When the queue is closed meanwhile, the operation
        fails, and those that went in stay.

        Args:
          vals: like that of `enqueue`, with one more axis in front of each component.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          ValueError: components or shapes do not fit the queue, or differ in length.
          CancelledError: (in the run) the queue is closed.
        """
        with name_scope(name, f"{self._name}_EnqueueMany", _parts(vals)) as scope:
            tensors = self._components(vals)
            count = Dimension(None)
            for tensor, shape in zip(tensors, self._shapes, strict=True):
                rows = tensor.shape.with_rank_at_least(1)
                count = count.merge_with(rows[0])
                rows[1:].assert_is_compatible_with(shape)
            return apply_op(ops.QueueEnqueueManyV2(), self._queue_ref, tensors, name=scope)

    def _components(self, vals: Any) -> list[Tensor]:
        """The components of an element as tensors, in order."""
        if isinstance(vals, Mapping):
            vals = self._in_order(vals)
        elif self._names is not None:
            raise ValueError(
                f"the queue has names, so that elements are dictionaries of {list(self._names)}, "
                f"not {vals!r}"
            )
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        if len(vals) != len(self._dtypes):
            raise ValueError(
                f"an element of {self._name!r} has {len(self._dtypes)} components "
                f"{_listed(self._dtypes)}, {len(vals)} are given"
            )
        return [
            convert_to_tensor(value, dtype=dtype, name=f"component_{index}")
            for index, (value, dtype) in enumerate(zip(vals, self._dtypes, strict=True))
        ]

    def _in_order(self, vals: Mapping[str, Any]) -> list[Any]:
        if self._names is None:
            raise ValueError("the queue has no names: give a list, not a dictionary")
        if sorted(vals) != sorted(self._names):
            raise ValueError(f"the components are {list(self._names)}, not {sorted(vals)}")
        return [vals[name] for name in self._names]

    # -- taking out -------------------------------------------------------------------------------

    def dequeue(self, name: str | None = None) -> Any:
        """Take an element out; the operation waits while there is none.

        Args:
          name: the operation's name.

        Returns:
          A tensor, a list of tensors if an element has several components, or a dictionary if
          they have names.

        Raises:
          OutOfRangeError: (in the run) the queue is closed and empty.
        """
        found = self._taken(ops.QueueDequeueV2, name or f"{self._name}_Dequeue")
        return self._given_out(found, self._shapes)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out, joined along a new first axis; waits until there are enough.

        Args:
          n: int32 scalar.
          name: the operation's name.

        Returns:
          What `dequeue` does, of shape [n, ...].

        Raises:
          OutOfRangeError: (in the run) the queue is closed and has less, which stays in it.
          InvalidArgumentError: (in the run) the queue was made without shapes.
        """
        found = self._taken(ops.QueueDequeueManyV2, name or f"{self._name}_DequeueMany", n)
        return self._given_out(found, self._batched(found[0].op.inputs[1].constant_value()))

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out like `dequeue_many`, or what is left in a closed queue.

        Args:
          n: int32 scalar.
          name: the operation's name.

        Returns:
          What `dequeue` does, of shape [at most n, ...].

        Raises:
          OutOfRangeError: (in the run) the queue is closed and empty.
          InvalidArgumentError: (in the run) the queue was made without shapes.
        """
        found = self._taken(ops.QueueDequeueUpToV2, name or f"{self._name}_DequeueUpTo", n)
        return self._given_out(found, self._batched(None))

    def _taken(self, op: type[Op], name: str, *arguments: Any) -> list[Tensor]:
        made: Any = op
        return apply_multi(made(tuple(self._dtypes)), self._queue_ref, *arguments, name=name)

    def _batched(self, count: Any) -> list[TensorShape]:
        size = None if count is None else int(count)
        return [TensorShape([size]).concatenate(shape) for shape in self._shapes]

    def _given_out(self, tensors: Sequence[Tensor], shapes: Sequence[TensorShape]) -> Any:
        for tensor, shape in zip(tensors, shapes, strict=True):
            tensor.set_shape(shape)
        if self._names is not None:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else list(tensors)

    # -- state ------------------------------------------------------------------------------------

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Let the queue take no elements any more.

        Those in it can still be taken out.  Operations that wait for more than that fail with
        `OutOfRangeError`, later ones that put elements in with `CancelledError`.

        Args:
          cancel_pending_enqueues: whether operations that wait for room fail too; else closing
            waits for them.
          name: the operation's name.

        Returns:
          An `Operation`.
        """
        op = ops.QueueCloseV2(cancel_pending_enqueues)
        return apply_op(op, self._queue_ref, name=name or f"{self._name}_Close")

    def is_closed(self, name: str | None = None) -> Tensor:
        """Return a bool scalar: whether the queue is closed.

        Args:
          name: the operation's name.
        """
        name = name or f"{self._name}_Is_Closed"
        return apply(ops.QueueIsClosedV2(), self._queue_ref, name=name)

    def size(self, name: str | None = None) -> Tensor:
        """Return an int32 scalar: how many elements there are.

        Args:
          name: the operation's name.
        """
        return apply(ops.QueueSizeV2(), self._queue_ref, name=name or f"{self._name}_Size")


def _parts(vals: Any) -> list[Any]:
    if isinstance(vals, Mapping):
        return list(vals.values())
    return list(vals) if isinstance(vals, (list, tuple)) else [vals]


def _listed(items: Any) -> list[str] | None:
    return None if items is None else [getattr(item, "name", item) for item in items]


def _common(shapes: Sequence[TensorShape]) -> TensorShape:
    result = shapes[0]
    for shape in shapes[1:]:
        result = result.most_specific_compatible_shape(shape)
    return result
