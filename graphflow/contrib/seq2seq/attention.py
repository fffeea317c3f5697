"""Attention mechanisms: where in a memory a query looks."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.seq2seq.probabilities import monotonic_attention
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, float32 as _float32, int32 as _int32
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.layers.base import Layer
from graphflow.layers.core import Dense
from graphflow.variables.initializers import Constant, Ones, Zeros
from graphflow.variables.scope import get_variable, variable_scope


class AttentionMechanism:
    """What `AttentionWrapper` asks where to look; the base of all mechanisms."""

    @property
    def alignments_size(self) -> Any:
        """The number of places in the memory."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of what the mechanism carries from step to step."""
        raise NotImplementedError


class BaseAttentionMechanism(AttentionMechanism, abc.ABC):
    """A mechanism with a memory that is masked where it is padding, and with keys made of it.

    Args:
      query_layer: the layer that queries go through, or None.
      memory: a structure of tensors [batch, time, ...].
      probability_fn: a function from scores and the last state to probabilities.
      memory_sequence_length: int [batch], how much of the memory is no padding; None for all.
      memory_layer: the layer that makes keys of the memory, or None.
      check_inner_dims_defined: whether the memory's last axes must be of known size.
      score_mask_value: the score of padding, minus infinity by default.
      custom_key_value_fn: a function from keys and values to others, or None.
      name: the name scope of the operations.

    Raises:
      TypeError: a layer is none, or a function cannot be called.
      ValueError: the memory's last axes are not known.
    """

    def __init__(
        self,
        query_layer: Layer | None,
        memory: Any,
        probability_fn: Callable[[Any, Any], Any],
        memory_sequence_length: Any = None,
        memory_layer: Layer | None = None,
        check_inner_dims_defined: bool = True,
        score_mask_value: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        for label, layer in (("query_layer", query_layer), ("memory_layer", memory_layer)):
            if layer is not None and not isinstance(layer, Layer):
                raise TypeError(f"{label} must be a Layer, not {layer!r}{at_user_line()}")
        for label, function in (
            ("probability_fn", probability_fn),
            ("custom_key_value_fn", custom_key_value_fn),
        ):
            if function is not None and not callable(function):
                raise TypeError(f"{label} must be callable, not {function!r}{at_user_line()}")
        self._query_layer = query_layer
        self._memory_layer = memory_layer
        self.dtype = as_dtype(getattr(memory_layer, "dtype", None) or _float32)
        if score_mask_value is None:
            score_mask_value = self.dtype.as_numpy_dtype(-math.inf)
        self._score_mask_value = score_mask_value
        self._user_probability_fn = probability_fn
        with name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            lengths = None
            if memory_sequence_length is not None:
                lengths = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
            self._values = _prepared(memory, lengths, check_inner_dims_defined)
            self._keys = self._values if memory_layer is None else memory_layer(self._values)
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size, self._alignments_size = _sizes(self._keys)[:2]
            # Made here, it is made once also where the mechanism is called in a loop.
            self._mask = None if lengths is None else _mask(lengths, self._alignments_size)

    @property
    def memory_layer(self) -> Layer | None:
        """The layer that makes keys of the memory."""
        return self._memory_layer

    @property
    def query_layer(self) -> Layer | None:
        """The layer that queries go through."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory, zero where it is padding."""
        return self._values

    @property
    def keys(self) -> Any:
        """What queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The number of examples."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """The number of places in the memory."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The size of what the mechanism carries from step to step, the last alignments."""
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Tensor:
        """Return the alignments before the first step, zeros.

        Args:
          batch_size: int32, the number of examples.
          dtype: their dtype.
        """
        return ops.zeros([batch_size, self._alignments_size], dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Tensor:
        """Return the state before the first step, the initial alignments.

        Args:
          batch_size: int32, the number of examples.
          dtype: its dtype.
        """
        return self.initial_alignments(batch_size, dtype)

    def __call__(self, query: Any, state: Any) -> tuple[Tensor, Tensor]:
        """Return where a query looks.

        Args:
          query: floating [batch, depth].
          state: floating [batch, places], the last state.

        Returns:
          `(alignments, state)`, both the probabilities [batch, places].
        """
        with variable_scope(None, self._scope_name, [query]):
            alignments = self._probability_fn(self._score(query), state)
        return alignments, alignments

    @property
    @abc.abstractmethod
    def _scope_name(self) -> str:
        """The variable scope of a call."""

    @abc.abstractmethod
    def _score(self, query: Any) -> Tensor:
        """The scores [batch, places] of a query."""

    def _probability_fn(self, score: Tensor, state: Any) -> Any:
        """Probabilities of scores, zero where the memory is padding; for subclasses too."""
        return self._user_probability_fn(self._masked(score), state)

    def _masked(self, score: Tensor) -> Tensor:
        if self._mask is None:
            return score
        value = convert_to_tensor(self._score_mask_value, score.dtype)
        return ops.where(self._mask, score, ops.fill(ops.shape(score), value))


def _sizes(tensor: Tensor) -> list[Any]:
    """The sizes of a tensor, numbers where they are known."""
    dynamic = ops.shape(tensor)
    known = enumerate(tensor.shape.as_list())
    return [dynamic[axis] if size is None else size for axis, size in known]


def _mask(lengths: Tensor, places: Any) -> Tensor:
    """True for the places that are no padding; no length may be 0."""
    message = "all values in memory_sequence_length must be greater than zero"
    check = ops.assert_positive(lengths, message=message)
    with get_default_graph().control_dependencies([check]):
        return ops.identity(ops.sequence_mask(lengths, maxlen=places))


def _prepared(memory: Any, lengths: Tensor | None, check_inner_dims_defined: bool) -> Any:
    """The memory as tensors, zero where it is padding."""
    memory = nest.map_structure(lambda item: convert_to_tensor(item, name="memory"), memory)
    if check_inner_dims_defined:
        for item in nest.flatten(memory):
            if not item.shape[2:].is_fully_defined():
                raise ValueError(
                    f"memory must be of known size after batch and time: {item!r} has shape "
                    f"{item.shape}{at_user_line()}"
                )
    if lengths is None:
        return memory
    return nest.map_structure(lambda item: _without_padding(item, lengths), memory)


def _without_padding(memory: Tensor, lengths: Tensor) -> Any:
    mask = ops.sequence_mask(lengths, maxlen=ops.shape(memory)[1], dtype=memory.dtype)
    sizes = [ops.shape(mask)[0], ops.shape(mask)[1]]
    masked = memory * ops.reshape(mask, [*sizes, *[1] * ((memory.shape.rank or 2) - 2)])
    masked.set_shape(memory.shape)
    return masked


def _layer(num_units: int, name: str, dtype: DType) -> Dense:
    return Dense(num_units, name=name, use_bias=False, dtype=dtype)


# -- additive --------------------------------------------------------------------------------------


class _Additive(BaseAttentionMechanism):
    """A mechanism that adds the query to the keys.

    The score of a place is `sum(v * tanh(key + query))`.  Normalized, `v` becomes `g * v / |v|` and
    a bias is added within the hyperbolic tangent.
    """

    _num_units: int
    _normalize: bool

    def _score(self, query: Any) -> Tensor:
        queried: Any = query if self._query_layer is None else self._query_layer(query)
        dtype = queried.dtype
        v = get_variable("attention_v", [self._num_units], dtype=dtype)
        total: Any = ops.expand_dims(queried, 1) + self._keys
        if self._normalize:
            start = Constant(math.sqrt(1.0 / self._num_units))
            g = get_variable("attention_g", [], dtype=dtype, initializer=start)
            bias = get_variable("attention_b", [self._num_units], dtype=dtype, initializer=Zeros())
            v = g * v * ops.rsqrt(ops.reduce_sum(ops.square(v)))
            total = total + bias
        return ops.reduce_sum(v * ops.tanh(total), [2])


class BahdanauAttention(_Additive):
    """Additive attention, after Bahdanau, Cho and Bengio (2015).

    Args:
      num_units: the size of keys and queries, which go through dense layers.
      memory: floating [batch, time, depth], such as the outputs of an encoder.
      memory_sequence_length: int [batch], how much of the memory is no padding.
      normalize: whether to normalize the weights (Salimans and Kingma, 2016).
      probability_fn: a function from scores to probabilities, `tf.nn.softmax` by default.
      score_mask_value: the score of padding, minus infinity by default.
      dtype: of the layers, float32 by default.
      custom_key_value_fn: a function from keys and values to others.
      name: the name scope of the operations.

    >>> import graphflow as tf
    >>> memory = tf.constant([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
    >>> attention = tf.contrib.seq2seq.BahdanauAttention(4, memory, memory_sequence_length=[2])
    >>> alignments, _ = attention(tf.ones([1, 7]), attention.initial_state(1, tf.float32))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     values = sess.run(alignments)
    >>> values.shape, bool(values[0, 2] == 0), round(float(values.sum()), 5)
    ((1, 3), True, 1.0)
    """

    _scope_name = "bahdanau_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "BahdanauAttention",
    ) -> None:
        dtype = as_dtype(dtype or _float32)
        super().__init__(
            query_layer=_layer(num_units, "query_layer", dtype),
            memory_layer=_layer(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=_of_score(probability_fn),
            custom_key_value_fn=custom_key_value_fn,
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize


def _of_score(probability_fn: Callable[[Any], Any] | None) -> Callable[[Any, Any], Any]:
    function = ops.softmax if probability_fn is None else probability_fn
    if not callable(function):
        raise TypeError(f"probability_fn must be callable, not {function!r}{at_user_line()}")
    return lambda score, _: function(score)


# -- multiplicative --------------------------------------------------------------------------------


class _Multiplicative(BaseAttentionMechanism):
    """A mechanism that multiplies the query with the keys; scaled, the product has a factor."""

    _scale: bool

    def _score(self, query: Any) -> Tensor:
        depth, key_depth = query.shape.as_list()[-1], self._keys.shape.as_list()[-1]
        if depth != key_depth:
            raise ValueError(
                f"the query has depth {depth}, the keys have {key_depth}: give the mechanism as "
                f"many num_units as the cell has{at_user_line()}"
            )
        score = ops.matmul(ops.expand_dims(query, 1), self._keys, transpose_b=True)
        score = ops.squeeze(score, [1])
        if self._scale:
            g = get_variable("attention_g", [], dtype=query.dtype, initializer=Ones())
            score = g * score
        return score


class LuongAttention(_Multiplicative):
    """Multiplicative attention, after Luong, Pham and Manning (2015).

    Args:
      num_units: the size of keys and queries; the query must be of this size.
      memory: floating [batch, time, depth], such as the outputs of an encoder.
      memory_sequence_length: int [batch], how much of the memory is no padding.
      scale: whether scores get a trained factor.
      probability_fn: a function from scores to probabilities, `tf.nn.softmax` by default.
      score_mask_value: the score of padding, minus infinity by default.
      dtype: of the layers, float32 by default.
      custom_key_value_fn: a function from keys and values to others.
      name: the name scope of the operations.
    """

    _scope_name = "luong_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "LuongAttention",
    ) -> None:
        super().__init__(
            query_layer=None,
            memory_layer=_layer(num_units, "memory_layer", as_dtype(dtype or _float32)),
            memory=memory,
            probability_fn=_of_score(probability_fn),
            custom_key_value_fn=custom_key_value_fn,
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale


# -- monotonic -------------------------------------------------------------------------------------


class _Monotonic(BaseAttentionMechanism):
    """A mechanism that never looks back; before the first step it looks at the first place."""

    _score_bias_init: float

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Tensor:
        """Return the alignments before the first step, all at the first place.

        Args:
          batch_size: int32, the number of examples.
          dtype: their dtype.
        """
        first = ops.zeros([batch_size], _int32)
        return ops.one_hot(first, self._alignments_size, dtype=dtype)

    def _score(self, query: Any) -> Tensor:
        score = super()._score(query)  # type: ignore[safe-super]
        bias = get_variable(
            "attention_score_bias",
            [],
            dtype=score.dtype,
            initializer=Constant(self._score_bias_init),
        )
        return ops.add(score, bias)


def _stopping(sigmoid_noise: float, seed: int | None, mode: str) -> Callable[[Any, Any], Any]:
    """A function from scores and the last alignments to those of a monotonic attention."""

    def probabilities(score: Any, previous: Any) -> Tensor:
        if sigmoid_noise > 0:
            noise: Any = ops.random_normal(ops.shape(score), dtype=score.dtype, seed=seed)
            score = score + sigmoid_noise * noise
        if mode == "hard":
            p_choose = ops.cast(ops.greater(score, 0), score.dtype)
        else:
            p_choose = ops.sigmoid(score)
        return monotonic_attention(p_choose, previous, mode)

    return probabilities


class BahdanauMonotonicAttention(_Monotonic, _Additive):
    """Additive attention that never looks back, after Raffel and others (2017).

    Args:
      num_units: the size of keys and queries, which go through dense layers.
      memory: floating [batch, time, depth], such as the outputs of an encoder.
      memory_sequence_length: int [batch], how much of the memory is no padding.
      normalize: whether to normalize the weights.
      score_mask_value: the score of padding, minus infinity by default.
      sigmoid_noise: the standard deviation of noise that is added to scores in training.
      sigmoid_noise_seed: the seed of the noise.
      score_bias_init: the first value of a bias that is added to scores; a negative one lets it
        look further ahead at first.
      mode: as for `monotonic_attention`.
      dtype: of the layers, float32 by default.
      name: the name scope of the operations.
    """

    _scope_name = "bahdanau_monotonic_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "BahdanauMonotonicAttention",
    ) -> None:
        dtype = as_dtype(dtype or _float32)
        super().__init__(
            query_layer=_layer(num_units, "query_layer", dtype),
            memory_layer=_layer(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=_stopping(sigmoid_noise, sigmoid_noise_seed, mode),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize
        self._score_bias_init = score_bias_init


class LuongMonotonicAttention(_Monotonic, _Multiplicative):
    """Multiplicative attention that never looks back, after Raffel and others (2017).

    Args:
      num_units: the size of keys and queries; the query must be of this size.
      memory: floating [batch, time, depth], such as the outputs of an encoder.
      memory_sequence_length: int [batch], how much of the memory is no padding.
      scale: whether scores get a trained factor.
      score_mask_value: the score of padding, minus infinity by default.
      sigmoid_noise: the standard deviation of noise that is added to scores in training.
      sigmoid_noise_seed: the seed of the noise.
      score_bias_init: the first value of a bias that is added to scores; a negative one lets it
        look further ahead at first.
      mode: as for `monotonic_attention`.
      dtype: of the layers, float32 by default.
      name: the name scope of the operations.
    """

    _scope_name = "luong_monotonic_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "LuongMonotonicAttention",
    ) -> None:
        super().__init__(
            query_layer=None,
            memory_layer=_layer(num_units, "memory_layer", as_dtype(dtype or _float32)),
            memory=memory,
            probability_fn=_stopping(sigmoid_noise, sigmoid_noise_seed, mode),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale
        self._score_bias_init = score_bias_init
