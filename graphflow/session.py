"""Sessions: run parts of a graph, and keep its state."""

from __future__ import annotations

import contextlib
import copy
import itertools
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from graphflow.compiler.compile import compile_plan
from graphflow.compiler.passes import passes_named
from graphflow.compiler.plan import Plan
from graphflow.compiler.switches import switched_on
from graphflow.core.compat import as_str
from graphflow.core.device import get_log_device_placement
from graphflow.core.errors import CancelledError, InvalidArgumentError
from graphflow.core.extensions import provide
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.jit import obey_environment
from graphflow.core.paths import PLACEHOLDERS, way_text, ways_back
from graphflow.fetches import (
    Fetches,
    TensorHandle,
    expand_feeds,
    feed_array,
    feed_converter,
    feed_tensors,
)
from graphflow.interop.partition_graph import partition_graph
from graphflow.interop.run_metadata import fill_run_metadata
from graphflow.runtime import servers
from graphflow.runtime.blas import cpu_count
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.devices import DeviceAttributes, list_devices, log_device_placement
from graphflow.runtime.executor import Run
from graphflow.runtime.growth import GraphGrowth
from graphflow.runtime.mutex import hold
from graphflow.runtime.resources import ResourceManager
from graphflow.runtime.threads import ThreadPool
from graphflow.runtime.trace import Trace

_MAX_PLANS = 1024
_MAX_STRUCTURES = 1024


class _DefaultSessions(threading.local):
    """Each thread's stack of default sessions."""

    def __init__(self) -> None:
        self.stack: list[BaseSession] = []


_default_sessions = _DefaultSessions()


@provide("default_session")
def get_default_session() -> BaseSession | None:
    """Return the thread's innermost default session, None if there is none."""
    return _default_sessions.stack[-1] if _default_sessions.stack else None


class _DefaultSession(AbstractContextManager["BaseSession"]):
    """The `with session.as_default()` block."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session
        self._graph: AbstractContextManager[Graph] | None = None

    def __enter__(self) -> BaseSession:
        _default_sessions.stack.append(self._session)
        return self._session

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        stack = _default_sessions.stack
        if not stack or stack[-1] is not self._session:
            raise AssertionError("sessions must be left in the reverse order of entering")
        stack.pop()


def _release(pool: ThreadPool, resources: ResourceManager) -> None:
    """End the threads of a session that was forgotten, not closed."""
    resources.end_background_work()
    pool.close(0.0)


class BaseSession:
    """What `Session` and `InteractiveSession` share.

    Args:
      target: '', or the `target` of a `tf.train.Server` of this process: its sessions share their
        variables, queues and tables.
      graph: the graph to run; by default the default graph.
      config: a `tf.ConfigProto`; thread numbers, timeouts, `log_device_placement` and the
        switches of rewrites in `graph_options` are obeyed.

    Raises:
      TypeError: an argument is of the wrong type.
      NotImplementedError: the `target` is in another process.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, not {graph!r}")
        if config is not None and not hasattr(config, "inter_op_parallelism_threads"):
            raise TypeError(f"config must be a tf.ConfigProto, not {config!r}")
        self._graph = graph if graph is not None else get_default_graph()
        self._config = config
        self._switches = switched_on(config)
        obey_environment()
        self._target = as_str(target or "")
        self._resources = self._new_resources()
        self._closed = False
        self._lock = threading.Lock()
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._structures: OrderedDict[Any, Fetches] = OrderedDict()
        self._calls: OrderedDict[Any, _Call] = OrderedDict()
        self._mutations = self._graph._mutations
        self._growth = GraphGrowth(self._graph)
        self._run_count = 0
        self._step_ids = itertools.count()
        self._partial_runs: dict[str, _PartialRun] = {}
        self._runs: set[Cancellation] = set()
        self._pool = ThreadPool(self._thread_count() - 1)
        self._finalizer = weakref.finalize(self, _release, self._pool, self._resources)
        if getattr(config, "log_device_placement", False) or get_log_device_placement():
            log_device_placement(self._graph)

    def _new_resources(self) -> ResourceManager:
        if not self._target:
            return ResourceManager()
        shared = servers.resources_of(self._target)
        is_isolated = getattr(self._config, "isolate_session_state", False)
        return ResourceManager() if is_isolated else shared

    def _thread_count(self) -> int:
        asked = getattr(self._config, "inter_op_parallelism_threads", 0)
        return asked if asked > 0 else cpu_count()

    # -- properties ---------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The graph that the session runs."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        """The graph as a `GraphDef` message."""
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        """The target, '' if there is none."""
        return self._target

    def list_devices(self) -> list[DeviceAttributes]:
        """Return the devices that the session can use: the processor."""
        return list_devices()

    def as_default(self) -> AbstractContextManager[BaseSession]:
        """Return a context manager that makes this the thread's default session.

        It does not make the session's graph the default graph, nor close the session.
        """
        return _DefaultSession(self)

    # -- life ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Release variables, plans and threads; running again raises RuntimeError.

        Runs of other threads that wait, such as for a queue, end with `tf.errors.CancelledError`.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._plans.clear()
            self._structures.clear()
            self._calls.clear()
            self._partial_runs.clear()
            runs = list(self._runs)
        for cancellation in runs:
            cancellation.cancel(CancelledError(None, None, "the session was closed during the run"))
        self._resources.end_background_work()
        self._pool.close()
        self._finalizer.detach()
        self._resources.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(
                "this session is closed: call run before close() (or before the end of the "
                "`with` block), or make a new session"
            )
        if self._graph.version == 0:
            raise RuntimeError(
                "the session's graph is empty: add operations to it before calling run(), or give "
                "the graph in which they are to Session(graph=...)"
            )

    # -- running --------------------------------------------------------------------------------

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run operations and compute tensors.

        Args:
          fetches: a tensor, operation, name of one, variable, sparse tensor, or a nested list,
            tuple, dict or named tuple of those.
          feed_dict: values for tensors (placeholders, usually): numbers, strings, lists, arrays.
          options: a `tf.RunOptions`: timeout in ms, trace level.
          run_metadata: a `tf.RunMetadata` that receives the trace.

        Returns:
          The values in the structure of `fetches`: arrays (numpy scalars for rank 0), None for
          operations.  Arrays are the caller's own.

        Raises:
          RuntimeError: the session is closed or its graph is empty.
          TypeError: a fetch or feed is of the wrong kind.
          ValueError: a fetch is not in the graph, or a feed has the wrong shape.
          tf.errors.OpError: an operation failed.
        """
        version = self._graph.version
        if self._closed or version == 0:
            self._check_open()
        self._run_count += 1
        if version != self._growth.seen:
            self._growth.notice(self._run_count)
        if self._mutations != self._graph._mutations:
            self._forget_plans()
        try:
            key = _call_key(fetches, feed_dict)
            call = self._calls.get(key)
        except TypeError:  # a part cannot be a key
            key = call = None
        if call is not None:
            values = feed_dict.values() if feed_dict else ()
            return self._run(call, call.arrays(values), options, run_metadata)
        flat = self._flatten(fetches)
        feeds = expand_feeds(self._graph, feed_dict)
        call = _Call(self, flat, tuple(feeds))
        result = self._run(call, call.arrays(feeds.values()), options, run_metadata)
        if key is not None and _is_plain(fetches) and _are_plain_feeds(feed_dict, feeds):
            _remember(self._calls, key, call, _MAX_PLANS)
        return result

    def _forget_plans(self) -> None:
        """Forget what was prepared before the graph's operations changed."""
        self._mutations = self._graph._mutations
        self._plans.clear()
        self._calls.clear()

    def _flatten(self, structure: Any) -> Fetches:
        """Flatten a fetch structure; those made of hashable parts are remembered."""
        key = _structure_key(structure)
        if key is None:
            return Fetches(self._graph, structure)
        flat = self._structures.get(key)
        if flat is None:
            flat = Fetches(self._graph, structure)
            _remember(self._structures, key, flat, _MAX_STRUCTURES)
        return flat

    def _run(self, call: _Call, arrays: list[Any], options: Any, run_metadata: Any) -> Any:
        try:
            if options is None:
                values = self._execute(call.plan, arrays)
            else:
                values = self._run_observed(call.plan, arrays, options, run_metadata)
        except InvalidArgumentError as error:
            if error.op is None or error.op.type not in PLACEHOLDERS:
                raise
            raise call.with_way(error) from error.__cause__
        for position, dtype in call.kept:
            values[position] = TensorHandle(values[position], dtype, self)
        return call.build(values)

    def _run_observed(
        self, plan: Plan, arrays: list[Any], options: Any, run_metadata: Any
    ) -> list[Any]:
        """Run with options, and report what they ask for, also of a run that fails."""
        is_traced = getattr(options, "trace_level", 0) > 0 and run_metadata is not None
        trace = Trace() if is_traced else None
        try:
            return self._execute(plan, arrays, options, trace)
        finally:
            if trace is not None:
                trace.close()
                fill_run_metadata(run_metadata, trace)
            if run_metadata is not None and getattr(options, "output_partition_graphs", False):
                del run_metadata.partition_graphs[:]
                run_metadata.partition_graphs.append(partition_graph(self._graph, plan))

    def _execute(
        self, plan: Plan, arrays: list[Any], options: Any = None, trace: Trace | None = None
    ) -> list[Any]:
        has_limit = options is not None or self._config is not None
        cancellation = Cancellation(self._deadline(options) if has_limit else None)
        step_id = next(self._step_ids)
        resources = self._resources
        if not plan.mutexes and not plan.has_blocking:
            return Run(plan, arrays, resources, self._pool, cancellation, step_id, trace).execute()
        with self._ended_by_close(cancellation), hold(plan.mutexes, resources, cancellation):
            return Run(plan, arrays, resources, self._pool, cancellation, step_id, trace).execute()

    @contextlib.contextmanager
    def _ended_by_close(self, cancellation: Cancellation) -> Iterator[None]:
        """Let `close` end a run that may wait long."""
        with self._lock:
            self._check_open()
            self._runs.add(cancellation)
        try:
            yield
        finally:
            with self._lock:
                self._runs.discard(cancellation)

    def _deadline(self, options: Any) -> float | None:
        timeout = getattr(options, "timeout_in_ms", 0) if options is not None else 0
        if not timeout and self._config is not None:
            timeout = self._config.operation_timeout_in_ms
        return time.monotonic() + timeout / 1000 if timeout > 0 else None

    def _plan(
        self,
        fetches: tuple[Tensor, ...],
        targets: tuple[Operation, ...],
        fed: tuple[Tensor, ...],
    ) -> Plan:
        if self._mutations != self._graph._mutations:
            self._forget_plans()
        key = (fetches, targets, fed)
        plan = self._plans.get(key)
        if plan is None:
            passes = passes_named(self._switches)
            plan = compile_plan(fetches, targets, fed, passes, self._switches)
            _remember(self._plans, key, plan, _MAX_PLANS)
        return plan

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """Return a function that runs `fetches`, quicker than `run`.

        Args:
          fetches: what to fetch, as for `run`.
          feed_list: tensors; the function takes one value for each, in order.
          accept_options: whether it takes `options` and `run_metadata` by keyword.

        Returns:
          A function of the values for `feed_list` that returns what `run` would.

        Raises:
          TypeError: `feed_list` is not a list of tensors.
        """
        self._check_open()
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError(f"feed_list must be a list or tuple, not {feed_list!r}")
        tensors = tuple(feed_tensors(self._graph, feed_list or ()))
        flat = Fetches(self._graph, fetches)
        prepared = _Call(self, flat, tensors)
        graph = self._graph

        def call(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
            nonlocal prepared
            if len(values) != len(tensors):
                raise TypeError(f"this callable takes {len(tensors)} values, got {len(values)}")
            if not accept_options and (options is not None or run_metadata is not None):
                raise TypeError("options need make_callable(..., accept_options=True)")
            self._check_open()
            if prepared.mutations != graph._mutations:
                prepared = _Call(self, flat, tensors)
            return self._run(prepared, prepared.arrays(values), options, run_metadata)

        return call

    # -- partial runs -----------------------------------------------------------------------------

    def partial_run_setup(self, fetches: Any, feeds: Sequence[Any] | None = None) -> str:
        """Begin a run that goes on in several calls of `partial_run`.

        Args:
          fetches: everything that will be fetched.
          feeds: the tensors that will be fed.

        Returns:
          A handle.
        """
        self._check_open()
        flat = Fetches(self._graph, fetches)
        fed = feed_tensors(self._graph, feeds or ())
        with self._lock:
            handle = f"partial-run-{next(self._step_ids)}"
            self._partial_runs[handle] = _PartialRun(self, flat, fed)
        return handle

    def partial_run(
        self, handle: str, fetches: Any, feed_dict: Mapping[Any, Any] | None = None
    ) -> Any:
        """Go on with a partial run: feed more, fetch what can now be computed.

        Args:
          handle: from `partial_run_setup`.
          fetches: what to compute now.
          feed_dict: values for tensors that were announced and not yet fed.

        Returns:
          The values in the structure of `fetches`.

        Raises:
          tf.errors.InvalidArgumentError: the handle is unknown; a feed or fetch was not announced,
            or comes a second time; a fetch needs a tensor that is not fed yet.
        """
        self._check_open()
        partial = self._partial_runs.get(handle)
        if partial is None:
            raise InvalidArgumentError(
                None, None, f"there is no partial run {handle!r}: begin with partial_run_setup"
            )
        feeds = expand_feeds(self._graph, feed_dict)
        arrays = {tensor: feed_array(tensor, value) for tensor, value in feeds.items()}
        flat = Fetches(self._graph, fetches)
        values = partial.go_on(flat, arrays)
        if partial.is_complete:
            self._partial_runs.pop(handle, None)
        return flat.build(values)


class _Call:
    """What to fetch and to feed, with all that can be prepared before the values are known.

    Attributes:
      plan: the plan.
      mutations: how often operations of the graph had changed when the plan was made.
      build: from the fetched values to the structure that was asked for.
      kept: positions and dtypes of values that the session keeps.
    """

    __slots__ = ("_converters", "_fed", "_flat", "build", "kept", "mutations", "plan")

    def __init__(self, session: BaseSession, flat: Fetches, fed: tuple[Tensor, ...]) -> None:
        self._flat = flat
        self._fed = fed
        self._converters = [feed_converter(tensor) for tensor in fed]
        self.mutations = session._graph._mutations
        self.plan = session._plan(flat.tensors, flat.operations, fed)
        self.build = flat.build
        self.kept = flat.kept

    def arrays(self, values: Iterable[Any]) -> list[Any]:
        """Convert the fed values, in the order of the fed tensors, to arrays."""
        return [convert(value) for convert, value in zip(self._converters, values, strict=True)]

    def with_way(self, error: InvalidArgumentError) -> InvalidArgumentError:
        """Return the error of a placeholder that was not fed, with why the fetches need it."""
        fetched = [tensor.op for tensor in self._flat.tensors if tensor not in self._fed]
        way = ways_back([*fetched, *self._flat.operations], self._fed).to(error.op)
        if len(way) < 2:
            return error
        more = (
            f"{error.message}\n  which the fetches need: {way_text(way)}"
            f"\n  (tf.explain({way[0].name!r}, needs={error.op.name!r}) tells more)"
        )
        return InvalidArgumentError(error.node_def, error.op, more)


class _PartialRun:
    """The state of a partial run: what was announced, and the values computed so far.

    Each call computes only what earlier ones did not: the values of tensors that operations still
    to come may need are kept and fed to the next call.
    """

    def __init__(self, session: BaseSession, flat: Fetches, fed: Sequence[Tensor]) -> None:
        self._session = session
        self._open_feeds = dict.fromkeys(fed)
        self._open_fetches: dict[Any, None] = dict.fromkeys((*flat.tensors, *flat.operations))
        self._values: dict[Tensor, Any] = {}
        self._done: set[Operation] = set()

    @property
    def is_complete(self) -> bool:
        """Whether everything announced was fetched."""
        return not self._open_fetches

    def go_on(self, flat: Fetches, arrays: dict[Tensor, Any]) -> list[Any]:
        """Compute the fetches of one call."""
        self._check(flat, arrays)
        operations = self._operations_to_run(flat, arrays)
        keep = self._tensors_to_keep(operations)
        known = {**self._values, **arrays}
        wanted = [t for t in dict.fromkeys((*flat.tensors, *keep)) if t not in known]
        targets = tuple(op for op in flat.operations if op not in self._done)
        plan = self._session._plan(tuple(wanted), targets, tuple(known))
        results = self._session._execute(plan, list(known.values()))
        known.update(
            (tensor, feed_array(tensor, value))
            for tensor, value in zip(wanted, results, strict=True)
        )
        self._values = known
        self._done.update(operations)
        for item in (*flat.tensors, *flat.operations):
            self._open_fetches.pop(item)
        for tensor in arrays:
            del self._open_feeds[tensor]
        return [copy.copy(known[tensor][()]) for tensor in flat.tensors]

    def _check(self, flat: Fetches, arrays: dict[Tensor, Any]) -> None:
        for tensor in arrays:
            if tensor not in self._open_feeds:
                raise InvalidArgumentError(
                    None, tensor.op, f"{tensor!r} was not announced as a feed, or was fed already"
                )
        for item in (*flat.tensors, *flat.operations):
            if item not in self._open_fetches:
                raise InvalidArgumentError(
                    None, None, f"{item!r} was not announced as a fetch, or was fetched already"
                )

    def _operations_to_run(self, flat: Fetches, arrays: dict[Tensor, Any]) -> list[Operation]:
        found: dict[Operation, None] = {}
        stack = [t.op for t in flat.tensors if t not in self._values and t not in arrays]
        stack.extend(flat.operations)
        while stack:
            operation = stack.pop()
            if operation in found or operation in self._done:
                continue
            found[operation] = None
            for tensor in operation.inputs:
                if tensor in arrays or tensor in self._values:
                    continue
                if tensor in self._open_feeds:
                    raise InvalidArgumentError(
                        None, operation, f"{operation!r} needs {tensor!r}, which is not fed yet"
                    )
                stack.append(tensor.op)
            stack.extend(operation.control_inputs)
        return list(found)

    def _tensors_to_keep(self, operations: Sequence[Operation]) -> list[Tensor]:
        """Return the outputs that an operation of a later call may use."""
        running = set(operations)
        return [
            tensor
            for operation in operations
            for tensor in operation.outputs
            if not tensor.dtype._is_ref_dtype
            and any(user not in running and user not in self._done for user in tensor.consumers())
        ]


def _call_key(fetches: Any, feed_dict: Any) -> Any:
    """Return a key under which a call of `run` may be remembered.

    Only calls are remembered in which no parts that are equal mean something else.
    """
    kind = type(fetches)
    parts = tuple(fetches) if kind is list else fetches
    return kind, parts, tuple(feed_dict) if feed_dict else ()


def _is_plain(fetches: Any) -> bool:
    if type(fetches) in (list, tuple):
        return all(_is_element(item) for item in fetches)
    return _is_element(fetches)


def _is_element(item: Any) -> bool:
    """Whether an object always stands for the same tensor or operation, as a variable does."""
    if isinstance(item, (Tensor, Operation, str)):
        return True
    hash_function: Any = type(item).__hash__
    return hasattr(item, "_as_graph_element") and hash_function is object.__hash__


def _are_plain_feeds(feed_dict: Any, feeds: Mapping[Tensor, Any]) -> bool:
    keys = feed_dict or ()
    return len(keys) == len(feeds) and all(isinstance(key, (Tensor, str)) for key in keys)


def _structure_key(structure: Any) -> Any:
    """Return a key under which a flattened fetch structure is remembered, None if there is none."""
    if _is_element(structure):
        return structure
    kind = type(structure)
    if kind not in (list, tuple, dict):
        return None
    items = structure.values() if kind is dict else structure
    keys = tuple([_structure_key(item) for item in items])
    if None in keys:
        return None
    return (kind, keys, tuple(structure)) if kind is dict else (kind, keys)


def _remember(cache: OrderedDict[Any, Any], key: Any, value: Any, limit: int) -> None:
    cache[key] = value
    while len(cache) > limit:
        cache.popitem(last=False)


class Session(BaseSession):
    """Runs operations of a graph; keeps the values of its variables.

    >>> import graphflow as tf
    >>> a, b = tf.constant(5.0), tf.constant(6.0)
    >>> with tf.Session() as sess:
    ...     print(sess.run(a * b))
    30.0

    As a context manager it becomes the default session, its graph the default graph, and it is
    closed at the end of the block.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._blocks: list[tuple[Any, Any]] = []

    def __enter__(self) -> Session:
        graph_block = self._graph.as_default()
        session_block = self.as_default()
        graph_block.__enter__()
        session_block.__enter__()
        self._blocks.append((graph_block, session_block))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        graph_block, session_block = self._blocks.pop()
        session_block.__exit__(kind, error, traceback)
        graph_block.__exit__(None, None, None)
        self.close()

    @staticmethod
    def reset(target: str, containers: Sequence[str] | None = None, config: Any = None) -> None:
        """Forget the variables, queues and tables that a server keeps.

        Args:
          target: the `target` of a `tf.train.Server` of this process.
          containers: the containers to clear; all by default.
          config: not needed.

        Raises:
          NotImplementedError: there is no such server: a session without one keeps its own state,
            which `close` ends.
        """
        del config
        servers.reset(as_str(target or ""), list(containers) if containers else None)


class InteractiveSession(BaseSession):
    """A session that installs itself as the default one, for shells and notebooks.

    >>> import graphflow as tf
    >>> sess = tf.InteractiveSession()
    >>> print((tf.constant(5.0) * 6.0).eval())
    30.0
    >>> sess.close()
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._graph_block = self._graph.as_default() if graph is not None else None
        if self._graph_block is not None:
            self._graph_block.__enter__()
        _default_sessions.stack.append(self)

    def close(self) -> None:
        """Close the session; it is no longer the default one."""
        super().close()
        if self in _default_sessions.stack:
            _default_sessions.stack.remove(self)
        if self._graph_block is not None:
            block, self._graph_block = self._graph_block, None
            block.__exit__(None, None, None)


def _session_for(element: Any, session: BaseSession | None, what: str) -> BaseSession:
    if session is None:
        session = get_default_session()
        if session is None:
            raise ValueError(
                f"cannot {what}: there is no default session; "
                "use `with session.as_default()` or pass session=..."
            )
        where = "the default session's graph"
    else:
        where = "the session's graph"
    if session.graph is not element.graph:
        raise ValueError(f"cannot {what}: {element!r} is not in {where}; pass the right session")
    return session


@provide("eval_tensor")
def _eval_tensor(tensor: Any, feed_dict: Mapping[Any, Any] | None, session: Any) -> Any:
    return _session_for(tensor, session, "evaluate a tensor").run(tensor, feed_dict)


@provide("run_operation")
def _run_operation(operation: Operation, feed_dict: Mapping[Any, Any] | None, session: Any) -> None:
    _session_for(operation, session, "run an operation").run(operation, feed_dict)


@provide("run_once")
def _run_once(graph: Graph, fetches: Any) -> Any:
    """Run a graph in a session of its own."""
    with Session(graph=graph) as session:
        return session.run(fetches)
