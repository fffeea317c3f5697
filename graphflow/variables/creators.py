"""Who makes a variable: the functions that `variable_creator_scope` puts around the default one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from graphflow.core.graph import Graph, get_default_graph

Creator = Callable[..., Any]
_KEY = ("__variable_creators",)
# The collection with the graph's store of variable scopes, as TensorFlow calls it.
SCOPE_STORE_KEY = ("__varscope",)


class _Creators(threading.local):
    """The creators of a graph, for each thread of its own: outermost first."""

    def __init__(self) -> None:
        self.stack: list[Creator] = []


def _creators(graph: Graph) -> _Creators:
    found = graph.get_collection_ref(_KEY)
    if not found:
        found.append(_Creators())
    creators = found[0]
    assert isinstance(creators, _Creators)
    return creators


@contextmanager
def variable_creator_scope(variable_creator: Creator) -> Iterator[None]:
    """Let a function take part in making the variables of the `with` block.

    Args:
      variable_creator: called as `variable_creator(next_creator, **kwargs)` with the arguments of
        `tf.Variable` by name; it may change them, and returns a variable, usually
        `next_creator(**kwargs)`.  Inner scopes come first.

    Yields:
      Nothing.

    >>> import graphflow as tf
    >>> def frozen(next_creator, **kwargs):
    ...     kwargs["trainable"] = False
    ...     return next_creator(**kwargs)
    >>> with tf.variable_creator_scope(frozen):
    ...     v = tf.Variable([1.0, 2.0])
    >>> v.trainable, tf.trainable_variables()
    (False, [])
    """
    creators = _creators(get_default_graph())
    old = creators.stack
    creators.stack = [*old, variable_creator]
    try:
        yield
    finally:
        creators.stack = old


def creation_chain(default: Creator) -> Creator:
    """Return the function that makes a variable now: `default` within all scopes' creators."""
    chain = default
    for creator in _creators(get_default_graph()).stack:
        chain = _wrapped(creator, chain)
    return chain


def _wrapped(creator: Creator, following: Creator) -> Creator:
    def create(**kwargs: Any) -> Any:
        return creator(following, **kwargs)

    return create


class _Defaults:
    """What holds for all graphs."""

    use_resource = False


def enable_resource_variables() -> None:
    """Make resource variables from now on, unless a variable or scope says otherwise."""
    _Defaults.use_resource = True


def disable_resource_variables() -> None:
    """Make reference variables from now on, unless a variable or scope says otherwise.

    This is how it is at first.
    """
    _Defaults.use_resource = False


def resource_variables_enabled() -> bool:
    """Tell whether variables are resource variables unless they or their scope say otherwise.

    >>> resource_variables_enabled()
    False
    """
    return _Defaults.use_resource


def scope_use_resource() -> bool:
    """Whether the current variable scope asks for resource variables."""
    stores = get_default_graph().get_collection_ref(SCOPE_STORE_KEY)
    asked = stores[0].current_scope.use_resource if stores else None
    return _Defaults.use_resource if asked is None else bool(asked)
