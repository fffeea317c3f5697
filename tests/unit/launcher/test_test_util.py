"""What TensorFlow's own kind of tests is decorated with and asks for."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

import graphflow as tf
from graphflow.launcher.aliases import module_of

test_util: Any = module_of("python.framework.test_util")


def outcome(case: type[tf.test.TestCase]) -> unittest.TestResult:
    """Run the tests of a class; `test_session` is none, though unittest takes it for one."""
    names = unittest.defaultTestLoader.getTestCaseNames(case)
    result = unittest.TestResult()
    unittest.TestSuite(case(name) for name in names if name != "test_session").run(result)
    assert result.errors == []
    return result


def test_decorated_tests_run_once_with_a_session():
    runs = []

    class Case(test_util.TensorFlowTestCase):  # type: ignore[misc,name-defined]
        @test_util.run_in_graph_and_eager_modes
        def test_one(self) -> None:
            runs.append(self.evaluate(tf.constant(2) + 1))

        @test_util.run_in_graph_and_eager_modes(use_gpu=False)
        @test_util.disable_xla("why")
        def test_two(self) -> None:
            runs.append(int(tf.constant(4).eval()))

        @test_util.run_v1_only("why")
        @test_util.run_deprecated_v1
        def test_three(self) -> None:
            with self.cached_session(), test_util.use_gpu():
                runs.append(int(tf.constant(5).eval()))

        @test_util.run_v2_only
        def test_four(self) -> None:
            runs.append(6)

        @test_util.run_gpu_only()
        def test_five(self) -> None:
            runs.append(7)

        @test_util.skip_if(lambda: True)
        def test_six(self) -> None:
            runs.append(8)

    result = outcome(Case)
    assert sorted(runs) == [3, 4, 5]
    assert (result.testsRun, len(result.skipped), result.failures) == (6, 2, [])


def test_decorated_classes():
    runs = []

    @test_util.run_all_in_graph_and_eager_modes
    class Case(tf.test.TestCase):
        def test_one(self) -> None:
            runs.append(self.evaluate(tf.constant(2)))

        def helper(self) -> None:
            runs.append(9)

    outcome(Case)
    assert runs == [2]


def test_graphs_are_compared_and_searched():
    x = tf.constant(1.0, name="x")
    one = x.graph.as_graph_def()
    tf.negative(x, name="y")
    other = x.graph.as_graph_def()
    assert test_util.assert_ops_in_graph({"y": "Neg"}, x.graph)["y"].input == ["x"]
    test_util.assert_equal_graph_def(other, x.graph.as_graph_def())
    with pytest.raises(AssertionError, match="different names"):
        test_util.assert_equal_graph_def(one, other)
    with pytest.raises(ValueError, match="no operation 'z'"):
        test_util.assert_ops_in_graph({"z": "Neg"}, x.graph)
    with pytest.raises(ValueError, match="is a Neg"):
        test_util.assert_ops_in_graph({"y": "Abs"}, x.graph)
    assert test_util.get_node_def_from_graph("y", other).op == "Neg"
    assert test_util.get_node_def_from_graph("z", other) is None
    test_util.set_producer_version(x.graph, 8)
    assert x.graph.graph_def_versions.producer == 8


def test_layouts():
    x = tf.zeros([2, 5, 6, 7, 3])
    assert test_util.NHWCToNCHW(x).shape.as_list() == [2, 3, 5, 6, 7]
    assert test_util.NCHWToNHWC(test_util.NHWCToNCHW(x)).shape.as_list() == [2, 5, 6, 7, 3]


def test_messages_and_dtypes_are_compared():
    case = tf.test.TestCase()
    node = tf.NodeDef(name="x", op="NoOp")
    case.assertProtoEquals("op: 'NoOp' name: 'x'", node)
    case.assertProtoEquals(tf.NodeDef(name="x", op="NoOp"), node)
    with pytest.raises(AssertionError, match="NoOp"):
        case.assertProtoEquals("name: 'x'", node)
    with tf.Graph().as_default() as graph:
        tf.no_op(name="x")
    case.assertProtoEqualsVersion("node { name: 'x' op: 'NoOp' }", graph.as_graph_def())
    with pytest.raises(AssertionError, match="producer"):
        case.assertProtoEqualsVersion("", tf.GraphDef(), producer=7)
    with tf.Session().as_default():
        case.assertDTypeEqual([tf.constant(1.0), tf.constant(2.0)], tf.float32)
        with pytest.raises(AssertionError):
            case.assertDTypeEqual(tf.constant(1.0), tf.float64)
