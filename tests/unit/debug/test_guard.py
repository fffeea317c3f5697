from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.debug import NanFoundError, NanGuard, NanGuardHook


def diverging(optimizer=None):
    """A weight that walks down until its logarithm ends: 0.5, 0.25, -0.25."""
    w = tf.Variable(0.5, name="w")
    loss = tf.log(w, name="loss")
    step = (optimizer or tf.train.GradientDescentOptimizer(0.125)).minimize(loss)
    return w, loss, step


class TestGuard:
    def test_it_tells_what_happened_with_the_state_before_the_step(self):
        w, loss, step = diverging()
        with NanGuard(tf.Session(), loss) as sess:
            sess.run(w.initializer)
            sess.run(step)
            sess.run(step)
            with pytest.raises(NanFoundError, match=r"log of -0\.25") as info:
                sess.run(step)
            assert info.value.run == 4
            assert info.value.finding.inputs_at == [-0.25]
            assert sess.session.run(w) == -0.25  # as before the step

    def test_the_state_after_the_step_may_stay(self):
        w, loss, step = diverging()
        with NanGuard(tf.Session(), loss, restore=False) as sess:
            sess.run(w.initializer)
            for _ in range(2):
                sess.run(step)
            with pytest.raises(NanFoundError, match="after this run"):
                sess.run(step)
            assert sess.session.run(w) == 0.25  # -0.25 + 0.125 / 0.25

    def test_results_are_those_of_the_session(self):
        w, loss, step = diverging(tf.train.AdamOptimizer(0.01))
        with tf.Session() as plain, tf.Session() as guarded:
            guard = NanGuard(guarded, loss)
            for each in (plain, guard):
                each.run(tf.global_variables_initializer())
            for _ in range(9):
                expected = plain.run({"w": w, "step": step, "loss": loss})
                assert guard.run({"w": w, "step": step, "loss": loss}) == expected
            assert guard.graph is guarded.graph

    def test_slots_and_random_numbers_go_back_too(self):
        noise = tf.random_uniform([], seed=4)
        _, loss, step = diverging(tf.train.MomentumOptimizer(0.125, 0.5))
        bad = tf.placeholder_with_default(1.0, [], name="bad")
        watched = loss * bad + 0.0 * noise
        with NanGuard(tf.Session(), watched) as sess:
            sess.run(tf.global_variables_initializer())
            sess.run([step, watched])
            everything = [*tf.global_variables()]
            before = sess.session.run(everything)
            with pytest.raises(NanFoundError):
                sess.run([step, watched, noise], {bad: np.nan})
            assert sess.session.run(everything) == before
            with tf.Session() as other:
                other.run(noise)
                assert sess.session.run(noise) == other.run(noise)

    def test_elements_of_a_dataset_are_those_of_the_failed_run(self):
        values = np.float32([1, 2, -3, 4])
        dataset = tf.data.Dataset.from_tensor_slices(values)
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        y = tf.log(element, name="log")
        with NanGuard(tf.Session()) as sess:
            assert sess.run(y) == 0
            sess.run(y)
            with pytest.raises(NanFoundError, match=r"log of -3\.0"):
                sess.run(y)
            assert sess.run(element) == 4

    def test_a_bad_element_is_no_fed_value(self):
        dataset = tf.data.Dataset.from_tensor_slices(np.float32([1, np.nan]))
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        y = tf.identity(element)
        with NanGuard(tf.Session()) as sess:
            sess.run(y)
            with pytest.raises(NanFoundError) as info:
                sess.run(y)
        assert info.value.finding.origin == "an operation"
        assert info.value.finding.operation.type == "IteratorGetNext"

    def test_runs_that_cannot_compute_the_loss_are_let_through(self):
        x = tf.placeholder(tf.float32, [], name="x")
        w, _, _ = diverging()
        loss = tf.log(w * x)
        with NanGuard(tf.Session(), loss) as sess:
            sess.run(w.initializer)  # the variable has no value yet
            assert sess.run(w) == 0.5  # x is not fed
            with pytest.raises(NanFoundError):
                sess.run(w * 1.0, {x: 0.0})

    def test_a_run_draws_no_element_for_the_loss(self):
        dataset = tf.data.Dataset.range(5)
        element = tf.cast(tf.data.make_one_shot_iterator(dataset).get_next(), tf.float32)
        loss = element * 2.0
        other = tf.constant(7.0) + 1.0
        with NanGuard(tf.Session(), loss) as sess:
            sess.run(other)
            assert sess.run(element) == 0

    def test_wrong_arguments(self):
        with pytest.raises(TypeError, match="Session"):
            NanGuard("no session")
        with pytest.raises(ValueError, match="nothing to watch"):
            NanGuard(tf.Session(), [])


class TestHook:
    def train(self, hook, step, steps=9):
        with tf.train.MonitoredTrainingSession(hooks=[hook]) as sess:
            for _ in range(steps):
                sess.run(step)

    def test_it_ends_a_monitored_training(self):
        tf.train.get_or_create_global_step()
        _, loss, step = diverging()
        with pytest.raises(NanFoundError, match=r"log of -0\.25") as info:
            self.train(NanGuardHook(loss), step)
        assert info.value.run == 3
        assert isinstance(info.value, tf.train.NanLossDuringTrainingError)

    def test_it_lets_a_good_training_alone(self):
        w = tf.Variable(3.0)
        loss = tf.square(w)
        self.train(
            NanGuardHook(loss), tf.train.GradientDescentOptimizer(0.25).minimize(loss), steps=5
        )

    def test_find_nan_takes_a_monitored_session(self):
        _, loss, _ = diverging()
        with tf.train.MonitoredSession() as sess:
            assert tf.debug.find_nan(sess, loss) is None
