"""`tf.estimator.BoostedTreesClassifier` and its relatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.checkpoints.reader import load_checkpoint
from graphflow.core.dtypes import as_dtype, float32, int32
from graphflow.core.gradients import gradients
from graphflow.core.graph import Tensor
from graphflow.estimator.boosting import (
    ATTEMPTS,
    FINISHED,
    LEAF,
    Ensemble,
    Grower,
    Quantiles,
    TreeSettings,
    empty,
)
from graphflow.estimator.class_heads import class_head
from graphflow.estimator.estimator import Estimator
from graphflow.estimator.heads import Head
from graphflow.estimator.regression_heads import RegressionHead
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.feature_columns.base import DenseColumn, Features, Variables
from graphflow.feature_columns.dense import IndicatorColumn
from graphflow.feature_columns.numeric import BucketizedColumn
from graphflow.losses.weighted import Reduction
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.summary import functions as summary
from graphflow.train.global_step import get_global_step
from graphflow.variables.initializers import Constant
from graphflow.variables.scope import get_variable, variable_scope

_SCOPE = "boosted_trees"


@dataclass(frozen=True)
class _Input:
    """The features of the trees.

    Attributes:
      columns: the columns in the order of their names.
      boundaries: at most how many boundaries a column of numbers has.
    """

    columns: tuple[DenseColumn, ...]
    boundaries: int

    @classmethod
    def of(cls, feature_columns: Any, epsilon: float) -> _Input:
        """Check the columns."""
        columns = tuple(sorted(feature_columns, key=lambda column: str(column.name)))
        if not columns:
            raise ValueError("trees need feature_columns")
        for column in columns:
            if not isinstance(column, DenseColumn):
                raise ValueError(f"wrap {column.name!r} in indicator_column: trees ask for numbers")
            if isinstance(column, BucketizedColumn) and column.source_column.shape != (1,):
                raise ValueError(f"{column.name!r} must have one number for an example")
            if column.variable_shape.rank not in (0, 1, 2):
                raise ValueError(f"{column.name!r} must have vectors, not {column.variable_shape}")
        if not 0 < epsilon < 1:
            raise ValueError(f"quantile_sketch_epsilon lies between 0 and 1, not {epsilon}")
        return cls(columns, int(1 / epsilon))

    def _is_float(self, column: DenseColumn) -> bool:
        return not isinstance(column, (BucketizedColumn, IndicatorColumn))

    def _width(self, column: DenseColumn) -> int:
        if isinstance(column, BucketizedColumn):
            return 1
        size = column.variable_shape.num_elements()
        assert size is not None
        return size

    def _buckets_of(self, column: DenseColumn) -> int:
        if isinstance(column, BucketizedColumn):
            return len(column.boundaries) + 1
        return 2 if isinstance(column, IndicatorColumn) else self.boundaries

    @property
    def names(self) -> list[str]:
        """The name of each feature."""
        found = []
        for column in self.columns:
            source = column.categorical_column if isinstance(column, IndicatorColumn) else column
            found += [str(source.name)] * self._width(column)
        return found

    @property
    def buckets(self) -> int:
        """How many buckets a feature has at most."""
        return max(self._buckets_of(column) for column in self.columns)

    @property
    def float_width(self) -> int:
        """How many features are numbers."""
        return sum(self._width(column) for column in self.columns if self._is_float(column))

    def floats(self, known: Features) -> Tensor:
        """The numbers, [batch, float_width]."""
        parts = [self._flat(column, known) for column in self.columns if self._is_float(column)]
        return ops.concat(parts, axis=1)

    def _flat(self, column: DenseColumn, known: Features) -> Tensor:
        tensor = column.dense_tensor(known, Variables.of(None, False))
        return ops.reshape(ops.cast(tensor, float32), [-1, self._width(column)])

    def bucketized(self, known: Features, boundaries: Any) -> Tensor:
        """The bucket of each feature, int32 [batch, features]."""
        parts, begin = [], 0
        for column in self.columns:
            if isinstance(column, BucketizedColumn):
                parts.append(ops.reshape(known.get(column), [-1, 1]))
            elif isinstance(column, IndicatorColumn):
                parts.append(ops.cast(known.get(column), int32))
            else:
                end = begin + self._width(column)
                parts.append(_buckets(self._flat(column, known), boundaries[begin:end]))
                begin = end
        return ops.concat(parts, axis=1)


def _buckets(values: Tensor, boundaries: Tensor) -> Tensor:
    """The first boundary that is not below a number; the last one for those above all."""
    is_above = ops.greater(ops.expand_dims(values, -1), ops.expand_dims(boundaries, 0))
    places = ops.reduce_sum(ops.cast(is_above, int32), axis=-1)
    last = ops.reduce_sum(ops.cast(ops.is_finite(boundaries), int32), axis=-1) - 1
    return ops.maximum(ops.minimum(places, last), 0)


def _leaves(trees: Ensemble, buckets: Tensor, settings: TreeSettings) -> tuple[Tensor, Tensor]:
    """The leaf of each example in each tree up to the one that grows, and the sum of values."""
    count = ops.minimum(trees.counts[FINISHED] + 1, settings.n_trees)
    features, thresholds = (
        ops.reshape(array[:count], [-1]) for array in (trees.feature, trees.threshold)
    )
    values = ops.reshape(trees.value[:count], [-1, trees.value.shape.as_list()[-1]])
    offsets = ops.expand_dims(ops.range(count) * settings.nodes, 0)
    nodes = ops.zeros(ops.stack([ops.shape(buckets)[0], count]), int32)
    for _ in range(settings.max_depth):
        places = nodes + offsets
        asked = ops.gather(features, places)
        found = ops.batch_gather(buckets, ops.maximum(asked, 0))
        is_right = ops.cast(ops.greater(found, ops.gather(thresholds, places)), int32)
        nodes = ops.where(ops.equal(asked, LEAF), nodes, 2 * nodes + 1 + is_right)
    found = ops.gather(values, nodes + offsets)
    return nodes, ops.reduce_sum(found, axis=1)


def _variables(settings: TreeSettings, logits: int) -> Ensemble:
    """The variables that hold the trees."""
    return Ensemble(
        *(
            get_variable(
                name,
                array.shape,
                as_dtype(array.dtype),
                Constant(array),
                trainable=False,
                use_resource=True,  # they are written in a branch
            )
            for name, array in empty(settings, logits)._asdict().items()
        )
    )


def _counted(update: Any, steps: Any) -> Any:
    """The update, after which the step is counted: not if the data are at their end."""
    with update.graph.control_dependencies([update]):
        return ops.assign_add(get_global_step(), steps).op


class _StopHook(SessionRunHook):
    """Ends training when all trees have grown, or too many attempts have failed."""

    def __init__(self, counts: Any, settings: TreeSettings) -> None:
        self._counts, self._settings = counts, settings

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the counts."""
        return SessionRunArgs(self._counts)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """End training if it is time; the values that a run fetches are those before it."""
        most = 2 * self._settings.n_trees * self._settings.max_depth
        counts = run_values.results
        if counts[FINISHED] >= self._settings.n_trees - 1 or counts[ATTEMPTS] > most - 1:
            counts = run_context.session.run(self._counts)
        if counts[FINISHED] >= self._settings.n_trees or counts[ATTEMPTS] > most:
            run_context.request_stop()


def _second(gradient: Tensor, logits: Tensor) -> Tensor:
    """The second derivatives by each logit."""
    count = logits.shape.as_list()[1]
    assert count is not None
    columns = []
    for index in range(count):
        (found,) = gradients(gradient[:, index], [logits])
        columns.append(found[:, index])
    return ops.stack(columns, axis=1)


class TreesModel:
    """A model whose logits are the sums of the values of trees.

    Args:
      columns: its features, see `BoostedTreesEstimator`.
      head: its head.
      settings: how trees grow.
      per_layer: after how many batches a layer grows.
      epsilon: one divided by the number of buckets of numbers.
      counts_examples: whether `per_layer` is a number of examples instead.

    Raises:
      ValueError: a column or number does not fit.
    """

    def __init__(
        self,
        columns: Any,
        head: Head,
        settings: TreeSettings,
        per_layer: int,
        epsilon: float,
        counts_examples: bool = False,
    ) -> None:
        if per_layer < 1:
            raise ValueError(f"a layer needs a positive number of batches, not {per_layer}")
        self._input = _Input.of(columns, epsilon)
        self._head, self._settings = head, settings
        self._enough = per_layer, counts_examples

    @property
    def names(self) -> list[str]:
        """The name of each feature."""
        return self._input.names

    def spec(self, features: Mapping[str, Any], labels: Any, mode: str) -> EstimatorSpec:
        """Return what a model function returns.

        Args:
          features: the features by name.
          labels: the labels.
          mode: one of `ModeKeys`.
        """
        known = Features(features)
        with variable_scope(_SCOPE):
            trees = _variables(self._settings, self._head.logits_dimension)
            boundaries = self._boundaries()
            buckets = self._input.bucketized(known, boundaries)
            nodes, logits = _leaves(trees, buckets, self._settings)
        if mode != ModeKeys.TRAIN:
            return self._head.create_estimator_spec(features, mode, logits, labels)

        def train_op_fn(loss: Tensor) -> Any:
            grow = self._growth(trees, buckets, nodes, logits, loss)
            if boundaries is None:
                return _counted(grow(), 1)
            is_ready = ops.reduce_any(ops.is_finite(boundaries))
            update = ops.cond(is_ready, grow, lambda: self._found(boundaries, known))
            return _counted(update, ops.cast(is_ready, "int64"))

        spec = self._head.create_estimator_spec(
            features, mode, logits, labels, train_op_fn=train_op_fn
        )
        summary.scalar("ensemble/num_finalized_trees", trees.counts[FINISHED])
        summary.scalar("ensemble/num_attempted_layers", trees.counts[ATTEMPTS])
        hook = _StopHook(trees.counts, self._settings)
        return spec._replace(training_hooks=(*spec.training_hooks, hook))

    def _boundaries(self) -> Any:
        """The variable with the boundaries of numbers, None if there are no numbers."""
        width = self._input.float_width
        if not width:
            return None
        shape = [width, self._input.boundaries]
        initializer = Constant(np.inf)
        return get_variable(
            "boundaries", shape, float32, initializer, trainable=False, use_resource=True
        )

    def _found(self, boundaries: Any, known: Features) -> Any:
        """Find boundaries of numbers, which does not count as a step."""
        quantiles = Quantiles(self._input.float_width, self._input.boundaries, *self._enough)
        found = ops.py_func(quantiles.add, [self._input.floats(known)], float32)
        return ops.group(boundaries.assign(ops.reshape(found, boundaries.shape), read_value=False))

    def _growth(
        self, trees: Ensemble, buckets: Tensor, nodes: Tensor, logits: Tensor, loss: Tensor
    ) -> Callable[[], Any]:
        """What lets the trees grow."""
        (gradient,) = gradients(loss, [logits])
        hessian = _second(gradient, logits)
        per_layer, counts_examples = self._enough
        grower = Grower(
            self._settings,
            per_layer,
            len(self._input.names),
            self._input.buckets,
            self._head.logits_dimension,
            counts_examples,
        )

        def add(*arrays: Any) -> list[Any]:
            return list(grower.add(Ensemble(*arrays[:5]), *arrays[5:]))

        def grow() -> Any:
            dtypes = [array.dtype.base_dtype for array in trees]
            grown = ops.py_func(add, [*trees, buckets, nodes[:, -1], gradient, hessian], dtypes)
            updates = [
                variable.assign(ops.reshape(array, variable.shape), read_value=False)
                for variable, array in zip(trees, grown, strict=True)
            ]
            return ops.group(*updates)

        return grow


class _BoostedTrees(Estimator):
    """An estimator whose logits are the sums of the values of trees."""

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: int,
        head: Head,
        settings: TreeSettings,
        epsilon: float,
        model_dir: Any,
        config: Any,
    ) -> None:
        if head.logits_dimension != 1:
            raise NotImplementedError(
                f"trees with {head.logits_dimension} logits: TensorFlow 1.15's have one"
            )
        self._trees = TreesModel(feature_columns, head, settings, n_batches_per_layer, epsilon)

        def model_fn(features: Mapping[str, Any], labels: Any, mode: str) -> EstimatorSpec:
            return self._trees.spec(features, labels, mode)

        super().__init__(model_fn, model_dir, config)

    def experimental_feature_importances(self, normalize: bool = False) -> Any:
        """Return how much the splits by each column have gained in all trees.

        Args:
          normalize: whether the sum is 1.

        Returns:
          The names of the columns, the most important first, and the gains.

        Raises:
          ValueError: nothing is trained, or there are no splits to normalize by.
        """
        path = self.latest_checkpoint()
        if path is None:
            raise ValueError("there is no checkpoint: train the model first")
        reader = load_checkpoint(path)
        features, gains = (reader.get_tensor(f"{_SCOPE}/{name}") for name in ("feature", "gain"))
        found = dict.fromkeys(self._trees.names, 0.0)
        for index, name in enumerate(self._trees.names):
            found[name] += float(gains[features == index].sum())
        if normalize:
            total = sum(found.values())
            if total <= 0 or min(found.values()) < 0:
                raise ValueError(f"the gains {found} cannot be normalized")
            found = {name: gain / total for name, gain in found.items()}
        names = sorted(found, key=lambda name: (-found[name], name))
        return np.asarray(names), np.asarray([found[name] for name in names])


class BoostedTreesEstimator(_BoostedTrees):
    """Gradient boosted trees with any head of one logit.

    Args:
      feature_columns: columns of intervals (`bucketized_column`), of indicators, or of numbers,
        whose boundaries are found in the first batches.
      n_batches_per_layer: after how many batches a layer of a tree grows.
      head: the head.
      model_dir: see `Estimator`.
      weight_column: accepted; the head knows the weights.
      n_trees: how many trees grow.
      max_depth: how many layers of splits a tree has.
      learning_rate: what the values of leaves are multiplied by.
      l1_regularization: the weight of the absolute values of leaves.
      l2_regularization: the weight of their squares.
      tree_complexity: what a split must gain; for pruning.
      min_node_weight: the least sum of hessians of a node that is split, where the loss is a mean.
      config: see `Estimator`.
      center_bias: whether the first root predicts the mean of the labels.
      pruning_mode: "none", "pre" or "post".
      quantile_sketch_epsilon: one divided by the number of buckets of numbers.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: the head has several logits.
    """

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: int,
        head: Head,
        model_dir: Any = None,
        weight_column: Any = None,
        n_trees: int = 100,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        tree_complexity: float = 0.0,
        min_node_weight: float = 0.0,
        config: Any = None,
        center_bias: bool = False,
        pruning_mode: str = "none",
        quantile_sketch_epsilon: float = 0.01,
    ) -> None:
        del weight_column
        settings = TreeSettings(
            n_trees, max_depth, learning_rate, l1_regularization, l2_regularization,
            tree_complexity, min_node_weight, center_bias, pruning_mode,
        )  # fmt: skip
        super().__init__(
            feature_columns, n_batches_per_layer, head, settings, quantile_sketch_epsilon,
            model_dir, config,
        )  # fmt: skip


class BoostedTreesClassifier(_BoostedTrees):
    """Gradient boosted trees for two classes.

    Args:
      feature_columns: see `BoostedTreesEstimator`.
      n_batches_per_layer: see there.
      model_dir: see there.
      n_classes: must be 2.
      weight_column: the feature with the weights of examples.
      label_vocabulary: the labels, if they are strings; otherwise they are 0 and 1.
      n_trees: see `BoostedTreesEstimator`.
      max_depth: see there.
      learning_rate: see there.
      l1_regularization: see there.
      l2_regularization: see there.
      tree_complexity: see there.
      min_node_weight: see there.
      config: see there.
      center_bias: see there.
      pruning_mode: see there.
      quantile_sketch_epsilon: see there.
      train_in_memory: whether a batch holds all data; then a layer grows with each.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: there are more classes.

    >>> import graphflow as tf
    >>> x = tf.feature_column.numeric_column("x")
    >>> column = tf.feature_column.bucketized_column(x, [0.0, 2.0])
    >>> classifier = BoostedTreesClassifier([column], 1, n_trees=5, max_depth=1)
    >>> def input_fn():
    ...     return {"x": tf.constant([-3.0, 1.0, 5.0])}, tf.constant([0, 1, 1])
    >>> classifier.train(input_fn, max_steps=100).evaluate(input_fn, steps=1)["accuracy"].item()
    1.0
    """

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: int,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        n_trees: int = 100,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        tree_complexity: float = 0.0,
        min_node_weight: float = 0.0,
        config: Any = None,
        center_bias: bool = False,
        pruning_mode: str = "none",
        quantile_sketch_epsilon: float = 0.01,
        train_in_memory: bool = False,
    ) -> None:
        _check_in_memory(train_in_memory, n_batches_per_layer)
        settings = TreeSettings(
            n_trees, max_depth, learning_rate, l1_regularization, l2_regularization,
            tree_complexity, min_node_weight, center_bias, pruning_mode,
        )  # fmt: skip
        head = class_head(n_classes, weight_column, label_vocabulary, Reduction.SUM_OVER_BATCH_SIZE)
        super().__init__(
            feature_columns, n_batches_per_layer, head, settings, quantile_sketch_epsilon,
            model_dir, config,
        )  # fmt: skip


class BoostedTreesRegressor(_BoostedTrees):
    """Gradient boosted trees for a number.

    Args:
      feature_columns: see `BoostedTreesEstimator`.
      n_batches_per_layer: see there.
      model_dir: see there.
      label_dimension: must be 1.
      weight_column: the feature with the weights of examples.
      n_trees: see `BoostedTreesEstimator`.
      max_depth: see there.
      learning_rate: see there.
      l1_regularization: see there.
      l2_regularization: see there.
      tree_complexity: see there.
      min_node_weight: see there.
      config: see there.
      center_bias: see there.
      pruning_mode: see there.
      quantile_sketch_epsilon: see there.
      train_in_memory: see `BoostedTreesClassifier`.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: there are several labels for an example.
    """

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: int,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        n_trees: int = 100,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        tree_complexity: float = 0.0,
        min_node_weight: float = 0.0,
        config: Any = None,
        center_bias: bool = False,
        pruning_mode: str = "none",
        quantile_sketch_epsilon: float = 0.01,
        train_in_memory: bool = False,
    ) -> None:
        _check_in_memory(train_in_memory, n_batches_per_layer)
        settings = TreeSettings(
            n_trees, max_depth, learning_rate, l1_regularization, l2_regularization,
            tree_complexity, min_node_weight, center_bias, pruning_mode,
        )  # fmt: skip
        head = RegressionHead(label_dimension, weight_column)
        super().__init__(
            feature_columns, n_batches_per_layer, head, settings, quantile_sketch_epsilon,
            model_dir, config,
        )  # fmt: skip


def _check_in_memory(train_in_memory: bool, n_batches_per_layer: int) -> None:
    if train_in_memory and n_batches_per_layer != 1:
        raise ValueError("with train_in_memory a batch holds all data: n_batches_per_layer is 1")
