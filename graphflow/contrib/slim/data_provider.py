"""Providers of the items of data sets, as tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphflow.contrib.slim.parallel_reader import parallel_read


class DataProvider:
    """Provides tensors by name.

    Args:
      items_to_tensors: the tensors.
      num_samples: how many records there are.
    """

    def __init__(self, items_to_tensors: Mapping[str, Any], num_samples: int) -> None:
        self._items_to_tensors = dict(items_to_tensors)
        self._num_samples = num_samples

    def get(self, items: Sequence[str]) -> list[Any]:
        """Return the tensors of some items.

        Args:
          items: their names.

        Raises:
          ValueError: there is no such item.
        """
        missing = [item for item in items if item not in self._items_to_tensors]
        if missing:
            raise ValueError(
                f"there are no items {', '.join(missing)}, only {', '.join(self.list_items())}"
            )
        return [self._items_to_tensors[item] for item in items]

    def list_items(self) -> list[str]:
        """Return the names of all items."""
        return list(self._items_to_tensors)

    def num_samples(self) -> int:
        """Return how many records there are."""
        return self._num_samples


class DatasetDataProvider(DataProvider):
    """Reads the records of a data set with several readers, and provides their items.

    Queue runners fill the queues: see `tf.train.start_queue_runners`.

    Args:
      dataset: a `Dataset`.
      num_readers: how many readers run at the same time.
      reader_kwargs: further arguments of the readers.
      shuffle: whether files and records are shuffled.
      num_epochs: how often each file is read; None for no end.
      common_queue_capacity: how many records are kept.
      common_queue_min: how many must be left when one is taken, if they are shuffled.
      record_key: the name of the item that is the key of the record.
      seed: the random seed.
      scope: name scope of the operations.

    Raises:
      ValueError: an item of the data set is called as the key.
    """

    def __init__(
        self,
        dataset: Any,
        num_readers: int = 1,
        reader_kwargs: dict[str, Any] | None = None,
        shuffle: bool = True,
        num_epochs: int | None = None,
        common_queue_capacity: int = 256,
        common_queue_min: int = 128,
        record_key: str = "record_key",
        seed: int | None = None,
        scope: str | None = None,
    ) -> None:
        items = list(dataset.decoder.list_items())
        if record_key in items:
            raise ValueError(f"the data set has an item {record_key!r}: give another record_key")
        key, data = parallel_read(
            dataset.data_sources,
            reader_class=dataset.reader,
            num_epochs=num_epochs,
            num_readers=num_readers,
            reader_kwargs=reader_kwargs,
            shuffle=shuffle,
            capacity=common_queue_capacity,
            min_after_dequeue=common_queue_min,
            seed=seed,
            scope=scope,
        )
        tensors = dataset.decoder.decode(data, items)
        super().__init__(
            {**dict(zip(items, tensors, strict=True)), record_key: key}, dataset.num_samples
        )
