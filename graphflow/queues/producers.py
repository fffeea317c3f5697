"""Producers of input: queues that repeat strings, numbers or slices, shuffled if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import int64 as _int64, string as _string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.core.spec import as_shape
from graphflow.queues.base import QueueBase
from graphflow.queues.fullness import summarize_size
from graphflow.queues.kinds import FIFOQueue
from graphflow.queues.runner import QueueRunner, add_queue_runner
from graphflow.variables.base import Variable


def match_filenames_once(pattern: Any, name: str | None = None) -> Any:
    """Return a local variable with the names of the files that match a pattern.

    Its initializer, part of `tf.local_variables_initializer()`, looks for them.

    Args:
      pattern: a string, or a vector of strings, see `tf.io.matching_files`.
      name: the variable's name.

    Returns:
      A `tf.Variable` of strings.

    >>> import os, tempfile
    >>> import graphflow as tf
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("b.txt", "a.txt", "c.png"):
    ...     open(os.path.join(folder, name), "w").close()
    >>> names = tf.train.match_filenames_once(os.path.join(folder, "*.txt"))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     print(*[os.path.basename(name) for name in sess.run(names)])
    b'a.txt' b'b.txt'
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            initial_value=ops.matching_files(pattern),
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            validate_shape=False,
            name=scope,
        )


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Any:
    """Return a tensor that can be evaluated a number of times, then raises OutOfRangeError.

    It counts in a local variable: run `tf.local_variables_initializer()`.

    Args:
      tensor: a tensor.
      num_epochs: how many times, None for any number.
      name: the operation's name.

    Returns:
      The tensor itself if `num_epochs` is None, else one of its value.

    Raises:
      ValueError: `num_epochs` is not positive.

    >>> import graphflow as tf
    >>> twice = tf.train.limit_epochs(tf.constant([5, 7]), num_epochs=2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     for _ in range(2):
    ...         print(sess.run(twice))
    ...     try:
    ...         sess.run(twice)
    ...     except tf.errors.OutOfRangeError:
    ...         print("end")
    [5 7]
    [5 7]
    end
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = Variable(
            ops.constant(0, _int64),
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            name="epochs",
        )
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return ops.identity(tensor, name=scope)


def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """Return a queue with the slices of a tensor, again and again; adds a `QueueRunner`.

    Args:
      input_tensor: a tensor [n, ...].
      element_shape: the shape of a slice, if the graph does not tell.
      num_epochs: how often each slice comes, None for no end.  It is counted in a local variable:
        run `tf.local_variables_initializer()`.
      shuffle: whether the slices are put in another random order each time.
      seed: the seed of the order.
      capacity: how many elements the queue holds.
      shared_name: queues of one shared name in a session are the same.
      summary_name: the name of a summary of how full the queue is, None for none.
      name: a name for the operations.
      cancel_op: what the runner runs when its coordinator stops.

    Returns:
      A `tf.FIFOQueue`.

    Raises:
      ValueError: the shape of an element is not known.

    >>> import graphflow as tf
    >>> queue = tf.train.input_producer([[1, 2], [3, 4]], num_epochs=2, shuffle=False)
    >>> rows = queue.dequeue_many(3)
    >>> with tf.train.Coordinator().stop_on_exception(), tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     threads = tf.train.start_queue_runners()
    ...     print(sess.run(rows).tolist())
    [[1, 2], [3, 4], [1, 2]]
    """
    with name_scope(name, "input_producer", [input_tensor]):
        values = convert_to_tensor(input_tensor, name="input_tensor")
        shape = values.shape[1:].merge_with(as_shape(element_shape))
        if not shape.is_fully_defined():
            raise ValueError(f"the shape of a slice of {values!r} is not known: give element_shape")
        if shuffle:
            values = ops.random_shuffle(values, seed=seed)
        values = limit_epochs(values, num_epochs)
        queue = FIFOQueue(
            capacity, [values.dtype.base_dtype], [shape], shared_name=shared_name, name=name
        )
        fill = queue.enqueue_many([values])
        add_queue_runner(QueueRunner(queue, [fill], cancel_op=cancel_op))
        if summary_name is not None:
            summarize_size(summary_name, queue.size(), capacity)
        return queue


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """Return a queue of strings, names of files for example; adds a `QueueRunner`.

    A summary tells how full the queue is.

    Args:
      string_tensor: string [n].
      num_epochs: how often each string comes, None for no end.  It is counted in a local variable:
        run `tf.local_variables_initializer()`.
      shuffle: whether the strings are put in another random order each time.
      seed: the seed of the order.
      capacity: how many elements the queue holds.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.
      cancel_op: what the runner runs when its coordinator stops.

    Returns:
      A `tf.FIFOQueue`.

    Raises:
      ValueError: the list is empty.
      InvalidArgumentError: (in the run) the tensor is empty.

    >>> import graphflow as tf
    >>> queue = tf.train.string_input_producer(["a", "b"], num_epochs=1, shuffle=False)
    >>> name = queue.dequeue()
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     threads = tf.train.start_queue_runners()
    ...     try:
    ...         while True:
    ...             print(sess.run(name))
    ...     except tf.errors.OutOfRangeError:
    ...         print("end")
    b'a'
    b'b'
    end
    """
    message = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, Tensor) and not len(string_tensor):
        raise ValueError(f"{message}: the list is empty")
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert_to_tensor(string_tensor, dtype=_string)
        is_filled = ops.greater(ops.size(strings), 0)
        with control_dependencies([ops.assert_(is_filled, [message])]):  # noqa: PT009
            strings = ops.identity(strings)
        return input_producer(
            strings, [], num_epochs, shuffle, seed, capacity, shared_name,
            f"fraction_of_{capacity}_full", name=scope, cancel_op=cancel_op,
        )  # fmt: skip


def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """Return a queue of the numbers 0 to limit - 1; adds a `QueueRunner`.

    A summary tells how full the queue is.

    Args:
      limit: int32 scalar.
      num_epochs: how often each number comes, None for no end.  It is counted in a local variable:
        run `tf.local_variables_initializer()`.
      shuffle: whether the numbers are put in another random order each time.
      seed: the seed of the order.
      capacity: how many elements the queue holds.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      A `tf.FIFOQueue`.
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(
            ops.range(limit), [], num_epochs, shuffle, seed, capacity, shared_name,
            f"fraction_of_{capacity}_full", name=scope,
        )  # fmt: skip


def slice_input_producer(
    tensor_list: Sequence[Any],
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """Return one slice of each of some tensors, another one in each run; adds a `QueueRunner`.

    A summary tells how full the queue is.

    Args:
      tensor_list: tensors [n, ...].
      num_epochs: how often each slice comes, None for no end.  It is counted in a local variable:
        run `tf.local_variables_initializer()`.
      shuffle: whether the slices are put in another random order each time.
      seed: the seed of the order.
      capacity: how many numbers of slices the queue holds.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      A list of tensors [...], one for each.

    Raises:
      ValueError: `tensor_list` is empty.

    >>> import graphflow as tf
    >>> image, label = tf.train.slice_input_producer([[[1], [2], [3]], [10, 20, 30]], shuffle=False)
    >>> with tf.Session() as sess:
    ...     threads = tf.train.start_queue_runners()
    ...     for _ in range(2):
    ...         print(*sess.run([image, label]))
    [1] 10
    [2] 20
    """
    with name_scope(name, "input_producer", list(tensor_list)):
        tensors = [convert_to_tensor(value) for value in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        count = ops.shape(tensors[0])[0]
        queue = range_input_producer(count, num_epochs, shuffle, seed, capacity, shared_name)
        index = queue.dequeue()
        return [ops.gather(tensor, index) for tensor in tensors]
