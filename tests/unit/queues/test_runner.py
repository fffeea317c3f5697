"""Queue runners, producers of input, and batches."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

import graphflow as tf


@contextmanager
def started() -> Iterator[tf.Session]:
    """A session in which all queue runners run; their threads are gone at the end."""
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(coord=coord)
        yield session
        coord.request_stop()
        coord.join(threads, stop_grace_period_secs=20)
    assert not any(thread.is_alive() for thread in threads)


def numbers(count, **options):
    return tf.train.range_input_producer(count, shuffle=False, **options).dequeue()


def test_the_queue_is_closed_when_the_data_of_all_threads_end():
    queue = tf.FIFOQueue(100, tf.int32, shapes=[[]])
    count = tf.Variable(0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    fill = queue.enqueue(count.count_up_to(20))
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [fill] * 4))
    everything = queue.dequeue_up_to(50)
    with started() as session:
        assert sorted(session.run(everything).tolist()) == list(range(20))


def test_errors_reach_the_coordinator():
    queue = tf.FIFOQueue(100, tf.float32, shapes=[[]])
    bad = tf.check_numerics(tf.log(tf.constant(-1.0)), "bad")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(bad)])
    with tf.Session() as session:
        coord = tf.train.Coordinator()
        runner.create_threads(session, coord, start=True)
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
            coord.join()
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(queue.dequeue())


def test_errors_without_a_coordinator_are_kept():
    queue = tf.FIFOQueue(100, tf.float32, shapes=[[]])
    bad = tf.check_numerics(tf.log(tf.constant(-1.0)), "bad")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(bad)])
    with tf.Session() as session:
        for thread in runner.create_threads(session, start=True):
            thread.join()
    assert [type(error) for error in runner.exceptions_raised] == [tf.errors.InvalidArgumentError]


def test_a_session_has_the_threads_of_a_runner_once():
    queue = tf.FIFOQueue(1, tf.int32, shapes=[[]])
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)])
    with tf.Session() as session:
        coord = tf.train.Coordinator()
        threads = runner.create_threads(session, coord, start=True)
        assert len(threads) == 2
        assert runner.create_threads(session, coord) == []
        coord.request_stop()
        coord.join()
        again = runner.create_threads(session)
        assert len(again) == 1


def test_a_runner_as_a_message():
    with tf.name_scope("scope"):
        queue = tf.FIFOQueue(1, tf.int32, shapes=[[]], name="q")
        runner = tf.train.QueueRunner(
            queue,
            [queue.enqueue(1)],
            queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
        )
    message = runner.to_proto()
    assert message.queue_name == "scope/q"
    same = tf.train.QueueRunner.from_proto(message)
    assert same.name == runner.name
    assert same.enqueue_ops == runner.enqueue_ops
    assert (same.close_op, same.cancel_op) == (runner.close_op, runner.cancel_op)
    assert same.queue_closed_exception_types == runner.queue_closed_exception_types
    assert runner.to_proto("other") is None
    inner = runner.to_proto("scope")
    assert inner.queue_name == "q"
    moved = tf.train.QueueRunner.from_proto(inner, import_scope="scope")
    assert moved.enqueue_ops == runner.enqueue_ops


def test_what_a_runner_does_not_take():
    queue = tf.FIFOQueue(1, tf.int32)
    with pytest.raises(ValueError, match="needs queue and enqueue_ops"):
        tf.train.QueueRunner(queue)
    with pytest.raises(TypeError, match="tuple of tf"):
        tf.train.QueueRunner(queue, [queue.close()], queue_closed_exception_types=[ValueError])
    with pytest.raises(ValueError, match="without a session"):
        tf.train.start_queue_runners()
    with pytest.raises(TypeError, match="must be a tf"):
        tf.train.start_queue_runners(sess=3)


def test_epochs_and_shuffling():
    queue = tf.train.string_input_producer(["a", "b", "c"], num_epochs=2, seed=3)
    name = queue.dequeue()
    with started() as session:
        found = [session.run(name) for _ in range(6)]
        assert sorted(found[:3]) == sorted(found[3:]) == [b"a", b"b", b"c"]
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(name)


def test_no_strings():
    with pytest.raises(ValueError, match="non-null"):
        tf.train.string_input_producer([])
    queue = tf.train.string_input_producer(
        tf.placeholder_with_default(np.array([], object), [None])
    )
    with tf.Session() as session:
        coord = tf.train.Coordinator()
        tf.train.start_queue_runners(coord=coord)
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(queue.dequeue())
        with pytest.raises(tf.errors.InvalidArgumentError, match="non-null"):
            coord.join()


def test_slices_stay_together():
    left, right = tf.train.slice_input_producer([np.arange(5), np.arange(5) * 10.0], num_epochs=1)
    pairs = tf.train.batch([left, right], 5)
    with started() as session:
        lefts, rights = session.run(pairs)
        assert sorted(lefts.tolist()) == [0, 1, 2, 3, 4]
        assert (lefts * 10 == rights).all()


def test_batches_of_many_examples_at_once():
    count = numbers(100)
    both = tf.train.batch({"n": [count, count + 1]}, 3, enqueue_many=True)
    with started() as session:
        assert [session.run(both)["n"].tolist() for _ in range(2)] == [[0, 1, 1], [2, 2, 3]]


def test_padded_batches():
    batch = tf.train.batch([tf.range(numbers(10))], 4, dynamic_pad=True)
    assert batch.shape.as_list() == [4, None]
    with started() as session:
        assert session.run(batch).tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 1, 2]]


def test_batches_of_sparse_tensors():
    count = tf.to_int64(numbers(10))
    sparse = tf.SparseTensor([[0, 1], [1, 0]], tf.stack([count, -count]), [2, 3])
    batch, plain = tf.train.batch([sparse, count], 2)
    assert batch.dense_shape.shape.as_list() == [3]
    with started() as session:
        value, numbers_ = session.run([batch, plain])
    assert value.values.tolist() == [0, 0, 1, -1]
    assert value.indices.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 1], [1, 1, 0]]
    assert value.dense_shape.tolist() == [2, 2, 3]
    assert numbers_.tolist() == [0, 1]


def test_many_sparse_examples_at_once():
    sparse = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 3])
    batch = tf.train.batch([sparse], 3, enqueue_many=True)
    with started() as session:
        value = session.run(batch)
    assert value.values.tolist() == [5, 6, 5]
    assert value.indices.tolist() == [[0, 1], [1, 0], [2, 1]]


def test_several_sources():
    count = numbers(1000)
    examples = [[count, tf.constant(key)] for key in ("a", "b")]
    batch = tf.train.batch_join(examples, 20)
    shuffled = tf.train.shuffle_batch_join(examples, 4, capacity=50, min_after_dequeue=10)
    with started() as session:
        found, keys = session.run(batch)
        assert len(set(found.tolist())) == 20
        assert set(keys.tolist()) <= {b"a", b"b"}
        assert len(set(session.run(shuffled)[0].tolist())) == 4


def test_examples_that_are_not_kept():
    count = numbers(100)
    even = tf.equal(count % 2, 0)
    batches = [
        tf.train.maybe_batch([count], even, 3),
        tf.train.maybe_batch([[count, count]], [True, False], 3, enqueue_many=True),
        tf.train.maybe_batch_join([[count], [count]], even, 3),
        tf.train.maybe_shuffle_batch([count], 3, 20, 5, even),
        tf.train.maybe_shuffle_batch_join([[count]], 3, 20, 5, even),
    ]
    with started() as session:
        for index, batch in enumerate(batches):
            found = session.run(batch)
            assert index == 1 or not (found % 2).any()
    with pytest.raises(ValueError, match="vector"):
        tf.train.maybe_batch([count], [True], 3)


def test_examples_that_do_not_fit_together():
    with pytest.raises(TypeError, match="same dtypes"):
        tf.train.batch_join([[1], [1.0]], 2)
    with pytest.raises(ValueError, match="not compatible"):
        tf.train.batch_join([[[1]], [[1, 2]]], 2)
    with pytest.raises(ValueError, match="rank"):
        tf.train.batch([tf.placeholder(tf.int32)], 2)
    with pytest.raises(ValueError, match="num_epochs"):
        tf.train.limit_epochs(tf.constant(1), 0)


def test_no_thread_is_left():
    before = set(threading.enumerate())
    batch = tf.train.shuffle_batch([numbers(100)], 4, 30, 10, num_threads=3)
    with started() as session:
        for _ in range(5):
            session.run(batch)
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before


def test_summaries_tell_how_full_queues_are():
    number = numbers(8, num_epochs=1, capacity=16)
    tf.train.batch([number], 2, capacity=4)
    tf.train.shuffle_batch([number], 2, capacity=10, min_after_dequeue=5)
    queue = tf.train.input_producer([1, 2, 3], shuffle=False, summary_name="full", name="own")
    tf.train.input_producer([1], name="silent")
    merged = tf.summary.merge_all()
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[3].enqueue_ops)
        assert session.run(queue.size()) == 3
        found = tf.Summary.FromString(session.run(merged)).value
    assert {value.tag: value.simple_value for value in found} == {
        "input_producer/fraction_of_16_full": 0, "batch/fraction_of_4_full": 0,
        "shuffle_batch/fraction_over_5_of_5_full": 0, "own/full": np.float32(3 / 32),
    }  # fmt: skip
