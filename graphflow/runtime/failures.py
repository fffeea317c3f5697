"""Turn whatever a kernel raises into an error of TensorFlow's class that names node and line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.errors import OpError, error_from_exception
from graphflow.core.graph import Operation
from graphflow.core.handles import handle_in
from graphflow.core.spec import TensorSpec


def failure(
    error: BaseException, operation: Operation, inputs: Sequence[Any] | None
) -> BaseException:
    """Return the error to raise from a run in which `operation` raised `error`.

    Args:
      error: the kernel's exception.
      operation: what was run.
      inputs: the values (or specs of the values) it was run on, if at hand.
    """
    if not isinstance(error, Exception):
        return error  # KeyboardInterrupt and the like pass unchanged
    if isinstance(error, OpError) and error.op is not None and error.node_def is not None:
        return error  # complete already: a run cancelled because of another step's error
    kind = type(error) if isinstance(error, OpError) else error_from_exception(error)
    text = error.message if isinstance(error, OpError) else f"{type(error).__name__}: {error}"
    message = f"{text}\n  in {_describe(operation, inputs)}"
    if operation.user_line:
        message += f"\n  made at {operation.user_line}"
    node_def = NodeName(operation)
    result: OpError = kind(node_def, operation, message)  # type: ignore[call-arg]
    result.__cause__ = error.__cause__ if isinstance(error, OpError) else error
    return result


class NodeName:
    """The `node_def` of an error: its name and op type without building the message."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    @property
    def name(self) -> str:
        """The operation's name."""
        return self._operation.name

    @property
    def op(self) -> str:
        """The op type."""
        return self._operation.type

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._operation.node_def, name)

    def __repr__(self) -> str:
        return repr(self._operation)


def _describe(operation: Operation, inputs: Sequence[Any] | None) -> str:
    node = f"node {operation.name!r}: {operation.op!r}"
    if inputs is None:
        return node
    listed = ", ".join(
        f"{tensor.name}: {_spec(value)}"
        for tensor, value in zip(operation.inputs, inputs, strict=False)
    )
    return f"{node}({listed})"


def _spec(value: Any) -> str:
    if value is None:
        return "uninitialized"
    if isinstance(value, TensorSpec):
        return str(value)
    handle = handle_in(value)
    if handle is not None:
        return f"resource, {handle}"
    array = np.asarray(value)
    kind = "string" if array.dtype == object else array.dtype.name
    return f"{kind}{array.shape}".replace(",)", ")")
