"""Estimators of recurrent nets: `tf.contrib.estimator.RNNClassifier` and `RNNEstimator`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.estimator.canned import CannedEstimator
from graphflow.estimator.canned_models import Part, optimizer_of
from graphflow.estimator.class_heads import class_head
from graphflow.estimator.extenders import clip_gradients_by_norm
from graphflow.estimator.heads import Head
from graphflow.feature_columns.models import input_layer
from graphflow.feature_columns.sequence import concatenate_context_input, sequence_input_layer
from graphflow.layers.core import dense
from graphflow.losses.weighted import Reduction
from graphflow.recurrent.basic_cells import BasicLSTMCell, BasicRNNCell, GRUCell
from graphflow.recurrent.dynamic import dynamic_rnn
from graphflow.recurrent.wrappers import MultiRNNCell
from graphflow.summary import functions as summary
from graphflow.train.optimizer import Optimizer
from graphflow.variables.initializers import GlorotUniform
from graphflow.variables.scope import variable_scope

_RATE = 0.05
_CLIP_NORM = 5.0
_CELLS = {"basic_rnn": BasicRNNCell, "lstm": BasicLSTMCell, "gru": GRUCell}
# `tf.contrib.estimator` tells an argument that was not given by this value.
USE_DEFAULT = object()


def _cell_function(
    rnn_cell_fn: Callable[[str], Any] | None, num_units: Sequence[int] | None, cell_type: Any
) -> Callable[[str], Any]:
    """What makes the cell for a mode."""
    if rnn_cell_fn is not None:
        if num_units or cell_type is not USE_DEFAULT:
            raise ValueError("give rnn_cell_fn, or num_units and cell_type")
        return rnn_cell_fn
    if not num_units:
        raise ValueError("give num_units or rnn_cell_fn")
    kind = "basic_rnn" if cell_type is USE_DEFAULT else cell_type
    make: Any = _CELLS.get(kind, kind) if isinstance(kind, str) else kind
    if not callable(make):
        raise ValueError(f"cell_type is a class or one of {sorted(_CELLS)}, not {cell_type!r}")
    sizes = list(num_units)

    def cell_fn(mode: str) -> Any:
        del mode
        cells = [make(num_units=size) for size in sizes]
        return cells[0] if len(cells) == 1 else MultiRNNCell(cells)

    return cell_fn


def _optimizer(given: Any) -> Any:
    """The optimizer as it is; one that is named or made limits its gradients."""
    if isinstance(given, Optimizer):
        return given
    return lambda: clip_gradients_by_norm(optimizer_of(given, _RATE), _CLIP_NORM)


def _last(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The output after the last step of each sequence, [batch, units]."""
    batch, steps = ops.shape(outputs)[0], ops.shape(outputs)[1]
    flat = ops.reshape(outputs, [-1, outputs.shape.as_list()[-1]])
    places = ops.cast(ops.range(batch) * steps, "int64") + lengths - 1
    return ops.gather(flat, ops.maximum(places, 0))


def _part(
    sequence_columns: Any,
    context_columns: Any,
    cell_fn: Callable[[str], Any],
    optimizer: Any,
    partitioner: Any,
) -> Part:
    def logits(features: Mapping[str, Any], size: int, mode: str) -> Tensor:
        with variable_scope("sequence_input_layer", partitioner=partitioner):
            inputs, lengths = sequence_input_layer(features, sequence_columns)
            summary.histogram("sequence_length", lengths)
            if context_columns:
                context = input_layer(features, context_columns)
                inputs = concatenate_context_input(context, inputs)
        outputs, _ = dynamic_rnn(cell_fn(mode), inputs, sequence_length=lengths, dtype=inputs.dtype)
        found: Tensor = dense(
            _last(outputs, lengths), size, kernel_initializer=GlorotUniform(), name="logits"
        )
        return found

    return Part("rnn", _optimizer(optimizer), _RATE, logits)


class RNNEstimator(CannedEstimator):
    """A recurrent net with any head, of which the output after the last step counts.

    Args:
      head: the head.
      sequence_feature_columns: the columns of sequences that are its input at each step.
      context_feature_columns: columns of what is known of the whole example, its input at each step
        as well.
      num_units: the sizes of the layers.
      cell_type: "basic_rnn", the default, "lstm" or "gru", or a class of cells.
      rnn_cell_fn: from a `ModeKeys` to the cell, instead of the two.
      return_sequences: must be False.
      model_dir: see `Estimator`.
      optimizer: an optimizer; or a function that makes it or its name, whose gradients are then cut
        to a norm of 5.
      input_layer_partitioner: splits the variables of columns into parts.
      config: see `Estimator`.

    Raises:
      ValueError: arguments do not go together.
      NotImplementedError: all steps are to count.
    """

    def __init__(
        self,
        head: Head,
        sequence_feature_columns: Any,
        context_feature_columns: Any = None,
        num_units: Sequence[int] | None = None,
        cell_type: Any = USE_DEFAULT,
        rnn_cell_fn: Callable[[str], Any] | None = None,
        return_sequences: bool = False,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        input_layer_partitioner: Any = None,
        config: Any = None,
    ) -> None:
        if return_sequences:
            raise NotImplementedError("RNNEstimator: return_sequences=True")
        cell_fn = _cell_function(rnn_cell_fn, num_units, cell_type)
        part = _part(
            sequence_feature_columns, context_feature_columns, cell_fn, optimizer,
            input_layer_partitioner,
        )  # fmt: skip
        super().__init__(head, [part], model_dir, config, None)


class RNNClassifier(RNNEstimator):
    """A recurrent net that tells classes of sequences apart.

    Args:
      sequence_feature_columns: see `RNNEstimator`.
      context_feature_columns: see there.
      num_units: see there.
      cell_type: see there.
      rnn_cell_fn: see there.
      model_dir: see there.
      n_classes: how many classes.
      weight_column: the feature with the weights of examples.
      label_vocabulary: the labels, if they are strings.
      optimizer: see `RNNEstimator`.
      loss_reduction: how the losses of examples become one.
      input_layer_partitioner: see `RNNEstimator`.
      config: see there.

    Raises:
      ValueError: arguments do not go together.
    """

    def __init__(
        self,
        sequence_feature_columns: Any,
        context_feature_columns: Any = None,
        num_units: Sequence[int] | None = None,
        cell_type: Any = USE_DEFAULT,
        rnn_cell_fn: Callable[[str], Any] | None = None,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Adagrad",
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        input_layer_partitioner: Any = None,
        config: Any = None,
    ) -> None:
        super().__init__(
            class_head(n_classes, weight_column, label_vocabulary, loss_reduction),
            sequence_feature_columns,
            context_feature_columns,
            num_units,
            cell_type,
            rnn_cell_fn,
            False,
            model_dir,
            optimizer,
            input_layer_partitioner,
            config,
        )
