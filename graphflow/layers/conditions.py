"""Conditions that may be known while the graph is built, as `training` of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor, at_user_line
from graphflow.variables.base import Variable


def static_condition(condition: Any) -> bool | None:
    """Return whether a condition holds, None if only a run can tell.

    Args:
      condition: a bool, 0 or 1, or a scalar bool tensor or variable.

    Raises:
      TypeError: it is something else.

    >>> import graphflow as tf
    >>> static_condition(1), static_condition(tf.placeholder(tf.bool))
    (True, None)
    """
    if isinstance(condition, Tensor):
        value = condition.constant_value()
        return None if value is None else bool(value)
    if isinstance(condition, Variable):
        return None
    if condition in (0, 1):
        return bool(condition)
    raise TypeError(f"a condition is a bool or a bool tensor, not {condition!r}{at_user_line()}")


def smart_cond(
    condition: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = None
) -> Any:
    """Return what one of two functions returns, as `tf.cond`; build only that one if it is known.

    Args:
      condition: a bool, 0 or 1, or a scalar bool tensor.
      true_fn: called if it holds.
      false_fn: called if not.
      name: the name scope.

    Raises:
      TypeError: the condition is something else.

    >>> smart_cond(True, lambda: 3, lambda: 4)
    3
    """
    known = static_condition(condition)
    if known is None:
        return ops.cond(condition, true_fn, false_fn, name=name)
    return true_fn() if known else false_fn()
