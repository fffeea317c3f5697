"""Stacks of TensorFlow 1.x, as imported graphs use them."""

from __future__ import annotations

import pytest

import graphflow as tf
from graphflow.core.build import apply, apply_op
from graphflow.ops.stacks import StackCloseV2, StackPopV2, StackPushV2, StackV2


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def stack(max_size: int = -1) -> tf.Tensor:
    return apply(StackV2(tf.float32), max_size)


def test_last_in_first_out():
    handle = stack()
    first = apply(StackPushV2(), handle, 3.0)
    with tf.control_dependencies([first]):
        second = apply(StackPushV2(), handle, [4.0, 5.0])
    with tf.control_dependencies([second]):
        last = apply(StackPopV2(tf.float32), handle)
    with tf.control_dependencies([last]):
        before = apply(StackPopV2(tf.float32), handle)
    session = tf.Session()
    for _ in range(2):  # each run has a stack of its own
        values = session.run([first, last, before])
        assert [value.tolist() for value in values] == [3, [4, 5], 3]


@pytest.mark.parametrize("is_closed", [False, True])
def test_nothing_to_pop(is_closed: bool):
    handle = stack()
    pushes = [apply(StackPushV2(), handle, 3.0)] if is_closed else []
    with tf.control_dependencies(pushes):
        close = apply_op(StackCloseV2(), handle)
    with tf.control_dependencies([close]):
        popped = apply(StackPopV2(tf.float32), handle)
    with pytest.raises(tf.errors.InvalidArgumentError, match="the stack is empty"):
        tf.Session().run(popped)


def test_full():
    handle = stack(1)
    with tf.control_dependencies([apply(StackPushV2(), handle, 3.0)]):
        more = apply(StackPushV2(), handle, 4.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="it holds 1 values"):
        tf.Session().run(more)
