"""`Dataset`: what is known of a data set."""

from __future__ import annotations

from typing import Any


class Dataset:
    """Where a data set is and how it is read; other facts of it are attributes.

    Args:
      data_sources: names of files, or a pattern.
      reader: the class of readers of its files, such as `tf.TFRecordReader`.
      decoder: a `DataDecoder` of its records.
      num_samples: how many records it has.
      items_to_descriptions: a dictionary that describes each item.
      **kwargs: other facts, such as `num_classes`.

    >>> import graphflow as tf
    >>> slim = tf.contrib.slim
    >>> data = slim.dataset.Dataset("*.tfrecord", tf.TFRecordReader, None, 50, {}, num_classes=3)
    >>> data.num_samples, data.num_classes
    (50, 3)
    """

    def __init__(
        self,
        data_sources: Any,
        reader: Any,
        decoder: Any,
        num_samples: int,
        items_to_descriptions: dict[str, str],
        **kwargs: Any,
    ) -> None:
        self.data_sources = data_sources
        self.reader = reader
        self.decoder = decoder
        self.num_samples = num_samples
        self.items_to_descriptions = items_to_descriptions
        self.__dict__.update(kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"nothing is known of {name!r} of this data set")
