"""Beam search for the most likely labels of connectionist temporal classification.

A beam is a sequence of labels with the probability of all paths that give it so far, divided into
those that end in a blank and those that end in its last label (Graves: Supervised sequence
labelling with recurrent neural networks, 2012, section 7.5). The most likely beams live on: with
each step in time they absorb a blank or their last label again, and get children, one for each
further label.

All examples take their steps together. Sequences are told apart by a hash of 64 bits, and spelled
out in the end, along links from each beam to the one it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphflow.ops.kernels.ctc import IMPOSSIBLE, Labels, log_softmax

__all__ = ["beam_search"]

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

_NONE = -1  # stands for a label where there is none
_ROOT = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER = np.uint64(0xD6E8FEB86659FD93)  # odd


def _child_hash(parents: NDArray[np.uint64], labels: Ints) -> NDArray[np.uint64]:
    mixed = (parents ^ (labels + 1).astype(np.uint64)) * _MULTIPLIER
    result: NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(32))) * _MULTIPLIER
    return result


@dataclass
class _Beams:
    """The beams of a batch, in descending order of probability; those of probability 0 are none.

    Attributes:
      total: logarithms of the probabilities, [batch, width], as all others.
      blank: of paths that end in a blank.
      label: of paths that end in the last label.
      last: the last label.
      hash: tells the sequence.
      parent: the hash of the sequence without the last label.
    """

    total: Doubles
    blank: Doubles
    label: Doubles
    last: Ints
    hash: Hashes
    parent: Hashes

    @classmethod
    def start(cls, batch: int, width: int) -> _Beams:
        """The empty sequence, with the probability 1."""
        shape = batch, width
        total = np.full(shape, -np.inf)
        total[:, 0] = 0.0
        impossible = np.full(shape, -np.inf)
        last, hashes = np.full(shape, _NONE), np.full(shape, _ROOT)
        return cls(total, total, impossible, last, hashes, np.zeros(shape, np.uint64))

    def replaced(self, rows: NDArray[np.bool_], other: _Beams) -> _Beams:
        """These beams, with those of `other` for some examples."""
        chosen = rows[:, None]
        pairs = ((getattr(other, field.name), getattr(self, field.name)) for field in fields(self))
        return _Beams(*(np.where(chosen, new, old) for new, old in pairs))


def beam_search(
    logits: NDArray[Any], lengths: Ints, width: int, top_paths: int
) -> tuple[list[Labels], Doubles]:
    """Return the most likely labels of each example.

    Args:
      logits: floating [time, batch, classes].
      lengths: int64 [batch].
      width: how many beams live on at each step.
      top_paths: how many of them to return, at most `width`.

    Returns:
      The most likely labels, the next ones and so on; and the logarithms of their probabilities,
      [batch, top_paths], minus infinity where there are no further ones.

    >>> logits = np.log([[[0.4, 0.6]], [[0.4, 0.6]]])
    >>> (best, second), probability = beam_search(logits, np.array([2]), 5, 2)
    >>> best.values, second.values, np.exp(probability).round(2)
    (array([[0]]), array([], shape=(1, 0), dtype=int64), array([[0.64, 0.36]]))
    """
    probability = log_softmax(logits)
    probability[probability <= IMPOSSIBLE] = -np.inf
    steps, batch, _ = logits.shape
    beams = _Beams.start(batch, width)
    sources = np.empty((steps, batch, width), np.int64)
    grown = np.full((steps, batch, width), _NONE)
    sources[...] = np.arange(width)
    for step in range(steps):
        inside = step < lengths
        after, from_beam, by_label = _advance(beams, probability[step])
        beams = beams.replaced(inside, after)
        sources[step, inside], grown[step, inside] = from_beam[inside], by_label[inside]
    return _spelled(sources, grown, top_paths), beams.total[:, :top_paths]


def _advance(beams: _Beams, emission: Doubles) -> tuple[_Beams, Ints, Ints]:
    """Take a step in time.

    Args:
      beams: the beams before.
      emission: log-probability of the classes, [batch, classes].

    Returns:
      The beams behind it, and where each comes from: the place of a beam before, and the label that
      it has got, or _NONE.
    """
    rows, width = np.arange(len(emission))[:, None], beams.total.shape[1]
    parents = _places_of_parents(beams)
    stayed = _stay(beams, parents, emission, rows)
    labels = _promising_labels(emission[:, :-1], width)
    children = _children(beams, parents, emission, labels, rows)
    candidates, chosen = _best(stayed, children)
    childless = _childless(stayed, parents, children, labels, candidates[rows[:, 0], chosen[:, -1]])
    if childless.any():
        children[childless] = -np.inf
        candidates, chosen = _best(stayed, children)
    is_child = chosen >= width
    source, label = np.divmod(np.where(is_child, chosen - width, 0), labels.shape[1])
    source = np.where(is_child, source, chosen % width)
    label = np.where(is_child, labels[rows, label], _NONE)
    total = candidates[rows, chosen]
    hashes = beams.hash[rows, source]
    after = _Beams(
        total,
        np.where(is_child, -np.inf, stayed.blank[rows, source]),
        np.where(is_child, total, stayed.label[rows, source]),
        np.where(is_child, label, beams.last[rows, source]),
        np.where(is_child, _child_hash(hashes, label), hashes),
        np.where(is_child, hashes, beams.parent[rows, source]),
    )
    return after, source, label


def _best(stayed: _Beams, children: Doubles) -> tuple[Doubles, Ints]:
    """All candidates, beams and then children, and the places of the best ones, in order."""
    batch, width = stayed.total.shape
    candidates = np.concatenate([stayed.total, children.reshape(batch, -1)], axis=1)
    chosen = np.argpartition(-candidates, width - 1, axis=1)[:, :width]
    order = np.argsort(-np.take_along_axis(candidates, chosen, 1), axis=1, kind="stable")
    return candidates, np.take_along_axis(chosen, order, 1)


def _childless(
    stayed: _Beams, parents: Ints, children: Doubles, labels: Ints, least: Doubles
) -> NDArray[np.bool_]:
    """The beams that get no children, [batch, width], for the reason that TensorFlow has.

    There, beams get their children one after another, the most likely beam first, and each child
    may push the least likely candidate out. A beam that is out when it is the turn of its parent,
    which tries to make it anew, loses its place in the order.

    Args:
      stayed: the beams behind the step, in the order that they had before it.
      parents: where their parents are.
      children: log-probability of the children, [batch, width, labels].
      labels: the labels of the children, [batch, labels].
      least: log-probability of the worst candidate that survives, [batch].
    """
    result = np.zeros(parents.shape, np.bool_)
    place = np.arange(parents.shape[1])
    is_suspect = (parents != _NONE) & (parents < place) & (stayed.total < least[:, None])
    row, beam = np.nonzero(is_suspect)
    if not row.size:
        return result
    parent, total = parents[row, beam], stayed.total[row, beam]
    better = children[row] > total[:, None, None]
    better &= place[:, None] <= parent[:, None, None]
    is_later = labels[row] >= stayed.last[row, beam][:, None]
    better[np.arange(row.size), parent] &= ~is_later
    better_children = better.sum(axis=2)
    better_beams = (stayed.total[row] > total[:, None]).sum(axis=1)
    while True:  # whether a beam loses its children depends on beams before it only
        counted = np.where(result[row], 0, better_children).sum(axis=1)
        is_out = (better_beams + counted >= place.size) & ~result[row, parent]
        if (is_out == result[row, beam]).all():
            return result
        result[row, beam] = is_out


def _places_of_parents(beams: _Beams) -> Ints:
    """Where the parent of each beam is among the beams, or _NONE."""
    alive = beams.total > -np.inf
    matches = beams.parent[:, :, None] == beams.hash[:, None, :]
    matches &= alive[:, :, None]
    matches &= alive[:, None, :]
    return np.where(matches.any(axis=2), matches.argmax(axis=2), _NONE)


def _stay(beams: _Beams, parents: Ints, emission: Doubles, rows: Ints) -> _Beams:
    """The beams behind a step that adds no label to them; some may be reached from their parent."""
    repeats = beams.last == beams.last[rows, parents]
    previous = np.where(repeats, beams.blank[rows, parents], beams.total[rows, parents])
    previous = np.where(parents == _NONE, -np.inf, previous)
    label = np.logaddexp(beams.label, previous) + emission[rows, beams.last]
    blank = beams.total + emission[:, -1:]
    return replace(beams, total=np.logaddexp(blank, label), blank=blank, label=label)


def _promising_labels(emission: Doubles, width: int) -> Ints:
    """The labels whose children may be among the best beams, [batch, labels].

    Of the children of one beam at most `width` survive. The best ones are those of the most likely
    labels, but for a repetition of the last label and for those that are beams already.
    """
    count = emission.shape[1]
    enough = 2 * width + 1
    if count <= enough:
        return np.broadcast_to(np.arange(count), emission.shape)
    return np.argpartition(-emission, enough - 1, axis=1)[:, :enough]


def _children(beams: _Beams, parents: Ints, emission: Doubles, labels: Ints, rows: Ints) -> Doubles:
    """Log-probability of each beam with one more label, [batch, width, labels]."""
    repeats = beams.last[:, :, None] == labels[:, None, :]
    before = np.where(repeats, beams.blank[:, :, None], beams.total[:, :, None])
    result: Doubles = before + emission[rows, labels][:, None, :]
    is_beam = labels[:, None, :] == beams.last[:, :, None]
    is_beam &= (parents != _NONE)[:, :, None]
    row, beam, column = np.nonzero(is_beam)
    result[row, parents[row, beam], column] = -np.inf
    return result


def _spelled(sources: Ints, grown: Ints, top_paths: int) -> list[Labels]:
    """The labels of the first beams, followed back to the start."""
    steps, batch, _ = sources.shape
    rows = np.arange(batch)[:, None]
    place = np.broadcast_to(np.arange(top_paths), (batch, top_paths))
    labels = np.full((batch, top_paths, steps), _NONE)
    for step in reversed(range(steps)):
        labels[:, :, step] = grown[step][rows, place]
        place = sources[step][rows, place]
    kept = labels != _NONE
    return [
        Labels.of_flat(np.nonzero(kept[:, path])[0], labels[:, path][kept[:, path]], batch)
        for path in range(top_paths)
    ]
