"""The kinds of queues: by arrival, by chance, by priority, and with padding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import DType, as_dtype, int64 as _int64
from graphflow.core.graph import get_default_graph
from graphflow.core.spec import Dimension, TensorShape, as_shape
from graphflow.queues.base import QueueBase


class FIFOQueue(QueueBase):
    """A queue whose elements come out in the order in which they went in.

    Args:
      capacity: how many elements there may be.
      dtypes: the dtypes of an element's components, or one dtype.
      shapes: their shapes, fully known; needed to take out several elements at once.
      names: names of the components, or None; with names an element is a dictionary.
      shared_name: queues of one shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: a shape is not fully known, or there are not as many shapes or names as dtypes.

    >>> import graphflow as tf
    >>> queue = tf.FIFOQueue(10, tf.int32, shapes=[[]])
    >>> fill, take = queue.enqueue_many([[3, 1, 2]]), queue.dequeue_many(2)
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     sess.run(take)
    array([3, 1], dtype=int32)
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "fifo_queue",
    ) -> None:
        types = _as_types(dtypes)
        known = _as_shapes(shapes, types)
        op = ops.FIFOQueueV2(
            tuple(types), tuple(known or ()), capacity, _container(), shared_name or ""
        )
        super().__init__(types, known, _as_names(names, types), apply(op, name=name))


class RandomShuffleQueue(QueueBase):
    """A queue whose elements come out in random order.

    Args:
      capacity: how many elements there may be.
      min_after_dequeue: how many must stay in it, to choose from, until it is closed.
      dtypes: the dtypes of an element's components, or one dtype.
      shapes: their shapes, fully known; needed to take out several elements at once.
      names: names of the components, or None; with names an element is a dictionary.
      seed: a Python integer, see `tf.set_random_seed`.
      shared_name: queues of one shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: a shape is not fully known, or there are not as many shapes or names as dtypes.

    >>> import graphflow as tf
    >>> queue = tf.RandomShuffleQueue(10, 0, tf.int32, shapes=[[]], seed=5)
    >>> fill, take = queue.enqueue_many([[10, 20, 30, 40]]), queue.dequeue_many(4)
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     sorted(sess.run(take).tolist())
    [10, 20, 30, 40]
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str | None = "random_shuffle_queue",
    ) -> None:
        types = _as_types(dtypes)
        known = _as_shapes(shapes, types)
        seed1, seed2 = _seeds(seed, shared_name)
        op = ops.RandomShuffleQueueV2(
            tuple(types), tuple(known or ()), capacity, _container(), shared_name or "",
            min_after_dequeue, seed1, seed2,
        )  # fmt: skip
        super().__init__(types, known, _as_names(names, types), apply(op, name=name))


def _seeds(seed: int | None, shared_name: str | None) -> tuple[int, int]:
    """The seeds of a queue; those who share one must agree on them, wherever they make it."""
    seed1, seed2 = ops.get_seed(seed)
    if seed1 is not None and seed is None and shared_name is not None:
        digest = hashlib.md5(f"{seed1}{shared_name}".encode(), usedforsecurity=False).hexdigest()
        seed2 = int(digest[:8], 16) & 0x7FFFFFFF
    return seed1 or 0, seed2 or 0


class PaddingFIFOQueue(QueueBase):
    """A first-in, first-out queue whose elements may differ in size along some axes.

    Where several elements are taken out at once, each is padded with zeros (strings with empty
    ones) to the size of the largest.

    Args:
      capacity: how many elements there may be.
      dtypes: the dtypes of an element's components, or one dtype.
      shapes: their shapes, with None where sizes may differ; the rank must be known.
      names: names of the components, or None; with names an element is a dictionary.
      shared_name: queues of one shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: a rank is not known, or there are not as many shapes or names as dtypes.

    >>> import graphflow as tf
    >>> queue = tf.PaddingFIFOQueue(10, tf.int32, shapes=[[None]])
    >>> take = queue.dequeue_many(2)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue([[1, 2, 3]]))
    ...     sess.run(queue.enqueue([[4]]))
    ...     sess.run(take)
    array([[1, 2, 3],
           [4, 0, 0]], dtype=int32)
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "padding_fifo_queue",
    ) -> None:
        types = _as_types(dtypes)
        known = _as_shapes(shapes, types, unknown_sizes=True)
        if known is None:
            raise ValueError(f"a padding queue needs shapes for its {len(types)} dtypes")
        op = ops.PaddingFIFOQueueV2(
            tuple(types), tuple(known), capacity, _container(), shared_name or ""
        )
        super().__init__(types, known, _as_names(names, types), apply(op, name=name))


class PriorityQueue(QueueBase):
    """A queue whose elements come out by priority, the smallest first.

    The priority is the first component of an element, an int64 scalar in front of those that
    `types` tells.  Elements of one priority come out in the order in which they went in.

    Args:
      capacity: how many elements there may be.
      types: the dtypes of the other components, or one dtype.
      shapes: their shapes, fully known; needed to take out several elements at once.
      names: names of all components, also the priority, or None; with names an element is a
        dictionary.
      shared_name: queues of one shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: a shape is not fully known, or there are not as many shapes as types.

    >>> import graphflow as tf
    >>> queue = tf.PriorityQueue(10, tf.string, shapes=[[]])
    >>> fill = queue.enqueue_many([[30, 10, 20], ["c", "a", "b"]])
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     print(*sess.run(queue.dequeue()))
    10 b'a'
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str | None = "priority_queue",
    ) -> None:
        others = _as_types(types)
        known = _as_shapes(shapes, others)
        op = ops.PriorityQueueV2(
            tuple(others), tuple(known or ()), capacity, _container(), shared_name or ""
        )
        all_types = [_int64, *others]
        all_shapes = [TensorShape([]), *known] if known else None
        super().__init__(all_types, all_shapes, _as_names(names, all_types), apply(op, name=name))


def _container() -> str:
    return get_default_graph().current_container


def _as_types(dtypes: Any) -> list[DType]:
    listed = dtypes if isinstance(dtypes, (list, tuple)) else [dtypes]
    return [as_dtype(dtype).base_dtype for dtype in listed]


def _as_shapes(
    shapes: Any, dtypes: Sequence[DType], unknown_sizes: bool = False
) -> list[TensorShape] | None:
    """A list of shapes, one for each dtype; one shape may be given without a list."""
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape) or _is_one_shape(shapes):
        if unknown_sizes and shapes and None in shapes:
            raise ValueError(f"partly unknown shapes are given in a list, such as [{shapes}]")
        shapes = [shapes]
    known = [as_shape(shape) for shape in shapes]
    for shape in known:
        if shape.rank is None:
            raise ValueError(f"the ranks of all shapes must be known, not {known}")
        if not unknown_sizes and not shape.is_fully_defined():
            raise ValueError(
                f"all shapes must be fully defined, not {known}: a PaddingFIFOQueue takes others"
            )
    if len(known) != len(dtypes):
        raise ValueError(f"there are {len(known)} shapes for {len(dtypes)} dtypes")
    return known


def _is_one_shape(shapes: Sequence[Any]) -> bool:
    return all(size is None or isinstance(size, (int, Dimension)) for size in shapes)


def _as_names(names: Any, dtypes: Sequence[DType]) -> list[str] | None:
    if names is None:
        return None
    listed = [names] if isinstance(names, str) else list(names)
    if len(listed) != len(dtypes):
        raise ValueError(f"there are {len(listed)} names for {len(dtypes)} dtypes")
    return listed
