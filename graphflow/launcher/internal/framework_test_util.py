"""`tensorflow.python.framework.test_util`: what tests of TensorFlow's kind are decorated with.

Everything runs on the processor and builds graphs, as TensorFlow 1 does by default.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import unittest
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import graphflow.ops as ops
from graphflow.core.defaults import device as _device
from graphflow.core.graph import Graph
from graphflow.core.spec import TensorShape
from graphflow.interop import protos
from graphflow.session import Session
from graphflow.testing.test_case import TestCase

TensorFlowTestCase = TestCase
ErrorLoggingSession = Session

_T = TypeVar("_T")
_Test = Callable[..., Any]


# -- which tests run ------------------------------------------------------------------------------


def run_in_graph_and_eager_modes(
    func: _Test | None = None,
    config: Any = None,
    use_gpu: bool = True,
    reset_test: bool = True,
    assert_no_eager_garbage: bool = False,
) -> Any:
    """Run a test in a session; it does not run a second time without one.

    Args:
      func: the test; without it a decorator is returned.
      config: the session's configuration.
      use_gpu: accepted; there are none.
      reset_test: accepted; the test runs once.
      assert_no_eager_garbage: accepted; the test does not run without a graph.
    """
    del reset_test, assert_no_eager_garbage

    def decorate(test: _Test) -> _Test:
        @functools.wraps(test)
        def decorated(self: Any, *args: Any, **kwargs: Any) -> None:
            with self.test_session(use_gpu=use_gpu, config=config):
                test(self, *args, **kwargs)

        return decorated

    return decorate if func is None else decorate(func)


def for_all_test_methods(decorator: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return a decorator of classes that decorates their tests.

    Args:
      decorator: called with `args` and `kwargs`; returns a decorator of tests.
      *args: arguments.
      **kwargs: arguments by name.
    """

    def decorate(cls: type[_T]) -> type[_T]:
        for name, value in list(vars(cls).items()):
            if name.startswith(unittest.TestLoader.testMethodPrefix) and callable(value):
                setattr(cls, name, decorator(*args, **kwargs)(value))
        return cls

    return decorate


def run_all_in_graph_and_eager_modes(cls: type[_T]) -> type[_T]:
    """Run each test of a class in a session.

    Args:
      cls: the class.
    """
    decorated: type[_T] = for_all_test_methods(run_in_graph_and_eager_modes)(cls)
    return decorated


def _unchanged(func: Any = None) -> Any:
    """Return a test, or a class of tests, as it is; or a decorator that does."""
    return func if func is not None else lambda test: test


def _unchanged_because(reason: Any = None, func: Any = None) -> Any:
    """Return a test as it is, or a decorator that does; the reason is not needed."""
    del reason
    return _unchanged(func)


# Graphs of TensorFlow 1 are what there is, and so is control flow by functions.
run_deprecated_v1 = deprecated_graph_mode_only = _unchanged
enable_c_shapes = with_c_shapes = _unchanged
enable_control_flow_v2 = with_control_flow_v2 = enable_output_all_intermediates = _unchanged
also_run_as_tf_function = build_as_function_and_v1_graph = _unchanged
use_deterministic_cudnn = _unchanged
run_v1_only = _unchanged_because
disable_xla = no_xla_auto_jit = xla_allow_fallback = _unchanged_because
enable_tf_xla_constant_folding = disable_control_flow_v2 = _unchanged_because


def skip_if(condition: Any) -> Any:
    """Return a decorator that leaves out a test.

    Args:
      condition: whether it is left out, or a function that tells.
    """

    def decorate(test: _Test) -> _Test:
        @functools.wraps(test)
        def decorated(*args: Any, **kwargs: Any) -> None:
            if not (condition() if callable(condition) else condition):
                test(*args, **kwargs)

        return decorated

    return decorate


def _skipped(why: str) -> Callable[..., Any]:
    def decorate(func: _Test | None = None) -> Any:
        skip = unittest.skip(why)
        return skip if func is None else skip(func)

    return decorate


run_v2_only = _skipped("it runs without graphs")
assert_no_new_pyobjects_executing_eagerly = _skipped("it runs without graphs")
run_gpu_only = run_cuda_only = _skipped("it runs on graphics processors")


# -- what there is --------------------------------------------------------------------------------


def _no(*args: Any, **kwargs: Any) -> bool:
    """Return False."""
    del args, kwargs
    return False


is_xla_enabled = IsMklEnabled = IsGoogleCudaEnabled = IsBuiltWithROCm = _no
GpuSupportsHalfMatMulAndConv = CudaSupportsHalfMatMulAndConv = _no


def InstallStackTraceHandler() -> None:
    """Do nothing: Python prints its stack itself."""


@contextlib.contextmanager
def device(use_gpu: bool) -> Iterator[Any]:
    """Let operations be placed on the processor in a `with` block.

    Args:
      use_gpu: accepted; there are none.
    """
    del use_gpu
    with _device("/device:CPU:0") as place:
        yield place


def use_gpu() -> Any:
    """Let operations be placed on the processor in a `with` block."""
    return device(use_gpu=True)


def force_cpu() -> Any:
    """Let operations be placed on the processor in a `with` block."""
    return device(use_gpu=False)


def force_gpu() -> Any:
    """Refuse: there is no graphics processor.

    Raises:
      NotImplementedError: always.
    """
    raise NotImplementedError("force_gpu: graphflow runs on processors only")


# -- graphs and values ----------------------------------------------------------------------------


def assert_ops_in_graph(expected_ops: Mapping[str, str], graph: Graph) -> dict[str, Any]:
    """Check that a graph has operations, and return their nodes.

    Args:
      expected_ops: the types of operations by name.
      graph: the graph.

    Raises:
      ValueError: an operation is missing, or of another type.
    """
    nodes = {node.name: node for node in graph.as_graph_def().node}
    for name, op_type in expected_ops.items():
        if name not in nodes:
            raise ValueError(f"the graph has no operation {name!r}")
        if nodes[name].op != op_type:
            raise ValueError(f"{name!r} is a {nodes[name].op}, not a {op_type}")
    return {name: nodes[name] for name in expected_ops}


def assert_equal_graph_def(
    actual: Any, expected: Any, checkpoint_v2: bool = False, hash_table_shared_name: bool = False
) -> None:
    """Check that two graphs have the same nodes, in any order.

    Args:
      actual: a `GraphDef`.
      expected: a `GraphDef`.
      checkpoint_v2: whether the random names of unfinished checkpoints may differ.
      hash_table_shared_name: whether the names that tables are shared by may differ.

    Raises:
      AssertionError: they differ.
    """
    left, right = (
        _nodes(graph_def, checkpoint_v2, hash_table_shared_name) for graph_def in (actual, expected)
    )
    assert sorted(left) == sorted(right), "the graphs have nodes of different names"
    for name, node in left.items():
        assert node == right[name], f"the nodes {name!r} differ:\n{node}\n{right[name]}"


assert_equal_graph_def_v1 = assert_equal_graph_def


def _nodes(graph_def: Any, checkpoint_v2: bool, hash_table_shared_name: bool) -> dict[str, Any]:
    copy = protos.GraphDef.FromString(protos.adopted(graph_def, "GraphDef").SerializeToString())
    for node in copy.node:
        if checkpoint_v2 and node.op == "Const":
            texts = list(node.attr["value"].tensor.string_val)
            if len(texts) == 1 and b"_temp_" in texts[0]:
                del node.attr["value"]
        if hash_table_shared_name and node.op.startswith("HashTable"):
            node.attr.pop("shared_name", None)
    return {node.name: node for node in copy.node}


def get_node_def_from_graph(node_name: str, graph_def: Any) -> Any:
    """Return the node of a name, None if there is none.

    Args:
      node_name: the name.
      graph_def: a `GraphDef`.
    """
    return next((node for node in graph_def.node if node.name == node_name), None)


def set_producer_version(graph: Graph, producer_version: int) -> None:
    """Set the version that a graph says it was made by.

    Args:
      graph: the graph.
      producer_version: the version.
    """
    graph._producer_version = producer_version


def NHWCToNCHW(input_tensor: Any) -> Any:
    """Move channels from the last place to the second one.

    Args:
      input_tensor: a tensor of rank 4 or 5, or a list of sizes.

    >>> NHWCToNCHW([2, 5, 7, 3])
    [2, 3, 5, 7]
    """
    return _rearranged(input_tensor, lambda rank: [0, rank - 1, *range(1, rank - 1)])


def NCHWToNHWC(input_tensor: Any) -> Any:
    """Move channels from the second place to the last one.

    Args:
      input_tensor: a tensor of rank 4 or 5, or a list of sizes.

    >>> NCHWToNHWC([2, 3, 5, 7])
    [2, 5, 7, 3]
    """
    return _rearranged(input_tensor, lambda rank: [0, *range(2, rank), 1])


def _rearranged(value: Any, order_of: Callable[[int], list[int]]) -> Any:
    if isinstance(value, (list, tuple, TensorShape)):
        sizes = list(value)
        return [sizes[axis] for axis in order_of(len(sizes))]
    return ops.transpose(value, order_of(value.shape.ndims))


def generate_combinations_with_testcase_name(
    **kwargs: Sequence[Any],
) -> list[dict[str, Any]]:
    """Return all combinations of values, each with a name.

    Args:
      **kwargs: the values of each argument.

    >>> generate_combinations_with_testcase_name(mode=["a"], size=[2, 3])[1]
    {'mode': 'a', 'size': 3, 'testcase_name': '_mode_a_size_3'}
    """
    names = sorted(kwargs)
    found = []
    for values in itertools.product(*(kwargs[name] for name in names)):
        chosen = dict(zip(names, values, strict=True))
        text = "".join(
            f"_{''.join(filter(str.isalnum, part))}"
            for pair in chosen.items()
            for part in map(str, pair)
        )
        found.append({**chosen, "testcase_name": text})
    return found
