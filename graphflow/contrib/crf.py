"""Linear-chain conditional random fields: scores of tag sequences, their norm, and the best one.

The score of a sequence of tags is the sum of its *unary* potentials, one for each place and tag,
and of its *binary* ones, one for each pair of neighbouring tags, which the transition matrix holds.
A place beyond an example's length counts nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32 as _int32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.recurrent.cell import RNNCell
from graphflow.recurrent.dynamic import dynamic_rnn
from graphflow.variables.scope import get_variable

__all__ = [
    "CrfDecodeBackwardRnnCell",
    "CrfDecodeForwardRnnCell",
    "CrfForwardRnnCell",
    "crf_binary_score",
    "crf_decode",
    "crf_log_likelihood",
    "crf_log_norm",
    "crf_multitag_sequence_score",
    "crf_sequence_score",
    "crf_unary_score",
    "viterbi_decode",
]


# -- scores of given tags --------------------------------------------------------------------------


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Tensor:
    """Return the sums of the unary potentials of tag sequences.

    Args:
      tag_indices: int32 or int64 [batch, time].
      sequence_lengths: int32 or int64 [batch].
      inputs: floating [batch, time, tags], the unary potentials.

    Returns:
      Floating [batch].

    >>> import graphflow as tf
    >>> inputs = tf.constant([[[1.0, 2.0], [4.0, 8.0], [16.0, 32.0]]])
    >>> tf.Session().run(tf.contrib.crf.crf_unary_score([[1, 0, 1]], [2], inputs))
    array([6.], dtype=float32)
    """
    inputs = _potentials(inputs)
    tags = convert_to_tensor(tag_indices, name="tag_indices")
    of_tags = ops.batch_gather(inputs, ops.expand_dims(tags, 2))
    mask = _mask(sequence_lengths, tags, inputs)
    return ops.reduce_sum(ops.squeeze(of_tags, [2]) * mask, 1)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """Return the sums of the binary potentials of tag sequences.

    Args:
      tag_indices: int32 or int64 [batch, time].
      sequence_lengths: int32 or int64 [batch].
      transition_params: floating [tags, tags], the potential of each pair of neighbours.

    Returns:
      Floating [batch].

    >>> import graphflow as tf
    >>> transitions = tf.constant([[1.0, 2.0], [4.0, 8.0]])
    >>> tags = [[1, 0, 1], [1, 1, 1]]
    >>> tf.Session().run(tf.contrib.crf.crf_binary_score(tags, [3, 2], transitions))
    array([6., 8.], dtype=float32)
    """
    tags = convert_to_tensor(tag_indices, name="tag_indices")
    transitions = convert_to_tensor(transition_params, name="transition_params")
    pairs = ops.stack([tags[:, :-1], tags[:, 1:]], axis=2)
    mask = _mask(sequence_lengths, tags, transitions)
    return ops.reduce_sum(ops.gather_nd(transitions, pairs) * mask[:, 1:], 1)


def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Tensor:
    """Return the scores of tag sequences.

    Args:
      inputs: floating [batch, time, tags], the unary potentials.
      tag_indices: int32 or int64 [batch, time].
      sequence_lengths: int32 or int64 [batch].
      transition_params: floating [tags, tags], the binary potentials.

    Returns:
      Floating [batch].

    >>> import graphflow as tf
    >>> inputs = tf.constant([[[1.0, 2.0], [4.0, 8.0]]])
    >>> tf.Session().run(
    ...     tf.contrib.crf.crf_sequence_score(inputs, [[1, 0]], [2], [[10.0, 20.0], [40.0, 80.0]])
    ... )
    array([46.], dtype=float32)
    """
    unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
    return ops.add(unary, crf_binary_score(tag_indices, sequence_lengths, transition_params))


def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Tensor:
    """Return the logarithms of the sums of exponential scores of all sequences of allowed tags.

    Args:
      inputs: floating [batch, time, tags], the unary potentials.
      tag_bitmap: bool [batch, time, tags], which tags are allowed at each place.
      sequence_lengths: int32 or int64 [batch].
      transition_params: floating [tags, tags], the binary potentials.

    Returns:
      Floating [batch].

    >>> import graphflow as tf
    >>> inputs = tf.constant([[[1.0, 2.0], [4.0, 8.0]]])
    >>> allowed, transitions = [[[True, False], [False, True]]], [[1.0, 2.0], [3.0, 4.0]]
    >>> tf.Session().run(
    ...     tf.contrib.crf.crf_multitag_sequence_score(inputs, allowed, [2], transitions)
    ... )
    array([11.], dtype=float32)
    """
    inputs = _potentials(inputs)
    never = ops.fill(ops.shape(inputs), ops.constant(-np.inf, inputs.dtype))
    allowed = ops.where(convert_to_tensor(tag_bitmap, name="tag_bitmap"), inputs, never)
    return crf_log_norm(allowed, sequence_lengths, transition_params)


# -- all tags --------------------------------------------------------------------------------------


class CrfForwardRnnCell(RNNCell):
    """The forward algorithm as a cell.

    The state holds, for each tag, the logarithm of the sum of exponential scores of all sequences
    that end with it.

    Args:
      transition_params: floating [tags, tags], the binary potentials.
    """

    def __init__(self, transition_params: Any) -> None:
        super().__init__()
        self._transitions, self._tags = _transitions(transition_params)

    @property
    def state_size(self) -> int:
        """The number of tags."""
        return self._tags

    @property
    def output_size(self) -> int:
        """The number of tags."""
        return self._tags

    def __call__(
        self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Make one step.

        Args:
          inputs: floating [batch, tags], the unary potentials of the next place.
          state: floating [batch, tags].
          scope: not used, there are no variables.
          **kwargs: none.

        Returns:
          The next state, twice.
        """
        del scope
        scores = ops.expand_dims(state, 2) + self._transitions
        alphas = inputs + ops.reduce_logsumexp(scores, [1])
        return alphas, alphas


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """Return the logarithms of the sums of exponential scores of all tag sequences.

    Args:
      inputs: floating [batch, time, tags], the unary potentials.
      sequence_lengths: int32 or int64 [batch]; for a length of 0 the result is 0.
      transition_params: floating [tags, tags], the binary potentials.

    Returns:
      Floating [batch].

    >>> import graphflow as tf
    >>> inputs = tf.zeros([1, 2, 3])
    >>> print(tf.Session().run(tf.exp(tf.contrib.crf.crf_log_norm(inputs, [2], tf.zeros([3, 3])))))
    [9.]
    """
    inputs = _potentials(inputs)
    lengths = convert_to_tensor(sequence_lengths, name="sequence_lengths")
    cell = CrfForwardRnnCell(transition_params)
    _, alphas = _run(cell, inputs[:, 1:], lengths, inputs[:, 0], inputs.dtype)
    norm = ops.reduce_logsumexp(alphas, [1])
    return ops.where(ops.less_equal(lengths, 0), ops.zeros_like(norm), norm)


def _run(cell: RNNCell, inputs: Tensor, lengths: Tensor, state: Any, dtype: Any) -> tuple[Any, Any]:
    """Run a cell from the second place on; return its outputs, of a dtype, and its last state."""
    result: tuple[Any, Any] = dynamic_rnn(
        cell, inputs, sequence_length=_steps(lengths), initial_state=state, dtype=dtype
    )
    return result


def _steps(lengths: Tensor) -> Tensor:
    """The number of places after the first."""
    return ops.maximum(ops.constant(0, lengths.dtype), lengths - 1)


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Tensor, Any]:
    """Return the logarithms of the probabilities of tag sequences.

    Args:
      inputs: floating [batch, time, tags], the unary potentials.
      tag_indices: int32 or int64 [batch, time].
      sequence_lengths: int32 or int64 [batch].
      transition_params: floating [tags, tags], the binary potentials; by default the variable
        "transitions" of the current scope.

    Returns:
      Floating [batch], and the transition parameters.

    >>> import graphflow as tf
    >>> inputs = tf.constant([[[1.0, 1.0], [2.0, 2.0]]])
    >>> likelihood, _ = tf.contrib.crf.crf_log_likelihood(inputs, [[0, 1]], [2], tf.zeros([2, 2]))
    >>> print(tf.Session().run(tf.exp(likelihood)))
    [0.25]
    """
    inputs = _potentials(inputs)
    if transition_params is None:
        tags = _number_of_tags("inputs", inputs)
        transition_params = get_variable("transitions", [tags, tags], dtype=inputs.dtype)
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return ops.subtract(score, norm), transition_params


# -- the best tags ---------------------------------------------------------------------------------


class CrfDecodeForwardRnnCell(RNNCell):
    """The Viterbi algorithm as a cell.

    The state holds, for each tag, the score of the best sequence that ends with it; the outputs are
    the tags before it in that sequence.

    Args:
      transition_params: floating [tags, tags], the binary potentials.
    """

    def __init__(self, transition_params: Any) -> None:
        super().__init__()
        self._transitions, self._tags = _transitions(transition_params)

    @property
    def state_size(self) -> int:
        """The number of tags."""
        return self._tags

    @property
    def output_size(self) -> int:
        """The number of tags."""
        return self._tags

    def __call__(
        self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Make one step.

        Args:
          inputs: floating [batch, tags], the unary potentials of the next place.
          state: floating [batch, tags].
          scope: not used, there are no variables.
          **kwargs: none.

        Returns:
          int32 [batch, tags], the best tags before each; and the next state.
        """
        del scope
        scores = ops.expand_dims(state, 2) + self._transitions
        best = ops.cast(ops.argmax(scores, 1), _int32)
        return best, ops.add(inputs, ops.reduce_max(scores, [1]))


class CrfDecodeBackwardRnnCell(RNNCell):
    """Back from the last tag of the best sequence to the first, as a cell.

    Args:
      num_tags: the number of tags.
    """

    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self._tags = num_tags

    @property
    def state_size(self) -> int:
        """One tag."""
        return 1

    @property
    def output_size(self) -> int:
        """One tag."""
        return 1

    def __call__(
        self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Make one step.

        Args:
          inputs: int32 [batch, tags], the best tags before each.
          state: int32 [batch, 1], the tag of the place.
          scope: not used, there are no variables.
          **kwargs: none.

        Returns:
          int32 [batch, 1], the tag of the place before, twice.
        """
        del scope
        tags = ops.batch_gather(inputs, state)
        return tags, tags


def crf_decode(
    potentials: Any, transition_params: Any, sequence_length: Any
) -> tuple[Tensor, Tensor]:
    """Return the best tag sequences and their scores.

    Args:
      potentials: floating [batch, time, tags], the unary potentials.
      transition_params: floating [tags, tags], the binary potentials.
      sequence_length: int32 or int64 [batch].

    Returns:
      int32 [batch, time], tags, 0 beyond the length; and floating [batch], the scores.

    >>> import graphflow as tf
    >>> potentials = tf.constant([[[1.0, 2.0], [4.0, 3.0], [5.0, 6.0]]])
    >>> tf.Session().run(tf.contrib.crf.crf_decode(potentials, [[0.0, 0.0], [-3.0, 0.0]], [3]))
    (array([[0, 0, 1]], dtype=int32), array([11.], dtype=float32))
    """
    potentials = _potentials(potentials)
    lengths = convert_to_tensor(sequence_length, name="sequence_length")
    transitions = convert_to_tensor(transition_params, name="transition_params")

    def of_one_place() -> tuple[Tensor, Tensor]:
        tags = ops.cast(ops.argmax(potentials, 2), _int32)
        return tags, ops.reduce_max(potentials[:, 0], [1])

    def of_several() -> tuple[Tensor, Tensor]:
        return _decode(potentials, transitions, lengths)

    steps = potentials.shape.as_list()[1] if potentials.shape.rank else None
    if steps is not None:
        return of_one_place() if steps == 1 else of_several()
    is_one = ops.equal(ops.shape(potentials)[1], 1)
    result: tuple[Tensor, Tensor] = ops.cond(is_one, of_one_place, of_several)
    return result


def _decode(potentials: Any, transitions: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """The best tags of sequences of at least two places, and their scores."""
    forward = CrfDecodeForwardRnnCell(transitions)
    before, scores = _run(forward, potentials[:, 1:], lengths, potentials[:, 0], _int32)
    last = ops.expand_dims(ops.cast(ops.argmax(scores, 1), _int32), 1)
    backwards = ops.reverse_sequence(before, _steps(lengths), seq_axis=1, batch_axis=0)
    backward = CrfDecodeBackwardRnnCell(forward.output_size)
    tags, _ = _run(backward, backwards, lengths, last, _int32)
    tags = ops.concat([last, ops.squeeze(tags, [2])], 1)
    tags = ops.reverse_sequence(tags, lengths, seq_axis=1, batch_axis=0)
    return tags, ops.reduce_max(scores, axis=1)


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[int], Any]:
    """Return the best tag sequence and its score, computed by numpy outside of any graph.

    Args:
      score: an array [time, tags], the unary potentials of one example.
      transition_params: an array [tags, tags], the binary potentials.

    Returns:
      The list of tags, and the score.

    >>> import numpy as np
    >>> score = np.array([[1.0, 2.0], [4.0, 3.0], [5.0, 6.0]])
    >>> tags, best = viterbi_decode(score, np.array([[0.0, 0.0], [-3.0, 0.0]]))
    >>> tags, float(best)
    ([0, 0, 1], 11.0)
    """
    potentials, transitions = np.asarray(score), np.asarray(transition_params)
    trellis: npt.NDArray[Any] = potentials[0]
    before = []
    for place in potentials[1:]:
        scores = trellis[:, None] + transitions
        before.append(scores.argmax(0))
        trellis = place + scores.max(0)
    tags = [int(trellis.argmax())]
    for best in reversed(before):
        tags.append(int(best[tags[-1]]))
    return tags[::-1], trellis.max()


# -- what they share -------------------------------------------------------------------------------


def _potentials(inputs: Any) -> Any:
    inputs = convert_to_tensor(inputs, name="inputs")
    if inputs.shape.rank not in (None, 3):
        raise ValueError(
            f"unary potentials must be [batch, time, tags], they have shape {inputs.shape}"
            f"{at_user_line()}"
        )
    return inputs


def _number_of_tags(label: str, tensor: Tensor) -> int:
    tags = tensor.shape.as_list()[-1] if tensor.shape.rank else None
    if tags is None:
        raise ValueError(
            f"the number of tags, the last axis of {label}, must be known: {tensor!r} has shape "
            f"{tensor.shape}{at_user_line()}"
        )
    return tags


def _transitions(transition_params: Any) -> tuple[Tensor, int]:
    """Binary potentials that broadcast with a batch, and the number of tags."""
    transitions = convert_to_tensor(transition_params, name="transition_params")
    return ops.expand_dims(transitions, 0), _number_of_tags("transition_params", transitions)


def _mask(lengths: Any, tags: Tensor, like: Tensor) -> Any:
    """1 for the places of each example, 0 beyond its length."""
    return ops.sequence_mask(lengths, maxlen=ops.shape(tags)[1], dtype=like.dtype.base_dtype)
