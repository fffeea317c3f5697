"""Functions that act on the default graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from graphflow.core.convert import IndexedSlices, is_tensor_like
from graphflow.core.graph import Tensor, get_default_graph, outer_graphs
from graphflow.core.sparse import SparseTensor


def add_to_collection(name: Any, value: Any) -> None:
    """Append `value` to the collection `name` of the default graph.

    Args:
      name: the collection, often one of `tf.GraphKeys`.
      value: anything.
    """
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Append `value` to each collection in `names` of the default graph.

    Args:
      names: a name or several.
      value: anything.
    """
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """Return a copy of a collection of the default graph.

    Args:
      key: the collection.
      scope: only items whose name matches this regular expression at its beginning.
    """
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """Return a collection of the default graph itself.

    Args:
      key: the collection.
    """
    return get_default_graph().get_collection_ref(key)


def control_dependencies(
    control_inputs: Sequence[Any] | None,
) -> AbstractContextManager[None]:
    """Make the operations of a `with` block run after `control_inputs`.

    Only operations *made* in the block wait.

    Args:
      control_inputs: operations, tensors or variables; None clears outer blocks.

    >>> import graphflow as tf
    >>> v = tf.Variable(1)
    >>> with tf.control_dependencies([tf.assign(v, 5)]):
    ...     after = v + 10
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     print(sess.run(after))
    15
    """
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: Any) -> AbstractContextManager[None]:
    """Record a device for the operations of a `with` block; it has no effect on execution.

    Args:
      device_name_or_function: a device string or spec, a function of the operation, or None.

    Raises:
      ValueError: the string is malformed.

    >>> import graphflow as tf
    >>> with tf.device("/cpu:0"):
    ...     print(tf.constant(3).device)
    /device:CPU:0
    """
    return get_default_graph().device(device_name_or_function)


def colocate_with(op: Any, ignore_existing: bool = False) -> AbstractContextManager[None]:
    """Record that the operations of a `with` block belong on the device of `op`.

    Args:
      op: an operation, tensor or variable.
      ignore_existing: whether to forget outer blocks.
    """
    return get_default_graph().colocate_with(op, ignore_existing)


def container(container_name: str) -> AbstractContextManager[str]:
    """Name the resource container of stateful operations made in a `with` block.

    Args:
      container_name: the name.
    """
    return get_default_graph().container(container_name)


@contextmanager
def init_scope() -> Iterator[None]:
    """Lift the operations of a `with` block out of control dependencies and function bodies."""
    *_, graph = outer_graphs(get_default_graph())
    scope = graph.get_name_scope()
    with (
        graph.as_default(),
        graph.name_scope(scope + "/" if scope else None),
        graph.control_dependencies(None),
    ):
        yield


def is_tensor(x: Any) -> bool:
    """Tell whether `x` is a tensor, or converts to one as a variable does.

    Args:
      x: anything.

    >>> import graphflow as tf
    >>> tf.is_tensor(tf.constant(3)), tf.is_tensor([3])
    (True, False)
    """
    return isinstance(x, (SparseTensor, IndexedSlices)) or is_tensor_like(x)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """Return the value of a tensor if the graph alone determines it, else None.

    Args:
      tensor: a tensor; what is none, such as a number, is returned as it is.
      partial: whether a partly known vector may be returned, None where unknown.

    Returns:
      A numpy array, or None.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [3, None])
    >>> print(tf.get_static_value(tf.constant(2) * 3), tf.get_static_value(tf.shape(x)))
    6 None
    """
    if not is_tensor(tensor):
        return tensor
    if not isinstance(tensor, Tensor):
        return None
    value = tensor.constant_value()
    if value is None and partial:
        return tensor.partial_value()
    return value
