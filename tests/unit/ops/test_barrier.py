"""Barriers. Order, indices and errors are those of TensorFlow."""

from __future__ import annotations

import threading

import pytest

import graphflow as tf
from graphflow.ops import Barrier


@pytest.fixture
def session():
    with tf.Session() as sess:
        yield sess


def test_complete_elements_are_taken(session):
    barrier = Barrier((tf.float32, tf.int32), shapes=((), (2,)), name="B")
    session.run(barrier.insert_many(0, ["a", "b", "c"], [1.0, 2.0, 3.0]))
    assert session.run([barrier.ready_size(), barrier.incomplete_size()]) == [0, 3]
    session.run(barrier.insert_many(1, ["c", "a"], [[1, 2], [3, 4]]))
    assert session.run([barrier.ready_size(), barrier.incomplete_size()]) == [2, 1]
    taken = barrier.take_many(2)
    assert taken.values[1].shape.as_list() == [2, 2]
    assert taken.indices.op.name == "B_BarrierTakeMany"
    indices, keys, values = session.run(taken)
    assert indices.tolist() == [-(2**63)] * 2
    assert keys.tolist() == [b"c", b"a"]
    assert values[0].tolist() == [3, 1]
    assert values[1].tolist() == [[1, 2], [3, 4]]


def test_earlier_insertions_come_first(session):
    barrier = Barrier((tf.int32, tf.string))
    for number, key in enumerate("xyz"):
        session.run(barrier.insert_many(0, [key], [number]))
    for key in "zyx":
        session.run(barrier.insert_many(1, [key], [key * 2]))
    _, keys, values = session.run(barrier.take_many(3))
    assert keys.tolist() == [b"x", b"y", b"z"]
    assert values[1].tolist() == [b"xx", b"yy", b"zz"]


def test_taking_waits(session):
    barrier = Barrier(tf.int32)
    taken, insert = barrier.take_many(2), barrier.insert_many(0, ["k"], [7])
    found = []
    waiter = threading.Thread(target=lambda: found.append(session.run(taken.values[0])))
    waiter.start()
    session.run(insert)
    assert not found
    session.run(insert)
    waiter.join(10)
    assert found[0].tolist() == [7, 7]


def test_a_closed_barrier_takes_no_new_keys(session):
    barrier = Barrier((tf.float32, tf.int32))
    session.run(barrier.insert_many(0, ["a"], [1.0]))
    session.run(barrier.close())
    session.run(barrier.insert_many(1, ["a"], [1]))
    with pytest.raises(tf.errors.CancelledError, match="would be new"):
        session.run(barrier.insert_many(0, ["z"], [1.0]))
    assert session.run(barrier.take_many(1)).keys.tolist() == [b"a"]
    with pytest.raises(tf.errors.OutOfRangeError):
        session.run(barrier.take_many(1))
    with pytest.raises(tf.errors.CancelledError, match="closed already"):
        session.run(barrier.close())


def test_small_batches_of_a_closed_barrier(session):
    barrier = Barrier(tf.float32)
    session.run(barrier.insert_many(0, ["a", "b"], [1.0, 2.0]))
    session.run(barrier.close())
    with pytest.raises(tf.errors.OutOfRangeError):
        session.run(barrier.take_many(3))
    assert session.run(barrier.take_many(3, allow_small_batch=True)).keys.size == 2
    with pytest.raises(tf.errors.OutOfRangeError):
        session.run(barrier.take_many(3, allow_small_batch=True))


def test_cancelling_forgets_what_is_incomplete(session):
    barrier = Barrier((tf.float32, tf.int32))
    session.run(barrier.insert_many(0, ["a"], [1.0]))
    session.run(barrier.close(cancel_pending_enqueues=True))
    assert session.run(barrier.incomplete_size()) == 0
    with pytest.raises(tf.errors.CancelledError):
        session.run(barrier.insert_many(1, ["a"], [1]))


def test_what_does_not_fit_is_refused(session):
    barrier = Barrier((tf.float32, tf.int32), shapes=((2,), ()))
    session.run(barrier.insert_many(1, ["a"], [1]))
    for index, keys, values, message in (
        (1, ["a"], [1], "component 1 already"),
        (2, ["a"], [1], "component_index 2"),
        (0, ["a"], [[1, 2]], "component 0 is float32"),
        (0, ["a"], [[1.0]], "component 0 has shape"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(barrier.insert_many(index, keys, values))
    with pytest.raises(ValueError, match="not compatible"):
        barrier.insert_many(1, ["a", "b"], [1])
    with pytest.raises(ValueError, match="empty shape"):
        Barrier(tf.float32, shapes=((0,),))
    with pytest.raises(NotImplementedError, match="timeout"):
        barrier.take_many(1, timeout=5)
