"""Beam search: decode by keeping, at each step, the best few sequences of each example."""

from __future__ import annotations

from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.contrib.seq2seq.attention_wrapper import AttentionWrapperState
from graphflow.contrib.seq2seq.basic_decoder import check_output_layer
from graphflow.contrib.seq2seq.decoder import Decoder
from graphflow.contrib.seq2seq.helpers import check_tokens
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value
from graphflow.core.dtypes import (
    bool as _bool,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.layers.base import Layer
from graphflow.recurrent.cell import assert_like_rnncell


class BeamSearchDecoderState(NamedTuple):
    """What a beam search carries from step to step.

    Attributes:
      cell_state: the state of the cell, tensors [batch, beams, ...].
      log_probs: floating [batch, beams], the logarithms of the sequences' probabilities.
      finished: bool [batch, beams].
      lengths: int64 [batch, beams], the end token counts.
      accumulated_attention_probs: floating [batch, beams, places], or `()` without a coverage
        penalty.
    """

    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any
    accumulated_attention_probs: Any


class BeamSearchDecoderOutput(NamedTuple):
    """The outputs of a step, or of all steps.

    Attributes:
      scores: floating [batch, beams], the logarithms of probabilities with penalties.
      predicted_ids: int32 [batch, beams], the tokens.
      parent_ids: int32 [batch, beams], the beams of the step before that they continue.
    """

    scores: Any
    predicted_ids: Any
    parent_ids: Any


class FinalBeamSearchDecoderOutput(NamedTuple):
    """What a beam search found.

    Attributes:
      predicted_ids: int32 [batch, time, beams] (or time first), the sequences, the best first;
        after their end they are filled with the end token.
      beam_search_decoder_output: the outputs of all steps.
    """

    predicted_ids: Any
    beam_search_decoder_output: Any


class BeamSearchDecoder(Decoder):
    """A decoder that keeps the best sequences of each example.

    The score of a sequence is the logarithm of its probability, divided by the length penalty
    `((5 + length) / 6) ** length_penalty_weight`; as in TensorFlow the end token counts only in the
    steps after its own.  With a coverage penalty, finished sequences whose attention left out a
    part of the memory score worse, by `coverage_penalty_weight` times the sum over all places of
    `log(min(attention, 1))` (Wu and others, 2016).

    For a cell that is an `AttentionWrapper`, tile its memory and the encoder's state with
    `tile_batch`, and ask `zero_state` for the tiled batch.

    Args:
      cell: an `RNNCell`.
      embedding: a function from ids to vectors, or the parameters of `tf.nn.embedding_lookup`.
      start_tokens: int32 [batch], the tokens to begin with.
      end_token: int32, the token that ends a sequence.
      initial_state: the state to begin with, tensors [batch * beam_width, ...].
      beam_width: how many sequences to keep.
      output_layer: a layer that makes logits of the cell's outputs; none by default.
      length_penalty_weight: see above; above 0 it favours long sequences.
      coverage_penalty_weight: see above.
      reorder_tensor_arrays: whether TensorArrays in the cell's state, such as the alignment
        history, are put into the order of the sequences that were found; they are then returned
        stacked.

    Raises:
      TypeError: `cell` or `output_layer` is not what it should be.
      ValueError: tokens or weights have the wrong rank.

    >>> import graphflow as tf
    >>> tf.set_random_seed(3)
    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> decoder = tf.contrib.seq2seq.BeamSearchDecoder(
    ...     cell, tf.ones([3, 5]), start_tokens=[1, 1], end_token=0,
    ...     initial_state=cell.zero_state(2 * 4, tf.float32), beam_width=4,
    ... )
    >>> outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=6)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(outputs.predicted_ids).shape
    (2, 6, 4)
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Layer | None = None,
        length_penalty_weight: Any = 0.0,
        coverage_penalty_weight: Any = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        assert_like_rnncell("cell", cell)
        check_output_layer(output_layer)
        self._cell = cell
        self._output_layer = output_layer
        self._reorder_tensor_arrays = reorder_tensor_arrays
        self._embedding_fn = (
            embedding if callable(embedding) else lambda ids: ops.embedding_lookup(embedding, ids)
        )
        start = convert_to_tensor(start_tokens, _int32, name="start_tokens")
        self._end_token = convert_to_tensor(end_token, _int32, name="end_token")
        check_tokens(start, self._end_token)
        self._beam_width = beam_width
        self._length_penalty_weight = _weight("length_penalty_weight", length_penalty_weight)
        self._coverage_penalty_weight = _weight("coverage_penalty_weight", coverage_penalty_weight)
        self._batch_size = ops.size(start)
        self._initial_cell_state = self._map_state(self._split, initial_state)
        self._start_inputs = self._embedding_fn(
            ops.tile(ops.expand_dims(start, 1), [1, beam_width])
        )
        # All beams begin alike: only the first of them may go on, or they would stay alike.
        self._finished = ops.one_hot(
            ops.zeros([self._batch_size], _int32),
            beam_width,
            on_value=False,
            off_value=True,
            dtype=_bool,
        )

    @property
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        """True: beams change their places, and what is finished with them."""
        return True

    @property
    def output_size(self) -> BeamSearchDecoderOutput:
        """The shapes of one example's outputs."""
        return BeamSearchDecoderOutput(*[TensorShape([self._beam_width])] * 3)

    @property
    def output_dtype(self) -> BeamSearchDecoderOutput:
        """The dtypes of the outputs: scores are taken to be of the dtype of the state."""
        return BeamSearchDecoderOutput(self._dtype, _int32, _int32)

    @property
    def _dtype(self) -> Any:
        return nest.flatten(self._initial_cell_state)[0].dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the first step."""
        del name
        log_probs = ops.one_hot(
            ops.zeros([self._batch_size], _int32),
            self._beam_width,
            on_value=ops.constant(0.0, self._dtype),
            off_value=ops.constant(float("-inf"), self._dtype),
            dtype=self._dtype,
        )
        attention = self._attention_probabilities(self._initial_cell_state)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=log_probs,
            finished=self._finished,
            lengths=ops.zeros([self._batch_size, self._beam_width], _int64),
            accumulated_attention_probs=() if attention is None else attention,
        )
        return self._finished, self._start_inputs, state

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        """Return the sequences that were found, and the last state.

        Args:
          outputs: the outputs of all steps, tensors [time, batch, beams].
          final_state: the last state.
          sequence_lengths: not used, the state knows the lengths.
        """
        del sequence_lengths
        longest = ops.cast(ops.reduce_max(final_state.lengths, axis=1), _int32)
        predicted = ops.gather_tree(
            outputs.predicted_ids, outputs.parent_ids, longest, self._end_token
        )
        if self._reorder_tensor_arrays:
            cell_state = nest.map_structure(
                lambda item: self._in_order(item, outputs.parent_ids, final_state.lengths),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=cell_state)
        return FinalBeamSearchDecoderOutput(predicted, outputs), final_state

    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState, Any, Any]:
        """Make one step.

        Args:
          time: int32, its number.
          inputs: a structure of tensors [batch, beams, ...].
          state: a `BeamSearchDecoderState`.
          name: the name scope of the operations.

        Returns:
          `(outputs, state, inputs, finished)`, the last three for the next step.
        """
        values = [item for item in nest.flatten((time, inputs, state)) if isinstance(item, Tensor)]
        with name_scope(name, "BeamSearchDecoderStep", values):
            merged = nest.map_structure(self._merge, inputs)
            outputs, cell_state = self._cell(merged, self._map_state(self._merge, state.cell_state))
            cell_state = self._map_state(self._split, cell_state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            output, next_state = self._search(self._split(outputs), cell_state, state)
            next_inputs = ops.cond(
                ops.reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(output.predicted_ids),
                strict=True,
            )
        return output, next_state, next_inputs, next_state.finished

    # -- the search -----------------------------------------------------------------------------

    def _search(
        self, logits: Tensor, cell_state: Any, state: BeamSearchDecoderState
    ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
        """Choose the best sequences among all that continue those of the step before."""
        going_on = ops.logical_not(state.finished)
        step_log_probs = self._held_at_end(ops.log_softmax(logits), state.finished)
        log_probs = ops.expand_dims(state.log_probs, 2) + step_log_probs
        attention = self._attention_probabilities(cell_state)
        if attention is not None:
            counts = ops.cast(ops.expand_dims(going_on, 2), attention.dtype)
            attention = state.accumulated_attention_probs + attention * counts
        scores = self._scores(log_probs, attention, state)
        shape = ops.shape(logits)
        classes = shape[2]
        best = ops.top_k(ops.reshape(scores, [shape[0], -1]), k=self._beam_width)
        indices = self._with_shape(best.indices)
        tokens = ops.floormod(indices, classes, name="next_beam_word_ids")
        parents = ops.floordiv(indices, classes, name="next_beam_parent_ids")

        def of_parents(item: Any) -> Any:
            return ops.batch_gather(item, parents)

        was_finished = of_parents(state.finished)
        lengths = of_parents(state.lengths) + ops.cast(ops.logical_not(was_finished), _int64)
        next_state = BeamSearchDecoderState(
            cell_state=self._map_state(of_parents, cell_state),
            log_probs=ops.batch_gather(ops.reshape(log_probs, [shape[0], -1]), indices),
            finished=ops.logical_or(was_finished, ops.equal(tokens, self._end_token)),
            lengths=lengths,
            accumulated_attention_probs=() if attention is None else of_parents(attention),
        )
        scores = self._with_shape(best.values)
        return BeamSearchDecoderOutput(scores, tokens, parents), next_state

    def _held_at_end(self, log_probs: Tensor, finished: Tensor) -> Tensor:
        """Let what is finished be followed by the end token alone, which then costs nothing."""
        classes = ops.shape(log_probs)[2]
        at_end = ops.one_hot(
            self._end_token,
            classes,
            on_value=ops.constant(0.0, log_probs.dtype),
            off_value=ops.constant(log_probs.dtype.min, log_probs.dtype),
        )
        return ops.where_v2(ops.expand_dims(finished, 2), at_end, log_probs)

    def _scores(
        self, log_probs: Tensor, attention: Tensor | None, state: BeamSearchDecoderState
    ) -> Tensor:
        """The logarithms of probabilities, with the penalties."""
        scores: Any = log_probs
        if get_static_value(self._length_penalty_weight) != 0:
            scores = scores / self._length_penalty(log_probs, state)
        if attention is not None:
            # What was never looked at in the padding of the memory is no omission.
            seen = ops.where(ops.equal(attention, 0.0), ops.ones_like(attention), attention)
            coverage: Any = ops.reduce_sum(ops.log(ops.minimum(seen, 1.0)), 2)
            counted = ops.cast(state.finished, coverage.dtype)
            weight = ops.cast(self._coverage_penalty_weight, coverage.dtype)
            penalty = coverage * counted * weight
            scores = scores + ops.expand_dims(penalty, 2)
        return scores  # type: ignore[no-any-return]

    def _length_penalty(self, log_probs: Tensor, state: BeamSearchDecoderState) -> Tensor:
        more = ops.one_hot(
            self._end_token, ops.shape(log_probs)[2], on_value=0, off_value=1, dtype=_int64
        )
        going_on = ops.cast(ops.logical_not(state.finished), _int64)
        lengths = ops.expand_dims(state.lengths, 2) + ops.expand_dims(going_on, 2) * more
        ratio = (5.0 + ops.cast(lengths, log_probs.dtype)) / 6.0
        return ops.pow(ratio, ops.cast(self._length_penalty_weight, log_probs.dtype))

    def _attention_probabilities(self, cell_state: Any) -> Tensor | None:
        """Where the cell looked, the mean over all attention; None without a coverage penalty."""
        if get_static_value(self._coverage_penalty_weight) == 0:
            return None
        found = [
            item
            for state in _attention_states(cell_state)
            for item in nest.flatten(state.alignments)
        ]
        if not found:
            raise ValueError(
                "a coverage penalty needs a cell that is an AttentionWrapper, the state is "
                f"{cell_state!r}{at_user_line()}"
            )
        return found[0] if len(found) == 1 else ops.reduce_mean(ops.stack(found), axis=0)

    # -- batches and beams ----------------------------------------------------------------------

    def _map_state(self, function: Any, state: Any) -> Any:
        """Apply a function to what has an axis of examples in the state of the cell."""
        return nest.map_structure(lambda item: item if _is_whole(item) else function(item), state)

    def _split(self, item: Any) -> Tensor:
        """[batch * beams, ...] to [batch, beams, ...]."""
        item = convert_to_tensor(item)
        lead = [self._batch_size, self._beam_width]
        split = ops.reshape(item, ops.concat([lead, ops.shape(item)[1:]], 0))
        batch = get_static_value(self._batch_size)
        size = None if batch is None else int(batch)
        split.set_shape(TensorShape([size, self._beam_width]).concatenate(item.shape[1:]))
        return split

    def _merge(self, item: Any) -> Tensor:
        """[batch, beams, ...] to [batch * beams, ...]."""
        count = self._batch_size * self._beam_width
        merged = ops.reshape(item, ops.concat([[count], ops.shape(item)[2:]], 0))
        batch = get_static_value(self._batch_size)
        size = None if batch is None else int(batch) * self._beam_width
        merged.set_shape(TensorShape([size]).concatenate(item.shape[2:]))
        return merged

    def _in_order(self, item: Any, parent_ids: Tensor, lengths: Tensor) -> Any:
        """A TensorArray stacked, in the order of final sequences, where it has an item for each."""
        if not _is_array(item) or not self._is_by_beam(item.element_shape):
            return item
        return gather_tree_from_array(item.stack(), parent_ids, lengths)

    def _is_by_beam(self, shape: TensorShape) -> bool:
        """Whether a shape, as far as it is known, begins with batch and beams, or both in one."""
        sizes = shape.as_list() if shape.rank else []
        batch = get_static_value(self._batch_size)
        if not sizes or batch is None or sizes[0] is None:
            return bool(sizes)
        return sizes[0] == batch * self._beam_width or sizes[:2] == [batch, self._beam_width]

    def _with_shape(self, item: Tensor) -> Tensor:
        batch = get_static_value(self._batch_size)
        item.set_shape([None if batch is None else int(batch), self._beam_width])
        return item


def _weight(label: str, value: Any) -> Tensor:
    weight = convert_to_tensor(value, _float32, name=label)
    if weight.shape.rank != 0:
        raise ValueError(f"{label} must be a scalar, it has shape {weight.shape}{at_user_line()}")
    return weight


def _is_array(item: Any) -> bool:
    return isinstance(item, ops.TensorArray)


def _is_whole(item: Any) -> bool:
    """Whether a part of a state has no axis of examples: a TensorArray or a scalar.

    Raises:
      ValueError: its rank is not known.
    """
    if _is_array(item):
        return True
    rank = convert_to_tensor(item).shape.rank
    if rank is None:
        raise ValueError(
            f"the state of the cell must be of known rank, {item!r} is not{at_user_line()}"
        )
    return rank == 0


def _attention_states(state: Any) -> list[AttentionWrapperState]:
    """The states of all wrappers in the state of a cell."""
    if isinstance(state, AttentionWrapperState):
        return [state]
    if not nest.is_nested(state):
        return []
    parts = state.values() if isinstance(state, dict) else state
    return [found for part in parts for found in _attention_states(part)]


# -- the order of what was kept --------------------------------------------------------------------


def gather_tree_from_array(t: Any, parent_ids: Any, sequence_length: Any) -> Tensor:
    """Put what the steps of a beam search kept into the order of its final sequences.

    Args:
      t: [time, batch, beams, ...] or [time, batch * beams, ...], what was kept.
      parent_ids: int32 [time, batch, beams], the beams that each step's beams continue.
      sequence_length: int [batch, beams], the lengths of the final sequences.

    Returns:
      A tensor like `t`: for each final beam, up to its length, what was kept on its way.
    """
    t = convert_to_tensor(t)
    parent_ids = convert_to_tensor(parent_ids)
    shape = ops.shape(parent_ids)
    steps, batch, width = shape[0], shape[1], shape[2]
    beams = ops.tile(ops.reshape(ops.range(width), [1, 1, -1]), [steps, batch, 1])
    longest = ops.cast(ops.reduce_max(sequence_length, axis=1), _int32)
    on_the_way = ops.gather_tree(beams, parent_ids, longest, width + 1)
    inside = ops.transpose(ops.sequence_mask(sequence_length, maxlen=steps), [2, 0, 1])
    order = ops.where(inside, on_the_way, beams)
    kept = ops.reshape(t, ops.concat([[steps, batch, width], [-1]], 0))
    ordered = ops.reshape(ops.batch_gather(kept, order), ops.shape(t))
    ordered.set_shape(t.shape)
    return ordered
