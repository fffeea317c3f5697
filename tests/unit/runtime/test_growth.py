"""A program whose graph grows in a training loop draws one warning; what is no such loop, none.

A warning fails a test here, unless the test expects it.
"""

from __future__ import annotations

import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import graphflow as tf
from graphflow.runtime import growth


@pytest.fixture(autouse=True)
def graph(monkeypatch):
    monkeypatch.setattr(growth, "_is_first", growth._Once())  # as in a new program
    with tf.Graph().as_default() as graph:
        yield graph


def warnings_of(program: Callable[[], Any]) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program()
    return [one for one in caught if issubclass(one.category, tf.GraphGrowthWarning)]


def line_of(warning: warnings.WarningMessage) -> str:
    assert warning.filename == __file__
    source = inspect.getsource(inspect.getmodule(line_of))
    return source.splitlines()[warning.lineno - 1].strip()


# -- loops that add operations ---------------------------------------------------------------------


def grow(steps: int = 60) -> None:
    x = tf.Variable(1.0)
    step = x.assign_add(1.0)
    with tf.Session() as sess:
        sess.run(x.initializer)
        for _ in range(steps):
            sess.run(step)
            loss = tf.square(x) + 1.0
            sess.run(loss)


def test_the_warning_names_the_line():
    (warning,) = warnings_of(grow)
    assert line_of(warning) == "loss = tf.square(x) + 1.0"
    assert "in grow has added operations 21 times between runs" in str(warning.message)


def test_a_program_is_warned_once():
    def program() -> None:
        grow(200)
        grow(200)
        with tf.Graph().as_default():
            grow(200)

    assert len(warnings_of(program)) == 1


def test_one_of_several_threads_is_warned():
    def program() -> None:
        def work() -> None:
            with tf.Graph().as_default():
                grow(100)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(warnings_of(program)) == 1


def test_a_helper_that_adds_operations_is_named():
    def accuracy(x: Any) -> Any:
        return tf.reduce_mean(x)

    def program() -> None:
        x = tf.constant([1.0, 2.0])
        with tf.Session() as sess:
            for _ in range(30):
                sess.run(accuracy(x))

    (warning,) = warnings_of(program)
    assert line_of(warning) == "return tf.reduce_mean(x)"


def test_summaries_made_in_each_step(tmp_path):
    def program() -> None:
        loss = tf.constant(1.0)
        writer = tf.summary.FileWriter(str(tmp_path))
        with tf.Session() as sess:
            for step in range(30):
                summary = tf.summary.scalar("loss", loss)
                writer.add_summary(sess.run(summary), step)
        writer.close()

    (warning,) = warnings_of(program)
    assert line_of(warning) == 'summary = tf.summary.scalar("loss", loss)'


def test_a_loop_after_a_long_training():
    def program() -> None:
        x = tf.placeholder(tf.float32, [])
        y = x * 2.0
        with tf.Session() as sess:
            for _ in range(500):
                sess.run(y, {x: 1.0})
            for _ in range(30):
                sess.run(tf.argmax([y, x]), {x: 1.0})

    (warning,) = warnings_of(program)
    assert line_of(warning) == "sess.run(tf.argmax([y, x]), {x: 1.0})"


# -- what is no such loop --------------------------------------------------------------------------


def test_graphs_that_are_built_in_stages():
    with tf.Session() as sess:
        lines = "\n".join(f"sess.run(tf.constant({i}))" for i in range(60))
        exec(compile(lines, "stages.py", "exec"), {"sess": sess, "tf": tf})


def test_statements_at_a_prompt_all_have_the_same_line():
    with tf.Session() as sess:
        for i in range(60):
            code = compile(f"sess.run(tf.constant({i}) + 1)", "<stdin>", "single")
            exec(code, {"sess": sess, "tf": tf, "__builtins__": {"__import__": __import__}})


def test_a_cell_that_is_run_again_and_again():
    cell = "y = tf.square(x)\nsess.run(y)\n"
    x = tf.constant(3.0)
    with tf.Session() as sess:
        for _ in range(60):
            code = compile(cell, "/tmp/ipykernel_7/1.py", "exec")
            exec(code, {"sess": sess, "tf": tf, "x": x})


def test_loops_that_only_run():
    x = tf.placeholder(tf.float32, [])
    y = [x * float(i) for i in range(60)]
    with tf.Session() as sess:
        for item in y:
            sess.run(item, {x: 1.0})


def test_many_graphs():
    for i in range(60):
        with tf.Graph().as_default(), tf.Session() as sess:
            sess.run(tf.constant(i))


def test_each_variable_is_given_a_value_once():
    variables = [tf.get_variable(f"v{i}", [2]) for i in range(80)]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i, variable in enumerate(variables):
            sess.run(variable.assign([i, i]))
        assert sess.run([v.value() for v in variables])[7].tolist() == [7, 7]


def test_a_learning_rate_is_assigned_in_each_epoch():
    rate = tf.Variable(1.0)
    step = rate * 2.0
    with tf.Session() as sess:
        for epoch in range(50):
            sess.run(tf.assign(rate, 0.9**epoch))
            for _ in range(20):
                sess.run(step)


def test_metrics_are_reset_in_each_epoch():
    value, update = tf.metrics.mean([1.0, 3.0])
    with tf.Session() as sess:
        for _ in range(50):
            sess.run(tf.local_variables_initializer())
            sess.run(update)
            assert sess.run(value) == 2


def test_a_run_between_the_parts_of_a_program(tmp_path):
    x = tf.placeholder(tf.float32, [None, 2])
    w = tf.get_variable("w", [2, 1])
    loss = tf.reduce_sum(tf.matmul(x, w))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(loss, {x: [[1.0, 2.0]]})
        train = tf.train.AdamOptimizer().minimize(loss)
        fresh = [v for v in tf.global_variables() if not sess.run(tf.is_variable_initialized(v))]
        sess.run(tf.variables_initializer(fresh))
        for variable in tf.trainable_variables():
            tf.summary.histogram(variable.op.name, variable)
        merged = tf.summary.merge_all()
        saver = tf.train.Saver()
        for i in range(50):
            sess.run([train, merged], {x: [[1.0, 2.0]]})
            saver.save(sess, str(tmp_path / "model"), global_step=i)


def test_two_networks_that_train_in_turns():
    def dense(x: Any, size: int, scope: str) -> Any:
        with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
            return tf.layers.dense(x, size, name="out")

    noise, real = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 2])
    fake = dense(noise, 2, "g")
    losses = [dense(fake, 1, "d") - dense(real, 1, "d"), -dense(fake, 1, "d")]
    steps, clips = [], []
    for scope, loss in zip("dg", losses, strict=True):
        variables = [v for v in tf.trainable_variables() if v.name.startswith(scope)]
        optimizer = tf.train.RMSPropOptimizer(0.01)
        steps.append(optimizer.minimize(tf.reduce_mean(loss), var_list=variables))
        clips.append([v.assign(tf.clip_by_value(v, -0.1, 0.1)) for v in variables])
    feed = {noise: [[1.0, 2.0, 3.0]], real: [[4.0, 5.0]]}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(40):
            for step, clip in zip(steps, clips, strict=True):
                sess.run(step, feed)
                sess.run(clip)


@pytest.mark.parametrize("use_resource", [False, True])
def test_what_reads_and_writes_variables_adds_nothing(use_resource, graph):
    v = tf.get_variable("v", [2], use_resource=use_resource)
    step = tf.train.get_or_create_global_step()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        v.load([1.0, 2.0], sess)
        before = graph.version
        for i in range(30):
            v.load([1.0, i], sess)
            assert sess.run(v).tolist() == v.eval().tolist() == [1, i]
            assert tf.train.global_step(sess, step) == 0
        assert graph.version == before
