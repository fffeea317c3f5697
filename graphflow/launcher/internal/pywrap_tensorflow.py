"""`tensorflow.python.pywrap_tensorflow`."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import Graph, Tensor
from graphflow.version import __version__ as __version__


def IsMklEnabled() -> bool:
    """Return False: the kernels are numpy's."""
    return False


def TF_TryEvaluateConstant_wrapper(graph: Graph, output: Tensor) -> Any:
    """Return the value of a tensor that the graph alone determines, else None.

    Args:
      graph: the graph, as `graph._c_graph`.
      output: the tensor, as `tensor._as_tf_output()`.
    """
    del graph
    return output.constant_value()
