"""`tensorflow.python.ops.resources`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys


class _Resource(NamedTuple):
    """What a session keeps for a graph: its handle, what makes it, whether that was done."""

    handle: Tensor
    create: Operation
    is_initialized: Tensor


def register_resource(
    handle: Tensor, create_op: Operation, is_initialized_op: Tensor, is_shared: bool = True
) -> None:
    """Add a resource to the collections of resources.

    Args:
      handle: its handle.
      create_op: the operation that makes it.
      is_initialized_op: a bool scalar, whether it was made.
      is_shared: whether it is one of the shared ones, not the local ones.
    """
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    graph = get_default_graph()
    graph.add_to_collection(key, _Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """Return the shared resources of the default graph."""
    return get_default_graph().get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """Return the local resources of the default graph."""
    return get_default_graph().get_collection(GraphKeys.LOCAL_RESOURCES)


def initialize_resources(resource_list: Sequence[Any], name: str = "init") -> Operation:
    """Return an operation that makes resources.

    Args:
      resource_list: the resources.
      name: the operation's name.
    """
    return ops.group(*(resource.create for resource in resource_list), name=name)


def report_uninitialized_resources(
    resource_list: Sequence[Any] | None = None, name: str = "report_uninitialized_resources"
) -> Tensor:
    """Return the names of the resources that have not been made, a string vector.

    Args:
      resource_list: the resources, by default all.
      name: the operation's name.
    """
    resources = resource_list
    if resources is None:
        resources = [*shared_resources(), *local_resources()]
    if not resources:
        return ops.constant([], "string", name=name)
    names = ops.constant([resource.handle.name for resource in resources])
    missing = ops.logical_not(ops.stack([resource.is_initialized for resource in resources]))
    return ops.boolean_mask(names, missing, name=name)
