"""Decoders of `tf.Example` and `tf.SequenceExample` records, made of handlers of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.slim.data_decoder import DataDecoder
from graphflow.contrib.slim.item_handlers import (
    BackupHandler as BackupHandler,
    BoundingBox as BoundingBox,
    Image as Image,
    ItemHandler as ItemHandler,
    ItemHandlerCallback as ItemHandlerCallback,
    LookupTensor as LookupTensor,
    SparseTensor as SparseTensor,
    Tensor as Tensor,
)


class TFExampleDecoder(DataDecoder):
    """Decodes `tf.Example` records.

    Args:
      keys_to_features: the features, `tf.FixedLenFeature` and their like, by their names.
      items_to_handlers: an `ItemHandler` for each item by its name.

    >>> import graphflow as tf
    >>> slim = tf.contrib.slim
    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[4, 5]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"n": feature}))
    >>> decoder = slim.tfexample_decoder.TFExampleDecoder(
    ...     {"n": tf.VarLenFeature(tf.int64)}, {"numbers": slim.tfexample_decoder.Tensor("n")}
    ... )
    >>> (numbers,) = decoder.decode(tf.constant(example.SerializeToString()), ["numbers"])
    >>> tf.Session().run(numbers)
    array([4, 5])
    """

    def __init__(
        self, keys_to_features: Mapping[str, Any], items_to_handlers: Mapping[str, ItemHandler]
    ) -> None:
        self._keys_to_features = dict(keys_to_features)
        self._items_to_handlers = dict(items_to_handlers)

    def list_items(self) -> list[str]:
        """Return the names of all items."""
        return list(self._items_to_handlers)

    def decode(self, serialized_example: Any, items: Sequence[str] | None = None) -> list[Any]:
        """Return some items of a record.

        Args:
          serialized_example: a string scalar, the record.
          items: the names of the items; None for all.
        """
        features = ops.parse_single_example(serialized_example, self._keys_to_features)
        for key, feature in sorted(self._keys_to_features.items()):
            if isinstance(feature, ops.FixedLenFeature):
                features[key] = ops.reshape(features[key], feature.shape)
        return _items(self._items_to_handlers, features, items)


class TFSequenceExampleDecoder(DataDecoder):
    """Decodes `tf.SequenceExample` records.

    Args:
      keys_to_context_features: the features of a whole example, by their names.
      keys_to_sequence_features: the features of each step.
      items_to_handlers: an `ItemHandler` for each item by its name.

    Raises:
      ValueError: a feature of the whole is called as one of steps.
    """

    def __init__(
        self,
        keys_to_context_features: Mapping[str, Any],
        keys_to_sequence_features: Mapping[str, Any],
        items_to_handlers: Mapping[str, ItemHandler],
    ) -> None:
        both = set(keys_to_context_features) & set(keys_to_sequence_features)
        if both:
            raise ValueError(f"features of whole examples and of steps share names: {sorted(both)}")
        self._context = dict(keys_to_context_features)
        self._sequence = dict(keys_to_sequence_features)
        self._items_to_handlers = dict(items_to_handlers)

    def list_items(self) -> list[str]:
        """Return the names of all items."""
        return list(self._items_to_handlers)

    def decode(self, serialized_example: Any, items: Sequence[str] | None = None) -> list[Any]:
        """Return some items of a record.

        Args:
          serialized_example: a string scalar, the record.
          items: the names of the items; None for all.
        """
        context, sequence = ops.parse_single_sequence_example(
            serialized_example, self._context or None, self._sequence or None
        )
        features = {**context, **sequence}
        for key, feature in sorted(self._context.items()):
            if isinstance(feature, ops.FixedLenFeature):
                features[key] = ops.reshape(features[key], feature.shape)
        return _items(self._items_to_handlers, features, items)


def _items(
    handlers: Mapping[str, ItemHandler], features: Mapping[str, Any], items: Sequence[str] | None
) -> list[Any]:
    found = []
    for name in handlers if items is None else items:
        handler = handlers[name]
        found.append(handler.tensors_to_item({key: features[key] for key in handler.keys}))
    return found
