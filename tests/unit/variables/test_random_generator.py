"""Generators: their state, how it moves on, and what is refused. Numbers are TensorFlow's."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

Generator = tf.random.experimental.Generator


def states(*operations: object, generator: Generator) -> list[list[int]]:
    """The state at first and after each operation, in a new session."""
    with tf.Session() as session:
        session.run(generator.state.initializer)
        found = [session.run(generator.state).tolist()]
        for operation in operations:
            session.run(operation)
            found.append(session.run(generator.state).tolist())
    return found


@pytest.mark.parametrize(
    ("seed", "state"),
    [
        (1234, [1234, 0, 0]),
        (2**70 + 5, [5, 64, 0]),
        (-7, [-7, -1, -1]),
        ([1, 2], [0, 1, 2]),
        ([1, 2, 3, 4], [1, 2, 3]),
        ([2**64 - 1], [0, 0, -1]),
    ],
)
def test_seeds_become_states(seed: object, state: list[int]):
    made = tf.random.experimental.create_rng_state(seed, 1)
    assert made.shape == [3]
    assert tf.Session().run(made).tolist() == state


def test_each_number_moves_the_state_on():
    generator = Generator.from_state([-1, 0, 5], 1)
    steps = (generator.uniform([3]), generator.skip(2), generator.reset_from_seed(7))
    assert states(*steps, generator=generator) == [
        [-1, 0, 5], [3 * 256 - 1, 1, 5], [5 * 256 - 1, 1, 5], [7, 0, 0],
    ]  # fmt: skip


def test_numbers_are_those_of_tensorflow():
    generator = Generator.from_key_counter(5, [7, 1], 1)
    with tf.Session() as session:
        session.run(generator.state.initializer)
        drawn = [
            session.run(tensor)
            for tensor in (
                generator.uniform([3]),
                generator.normal([3]),
                generator.truncated_normal([3]),
                generator.uniform([3], 0, 10, tf.int64),
                generator.uniform_full_int([3], tf.int64),
            )
        ]
    expected = [
        [0.9418975, 0.856565, 0.24186504],
        [-0.8212821, 0.3941362, -2.4412694],
        [-1.0301332, -0.7238651, 0.38286984],
        [3, 3, 8],
        [3640849842609210138, -4152302542131401251, -1507282882618398086],
    ]
    for ours, theirs in zip(drawn, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_operations_of_one_run_draw_in_order():
    generator = Generator.from_seed(3)
    first, second = generator.uniform([2]), generator.uniform([2])
    with tf.Session() as session:
        session.run(generator.state.initializer)
        together = session.run([second, first])
        session.run(generator.state.initializer)
        assert session.run(first).tolist() == together[1].tolist()
        assert session.run(second).tolist() == together[0].tolist()


def test_copies_and_parts():
    generator = Generator.from_seed(3)
    copy = Generator(copy_from=generator)
    parts = generator.split(2)
    seeds = generator.make_seeds(4)
    with tf.Session() as session:
        session.run([generator.state.initializer, copy.state.initializer])
        session.run([part.state.initializer for part in parts])
        assert session.run(copy.state).tolist() == [3, 0, 0]
        keys = session.run([part.key for part in parts])
        assert len({*keys}) == 2
        assert session.run(parts[0].state).tolist() == [0, 0, keys[0]]
        assert session.run(seeds).shape == (2, 4)
        numbers = [session.run(part.normal([2])).tolist() for part in parts]
    assert numbers[0] != numbers[1]


def test_the_system_chooses_other_states_in_each_session():
    generator = Generator.from_non_deterministic_state()
    assert states(generator=generator) != states(generator=generator)


def test_each_graph_has_its_global_generator():
    get = tf.random.experimental.get_global_generator
    first = get()
    assert get() is first
    with tf.Graph().as_default() as graph:
        assert get().state.graph is graph
        mine = Generator.from_seed(1)
        tf.random.experimental.set_global_generator(mine)
        assert get() is mine


def test_what_is_refused():
    for arguments in ({}, {"state": [1, 2, 3]}, {"alg": 1}):
        with pytest.raises(ValueError, match="give state and alg"):
            Generator(**arguments)
    generator = Generator.from_seed(1)
    with pytest.raises(ValueError, match="of its own"):
        Generator(copy_from=generator, alg=1)
    with pytest.raises(ValueError, match="no random number algorithm 2"):
        Generator.from_seed(1, alg=2)
    with pytest.raises(ValueError, match=r"the state must have shape \(3,\)"):
        generator.reset([1, 2])
    with pytest.raises(ValueError, match="the counter must have shape"):
        Generator.from_key_counter(1, [2], 1)
    with pytest.raises(ValueError, match="need maxval"):
        generator.uniform([2], dtype=tf.int32)


@pytest.mark.parametrize(("count", "chance"), [(8.0, 0.2), (60.0, 0.9), (1000.0, 0.3)])
def test_binomial_numbers_have_mean_and_variance(count: float, chance: float):
    generator = Generator.from_seed(9)
    with tf.Session() as session:
        session.run(generator.state.initializer)
        drawn = session.run(generator.binomial([20_000], count, chance, tf.float64))
    variance = count * chance * (1 - chance)
    assert abs(drawn.mean() - count * chance) < 4 * np.sqrt(variance / 20_000)
    np.testing.assert_allclose(drawn.var(), variance, rtol=0.05)
    assert ((drawn >= 0) & (drawn <= count)).all()
