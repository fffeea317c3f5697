"""What a run needs, against networkx's ancestors of the same graph."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import graphflow as tf
from graphflow.compiler.prune import prune


def random_graph(seed):
    generator = np.random.default_rng(seed)
    tensors = [tf.placeholder(tf.float32, [], name=f"p_{i}") for i in range(3)]
    for _ in range(40):
        one, two, before = (tensors[i] for i in generator.integers(0, len(tensors), 3))
        if generator.random() < 0.3:
            with tf.control_dependencies([before]):
                tensors.append(tf.add(one, two))
        else:
            tensors.append(tf.add(one, two))
    return tensors


@pytest.mark.parametrize("seed", range(8))
def test_pruned_operations_are_the_ancestors(seed):
    tensors = random_graph(seed)
    generator = np.random.default_rng(100 + seed)
    roots = [tensors[i].op for i in generator.integers(20, len(tensors), 2)]
    fed = {tensors[i] for i in generator.integers(0, len(tensors), 4)}
    given = {tensor.op for tensor in fed if tensor.op.type == "Placeholder"}
    graph = nx.DiGraph()
    for op in tf.get_default_graph().get_operations():
        graph.add_node(op)
        graph.add_edges_from((t.op, op) for t in op.inputs if t not in fed)
        graph.add_edges_from((before, op) for before in op.control_inputs if before not in given)
    wanted = set(roots).union(*(nx.ancestors(graph, root) for root in roots))
    found = prune(roots, fed)
    assert set(found) == wanted
    assert [op.id for op in found] == sorted(op.id for op in wanted)


def test_nothing_waits_for_a_placeholder_that_is_fed():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([x]):
        y = tf.constant(3.0)
    session = tf.Session()
    assert session.run(y, {x: 5.0}) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="you must feed"):
        session.run(y)
