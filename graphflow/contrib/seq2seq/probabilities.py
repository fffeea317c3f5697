"""From scores to where an attention looks: all at the best place, or never backwards."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope


def hardmax(logits: Any, name: str | None = None) -> Tensor:
    """Return 1 at the largest element of each row and 0 elsewhere.

    Args:
      logits: floating [..., classes].
      name: the name scope of the operations.

    Returns:
      A tensor like `logits`; of several largest elements the first gets the 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.seq2seq.hardmax([[1.0, 3.0, 2.0], [5.0, 4.0, 5.0]]))
    array([[0., 1., 0.],
           [1., 0., 0.]], dtype=float32)
    """
    with name_scope(name, "Hardmax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        known = logits.shape.as_list()[-1] if logits.shape.rank else None
        depth = ops.shape(logits)[-1] if known is None else known
        return ops.one_hot(ops.argmax(logits, -1), depth, dtype=logits.dtype)


def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Return cumulative products of numbers from 0 to 1, with gradients that stay finite.

    It is the exponential of the cumulative sums of logarithms; numbers are taken to be at least the
    smallest normal one of their dtype and at most 1.

    Args:
      x: floating tensor of numbers from 0 to 1.
      *args: as for `tf.cumsum`.
      **kwargs: as for `tf.cumsum`.

    Returns:
      A tensor like `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.seq2seq.safe_cumprod([0.5, 0.2, 1.0, 0.4])).round(4)
    array([0.5 , 0.1 , 0.1 , 0.04], dtype=float32)
    """
    with name_scope(None, "SafeCumprod", [x]):
        x = convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return ops.exp(ops.cumsum(ops.log(ops.clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Tensor:
    """Return where an attention looks that never goes back.

    From where it looked before, it inspects one place of the memory after the other and stops at
    each with a given probability.

    Args:
      p_choose_i: floating [batch, time], the probability to stop at each place.
      previous_attention: floating [batch, time], where it looked in the step before.
      mode: "recursive" computes the probabilities place by place; "parallel" all at once, by a
        formula that is less exact for probabilities close to 0 and 1; "hard" is for probabilities
        that are 0 or 1, and a previous attention that is at one place.

    Returns:
      Floating [batch, time], the probability to have stopped at each place; they sum to less than 1
      if it may run past the end.

    Raises:
      ValueError: there is no such mode.

    >>> import graphflow as tf
    >>> attention = tf.contrib.seq2seq.monotonic_attention(
    ...     [[0.5, 0.25, 1.0]], [[1.0, 0.0, 0.0]], mode="recursive"
    ... )
    >>> tf.Session().run(attention)
    array([[0.5  , 0.125, 0.375]], dtype=float32)
    """
    p_choose_i = convert_to_tensor(p_choose_i, name="p_choose_i")
    previous_attention = convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        return _recursive(p_choose_i, previous_attention)
    if mode == "parallel":
        return _parallel(p_choose_i, previous_attention)
    if mode == "hard":
        reached: Any = p_choose_i * ops.cumsum(previous_attention, axis=1)
        passed = ops.cumprod(1 - reached, axis=1, exclusive=True)
        return ops.multiply(reached, passed)
    raise ValueError(
        f"mode must be 'recursive', 'parallel' or 'hard', not {mode!r}{at_user_line()}"
    )


def _recursive(p_choose: Any, previous: Tensor) -> Tensor:
    """Pass on from place to place the probability to get there."""
    batch = ops.shape(p_choose)[:1]
    first = ops.ones_like(p_choose[:, :1])
    go_on = ops.concat([first, 1 - p_choose[:, :-1]], 1)
    arrived = ops.scan(
        lambda before, place: ops.reshape(place[0] * before + place[1], batch),
        [ops.transpose(go_on), ops.transpose(previous)],
        ops.zeros(batch, p_choose.dtype),
    )
    return ops.multiply(p_choose, ops.transpose(arrived))


def _parallel(p_choose: Any, previous: Tensor) -> Tensor:
    passed = safe_cumprod(1 - p_choose, axis=1, exclusive=True)
    # Below the bound the quotient would overflow; there the product is next to nothing anyway.
    started = ops.cumsum(previous / ops.clip_by_value(passed, 1e-10, 1.0), axis=1)
    return ops.multiply(p_choose * passed, started)
