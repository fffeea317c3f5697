"""`RandomForestGraphs`: the operations that grow a forest and ask it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.tensor_forest import trees as kernels
from graphflow.contrib.tensor_forest.params import ForestHParams
from graphflow.contrib.tensor_forest.trees import Growth, Tree
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import float32 as _float32, int32 as _int32, int64 as _int64
from graphflow.core.graph import Operation, Tensor, at_user_line, get_default_graph
from graphflow.core.op import Array
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.variables.variable import Variable


class RandomForestGraphs:
    """Builds the graphs that train and ask a random forest.

    The trees are variables: they are initialized, saved and restored as others.

    Args:
      params: what the forest is like, a filled `ForestHParams`.
      tree_configs: not there.
      tree_stats: not there.
      device_assigner: not there.
      variables: not there.
      tree_variables_class: not there.
      tree_graphs: not there.
      training: whether the forest will be trained; the graph is the same in any case.

    Raises:
      NotImplementedError: an argument that is not there is given.

    >>> import graphflow as tf
    >>> params = tf.contrib.tensor_forest.ForestHParams(
    ...     num_classes=2, num_features=1, num_trees=3, max_nodes=9, split_after_samples=20,
    ...     base_random_seed=5).fill()
    >>> forest = tf.contrib.tensor_forest.RandomForestGraphs(params)
    >>> x = tf.constant(np.arange(40)[:, None] / 40, tf.float32)
    >>> train = forest.training_graph(x, tf.cast(x[:, 0] > 0.5, tf.int32))
    >>> probabilities, _, _ = forest.inference_graph([[0.125], [0.875]])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for _ in range(8):
    ...         sess.run(train)
    ...     print(sess.run(probabilities).argmax(axis=1))
    [0 1]
    """

    def __init__(
        self,
        params: ForestHParams,
        tree_configs: Any = None,
        tree_stats: Any = None,
        device_assigner: Any = None,
        variables: Any = None,
        tree_variables_class: Any = None,
        tree_graphs: Any = None,
        training: bool = True,
    ) -> None:
        del training
        missing = {
            "tree_configs": tree_configs,
            "tree_stats": tree_stats,
            "device_assigner": device_assigner,
            "variables": variables,
            "tree_variables_class": tree_variables_class,
            "tree_graphs": tree_graphs,
        }
        for name, value in missing.items():
            if value is not None:
                raise NotImplementedError(f"{name} of RandomForestGraphs is not there")
        if not hasattr(params, "bagged_features"):
            raise ValueError(f"call fill() of the parameters first{at_user_line()}")
        self.params = params
        self.trees = [_TreeGraphs(params, number) for number in range(params.num_trees)]
        with name_scope("forest"):
            self._steps = Variable(0, dtype=_int64, trainable=False, name="steps")
        self._seed = params.base_random_seed or get_default_graph().seed or time.time_ns()

    def training_graph(
        self,
        input_data: Any,
        input_labels: Any,
        num_trainers: int = 1,
        trainer_id: int = 0,
        input_weights: Any = None,
    ) -> Operation:
        """Return the operation that shows a batch of examples to all trees.

        Args:
          input_data: float [examples, features], or a dict of such tensors, whose columns follow
            one another in the order of the names.
          input_labels: int [examples], the classes.
          num_trainers: how many processes train trees of their own; only 1 is there.
          trainer_id: which of them this is.
          input_weights: float [examples], by default 1 each.
        """
        if (num_trainers, trainer_id) != (1, 0):
            raise NotImplementedError(f"num_trainers={num_trainers}: a forest grows in one process")
        points = self._dense(input_data)
        labels = ops.reshape(ops.cast(convert_to_tensor(input_labels), _int32), [-1])
        weights = ops.ones_like(labels, _float32) if input_weights is None else input_weights
        weights = ops.reshape(ops.cast(convert_to_tensor(weights), _float32), [-1])
        step = self._steps.read_value()
        grown = [
            tree.grow(self._bagged(number, points), labels, weights, step, self._seed)
            for number, tree in enumerate(self.trees)
        ]
        with control_dependencies(grown):
            return ops.group(self._steps.assign_add(1), name="train")

    def inference_graph(self, input_data: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the forest says of examples.

        Args:
          input_data: as in `training_graph`.

        Returns:
          The probabilities of the classes, float32 [examples, classes]; texts without content,
          string [examples, trees], in place of the paths through the trees; the variance of the
          probabilities among the trees.
        """
        points = self._dense(input_data)
        of_trees = [
            tree.probabilities(self._bagged(number, points))
            for number, tree in enumerate(self.trees)
        ]
        every = ops.stack(of_trees, axis=1)
        mean = ops.reduce_mean(every, 1, name="probabilities")
        variance = ops.maximum(0.0, ops.reduce_mean(ops.square(every), 1) - ops.square(mean))
        paths = ops.fill(ops.stack([ops.shape(points)[0], len(self.trees)]), "")
        return mean, paths, variance

    def average_size(self) -> Tensor:
        """Return how many nodes the trees have on average, a float32 scalar."""
        sizes = ops.stack([tree.size() for tree in self.trees])
        return ops.reduce_mean(ops.cast(sizes, _float32))

    def training_loss(self, features: Any, labels: Any, name: str = "training_loss") -> Tensor:
        """Return minus the average size: a forest that grows learns.

        Args:
          features: not used.
          labels: not used.
          name: the operation's name.
        """
        del features, labels
        return ops.negative(self.average_size(), name=name)

    def validation_loss(self, features: Any, labels: Any) -> Tensor:
        """Return minus the average size.

        Args:
          features: not used.
          labels: not used.
        """
        return self.training_loss(features, labels, "validation_loss")

    def average_impurity(self) -> Tensor:
        """Return the Gini impurity of the leaves, on average, a float32 scalar."""
        return ops.reduce_mean(ops.stack([tree.average_impurity() for tree in self.trees]))

    def feature_importances(self) -> Tensor:
        """Return the part of all splits that each feature decides, float32 [features]."""
        total = ops.add_n([self._unbagged(i, tree) for i, tree in enumerate(self.trees)])
        return total / ops.maximum(ops.reduce_sum(total), 1.0)

    def _unbagged(self, number: int, tree: _TreeGraphs) -> Tensor:
        """How often a tree uses each of all features."""
        uses = tree.feature_usage_counts()
        chosen = self.params.bagged_features
        if chosen is None:
            return uses
        indices = np.asarray(chosen[number], np.int32)[:, None]
        return ops.scatter_nd(indices, uses, [self.params.num_features])

    def _dense(self, data: Any) -> Tensor:
        """The features of examples as one matrix."""
        if isinstance(data, dict):
            parts = [self._matrix(data[name]) for name in sorted(data)]
            return ops.concat(parts, axis=1)
        return self._matrix(data)

    @staticmethod
    def _matrix(data: Any) -> Tensor:
        if isinstance(data, SparseTensor):
            raise NotImplementedError("forests take dense features only: use tf.sparse.to_dense")
        tensor = ops.cast(convert_to_tensor(data), _float32)
        return ops.expand_dims(tensor, 1) if tensor.shape.rank == 1 else tensor

    def _bagged(self, number: int, points: Tensor) -> Tensor:
        """The features that a tree sees."""
        chosen = self.params.bagged_features
        return points if chosen is None else ops.gather(points, chosen[number], axis=1)


class _TreeGraphs:
    """The variables of one tree, and operations on them."""

    def __init__(self, params: ForestHParams, number: int) -> None:
        self._params = params
        self._number = number
        self._growth = Growth(params.split_after_samples, params.valid_leaf_threshold)
        self._features = params.bagged_num_features
        empty = kernels.empty_tree(
            params.max_nodes, params.num_splits_to_consider, params.num_classes
        )
        with name_scope(f"tree-{number}"):
            self._variables = [
                Variable(_zeros_like(array), trainable=False, name=name)
                for name, array in empty._asdict().items()
            ]

    def grow(
        self, points: Tensor, labels: Tensor, weights: Tensor, step: Tensor, seed: int
    ) -> Operation:
        """Show a batch of examples to the tree."""

        def grown(*arrays: Array) -> list[Array]:
            *tree, points, labels, weights, step = arrays
            random = np.random.default_rng([seed, self._number, int(step)])
            self._check(points, labels)
            if self._params.bagging_fraction < 1:
                chosen = random.uniform(size=len(points)) < self._params.bagging_fraction
                points, labels, weights = points[chosen], labels[chosen], weights[chosen]
            return [*kernels.grown(Tree(*tree), points, labels, weights, self._growth, random)]

        values = [variable.read_value() for variable in self._variables]
        dtypes = [variable.dtype.base_dtype for variable in self._variables]
        new = ops.py_func(grown, [*values, points, labels, weights, step], dtypes, name="GrowTree")
        pairs = zip(self._variables, new, strict=True)
        return ops.group(*(variable.assign(value) for variable, value in pairs))

    def _check(self, points: Array, labels: Array) -> None:
        if points.ndim != 2 or points.shape[1] != self._features:
            raise ValueError(
                f"the forest has {self._features} features for each example, the data have shape "
                f"{points.shape}"
            )
        if len(labels) != len(points):
            raise ValueError(f"there are {len(labels)} labels for {len(points)} examples")
        if len(labels) and not 0 <= labels.min() <= labels.max() < self._params.num_classes:
            raise ValueError(
                f"labels must be in [0, {self._params.num_classes}), they reach from "
                f"{labels.min()} to {labels.max()}"
            )

    def _ask(self, function: Callable[..., Array], *inputs: Tensor) -> Tensor:
        """A float32 function of the tree."""
        values = [variable.read_value() for variable in self._variables]
        count = len(values)

        def asked(*arrays: Array) -> Array:
            result = function(Tree(*arrays[:count]), *arrays[count:])
            return np.asarray(result, np.float32)

        answer: Tensor = ops.py_func(asked, [*values, *inputs], _float32, stateful=False)
        return answer

    def probabilities(self, points: Tensor) -> Tensor:
        """The probabilities of the classes, float32 [examples, classes]."""
        answer = self._ask(kernels.probabilities, points)
        answer.set_shape([points.shape[0] if points.shape.rank else None, self._params.num_classes])
        return answer

    def size(self) -> Tensor:
        """How many nodes there are."""
        size: Tensor = self._variables[0].read_value()
        return size

    def average_impurity(self) -> Tensor:
        """The Gini impurity of the leaves."""
        answer = self._ask(kernels.mean_impurity)
        answer.set_shape([])
        return answer

    def feature_usage_counts(self) -> Tensor:
        """How many splits each of its features decides."""
        answer = self._ask(lambda tree: kernels.uses_of_features(tree, self._features))
        answer.set_shape([self._features])
        return answer


def _zeros_like(array: Array) -> Any:
    """The initial value of a tree's array: a small constant, spread out when it is needed."""
    return ops.fill(array.shape, array.flat[0])
