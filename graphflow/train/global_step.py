"""The global step: a counter of training steps."""

from __future__ import annotations

from typing import Any

from graphflow.core import dtypes
from graphflow.core.graph import Graph, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable

# The collection of what `global_step_before_run` made; a name that programs know.
_STEP_BEFORE_RUN = "global_step_read_op_cache"


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """Return the current value of the global step.

    Args:
      sess: the session that holds it.
      global_step_tensor: the variable or tensor.
    """
    return int(sess.run(global_step_tensor))


def get_global_step(graph: Graph | None = None) -> Any:
    """Return the global step variable of a graph, None if there is none.

    Args:
      graph: the graph; the default graph if absent.

    Raises:
      TypeError: what is called global step is not an integer scalar.
      RuntimeError: the graph has several.
    """
    graph = graph or get_default_graph()
    steps = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(steps) > 1:
        raise RuntimeError(f"the graph has several global steps: {steps}")
    if steps:
        found = steps[0]
    else:
        try:
            found = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(found)
    return found


def create_global_step(graph: Graph | None = None) -> Any:
    """Create the global step of a graph, an int64 variable.

    Raises:
      ValueError: the graph has one already.
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError("the graph has a global step already")
    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=Zeros(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """Return the global step of a graph, created if there is none."""
    graph = graph or get_default_graph()
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def global_step_before_run(graph: Graph | None = None) -> Tensor | None:
    """Return a tensor whose value is that of the global step when a run begins.

    Args:
      graph: the graph; the default graph if absent.

    Returns:
      The tensor, made once for each graph; None if there is no global step.
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(_STEP_BEFORE_RUN)
    if found:
        return found[0]  # type: ignore[no-any-return]
    step = get_global_step(graph)
    if step is None:
        return None
    with graph.as_default(), graph.name_scope(f"{step.op.name}/"):
        read: Tensor = step + 0
    graph.add_to_collection(_STEP_BEFORE_RUN, read)
    return read


def assert_global_step(global_step_tensor: Any) -> None:
    """Check that a tensor or variable can be the global step.

    Raises:
      TypeError: it is not an integer scalar.
    """
    if not isinstance(global_step_tensor, Tensor) and not hasattr(global_step_tensor, "_ref"):
        raise TypeError(f"the global step is a variable or tensor, not {global_step_tensor!r}")
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(f"the global step must be an integer, not {global_step_tensor.dtype.name}")
    shape = global_step_tensor.get_shape()
    if shape.ndims not in (0, None):
        raise TypeError(f"the global step must be a scalar, not of shape {shape}")
