"""Datasets as tensors of dtype variant, and back."""

from __future__ import annotations

from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import variant as _variant
from graphflow.core.graph import Tensor
from graphflow.data.dataset import Dataset
from graphflow.data.iterators import Iterator


def get_structure(dataset_or_iterator: Any) -> Any:
    """Return the structure of specs of the elements of a dataset or iterator.

    Args:
      dataset_or_iterator: a `Dataset` or an `Iterator`.

    Raises:
      TypeError: it is something else.

    >>> import graphflow as tf
    >>> tf.data.experimental.get_structure(tf.data.Dataset.range(3))
    TensorSpec(shape=(), dtype=tf.int64, name=None)
    """
    if not isinstance(dataset_or_iterator, (Dataset, Iterator)):
        raise TypeError(f"a dataset or an iterator is needed, not {dataset_or_iterator!r}")
    return dataset_or_iterator.element_spec


def to_variant(dataset: Dataset) -> Tensor:
    """Return the tensor that holds a dataset.

    Args:
      dataset: a `Dataset`.

    Returns:
      variant scalar.
    """
    return dataset._variant_tensor


def from_variant(variant: Any, structure: Any) -> Dataset:
    """Return the dataset that a tensor holds.

    Args:
      variant: variant scalar.
      structure: the structure of specs of the elements.

    >>> import graphflow as tf
    >>> more = tf.data.experimental
    >>> numbers = tf.data.Dataset.range(3)
    >>> again = more.from_variant(more.to_variant(numbers), more.get_structure(numbers))
    >>> tf.Session().run(more.get_single_element(again.batch(3)))
    array([0, 1, 2])
    """
    return Dataset(convert_to_tensor(variant, dtype=_variant), structure)
