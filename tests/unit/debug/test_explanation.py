from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def model():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float32, [None], name="y")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    hidden = tf.matmul(x, w, name="hidden")
    target = tf.stop_gradient(tf.reduce_mean(y, name="mean"), name="frozen")
    loss = tf.reduce_sum(tf.square(hidden, name="square") - target, name="loss")
    return x, y, w, hidden, loss


class TestNeeds:
    def test_the_shortest_way_to_each_placeholder(self):
        *_, loss = model()
        found = tf.explain(loss)
        ways = {
            placeholder.name: [operation.name for operation in way]
            for placeholder, way in found.placeholders.items()
        }
        assert ways == {
            "x": ["loss", "sub", "square", "hidden", "x"],
            "y": ["loss", "sub", "frozen", "mean", "y"],
        }
        assert [variable.name for variable in found.variables] == ["w"]

    def test_what_is_fed_is_not_needed(self):
        x, _, _, hidden, loss = model()
        found = tf.explain(loss, needs=x, feeds={hidden: np.ones([1, 2])})
        assert found.way == []
        assert found.reason.startswith("it does not need x, for hidden:0 is fed")
        assert [placeholder.name for placeholder in found.placeholders] == ["y"]
        assert not found.variables

    def test_a_gradient_ends_at_stop_gradient(self):
        _, y, *_, loss = model()
        reason = tf.explain(loss, needs=y).reason
        assert "no gradient flows along this way: tf.stop_gradient cuts it at frozen" in reason

    def test_a_gradient_does_not_need_what_is_cut_away(self):
        y = tf.placeholder(tf.float32, [4], name="y")
        w = tf.Variable(tf.ones([4]), name="w")
        target = tf.stop_gradient(tf.square(y), name="frozen")
        loss = tf.reduce_sum(w * 3.0 + target, name="loss")
        (grad,) = tf.gradients(loss, w)
        found = tf.explain(grad, needs=y)
        assert found.way == []
        assert "does not need y" in found.reason
        assert "tf.stop_gradient cuts it at frozen" in found.reason

    def test_the_shape_alone(self):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        zeros = tf.zeros([tf.shape(x, name="shape")[0]])
        reason = tf.explain(zeros, needs=x).reason
        assert reason.endswith("shape (Shape) uses no more than the shape")
        # where the values are needed as well, that way is told
        way = [op.name for op in tf.explain(tf.add(zeros, x[:, 0], name="sum"), needs=x).way]
        assert way == ["sum", "strided_slice_1", "x"]

    def test_static_shapes_need_nothing(self):
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        y = tf.zeros([int(x.shape[0])])
        assert "read while the graph is built" in tf.explain(y, needs=x).reason

    def test_the_other_way_round(self):
        x, *_, loss = model()
        assert tf.explain(x, needs=loss).reason.startswith(
            "it is the other way round: loss needs x"
        )

    def test_where_it_ends_instead(self):
        x, y, *_ = model()
        only_y = tf.identity(y, name="only_y")
        assert "ends in loss" in tf.explain(only_y, needs=x).reason

    def test_a_linear_gradient(self):
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.multiply(x, 3.0, name="y")
        (grad,) = tf.gradients(y, x)
        assert "does not need x" in tf.explain(grad, needs=x).reason

    def test_control_inputs_count(self):
        x = tf.placeholder(tf.float32, [], name="x")
        with tf.control_dependencies([tf.identity(x, name="first")]):
            y = tf.constant(3.0, name="y")
        assert [op.name for op in tf.explain(y, needs="x").way] == ["y", "first", "x"]

    def test_into_bodies(self):
        x = tf.placeholder(tf.float32, [], name="x")
        inner = []
        tf.cond(x > 0, lambda: inner.append(tf.square(x)) or inner[0], lambda: x)
        assert tf.explain(inner[0], needs=x).way[-1] is x.op

    def test_of_several_and_by_name(self):
        *_, loss = model()
        assert len(tf.explain({"loss": loss, "other": "hidden:0"}).operations) == 2
        assert tf.explain("loss", needs="x").way

    def test_wrong_arguments(self):
        model()
        with pytest.raises(ValueError, match="nothing to explain"):
            tf.explain([])
        with pytest.raises((KeyError, ValueError), match="nowhere"):
            tf.explain("nowhere")
        with pytest.raises(TypeError, match="needs must be one"):
            tf.explain("loss", needs=["x", "y"])


class TestText:
    def test_all_parts(self):
        x, _, _, hidden, loss = model()
        noise = tf.random_uniform([], seed=1, name="noise")
        text = str(tf.explain(loss + noise))
        assert "x: float32 ?×3, add <- loss <- sub" in text
        assert "w: float32 3×2" in text
        assert "noise/RandomUniform (RandomUniform)" in text
        assert 'hidden = tf.matmul(x, w, name="hidden")' in text
        assert "test_explanation.py:" in text
        text = str(tf.explain(hidden))
        assert "float32 ?×2: MatMul of float32 ?×3, float32 3×2" in text
        assert "what is not known of it comes from x:0 (?×3)" in text
        assert "square (Square)" in text
        assert "what is not known of it Placeholder tells when it runs" in str(tf.explain(x))

    def test_what_depends_on_it(self):
        x, *_ = model()
        found = tf.explain(x)
        assert [user.name for user in found.users] == ["hidden"]
        assert found.dependents == 4  # hidden, square, sub, loss

    def test_html(self):
        *_, loss = model()
        page = tf.explain(loss)._repr_html_()
        assert "<svg" in page
        assert "loss &lt;- sub" in page

    def test_imported_operations_have_no_line(self):
        model()
        graph = tf.Graph()
        with graph.as_default():
            tf.import_graph_def(tf.get_default_graph().as_graph_def(), name="")
        definition = tf.GraphDef()
        node = definition.node.add()
        node.name, node.op = "c", "NoOp"
        with graph.as_default():
            tf.import_graph_def(definition, name="")
            assert "c (NoOp)" in str(tf.explain("c"))

    def test_large_graphs(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = x
        for _ in range(3000):
            y = y + 1.0
        text = str(tf.explain(y, needs=x))
        assert "(2994 more)" not in text.splitlines()[0]
        assert "more) <- add_2 <- add_1 <- add <- x" in text


class TestErrors:
    def test_the_error_of_a_missing_feed_tells_the_way(self):
        *_, loss = model()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            with pytest.raises(tf.errors.InvalidArgumentError) as info:
                sess.run(loss, {"x:0": np.ones([1, 3])})
        text = str(info.value)
        assert "loss <- sub <- frozen <- mean <- y" in text
        assert "tf.explain('loss', needs='y')" in text
        assert info.value.op.name == "y"

    def test_make_callable_too(self):
        x, *_, loss = model()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            call = sess.make_callable(loss, [x])
            with pytest.raises(tf.errors.InvalidArgumentError, match="<- mean <- y"):
                call(np.ones([1, 3]))

    def test_a_fetched_placeholder_needs_no_way(self):
        x, *_ = model()
        with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as info:
            sess.run(x)
        assert "explain" not in str(info.value)
