"""Graphs with bodies of functions run in TensorFlow as they do here, once exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.control_flow_programs import PROGRAMS

pytestmark = pytest.mark.oracle

# A function cannot write a reference variable, and names are strings that need no function.
NAMES = [name for name in PROGRAMS if name not in ("branches_that_write", "names")]


def resource_variables(tf: Any) -> list[Any]:
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    w = tf.get_variable("w", initializer=[2.0, 3.0], use_resource=True)

    def body(i: Any, total: Any) -> Any:
        with tf.control_dependencies([v.assign_add(2.0)]):
            return i + 1, total + v.read_value() * w

    with tf.control_dependencies([v.initializer, w.initializer]):
        _, total = tf.while_loop(lambda i, _: i < 3, body, (0, tf.zeros([2])))
    with tf.control_dependencies([total]):
        after = v.read_value()
    chosen = tf.cond(total[0] > 5, lambda: w * total, lambda: w)
    return [total, after, chosen, *tf.gradients(chosen, w)]


def recurrent_net(tf: Any) -> list[Any]:
    x = np.random.RandomState(0).randn(2, 3, 4).astype(np.float32)
    cell = tf.nn.rnn_cell.MultiRNNCell(
        [tf.nn.rnn_cell.LSTMCell(3, use_peepholes=True), tf.nn.rnn_cell.GRUCell(2)]
    )
    start = tf.random_uniform_initializer(-1, 1, seed=4)
    with tf.variable_scope("net", initializer=start, use_resource=True):
        outputs, state = tf.nn.dynamic_rnn(cell, x, [3, 1], dtype=tf.float32)
    return [outputs, state[0].c, *tf.gradients(outputs, tf.trainable_variables())]


@pytest.fixture(scope="module")
def exported(
    tmp_path_factory: pytest.TempPathFactory, in_tensorflow: Callable[[Path, Any], Any]
) -> dict[str, tuple[list[Any], Any]]:
    folder = tmp_path_factory.mktemp("graphs")
    programs = {name: PROGRAMS[name] for name in NAMES}
    programs |= {"resource_variables": resource_variables, "recurrent_net": recurrent_net}
    ours, requests = {}, []
    for name, program in programs.items():
        with tf.Graph().as_default() as graph:
            fetches = program(tf)
            initializer = tf.global_variables_initializer()
            with tf.Session() as session:
                session.run(initializer)
                ours[name] = session.run(fetches)
            path = folder / f"{name}.pb"
            path.write_bytes(graph.as_graph_def().SerializeToString())
            requests.append([str(path), initializer.name, [tensor.name for tensor in fetches]])
    theirs = in_tensorflow(Path(__file__).with_name("run_exported_graphs.py"), requests)
    return {name: (ours[name], theirs[index]) for index, name in enumerate(programs)}


@pytest.mark.parametrize("name", [*NAMES, "resource_variables", "recurrent_net"])
def test_values_agree(exported: dict[str, tuple[list[Any], Any]], name: str) -> None:
    ours, theirs = exported[name]
    assert isinstance(theirs, list), f"TensorFlow cannot run it: {theirs}"
    for index, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        np.testing.assert_allclose(mine, other, 2e-5, 2e-5, err_msg=f"value {index}")
