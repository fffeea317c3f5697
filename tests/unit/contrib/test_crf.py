"""Conditional random fields, against the enumeration of all tag sequences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import graphflow as tf

crf = tf.contrib.crf

RANDOM = np.random.RandomState(17)
BATCH, STEPS, TAGS = 5, 4, 3
INPUTS = RANDOM.randn(BATCH, STEPS, TAGS)
TRANSITIONS = RANDOM.randn(TAGS, TAGS)
INDICES = RANDOM.randint(0, TAGS, (BATCH, STEPS)).astype(np.int32)
LENGTHS = np.array([4, 1, 3, 2, 4], np.int32)


def run(*tensors):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensors if len(tensors) > 1 else tensors[0])


def score(example: int, tags) -> float:
    """The score of one sequence of tags, as long as given."""
    unary = sum(INPUTS[example, place, tag] for place, tag in enumerate(tags))
    return unary + sum(TRANSITIONS[one, other] for one, other in itertools.pairwise(tags))


def scores_of_all(example: int) -> dict[tuple[int, ...], float]:
    return {
        tags: score(example, tags)
        for tags in itertools.product(range(TAGS), repeat=LENGTHS[example])
    }


def scores_of_given() -> np.ndarray:
    return np.array([score(i, INDICES[i, : LENGTHS[i]]) for i in range(BATCH)])


def norms() -> np.ndarray:
    return np.array(
        [np.log(sum(np.exp(item) for item in scores_of_all(i).values())) for i in range(BATCH)]
    )


def test_scores_are_sums_of_potentials():
    unary = crf.crf_unary_score(INDICES, LENGTHS, INPUTS)
    binary = crf.crf_binary_score(INDICES, LENGTHS, TRANSITIONS)
    both = crf.crf_sequence_score(INPUTS, INDICES, LENGTHS, TRANSITIONS)
    found = run(unary, binary, both)
    np.testing.assert_allclose(found[2], scores_of_given())
    np.testing.assert_allclose(found[0] + found[1], found[2])
    np.testing.assert_allclose(found[0][1], INPUTS[1, 0, INDICES[1, 0]])
    assert found[1][1] == 0


def test_the_norm_sums_over_all_sequences():
    np.testing.assert_allclose(run(crf.crf_log_norm(INPUTS, LENGTHS, TRANSITIONS)), norms())


def test_probabilities_of_all_sequences_sum_to_one():
    sequences = np.array(list(itertools.product(range(TAGS), repeat=3)), np.int32)
    count = len(sequences)
    inputs = np.repeat(INPUTS[:1, :3], count, axis=0)
    likelihood, _ = crf.crf_log_likelihood(inputs, sequences, np.full(count, 3), TRANSITIONS)
    np.testing.assert_allclose(np.exp(run(likelihood)).sum(), 1)


def test_likelihood():
    likelihood, _ = crf.crf_log_likelihood(INPUTS, INDICES, LENGTHS, TRANSITIONS)
    np.testing.assert_allclose(run(likelihood), scores_of_given() - norms())


def test_likelihood_makes_the_transitions():
    inputs = INPUTS.astype(np.float32)
    with tf.variable_scope("tagger"):
        likelihood, transitions = crf.crf_log_likelihood(inputs, INDICES, LENGTHS)
    assert transitions.name == "tagger/transitions:0"
    assert transitions.shape.as_list() == [TAGS, TAGS]
    assert run(likelihood).shape == (BATCH,)


def test_the_likelihood_can_be_differentiated():
    inputs, transitions = tf.constant(INPUTS), tf.constant(TRANSITIONS)
    likelihood, _ = crf.crf_log_likelihood(inputs, INDICES, LENGTHS, transitions)
    gradients = run(*tf.gradients(likelihood, [inputs, transitions]))
    # The gradient is what is there minus what the field expects, by enumeration.
    wanted, wanted_pairs = np.zeros_like(INPUTS), np.zeros_like(TRANSITIONS)
    for example in range(BATCH):
        every = scores_of_all(example)
        given = tuple(INDICES[example, : LENGTHS[example]].tolist())
        for tags, value in every.items():
            weight = float(tags == given) - np.exp(value - norms()[example])
            for place, tag in enumerate(tags):
                wanted[example, place, tag] += weight
            for pair in itertools.pairwise(tags):
                wanted_pairs[pair] += weight
    np.testing.assert_allclose(gradients[0], wanted, atol=1e-12)
    np.testing.assert_allclose(gradients[1], wanted_pairs, atol=1e-12)


def test_multitag_score_sums_over_the_allowed_sequences():
    allowed = RANDOM.uniform(size=INPUTS.shape) < 0.6
    allowed[:, :, 0] |= ~allowed.any(-1)
    found = run(crf.crf_multitag_sequence_score(INPUTS, allowed, LENGTHS, TRANSITIONS))
    expected = [
        np.log(
            sum(
                np.exp(value)
                for tags, value in scores_of_all(example).items()
                if all(allowed[example, place, tag] for place, tag in enumerate(tags))
            )
        )
        for example in range(BATCH)
    ]
    np.testing.assert_allclose(found, expected)


def test_decode_finds_the_best_sequences():
    tags, best = run(*crf.crf_decode(INPUTS, TRANSITIONS, LENGTHS))
    assert tags.dtype == np.int32
    for example in range(BATCH):
        every = scores_of_all(example)
        wanted = max(every, key=every.__getitem__)
        length = LENGTHS[example]
        assert tuple(tags[example, :length]) == wanted
        assert not tags[example, length:].any()
        np.testing.assert_allclose(best[example], every[wanted])


def test_viterbi_agrees_with_decode():
    tags, best = run(*crf.crf_decode(INPUTS, TRANSITIONS, LENGTHS))
    for example, length in enumerate(LENGTHS):
        found, value = crf.viterbi_decode(INPUTS[example, :length], TRANSITIONS)
        assert found == tags[example, :length].tolist()
        np.testing.assert_allclose(value, best[example])


@pytest.mark.parametrize("is_known", [True, False])
def test_sequences_of_one_place(is_known):
    inputs = tf.placeholder(tf.float64, [None, 1 if is_known else None, TAGS])
    lengths = np.array([1, 0, 1, 1, 1])
    norm = crf.crf_log_norm(inputs, lengths, TRANSITIONS)
    score_of_tags = crf.crf_sequence_score(inputs, INDICES[:, :1], lengths, TRANSITIONS)
    tags, best = crf.crf_decode(inputs, TRANSITIONS, np.ones(BATCH, np.int32))
    one = INPUTS[:, :1]
    with tf.Session() as session:
        found = session.run([norm, score_of_tags, tags, best], {inputs: one})
    wanted = np.log(np.exp(one[:, 0]).sum(-1)) * lengths
    np.testing.assert_allclose(found[0], wanted)
    wanted = np.take_along_axis(one[:, 0], INDICES[:, :1], 1)[:, 0] * lengths
    np.testing.assert_allclose(found[1], wanted)
    np.testing.assert_array_equal(found[2], one.argmax(-1))
    np.testing.assert_allclose(found[3], one[:, 0].max(-1))


def test_a_length_of_zero_has_no_norm_and_no_score():
    lengths = np.zeros(BATCH, np.int64)
    likelihood, _ = crf.crf_log_likelihood(INPUTS, INDICES, lengths, TRANSITIONS)
    np.testing.assert_array_equal(run(likelihood), np.zeros(BATCH))


def test_works_with_unknown_sizes():
    inputs = tf.placeholder(tf.float64, [None, None, TAGS])
    lengths = tf.placeholder(tf.int64, [None])
    norm = crf.crf_log_norm(inputs, lengths, TRANSITIONS)
    tags, _ = crf.crf_decode(inputs, TRANSITIONS, lengths)
    with tf.Session() as session:
        found = session.run([norm, tags], {inputs: INPUTS, lengths: LENGTHS})
    np.testing.assert_allclose(found[0], norms())
    assert found[1].shape == (BATCH, STEPS)


def test_refuses_potentials_of_another_rank():
    with pytest.raises(ValueError, match=r"\[batch, time, tags\]"):
        crf.crf_log_norm(INPUTS[0], LENGTHS, TRANSITIONS)


def test_refuses_an_unknown_number_of_tags():
    with pytest.raises(ValueError, match="number of tags"):
        crf.crf_log_likelihood(tf.placeholder(tf.float32, [2, 3, None]), INDICES, LENGTHS)


def test_training_learns_which_tags_follow_one_another():
    inputs = tf.zeros([1, 6, 2])
    tags = tf.constant([[0, 1, 0, 1, 0, 1]])
    likelihood, transitions = crf.crf_log_likelihood(inputs, tags, [6])
    step = tf.train.GradientDescentOptimizer(0.5).minimize(-tf.reduce_sum(likelihood))
    best, _ = crf.crf_decode(tf.constant([[[1.0, 0.0]] + [[0.0, 0.0]] * 5]), transitions, [6])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(20):
            session.run(step)
        assert session.run(best).tolist() == [[0, 1, 0, 1, 0, 1]]
