"""`tf.profiler.profile`, `Profiler`, `advise` and `write_op_log`."""

from __future__ import annotations

import linecache
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Graph, get_default_graph
from graphflow.files.folders import makedirs
from graphflow.files.gfile import GFile
from graphflow.interop import protos
from graphflow.profiler import report, views
from graphflow.profiler.costs import Costs, costs_of
from graphflow.profiler.options import ProfileOptionBuilder, with_defaults

# The arguments that stand for default options.
_DEFAULT = 0
_VIEWS: Mapping[str, tuple[Callable[[Any], views.Node], Callable[[views.Node], Any]]] = {
    "scope": (views.by_scope, report.graph_node),
    "graph": (views.by_inputs, report.graph_node),
    "op": (views.by_type, report.chain),
    "code": (views.by_code, report.multi_node),
}
_CHECKERS = ("AcceleratorUtilizationChecker", "ExpensiveOperationChecker", "OperationChecker")
_EXPENSIVE = 3


def profile(
    graph: Graph | None = None,
    run_meta: Any = None,
    op_log: Any = None,
    cmd: str = "scope",
    options: Any = _DEFAULT,
) -> Any:
    """Count what a graph costs, and report it.

    Float operations and parameters need nothing but the graph. Time and memory are those of a run
    with `tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)`.

    Args:
      graph: the graph; the default graph if it is None.
      run_meta: the `RunMetadata` of a run. It also tells shapes that the graph leaves open.
      op_log: an `OpLogProto` with float operations and types of some operations.
      cmd: how costs are put together: "scope" by name scopes, "graph" by inputs, "op" by types of
        operations, "code" by lines of the program.
      options: what is counted and shown, made by `ProfileOptionBuilder`; the parameters of
        trainable variables by default.

    Returns:
      A `GraphNodeProto` for "scope" and "graph", a `MultiGraphNodeProto` for "op" and "code".

    Raises:
      InvalidArgumentError: there is no such view.
      NotImplementedError: the output is a timeline or a file of pprof.
      ValueError: options order by or select something that does not exist.

    >>> import graphflow as tf
    >>> y = tf.matmul(tf.zeros([3, 5]), tf.get_variable("w", [5, 2])) + 1.0
    >>> builder = ProfileOptionBuilder(ProfileOptionBuilder.float_operation())
    >>> builder = builder.with_empty_output().with_node_names(hide_name_regexes=["w.*"])
    >>> profile(y.graph, options=builder.build()).total_float_ops
    66
    """
    runs = [] if run_meta is None else [run_meta]
    return _profile(graph or get_default_graph(), runs, op_log, cmd, options)


def _profile(graph: Graph, runs: list[Any], op_log: Any, cmd: str, options: Any) -> Any:
    if cmd not in _VIEWS:
        raise InvalidArgumentError(
            None, None, f"profile: cmd is one of {', '.join(_VIEWS)}, not {cmd!r}"
        )
    if options == _DEFAULT:
        options = ProfileOptionBuilder.trainable_variables_parameter()
    options = with_defaults(options)
    report.check_columns(options["select"])
    found, uncounted = costs_of(graph, runs, op_log)
    tree, message = _VIEWS[cmd]
    view = views.shown(tree(views.accounted(found.values(), options)), options)
    _put_out(view, options, uncounted)
    return message(view)


def _put_out(view: views.Node, options: Mapping[str, Any], uncounted: list[str]) -> None:
    kind, _, target = options["output"].partition(":outfile=")
    if kind == "none":
        return
    text = report.text(view, options["select"])
    if uncounted and "float_ops" in options["select"]:
        names = ", ".join(uncounted[:3]) + (", ..." if len(uncounted) > 3 else "")
        text = f"\nNot counted, as shapes are unknown: {names} ({len(uncounted)} in all).\n{text}"
    if kind == "stdout":
        sys.stdout.write(text)
    elif kind == "file" and target:
        with GFile(target, "w") as file:
            file.write(text)
    else:
        raise NotImplementedError(f"profile: output={options['output']!r} is not supported")


class Profiler:
    """Profiles of several steps of one graph.

    Args:
      graph: the graph; the default graph if it is None.
      op_log: an `OpLogProto` with float operations and types of some operations.
    """

    def __init__(self, graph: Graph | None = None, op_log: Any = None) -> None:
        self._graph = graph or get_default_graph()
        self._op_log = op_log
        self._steps: dict[int, Any] = {}

    def add_step(self, step: int, run_meta: Any) -> None:
        """Add a traced run.

        Args:
          step: its number.
          run_meta: its `RunMetadata`.
        """
        self._steps[int(step)] = run_meta

    def profile_operations(self, options: Mapping[str, Any]) -> Any:
        """Report costs by types of operations.

        Args:
          options: as for `profile`.

        Returns:
          A `MultiGraphNodeProto`.
        """
        return self._profile("op", options)

    def profile_python(self, options: Mapping[str, Any]) -> Any:
        """Report costs by lines of the program.

        Args:
          options: as for `profile`.

        Returns:
          A `MultiGraphNodeProto`.
        """
        return self._profile("code", options)

    def profile_name_scope(self, options: Mapping[str, Any]) -> Any:
        """Report costs by name scopes.

        Args:
          options: as for `profile`.

        Returns:
          A `GraphNodeProto`.
        """
        return self._profile("scope", options)

    def profile_graph(self, options: Mapping[str, Any]) -> Any:
        """Report costs by inputs.

        Args:
          options: as for `profile`.

        Returns:
          A `GraphNodeProto`.
        """
        return self._profile("graph", options)

    def advise(self, options: Any = _DEFAULT) -> Any:
        """Report the operations that take most time.

        Args:
          options: the checkers to run, keys of a dictionary.

        Returns:
          An `AdviceProto`.
        """
        return _advice(self._graph, list(self._steps.values()), options)

    def _profile(self, cmd: str, options: Mapping[str, Any]) -> Any:
        step = options.get("step", -1)
        if step >= 0 and step not in self._steps:
            raise ValueError(f"Profiler: no step {step} was added, but {sorted(self._steps)}")
        runs = list(self._steps.values()) if step < 0 else [self._steps[step]]
        return _profile(self._graph, runs, self._op_log, cmd, options)


def advise(graph: Graph | None = None, run_meta: Any = None, options: Any = _DEFAULT) -> Any:
    """Report the operations that take most time.

    Args:
      graph: the graph; the default graph if it is None.
      run_meta: the `RunMetadata` of a traced run.
      options: the checkers to run, keys of a dictionary; all by default.

    Returns:
      An `AdviceProto` with reports of each checker.

    Raises:
      ValueError: there is no such checker.
    """
    runs = [] if run_meta is None else [run_meta]
    return _advice(graph or get_default_graph(), runs, options)


def _advice(graph: Graph, runs: list[Any], options: Any) -> Any:
    wanted = _CHECKERS if options == _DEFAULT else tuple(options)
    unknown = sorted(set(wanted) - {*_CHECKERS, "JobChecker"})
    if unknown:
        raise ValueError(f"advise: there are no checkers {unknown}, but {', '.join(_CHECKERS)}")
    message = protos.AdviceProto()
    found, _ = costs_of(graph, runs)
    for name in wanted:
        reports = _expensive(found) if name == "ExpensiveOperationChecker" else []
        message.checkers[name].reports.extend(reports)
    return message


def _expensive(found: Mapping[str, Costs]) -> list[str]:
    micros: Counter[str] = Counter()
    for costs in found.values():
        micros[costs.operation.type] += costs.numbers["exec_micros"]
    total = sum(micros.values())
    lines = [
        f"top {place} operation type: {name}, total: {used}us ({used / total:.2%})"
        for place, (name, used) in enumerate(micros.most_common(_EXPENSIVE), 1)
        if used
    ]
    return ["\n".join(lines)] if lines else []


def write_op_log(
    graph: Graph, log_dir: str, op_log: Any = None, run_meta: Any = None, add_trace: bool = True
) -> None:
    """Write float operations, types and origins of all operations to the file `tfprof_log`.

    Args:
      graph: the graph.
      log_dir: the folder, made if it does not exist.
      op_log: an `OpLogProto` whose facts take precedence.
      run_meta: the `RunMetadata` of a run, for shapes that the graph leaves open.
      add_trace: whether to write which lines of the program made each operation.
    """
    found, _ = costs_of(graph, [] if run_meta is None else [run_meta], op_log)
    message = protos.OpLogProto()
    numbers: dict[str, int] = {}
    for name, costs in found.items():
        entry = message.log_entries.add(name=name, float_ops=costs.numbers["float_ops"])
        entry.types.extend(sorted(costs.types))
        for frame in costs.operation.traceback if add_trace else ():
            line = linecache.getline(frame.filename, frame.lineno).strip()
            texts = [frame.filename, frame.name, line]
            ids = [numbers.setdefault(text, len(numbers) + 1) for text in texts]
            entry.code_def.traces.add(
                file_id=ids[0], lineno=frame.lineno, function_id=ids[1], line_id=ids[2]
            )
    message.id_to_string.update({number: text for text, number in numbers.items()})
    makedirs(log_dir)
    with GFile(os.path.join(log_dir, "tfprof_log"), "wb") as file:
        file.write(message.SerializeToString())
