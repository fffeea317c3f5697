"""Beam search against a search written as loops, and against the enumeration of all sequences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import graphflow as tf
from tests.unit.contrib.toy_cell import ToyCell, log_softmax

seq2seq = tf.contrib.seq2seq

CLASSES, STATE, END = 4, 3, 0
STARTS = [1, 3]
STATES = np.random.RandomState(2).randn(len(STARTS), STATE)


def decoded(cell, width, steps=None, embedding=None, **options):
    """Outputs, state and lengths of a beam search from the starts."""
    initial = seq2seq.tile_batch(tf.constant(STATES), width)
    decoder = seq2seq.BeamSearchDecoder(
        cell, np.eye(CLASSES) if embedding is None else embedding, STARTS, END, initial, width,
        **options,
    )  # fmt: skip
    tensors = seq2seq.dynamic_decode(decoder, maximum_iterations=steps)
    with tf.Session() as session:
        return session.run(tensors)


def length_penalty(length, weight):
    return ((5 + length) / 6) ** weight


def searched(cell, example, width, steps, weight=0.0):
    """The best sequences as (score, log probability, tokens), found by loops."""
    beams = [(0.0, 0.0, (), STATES[example], False)]
    for _ in range(steps):
        candidates = []
        for _, log_prob, tokens, state, is_finished in beams:
            if is_finished:
                # As in TensorFlow the end token counts from the step after it on.
                score = log_prob / length_penalty(tokens.index(END) + 1, weight)
                candidates.append((score, log_prob, (*tokens, END), state, True))
                continue
            last = tokens[-1] if tokens else STARTS[example]
            logits, new_state = cell.follow(last, state)
            for token, step in enumerate(log_softmax(logits)):
                length = len(tokens) + (token != END)
                total = log_prob + step
                candidates.append(
                    (
                        total / length_penalty(length, weight),
                        total,
                        (*tokens, token),
                        new_state,
                        token == END,
                    )
                )
        beams = sorted(candidates, key=lambda item: -item[0])[:width]
    return beams


@pytest.mark.parametrize("weight", [0.0, 0.8])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_agrees_with_loops(width, weight):
    cell = ToyCell(CLASSES, STATE, seed=width)
    outputs, state, _ = decoded(cell, width, steps=5, length_penalty_weight=weight)
    for example in range(len(STARTS)):
        beams = searched(cell, example, width, outputs.predicted_ids.shape[1], weight)
        for index, (score, log_prob, tokens, *_) in enumerate(beams):
            assert tuple(outputs.predicted_ids[example, :, index]) == tokens
            np.testing.assert_allclose(state.log_probs[example, index], log_prob)
            scores = outputs.beam_search_decoder_output.scores
            np.testing.assert_allclose(scores[example, -1, index], score)


def test_a_wide_search_is_exhaustive():
    cell, steps = ToyCell(CLASSES, STATE, seed=9), 3
    outputs, state, _ = decoded(cell, CLASSES**steps, steps=steps)
    for example in range(len(STARTS)):
        every = {}
        for tokens in itertools.product(range(CLASSES), repeat=steps):
            ended = tokens.index(END) if END in tokens else steps
            sequence = (*tokens[:ended], *[END] * (steps - ended))
            current, total, last = STATES[example], 0.0, STARTS[example]
            for token in sequence[: ended + 1]:
                logits, current = cell.follow(last, current)
                total += log_softmax(logits)[token]
                last = token
            every[sequence] = total
        best = sorted(every.items(), key=lambda item: -item[1])[:10]
        for index, (tokens, total) in enumerate(best):
            assert tuple(outputs.predicted_ids[example, :, index]) == tokens
            np.testing.assert_allclose(state.log_probs[example, index], total)


def test_ends_once_all_beams_have_ended():
    cell = ToyCell(CLASSES, STATE, seed=1)
    cell.c[:] = 0
    cell.c[0, END] = 0
    outputs, state, lengths = decoded(cell, 2, steps=50)
    assert outputs.predicted_ids.shape[1] < 50
    assert state.finished.all()
    np.testing.assert_array_equal(lengths, state.lengths)
    for example in range(2):
        for beam in range(2):
            tokens = outputs.predicted_ids[example, :, beam].tolist()
            assert state.lengths[example, beam] == tokens.index(END) + 1


def test_takes_a_function_as_embedding_and_an_output_layer():
    class Doubled(tf.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

        def compute_output_shape(self, input_shape):
            return input_shape

    cell = ToyCell(CLASSES, STATE, seed=4)
    outputs, *_ = decoded(
        cell,
        2,
        steps=4,
        embedding=lambda ids: tf.one_hot(ids, CLASSES, dtype=tf.float64),
        output_layer=Doubled(),
    )
    other = ToyCell(CLASSES, STATE, seed=4)
    other.c *= 2
    wanted, *_ = decoded(other, 2, steps=4)
    np.testing.assert_array_equal(outputs.predicted_ids, wanted.predicted_ids)


def test_time_major():
    cell = ToyCell(CLASSES, STATE, seed=4)
    width = 2
    decoder = seq2seq.BeamSearchDecoder(
        cell, np.eye(CLASSES), STARTS, END, seq2seq.tile_batch(tf.constant(STATES), width), width
    )
    outputs, *_ = seq2seq.dynamic_decode(decoder, output_time_major=True, maximum_iterations=5)
    assert outputs.predicted_ids.shape.as_list() == [None, 2, 2]
    with tf.Session() as session:
        found = session.run(outputs.predicted_ids)
    wanted, *_ = decoded(cell, width, steps=5)
    np.testing.assert_array_equal(found, wanted.predicted_ids.transpose(1, 0, 2))


def attending(width, history=False, **options):
    """A search with a cell that attends to a memory; the memory and its tiled lengths."""
    memory = np.random.RandomState(6).randn(2, 5, 3).astype(np.float32)
    tiled = seq2seq.tile_batch(tf.constant(memory), width)
    lengths = seq2seq.tile_batch(tf.constant([5, 3]), width)
    mechanism = seq2seq.LuongAttention(3, tiled, lengths)
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(3), mechanism, attention_layer_size=CLASSES,
        alignment_history=history,
    )  # fmt: skip
    decoder = seq2seq.BeamSearchDecoder(
        cell, np.eye(CLASSES, dtype=np.float32), STARTS, END,
        cell.zero_state(2 * width, tf.float32), width, **options,
    )  # fmt: skip
    outputs, state, _ = seq2seq.dynamic_decode(decoder, maximum_iterations=6)
    with tf.Session() as session:
        tf.set_random_seed(3)
        session.run(tf.global_variables_initializer())
        return session.run([outputs, state])


def test_the_history_of_alignments_follows_the_beams():
    width = 3
    tf.set_random_seed(3)
    outputs, state = attending(width, history=True)
    history = state.cell_state.alignment_history
    steps = outputs.predicted_ids.shape[1]
    assert history.shape == (steps, 2 * width, 5)
    history = history.reshape(steps, 2, width, 5)
    assert not history[:, 1, :, 3:].any()
    parents = outputs.beam_search_decoder_output.parent_ids
    assert (parents != np.arange(width)).any()


def test_a_coverage_penalty_changes_scores_of_what_has_ended():
    tf.set_random_seed(3)
    _, state = attending(3, coverage_penalty_weight=0.3)
    assert state.accumulated_attention_probs.shape == (2, 3, 5)
    assert not state.accumulated_attention_probs[1, :, 3:].any()


def test_both_penalties_with_attention_are_those_of_tensorflow():
    """The values were computed by TensorFlow Addons, in which contrib.seq2seq lives on."""
    random = np.random.RandomState(42)
    units, classes, depth, width = 4, 5, 3, 3
    memory, keys, a, b, attend, start = (
        random.randn(*shape).astype(np.float32)
        for shape in (
            (2, 6, depth), (depth, units), (units, units), (2 * classes, units),
            (units + depth, classes), (2, units),
        )
    )  # fmt: skip

    class Cell(tf.nn.rnn_cell.RNNCell):
        state_size = units
        output_size = units

        def call(self, inputs, state):
            state = tf.tanh(tf.matmul(inputs, b) + tf.matmul(state, a))
            return state, state

    mechanism = seq2seq.LuongAttention(
        units,
        seq2seq.tile_batch(tf.constant(memory), width),
        seq2seq.tile_batch(tf.constant([6, 4]), width),
    )
    cell = seq2seq.AttentionWrapper(Cell(), mechanism, attention_layer_size=classes)
    state = cell.zero_state(2 * width, tf.float32)
    state = state.clone(cell_state=seq2seq.tile_batch(tf.constant(start), width))
    decoder = seq2seq.BeamSearchDecoder(
        cell, lambda ids: tf.one_hot(ids, classes), [1, 2], 1, state, width,
        length_penalty_weight=0.7, coverage_penalty_weight=0.4,
    )  # fmt: skip
    outputs, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=6)
    values = dict(zip(tf.trainable_variables(), (keys, attend), strict=True))
    with tf.Session() as session:
        session.run([variable.assign(value) for variable, value in values.items()])
        outputs, state, lengths = session.run([outputs, state, lengths])
    assert outputs.predicted_ids.transpose(0, 2, 1).tolist() == [
        [[3, 4, 4, 4, 4, 4], [3, 4, 4, 4, 4, 3], [3, 4, 4, 3, 4, 4]],
        [[3, 2, 1, 1, 1, 1], [3, 4, 1, 1, 1, 1], [3, 2, 3, 2, 1, 1]],
    ]
    assert lengths.tolist() == [[6, 6, 6], [3, 3, 5]]
    np.testing.assert_allclose(
        outputs.beam_search_decoder_output.scores[:, -1],
        [[-3.126568, -3.268539, -3.305728], [-1.471584, -2.014233, -2.582126]],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        state.accumulated_attention_probs[0, 0],
        [0.1674725, 0.0051826, 0.0018277, 0.0664276, 0.1498859, 5.6092033],
        rtol=1e-4,
    )


def test_gather_tree_from_array_follows_each_beam():
    random = np.random.RandomState(8)
    steps, batch, width = 4, 2, 3
    parents = random.randint(0, width, (steps, batch, width)).astype(np.int32)
    kept = random.randn(steps, batch * width, 5)
    lengths = np.full((batch, width), steps)
    with tf.Session() as session:
        found = session.run(seq2seq.gather_tree_from_array(kept, parents, lengths))
    for example in range(batch):
        for beam in range(width):
            at = beam
            for time in range(steps - 1, -1, -1):
                np.testing.assert_array_equal(
                    found[time, example * width + beam], kept[time, example * width + at]
                )
                at = parents[time, example, at]


def test_refuses_bad_tokens_and_weights():
    cell = ToyCell(CLASSES, STATE)
    good = {
        "cell": cell,
        "embedding": np.eye(CLASSES),
        "start_tokens": STARTS,
        "end_token": END,
        "initial_state": tf.zeros([4, STATE], tf.float64),
        "beam_width": 2,
    }
    for bad, message in (
        ({"start_tokens": 1}, "start_tokens must be a vector"),
        ({"end_token": [1]}, "end_token must be a scalar"),
        ({"length_penalty_weight": [1.0]}, "length_penalty_weight must be a scalar"),
        ({"coverage_penalty_weight": [1.0]}, "coverage_penalty_weight must be a scalar"),
        ({"initial_state": tf.placeholder(tf.float32, None)}, "known rank"),
    ):
        with pytest.raises(ValueError, match=message):
            seq2seq.BeamSearchDecoder(**{**good, **bad})
    with pytest.raises(TypeError, match="output_layer must be a Layer"):
        seq2seq.BeamSearchDecoder(**good, output_layer=len)


def test_a_coverage_penalty_needs_attention():
    decoder = seq2seq.BeamSearchDecoder(
        ToyCell(CLASSES, STATE), np.eye(CLASSES), STARTS, END, tf.zeros([4, STATE], tf.float64), 2,
        coverage_penalty_weight=1.0,
    )  # fmt: skip
    with pytest.raises(ValueError, match="needs a cell that is an AttentionWrapper"):
        seq2seq.dynamic_decode(decoder)
