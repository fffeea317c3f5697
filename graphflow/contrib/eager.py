"""`tf.contrib.eager`: what a program of graphs uses of it; what runs without a graph refuses."""

from __future__ import annotations

from typing import Any, NoReturn

ASYNC, SYNC = 1, 0
DEVICE_PLACEMENT_EXPLICIT, DEVICE_PLACEMENT_WARN, DEVICE_PLACEMENT_SILENT = 0, 1, 2


def num_gpus() -> int:
    """Return 0: operations run on the processor."""
    return 0


def list_devices() -> list[str]:
    """Return the names of the devices.

    >>> list_devices()
    ['/job:localhost/replica:0/task:0/device:CPU:0']
    """
    return ["/job:localhost/replica:0/task:0/device:CPU:0"]


def defun(
    func: Any = None,
    input_signature: Any = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
) -> NoReturn:
    """Refuse: call the function itself, which adds its operations to the graph.

    Args:
      func: not used.
      input_signature: not used.
      autograph: not used.
      experimental_autograph_options: not used.

    Raises:
      NotImplementedError: always.
    """
    del func, input_signature, autograph, experimental_autograph_options
    raise _refusal("defun", "call the function itself, or use tf.contrib.framework.Defun")


def gradients_function(f: Any, params: Any = None) -> NoReturn:
    """Refuse: gradients are operations of the graph.

    Args:
      f: not used.
      params: not used.

    Raises:
      NotImplementedError: always.
    """
    del f, params
    raise _refusal("gradients_function", "use tf.gradients or tf.GradientTape")


def value_and_gradients_function(f: Any, params: Any = None) -> NoReturn:
    """Refuse: gradients are operations of the graph.

    Args:
      f: not used.
      params: not used.

    Raises:
      NotImplementedError: always.
    """
    del f, params
    raise _refusal("value_and_gradients_function", "use tf.gradients or tf.GradientTape")


def implicit_gradients(f: Any) -> NoReturn:
    """Refuse: gradients are operations of the graph.

    Args:
      f: not used.

    Raises:
      NotImplementedError: always.
    """
    del f
    raise _refusal("implicit_gradients", "use tf.gradients or tf.GradientTape")


def implicit_value_and_gradients(f: Any) -> NoReturn:
    """Refuse: gradients are operations of the graph.

    Args:
      f: not used.

    Raises:
      NotImplementedError: always.
    """
    del f
    raise _refusal("implicit_value_and_gradients", "use tf.gradients or tf.GradientTape")


class Iterator:
    """Refuses: without a session nothing can be iterated over.

    Args:
      dataset: not used.

    Raises:
      NotImplementedError: always.
    """

    def __init__(self, dataset: Any) -> None:
        del dataset
        raise _refusal("Iterator", "use dataset.make_one_shot_iterator")


def _refusal(name: str, remedy: str) -> NotImplementedError:
    return NotImplementedError(
        f"tf.contrib.eager.{name}: graphflow is TensorFlow 1 without eager execution; {remedy}"
    )
