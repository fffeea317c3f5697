"""Declarations of the ops that a graph uses."""

from __future__ import annotations

import graphflow as tf


def test_functions_count_with_the_ops_in_them():
    x = tf.placeholder(tf.float32, [])
    tf.cond(x > 0, lambda: tf.tanh(x), lambda: tf.constant(1.0), name="choice")
    graph_def = x.graph.as_graph_def()
    used = tf.contrib.util.ops_used_by_graph_def(graph_def)
    assert {"Greater", "Placeholder", "Tanh"} < set(used)
    assert not {item.signature.name for item in graph_def.library.function} & set(used)
    listed = tf.contrib.util.stripped_op_list_for_graph(graph_def)
    assert [item.name for item in listed.op] == used
