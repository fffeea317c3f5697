"""tile_batch, gather_tree and the order of what a beam search kept."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(tensor, feeds=None):
    with tf.Session() as session:
        return session.run(tensor, feeds)


def test_tile_batch_of_a_structure():
    one, other = np.arange(6).reshape(3, 2), np.arange(3.0)
    tiled = tf.contrib.seq2seq.tile_batch((tf.constant(one), {"a": tf.constant(other)}), 2)
    assert tiled[0].shape.as_list() == [6, 2]
    found = run(tiled)
    np.testing.assert_array_equal(found[0], np.repeat(one, 2, axis=0))
    np.testing.assert_array_equal(found[1]["a"], np.repeat(other, 2))


def test_tile_batch_of_unknown_size():
    t = tf.placeholder(tf.int32, [None, None, 3])
    tiled = tf.contrib.seq2seq.tile_batch(t, tf.constant(3))
    assert tiled.shape.as_list() == [None, None, 3]
    values = np.arange(12).reshape(2, 2, 3)
    np.testing.assert_array_equal(run(tiled, {t: values}), np.repeat(values, 3, axis=0))


@pytest.mark.parametrize("t", [np.float32(3), tf.TensorShape(None)])
def test_tile_batch_needs_a_batch(t):
    given = tf.placeholder(tf.float32, t) if isinstance(t, tf.TensorShape) else tf.constant(t)
    with pytest.raises(ValueError, match="batch axis"):
        tf.contrib.seq2seq.tile_batch(given, 2)


def traced(ids, parents, lengths, end):
    """Each final beam followed back, one step after the other."""
    steps, batch, width = ids.shape
    beams = np.full(ids.shape, end)
    for example in range(batch):
        length = min(steps, lengths[example])
        for beam in range(width):
            at, tokens = beam, []
            for time in range(length - 1, -1, -1):
                tokens.append(ids[time, example, at])
                at = parents[time, example, at]
            for time, token in enumerate(reversed(tokens)):
                if token == end:
                    break
                beams[time, example, beam] = token
    return beams


def test_gather_tree_follows_parents():
    random = np.random.RandomState(5)
    for _ in range(20):
        shape = tuple(random.randint(1, 6, 3))
        ids = random.randint(0, 5, shape).astype(np.int32)
        parents = random.randint(0, shape[2], shape).astype(np.int32)
        lengths = random.randint(0, 7, shape[1]).astype(np.int32)
        found = run(tf.contrib.seq2seq.gather_tree(ids, parents, lengths, end_token=3))
        np.testing.assert_array_equal(found, traced(ids, parents, lengths, 3))
