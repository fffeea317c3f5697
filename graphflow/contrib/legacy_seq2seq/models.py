"""Encoders and decoders together, unrolled over lists of steps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.legacy_seq2seq.decoders import (
    LoopFunction,
    checked_projection,
    embed_previous,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    rnn_decoder,
)
from graphflow.contrib.legacy_seq2seq.losses import sequence_loss, sequence_loss_by_example
from graphflow.contrib.rnn.wrappers import EmbeddingWrapper, OutputProjectionWrapper
from graphflow.core import nest
from graphflow.core.dtypes import float32 as _float32
from graphflow.core.graph import at_user_line
from graphflow.core.scopes import name_scope
from graphflow.recurrent.static import static_rnn
from graphflow.variables.scope import get_variable, get_variable_scope, variable_scope

# A decoder: takes whether to feed symbols back and whether their embeddings get gradients.
_Decode = Callable[[bool, bool], tuple[list[Any], Any]]


def basic_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    dtype: Any = _float32,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run an encoder, and a decoder that begins with its last state.

    Args:
      encoder_inputs: tensors [batch, depth], the inputs of the encoder's steps.
      decoder_inputs: tensors [batch, depth], the inputs of the decoder's steps.
      cell: an `RNNCell`; the encoder is a copy of it with variables of its own.
      dtype: the dtype of the encoder's initial state.
      scope: the variable scope, "basic_rnn_seq2seq" by default.

    Returns:
      The list of the decoder's outputs [batch, output size], and its last state.

    >>> import graphflow as tf
    >>> encoder, decoder = [tf.ones([2, 5])] * 4, [tf.ones([2, 5])] * 3
    >>> outputs, _ = tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(
    ...     encoder, decoder, tf.nn.rnn_cell.GRUCell(6)
    ... )
    >>> len(outputs), len(tf.trainable_variables())
    (3, 8)
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    loop_function: LoopFunction | None = None,
    dtype: Any = _float32,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run an encoder, and a decoder with the same variables that begins with its last state.

    Args:
      encoder_inputs: tensors [batch, depth], the inputs of the encoder's steps.
      decoder_inputs: tensors [batch, depth], the inputs of the decoder's steps.
      cell: an `RNNCell`.
      loop_function: as for `rnn_decoder`.
      dtype: the dtype of the encoder's initial state.
      scope: the variable scope within "combined_tied_rnn_seq2seq", "tied_rnn_seq2seq" by default.

    Returns:
      The list of the decoder's outputs [batch, output size], and its last state.
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


def embedding_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run an encoder over embeddings of symbols, and a decoder that begins with its last state.

    Args:
      encoder_inputs: int32 tensors [batch], the symbols of the encoder's steps.
      decoder_inputs: int32 tensors [batch], the symbols of the decoder's steps.
      cell: an `RNNCell`; the encoder is a copy of it with variables of its own.
      num_encoder_symbols: how many symbols the encoder knows.
      num_decoder_symbols: how many symbols the decoder knows.
      embedding_size: the size of embeddings.
      output_projection: weights [output size, num_decoder_symbols] and biases that make logits of
        outputs, for `feed_previous`; None: a projection is added, and outputs are logits.
      feed_previous: whether all inputs of the decoder but the first are replaced by the most likely
        symbols of the steps before; a bool, or a bool scalar tensor.
      dtype: the dtype of the encoder's initial state, that of the scope by default.
      scope: the variable scope, "embedding_rnn_seq2seq" by default.

    Returns:
      The list of the decoder's outputs [batch, num_decoder_symbols] (or its output size, with a
      projection), and its last state.
    """
    with variable_scope(scope or "embedding_rnn_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(
            copy.deepcopy(cell),
            embedding_classes=num_encoder_symbols,
            embedding_size=embedding_size,
        )
        _, state = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(feed: bool, update_embedding: bool) -> tuple[list[Any], Any]:
            return embedding_rnn_decoder(
                decoder_inputs,
                state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=feed,
                update_embedding_for_previous=update_embedding,
            )

        return _decoded(decode, feed_previous)


def _decoded(decode: _Decode, feed_previous: Any) -> tuple[list[Any], Any]:
    """The outputs of a decoder that feeds symbols back, or does if a tensor says so."""
    if isinstance(feed_previous, bool):
        return decode(feed_previous, True)

    def branch(feed: bool) -> tuple[list[Any], Any]:
        reuse = None if feed else True  # the first branch has made the variables
        with variable_scope(get_variable_scope(), reuse=reuse):
            return decode(feed, False)

    result: tuple[list[Any], Any] = ops.cond(
        feed_previous, lambda: branch(True), lambda: branch(False), strict=True
    )
    return result


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run encoder and decoder over embeddings of symbols, with all variables shared.

    Args:
      encoder_inputs: int32 tensors [batch], the symbols of the encoder's steps.
      decoder_inputs: int32 tensors [batch], the symbols of the decoder's steps.
      cell: an `RNNCell`.
      num_symbols: how many symbols there are.
      embedding_size: the size of embeddings.
      num_decoder_symbols: how many symbols the decoder may give, all by default.
      output_projection: weights [output size, num_symbols] and biases that make logits of outputs,
        for `feed_previous`; None: a projection is added, and outputs are logits.
      feed_previous: whether all inputs of the decoder but the first are replaced by the most likely
        symbols of the steps before; a bool, or a bool scalar tensor.
      dtype: the dtype of the encoder's initial state, that of the scope by default.
      scope: the variable scope, "embedding_tied_rnn_seq2seq" by default.

    Returns:
      The list of the decoder's outputs, and its last state.

    Raises:
      ValueError: the projection has the wrong shape.
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        if output_projection is not None:
            output_projection = checked_projection(output_projection, num_symbols, opened.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size], dtype=opened.dtype)
        embedded = [ops.embedding_lookup(embedding, item) for item in encoder_inputs]
        given = [ops.embedding_lookup(embedding, item) for item in decoder_inputs]
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols or num_symbols)

        def decode(feed: bool, update_embedding: bool) -> tuple[list[Any], Any]:
            loop_function = None
            if feed:
                loop_function = embed_previous(embedding, output_projection, update_embedding)
            return tied_rnn_seq2seq(
                embedded, given, cell, loop_function=loop_function, dtype=opened.dtype
            )

        return _decoded(decode, feed_previous)


def embedding_attention_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Run an encoder over embeddings of symbols, and a decoder that attends to its outputs.

    Args:
      encoder_inputs: int32 tensors [batch], the symbols of the encoder's steps.
      decoder_inputs: int32 tensors [batch], the symbols of the decoder's steps.
      cell: an `RNNCell`; the encoder is a copy of it with variables of its own.
      num_encoder_symbols: how many symbols the encoder knows.
      num_decoder_symbols: how many symbols the decoder knows.
      embedding_size: the size of embeddings.
      num_heads: how many attentions there are.
      output_projection: weights [output size, num_decoder_symbols] and biases that make logits of
        outputs, for `feed_previous`; None: a projection is added, and outputs are logits.
      feed_previous: whether all inputs of the decoder but the first are replaced by the most likely
        symbols of the steps before; a bool, or a bool scalar tensor.
      dtype: the dtype of the encoder's initial state, that of the scope by default.
      scope: the variable scope, "embedding_attention_seq2seq" by default.
      initial_state_attention: whether the encoder's last state asks for the first attention.

    Returns:
      The list of the decoder's outputs [batch, num_decoder_symbols] (or its output size, with a
      projection), and its last state.
    """
    with variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(
            copy.deepcopy(cell),
            embedding_classes=num_encoder_symbols,
            embedding_size=embedding_size,
        )
        encoder_outputs, state = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        attention_states = ops.stack(encoder_outputs, axis=1)
        output_size = None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decode(feed: bool, update_embedding: bool) -> tuple[list[Any], Any]:
            return embedding_attention_decoder(
                decoder_inputs,
                state,
                attention_states,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=feed,
                update_embedding_for_previous=update_embedding,
                initial_state_attention=initial_state_attention,
            )

        return _decoded(decode, feed_previous)


def one2many_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs_dict: Mapping[Any, Sequence[Any]],
    enc_cell: Any,
    dec_cells_dict: Mapping[Any, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: Mapping[Any, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[Any, list[Any]], dict[Any, Any]]:
    """Run an encoder over embeddings of symbols, and several decoders that begin with its state.

    Args:
      encoder_inputs: int32 tensors [batch], the symbols of the encoder's steps.
      decoder_inputs_dict: for each decoder's name int32 tensors [batch], the symbols of its steps.
      enc_cell: the encoder's `RNNCell`.
      dec_cells_dict: for each name the decoder's `RNNCell`.
      num_encoder_symbols: how many symbols the encoder knows.
      num_decoder_symbols_dict: for each name how many symbols the decoder knows.
      embedding_size: the size of embeddings.
      feed_previous: whether all inputs of decoders but the first are replaced by the most likely
        symbols of the steps before; a bool, or a bool scalar tensor.
      dtype: the dtype of the encoder's initial state, that of the scope by default.
      scope: the variable scope, "one2many_rnn_seq2seq" by default.

    Returns:
      By name the lists of outputs [batch, symbols], and the last states.
    """
    outputs, states = {}, {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(
            enc_cell, embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        _, state = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        for name, inputs in decoder_inputs_dict.items():
            symbols = num_decoder_symbols_dict[name]
            with variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], symbols)
                decode = _decoder_of(inputs, state, cell, symbols, embedding_size)
                outputs[name], states[name] = _decoded(decode, feed_previous)
    return outputs, states


def _decoder_of(
    inputs: Sequence[Any], state: Any, cell: Any, symbols: int, embedding_size: int
) -> _Decode:
    def decode(feed: bool, update_embedding: bool) -> tuple[list[Any], Any]:
        return embedding_rnn_decoder(
            inputs,
            state,
            cell,
            symbols,
            embedding_size,
            feed_previous=feed,
            update_embedding_for_previous=update_embedding,
        )

    return decode


def model_with_buckets(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    buckets: Sequence[tuple[int, int]],
    seq2seq: Callable[[Any, Any], tuple[Any, Any]],
    softmax_loss_function: Callable[..., Any] | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Any]]:
    """Build a model for each of several lengths, all with the same variables.

    Args:
      encoder_inputs: the inputs of the encoder's steps.
      decoder_inputs: the inputs of the decoder's steps.
      targets: for each step of the decoder, int32 [batch], the true symbols.
      weights: for each step, floating [batch], what the predictions count.
      buckets: pairs of the encoder's and the decoder's length, ascending.
      seq2seq: a function from the encoder's and the decoder's inputs to outputs and state.
      softmax_loss_function: as for `sequence_loss`.
      per_example_loss: whether losses are those of each sequence, [batch], not the mean.
      name: the name scope of the operations.

    Returns:
      For each bucket the list of outputs, and for each bucket the loss.

    Raises:
      ValueError: there are fewer inputs, targets or weights than the last bucket needs.

    >>> import graphflow as tf
    >>> steps = [tf.ones([2, 3])] * 4
    >>> outputs, losses = tf.contrib.legacy_seq2seq.model_with_buckets(
    ...     steps, steps, [tf.constant([0, 1])] * 4, [tf.ones([2])] * 4, [(1, 2), (3, 4)],
    ...     lambda x, y: tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(
    ...         x, y, tf.nn.rnn_cell.GRUCell(6)
    ...     ),
    ... )
    >>> [len(item) for item in outputs], len(losses)
    ([2, 4], 2)
    """
    longest_input, longest_output = buckets[-1]
    for label, items, needed in (
        ("encoder_inputs", encoder_inputs, longest_input),
        ("targets", targets, longest_output),
        ("weights", weights, longest_output),
    ):
        if len(items) < needed:
            raise ValueError(
                f"the last bucket needs {needed} {label}, there are {len(items)}{at_user_line()}"
            )
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    outputs, losses = [], []
    values = nest.flatten([encoder_inputs, decoder_inputs, targets, weights])
    with name_scope(name, "model_with_buckets", values):
        for index, (inputs, steps) in enumerate(buckets):
            with variable_scope(get_variable_scope(), reuse=True if index else None):
                found, _ = seq2seq(encoder_inputs[:inputs], decoder_inputs[:steps])
                outputs.append(found)
                losses.append(
                    loss(
                        found,
                        targets[:steps],
                        weights[:steps],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return outputs, losses
