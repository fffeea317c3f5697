"""Functions of outer rooms that methods of core classes, and kernels of ops, call.

`Graph.as_graph_def` needs the wire format, `Tensor.eval` a session, `Tensor.__add__` an op: all of
them live outside core, which imports none of them.  An outer room provides such a function under a
name when it is imported, and the method asks for it here.  So does the kernel of an op that needs
a message of TensorFlow's.  Rooms that no run needs are imported no earlier.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])
_PROVIDED: dict[str, Callable[..., Any]] = {}

# Rooms that are imported when one of their functions is first asked for.
_LATE_ROOMS = {
    "graphflow.checkpoints.kernels": (
        "merge_checkpoints", "restore_tensors", "save_legacy_tensors", "save_tensors",
    ),
    "graphflow.interop.attributes": ("op_attributes",),
    "graphflow.interop.graphdef": ("as_graph_def", "graph_def_versions", "node_def"),
    "graphflow.interop.name_advice": ("explain_missing_name",),
    "graphflow.interop.op_defs": ("op_def",),
    "graphflow.interop.protos": ("bytes_from_json",),
    "graphflow.interop.tensor_proto": ("tensor_from_bytes", "tensor_to_bytes"),
    "graphflow.summary.kernels": (
        "audio_summary", "histogram_summary", "image_summary", "merge_summary", "scalar_summary",
        "tensor_summary",
    ),
    "graphflow.summary.writer_kernels": (
        "new_summary_writer", "write_event", "write_graph", "write_summary",
    ),
    "graphflow.viz.export": ("to_networkx",),
    "graphflow.viz.notebook": ("graph_html", "tensor_html"),
}  # fmt: skip
_LATE = {name: room for room, names in _LATE_ROOMS.items() for name in names}


def provide(name: str) -> Callable[[_F], _F]:
    """Return a decorator that provides a function to core under `name`."""

    def decorate(function: _F) -> _F:
        _PROVIDED[name] = function
        return function

    return decorate


def provided(name: str) -> Callable[..., Any]:
    """Return the function provided under `name`.

    Raises:
      NotImplementedError: no room that provides it was imported.
    """
    if name not in _PROVIDED and name in _LATE:
        import_module(_LATE[name])
    try:
        return _PROVIDED[name]
    except KeyError:
        raise NotImplementedError(f"nothing provides {name!r}: import graphflow first") from None
