"""`tf.contrib.learn.read_batch_examples` and its like: batches of the records of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.scopes import name_scope
from graphflow.files.folders import glob
from graphflow.queues.batching import batch, shuffle_batch
from graphflow.queues.producers import string_input_producer
from graphflow.queues.readers import TFRecordReader


def _files(file_pattern: Any, randomize_input: bool) -> list[str]:
    patterns = list(file_pattern) if isinstance(file_pattern, (list, tuple)) else [file_pattern]
    if not patterns:
        raise ValueError("there are no files: file_pattern is empty")
    found = [path for pattern in patterns for path in glob(pattern)]
    if not found:
        raise ValueError(f"no file matches {file_pattern!r}")
    return found if randomize_input else sorted(found)


def _check(batch_size: Any, queue_capacity: Any, count: int, read_batch_size: int) -> None:
    is_known = isinstance(batch_size, int) and isinstance(queue_capacity, int)
    if is_known and not 0 < batch_size <= queue_capacity:
        raise ValueError(f"batch_size must be in 1 to {queue_capacity}, not {batch_size}")
    if count < 1 or read_batch_size < 1:
        raise ValueError("num_threads and read_batch_size must be positive")


def read_keyed_batch_examples(
    file_pattern: Any,
    batch_size: Any,
    reader: Callable[[], Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    num_threads: int = 1,
    read_batch_size: int = 1,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Return batches of the records of files, with their names.

    Args:
      file_pattern: a pattern of file names, or several.
      batch_size: how many records a batch has.
      reader: makes a reader, such as `tf.TFRecordReader`.
      randomize_input: whether files and records come in a random order.
      num_epochs: how often the files are read; None for without end. Then the last batch of all may
        have fewer records; and local variables must be initialized.
      queue_capacity: how many records wait for a batch at most.
      num_threads: how many threads fill the queue of records.
      read_batch_size: how many records are read at once.
      parse_fn: applied to the record, or to all that are read at once.
      name: a name for the operations.
      seed: the seed of the random order.

    Returns:
      Strings [batch] that name the records, and the records, strings [batch], or what `parse_fn`
      made of them.

    Raises:
      ValueError: no file matches, or a number is out of range.
    """
    files = _files(file_pattern, randomize_input)
    _check(batch_size, queue_capacity, num_threads, read_batch_size)
    with name_scope(name, "read_batch_examples"):
        queue = string_input_producer(
            files, num_epochs=num_epochs, shuffle=randomize_input, seed=seed, capacity=len(files)
        )
        is_many = read_batch_size > 1
        if is_many:
            keys, records = reader().read_up_to(queue, read_batch_size)
        else:
            keys, records = reader().read(queue)
        parsed = records if parse_fn is None else parse_fn(records)
        examples = dict(parsed) if isinstance(parsed, Mapping) else {"": parsed}
        values = [keys, *examples.values()]
        is_finite = num_epochs is not None
        if randomize_input:
            mixed = _at_least(batch_size, queue_capacity)
            found = shuffle_batch(
                values, batch_size, queue_capacity, mixed, num_threads, seed, is_many,
                allow_smaller_final_batch=is_finite,
            )  # fmt: skip
        else:
            found = batch(
                values, batch_size, num_threads, queue_capacity, is_many,
                allow_smaller_final_batch=is_finite,
            )  # fmt: skip
        if not isinstance(parsed, Mapping):
            return found[0], found[1]
        return found[0], dict(zip(examples, found[1:], strict=True))


def _at_least(batch_size: Any, queue_capacity: int) -> int:
    """How many records remain in the queue, so that they are mixed."""
    if not isinstance(batch_size, int):
        return max(queue_capacity // 2, 1)
    return max(queue_capacity - 3 * batch_size, queue_capacity // 2)


def read_batch_examples(
    file_pattern: Any,
    batch_size: Any,
    reader: Callable[[], Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    num_threads: int = 1,
    read_batch_size: int = 1,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Any:
    """Return batches of the records of files; see `read_keyed_batch_examples`.

    Args:
      file_pattern: see there.
      batch_size: see there.
      reader: see there.
      randomize_input: see there.
      num_epochs: see there.
      queue_capacity: see there.
      num_threads: see there.
      read_batch_size: see there.
      parse_fn: see there.
      name: see there.
      seed: see there.
    """
    _, examples = read_keyed_batch_examples(
        file_pattern, batch_size, reader, randomize_input, num_epochs, queue_capacity,
        num_threads, read_batch_size, parse_fn, name, seed,
    )  # fmt: skip
    return examples


def read_keyed_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: Mapping[str, Any],
    reader: Callable[[], Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    reader_num_threads: int = 1,
    feature_queue_capacity: int = 100,
    num_enqueue_threads: int = 2,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    read_batch_size: int | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Return batches of parsed `Example`s of files, with their names.

    Args:
      file_pattern: see `read_keyed_batch_examples`.
      batch_size: see there.
      features: how they are parsed, see `tf.parse_example`.
      reader: see `read_keyed_batch_examples`.
      randomize_input: see there.
      num_epochs: see there.
      queue_capacity: see there.
      reader_num_threads: how many threads fill the queue of records.
      feature_queue_capacity: accepted; batches are parsed when they are asked for.
      num_enqueue_threads: accepted, likewise.
      parse_fn: makes serialized `Example`s of records.
      name: a name for the operations.
      read_batch_size: how many records are read at once, by default a batch.

    Returns:
      Strings [batch] that name the examples, and their features by name.

    Raises:
      ValueError: no file matches, or a number is out of range.
    """
    del feature_queue_capacity, num_enqueue_threads
    at_once = read_batch_size or (batch_size if isinstance(batch_size, int) else 1)
    with name_scope(name, "read_batch_features"):
        keys, examples = read_keyed_batch_examples(
            file_pattern, batch_size, reader, randomize_input, num_epochs, queue_capacity,
            reader_num_threads, at_once, parse_fn,
        )  # fmt: skip
        return keys, ops.parse_example(examples, dict(features))


def read_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: Mapping[str, Any],
    reader: Callable[[], Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    feature_queue_capacity: int = 100,
    reader_num_threads: int = 1,
    num_enqueue_threads: int = 2,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    read_batch_size: int | None = None,
) -> dict[str, Any]:
    """Return batches of parsed `Example`s of files; see `read_keyed_batch_features`.

    Args:
      file_pattern: see there.
      batch_size: see there.
      features: see there.
      reader: see there.
      randomize_input: see there.
      num_epochs: see there.
      queue_capacity: see there.
      feature_queue_capacity: see there.
      reader_num_threads: see there.
      num_enqueue_threads: see there.
      parse_fn: see there.
      name: see there.
      read_batch_size: see there.
    """
    _, found = read_keyed_batch_features(
        file_pattern, batch_size, features, reader, randomize_input, num_epochs, queue_capacity,
        reader_num_threads, feature_queue_capacity, num_enqueue_threads, parse_fn, name,
        read_batch_size,
    )  # fmt: skip
    return found


def read_batch_record_features(
    file_pattern: Any,
    batch_size: Any,
    features: Mapping[str, Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    reader_num_threads: int = 1,
    name: str | None = "dequeue_record_examples",
) -> dict[str, Any]:
    """Return batches of parsed `Example`s of TFRecord files; see `read_keyed_batch_features`.

    Args:
      file_pattern: see there.
      batch_size: see there.
      features: see there.
      randomize_input: see there.
      num_epochs: see there.
      queue_capacity: see there.
      reader_num_threads: see there.
      name: see there.
    """
    return read_batch_features(
        file_pattern,
        batch_size,
        features,
        TFRecordReader,
        randomize_input,
        num_epochs,
        queue_capacity,
        reader_num_threads=reader_num_threads,
        name=name,
    )
