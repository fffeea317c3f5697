"""Queue runners: threads that keep a queue filled."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from graphflow.core.defaults import add_to_collection
from graphflow.core.errors import (
    OpError,
    OutOfRangeError,
    error_code_from_exception_type,
    exception_type_from_error_code,
)
from graphflow.core.extensions import provided
from graphflow.core.graph import Graph, Operation, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.interop import protos
from graphflow.queues.base import QueueBase
from graphflow.queues.coordinator import Coordinator
from graphflow.variables.base import prepend_scope, strip_scope

_logger = logging.getLogger("graphflow")


class _NamedQueue:
    """What a runner that comes from a message knows of its queue.

    Attributes:
      name: the queue's name.
    """

    def __init__(self, name: str) -> None:
        self.name = name


class QueueRunner:
    """Runs operations that put elements into a queue, each again and again on a thread of its own.

    When the last of them meets the end of its data, the queue is closed.  When a coordinator stops,
    the queue is closed too, and what waits for room in it is cancelled.

    Args:
      queue: the queue.
      enqueue_ops: operations that put elements in; a list may hold one several times.
      close_op: what to run at the end; by default it closes the queue.
      cancel_op: what to run when the coordinator stops; by default it closes the queue and cancels
        what waits.
      queue_closed_exception_types: a tuple of the errors that mean the end of the data; by default
        `tf.errors.OutOfRangeError`.
      queue_runner_def: a `QueueRunnerDef` from `to_proto` instead of all these.
      import_scope: a name scope put before the names in the message.

    Raises:
      ValueError: queue or operations are missing, or both they and a message are given.
      TypeError: `queue_closed_exception_types` is no tuple of errors.

    >>> import graphflow as tf
    >>> queue = tf.FIFOQueue(4, tf.float32, shapes=[[]])
    >>> data = tf.data.Dataset.range(6).make_one_shot_iterator().get_next()
    >>> fill = queue.enqueue(tf.sqrt(tf.cast(data, tf.float32)))
    >>> runner = tf.train.QueueRunner(queue, [fill])
    >>> last = queue.dequeue_many(5)[4]
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = runner.create_threads(sess, coord=coord, start=True)
    ...     print(sess.run(last))
    ...     coord.request_stop()
    ...     coord.join(threads)
    2.0
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Operation | None = None,
        cancel_op: Operation | None = None,
        queue_closed_exception_types: tuple[type[OpError], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._running: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._exceptions: list[BaseException] = []
        self._queue: QueueBase | _NamedQueue
        self._enqueue_ops: list[Any]
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops is not None:
                raise ValueError("give queue_runner_def, or queue and enqueue_ops, not both")
            self._restore(queue_runner_def, import_scope)
            return
        if queue is None or not enqueue_ops:
            raise ValueError("a QueueRunner needs queue and enqueue_ops")
        self._queue = queue
        self._enqueue_ops = list(enqueue_ops)
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = (
            queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        )
        self._closed_types = _checked_types(queue_closed_exception_types)

    def _restore(self, message: Any, import_scope: str | None) -> None:
        graph = get_default_graph()

        def found(name: str) -> Any:
            return graph.as_graph_element(prepend_scope(name, import_scope))

        self._queue = _NamedQueue(prepend_scope(message.queue_name, import_scope))
        self._enqueue_ops = [found(name) for name in message.enqueue_op_name]
        self._close_op = found(message.close_op_name)
        self._cancel_op = found(message.cancel_op_name)
        codes = message.queue_closed_exception_types
        self._closed_types = tuple([exception_type_from_error_code(code) for code in codes]) or (
            OutOfRangeError,
        )

    # -- what it is -------------------------------------------------------------------------------

    @property
    def queue(self) -> Any:
        """The queue; only its name is known if the runner comes from a message."""
        return self._queue

    @property
    def name(self) -> str:
        """The name of the queue."""
        return self._queue.name

    @property
    def enqueue_ops(self) -> list[Any]:
        """The operations that put elements in."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Any:
        """What is run at the end of the data."""
        return self._close_op

    @property
    def cancel_op(self) -> Any:
        """What is run when the coordinator stops."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[OpError], ...]:
        """The errors that mean the end of the data."""
        return self._closed_types

    @property
    def exceptions_raised(self) -> list[BaseException]:
        """The errors that ended threads and were reported to no coordinator."""
        return self._exceptions

    # -- threads ----------------------------------------------------------------------------------

    def create_threads(
        self, sess: Any, coord: Coordinator | None = None, daemon: bool = False, start: bool = False
    ) -> list[threading.Thread]:
        """Return the threads that fill the queue, none if a session has them already.

        Args:
          sess: the session.
          coord: a coordinator that ends them, and to which they report errors.
          daemon: whether they are daemons, which do not keep the program alive.
          start: whether to start them.

        Returns:
          A list of threads, one for each operation, and one more if there is a coordinator.
        """
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._exceptions = []
        threads = [
            threading.Thread(
                target=self._run,
                args=(sess, op, coord),
                name=f"QueueRunnerThread-{self.name}-{op.name}",
                daemon=daemon,
            )
            for op in self._enqueue_ops
        ]
        if coord is not None:
            waiter = threading.Thread(
                target=self._close_on_stop,
                args=(sess, coord),
                name=f"QueueRunnerThread-{self.name}-close_on_stop",
                daemon=daemon,
            )
            threads.append(waiter)
        for thread in threads:
            if coord is not None:
                self._register(thread, coord)
            if start:
                thread.start()
        return threads

    def _register(self, thread: threading.Thread, coord: Coordinator) -> None:
        """Let the coordinator wait for a thread at the end."""
        coord.register_thread(thread)

    def _run(self, sess: Any, enqueue_op: Any, coord: Coordinator | None) -> None:
        """Run an operation until its data ends, the coordinator stops or it fails."""
        is_end = False
        try:
            enqueue = sess.make_callable(enqueue_op)
            while coord is None or not coord.should_stop():
                enqueue()
        except self._closed_types:
            is_end = True
        except Exception as error:
            self._report(error, coord)
        finally:
            with self._lock:
                self._running[sess] -= 1
                is_last = self._running[sess] == 0
        if is_end and is_last:
            _try(sess, self._close_op)

    def _report(self, error: Exception, coord: Coordinator | None) -> None:
        if coord is not None:
            coord.request_stop(error)
            return
        _logger.error("Exception in QueueRunner: %s", error)
        with self._lock:
            self._exceptions.append(error)

    def _close_on_stop(self, sess: Any, coord: Coordinator) -> None:
        coord.wait_for_stop()
        _try(sess, self._cancel_op)

    # -- messages ---------------------------------------------------------------------------------

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return the runner as a `QueueRunnerDef`, None if it is outside `export_scope`.

        Args:
          export_scope: a name scope that is taken off the names.
        """
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        return protos.QueueRunnerDef(
            queue_name=strip_scope(self.name, export_scope),
            enqueue_op_name=[strip_scope(op.name, export_scope) for op in self._enqueue_ops],
            close_op_name=strip_scope(self._close_op.name, export_scope),
            cancel_op_name=strip_scope(self._cancel_op.name, export_scope),
            queue_closed_exception_types=[
                error_code_from_exception_type(cls) for cls in self._closed_types
            ],
        )

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> QueueRunner:
        """Return the runner that a message describes, in the default graph.

        Args:
          queue_runner_def: a `QueueRunnerDef`.
          import_scope: a name scope put before the names in the message.
        """
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def _checked_types(types: Any) -> tuple[type[OpError], ...]:
    if types is None:
        return (OutOfRangeError,)
    is_good = isinstance(types, tuple) and all(
        isinstance(cls, type) and issubclass(cls, OpError) for cls in types
    )
    if not is_good or not types:
        raise TypeError(
            f"queue_closed_exception_types must be a tuple of tf.errors classes, not {types!r}"
        )
    return types  # type: ignore[no-any-return]


def _try(sess: Any, op: Any) -> None:
    """Run an operation that closes a queue; it may be closed, and so may the session."""
    try:
        sess.run(op)
    except Exception as error:
        _logger.debug("Ignored exception: %s", error)


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Let `start_queue_runners` start a runner.

    Args:
      qr: the runner.
      collection: the collection of the graph that it is added to.
    """
    add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Start the threads of all queue runners of a graph.

    Args:
      sess: the session, by default the default session.
      coord: a coordinator that ends the threads, and to which they report errors.
      daemon: whether the threads are daemons, which do not keep the program alive.
      start: whether to start them; else only to make them.
      collection: the collection in which the runners are.

    Returns:
      A list of threads.

    Raises:
      ValueError: there is no session.
      TypeError: `sess` is no session.

    >>> import graphflow as tf
    >>> queue = tf.train.range_input_producer(3, shuffle=False)
    >>> element = queue.dequeue()
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(coord=coord)
    ...     print(*[sess.run(element) for _ in range(5)])
    ...     coord.request_stop()
    ...     coord.join(threads)
    0 1 2 0 1
    """
    if sess is None:
        sess = provided("default_session")()
        if sess is None:
            raise ValueError(
                "cannot start queue runners without a session: use `with sess.as_default()` or "
                "tf.train.start_queue_runners(sess=sess)"
            )
    graph = getattr(sess, "graph", None)
    if not isinstance(graph, Graph) or not hasattr(sess, "make_callable"):
        raise TypeError(f"sess must be a tf.Session, not {sess!r}")
    runners = graph.get_collection(collection)
    if not runners:
        _logger.warning("the collection %r has no queue runners to start", collection)
    return [
        thread
        for runner in runners
        for thread in runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    ]
