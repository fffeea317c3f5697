from __future__ import annotations

import threading

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops import StagingArea


@pytest.fixture
def session():
    with tf.Session() as sess:
        yield sess


def test_first_in_first_out(session):
    area = StagingArea([tf.int32, tf.string])
    x, text = tf.placeholder(tf.int32), tf.placeholder(tf.string)
    put, get, size = area.put([x, text]), area.get(), area.size()
    for value in (1, 2):
        session.run(put, {x: value, text: f"t{value}"})
    assert session.run(size) == 2
    assert session.run(area.peek(1)) == [2, b"t2"]
    assert session.run(get) == [1, b"t1"]
    assert session.run(get) == [2, b"t2"]


def test_names(session):
    area = StagingArea([tf.float32, tf.int32], [[], [2]], ["x", "y"])
    session.run(area.put({"y": [3, 4], "x": 1.5}))
    found = area.get()
    assert found["y"].shape.as_list() == [2]
    found = session.run(found)
    assert found["x"] == 1.5
    assert found["y"].tolist() == [3, 4]


def test_getting_waits_for_putting(session):
    area = StagingArea([tf.float32])
    [value] = area.get()
    put = area.put([5.0])
    found = []
    waiter = threading.Thread(target=lambda: found.append(session.run(value)))
    waiter.start()
    assert not found
    session.run(put)
    waiter.join(10)
    assert found == [5]


def test_putting_waits_for_room(session):
    area = StagingArea([tf.float32], capacity=1)
    put = area.put([5.0])
    session.run(put)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(put, options=tf.RunOptions(timeout_in_ms=50))
    session.run(area.clear())
    session.run(put)
    assert session.run(area.size()) == 1


def test_putting_and_getting_in_one_run(session):
    area = StagingArea([tf.float32])
    put, [value] = area.put([5.0]), area.get()
    assert session.run([put, value])[1] == 5


def test_memory_is_limited(session):
    area = StagingArea([tf.float32], memory_limit=8)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="12 bytes"):
        session.run(area.put([np.ones(3, np.float32)]))
    session.run(area.put([np.ones(2, np.float32)]))


def test_areas_share_by_name(session):
    session.run(StagingArea([tf.float32], shared_name="s").put([2.0]))
    assert session.run(StagingArea([tf.float32], shared_name="s").get()) == [2]
    assert session.run(StagingArea([tf.float32]).size()) == 0
    session.run(StagingArea([tf.float32], shared_name="s").put([2.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="dtypes"):
        session.run(StagingArea([tf.int32], shared_name="s").get())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: StagingArea([tf.float32], [[], []]), "2 shapes for 1 dtypes"),
        (lambda: StagingArea([tf.float32], capacity=-1).size(), "must not be negative"),
        (lambda: StagingArea([tf.float32], [[2]]).put([1.0]), "not compatible"),
        (lambda: StagingArea([tf.float32]).put([1.0, 2.0]), "has 1 tensors, not 2"),
        (lambda: StagingArea([tf.float32]).put({"x": 1.0}), "takes a list"),
        (lambda: StagingArea([tf.float32], names=["x"]).put([1.0]), "takes a dictionary"),
        (lambda: StagingArea([tf.float32], names=["x"]).put({"y": 1.0}), "the names are"),
    ],
)
def test_what_does_not_fit_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
