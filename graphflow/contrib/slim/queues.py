"""Queue runners for a block of code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graphflow.core.graph import get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.queues.coordinator import Coordinator


@contextmanager
def QueueRunners(session: Any) -> Iterator[None]:
    """Fill the queues of the graph for a block of code.

    Args:
      session: the session.

    >>> import graphflow as tf
    >>> x = tf.train.batch([tf.constant([1.0, 2.0])], 3)
    >>> with tf.Session() as sess, tf.contrib.slim.queues.QueueRunners(sess):
    ...     print(sess.run(x).shape)
    (3, 2)
    """
    coordinator = Coordinator()
    threads: list[Any] = []
    try:
        for runner in get_default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
            threads += runner.create_threads(session, coord=coordinator, daemon=True, start=True)
        yield
    finally:
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=120)
