"""Datasets mixed of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32, float64, int64
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorSpec
from graphflow.data import structure
from graphflow.data.arguments import typed
from graphflow.data.dataset import Dataset
from graphflow.data.experimental import RandomDataset


def _mixed(choices: Dataset, datasets: Sequence[Dataset]) -> Dataset:
    """The elements of datasets in the order that another one gives."""
    spec = datasets[0]._spec
    for dataset in datasets[1:]:
        for what in (structure.output_types, structure.output_classes):
            if what(dataset._spec) != what(spec):
                raise TypeError(f"the datasets have different elements: {what(spec)!r} and others")
        spec = structure.most_specific(spec, dataset._spec)
    op = typed(ops.DirectedInterleaveDataset, spec)
    tensor = apply(op, choices._variant_tensor, [item._variant_tensor for item in datasets])
    return Dataset(tensor, spec, [choices, *datasets])


def choose_from_datasets(datasets: Sequence[Dataset], choice_dataset: Dataset) -> Dataset:
    """Take elements of datasets in the order that another dataset gives.

    Args:
      datasets: a list of datasets with elements of one structure.
      choice_dataset: a dataset of int64 scalars, the number of the dataset whose turn it is. One
        that has ended is passed over.

    Returns:
      A `Dataset`.

    Raises:
      TypeError: the structures differ, or `choice_dataset` is of something else.

    >>> import graphflow as tf
    >>> datasets = [tf.data.Dataset.from_tensors(text).repeat() for text in ("a", "b", "c")]
    >>> choices = tf.data.Dataset.from_tensor_slices(np.int64([2, 0, 0, 1]))
    >>> dataset = tf.data.experimental.choose_from_datasets(datasets, choices).batch(4)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next())
    array([b'c', b'a', b'a', b'b'], dtype=object)
    """
    spec = choice_dataset._spec
    fits = isinstance(spec, TensorSpec) and spec.dtype is int64
    if not fits or not spec.shape.is_compatible_with([]):
        raise TypeError(f"choice_dataset must be of int64 scalars, not of {spec!r}")
    return _mixed(choice_dataset, datasets)


def sample_from_datasets(
    datasets: Sequence[Dataset], weights: Any = None, seed: Any = None
) -> Dataset:
    """Take elements of datasets drawn at random.

    Args:
      datasets: a list of datasets with elements of one structure.
      weights: how likely each is to be drawn: a list or tensor of floats, or a dataset of such
        tensors, one for each draw; by default all alike.
      seed: int64 scalar, the seed.

    Returns:
      A `Dataset`. One that has ended is passed over.

    Raises:
      TypeError: the structures differ.
      ValueError: there are not as many weights as datasets.

    >>> import graphflow as tf
    >>> datasets = [tf.data.Dataset.range(9), tf.data.Dataset.range(90, 99)]
    >>> mixed = tf.data.experimental.sample_from_datasets(datasets, [0.2, 0.8], seed=5).batch(6)
    >>> tf.Session().run(tf.data.make_one_shot_iterator(mixed).get_next())
    array([90, 91,  0, 92, 93,  1])
    """
    pairs = RandomDataset(seed).batch(2)
    if isinstance(weights, Dataset):
        logits = weights.map(lambda *parts: ops.log(parts[0]))
        drawn = Dataset.zip((logits, pairs)).map(_draw)
        return _mixed(drawn, datasets)
    if weights is None:
        weights = np.full(len(datasets), 1 / len(datasets), np.float32)
    tensor = _weights(weights)
    if not tensor.shape.is_compatible_with([len(datasets)]):
        raise ValueError(f"there are {len(datasets)} datasets, weights have shape {tensor.shape}")
    logits_tensor = ops.log(tensor, name="logits")
    return _mixed(pairs.map(lambda pair: _draw(logits_tensor, pair)), datasets)


def _weights(weights: Any) -> Tensor:
    tensor = convert_to_tensor(weights, name="weights")
    if tensor.dtype.base_dtype in (float32, float64):
        return tensor
    raise TypeError(f"weights must be float32 or float64, not {tensor.dtype.name}")


def _draw(logits: Tensor, pair: Tensor) -> Tensor:
    """An index, drawn with the given log-odds and a seed of two numbers."""
    rows = ops.expand_dims(logits, 0)
    drawn = ops.stateless_multinomial(rows, 1, seed=pair, output_dtype=int64)
    return ops.reshape(drawn, [])
