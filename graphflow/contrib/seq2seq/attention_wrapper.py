"""A cell that attends to a memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.contrib.seq2seq.attention import AttentionMechanism
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32 as _int32
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.layers.core import Dense
from graphflow.recurrent.cell import RNNCell, assert_like_rnncell


class AttentionWrapperState(NamedTuple):
    """The state of an `AttentionWrapper`.

    Where the wrapper has several mechanisms, the last three are tuples.

    Attributes:
      cell_state: the state of the wrapped cell.
      attention: floating [batch, size], the attention of the last step.
      time: int32, the number of steps made.
      alignments: floating [batch, places], where the last step looked.
      alignment_history: a TensorArray of the alignments of all steps, or `()` where none is kept.
      attention_state: what the mechanism carries on.
    """

    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """Return a state in which some parts are others.

        Static shapes of the old parts are given to the new ones.

        Args:
          **kwargs: the new parts by name, such as `cell_state`.

        Raises:
          ValueError: there is no such part, or a part has another structure or shape.

        >>> import graphflow as tf
        >>> memory = tf.ones([3, 4, 5])
        >>> attention = tf.contrib.seq2seq.LuongAttention(2, memory)
        >>> cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(2), attention)
        >>> state = cell.zero_state(3, tf.float32).clone(cell_state=tf.ones([3, 2]))
        >>> print(tf.Session().run(state.cell_state).sum())
        6.0
        """

        def with_shape(old: Any, new: Any) -> Any:
            if not isinstance(old, Tensor) or not isinstance(new, Tensor):
                return new
            new.set_shape(old.shape)
            return new

        replaced = self._replace(**kwargs)
        return nest.map_structure(with_shape, self, replaced)  # type: ignore[no-any-return]


class AttentionWrapper(RNNCell):
    """A cell that looks at a memory after each step of another cell.

    The wrapped cell gets the inputs together with the attention of the step before.  With its
    output as query the mechanism tells where in the memory to look, and the mean of what is there
    is the *context*.  The attention is the context, or a dense layer of output and context.

    To search with beams, the memory, its lengths and the encoder's state must be tiled with
    `tile_batch`, and `zero_state` be asked for the tiled batch.

    Args:
      cell: an `RNNCell`.
      attention_mechanism: an `AttentionMechanism`, or a list of those.
      attention_layer_size: the size of the attention layer, one for each mechanism if there is a
        list of those; None: the attention is the context.
      alignment_history: whether to keep the alignments of all steps.
      cell_input_fn: a function from inputs and attention to the input of the cell; by default they
        are joined.
      output_attention: whether the output is the attention, as Luong has it, or that of the cell,
        as Bahdanau has it.
      initial_cell_state: the cell state of `zero_state`; zeros by default.
      name: the name of the layer, "attention_wrapper" by default.
      attention_layer: layers in place of the dense ones, one for each mechanism.
      attention_fn: a function from mechanism, cell output, attention state and attention layer (or
        None) to attention, alignments and next attention state, in place of what is said above.
      dtype: the dtype of the layer.

    Raises:
      TypeError: an argument is not what it should be.
      ValueError: there are more or fewer attention layers than mechanisms, or both
        `attention_layer_size` and `attention_layer`.

    >>> import graphflow as tf
    >>> memory = tf.constant([[[1.0, 2.0], [3.0, 4.0]]])
    >>> mechanism = tf.contrib.seq2seq.LuongAttention(3, memory)
    >>> cell = tf.contrib.seq2seq.AttentionWrapper(
    ...     tf.nn.rnn_cell.GRUCell(3), mechanism, attention_layer_size=5
    ... )
    >>> output, state = cell(tf.ones([1, 7]), cell.zero_state(1, tf.float32))
    >>> output.shape.as_list(), state.alignments.shape.as_list()
    ([1, 5], [1, 2])
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        self._cell = cell
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._attention_mechanisms = _listed(attention_mechanism)
        for mechanism in self._attention_mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                raise TypeError(
                    "attention_mechanism must be an AttentionMechanism or a list of those, not "
                    f"{mechanism!r}{at_user_line()}"
                )
        for label, function in (("cell_input_fn", cell_input_fn), ("attention_fn", attention_fn)):
            if function is not None and not callable(function):
                raise TypeError(f"{label} must be callable, not {function!r}{at_user_line()}")
        self._cell_input_fn = cell_input_fn or _join
        self._attention_fn = attention_fn or compute_attention
        self._attention_layers = self._layers(attention_layer_size, attention_layer)
        self._attention_layer_size = sum(
            self._attention_size(index) for index in range(len(self._attention_mechanisms))
        )
        self._output_attention = output_attention
        self._alignment_history = alignment_history
        self._initial_cell_state = self._checked_cell_state(initial_cell_state)

    def _layers(self, sizes: Any, layers: Any) -> list[Any] | None:
        """The attention layer of each mechanism, None if there are none."""
        if sizes is not None and layers is not None:
            raise ValueError(
                f"give attention_layer_size or attention_layer, not both{at_user_line()}"
            )
        if sizes is not None:
            items = self._one_for_each("attention_layer_size", sizes)
            return [self._dense(index, size) for index, size in enumerate(items)]
        return None if layers is None else self._one_for_each("attention_layer", layers)

    def _one_for_each(self, label: str, given: Any) -> list[Any]:
        items, count = _listed(given), len(self._attention_mechanisms)
        if len(items) != count:
            raise ValueError(
                f"{label} must have one item for each of {count} mechanisms, it has "
                f"{len(items)}{at_user_line()}"
            )
        return items

    def _dense(self, index: int, size: int) -> Dense:
        is_only = len(self._attention_mechanisms) == 1
        name = "attention_layer" if is_only else f"attention_layer_{index}"
        dtype = self._attention_mechanisms[index].dtype
        return Dense(size, name=name, use_bias=False, dtype=dtype)

    def _attention_size(self, index: int) -> int:
        """The size of the attention that a mechanism gives."""
        depth = self._attention_mechanisms[index].values.shape.as_list()[-1]
        if self._attention_layers is None:
            return int(depth)
        joined = TensorShape([None, self._cell.output_size + depth])
        shape = as_shape(self._attention_layers[index].compute_output_shape(joined))
        return shape.as_list()[-1] or 0

    def _checked_cell_state(self, state: Any) -> Any:
        """The state, checked to be of the batch size of the mechanisms."""
        if state is None:
            return None
        with name_scope(None, "AttentionWrapperInit", nest.flatten(state)):
            last = convert_to_tensor(nest.flatten(state)[-1])
            checks = self._batch_size_checks(
                _batch_size(last), "initial_cell_state is not of the batch size of the memory"
            )
            with get_default_graph().control_dependencies(checks):
                return nest.map_structure(
                    lambda item: ops.identity(item, name="check_initial_cell_state"), state
                )

    def _batch_size_checks(self, batch_size: Any, message: str) -> list[Any]:
        return [
            ops.assert_equal(
                batch_size,
                mechanism.batch_size,
                message=f"{message}: to search with beams, tile the memory and the state with "
                "tf.contrib.seq2seq.tile_batch, and ask zero_state for batch_size * beam_width",
            )
            for mechanism in self._attention_mechanisms
        ]

    def _item_or_tuple(self, items: Sequence[Any]) -> Any:
        """One item for each mechanism, or the only one if no list of mechanisms was given."""
        return tuple(items) if self._is_multi else items[0]

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> AttentionWrapperState:
        """The sizes of the parts of the state."""
        places = [mechanism.alignments_size for mechanism in self._attention_mechanisms]
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=TensorShape([]),
            attention=self._attention_layer_size,
            alignments=self._item_or_tuple(places),
            attention_state=self._item_or_tuple(
                [mechanism.state_size for mechanism in self._attention_mechanisms]
            ),
            alignment_history=self._item_or_tuple(
                places if self._alignment_history else [() for _ in places]
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
        """Return the state before the first step.

        Args:
          batch_size: int32, the number of examples, that of the memory.
          dtype: the dtype of attention and alignments.

        Returns:
          An `AttentionWrapperState`: zeros, with `initial_cell_state` if that was given.

        Raises:
          ValueError: the batch size is not that of the memory (where both are known; else
            `tf.errors.InvalidArgumentError` in a run).
        """
        with name_scope(None, f"{type(self).__name__}ZeroState", [batch_size]):
            cell_state = self._initial_cell_state
            if cell_state is None:
                cell_state = self._cell.zero_state(batch_size, dtype)
            checks = self._batch_size_checks(
                batch_size, "the batch_size of zero_state is not that of the memory"
            )
            with get_default_graph().control_dependencies(checks):
                cell_state = nest.map_structure(
                    lambda item: ops.identity(item, name="checked_cell_state"), cell_state
                )
            alignments = [
                mechanism.initial_alignments(batch_size, dtype)
                for mechanism in self._attention_mechanisms
            ]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=ops.zeros([], _int32),
                attention=ops.zeros([batch_size, self._attention_layer_size], dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(
                    [
                        mechanism.initial_state(batch_size, dtype)
                        for mechanism in self._attention_mechanisms
                    ]
                ),
                alignment_history=self._item_or_tuple(
                    [self._history(dtype, item) for item in alignments]
                ),
            )

    def _history(self, dtype: Any, alignments: Tensor) -> Any:
        if not self._alignment_history:
            return ()
        return ops.TensorArray(dtype, size=0, dynamic_size=True, element_shape=alignments.shape)

    def call(self, inputs: Any, state: Any) -> tuple[Any, AttentionWrapperState]:
        """Make one step.

        Args:
          inputs: floating [batch, depth].
          state: an `AttentionWrapperState`.

        Returns:
          The attention, or the output of the cell; and the next state.

        Raises:
          TypeError: the state is none of a wrapper.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                f"state must be an AttentionWrapperState, not {state!r}: begin with zero_state() "
                f"of the wrapper{at_user_line()}"
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        cell_output, cell_state = self._cell(cell_inputs, state.cell_state)
        checks = self._batch_size_checks(
            _batch_size(cell_output), "inputs and state are not of the batch size of the memory"
        )
        with get_default_graph().control_dependencies(checks):
            cell_output = ops.identity(cell_output, name="checked_cell_output")
        parts = [
            self._look(index, cell_output, state)
            for index in range(len(self._attention_mechanisms))
        ]
        attentions, alignments, attention_states, histories = zip(*parts, strict=True)
        attention = ops.concat(attentions, 1) if len(attentions) > 1 else attentions[0]
        next_state = AttentionWrapperState(
            cell_state=cell_state,
            attention=attention,
            time=state.time + 1,
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(histories),
            attention_state=self._item_or_tuple(attention_states),
        )
        return (attention if self._output_attention else cell_output), next_state

    def _look(
        self, index: int, cell_output: Tensor, state: AttentionWrapperState
    ) -> tuple[Any, Any, Any, Any]:
        """Attention, alignments, state and history of one mechanism after this step."""
        before, history = state.attention_state, state.alignment_history
        if self._is_multi:
            before, history = before[index], history[index]
        attention, alignments, attention_state = self._attention_fn(
            self._attention_mechanisms[index],
            cell_output,
            before,
            None if self._attention_layers is None else self._attention_layers[index],
        )
        if self._alignment_history:
            history = history.write(state.time, alignments)
        return attention, alignments, attention_state, history


def compute_attention(
    attention_mechanism: Any, cell_output: Any, attention_state: Any, attention_layer: Any
) -> tuple[Any, Any, Any]:
    """Return the attention of one mechanism to its memory.

    Args:
      attention_mechanism: an `AttentionMechanism`.
      cell_output: floating [batch, depth], the query.
      attention_state: what the mechanism carries on.
      attention_layer: a layer for query and context, or None.

    Returns:
      `(attention, alignments, attention_state)`.
    """
    alignments, next_state = attention_mechanism(cell_output, state=attention_state)
    context = ops.matmul(ops.expand_dims(alignments, 1), attention_mechanism.values)
    attention = ops.squeeze(context, [1])
    if attention_layer is not None:
        attention = attention_layer(ops.concat([cell_output, attention], 1))
    return attention, alignments, next_state


def _listed(items: Any) -> list[Any]:
    return list(items) if isinstance(items, (list, tuple)) else [items]


def _join(inputs: Any, attention: Any) -> Tensor:
    return ops.concat([inputs, attention], -1)


def _batch_size(tensor: Tensor) -> Any:
    known = tensor.shape.as_list()[0] if tensor.shape.rank else None
    return ops.shape(tensor)[0] if known is None else known
