"""`tensorflow.python.debug`: the debugger, which is not here; programs import it for an option."""

from __future__ import annotations

from typing import Any

import numpy as np


class _Debugger:
    """A part of TensorFlow's debugger."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        raise NotImplementedError(
            f"tf_debug.{type(self).__name__}: TensorFlow's debugger is not here; fetch the tensors "
            "to look at, or use tf.Print or tf.py_func with a breakpoint in it"
        )


class LocalCLIDebugWrapperSession(_Debugger):
    """A session that stops at each run, in a terminal."""


class DumpingDebugWrapperSession(_Debugger):
    """A session that writes all tensors of each run to files."""


class TensorBoardDebugWrapperSession(_Debugger):
    """A session that TensorBoard steers."""


class LocalCLIDebugHook(_Debugger):
    """A hook that stops at each run, in a terminal."""


class DumpingDebugHook(_Debugger):
    """A hook that writes all tensors of each run to files."""


class TensorBoardDebugHook(_Debugger):
    """A hook by which TensorBoard steers."""


def has_inf_or_nan(datum: Any, tensor: Any) -> bool:
    """Tell whether a tensor has elements that are not finite.

    Args:
      datum: how the debugger calls the tensor; not needed.
      tensor: its value.

    >>> has_inf_or_nan(None, [1.5, float("inf")]), has_inf_or_nan(None, [b"text"])
    (True, False)
    """
    del datum
    array = np.asarray(tensor)
    return array.dtype.kind in "fc" and not bool(np.isfinite(array).all())
