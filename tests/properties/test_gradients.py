"""Gradients of random compositions of core ops agree with finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, strategies as st

import graphflow as tf
from graphflow.testing import check_gradient
from tests.properties.examples import examples

# Every value is a (2, 3) matrix; each block makes one of one or two others.
UNARY: dict[str, Callable[[Any], Any]] = {
    "tanh": tf.tanh,
    "sin": tf.sin,
    "sigmoid": tf.sigmoid,
    "softplus": tf.nn.softplus,
    "exp": lambda x: tf.exp(tf.tanh(x)),
    "log": lambda x: tf.log(2.0 + tf.tanh(x)),
    "square": lambda x: tf.square(tf.tanh(x)),
    "sqrt": lambda x: tf.sqrt(1.0 + x * x),
    "negative": lambda x: -x,
    "softmax": tf.nn.softmax,
    "sum": lambda x: tf.reduce_sum(x, axis=0, keepdims=True) - 0.5 * x,
    "mean": lambda x: x - tf.reduce_mean(x, axis=1, keepdims=True),
    "total": lambda x: tf.tanh(x) * tf.reduce_mean(x),
    "logsumexp": lambda x: x - tf.reduce_logsumexp(x, 1, keepdims=True),
    "product": lambda x: tf.reduce_prod(1.5 + tf.tanh(x), 0) - x,
    "cumsum": lambda x: tf.cumsum(x, axis=1, reverse=True),
    "transpose": lambda x: tf.reshape(tf.transpose(x), [2, 3]),
    "slice": lambda x: tf.concat([x[:, 1:], x[:, :1]], axis=1),
    "gather": lambda x: tf.gather(x, [1, 1]) + x,
    "pad": lambda x: tf.pad(x, [[0, 0], [1, 0]])[:, :3],
    "tile": lambda x: tf.tile(x, [2, 1])[1:3],
    "stack": lambda x: tf.stack(tf.unstack(x, 2)[::-1]),
    "split": lambda x: tf.concat(tf.split(x, 3, axis=1)[::-1], 1),
    "clip": lambda x: tf.clip_by_value(x, -100.0, 100.0),
    "cast": lambda x: tf.cast(tf.cast(x, tf.complex128), tf.float64),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: tf.tanh(x) * y,
    "divide": lambda x, y: x / (2.0 + tf.sin(y)),
    "power": lambda x, y: (1.5 + tf.sin(x)) ** tf.tanh(y),
    "squared difference": lambda x, y: tf.squared_difference(tf.tanh(x), tf.sin(y)),
    "matmul": lambda x, y: tf.matmul(tf.matmul(tf.tanh(x), y, transpose_b=True), x) / 3.0,
    "row": lambda x, y: x * tf.tanh(y[0]),
    "column": lambda x, y: x + y[:, 1:2],
    "where": lambda x, y: tf.where([[True, False, True], [False, True, True]], x, y),
    "concat": lambda x, y: tf.reduce_sum(tf.stack([x, 2.0 * y]), 0),
    "add_n": lambda x, y: tf.add_n([x, y, x]),
    "loss": lambda x, y: (
        x + tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.sigmoid(y), logits=x)
    ),
}


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """A list of blocks with the values they take: the two inputs, then results in order."""
    blocks = []
    for index in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from([*UNARY, *BINARY]))
        operand = st.integers(0, index + 1)
        blocks.append((name, draw(operand), draw(operand)))
    return blocks


numbers = st.floats(-1.5, 1.5).map(lambda x: round(x, 2))
matrices = st.lists(numbers, min_size=6, max_size=6).map(lambda n: np.array(n).reshape(2, 3))


def build(program: list[tuple[str, int, int]], x: Any, y: Any) -> Any:
    values = [x, y]
    for name, first, second in program:
        if name in UNARY:
            values.append(UNARY[name](values[first]))
        else:
            values.append(BINARY[name](values[first], values[second]))
    return values[-1]


@given(programs(), matrices, matrices)
@examples(60)
def test_gradients_of_random_programs(program, x, y):
    check_gradient(lambda x, y: build(program, x, y), x, y, rtol=1e-5, atol=1e-6)


@given(programs(), matrices, matrices)
@examples(25)
def test_second_gradients_of_random_programs(program, x, y):
    check_gradient(lambda x, y: build(program, x, y), x, y, order=2, rtol=1e-4, atol=1e-5)


@given(programs(), matrices, matrices)
@examples(40)
def test_gradients_without_static_shapes_are_the_same(program, x, y):
    results = []
    for shape in ([2, 3], [None, 3], None):
        with tf.Graph().as_default(), tf.Session() as session:
            inputs = [tf.placeholder(tf.float64, shape) for _ in range(2)]
            output = build(program, *inputs)
            grads = tf.gradients(tf.reduce_sum(output * output), inputs)
            fetches = [output, *[grad for grad in grads if grad is not None]]
            results.append(session.run(fetches, dict(zip(inputs, [x, y], strict=True))))
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@given(programs(), matrices, matrices, st.integers(0, 5))
@examples(40)
def test_gradients_are_linear_in_the_gradients_of_the_outputs(program, x, y, seed):
    generator = np.random.RandomState(seed)
    starts = [generator.uniform(-1, 1, (2, 3)) for _ in range(2)]
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = tf.constant(x), tf.constant(y)
        output = build(program, a, b)
        grads = [
            tf.gradients(output, [a, b], start, unconnected_gradients="zero")
            for start in (*starts, 2.0 * starts[0] - 3.0 * starts[1])
        ]
        first, second, both = session.run(grads)
    for one, two, combined in zip(first, second, both, strict=True):
        np.testing.assert_allclose(2.0 * one - 3.0 * two, combined, rtol=1e-9, atol=1e-9)
