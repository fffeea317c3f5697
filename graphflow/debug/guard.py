"""Watch a training for NaN, with the state that each step began with at hand.

A NaN shows up after thousands of steps, and by then the variables that led to it are overwritten.
A guard notes before each step what the variables and the streams of random numbers are, which
copies no array, and keeps what came out of queues and datasets during the step.  When the step goes
wrong, it is repeated from there and looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from graphflow.compiler.prune import prune
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.debug.finding import NanFinding
from graphflow.debug.nan import find_nan_from, raw_session
from graphflow.debug.state_copy import StateSnapshot
from graphflow.debug.watching import has_nan, is_finite
from graphflow.fetches import Fetches, expand_feeds
from graphflow.monitored.hooks import NanLossDuringTrainingError
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.runtime.resources import ResourceManager
from graphflow.session import BaseSession

_MAX_PREPARED = 256


class NanFoundError(NanLossDuringTrainingError):
    """A guarded step made NaN or infinite values.

    Attributes:
      finding: the `NanFinding`; None if the step was finite when it was repeated, as may happen
        where several threads write the variables.
      run: the number of the guarded run, from 1.
    """

    def __init__(self, finding: NanFinding | None, run: int, is_restored: bool) -> None:
        super().__init__(finding, run, is_restored)
        self.finding = finding
        self.run = run
        self._is_restored = is_restored

    def __str__(self) -> str:
        state = "have the values from before this run"
        if not self._is_restored:
            state = "have the values from after this run"
        found = "every value was finite when the run was repeated"
        if self.finding is not None:
            found = str(self.finding)
        return f"run {self.run} gave values that are not finite; the variables {state}\n{found}"


class NanGuard:
    """A session whose runs are watched for NaN.

    Use it in the place of the session. A run whose watched values are not finite raises
    `NanFoundError`, which says what made the first of them, and the variables go back to what they
    were before that run, so that they can be saved, or training can go on with a smaller learning
    rate. Elements that the run took from queues and datasets stay taken.

    Args:
      session: a `tf.Session`.
      watch: the tensors to look at, such as the loss; by default all that a run fetches.  A run
        fetches them as well if that draws no random numbers or elements of its own, all variables
        are initialized and all placeholders fed.
      restore: whether variables and streams of random numbers go back when values are not finite.
      infinities: whether infinite values count, or NaN alone.

    Raises:
      TypeError: `session` is no session.
      ValueError: a tensor is not in the session's graph.

    >>> import graphflow as tf
    >>> w = tf.Variable(0.5, name="w")
    >>> loss = tf.log(w, name="loss")
    >>> step = tf.train.GradientDescentOptimizer(0.125).minimize(loss)
    >>> with tf.debug.NanGuard(tf.Session(), loss) as sess:
    ...     sess.run(w.initializer)
    ...     try:
    ...         for _ in range(10):
    ...             sess.run(step)
    ...     except tf.debug.NanFoundError as error:
    ...         print(error.run, error.finding.operation.name, error.finding.fact)
    ...     float(sess.session.run(w))
    4 loss log of -0.25
    -0.25
    """

    def __init__(
        self, session: Any, watch: Any = None, *, restore: bool = True, infinities: bool = True
    ) -> None:
        self.session = raw_session(session)
        self._guarded = _Guarded(self.session.graph, watch, restore, infinities)

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run as `Session.run` does, with the same arguments and results.

        Raises:
          NanFoundError: a watched value is not finite.
        """
        more = self._guarded.begin(self.session, fetches, feed_dict)
        values = self.session.run([fetches, more], feed_dict, options, run_metadata)
        self._guarded.end(values[0], values[1])
        return values[0]

    def __enter__(self) -> NanGuard:
        self.session.__enter__()  # type: ignore[attr-defined]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.__exit__(kind, error, trace)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


class NanGuardHook(SessionRunHook):
    """Watches the runs of a monitored session for NaN, as `NanGuard` those of a session.

    `tf.train.NanTensorHook` says that the loss is NaN; this hook also finds what made it so.

    Args:
      watch: the tensors to look at, such as the loss.
      restore: whether variables and streams of random numbers go back when values are not finite.
      infinities: whether infinite values count, or NaN alone.
    """

    def __init__(self, watch: Any, *, restore: bool = True, infinities: bool = True) -> None:
        self._watch = watch
        self._restore = restore
        self._infinities = infinities
        self._guarded: _Guarded | None = None

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Note the state."""
        session = raw_session(run_context.session)
        guarded = self._guarded
        if guarded is None or guarded.graph is not session.graph:
            guarded = _Guarded(session.graph, self._watch, self._restore, self._infinities)
            self._guarded = guarded
        asked = run_context.original_args
        return SessionRunArgs(guarded.begin(session, asked.fetches, asked.feed_dict))

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Look at the values.

        Raises:
          NanFoundError: a watched value is not finite.
        """
        assert self._guarded is not None
        self._guarded.end(None, run_values.results)


class _Guarded:
    """What guard and hook share.

    Args:
      graph: the session's graph.
      watch: what to look at; None for what is fetched.
      restore: whether the state goes back.
      infinities: whether infinite values count.
    """

    def __init__(self, graph: Graph, watch: Any, restore: bool, infinities: bool) -> None:
        self.graph = graph
        self._watched = None if watch is None else Fetches(graph, watch).tensors
        if self._watched == ():
            raise ValueError("there is nothing to watch: give tensors, such as the loss")
        self._restore = restore
        self._infinities = infinities
        self._known: dict[Any, _Additions] = {}
        self._runs = 0

    def begin(
        self, session: BaseSession, fetches: Any, feed_dict: Mapping[Any, Any] | None
    ) -> list[Sequence[Tensor]]:
        """Note the state before a run, and return what else it must fetch."""
        self._session = session
        self._fetches = fetches
        self._feed_dict = feed_dict
        additions = self._additions(fetches, feed_dict)
        self._replayed = additions.sources
        self._now_watched = additions.possible(session._resources)
        self._snapshot = StateSnapshot.of(session._resources)
        return [self._now_watched, self._replayed]

    def end(self, asked: Any, values: Any) -> None:
        """Look at the values of a run.

        Args:
          asked: what the program fetched.
          values: of what `begin` returned.
        """
        self._runs += 1
        watched, replayed = values
        looked_at = asked if self._watched is None else watched
        if not any(self._is_bad(value) for value in _leaves(looked_at)):
            return
        finding = find_nan_from(
            self._session,
            [self._fetches, list(self._now_watched)],
            self._feed_dict,
            infinities=self._infinities,
            snapshot=self._snapshot,
            replayed=dict(zip(self._replayed, replayed, strict=True)),
        )
        if self._restore:
            self._snapshot.restore(self._session._resources)
        raise NanFoundError(finding, self._runs, self._restore)

    def _is_bad(self, value: Any) -> bool:
        return not is_finite(value) if self._infinities else has_nan(value)

    def _additions(self, fetches: Any, feed_dict: Mapping[Any, Any] | None) -> _Additions:
        flat = Fetches(self.graph, fetches)
        fed = set(expand_feeds(self.graph, feed_dict))
        key = (self.graph.version, flat.tensors, flat.operations, frozenset(fed))
        found = self._known.get(key)
        if found is None:
            roots = [tensor.op for tensor in flat.tensors if tensor not in fed]
            operations = prune([*roots, *flat.operations], fed)
            found = _Additions(operations, self._watched or (), fed)
            if len(self._known) >= _MAX_PREPARED:
                self._known.clear()
            self._known[key] = found
        return found


class _Additions:
    """What a guarded run fetches besides what it was asked for.

    Args:
      operations: what the run needs without.
      watched: the tensors to watch.
      fed: the fed tensors.

    Attributes:
      sources: the results of operations that a second run would not give again.
    """

    def __init__(
        self, operations: Sequence[Operation], watched: Sequence[Tensor], fed: set[Tensor]
    ) -> None:
        self.sources = [
            tensor
            for operation in operations
            if _gives_something_new(operation)
            for tensor in operation.outputs
            if tensor not in fed
        ]
        self._watched: list[tuple[Tensor, list[Operation]]] = []
        run = set(operations)
        for tensor in watched:
            needed = prune([tensor.op], fed)
            variables = [each for each in needed if each.op.is_variable]
            added = set(needed) - run - set(variables)
            if not any(each.op.stateful or _is_open(each, fed) for each in added):
                self._watched.append((tensor, variables))

    def possible(self, resources: ResourceManager) -> list[Tensor]:
        """Return the watched tensors that can be fetched now."""
        return [
            tensor
            for tensor, variables in self._watched
            if not any(resources.cell(variable).is_empty() for variable in variables)
        ]


def _is_open(operation: Operation, fed: set[Tensor]) -> bool:
    """Whether an operation is a placeholder without a value."""
    return operation.type in ("Placeholder", "PlaceholderV2") and operation.outputs[0] not in fed


def _gives_something_new(operation: Operation) -> bool:
    """Whether an operation waits for something outside, such as the next element of a dataset."""
    dtypes = {tensor.dtype.name for tensor in operation.outputs}
    return operation.op.blocking and not dtypes & {"resource", "variant"}


def _leaves(values: Any) -> Iterator[Any]:
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _leaves(value)
    else:
        yield values
