"""Iterators: how they start, end and are told apart."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

import numpy as np
import pytest

import graphflow as tf

Dataset = tf.data.Dataset


def test_an_iterator_must_be_initialized():
    iterator = tf.data.make_initializable_iterator(Dataset.range(3))
    element = iterator.get_next()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="not initialized"):
            sess.run(element)
        sess.run(iterator.initializer)
        assert sess.run(element) == 0


def test_collections():
    iterator = tf.data.make_initializable_iterator(Dataset.range(3))
    assert [handle.op for handle in tf.get_collection("iterators")] == [
        iterator.string_handle().op.inputs[0].op
    ]
    assert tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS) == []


def test_each_session_walks_by_itself():
    element = tf.data.make_one_shot_iterator(Dataset.range(3)).get_next()
    with tf.Session() as one, tf.Session() as other:
        assert [one.run(element), one.run(element), other.run(element)] == [0, 1, 0]


def test_two_elements_of_one_run():
    iterator = tf.data.make_one_shot_iterator(Dataset.range(4))
    pair = [iterator.get_next(), iterator.get_next()]
    with tf.Session() as sess:
        assert sorted(sess.run(pair)) == [0, 1]
        assert sorted(sess.run(pair)) == [2, 3]


def test_iterators_of_one_shared_name_are_one():
    iterators = [
        tf.data.make_initializable_iterator(Dataset.range(9), shared_name="both") for _ in range(2)
    ]
    elements = [iterator.get_next() for iterator in iterators]
    with tf.Session() as sess:
        sess.run(iterators[0].initializer)
        assert [int(sess.run(element)) for element in elements] == [0, 1]
    other = tf.data.make_initializable_iterator(Dataset.from_tensors("x"), shared_name="both")
    with tf.Session() as sess:
        sess.run(iterators[0].initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="both"):
            sess.run(other.initializer)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: Dataset.range(tf.placeholder(tf.int64, [], name="stop")), "placeholder"),
        (
            lambda: Dataset.range(3).map(lambda i: i + tf.get_variable("v", [], tf.int64)),
            "variable",
        ),
        (lambda: Dataset.from_tensors(tf.random_uniform([])), "state of the session"),
    ],
)
def test_a_one_shot_iterator_depends_on_nothing_else(make, what):
    with pytest.raises(ValueError, match=f"{what}.*make_initializable_iterator"):
        tf.data.make_one_shot_iterator(make())


def test_a_one_shot_iterator_takes_constants_of_the_graph():
    factor = tf.constant([2, 3], tf.int64) * 5
    dataset = Dataset.range(3).map(lambda i: i * factor)
    element = tf.data.make_one_shot_iterator(dataset.skip(2)).get_next()
    assert tf.Session().run(element).tolist() == [20, 30]


def test_a_dataset_of_another_structure_is_refused():
    iterator = tf.data.Iterator.from_structure((tf.int64, tf.string), ([2], []))
    for dataset, what in (
        (Dataset.range(3), "types"),
        (Dataset.from_tensors((np.zeros(3, np.int64), "x")), "shapes"),
    ):
        with pytest.raises(TypeError, match=what):
            iterator.make_initializer(dataset)
    with pytest.raises(ValueError, match="initializer"):
        _ = iterator.initializer


@pytest.mark.parametrize(
    ("fed", "message"),
    [
        (b"nonsense", "no handle"),
        (b"graphflow/iterator\0\0nothing", "no iterator 'nothing'"),
        ("float", "float32"),
        ("pair", "2 components"),
        ("shape", "shape"),
    ],
)
def test_a_handle_that_does_not_fit_is_refused(fed, message):
    others = {
        "float": Dataset.from_tensors(1.5),
        "pair": Dataset.from_tensors((np.int64(1), "x")),
        "shape": Dataset.from_tensors(np.zeros(2, np.int64)),
    }
    handle = tf.placeholder(tf.string, [])
    element = tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()
    with tf.Session() as sess:
        if fed in others:
            fed = sess.run(tf.data.make_one_shot_iterator(others[fed]).string_handle())
        kinds = (tf.errors.InvalidArgumentError, tf.errors.NotFoundError)
        with pytest.raises(kinds, match=message):
            sess.run(element, {handle: fed})


def test_many_calls_of_get_next_bring_a_warning(caplog):
    iterator = tf.data.make_one_shot_iterator(Dataset.range(3))
    for _ in range(40):
        iterator.get_next()
    assert sum("get_next" in record.getMessage() for record in caplog.records) <= 1


def _later(seconds: float, function: Any) -> threading.Thread:
    thread = threading.Timer(seconds, function)
    thread.start()
    return thread


def _waiting(event: threading.Event) -> Any:
    """An element that comes when an event is set."""

    def wait(i):
        event.wait(10)
        return i

    dataset = Dataset.range(3).map(lambda i: tf.py_func(wait, [i], tf.int64))
    return tf.data.make_one_shot_iterator(dataset.prefetch(1)).get_next()


def test_a_deadline_ends_a_run_that_waits():
    event = threading.Event()
    element = _waiting(event)
    with tf.Session() as sess:
        with pytest.raises(tf.errors.DeadlineExceededError):
            sess.run(element, options=tf.RunOptions(timeout_in_ms=50))
        event.set()
        assert sess.run(element) == 0


def test_closing_the_session_ends_a_run_that_waits():
    event = threading.Event()
    element = _waiting(event)
    sess = tf.Session()
    closing = _later(0.05, lambda: (event.set(), sess.close()))
    endless = tf.data.make_one_shot_iterator(
        Dataset.range(5).repeat().filter(lambda i: i < 0)
    ).get_next()
    with pytest.raises(tf.errors.CancelledError):
        sess.run([element, endless])
    closing.join()


def test_a_deadline_ends_a_search_without_end():
    for dataset in (
        Dataset.range(5).repeat().filter(lambda i: i < 0),
        Dataset.range(5).repeat().flat_map(lambda i: Dataset.range(0)),
        Dataset.range(5).repeat().interleave(lambda i: Dataset.range(0), 2),
    ):
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        with tf.Session() as sess, pytest.raises(tf.errors.DeadlineExceededError):
            sess.run(element, options=tf.RunOptions(timeout_in_ms=50))


def test_many_threads_share_an_iterator():
    element = tf.data.make_one_shot_iterator(Dataset.range(200).map(lambda i: i * 2)).get_next()
    found: list[int] = []
    with tf.Session() as sess:

        def take():
            while True:
                try:
                    found.append(int(sess.run(element)))
                except tf.errors.OutOfRangeError:
                    return

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == list(range(0, 400, 2))


def test_random_numbers_start_anew_with_the_iterator():
    rows = Dataset.range(2).map(draw).repeat(2).batch(4)
    nested = Dataset.range(2).flat_map(lambda _: Dataset.range(2).map(draw)).batch(4)
    iterators = [tf.data.make_initializable_iterator(dataset) for dataset in (rows, nested)]
    start = [iterator.initializer for iterator in iterators]
    drawn = [iterator.get_next() for iterator in iterators]
    with tf.Session() as sess:
        sess.run(start)
        first = sess.run(drawn)
        sess.run(start)
        second = sess.run(drawn)
    for values, again in zip(first, second, strict=True):
        assert len(set(values.tolist())) == 4
        assert values.tolist() == again.tolist()


def draw(_):
    return tf.random_uniform([], seed=4)


def test_threads_end_with_the_session_or_the_dataset():
    def workers():
        deadline = time.monotonic() + 5
        names = ["graphflow-blocking"]
        while time.monotonic() < deadline:
            names = [t.name for t in threading.enumerate() if t.name.startswith("graphflow-b")]
            if len(names) <= before:
                break
            time.sleep(0.01)
        return len(names)

    before = sum(t.name.startswith("graphflow-b") for t in threading.enumerate())
    dataset = Dataset.range(10**9).map(lambda i: i + 1, 4).prefetch(3)
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        assert sess.run(element) == 1
    assert workers() <= before
    sess = tf.Session()
    assert sess.run(element) == 1
    del sess
    gc.collect()
    assert workers() <= before
