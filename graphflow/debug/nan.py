"""`find_nan`: run fetches again on a copy of the state, and look at every value on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphflow.compiler.compile import compile_plan
from graphflow.core.graph import Tensor
from graphflow.debug.finding import NanFinding
from graphflow.debug.state_copy import StateCopy, StateSnapshot
from graphflow.debug.watching import Event, Watch, WatchedRun
from graphflow.fetches import Fetches, expand_feeds, feed_array
from graphflow.runtime.cancellation import Cancellation
from graphflow.session import BaseSession


def find_nan(
    session: Any,
    fetches: Any,
    feed_dict: Mapping[Any, Any] | None = None,
    *,
    infinities: bool = True,
) -> NanFinding | None:
    """Find the operation that makes the first NaN or infinite value of a run.

    The run is repeated on a copy of the session's state, step by step, and each value is looked at:
    in loops, branches and functions too, in gradients, in fed values, constants and variables.

    The session stays as it is.  Variables, streams of random numbers and tables are those of a
    copy, what comes out of a queue or a dataset is put back, nothing is enqueued, saved or printed.
    Python functions (`tf.py_func`) are called again; the result says so.  The random numbers are
    those that the session's *next* run would draw.  (A `RandomShuffleQueue` may give other elements
    afterwards than it would have.)

    Where several operations make such values, the one that is reported is the first of those that
    lead to a fetched one.

    Args:
      session: a `tf.Session`, or a `MonitoredSession`.
      fetches: what `session.run` was given: tensors, operations, names, or a structure of them.
      feed_dict: the fed values.
      infinities: whether infinite values count, or NaN alone.

    Returns:
      A `NanFinding`, which prints and shows itself; None if all values are finite.

    Raises:
      TypeError: `session` is no session.
      ValueError: a fetch is not in the graph, or a feed has the wrong shape.
      tf.errors.OpError: an operation failed before any such value.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [3], name="x")
    >>> loss = tf.reduce_sum(x * tf.log(x, name="entropy"), name="loss")
    >>> with tf.Session() as sess:
    ...     found = tf.debug.find_nan(sess, loss, {x: [0.5, 0.0, 2.0]})
    >>> found.operation.name, found.index, found.fact
    ('entropy', (1,), 'log of 0.0')
    """
    return find_nan_from(raw_session(session), fetches, feed_dict, infinities=infinities)


def find_nan_from(
    session: BaseSession,
    fetches: Any,
    feed_dict: Mapping[Any, Any] | None = None,
    *,
    infinities: bool = True,
    snapshot: StateSnapshot | None = None,
    replayed: Mapping[Tensor, Any] | None = None,
) -> NanFinding | None:
    """Find the first value that is not finite, as `find_nan`, from an earlier state.

    Args:
      session: the session.
      fetches: what to run.
      feed_dict: the fed values.
      infinities: whether infinite values count, or NaN alone.
      snapshot: what variables and random streams begin with; by default what they are now.
      replayed: what operations gave that cannot be repeated, such as the elements of a dataset.
    """
    session._check_open()
    graph = session.graph
    flat = Fetches(graph, fetches)
    feeds = {
        tensor: feed_array(tensor, value)
        for tensor, value in expand_feeds(graph, feed_dict).items()
    }
    feeds |= {tensor: value for tensor, value in (replayed or {}).items() if tensor not in feeds}
    plan = compile_plan(flat.tensors, flat.operations, tuple(feeds), (), frozenset())
    watch = Watch(infinities, frozenset(replayed or ()))
    state = StateCopy(session._resources, snapshot)
    error: Exception | None = None
    try:
        run = WatchedRun(
            plan, list(feeds.values()), state, session._pool, Cancellation(None), 0, watch
        )
        run.execute()
    except Exception as failure:
        error = failure
    finally:
        state.close()
    if not watch.events:
        if error is not None:
            raise error
        return None
    notes = [*state.notes, *watch.effects]
    if error is not None:
        notes.append(f"the run ended with {type(error).__name__}: {str(error).splitlines()[0]}")
    return _finding(watch, flat, notes)


def raw_session(session: Any) -> BaseSession:
    """Return the session inside a monitored one, or the session itself.

    Args:
      session: what has a `run` method.

    Raises:
      TypeError: there is no session in it.
    """
    for _ in range(8):
        if isinstance(session, BaseSession):
            return session
        inner = getattr(session, "_tf_sess", None)
        session = inner() if callable(inner) else getattr(session, "session", None)
    raise TypeError("find_nan needs a tf.Session or a MonitoredSession to run in")


def _finding(watch: Watch, flat: Fetches, notes: list[str]) -> NanFinding | None:
    roots = watch.roots or watch.events
    reached = _reached_from(roots)
    origins = [event for event in reached.values() if event.is_origin]
    if not origins:  # what led there was not recognised: the first of all is the best guess
        origins = [event for event in watch.events if event.is_origin][:1]
    if not origins:
        return None
    first, *others = sorted(origins, key=lambda event: event.number)
    way = _way(roots, first)
    return NanFinding(first, way, others, flat, notes, bool(watch.roots))


def _reached_from(roots: Iterable[Event]) -> dict[int, Event]:
    """Return the events that lead to some others, by number."""
    found: dict[int, Event] = {}
    stack = list(roots)
    while stack:
        event = stack.pop()
        if event.number not in found:
            found[event.number] = event
            stack += leading(event)
    return found


def leading(event: Event) -> list[Event]:
    """Return the events that an event follows from: those with NaN if it has NaN and some have.

    Args:
      event: any.
    """
    with_nan = [cause for cause in event.causes if cause.has_nan]
    return with_nan if event.has_nan and with_nan else event.causes


def _way(roots: Iterable[Event], origin: Event) -> list[Event]:
    """Return the shortest way from the origin to a root, the origin first."""
    before: dict[Event, Event | None] = dict.fromkeys(roots)
    queue = list(before)
    for event in queue:
        if event is origin:
            break
        for cause in leading(event):
            if cause not in before:
                before[cause] = event
                queue.append(cause)
    way: list[Event] = []
    step: Event | None = origin
    while step is not None:
        way.append(step)
        step = before.get(step)
    return way
