"""What the functions of `tf.contrib.layers` share: named outputs in collections, sizes, conditions.

An output gets the name of its layer as an *alias*, by which `convert_collection_to_dict` finds it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from graphflow.contrib.framework.tensors import smart_cond as smart_cond
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import get_default_graph
from graphflow.core.spec import as_shape


def constant_value(value_or_tensor_or_var: Any, dtype: Any = None) -> Any:
    """Return a value that is known while building: a number, or that of a tensor; else None.

    Args:
      value_or_tensor_or_var: a number, or a scalar tensor or variable.
      dtype: the dtype that a tensor must have; None for any.

    Raises:
      TypeError: it has another dtype.
      ValueError: it is a tensor of another shape.

    >>> import graphflow as tf
    >>> constant_value(2.5), constant_value(tf.constant(True)), constant_value(tf.Variable(3))
    (2.5, True, None)
    """
    item = value_or_tensor_or_var
    if item is None or not is_tensor_like(item):
        return item
    tensor = convert_to_tensor(item)
    if dtype is not None and not as_dtype(dtype).is_compatible_with(tensor.dtype):
        raise TypeError(f"{tensor.name} is {tensor.dtype.name}, not {as_dtype(dtype).name}")
    if tensor.shape.ndims not in (0, None):
        raise ValueError(f"{tensor.name} must be a scalar, it has shape {tensor.shape}")
    known = tensor.constant_value()
    return None if known is None else known.item()


def static_cond(pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any]) -> Any:
    """Return `fn1()` or `fn2()`, chosen while building.

    Args:
      pred: True or False.
      fn1: called if it is true.
      fn2: called if it is false.

    Raises:
      TypeError: a function cannot be called.

    >>> static_cond(0, lambda: "yes", lambda: "no")
    'no'
    """
    if not callable(fn1) or not callable(fn2):
        raise TypeError(f"fn1 and fn2 must be functions, not {fn1!r} and {fn2!r}")
    return fn1() if pred else fn2()


def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Add the output of a layer to collections, under an alias.

    Args:
      collections: the name of a collection, or a list of names; None for none.
      alias: the alias.
      outputs: the tensor.

    Returns:
      The tensor.
    """
    if collections:
        append_tensor_alias(outputs, alias)
        get_default_graph().add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Give a tensor one more alias.

    Args:
      tensor: the tensor.
      alias: the alias; a final "/" is left out.

    Returns:
      The tensor.
    """
    tensor.aliases = [*getattr(tensor, "aliases", ()), alias.removesuffix("/")]
    return tensor


def gather_tensors_aliases(tensors: Iterable[Any]) -> list[str]:
    """Return the aliases of tensors, or their names where they have none.

    Args:
      tensors: the tensors.
    """
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def get_tensor_aliases(tensor: Any) -> list[str]:
    """Return the aliases of a tensor, or its name if it has none.

    Args:
      tensor: the tensor.

    >>> import graphflow as tf
    >>> get_tensor_aliases(tf.constant(3, name="net/x"))
    ['net/x']
    """
    if hasattr(tensor, "aliases"):
        return list(tensor.aliases)
    return [str(tensor.name).removesuffix(":0")]


def convert_collection_to_dict(
    collection: str, clear_collection: bool = False
) -> OrderedDict[str, Any]:
    """Return the tensors of a collection by their aliases, in order.

    Args:
      collection: the name of the collection.
      clear_collection: whether to empty it.
    """
    graph = get_default_graph()
    found = graph.get_collection(collection)
    if clear_collection:
        graph.clear_collection(collection)
    return OrderedDict((alias, item) for item in found for alias in get_tensor_aliases(item))


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """Return the collections that a variable of a layer enters.

    Args:
      variables_collections: a list of collections for all variables, or a dictionary of such lists
        by the name of the variable; None for none.
      name: such as "weights".

    >>> get_variable_collections({"weights": ["w"]}, "weights")
    ['w']
    """
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def channel_dimension(shape: Any, data_format: str, min_rank: int = 1) -> int:
    """Return the size of the axis of channels.

    Args:
      shape: a shape.
      data_format: such as "NHWC" or "NCHW".
      min_rank: the least rank.

    Raises:
      ValueError: the rank is less, or the size is not known.
    """
    return _dimension(shape, 1 if data_format.startswith("NC") else -1, min_rank)


def last_dimension(shape: Any, min_rank: int = 1) -> int:
    """Return the size of the last axis.

    Args:
      shape: a shape.
      min_rank: the least rank.

    Raises:
      ValueError: the rank is less, or the size is not known.

    >>> import graphflow as tf
    >>> last_dimension(tf.zeros([2, 5, 3]).shape)
    3
    """
    return _dimension(shape, -1, min_rank)


def _dimension(shape: Any, axis: int, min_rank: int) -> int:
    sizes = as_shape(shape).as_tuple()
    if sizes is None:
        raise ValueError("the rank of the inputs must be known")
    if len(sizes) < min_rank:
        raise ValueError(f"the inputs must have a rank of {min_rank} or more, not shape {shape}")
    size = sizes[axis]
    if size is None:
        raise ValueError(f"the size of axis {axis} must be known, the shape is {shape}")
    return size


def two_element_tuple(int_or_tuple: Any) -> tuple[int, int]:
    """Return two sizes, given as two or as one for both.

    Args:
      int_or_tuple: an integer, or a list, tuple or shape of two.

    Raises:
      ValueError: it is something else.

    >>> two_element_tuple(3), two_element_tuple([2, 5])
    ((3, 3), (2, 5))
    """
    first, second = n_positive_integers(2, int_or_tuple)
    return first, second


def n_positive_integers(n: int, value: Any) -> tuple[int, ...]:
    """Return n positive integers, given as n or as one for all.

    Args:
      n: how many.
      value: an integer, or a list, tuple or shape of n.

    Raises:
      ValueError: it is something else.

    >>> n_positive_integers(3, 2), n_positive_integers(3, [4, 5, 6])
    ((2, 2, 2), (4, 5, 6))
    """
    items = (value,) * n if isinstance(value, int) else as_shape(value).as_tuple() or ()
    sizes = tuple(size or 0 for size in items)
    if len(sizes) != n or any(size < 1 for size in sizes):
        raise ValueError(f"{n} positive integers are needed, or one for all, not {value!r}")
    return sizes
