"""Decoders, and the loop that runs one until all sequences have ended."""

from __future__ import annotations

import abc
import contextlib
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value
from graphflow.core.dtypes import as_dtype, int32 as _int32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape, as_shape
from graphflow.variables.scope import variable_scope


class Decoder(abc.ABC):
    """What `dynamic_decode` runs: one step of a recurrent decoder after the other.

    Inputs of a step are what goes into the cell, state is what it carries on; both may be
    structures.
    """

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""

    @property
    @abc.abstractmethod
    def output_size(self) -> Any:
        """The shapes of one example's outputs of a step, in the structure of the outputs."""

    @property
    @abc.abstractmethod
    def output_dtype(self) -> Any:
        """The dtypes of the outputs, in the same structure."""

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the first step, where `finished` is bool [batch].

        Args:
          name: the name scope of the operations.
        """

    @abc.abstractmethod
    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """Make one step.

        Args:
          time: int32, its number.
          inputs: a structure of tensors [batch, ...].
          state: a structure of tensors and TensorArrays.
          name: the name scope of the operations.

        Returns:
          `(outputs, state, inputs, finished)`, the last three for the next step.
        """

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        """Return `(outputs, state)` as the caller gets them; called after the last step.

        Args:
          outputs: the outputs of all steps, tensors [time, batch, ...].
          final_state: the last state.
          sequence_lengths: int32, the number of steps of each sequence.

        Raises:
          NotImplementedError: they stay as they are.
        """
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether `step` says what is finished itself, not only what finishes in that step.

        A beam search does: its beams change their places from step to step.
        """
        return False


class _Loop(NamedTuple):
    """What is carried from step to step."""

    time: Any
    outputs: Any
    state: Any
    inputs: Any
    finished: Any
    sequence_lengths: Any


def dynamic_decode(
    decoder: Decoder,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Tensor]:
    """Run a decoder until all sequences have ended.

    Args:
      decoder: a `Decoder`.
      output_time_major: whether outputs are [time, batch, ...], not [batch, time, ...].
      impute_finished: whether sequences that have ended give zeros as outputs and keep their state.
        Without it outputs after the end are whatever the decoder computes.
      maximum_iterations: int32, a scalar: the most steps; by default as many as it takes.
      parallel_iterations: as for `tf.while_loop`.
      swap_memory: accepted as the hint that it is.
      scope: the variable scope, "decoder" by default.

    Returns:
      `(outputs, state, sequence_lengths)`: the outputs of all steps, the last state, both in the
      decoder's structure, and int32 lengths of the sequences.

    Raises:
      TypeError: `decoder` is no `Decoder`.
      ValueError: `maximum_iterations` is no scalar, or the decoder's step returns another
        structure.

    >>> import graphflow as tf
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(2)
    >>> helper = tf.contrib.seq2seq.TrainingHelper(tf.ones([3, 4, 5]), [4, 2, 3])
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(3, tf.float32))
    >>> outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(outputs).rnn_output.shape, sess.run(lengths)
    ((3, 4, 2), array([4, 2, 3], dtype=int32))
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"decoder must be a Decoder, not {decoder!r}{at_user_line()}")
    with variable_scope(scope, "decoder"):
        limit = _limit(maximum_iterations)
        loop = _Iteration(decoder, impute_finished)
        final = ops.while_loop(
            lambda *values: ops.logical_not(ops.reduce_all(_Loop(*values).finished)),
            loop.step,
            loop.start(limit),
            shape_invariants=None,
            parallel_iterations=parallel_iterations,
            maximum_iterations=limit,
            swap_memory=swap_memory,
        )
        final = _Loop(*final)
        outputs = nest.map_structure(lambda array: array.stack(), final.outputs)
        state = final.state
        with contextlib.suppress(NotImplementedError):
            outputs, state = decoder.finalize(outputs, state, final.sequence_lengths)
        if not output_time_major:
            outputs = nest.map_structure(_batch_major, outputs)
    return outputs, state, final.sequence_lengths


def _limit(maximum_iterations: Any) -> Tensor | None:
    if maximum_iterations is None:
        return None
    limit = convert_to_tensor(maximum_iterations, _int32, name="maximum_iterations")
    if limit.shape.rank != 0:
        raise ValueError(
            f"maximum_iterations must be a scalar, it has shape {limit.shape}{at_user_line()}"
        )
    return limit


class _Iteration:
    """The start and the body of the loop.

    Args:
      decoder: what makes the steps.
      impute_finished: whether to hold what has ended.
    """

    def __init__(self, decoder: Decoder, impute_finished: bool) -> None:
        self._decoder = decoder
        self._impute_finished = impute_finished
        self._zero_outputs: Any = None

    def start(self, limit: Tensor | None) -> _Loop:
        """Return what the first step gets."""
        decoder = self._decoder
        finished, inputs, state = decoder.initialize()
        finished = convert_to_tensor(finished)
        shapes, dtypes = _shapes(decoder.output_size), decoder.output_dtype
        self._zero_outputs = nest.map_structure(self._zeros, shapes, dtypes)
        if limit is not None:
            finished = ops.logical_or(finished, ops.greater_equal(0, limit))
        outputs = nest.map_structure(self._array, shapes, dtypes)
        lengths = ops.zeros_like(finished, dtype=_int32)
        return _Loop(ops.constant(0, _int32), outputs, state, inputs, finished, lengths)

    def _zeros(self, shape: TensorShape, dtype: Any) -> Tensor:
        zeros = ops.zeros([self._decoder.batch_size, *shape.as_list()], dtype)
        zeros.set_shape(self._with_batch(shape))
        return zeros

    def _array(self, shape: TensorShape, dtype: Any) -> Any:
        return ops.TensorArray(
            as_dtype(dtype), size=0, dynamic_size=True, element_shape=self._with_batch(shape)
        )

    def _with_batch(self, shape: TensorShape) -> TensorShape:
        size = get_static_value(self._decoder.batch_size)
        return TensorShape([None if size is None else int(size)]).concatenate(shape)

    def step(self, *values: Any) -> _Loop:
        """Return what the next step gets."""
        now = _Loop(*values)
        outputs, state, inputs, finished = self._decoder.step(now.time, now.inputs, now.state)
        for label, before, after in (
            ("state", now.state, state),
            ("outputs", now.outputs, outputs),
            ("inputs", now.inputs, inputs),
        ):
            _check_structure(label, before, after)
        lengths = now.sequence_lengths
        if not self._decoder.tracks_own_finished:
            finished = ops.logical_or(finished, now.finished)
        own_lengths = getattr(state, "lengths", None)
        if self._decoder.tracks_own_finished and own_lengths is not None:
            lengths = ops.cast(own_lengths, _int32)
        else:
            steps = ops.fill(ops.shape(lengths), now.time + 1)
            lengths = ops.where(now.finished, lengths, steps)
        if self._impute_finished:
            outputs = nest.map_structure(
                lambda new, zero: ops.where(now.finished, zero, new), outputs, self._zero_outputs
            )
            state = nest.map_structure(
                lambda new, old: _held(now.finished, new, old), state, now.state
            )
        written = nest.map_structure(
            lambda array, item: array.write(now.time, item), now.outputs, outputs
        )
        return _Loop(now.time + 1, written, state, inputs, finished, lengths)


def _shapes(sizes: Any) -> Any:
    """Shapes for sizes, each a shape or, as of many cells, a number."""
    return nest.map_structure(
        lambda size: as_shape([size] if isinstance(size, int) else size), sizes
    )


def _check_structure(label: str, before: Any, after: Any) -> None:
    try:
        nest.assert_same_structure(before, after)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"the decoder's step returns {label} of another structure than it got: {error}"
            f"{at_user_line()}"
        ) from error


def _held(finished: Tensor, new: Any, old: Any) -> Any:
    """The old state where sequences have ended; what has no axis of examples goes on."""
    if not isinstance(new, Tensor):
        return new
    new.set_shape(old.shape)
    return new if new.shape.rank == 0 else ops.where(finished, old, new)


def _batch_major(tensor: Tensor) -> Any:
    """Swap the first two axes."""
    rank = tensor.shape.rank
    if rank is None or rank < 2:
        return tensor
    return ops.transpose(tensor, [1, 0, *range(2, rank)])
