"""`tensorflow.python.ops.control_flow_util`: questions about XLA, which compiles nothing here."""

from __future__ import annotations

from typing import Any

# Loops and conditions are functional here, whatever a program sets this to.
ENABLE_CONTROL_FLOW_V2 = True


def GraphOrParentsInXlaContext(graph: Any) -> bool:
    """Return False: XLA compiles no graph.

    Args:
      graph: a graph.
    """
    del graph
    return False


def IsInXLAContext(op: Any) -> bool:
    """Return False: XLA compiles no operation.

    Args:
      op: an operation.
    """
    del op
    return False


def GetContainingXLAContext(ctxt: Any) -> None:
    """Return None: there is no context of XLA.

    Args:
      ctxt: a context of control flow, or None.
    """
    del ctxt
