"""Stages that work in the background: order, bounds and errors, with delays at random."""

from __future__ import annotations

import random
import threading
import time

import numpy as np
import pytest

import graphflow as tf

Dataset = tf.data.Dataset


def _slow(number, seconds=2e-3):
    time.sleep(random.random() * seconds)
    return number


def slow(number):
    return tf.py_func(_slow, [number], tf.int64)


def all_of(dataset):
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        return [value.tolist() for value in all_runs(sess, element)]


def all_runs(sess, element):
    """The values of all runs up to the end."""
    while True:
        try:
            yield sess.run(element)
        except tf.errors.OutOfRangeError:
            return


@pytest.mark.parametrize("calls", [1, 3, 16, tf.data.experimental.AUTOTUNE])
def test_parallel_calls_keep_the_order(calls):
    numbers = Dataset.range(60).map(slow, calls)
    assert all_of(numbers) == list(range(60))
    assert all_of(numbers.batch(7).map(lambda b: b * 2, calls).prefetch(1).unbatch()) == list(
        range(0, 120, 2)
    )


def test_short_and_long_calls_in_turn():
    def sometimes(i):
        if i % 17 == 3:
            time.sleep(5e-3)
        return i

    dataset = Dataset.range(200).map(lambda i: tf.py_func(sometimes, [i], tf.int64), 4).batch(9)
    assert np.concatenate(all_of(dataset)).tolist() == list(range(200))


def test_errors_come_in_order_too():
    def fail(i):
        _slow(i)
        if i % 3 == 1:
            raise ValueError(f"number {i}")
        return i

    dataset = Dataset.range(9).map(lambda i: tf.py_func(fail, [i], tf.int64), 4).prefetch(2)
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        for i in range(9):
            if i % 3 == 1:
                with pytest.raises(tf.errors.InvalidArgumentError, match=f"number {i}"):
                    sess.run(element)
            else:
                assert sess.run(element) == i
        with pytest.raises(tf.errors.OutOfRangeError):
            sess.run(element)


@pytest.mark.parametrize("seed", range(3))
def test_parallel_interleave_keeps_the_order(seed):
    random.seed(seed)

    def part(n):
        return Dataset.range(n * 10, n * 10 + n + 1).map(slow)

    for cycle, block in ((2, 1), (3, 2), (4, 3)):
        plain = all_of(Dataset.range(7).interleave(part, cycle, block))
        assert all_of(Dataset.range(7).interleave(part, cycle, block, 2)) == plain
        ahead = tf.data.experimental.parallel_interleave(part, cycle, block, sloppy=True)
        assert all_of(Dataset.range(7).apply(ahead)) == plain


def test_no_more_is_read_ahead_than_asked_for():
    taken = []
    lock = threading.Lock()

    def note(i):
        with lock:
            taken.append(int(i))
        return i

    noted = Dataset.range(1000).map(lambda i: tf.py_func(note, [i], tf.int64))
    element = tf.data.make_one_shot_iterator(noted.prefetch(5)).get_next()
    with tf.Session() as sess:
        assert sess.run(element) == 0
        time.sleep(0.1)
        assert len(taken) <= 7
    taken.clear()
    element = tf.data.make_one_shot_iterator(noted.map(lambda i: i, 4)).get_next()
    with tf.Session() as sess:
        assert sess.run(element) == 0
        time.sleep(0.1)
        assert len(taken) <= 70


def test_a_reader_is_not_ahead_of_a_generator_that_waits():
    """Elements are handed on as they come, not when a buffer is full."""
    gate = threading.Semaphore(0)

    def generate():
        for i in range(4):
            gate.acquire()
            yield i

    dataset = Dataset.from_generator(generate, tf.int64, []).map(lambda i: i, 3).prefetch(3)
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        for i in range(4):
            gate.release()
            assert sess.run(element) == i


def test_a_pipeline_of_everything():
    def part(n):
        return Dataset.from_tensors(n).repeat(5).map(slow, 2)

    dataset = (
        Dataset.range(30)
        .shuffle(10, seed=1)
        .interleave(part, cycle_length=4, num_parallel_calls=3)
        .filter(lambda i: i % 2 < 1)
        .map(lambda i: (i, tf.cast(i, tf.float32)), 3)
        .batch(8)
        .prefetch(2)
    )
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    found = []
    with tf.Session() as sess:
        for numbers, floats in all_runs(sess, element):
            assert (numbers == floats).all()
            found.extend(numbers.tolist())
    assert np.bincount(found).tolist() == [5 * (i % 2 < 1) for i in range(29)]


def test_without_a_number_a_few_are_read_ahead():
    assert all_of(Dataset.range(5).prefetch(None)) == [0, 1, 2, 3, 4]
