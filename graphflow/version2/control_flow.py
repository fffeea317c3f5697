"""Branches and loops with TensorFlow 2's signatures: their results keep their structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphflow import ops


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """Compute one of two branches.

    Args:
      pred: bool scalar.
      true_fn: a function of no arguments, called to build what is computed where it is True.
      false_fn: the same for False, with a result of the same structure and dtypes.
      name: a name for the operations.

    Returns:
      What the branches return; a list of one tensor stays a list.

    >>> import graphflow as tf
    >>> two = tf.constant([2])
    >>> pick = tf.compat.v2.cond(two[0] > 1, lambda: [two * 2], lambda: [two * 4])
    >>> with tf.Session() as session:
    ...     print(session.run(pick))
    [array([4], dtype=int32)]
    """
    return ops.cond(pred, true_fn=true_fn, false_fn=false_fn, strict=True, name=name)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Repeat a computation while a condition holds.

    Args:
      cond: a function of the loop variables that returns a bool scalar.
      body: a function of the loop variables that returns their next values.
      loop_vars: a list, tuple or nest of tensors: the first values.
      shape_invariants: the shapes, of the same structure, that hold in every round.
      parallel_iterations: a hint for TensorFlow; rounds run one after the other here.
      back_prop: whether gradients can go through the loop.
      swap_memory: a hint for GPUs.
      maximum_iterations: int scalar, the most rounds.
      name: a name for the operations.

    Returns:
      The last values, in the structure of `loop_vars`.

    >>> import graphflow as tf
    >>> powers = tf.compat.v2.while_loop(lambda x: x < 100, lambda x: [x * 3], [tf.constant(4)])
    >>> with tf.Session() as session:
    ...     print(len(powers), session.run(powers[0]))
    1 108
    """
    return ops.while_loop(
        cond,
        body,
        loop_vars,
        shape_invariants=shape_invariants,
        parallel_iterations=parallel_iterations,
        back_prop=back_prop,
        swap_memory=swap_memory,
        name=name,
        maximum_iterations=maximum_iterations,
        return_same_structure=True,
    )
