from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.debug import find_nan


def found_in(fetches, feed_dict=None, **options):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return find_nan(sess, fetches, feed_dict, **options)


class TestFirst:
    def test_nothing_is_found_where_all_is_finite(self):
        x = tf.placeholder(tf.float32, [2])
        assert found_in(tf.log(x), {x: [1, 2]}) is None

    def test_the_operation_whose_inputs_are_finite_not_those_behind_it(self):
        x = tf.placeholder(tf.float32, [2, 2], name="x")
        loss = tf.reduce_sum(tf.square(tf.log(x, name="log")) - 3.0, name="loss")
        found = found_in(loss, {x: [[1, 2], [3, -4]]})
        assert (found.operation.name, found.index) == ("log", (1, 1))
        assert np.isnan(found.value)
        assert found.inputs_at == [-4.0]
        assert found.fact == "log of -4.0"
        assert [each.name for each in found.way] == ["log", "Square", "sub", "loss"]
        assert found.inputs[0].minimum == -4.0
        assert found.inputs[0].maximum == 3.0
        assert (found.output.nans, found.output.infinities) == (1, 0)

    def test_an_infinity_that_became_nan_is_where_it_began(self):
        x = tf.placeholder(tf.float32, [], name="x")
        found = found_in(tf.exp(x, name="exp") - tf.exp(x, name="same"), {x: 100.0})
        assert found.operation.name in ("exp", "same")
        assert found.kind == "infinity"
        assert "becomes NaN" in str(found)
        assert "88.72" in found.fact

    def test_what_does_not_lead_to_the_fetch_is_passed_over(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        logarithm = tf.log(x, name="masked_away")
        safe = tf.where(x > 0, logarithm, tf.zeros([2]))
        y = tf.sqrt(tf.reduce_sum(safe) - 1.0, name="root")
        found = found_in(y, {x: [0.0, 1.0]})
        assert found.operation.name == "root"
        assert found.fact == "sqrt of -1.0"

    def test_what_was_absorbed_is_told_if_there_is_nothing_else(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.where(x > 0, tf.log(x, name="log"), tf.zeros([2]))
        found = found_in(y, {x: [0.0, 1.0]})
        assert found.operation.name == "log"
        assert not found.is_fetched
        assert "finite all the same" in str(found)

    def test_nan_alone(self):
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.subtract(tf.log(x), tf.log(x), name="difference")
        found = found_in(y, {x: 0.0}, infinities=False)
        assert found.operation.name == "difference"
        assert found_in(tf.log(x), {x: 0.0}, infinities=False) is None

    def test_others_are_listed(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.log(x, name="one") + tf.sqrt(x, name="two")
        found = found_in(y, {x: [-1.0, 1.0]})
        assert found.operation.name == "one"
        assert [each.name for each in found.others] == ["two"]

    @pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float64, tf.complex64])
    def test_all_kinds_of_numbers(self, dtype):
        x = tf.placeholder(dtype, [2], name="x")
        found = found_in(tf.divide(x, x * 0, name="ratio"), {x: [1, 0]})
        assert found.operation.name == "ratio"

    def test_scalars_and_empty_tensors(self):
        x = tf.placeholder(tf.float32, [0])
        found = found_in(tf.reduce_mean(x, name="mean"), {x: []})
        assert (found.index, found.fact) == ((), "the mean of no elements")

    def test_a_failing_check_does_not_hide_it(self):
        x = tf.placeholder(tf.float32, [1])
        found = found_in(tf.check_numerics(tf.log(x, name="log"), "bad"), {x: [0.0]})
        assert found.operation.name == "log"
        assert any("InvalidArgumentError" in note for note in found.notes)

    def test_other_errors_pass(self):
        with pytest.raises(tf.errors.InvalidArgumentError, match="feed a value"):
            found_in(tf.placeholder(tf.float32, []) + 1)
        with pytest.raises(TypeError, match="Session"):
            find_nan(None, tf.constant(1.0))

    def test_wrong_shapes_of_feeds(self):
        x = tf.placeholder(tf.float32, [3])
        with pytest.raises(ValueError, match=r"\(2,\)"):
            found_in(x, {x: [1.0, 2.0]})


class TestOrigins:
    def test_a_fed_value(self):
        x = tf.placeholder(tf.float32, [2, 2], name="x")
        found = found_in(tf.reduce_sum(x), {x: [[1, 2], [np.nan, 4]]})
        assert (found.origin, found.operation.name) == ("a fed value", "x")
        assert found.index == (1, 0)

    def test_a_constant(self):
        found = found_in(tf.constant([1.0, np.inf], name="c") * 0.0)
        assert (found.origin, found.operation.name, found.index) == ("a constant", "c", (1,))

    @pytest.mark.parametrize("use_resource", [False, True])
    def test_a_variable_that_holds_it_already(self, use_resource):
        w = tf.Variable([1.0, np.nan], name="w", use_resource=use_resource)
        found = found_in(tf.reduce_sum(w * 2.0))
        assert (found.origin, found.operation.name) == ("a variable", "w")
        assert found.index == (1,)
        assert "NanGuard" in found.advice

    def test_random_numbers_are_those_of_the_next_run(self):
        x = tf.random_uniform([6], -1.0, 1.0, seed=5)
        y = tf.log(x, name="log")
        with tf.Session() as sess:
            sess.run(y)
            found = find_nan(sess, y)
            again = find_nan(sess, y)
            value, drawn = sess.run([y, x])
        assert found.inputs_at[0] == again.inputs_at[0] == drawn[found.index]
        assert np.isnan(value[found.index])

    def test_a_python_function(self):
        calls = []

        def bad(value):
            calls.append(value)
            return np.float32(np.nan)

        found = found_in(tf.py_func(bad, [1.5], tf.float32, name="mine") + 1)
        assert found.operation.name == "mine"
        assert len(calls) == 1
        assert any("'mine' was called" in note for note in found.notes)

    def test_an_update(self):
        w = tf.Variable(1e30, name="w")
        step = tf.assign(w, w * 1e20, name="grow")
        found = found_in(step.op)
        assert found.operation.type == "Mul"
        assert found.way[-1].name == "grow"

    def test_the_gradient_of_a_root(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        (grad,) = tf.gradients(tf.sqrt(x, name="root"), x)
        found = found_in(grad, {x: [4.0, 0.0]})
        assert found.operation.type == "SqrtGrad"
        assert found.forward.name == "root"
        assert "gradient of sqrt at 0" in found.fact

    def test_the_gradient_of_what_where_leaves_out(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.where(x > 0, tf.log(x, name="log"), tf.zeros([2]))
        found = found_in(tf.gradients(y, x), {x: [1.0, 0.0]})
        assert found.fact == "1 divided by 0.0"
        assert found.forward.name == "log"
        assert "gradients go through both sides" in found.advice


class TestBodies:
    def test_the_iteration_of_a_loop(self):
        start = tf.constant(3.0)
        _, y = tf.while_loop(
            lambda i, _: i < 9, lambda i, v: (i + 1, tf.log(v, name="log")), [0, start]
        )
        # log 3 = 1.1, log 1.1 = 0.094, log 0.094 = -2.4, and the fourth time NaN
        found = found_in(y)
        assert found.operation.name.endswith("log")
        assert found.iteration == 3
        assert "iteration 3 of the loop" in str(found)
        assert found.fact.startswith("log of -2.36")

    def test_the_condition_of_a_loop(self):
        _, y = tf.while_loop(
            lambda i, v: tf.logical_and(i < 4, tf.log(2.0 - v, name="inner") < 99.0),
            lambda i, v: (i + 1, v + 1.0),
            [0, tf.constant(0.0)],
        )
        found = found_in([y])
        assert found.operation.name.endswith("inner")
        assert "the condition of iteration 2" in str(found)

    def test_the_gradient_of_a_loop(self):
        x = tf.placeholder(tf.float32, [], name="x")
        _, y = tf.while_loop(
            lambda i, _: i < 3, lambda i, v: (i + 1, tf.sqrt(v - 1.0) * 0.0 + 1.0), [0, x]
        )
        (grad,) = tf.gradients(y, x)
        found = found_in(grad, {x: 2.0})
        assert found.operation.type in ("SqrtGrad", "Reciprocal", "RealDiv")
        assert "backwards" in str(found)
        assert found.iteration == 0  # backwards: the last iteration first

    def test_a_branch(self):
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(x > 0, lambda: tf.sqrt(x), lambda: tf.log(x, name="log"))
        found = found_in(y * 2.0, {x: -3.0})
        assert found.operation.name.endswith("log")
        assert "for false" in found.places[-1]
        assert found_in(y * 2.0, {x: 4.0}) is None

    def test_a_recurrent_net_and_its_gradient(self):
        x = tf.placeholder(tf.float32, [2, 5, 3], name="x")
        cell = tf.nn.rnn_cell.BasicRNNCell(4, activation=tf.exp)
        with tf.variable_scope("net", initializer=tf.ones_initializer()):
            outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        loss = tf.reduce_sum(outputs)
        grads = tf.gradients(loss, tf.trainable_variables())
        found = found_in([loss, grads], {x: np.full([2, 5, 3], 50.0)})
        assert found.operation.type == "Exp"
        assert found.iteration is not None

    def test_a_mapped_function(self):
        x = tf.placeholder(tf.float32, [3], name="x")
        y = tf.map_fn(lambda v: tf.log(v, name="log"), x)
        found = found_in(y, {x: [1.0, 2.0, 0.0]})
        assert found.operation.name.endswith("log")
        assert found.iteration == 2


class TestState:
    def test_variables_and_random_numbers_stay(self):
        tf.set_random_seed(3)
        w = tf.Variable([2.0, 3.0], name="w")
        noise = tf.random_normal([2])
        loss = tf.reduce_sum(tf.log(w + noise))
        step = tf.train.AdamOptimizer(0.5).minimize(loss)
        with tf.Session() as sess, tf.Session() as other:
            for each in (sess, other):
                each.run(tf.global_variables_initializer())
            for _ in range(3):
                find_nan(sess, [step, loss])
            everything = tf.global_variables()
            for _ in range(4):
                sess.run(step)
                other.run(step)
                for mine, its in zip(sess.run(everything), other.run(everything), strict=True):
                    np.testing.assert_array_equal(mine, its)

    def test_elements_of_a_dataset_are_put_back(self):
        dataset = tf.data.Dataset.from_tensor_slices(np.float32([1.0, 0.0, 3.0]))
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        y = tf.log(element, name="log")
        with tf.Session() as sess:
            assert find_nan(sess, y) is None
            assert sess.run(element) == 1.0
            found = find_nan(sess, y)
            assert found.operation.name == "log"
            assert find_nan(sess, y).fact == "log of 0.0"
            assert sess.run([element])[0] == 0.0
            assert sess.run(element) == 3.0

    def test_elements_of_a_queue_are_put_back(self):
        queue = tf.FIFOQueue(10, [tf.float32], shapes=[()])
        put = queue.enqueue_many([[1.0, 0.0, 3.0]])
        y = tf.log(queue.dequeue_many(2), name="log")
        with tf.Session() as sess:
            sess.run(put)
            assert find_nan(sess, y).operation.name == "log"
            assert sess.run(queue.size()) == 3
            found = find_nan(sess, [y, put])
            assert any("not put into" in note for note in found.notes)
            assert sess.run(queue.size()) == 3
            np.testing.assert_array_equal(sess.run(queue.dequeue_many(3)), [1, 0, 3])

    def test_tables_stay(self):
        table = tf.contrib.lookup.MutableHashTable(tf.string, tf.float32, -1.0)
        insert = table.insert(["a"], [0.0])
        with tf.control_dependencies([insert]):
            y = tf.log(table.lookup(tf.constant(["a"])), name="log")
        with tf.Session() as sess:
            assert find_nan(sess, y).fact == "log of 0.0"
            assert sess.run(table.size()) == 0

    def test_nothing_is_printed_or_saved(self, tmp_path, capsys):
        w = tf.Variable(0.0, name="w")
        saver = tf.train.Saver()
        say = tf.print("hello")
        with tf.control_dependencies([say]):
            y = tf.log(w, name="log")
        with tf.Session() as sess:
            sess.run(w.initializer)
            feed = {saver.saver_def.filename_tensor_name: str(tmp_path / "model")}
            names = [saver.saver_def.save_tensor_name, y]
            found = find_nan(sess, names, feed)
        assert found.operation.name == "log"
        assert list(tmp_path.iterdir()) == []
        assert capsys.readouterr().err == ""
        assert sum("was not run" in note for note in found.notes) == 2

    def test_a_running_session_is_not_disturbed_by_bodies(self):
        _, y = tf.while_loop(lambda i, _: i < 50, lambda i, v: (i + 1, v * 1.5), [0, 1.0])
        with tf.Session() as sess:
            first = sess.run(y)
            assert find_nan(sess, y) is None
            assert sess.run(y) == first


class TestText:
    def test_the_report(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.log(x, name="log")
        found = found_in(tf.reduce_sum(y, name="loss"), {x: [0.0, 2.0]})
        text = str(found)
        assert "first infinity: log (Log)" in text
        assert "-inf at [0] of log:0: float32 2, 0.693147, 1 infinite" in text
        assert "x:0: float32 2, 0 to 2, here 0.0" in text
        assert 'y = tf.log(x, name="log")' in text
        assert "test_nan.py" in text
        assert repr(found) == "<NanFinding: first infinity: log (Log), log of 0.0>"

    def test_html_escapes_and_draws(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        found = found_in(tf.reduce_sum(tf.log(x, name="log")), {x: [0.0, 2.0]})
        page = found._repr_html_()
        assert "<svg" in page
        assert "<module>" not in page
        assert "infinity here" in page

    def test_the_drawing_marks_the_operation(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        found = found_in(tf.reduce_sum(tf.log(x, name="log") * 2.0), {x: [0.0, 2.0]})
        marked = [line for line in found.diagram.source.splitlines() if "#C00020" in line]
        assert any(line.strip().startswith("log ") for line in marked)
        assert not any(line.strip().startswith("mul ") for line in marked)
