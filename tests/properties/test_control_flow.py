"""Random programs of branches and loops agree with the same programs written out.

A program is a tree of statements about three variables.  It is built twice: with `cond` and
`while_loop`, and with the `if` and `for` of Python, as the values of the variables decide.  Values
and gradients, also of gradients, must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st

import graphflow as tf

NAMES = 3
START = np.asarray([0.75, -0.5, 1.25])


@dataclass(frozen=True)
class Assign:
    """`target = function(a, b)`."""

    target: int
    function: str
    a: int
    b: int


@dataclass(frozen=True)
class Choose:
    """`if variable > threshold: yes else: no`."""

    variable: int
    threshold: float
    yes: tuple[Any, ...]
    no: tuple[Any, ...]


@dataclass(frozen=True)
class Repeat:
    """`for _ in range(times): body`."""

    times: int
    body: tuple[Any, ...]


FUNCTIONS = {
    "add": lambda a, b: 0.75 * a + 0.5 * b,
    "multiply": lambda a, b: tf.tanh(a) * b,
    "sin": lambda a, b: tf.sin(a + 0.25),
    "tanh": lambda a, b: tf.tanh(a * b),
    "copy": lambda a, b: b,
    "constant": lambda a, b: tf.constant(0.5, tf.float64),
    "stop": lambda a, b: tf.stop_gradient(a) * b,
}
VARIABLES = st.integers(0, NAMES - 1)
ASSIGNMENTS = st.builds(Assign, VARIABLES, st.sampled_from(sorted(FUNCTIONS)), VARIABLES, VARIABLES)


def blocks(statements):
    return st.lists(statements, min_size=1, max_size=3).map(tuple)


PROGRAMS = blocks(
    st.recursive(
        ASSIGNMENTS,
        lambda inner: st.one_of(
            st.builds(
                Choose, VARIABLES, st.sampled_from([-0.5, 0.25, 1.0]), blocks(inner), blocks(inner)
            ),
            st.builds(Repeat, st.integers(0, 3), blocks(inner)),
        ),
        max_leaves=6,
    )
)


def with_control_flow(program, values):
    for statement in program:
        if isinstance(statement, Assign):
            values = assigned(statement, values)
        elif isinstance(statement, Choose):
            values = tf.cond(
                values[statement.variable] > statement.threshold,
                lambda block=statement.yes, v=values: with_control_flow(block, v),
                lambda block=statement.no, v=values: with_control_flow(block, v),
            )
        else:
            _, values = tf.while_loop(
                lambda i, v, n=statement.times: i < n,
                lambda i, v, block=statement.body: (i + 1, with_control_flow(block, v)),
                (0, values),
            )
    return values


def assigned(statement, values):
    new = FUNCTIONS[statement.function](values[statement.a], values[statement.b])
    return tuple(new if i == statement.target else value for i, value in enumerate(values))


def written_out(program, values, session, feed):
    for statement in program:
        if isinstance(statement, Assign):
            values = assigned(statement, values)
        elif isinstance(statement, Choose):
            holds = session.run(values[statement.variable], feed) > statement.threshold
            values = written_out(statement.yes if holds else statement.no, values, session, feed)
        else:
            for _ in range(statement.times):
                values = written_out(statement.body, values, session, feed)
    return values


def with_gradients(result, xs):
    """A result, its gradient, and the gradient of that."""
    first = tf.gradients(result, xs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    weighted = first[0] + 2 * first[1] - 3 * first[2]
    second = tf.gradients(weighted, xs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [result, *first, *second]


@given(PROGRAMS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_programs_agree_with_their_written_out_form(program):
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        xs = tuple(tf.placeholder(tf.float64, [], name=f"x{i}") for i in range(NAMES))
        feed = dict(zip(xs, START, strict=True))
        weights = [1.0, -2.0, 0.5]

        def total(values):
            return tf.add_n([w * v for w, v in zip(weights, values, strict=True)])

        found = with_gradients(total(with_control_flow(program, xs)), xs)
        expected = with_gradients(total(written_out(program, xs, session, feed)), xs)
        np.testing.assert_allclose(
            session.run(found, feed), session.run(expected, feed), rtol=1e-9, atol=1e-12
        )
