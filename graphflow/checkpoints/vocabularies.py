"""Variables that start from the rows of another model, whose vocabulary was another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.files.names import path_of


class _VocabInfo(NamedTuple):
    new_vocab: Any
    new_vocab_size: int
    num_oov_buckets: int
    old_vocab: Any
    old_vocab_size: int
    backup_initializer: Callable[..., Any] | None
    axis: int


class VocabInfo(_VocabInfo):
    """The vocabularies of a variable and of that which it starts from.

    Args:
      new_vocab: the file with the words of the new model, one a line.
      new_vocab_size: how many of them it uses.
      num_oov_buckets: how many further places it has, at the end, for other words.
      old_vocab: the file with the words of the old model.
      old_vocab_size: how many of them it used; -1 for all.
      backup_initializer: makes the values of words that the old model did not have, and of the
        places for other words; by default they are 0.
      axis: which axis is that of the words, 0 or 1.

    Raises:
      ValueError: the axis is another one.

    >>> VocabInfo("new.txt", 100, 1, "old.txt").old_vocab_size
    -1
    """

    __slots__ = ()

    def __new__(
        cls,
        new_vocab: Any,
        new_vocab_size: int,
        num_oov_buckets: int,
        old_vocab: Any,
        old_vocab_size: int = -1,
        backup_initializer: Callable[..., Any] | None = None,
        axis: int = 0,
    ) -> VocabInfo:
        """Check the axis."""
        if axis not in (0, 1):
            raise ValueError(f"axis must be 0 or 1, not {axis}")
        return super().__new__(
            cls, new_vocab, new_vocab_size, num_oov_buckets, old_vocab, old_vocab_size,
            backup_initializer, axis,
        )  # fmt: skip


def _words(file: Any, size: int) -> list[bytes]:
    with open(path_of(file), "rb") as lines:
        words = lines.read().splitlines()
    if size > len(words):
        raise ValueError(f"the vocabulary {path_of(file)} has {len(words)} words, not {size}")
    return words if size < 0 else words[:size]


def remapped(old: Tensor, shape: list[int], info: VocabInfo) -> Tensor:
    """Return the values of the new words.

    Args:
      old: the values of the old words, a vector or matrix.
      shape: the shape of the new ones.
      info: the vocabularies.

    Raises:
      ValueError: a vocabulary has too few words, or the shapes do not fit.
    """
    places = {word: place for place, word in enumerate(_words(info.old_vocab, info.old_vocab_size))}
    new = _words(info.new_vocab, info.new_vocab_size)
    indices = np.asarray([*(places.get(word, -1) for word in new), *[-1] * info.num_oov_buckets])
    if shape[info.axis] != len(indices):
        raise ValueError(
            f"a variable of the shape {shape} has no place for {len(indices)} words on axis "
            f"{info.axis}"
        )
    found = ops.gather(old, np.maximum(indices, 0), axis=info.axis)
    if info.backup_initializer is None:
        backup = ops.zeros(shape, old.dtype)
    else:
        backup = info.backup_initializer(shape, dtype=old.dtype)
    is_known = np.expand_dims(
        indices >= 0, [axis for axis in range(len(shape)) if axis != info.axis]
    )
    return ops.where(np.broadcast_to(is_known, shape), found, backup)
