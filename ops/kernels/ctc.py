"""Connectionist temporal classification: losses with their gradients, and decoding.

Graves, Fernandez, Gomez and Schmidhuber: Connectionist temporal classification (2006). All examples
of a batch take their steps in time together. The last class is the blank.

The loss runs over the labels with a blank before, between and after them, the *states* of an
example. Probabilities are logarithms in double precision; that of what cannot happen is finite, so
that nothing becomes NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphflow.ops.kernels.sequences import padded

__all__ = ["IMPOSSIBLE", "Labels", "greedy_paths", "log_softmax", "loss_and_gradient"]

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

IMPOSSIBLE = -1e30
_HARDLY_POSSIBLE = -1e29


@dataclass(frozen=True)
class Labels:
    """The labels of a batch, padded.

    Attributes:
      values: int64 [batch, longest].
      lengths: int64 [batch].
    """

    values: Ints
    lengths: Ints

    @classmethod
    def of_flat(cls, rows: Ints, values: NDArray[Any], batch: int) -> Labels:
        """Make labels of values in order, each with its example.

        >>> Labels.of_flat(np.array([0, 2, 2]), np.array([7, 5, 6]), 3).values
        array([[7, 0],
               [0, 0],
               [5, 6]])
        """
        return cls(*padded(rows, values.astype(np.int64), batch))

    def is_inside(self) -> NDArray[np.bool_]:
        """Return where there is a label, bool [batch, longest]."""
        return np.arange(self.values.shape[1]) < self.lengths[:, None]

    def select(self, kept: NDArray[np.bool_]) -> Labels:
        """Return only the labels that are kept, bool [batch, longest]."""
        kept = kept & self.is_inside()
        rows = np.nonzero(kept)[0]
        return Labels.of_flat(rows, self.values[kept], len(self.lengths))

    def without_repetition(self) -> Labels:
        """Return labels of which none equals its predecessor."""
        kept = np.ones(self.values.shape, np.bool_)
        kept[:, 1:] = self.values[:, 1:] != self.values[:, :-1]
        return self.select(kept)


def log_softmax(logits: NDArray[Any]) -> Doubles:
    """Return the logarithms of the probabilities along the last axis, none of them infinite."""
    shifted = logits.astype(np.float64)
    with np.errstate(invalid="ignore"):
        shifted -= shifted.max(axis=-1, keepdims=True)
    total: Doubles = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    shifted -= total
    np.maximum(shifted, IMPOSSIBLE, out=shifted)
    return shifted


def loss_and_gradient(
    logits: NDArray[Any], labels: Labels, lengths: Ints, merge_repeated: bool
) -> tuple[Doubles, Doubles]:
    """Return the loss of each example and its gradient for the logits.

    Args:
      logits: floating [time, batch, classes], time at least 1.
      labels: the labels, each below classes - 1.
      lengths: int64 [batch], how many steps in time an example has.
      merge_repeated: whether equal classes in a row, without a blank between them, are one label.

    Returns:
      The losses [batch]: infinite where no path gives the labels; and gradients like the logits,
      zero behind an example's end. Examples without a step have the loss 0.

    >>> logits = np.log([[[0.25, 0.75]], [[0.5, 0.5]]])
    >>> labels = Labels(np.array([[0]]), np.array([1]))
    >>> loss, _ = loss_and_gradient(logits, labels, np.array([2]), True)
    >>> np.exp(-loss)  # "label, label", "blank, label" and "label, blank"
    array([0.625])
    """
    log_probability = log_softmax(logits)
    paths = _Paths(log_probability, labels, lengths, merge_repeated, logits.dtype)
    forward = paths.forward()
    total = paths.total(forward)
    posterior = paths.posterior(forward, total)
    gradient: Doubles = np.exp(log_probability)
    gradient[:, :, -1] -= posterior[:, :, 0::2].sum(axis=-1)
    steps, rows = np.ix_(np.arange(len(logits)), np.arange(len(lengths)))
    places = (steps * len(lengths) + rows)[:, :, None] * logits.shape[2] + labels.values
    in_labels = posterior[:, :, 1::2].reshape(-1)
    gradient -= np.bincount(places.reshape(-1), in_labels, gradient.size).reshape(gradient.shape)
    gradient *= np.arange(len(logits))[:, None, None] < lengths[:, None]
    loss = np.where(total < _HARDLY_POSSIBLE, np.inf, -total)
    return np.where(lengths > 0, loss, 0.0), gradient


class _Paths:
    """All paths through the states of a batch.

    Args:
      log_probability: of the classes, [time, batch, classes].
      labels: the labels.
      lengths: int64 [batch], how many steps in time an example has.
      merge_repeated: whether paths may stay in a label.
      dtype: that of corrections when logarithms are added; numpy is quickest with float32.
    """

    def __init__(
        self,
        log_probability: Doubles,
        labels: Labels,
        lengths: Ints,
        merge_repeated: bool,
        dtype: np.dtype[Any],
    ) -> None:
        self._dtype = dtype
        steps, batch, _ = log_probability.shape
        states = 2 * labels.values.shape[1] + 1
        self._rows = np.arange(batch)
        self._last_steps = lengths - 1
        self._last_states = 2 * labels.lengths
        self._emission = np.empty((steps, batch, states))
        self._emission[:, :, 0::2] = log_probability[:, :, -1:]
        classes = np.broadcast_to(labels.values, (steps, *labels.values.shape))
        self._emission[:, :, 1::2] = np.take_along_axis(log_probability, classes, axis=-1)
        follows = np.zeros((batch, states), np.bool_)  # a label, without a blank between them
        follows[:, 3::2] = True
        if merge_repeated:
            follows[:, 3::2] = labels.values[:, 1:] != labels.values[:, :-1]
        self._may_skip = np.where(follows, 0.0, IMPOSSIBLE)[:, 2:]
        stays = np.ones(states, np.bool_)
        stays[1::2] = merge_repeated
        self._may_stay = np.where(stays, 0.0, IMPOSSIBLE)

    def _log_add(self, terms: Sequence[Doubles]) -> Doubles:
        """The logarithm of the sum of exponentials."""
        largest = np.maximum(np.maximum(terms[0], terms[1]), terms[2])
        total = np.zeros(largest.shape, self._dtype)
        for term in terms:
            total += np.exp((term - largest).astype(self._dtype))
        largest += np.log(total)
        result: Doubles = np.maximum(largest, IMPOSSIBLE, out=largest)
        return result

    def forward(self) -> Doubles:
        """Log-probability of reaching each state at each time, [time, batch, states]."""
        result = np.full_like(self._emission, IMPOSSIBLE)
        result[0, :, :2] = self._emission[0, :, :2]
        advance, skip = np.full((2, *result.shape[1:]), IMPOSSIBLE)
        for step in range(1, len(result)):
            before = result[step - 1]
            advance[:, 1:] = before[:, :-1]
            np.add(before[:, :-2], self._may_skip, out=skip[:, 2:])
            entered = self._log_add([before + self._may_stay, advance, skip])
            np.maximum(entered + self._emission[step], IMPOSSIBLE, out=result[step])
        return result

    def total(self, forward: Doubles) -> Doubles:
        """Log-probability of all labels, [batch]: paths end in the last label or behind it."""
        last = forward[self._last_steps, self._rows, self._last_states]
        before = forward[self._last_steps, self._rows, self._last_states - 1]
        before = np.where(self._last_states > 0, before, IMPOSSIBLE)
        result: Doubles = np.logaddexp(last, before)
        return result

    def posterior(self, forward: Doubles, total: Doubles) -> Doubles:
        """Probability of being in each state at each time, in the buffer of `forward`.

        It needs the log-probability of going from a state to an end, which the loop carries
        backwards in time.
        """
        at_end = np.full(forward.shape[1:], IMPOSSIBLE)
        at_end[self._rows, self._last_states] = 0.0
        at_end[self._rows, np.maximum(self._last_states - 1, 0)] = 0.0
        onward = at_end
        impossible = total < _HARDLY_POSSIBLE
        for step in reversed(range(len(forward))):
            onward = np.where((self._last_steps == step)[:, None], at_end, onward)
            forward[step] += onward
            onward = self._backward(onward + self._emission[step])
        forward -= total[:, None]
        forward[:, impossible] = IMPOSSIBLE
        result: Doubles = np.exp(forward.astype(self._dtype))
        return result

    def _backward(self, entered: Doubles) -> Doubles:
        """From what comes behind entering the states at a step to the states at the step before."""
        advance, skip = np.full((2, *entered.shape), IMPOSSIBLE)
        advance[:, :-1] = entered[:, 1:]
        np.add(entered[:, 2:], self._may_skip, out=skip[:, :-2])
        return self._log_add([entered + self._may_stay, advance, skip])


def greedy_paths(
    logits: NDArray[Any], lengths: Ints, merge_repeated: bool
) -> tuple[Labels, NDArray[Any]]:
    """Return the labels of the most likely path of each example, and the path's score.

    Args:
      logits: floating [time, batch, classes].
      lengths: int64 [batch].
      merge_repeated: whether equal classes in a row, without a blank between them, are one label.

    Returns:
      The labels; and the negated sums of the path's logits, [batch], of the dtype of the logits.

    >>> logits = np.array([[[5.0, 1.0, 0.0]], [[4.0, 0.0, 1.0]], [[0.0, 0.5, 3.0]]])
    >>> labels, score = greedy_paths(logits, np.array([3]), True)
    >>> labels.values, score
    (array([[0]]), array([-12.]))
    """
    steps, _, classes = logits.shape
    inside = np.arange(steps)[:, None] < lengths
    best = logits.argmax(axis=-1)
    kept = inside & (best != classes - 1)
    if merge_repeated:
        kept[1:] &= best[1:] != best[:-1]
    rows = np.nonzero(kept.T)[0]
    labels = Labels.of_flat(rows, best.T[kept.T], len(lengths))
    score = np.where(inside, logits.max(axis=-1), 0).sum(axis=0)
    return labels, -score
