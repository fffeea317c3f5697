"""Datasets of `tf.Example` messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import string
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorSpec
from graphflow.data.dataset import AUTOTUNE, Dataset
from graphflow.data.experimental import Transformation
from graphflow.data.readers import TFRecordDataset


def parse_example_dataset(features: Any, num_parallel_calls: Any = 1) -> Transformation:
    """Parse batches of serialized `tf.Example` messages.

    Args:
      features: from names to features, as for `tf.parse_example`.
      num_parallel_calls: int32 scalar, how many batches are parsed at the same time.

    Returns:
      A function for `Dataset.apply`, of datasets of string vectors.

    Raises:
      ValueError: there are no features.
      TypeError: (when applied) elements are something else.
    """
    if features is None:
        raise ValueError("features are missing: give a dictionary of them")

    def transform(dataset: Dataset) -> Dataset:
        spec = dataset._spec
        fits = isinstance(spec, TensorSpec) and spec.dtype is string
        if not fits or not spec.shape.is_compatible_with([None]):
            raise TypeError(f"a dataset of string vectors is needed, not of {spec!r}")
        return dataset.map(lambda texts: ops.parse_example(texts, features), num_parallel_calls)

    return transform


def make_batched_features_dataset(
    file_pattern: Any,
    batch_size: Any,
    features: Any,
    reader: Callable[..., Dataset] = TFRecordDataset,
    label_key: str | None = None,
    reader_args: list[Any] | None = None,
    num_epochs: Any = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = AUTOTUNE,
    reader_num_threads: int = 1,
    parser_num_threads: int = 2,
    sloppy_ordering: bool = False,
    drop_final_batch: bool = False,
) -> Dataset:
    """Create a dataset of batches of features from files of `tf.Example` messages.

    Args:
      file_pattern: a pattern of names of files, or a list of patterns.
      batch_size: int64 scalar, how many examples are in a batch.
      features: from names to features, as for `tf.parse_example`.
      reader: makes a dataset of serialized examples of a file's name.
      label_key: the name of the feature that is the label, None for no labels.
      reader_args: further arguments of `reader`.
      num_epochs: int64 scalar, how often the files are read; None for no end.
      shuffle: whether files and examples come in random order.
      shuffle_buffer_size: how many examples are shuffled with one another.
      shuffle_seed: the seed of that order.
      prefetch_buffer_size: how many batches are read ahead.
      reader_num_threads: how many files are read at the same time.
      parser_num_threads: how many batches are parsed at the same time.
      sloppy_ordering: whether the order may depend on what is ready first. It never does here.
      drop_final_batch: whether a last batch that is smaller is left out.

    Returns:
      A `Dataset` of dictionaries of tensors and sparse tensors; with labels, of pairs of such a
      dictionary and the label.

    Raises:
      TypeError: `reader` is no function.
      ValueError: `label_key` is no feature.
    """
    del sloppy_ordering  # the order is always the same
    if not callable(reader):
        raise TypeError(f"reader must make datasets, {reader!r} cannot be called")
    if label_key is not None and label_key not in features:
        raise ValueError(f"label_key is {label_key!r}, the features are {sorted(features)}")
    names = Dataset.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    arguments = reader_args or []
    dataset = names.interleave(
        lambda name: reader(name, *arguments),
        cycle_length=reader_num_threads,
        num_parallel_calls=reader_num_threads if reader_num_threads > 1 else None,
    )
    if dataset.output_types == (string, string):
        dataset = dataset.map(lambda _, text: text)
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    if num_epochs != 1:
        dataset = dataset.repeat(num_epochs)
    drops = drop_final_batch or num_epochs is None
    dataset = dataset.batch(batch_size, drop_remainder=drops)
    dataset = dataset.apply(parse_example_dataset(features, parser_num_threads))
    if label_key is not None:
        dataset = dataset.map(lambda parsed: _split(parsed, label_key))
    return dataset.prefetch(prefetch_buffer_size)


def _split(parsed: dict[str, Any], label_key: str) -> tuple[dict[str, Any], Tensor]:
    """Features without the label, and the label."""
    rest = {name: value for name, value in parsed.items() if name != label_key}
    return rest, parsed[label_key]
