"""Batches out of buckets."""

from __future__ import annotations

import pytest

import graphflow as tf

training = tf.contrib.training


def all_of(fetches):
    """The values of tensors until the data are at their end."""
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        with tf.contrib.slim.queues.QueueRunners(sess):
            try:
                while True:
                    found.append(sess.run(fetches))
            except tf.errors.OutOfRangeError:
                pass
    return found


def numbers(count):
    """The numbers from 0, one after the other."""
    return tf.train.range_input_producer(count, num_epochs=1, shuffle=False).dequeue()


def test_each_batch_is_of_one_bucket():
    number = numbers(10)
    which, batch = training.bucket({"n": number, "half": number / 2}, number % 3, 3, num_buckets=3)
    assert batch["n"].shape.as_list() == [3]
    found = {int(which): batch["n"].tolist() for which, batch in all_of([which, batch])}
    assert found == {0: [0, 3, 6], 1: [1, 4, 7], 2: [2, 5, 8]}


def test_smaller_last_batches_and_sizes_of_their_own():
    number = numbers(9)
    which, (batch,) = training.bucket(
        [number], number % 2, [4, 2], 2, capacity=5, bucket_capacities=[6, 3],
        allow_smaller_final_batch=True, keep_input=number < 8,
    )  # fmt: skip
    assert batch.shape.as_list() == [None]
    found = sorted((int(which), batch.tolist()) for which, batch in all_of([which, batch]))
    assert found == [(0, [0, 2, 4, 6]), (1, [1, 3]), (1, [5, 7])]


def test_sequences_are_padded_to_the_longest_of_their_bucket():
    length = tf.cast(numbers(8), tf.int32) + 1
    words = tf.range(length)
    lengths, batch = training.bucket_by_sequence_length(
        length, {"words": words}, 2, [3, 6], dynamic_pad=True, shared_name="b"
    )
    found = all_of([lengths, batch])
    shapes = {tuple(lengths): batch["words"].shape for lengths, batch in found}
    assert shapes == {(1, 2): (2, 2), (3, 4): (2, 4), (6, 7): (2, 7)}
    padded = {tuple(lengths): batch["words"].tolist() for lengths, batch in found}
    assert padded[3, 4] == [[0, 1, 2, 0], [0, 1, 2, 3]]


def test_what_is_refused():
    x = [tf.constant(1)]
    with pytest.raises(ValueError, match="two or more buckets"):
        training.bucket(x, 0, 2, 1)
    with pytest.raises(ValueError, match="batch_size has 3 items for 2"):
        training.bucket(x, 0, [1, 2, 3], 2)
    with pytest.raises(TypeError, match="a list of integers"):
        training.bucket_by_sequence_length(1, x, 2, 5)
    with pytest.raises(TypeError, match="a list of integers"):
        training.bucket_by_sequence_length(1, x, 2, [5.5])
    with pytest.raises(ValueError, match="is empty"):
        training.bucket_by_sequence_length(1, x, 2, [])
    with pytest.raises(ValueError, match="must increase"):
        training.bucket_by_sequence_length(1, x, 2, [5, 5])
