"""`tf.contrib.graph_editor`: views, copies and changes of a graph."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

ge = tf.contrib.graph_editor


@pytest.fixture
def chain() -> dict[str, tf.Tensor]:
    """a -> e = exp(a) -> y = e * b, and z = -y waits for b."""
    a, b = tf.constant([0.0, 1.0], name="a"), tf.constant([2.0, 3.0], name="b")
    e = tf.exp(a, name="net/e")
    y = tf.multiply(e, b, name="net/y")
    with tf.control_dependencies([b]):
        z = tf.negative(y, name="net/z")
    return {"a": a, "b": b, "e": e, "y": y, "z": z}


def run(tensor: tf.Tensor, feeds: dict[tf.Tensor, object] | None = None) -> list[float]:
    with tf.Session(graph=tensor.graph) as session:
        return session.run(tensor, feeds).tolist()  # type: ignore[no-any-return]


# -- views -----------------------------------------------------------------------------------------


def test_selections(chain: dict[str, tf.Tensor]):
    graph = chain["a"].graph
    assert ge.select_ops("/[ez]$", graph=graph) == [chain["e"].op, chain["z"].op]
    assert ge.select_ops(graph, positive_filter=lambda op: op.name < "c") == [
        chain["a"].op,
        chain["b"].op,
    ]
    assert ge.select_ts(chain["a"], "(?#ts)net/e", graph=graph) == [chain["a"], chain["e"]]
    assert ge.select_ts(graph, positive_filter=lambda t: t.shape == [2])[0] is chain["a"]
    assert ge.select_ops_and_ts(chain["e"].op, [chain["a"]], "(?#ts)^b", graph=graph) == (
        [chain["e"].op],
        [chain["a"], chain["b"]],
    )
    assert ge.select_ops("net", graph=graph, restrict_ops_regex=True) == []
    assert len(ge.select_ops("(?#ops)net", graph=graph, restrict_ops_regex=True)) == 3
    with pytest.raises(ValueError, match="graph="):
        ge.select_ops("net")
    with pytest.raises(TypeError, match="expected tensors"):
        ge.select_ts([chain["a"].op])


def test_view_knows_what_goes_in_and_out(chain: dict[str, tf.Tensor]):
    view = ge.sgv(chain["y"].op, chain["e"].op)
    assert view.inputs == [chain["b"], chain["a"]]
    assert view.outputs == [chain["y"]]
    assert view.graph is chain["a"].graph
    assert bool(view)
    assert not ge.sgv()
    assert view.find_op_by_name("net/e") is chain["e"].op
    assert ge.sgv(view) is view
    assert ge.sgv_scope("net", chain["a"].graph).outputs == [chain["z"]]
    assert ge.sgv(chain["e"].op, chain["b"]).outputs == [chain["e"], chain["b"]]
    with pytest.raises(ValueError, match="not among the operations"):
        view.find_op_by_name("a")


def test_view_is_of_one_graph(chain: dict[str, tf.Tensor]):
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    with pytest.raises(ValueError, match="another graph"):
        ge.SubGraphView([chain["a"].op, other.op])


# -- copies ----------------------------------------------------------------------------------------


def test_copies_take_the_replacements(chain: dict[str, tf.Tensor]):
    new = tf.constant([1.0, 0.0])
    with tf.name_scope("open"), tf.control_dependencies([new]):
        view, info = ge.copy_with_input_replacements(
            [chain["z"].op, chain["e"].op, chain["y"].op], {chain["a"]: new}
        )
    copy = info.transformed(chain["z"])
    assert copy.name == "net/z_1:0"
    assert copy.op.control_inputs == [chain["b"].op]
    assert len(view.ops) == 3
    np.testing.assert_allclose(run(copy), [-2 * np.e, -3], rtol=1e-6)
    np.testing.assert_allclose(run(chain["z"]), [-2, -3 * np.e], rtol=1e-6)
    assert info.original(copy) is chain["z"]
    assert info.transformed(chain["a"]) is None
    assert info.transformed([chain["a"], chain["e"].op], lambda _: "kept")[0] == "kept"


def test_copies_in_a_scope(chain: dict[str, tf.Tensor]):
    ops = [chain["e"].op, chain["y"].op]
    names = []
    for reuse in False, False, True:
        _, info = ge.copy(ops, dst_scope="twin", src_scope="net", reuse_dst_scope=reuse)
        names.append(info.transformed(chain["y"]).name)
    assert names == ["twin/y:0", "twin_1/y:0", "twin/y_1:0"]
    with pytest.raises(ValueError, match="not in the scope 'net'"):
        ge.copy([chain["a"].op], src_scope="net")


def test_copies_in_another_graph_take_placeholders(chain: dict[str, tf.Tensor]):
    target = tf.Graph()
    view, info = ge.copy([chain["e"].op, chain["y"].op], target)
    assert view.graph is target
    feeds = {"geph__a_0:0": [0.0, 0.0], "geph__b_0:0": [4.0, 5.0]}
    assert run(info.transformed(chain["y"]), feeds) == [4, 5]


def test_copies_keep_device_and_gradient():
    with tf.device("/cpu:0"), tf.get_default_graph().gradient_override_map({"Exp": "Identity"}):
        a = tf.constant(2.0)
        e = tf.exp(a)
    _, info = ge.copy([e.op])
    copy = info.transformed(e)
    assert copy.device == e.device
    assert run(tf.gradients(copy, a)[0]) == 1.0
    with pytest.raises(ValueError, match="nothing to copy"):
        ge.copy([])


def test_graph_replace(chain: dict[str, tf.Tensor]):
    zero = tf.zeros([2])
    result = ge.graph_replace({"z": chain["z"], "b": chain["b"]}, {chain["a"]: zero})
    assert run(result["z"]) == [-2, -3]
    assert result["b"] is chain["b"]
    assert ge.graph_replace(chain["b"], {chain["b"]: zero}) is zero
    with pytest.raises(ValueError, match="none of the targets"):
        ge.graph_replace(chain["b"], {chain["a"]: zero})


# -- changes in place ------------------------------------------------------------------------------


def test_reroute():
    a, b = tf.constant(2.0), tf.constant(3.0)
    y, z = a * a, a + 1.0
    assert ge.reroute_ts([b], [a], can_modify=[y.op]) == 2
    assert (run(y), run(z)) == (9, 3)
    assert ge.reroute_ts(a, b, cannot_modify=y.op) == 0


def test_swap():
    a, b = tf.constant(2.0), tf.constant(3.0)
    y = a - 2.0 * b
    assert ge.swap_ts(a, b) == 2
    assert run(y) == -1


def test_rerouting_changes_all_or_nothing():
    a, b = tf.constant(2.0), tf.constant([3.0])
    y = a * 5.0
    first, second = tf.constant(1.0, name="first"), tf.constant(4.0, name="second")
    z = first - second
    late = tf.constant(7.0)
    with pytest.raises(ValueError, match="cannot replace"):
        ge.reroute_ts(b, a)
    with pytest.raises(ValueError, match="only grows"):
        ge.reroute_ts([a, late], [first, second])
    assert (run(y), run(z)) == (10, -3)
    with pytest.raises(ValueError, match="cannot take the places"):
        ge.reroute_ts([a, b], [a])
    with pytest.raises(TypeError):
        ge.reroute_ts([3.0], [a])


def test_control_inputs():
    a, b, c = tf.constant(1.0), tf.constant(2.0), tf.constant(3.0)
    ge.add_control_inputs(c.op, [a.op, b.op])
    assert c.op.control_inputs == [a.op, b.op]
    with pytest.raises(ValueError, match="already"):
        ge.add_control_inputs(c.op, b.op)
    with pytest.raises(ValueError, match="made earlier"):
        ge.add_control_inputs(a.op, c.op)
    with pytest.raises(TypeError, match="expected an operation"):
        ge.add_control_inputs(c, a.op)


def test_gradients_through_a_recomputed_layer():
    """What programs do that save memory: the layer is computed anew from a stopped input."""
    x = tf.constant([[0.5, -0.25]])
    weights = [tf.constant([[0.3, 0.7], [-0.2, 0.4]]), tf.constant([[0.6, -0.1], [0.8, 0.9]])]
    hidden = tf.tanh(tf.matmul(x, weights[0]))
    loss = tf.reduce_sum(tf.tanh(tf.matmul(hidden, weights[1])))
    expected = tf.gradients(loss, weights)
    stopped = tf.stop_gradient(hidden)
    above = ge.get_walks_intersection_ops(hidden, loss)
    _, info = ge.copy_with_input_replacements(ge.sgv(above), {})
    ge.reroute_ts([stopped], [hidden], can_modify=info._transformed_ops.values())
    of_hidden, last = tf.gradients(info.transformed(loss), [stopped, weights[1]])
    first = tf.gradients(hidden, weights[0], grad_ys=of_hidden)[0]
    with tf.Session() as session:
        for mine, other in zip([first, last], expected, strict=True):
            np.testing.assert_allclose(*session.run([mine, other]), rtol=1e-6)
