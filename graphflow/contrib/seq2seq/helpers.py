"""Helpers: what a decoder gets as input at each step, and what it samples."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, bool as _bool, int32 as _int32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape


class Helper(abc.ABC):
    """What `BasicDecoder` asks for the inputs of a step, and for samples of its outputs."""

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""

    @property
    @abc.abstractmethod
    def sample_ids_shape(self) -> TensorShape:
        """The shape of one example's sample."""

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self) -> DType:
        """The dtype of samples."""

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Return `(finished, inputs)` of the first step."""

    @abc.abstractmethod
    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Return the samples of a step's outputs."""

    @abc.abstractmethod
    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""


class CustomHelper(Helper):
    """A helper made of functions.

    Args:
      initialize_fn: takes nothing, returns `(finished, inputs)` of the first step.
      sample_fn: takes `(time, outputs, state)`, returns the samples.
      next_inputs_fn: takes `(time, outputs, state, sample_ids)`, returns
        `(finished, inputs, state)` of the next step.
      sample_ids_shape: the shape of one example's sample, a scalar by default.
      sample_ids_dtype: the dtype of samples, int32 by default.
    """

    def __init__(
        self,
        initialize_fn: Callable[..., Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._batch_size: Any = None
        self._sample_ids_shape = as_shape([] if sample_ids_shape is None else sample_ids_shape)
        self._sample_ids_dtype = as_dtype(sample_ids_dtype or _int32)

    @property
    def batch_size(self) -> Any:
        """The number of examples, known once `initialize` was called.

        Raises:
          ValueError: it was not called.
        """
        if self._batch_size is None:
            raise ValueError(
                f"the batch size is known once initialize() was called: call it first"
                f"{at_user_line()}"
            )
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        """The shape of one example's sample."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> DType:
        """The dtype of samples."""
        return self._sample_ids_dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Return `(finished, inputs)` of the first step."""
        with name_scope(name, "CustomHelperInitialize"):
            finished, next_inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = ops.size(finished)
        return finished, next_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Return the samples of a step's outputs."""
        with name_scope(name, "CustomHelperSample", _tensors(time, outputs, state)):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""
        with name_scope(name, "CustomHelperNextInputs", _tensors(time, outputs, state)):
            result: tuple[Any, Any, Any] = self._next_inputs_fn(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )
            return result


# -- training --------------------------------------------------------------------------------------


class TrainingHelper(Helper):
    """Feed given inputs, as in training; samples are the most likely classes.

    Args:
      inputs: a structure of tensors [batch, time, ...].
      sequence_length: int32 [batch], the number of steps of each example.
      time_major: whether the inputs are [time, batch, ...].
      name: the name scope of the operations.

    Raises:
      ValueError: `sequence_length` is no vector.

    >>> import graphflow as tf
    >>> helper = tf.contrib.seq2seq.TrainingHelper(tf.constant([[3.0, 5.0], [7.0, 9.0]]), [2, 1])
    >>> finished, first = helper.initialize()
    >>> tf.Session().run([finished, first])
    [array([False, False]), array([3., 7.], dtype=float32)]
    """

    def __init__(
        self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None
    ) -> None:
        with name_scope(name, "TrainingHelper", [*nest.flatten(inputs), sequence_length]):
            inputs = _to_tensors(inputs)
            self._inputs = inputs
            if not time_major:
                inputs = nest.map_structure(_swap_batch_and_time, inputs)
            self._input_tas = nest.map_structure(_unstacked, inputs)
            self._sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.shape.rank != 1:
                raise ValueError(
                    "sequence_length must be a vector, it has shape "
                    f"{self._sequence_length.shape}{at_user_line()}"
                )
            self._zero_inputs = nest.map_structure(lambda item: ops.zeros_like(item[0]), inputs)
            self._steps = ops.cast(self._sequence_length, _int32)
            self._batch_size = ops.size(self._sequence_length)

    @property
    def inputs(self) -> Any:
        """The inputs, as they were given."""
        return self._inputs

    @property
    def sequence_length(self) -> Tensor:
        """The number of steps of each example."""
        return self._sequence_length

    @property
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        """The shape of one example's sample."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> DType:
        """The dtype of samples."""
        return _int32

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Return `(finished, inputs)` of the first step."""
        with name_scope(name, "TrainingHelperInitialize"):
            finished = ops.equal(0, self._steps)
            return finished, self._inputs_at(0, finished)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        """Return the most likely classes of a step's outputs."""
        del state
        with name_scope(name, "TrainingHelperSample", _tensors(time, outputs)):
            return _most_likely(outputs)

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""
        del sample_ids
        with name_scope(name, "TrainingHelperNextInputs", _tensors(time, outputs, state)):
            next_time = time + 1
            finished = ops.greater_equal(next_time, self._steps)
            return finished, self._inputs_at(next_time, finished), state

    def _inputs_at(self, time: Any, finished: Tensor) -> Any:
        """The inputs of a step, zeros once all examples are finished."""
        return ops.cond(
            ops.reduce_all(finished),
            lambda: self._zero_inputs,
            lambda: nest.map_structure(lambda array: array.read(time), self._input_tas),
            strict=True,
        )


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """A training helper that now and then feeds the embedding of a sample in place of an input.

    Args:
      inputs: a structure of tensors [batch, time, ...].
      sequence_length: int32 [batch], the number of steps of each example.
      embedding: a function from ids to vectors, or the parameters of `tf.nn.embedding_lookup`.
      sampling_probability: floating scalar or [batch], the probability to sample; others get -1.
      time_major: whether the inputs are [time, batch, ...].
      seed: the seed for samples.
      scheduling_seed: the seed of the decisions whether to sample.
      name: the name scope of the operations.

    Raises:
      ValueError: `sampling_probability` is neither scalar nor vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        values = [embedding, sampling_probability]
        with name_scope(name, "ScheduledEmbeddingSamplingWrapper", _tensors(*values)):
            self._embedding_fn = _embedding_function(embedding)
            self._sampling_probability = _probability(sampling_probability)
            self._seed = seed
            self._scheduling_seed = scheduling_seed
            super().__init__(inputs, sequence_length, time_major)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        """Return the samples of a step's outputs, -1 where none is drawn."""
        with name_scope(
            name, "ScheduledEmbeddingTrainingHelperSample", _tensors(time, outputs, state)
        ):
            is_drawn = _bernoulli(
                self._sampling_probability, self.batch_size, self._scheduling_seed
            )
            drawn = _categorical(outputs, self._seed)
            return ops.where(is_drawn, drawn, ops.fill([self.batch_size], -1))

    def next_inputs(  # type: ignore[override]  # these samples are needed
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""
        with name_scope(
            name, "ScheduledEmbeddingTrainingHelperNextInputs", _tensors(time, outputs, state)
        ):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids)
            is_drawn = ops.greater(sample_ids, -1)
            embedded = self._embedding_fn(ops.maximum(sample_ids, 0))
            return finished, ops.where(is_drawn, embedded, given), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """A training helper that now and then feeds the output of a step in place of the next input.

    Args:
      inputs: a structure of tensors [batch, time, ...].
      sequence_length: int32 [batch], the number of steps of each example.
      sampling_probability: floating scalar or [batch], the probability to feed the output.
      time_major: whether the inputs are [time, batch, ...].
      seed: the seed of these decisions.
      next_inputs_fn: a function from the output to an input; by default the output itself.
      auxiliary_inputs: a structure of tensors like `inputs`, joined to the inputs along the last
        axis, and also to the outputs that are fed.
      name: the name scope of the operations.

    Raises:
      ValueError: `sampling_probability` is neither scalar nor vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        values = _tensors(inputs, auxiliary_inputs, sampling_probability)
        with name_scope(name, "ScheduledOutputTrainingHelper", values):
            self._sampling_probability = _probability(sampling_probability)
            self._seed = seed
            self._next_inputs_fn = next_inputs_fn
            self._auxiliary_tas: Any = None
            if auxiliary_inputs is not None:
                auxiliary = _to_tensors(auxiliary_inputs)
                inputs = nest.map_structure(_joined, _to_tensors(inputs), auxiliary)
                if not time_major:
                    auxiliary = nest.map_structure(_swap_batch_and_time, auxiliary)
                self._auxiliary_tas = nest.map_structure(_unstacked, auxiliary)
            super().__init__(inputs, sequence_length, time_major)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        """Return 1 for each example whose output is to be fed, 0 for the others."""
        with name_scope(
            name, "ScheduledOutputTrainingHelperSample", _tensors(time, outputs, state)
        ):
            chosen = _bernoulli(self._sampling_probability, self.batch_size, self._seed)
            return ops.cast(chosen, _int32)

    def next_inputs(  # type: ignore[override]  # these samples are needed
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""
        with name_scope(
            name, "ScheduledOutputTrainingHelperNextInputs", _tensors(time, outputs, state)
        ):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids)
            is_fed = ops.cast(sample_ids, _bool)
            fed = ops.cond(
                ops.reduce_all(finished),
                lambda: given,
                lambda: self._from_outputs(time, outputs),
                strict=True,
            )
            mixed = nest.map_structure(lambda x, y: ops.where(is_fed, x, y), fed, given)
            return finished, mixed, state

    def _from_outputs(self, time: Any, outputs: Any) -> Any:
        fed = outputs if self._next_inputs_fn is None else self._next_inputs_fn(outputs)
        if self._auxiliary_tas is None:
            return fed
        return nest.map_structure(
            lambda item, array: _joined(item, array.read(time + 1)), fed, self._auxiliary_tas
        )


# -- inference -------------------------------------------------------------------------------------


class GreedyEmbeddingHelper(Helper):
    """Feed the embedding of the most likely class, as in inference.

    Args:
      embedding: a function from ids to vectors, or the parameters of `tf.nn.embedding_lookup`.
      start_tokens: int32 [batch], the tokens to begin with.
      end_token: int32, the token that ends a sequence.

    Raises:
      ValueError: `start_tokens` is no vector, or `end_token` is no scalar.

    >>> import graphflow as tf
    >>> embedding = tf.constant([[5.0], [7.0]])
    >>> helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(embedding, [1, 0], end_token=0)
    >>> print(tf.Session().run(helper.initialize()[1]))
    [[7.]
     [5.]]
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embedding_fn = _embedding_function(embedding)
        self._start_tokens = convert_to_tensor(start_tokens, _int32, name="start_tokens")
        self._end_token = convert_to_tensor(end_token, _int32, name="end_token")
        check_tokens(self._start_tokens, self._end_token)
        self._batch_size = ops.size(self._start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    @property
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        """The shape of one example's sample."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> DType:
        """The dtype of samples."""
        return _int32

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Return `(finished, inputs)` of the first step."""
        del name
        return ops.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Return the most likely classes of a step's outputs."""
        del time, state, name
        return _most_likely(_logits(outputs))

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""
        del time, outputs, name
        finished = ops.equal(sample_ids, self._end_token)
        inputs = ops.cond(
            ops.reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
            strict=True,
        )
        return finished, inputs, state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Feed the embedding of a class that is drawn with its probability.

    Args:
      embedding: a function from ids to vectors, or the parameters of `tf.nn.embedding_lookup`.
      start_tokens: int32 [batch], the tokens to begin with.
      end_token: int32, the token that ends a sequence.
      softmax_temperature: floating scalar that logits are divided by: below 1 likely classes become
        more likely; 1 by default.
      seed: the seed for samples.

    Raises:
      ValueError: `start_tokens` is no vector, or `end_token` is no scalar.
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Return classes drawn with their probabilities."""
        del time, state, name
        logits = _logits(outputs)
        if self._softmax_temperature is not None:
            logits = logits / self._softmax_temperature
        return _categorical(logits, self._seed)


class InferenceHelper(Helper):
    """A helper for inference with sampling of your own.

    Args:
      sample_fn: a function from outputs to samples.
      sample_shape: the shape of one example's sample.
      sample_dtype: the dtype of samples.
      start_inputs: the inputs of the first step [batch, ...].
      end_fn: a function from samples to a bool vector [batch]: which of them end their sequence.
      next_inputs_fn: a function from samples to inputs; by default the samples themselves.
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._sample_shape = as_shape(sample_shape)
        self._sample_dtype = as_dtype(sample_dtype)
        self._next_inputs_fn = next_inputs_fn
        self._start_inputs = convert_to_tensor(start_inputs, name="start_inputs")
        self._batch_size = ops.shape(self._start_inputs)[0]

    @property
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        """The shape of one example's sample."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> DType:
        """The dtype of samples."""
        return self._sample_dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Return `(finished, inputs)` of the first step."""
        del name
        return ops.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Return the samples of a step's outputs."""
        del time, state, name
        return self._sample_fn(outputs)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the next step."""
        del time, outputs, name
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state


# -- what they share -------------------------------------------------------------------------------


def check_tokens(start_tokens: Tensor, end_token: Tensor) -> None:
    """Check that there is a start token for each example, and one end token.

    Raises:
      ValueError: `start_tokens` is no vector, or `end_token` is no scalar.
    """
    for label, tensor, rank in (("start_tokens", start_tokens, 1), ("end_token", end_token, 0)):
        if tensor.shape.rank != rank:
            kind = "a vector" if rank else "a scalar"
            raise ValueError(f"{label} must be {kind}, it has shape {tensor.shape}{at_user_line()}")


def _embedding_function(embedding: Any) -> Callable[[Any], Any]:
    if callable(embedding):
        return embedding  # type: ignore[no-any-return]
    return lambda ids: ops.embedding_lookup(embedding, ids)


def _tensors(*structures: Any) -> list[Any]:
    """The tensors in some structures."""
    return [item for item in nest.flatten(structures) if isinstance(item, Tensor)]


def _to_tensors(structure: Any) -> Any:
    return nest.map_structure(convert_to_tensor, structure)


def _swap_batch_and_time(tensor: Tensor) -> Tensor:
    rank = tensor.shape.rank
    rest = ops.range(2, ops.rank(tensor)) if rank is None else list(range(2, rank))
    return ops.transpose(tensor, ops.concat([[1, 0], rest], 0) if rank is None else [1, 0, *rest])


def _unstacked(tensor: Tensor) -> Any:
    """A TensorArray of the steps of a tensor [time, batch, ...]."""
    array = ops.TensorArray(tensor.dtype, ops.shape(tensor)[0], element_shape=tensor.shape[1:])
    return array.unstack(tensor)


def _joined(one: Tensor, other: Tensor) -> Tensor:
    return ops.concat([one, other], -1)


def _logits(outputs: Any) -> Tensor:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"outputs must be one tensor, not {outputs!r}{at_user_line()}")
    return outputs


def _most_likely(logits: Any) -> Tensor:
    return ops.cast(ops.argmax(logits, -1), _int32)


def _probability(value: Any) -> Tensor:
    probability = convert_to_tensor(value, name="sampling_probability")
    if probability.shape.rank not in (0, 1):
        raise ValueError(
            "sampling_probability must be a scalar or a vector, it has shape "
            f"{probability.shape}{at_user_line()}"
        )
    return probability


def _bernoulli(probability: Tensor, batch_size: Any, seed: int | None) -> Tensor:
    """Bools [batch] that are true with a probability."""
    drawn = ops.random_uniform([batch_size], dtype=probability.dtype, seed=seed)
    return ops.less(drawn, probability)


def _categorical(logits: Any, seed: int | None) -> Tensor:
    """Classes [batch] drawn from logits [batch, classes]."""
    return ops.squeeze(ops.multinomial(logits, 1, seed=seed, output_dtype=_int32), [1])
