"""`tf.contrib.eager` where there is a graph."""

from __future__ import annotations

import pytest

import graphflow as tf

tfe = tf.contrib.eager


def test_what_needs_no_eager_execution():
    assert not tfe.executing_eagerly()
    assert not tfe.in_eager_mode()
    assert tfe.num_gpus() == 0
    assert len(tfe.list_devices()) == 1
    v = tfe.Variable([2.0, 3.0])
    tripled = tfe.py_func(lambda x: 3 * x, [v], tf.float32)
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run(tripled).tolist() == [6.0, 9.0]


def test_a_test_of_both_modes_runs_in_a_graph():
    class Case(tf.test.TestCase):
        @tfe.run_test_in_graph_and_eager_modes
        def test_sum(self):
            assert self.evaluate(tf.constant(2) + 3) == 5

    result = Case("test_sum").run()
    assert result is not None
    assert result.wasSuccessful()


@pytest.mark.parametrize(
    "name",
    [
        "defun", "gradients_function", "value_and_gradients_function", "implicit_gradients",
        "implicit_value_and_gradients", "Iterator",
    ],
)  # fmt: skip
def test_what_refuses(name: str):
    with pytest.raises(NotImplementedError, match=rf"tf.contrib.eager.{name}: .* without eager"):
        getattr(tfe, name)(lambda: None)
