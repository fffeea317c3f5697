"""Switches between TensorFlow 1 and 2: graphflow is the first, always."""

from __future__ import annotations

from typing import NoReturn


def executing_eagerly() -> bool:
    """Return False: graphflow builds graphs and runs them in sessions."""
    return False


def disable_eager_execution() -> None:
    """Do nothing: there is no eager execution to disable."""


def disable_v2_behavior() -> None:
    """Do nothing: this is the behaviour of TensorFlow 1."""


def disable_v2_tensorshape() -> None:
    """Do nothing: the sizes in a shape are `Dimension` objects."""


def disable_tensor_equality() -> None:
    """Do nothing: tensors are compared by identity."""


def disable_control_flow_v2() -> None:
    """Do nothing: it only changes which ops a graph is made of."""


def control_flow_v2_enabled() -> bool:
    """Return False: graphs look as TensorFlow 1 makes them by default."""
    return False


def enable_eager_execution(
    config: object = None, device_policy: object = None, execution_mode: object = None
) -> NoReturn:
    """Refuse: graphflow has no eager execution.

    Args:
      config: not used.
      device_policy: not used.
      execution_mode: not used.

    Raises:
      NotImplementedError: always.
    """
    del config, device_policy, execution_mode
    raise _refusal("tf.enable_eager_execution: operations run in a session, with session.run")


def enable_v2_behavior() -> NoReturn:
    """Refuse: graphflow has no eager execution.

    Raises:
      NotImplementedError: always.
    """
    raise _refusal("tf.enable_v2_behavior: operations run in a session, with session.run")


def enable_v2_tensorshape() -> NoReturn:
    """Refuse: sizes in a shape stay `Dimension` objects.

    Raises:
      NotImplementedError: always.
    """
    raise _refusal("tf.enable_v2_tensorshape: use shape.as_list() for plain numbers")


def enable_tensor_equality() -> NoReturn:
    """Refuse: tensors are compared by identity.

    Raises:
      NotImplementedError: always.
    """
    raise _refusal("tf.enable_tensor_equality: use tf.equal to compare values")


def _refusal(what: str) -> NotImplementedError:
    return NotImplementedError(f"{what} (graphflow is TensorFlow 1 without eager execution)")
