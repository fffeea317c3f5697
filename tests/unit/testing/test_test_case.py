"""Tests written as TensorFlow 1's programs write theirs."""

from __future__ import annotations

import os

import numpy as np
import pytest

import graphflow as tf


class ComparisonTest(tf.test.TestCase):
    """What compares and what does not."""

    def test_equal(self):
        self.assertAllEqual([[1, 2]], tf.constant([[1, 2]]))
        self.assertAllEqual([np.nan, 1.0], [np.nan, 1.0])
        self.assertAllEqual(["a", "b"], [b"a", b"b"])
        with pytest.raises(AssertionError, match=r"1 of 2 elements are not equal.*\[1\]: 2 and 3"):
            self.assertAllEqual([1, 2], [1, 3])
        with pytest.raises(AssertionError, match="shapes differ"):
            self.assertAllEqual([1, 2], [[1, 2]])
        self.assertNotAllEqual([1], [2])
        with pytest.raises(AssertionError):
            self.assertNotAllEqual([1], [1])

    def test_close(self):
        self.assertAllClose([1.0, 2.0], [1.0, 2.0000001])
        self.assertAllClose({"a": [1.0], "b": 2.0}, {"b": 2.0, "a": [1.0]})
        self.assertAllClose([np.ones(2), np.ones((1, 3))], [np.ones(2), np.ones((1, 3))])
        self.assertAllClose([{"a": 1.0}, {"b": [2.0]}], [{"a": 1.0}, {"b": [2.0]}])
        self.assertAllClose([[1.0, [2.0, 3.0]], [4.0, [5.0]]], [[1.0, [2.0, 3.0]], [4.0, [5.0]]])
        with pytest.raises(AssertionError, match="differ by more than"):
            self.assertAllClose([1.0], [1.001])
        self.assertAllCloseAccordingToType(np.float16([1.0]), np.float16([1.001]))
        self.assertNotAllClose([1.0], [1.1])

    def test_ranges(self):
        self.assertAllInRange(tf.constant([0.5, 1.0]), 0.0, 1.0)
        with pytest.raises(AssertionError):
            self.assertAllInRange([0.5, 1.0], 0.0, 1.0, open_upper_bound=True)
        with pytest.raises(AssertionError):
            self.assertAllInRange([np.nan], 0.0, 1.0)
        self.assertAllInSet([1, 2, 1], {1, 2, 3})
        self.assertAllGreater([2, 3], 1)
        self.assertAllLessEqual([2, 3], 3)
        self.assertShapeEqual(np.zeros((2, 3)), tf.zeros([2, 3]))

    def test_errors(self):
        x = tf.placeholder(tf.int32, [])
        with self.session() as session, self.assertRaisesOpError("not in"):
            session.run(tf.gather([1, 2], x), {x: 7})
        with (
            pytest.raises(AssertionError),
            self.assertRaisesWithPredicateMatch(ValueError, "a certain text"),
        ):
            raise ValueError("another text")

    def test_threads(self):
        thread = self.checkedThread(target=lambda: 1 / 0)
        thread.start()
        with pytest.raises(AssertionError, match="ZeroDivisionError"):
            thread.join()


class SessionTest(tf.test.TestCase):
    def test_a_cached_session_keeps_its_variables(self):
        with self.cached_session() as session:
            counter = tf.Variable(3)
            session.run(counter.initializer)
        with self.test_session() as again:
            assert again is session
            assert self.evaluate(counter) == 3

    def test_what_is_evaluated_without_a_session_shares_its_variables(self):
        counter = tf.Variable(3)
        self.evaluate(counter.initializer)
        assert self.evaluate([counter, tf.assign_add(counter, 4)])[1] == 7
        assert self.evaluate(counter) == 7

    def test_graph_and_seed_are_fresh(self):
        assert tf.get_default_graph().get_operations() == []
        assert tf.get_default_graph().seed == 87654321

    def test_the_folder_is_removed(self):
        folder = self.get_temp_dir()
        assert os.path.isdir(folder)
        assert folder == self.get_temp_dir()

    def test_gpus_are_refused(self):
        assert not tf.test.is_gpu_available()
        with pytest.raises(NotImplementedError, match="force_gpu"), self.session(force_gpu=True):
            pass


class JacobianTest(tf.test.TestCase):
    def test_of_a_product(self):
        x, y = tf.placeholder(tf.float64, [2]), tf.placeholder(tf.float64, [])
        point = [np.array([2.0, 3.0]), np.array(5.0)]
        with self.session():
            (by_x, numeric), (by_y, _) = tf.test.compute_gradient(
                [x, y], [[2], []], x * y, [2], x_init_value=point
            )
        assert by_x.tolist() == [[5, 0], [0, 5]]
        assert by_y.tolist() == [[2, 3]]
        self.assertAllClose(by_x, numeric)

    def test_of_complex_numbers(self):
        x = tf.placeholder(tf.complex128, [2])
        with self.session():
            assert tf.test.compute_gradient_error(x, [2], x * x, [2]) < 1e-6

    def test_a_wrong_gradient_is_found(self):
        @tf.custom_gradient
        def wrong(x):
            return x * 2.0, lambda grad: grad * 3.0

        x = tf.placeholder(tf.float32, [3])
        with self.session():
            error = tf.test.compute_gradient_error(x, [3], wrong(x), [3])
        assert error == pytest.approx(1, abs=1e-2)

    def test_needs_a_session(self):
        x = tf.placeholder(tf.float32, [])
        with pytest.raises(ValueError, match="default session"):
            tf.test.compute_gradient(x, [], x, [])


class TestDevices(tf.test.TestCase):
    def test_names_of_one_device(self):
        self.assertDeviceEqual("cpu:0", "/device:CPU:0")
        self.assertDeviceEqual(
            tf.DeviceSpec(job="ps", device_type="CPU", device_index=1), "/job:ps/cpu:1"
        )
        self.assertDeviceEqual("", None)
        with pytest.raises(AssertionError):
            self.assertDeviceEqual("cpu:0", "cpu:1")


class TestWithAnOwnSetUp(tf.test.TestCase):
    def setUp(self):
        """Does not call the one of the base."""

    def test_session_and_folder(self):
        with self.cached_session() as sess:
            assert sess.run(tf.constant(3)) == 3
        assert self.get_temp_dir()
