"""Decoders that are unrolled over a list of inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32 as _float32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable, get_variable_scope, variable_scope

LoopFunction = Callable[[Any, int], Any]


def rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    loop_function: LoopFunction | None = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run a cell over a list of inputs.

    Args:
      decoder_inputs: tensors [batch, depth], the inputs of the steps.
      initial_state: the state to begin with, [batch, state size].
      cell: an `RNNCell`.
      loop_function: makes an input of the last output and the number of the step; from the second
        step on it is used in place of the inputs.
      scope: the variable scope, "rnn_decoder" by default.

    Returns:
      The list of outputs [batch, output size], and the last state.

    >>> import graphflow as tf
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(3)
    >>> steps = [tf.ones([2, 5])] * 4
    >>> outputs, _ = tf.contrib.legacy_seq2seq.rnn_decoder(steps, tf.zeros([2, 3]), cell)
    >>> len(outputs), outputs[0].shape.as_list()
    (4, [2, 3])
    """
    with variable_scope(scope or "rnn_decoder"):
        outputs: list[Any] = []
        state = initial_state
        for index, given in enumerate(decoder_inputs):
            inputs = _input_of_step(given, outputs, loop_function, index)
            if index > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(inputs, state)
            outputs.append(output)
    return outputs, state


def _input_of_step(
    given: Any, outputs: list[Any], loop_function: LoopFunction | None, index: int
) -> Any:
    """The given input, or what the loop function makes of the output before."""
    if loop_function is None or not outputs:
        return given
    with variable_scope("loop_function", reuse=True):
        return loop_function(outputs[-1], index)


def embedding_rnn_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run a cell over the embeddings of a list of symbols.

    Args:
      decoder_inputs: int32 tensors [batch], the symbols of the steps.
      initial_state: the state to begin with, [batch, state size].
      cell: an `RNNCell`.
      num_symbols: how many symbols there are.
      embedding_size: the size of their embeddings.
      output_projection: weights [output size, num_symbols] and biases [num_symbols] that make
        logits of outputs, for `feed_previous`; None: outputs are logits.
      feed_previous: whether all inputs but the first are replaced by the most likely symbols of the
        steps before.
      update_embedding_for_previous: whether embeddings of such symbols get gradients.
      scope: the variable scope, "embedding_rnn_decoder" by default.

    Returns:
      The list of outputs [batch, output size], and the last state.

    Raises:
      ValueError: the projection has the wrong shape.
    """
    with variable_scope(scope or "embedding_rnn_decoder") as opened:
        if output_projection is not None:
            output_projection = checked_projection(output_projection, num_symbols, opened.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = embed_previous(
                embedding, output_projection, update_embedding_for_previous
            )
        embedded = [ops.embedding_lookup(embedding, item) for item in decoder_inputs]
        return rnn_decoder(embedded, initial_state, cell, loop_function=loop_function)


def checked_projection(
    projection: tuple[Any, Any], num_symbols: int, dtype: Any
) -> tuple[Tensor, Tensor]:
    """Return weights and biases as tensors.

    Raises:
      ValueError: they have the wrong shape.
    """
    weights = convert_to_tensor(projection[0], dtype)
    biases = convert_to_tensor(projection[1], dtype)
    for label, tensor, shape in (
        ("weights", weights, TensorShape([None, num_symbols])),
        ("biases", biases, TensorShape([num_symbols])),
    ):
        if not tensor.shape.is_compatible_with(shape):
            raise ValueError(
                f"the {label} of output_projection must have shape {shape}, they have "
                f"{tensor.shape}{at_user_line()}"
            )
    return weights, biases


def embed_previous(
    embedding: Any, output_projection: tuple[Any, Any] | None, update_embedding: bool
) -> LoopFunction:
    """Return a loop function that gives the embedding of the most likely symbol.

    Args:
      embedding: floating [symbols, size].
      output_projection: weights and biases that make logits of outputs, or None.
      update_embedding: whether the embedding gets gradients by it.
    """

    def loop_function(previous: Any, _: int) -> Any:
        if output_projection is not None:
            previous = ops.xw_plus_b(previous, *output_projection)
        embedded = ops.embedding_lookup(embedding, ops.argmax(previous, 1))
        return embedded if update_embedding else ops.stop_gradient(embedded)

    return loop_function


# -- attention -------------------------------------------------------------------------------------


def attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: LoopFunction | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Run a cell over a list of inputs, with attention to the outputs of an encoder.

    At each step input and attention go through a linear layer to the cell, the cell's state asks
    for the next attention, and output and attention go through another linear layer.

    Args:
      decoder_inputs: tensors [batch, depth], the inputs of the steps.
      initial_state: the state to begin with, [batch, state size].
      attention_states: floating [batch, places, size], what is attended to.
      cell: an `RNNCell`.
      output_size: the size of the outputs, that of the cell by default.
      num_heads: how many attentions there are, each with weights of its own.
      loop_function: makes an input of the last output and the number of the step; from the second
        step on it is used in place of the inputs.
      dtype: the dtype of variables, float32 by default.
      scope: the variable scope, "attention_decoder" by default.
      initial_state_attention: whether the initial state asks for the first attention, which else is
        zero.

    Returns:
      The list of outputs [batch, output_size], and the last state.

    Raises:
      ValueError: there are no inputs or no heads, or a size is not known.

    >>> import graphflow as tf
    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.attention_decoder(
    ...     [tf.ones([2, 5])] * 4, tf.zeros([2, 3]), tf.ones([2, 6, 7]), cell, output_size=8
    ... )
    >>> len(outputs), outputs[0].shape.as_list()
    (4, [2, 8])
    """
    if not decoder_inputs:
        raise ValueError(f"there must be at least one input{at_user_line()}")
    if num_heads < 1:
        raise ValueError(f"num_heads must be at least 1, not {num_heads}{at_user_line()}")
    with variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        attention = _Attention(attention_states, num_heads, opened.dtype)
        size = cell.output_size if output_size is None else output_size
        outputs: list[Any] = []
        state = initial_state
        attended = attention.zeros(ops.shape(decoder_inputs[0])[0])
        if initial_state_attention:
            attended = attention(initial_state)
        for index, given in enumerate(decoder_inputs):
            if index > 0:
                get_variable_scope().reuse_variables()
            inputs = _input_of_step(given, outputs, loop_function, index)
            depth = inputs.shape.with_rank(2).as_list()[1]
            if depth is None:
                raise ValueError(
                    f"inputs must be of known size: {inputs!r} has shape {inputs.shape}"
                    f"{at_user_line()}"
                )
            cell_output, state = cell(_linear([inputs, *attended], depth, opened.dtype), state)
            # With initial_state_attention the variables of the attention exist already.
            reuse = True if index == 0 and initial_state_attention else None
            with variable_scope(get_variable_scope(), reuse=reuse):
                attended = attention(state)
            with variable_scope("AttnOutputProjection"):
                outputs.append(_linear([cell_output, *attended], size, opened.dtype))
    return outputs, state


class _Attention:
    """What all steps share: the states that are attended to, and weights.

    Args:
      states: floating [batch, places, size].
      heads: how many attentions there are.
      dtype: of the variables.
    """

    def __init__(self, states: Any, heads: int, dtype: Any) -> None:
        self._states = convert_to_tensor(states)
        size = self._states.shape.with_rank(3).as_list()[2]
        if size is None:
            raise ValueError(
                "the last axis of attention_states must be known, their shape is "
                f"{self._states.shape}{at_user_line()}"
            )
        self._size = size
        self._dtype = dtype
        self._features, self._vectors = [], []
        for head in range(heads):
            # In TensorFlow the filter of a convolution over single places, hence its shape.
            matrix = get_variable(f"AttnW_{head}", [1, 1, size, size], dtype=dtype)
            weights = ops.reshape(matrix, [size, size])
            self._features.append(ops.tensordot(self._states, weights, 1))
            self._vectors.append(get_variable(f"AttnV_{head}", [size], dtype=dtype))

    def zeros(self, batch_size: Any) -> list[Any]:
        """Return the attentions before the first step."""
        zeros = ops.zeros([batch_size, self._size], self._dtype)
        zeros.set_shape([None, self._size])
        return [zeros for _ in self._features]

    def __call__(self, query: Any) -> list[Any]:
        """Return the attentions [batch, size] that a state asks for."""
        parts = nest.flatten(query)
        joined = ops.concat(parts, 1) if len(parts) > 1 else parts[0]
        return [self._head(head, joined) for head in range(len(self._features))]

    def _head(self, head: int, query: Any) -> Any:
        with variable_scope(f"Attention_{head}"):
            asked = ops.expand_dims(_linear([query], self._size, self._dtype), 1)
            looked = ops.tanh(self._features[head] + ops.cast(asked, self._dtype))
            scores = ops.reduce_sum(self._vectors[head] * looked, [2])
            places = ops.expand_dims(ops.softmax(scores), 1)
            return ops.squeeze(ops.matmul(places, self._states), [1])


def _linear(inputs: Sequence[Any], size: int, dtype: Any = _float32) -> Any:
    """A linear layer with bias, whose variables are named as those of TensorFlow's."""
    joined = ops.concat(inputs, 1) if len(inputs) > 1 else convert_to_tensor(inputs[0])
    depth = joined.shape.with_rank(2).as_list()[1]
    kernel = get_variable("kernel", [depth, size], dtype=dtype)
    bias = get_variable("bias", [size], dtype=dtype, initializer=Zeros())
    return ops.bias_add(ops.matmul(joined, kernel), bias)


def embedding_attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Run a cell over the embeddings of a list of symbols, with attention.

    Args:
      decoder_inputs: int32 tensors [batch], the symbols of the steps.
      initial_state: the state to begin with, [batch, state size].
      attention_states: floating [batch, places, size], what is attended to.
      cell: an `RNNCell`.
      num_symbols: how many symbols there are.
      embedding_size: the size of their embeddings.
      num_heads: how many attentions there are.
      output_size: the size of the outputs, that of the cell by default.
      output_projection: weights [output_size, num_symbols] and biases [num_symbols] that make
        logits of outputs, for `feed_previous`; None: outputs are logits.
      feed_previous: whether all inputs but the first are replaced by the most likely symbols of the
        steps before.
      update_embedding_for_previous: whether embeddings of such symbols get gradients.
      dtype: the dtype of variables, float32 by default.
      scope: the variable scope, "embedding_attention_decoder" by default.
      initial_state_attention: whether the initial state asks for the first attention.

    Returns:
      The list of outputs [batch, output_size], and the last state.

    Raises:
      ValueError: the projection has the wrong shape, or as `attention_decoder`.
    """
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype) as opened:
        if output_projection is not None:
            output_projection = checked_projection(output_projection, num_symbols, opened.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = embed_previous(
                embedding, output_projection, update_embedding_for_previous
            )
        embedded = [ops.embedding_lookup(embedding, item) for item in decoder_inputs]
        return attention_decoder(
            embedded,
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )
