"""import_graph_def of functions, and of branches and loops in the form of TensorFlow 1.x."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos
from tests.oracle.control_flow_programs import PROGRAMS

# 3 x where x is positive, else -x; nodes of TensorFlow 1.x.
BRANCHES = """
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "zero" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 0 } } } }
    node { name: "p" op: "Greater" input: "x" input: "zero" }
    node { name: "c/Switch" op: "Switch" input: "p" input: "p" }
    node { name: "c/switch_t" op: "Identity" input: "c/Switch:1" }
    node { name: "c/pred_id" op: "Identity" input: "p" }
    node { name: "c/three" op: "Const" input: "^c/switch_t"
           attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 3 } } } }
    node { name: "c/x/Switch" op: "Switch" input: "x" input: "c/pred_id" }
    node { name: "c/mul" op: "Mul" input: "c/x/Switch:1" input: "c/three" }
    node { name: "c/Neg" op: "Neg" input: "c/x/Switch" }
    node { name: "c/Merge" op: "Merge" input: "c/Neg" input: "c/mul" }
"""
# Doubles x until it is at least 100.
LOOP = """
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "limit" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 100 } } }
    }
    node { name: "l/Enter" op: "Enter" input: "x" attr { key: "frame_name" value { s: "l" } } }
    node { name: "l/limit" op: "Enter" input: "limit" attr { key: "frame_name" value { s: "l" } }
           attr { key: "is_constant" value { b: true } } }
    node { name: "l/Merge" op: "Merge" input: "l/Enter" input: "l/NextIteration" }
    node { name: "l/Less" op: "Less" input: "l/Merge" input: "l/limit" }
    node { name: "l/LoopCond" op: "LoopCond" input: "l/Less" }
    node { name: "l/Switch" op: "Switch" input: "l/Merge" input: "l/LoopCond" }
    node { name: "l/Identity" op: "Identity" input: "l/Switch:1" }
    node { name: "l/add" op: "Add" input: "l/Identity" input: "l/Identity" }
    node { name: "l/NextIteration" op: "NextIteration" input: "l/add" }
    node { name: "l/Exit" op: "Exit" input: "l/Switch" }
"""


def imported(text: str, **arguments: Any) -> Any:
    for op, value in (("Greater", "T"), ("Mul", "T"), ("Neg", "T"), ("Less", "T"), ("Add", "T")):
        attribute = f'attr {{ key: "{value}" value {{ type: DT_FLOAT }} }}'
        text = text.replace(f'op: "{op}"', f'op: "{op}" {attribute}')
    graph_def = protos.from_text(text, protos.GraphDef())
    for node in graph_def.node:
        if node.op == "Identity":
            node.attr["T"].type = 10 if node.name.startswith("c/") else 1
    return tf.import_graph_def(graph_def, name="", **arguments)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


class TestBranches:
    def test_each_way(self):
        imported(BRANCHES)
        with tf.Session() as session:
            assert session.run("c/Merge:0", {"x:0": 5.0}) == 15
            assert session.run("c/Merge:0", {"x:0": -2.0}) == 2

    def test_which_way_it_was(self):
        (index,) = imported(BRANCHES, return_elements=["c/Merge:1"])
        with tf.Session() as session:
            assert session.run(index, {"x:0": 5.0}) == 1
            assert session.run(index, {"x:0": -2.0}) == 0

    def test_gradient(self, graph: tf.Graph):
        imported(BRANCHES)
        x = graph.get_tensor_by_name("x:0")
        (grad,) = tf.gradients(graph.get_tensor_by_name("c/Merge:0"), x)
        with tf.Session() as session:
            assert session.run(grad, {x: 5.0}) == 3
            assert session.run(grad, {x: -2.0}) == -1

    def test_only_the_way_taken_runs(self, graph: tf.Graph):
        imported(BRANCHES)
        assert {operation.type for operation in graph.get_operations()} == {
            "Placeholder", "Const", "Greater", "Identity", "If",
        }  # fmt: skip

    def test_what_is_inside_cannot_be_returned(self):
        with pytest.raises(ValueError, match="'c/mul', which is inside of a branch or loop"):
            imported(BRANCHES, return_elements=["c/mul"])

    def test_replaced_input_inside(self):
        (result,) = imported(
            BRANCHES, input_map={"c/three:0": tf.constant(7.0)}, return_elements=["c/Merge:0"]
        )
        assert tf.Session().run(result, {"x:0": 2.0}) == 14

    def test_merge_of_one_branch(self):
        text = BRANCHES.replace('input: "c/Neg" input: "c/mul"', 'input: "c/mul" input: "c/mul"')
        with pytest.raises(ValueError, match=r"node 'c/Merge' \(Merge\): .* two branches"):
            imported(text)

    def test_values_of_both_branches(self):
        text = BRANCHES.replace('input: "c/x/Switch:1" input: "c/three"',
                                'input: "c/x/Switch:1" input: "c/Neg"')  # fmt: skip
        with pytest.raises(ValueError, match=r"node 'c/mul' \(Mul\): .* do not run together"):
            imported(text)


class TestLoops:
    def test_iterations(self):
        imported(LOOP)
        with tf.Session() as session:
            assert session.run("l/Exit:0", {"x:0": 3.0}) == 192
            assert session.run("l/Exit:0", {"x:0": 300.0}) == 300

    def test_gradient(self, graph: tf.Graph):
        imported(LOOP)
        x = graph.get_tensor_by_name("x:0")
        (grad,) = tf.gradients(graph.get_tensor_by_name("l/Exit:0"), x)
        assert tf.Session().run(grad, {x: 3.0}) == 64

    def test_replaced_input(self):
        (result,) = imported(
            LOOP, input_map={"limit:0": tf.constant(10.0)}, return_elements=["l/Exit:0"]
        )
        assert tf.Session().run(result, {"x:0": 3.0}) == 12

    def test_no_condition(self):
        text = LOOP.replace('op: "LoopCond"', 'op: "Identity"')
        with pytest.raises(ValueError, match="the loop 'l' has 0 conditions"):
            imported(text)

    def test_values_of_different_loops(self):
        text = (
            LOOP
            + """
            node { name: "m/Enter" op: "Enter" input: "x"
                   attr { key: "frame_name" value { s: "m" } } }
            node { name: "both" op: "Add" input: "l/Identity" input: "m/Enter" }
        """
        )
        with pytest.raises(ValueError, match=r"node 'both' \(Add\): .* different loops"):
            imported(text)


class TestFunctions:
    def test_call_is_written_out(self, graph: tf.Graph):
        text = """
            node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
            node { name: "y" op: "StatefulPartitionedCall" input: "x"
                   attr { key: "f" value { func { name: "square" } } } }
            node { name: "z" op: "square" input: "y" }
            library { function {
                signature { name: "square" input_arg { name: "a" type: DT_FLOAT }
                            output_arg { name: "b" type: DT_FLOAT } }
                node_def { name: "mul" op: "Mul" input: "a" input: "a" }
                ret { key: "b" value: "mul:z:0" }
            } }
        """
        imported(text)
        assert tf.Session().run("z:0", {"x:0": 3.0}) == 81
        assert graph.get_operation_by_name("y/mul").type == "Mul"

    def test_missing_function(self):
        text = """
            node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
            node { name: "y" op: "PartitionedCall" input: "x"
                   attr { key: "f" value { func { name: "gone" } } } }
        """
        with pytest.raises(ValueError, match=r"node 'y' .*no function called 'gone'"):
            imported(text)

    def test_unknown_op_in_a_function(self):
        text = """
            node { name: "y" op: "PartitionedCall"
                   attr { key: "f" value { func { name: "odd" } } } }
            library { function { signature { name: "odd" }
                                 node_def { name: "n" op: "Nonsense" } } }
        """
        with pytest.raises(tf.errors.NotFoundError, match=r"Nonsense \(node 'n'\)"):
            imported(text)

    def test_arguments_that_do_not_fit(self):
        text = """
            node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
            node { name: "y" op: "PartitionedCall" input: "x"
                   attr { key: "f" value { func { name: "f" } } } }
            library { function { signature { name: "f" input_arg { name: "a" type: DT_INT32 } } } }
        """
        with pytest.raises(ValueError, match=r"takes \(int32\), but gets \(float32\)"):
            imported(text)


# A function cannot write a reference variable.
@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - {"branches_that_write"}))
def test_round_trip(name: str, graph: tf.Graph):
    fetches = PROGRAMS[name](tf)
    initializer = tf.global_variables_initializer()
    with tf.Session() as session:
        session.run(initializer)
        expected = session.run(fetches)
    graph_def = graph.as_graph_def(add_shapes=True)
    with tf.Graph().as_default():
        tf.import_graph_def(graph_def, name="")
        with tf.Session() as session:
            session.run(initializer.name)
            found = session.run([tensor.name for tensor in fetches])
    for one, other in zip(expected, found, strict=True):
        if np.asarray(one).dtype.kind == "f":  # only one of two loops may be compiled
            np.testing.assert_allclose(one, other, rtol=1e-6)
        else:
            np.testing.assert_array_equal(one, other)


def test_round_trip_of_a_pipeline(graph: tf.Graph):
    offset = tf.constant(100, tf.int64)
    rows = tf.data.Dataset.range(7).filter(lambda x: x > 2).map(lambda x: {"a": x + offset})
    rows = rows.apply(tf.data.experimental.group_by_window(
        lambda row: row["a"] % 2, lambda key, part: part.batch(4), 4
    ))  # fmt: skip
    element = tf.data.make_one_shot_iterator(rows).get_next()["a"]
    graph_def = graph.as_graph_def()
    with tf.Graph().as_default(), tf.Session() as session:
        (copy,) = tf.import_graph_def(graph_def, return_elements=[element.name])
        found = [session.run(copy).tolist() for _ in range(2)]
        assert sorted(found) == [[103, 105], [104, 106]]
