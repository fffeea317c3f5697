"""Stateless random numbers: the same for the same seed, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import graphflow as tf


def test_the_seed_alone_decides():
    seed = tf.placeholder(tf.int32, [2])
    drawn = tf.random.stateless_normal([3], seed)
    other = tf.random.stateless_normal([3], seed)
    with tf.Session() as session:
        first, second = session.run([drawn, other], {seed: [1, 2]})
        again = session.run(drawn, {seed: [1, 2]})
        others = session.run(drawn, {seed: [2, 1]})
    assert first.tolist() == second.tolist() == again.tolist() != others.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": tf.int32}, "must both be given"),
        ({"dtype": tf.int64, "minval": None, "maxval": 3}, "must both be given"),
        ({"dtype": tf.uint32, "maxval": 3}, "all of its values only"),
        ({"dtype": tf.string}, "no dtype string"),
        ({"seed": [1, 2, 3]}, "seed must have 2 elements"),
        ({"shape": [-2]}, "must not be negative"),
    ],
)
def test_what_uniform_numbers_refuse(arguments: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        tf.random.stateless_uniform(**{"shape": [2], "seed": [1, 2], **arguments})


def test_what_normal_numbers_refuse():
    with pytest.raises(TypeError, match="floating dtype, not int32"):
        tf.random.stateless_normal([2], [1, 2], dtype=tf.int32)
    with pytest.raises(TypeError, match="seed"):
        tf.random.stateless_truncated_normal([2], [0.5, 1.5])


def test_nothing_is_differentiated():
    mean = tf.constant(2.0)
    drawn = tf.random.stateless_normal([3], [1, 2], mean, 2.0)
    assert tf.Session().run(tf.gradients(drawn, mean)) == [3.0]
