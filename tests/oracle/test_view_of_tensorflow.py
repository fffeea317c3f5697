"""Files that TensorFlow wrote are shown, also with types of operations that graphflow lacks."""

from __future__ import annotations

import subprocess

import pytest

from graphflow.interop.graph_files import read_graph_file
from graphflow.viz.graph_page import show

pytestmark = pytest.mark.oracle

WRITER = """
import sys
import tensorflow.compat.v1 as tf
tf.disable_eager_execution()
tf.disable_control_flow_v2()
x = tf.placeholder(tf.float32, [None, 4], name="x")
w = tf.get_variable("w", [4, 3])
_, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2.0), (0, tf.matmul(x, w)))
tf.raw_ops.CollectiveReduce(input=y, group_size=2, group_key=1, instance_key=1, merge_op="Add",
                            final_op="Id", subdiv_offsets=[0], name="all_reduce")
tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(y))
tf.data.make_one_shot_iterator(tf.data.Dataset.range(3).map(lambda v: v * 2)).get_next()
folder = sys.argv[1]
graph = tf.get_default_graph()
tf.train.write_graph(graph, folder, "graph.pb", as_text=False)
tf.train.write_graph(graph, folder, "graph.pbtxt")
saver = tf.train.Saver()
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    saver.save(session, folder + "/model")
    tf.saved_model.simple_save(session, folder + "/saved", {"x": x}, {"y": y})
"""


def test_every_file_of_a_program_of_tensorflow(oracle_python, tmp_path):
    subprocess.run([oracle_python, "-c", WRITER, str(tmp_path)], check=True, capture_output=True)
    for name in ("graph.pb", "graph.pbtxt", "model.meta", "model", "saved"):
        graphs = show(read_graph_file(tmp_path / name)).data["graphs"]
        nodes = {node["name"]: node for node in graphs[0]["nodes"]}
        assert nodes["all_reduce"]["type"] == "CollectiveReduce"
        assert nodes["all_reduce"]["attributes"]["final_op"] == "Id"
        assert nodes["w"]["kind"] == "variable"
        assert nodes["x"]["outputs"] == [["float32", "(?, 4)", 16]]
        # The loop is shown as it is in the file, with its way back.
        numbers = {number: node["name"] for number, node in enumerate(graphs[0]["nodes"])}
        merge = nodes["while/Merge_1"]
        assert {numbers[number] for number, _ in merge["inputs"]} == {
            "while/Enter_1",
            "while/NextIteration_1",
        }
        assert len(graphs) > 1  # the function of the data set
