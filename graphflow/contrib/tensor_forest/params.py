"""`ForestHParams`: what a forest is like."""

from __future__ import annotations

import math
import random
from typing import Any

# The only values of these arguments that are there.
_ONLY: dict[str, Any] = {
    "model_name": "all_dense",
    "split_finish_name": "basic",
    "split_pruning_name": "none",
    "prune_every_samples": 0,
    "early_finish_check_every_samples": 0,
    "collate_examples": False,
    "checkpoint_stats": False,
    "use_running_stats_method": False,
    "initialize_average_splits": False,
    "inference_tree_paths": False,
    "param_file": None,
    "split_name": "less_or_equal",
}


class ForestHParams:
    """The size of a forest, and when its trees grow.

    Args:
      num_trees: how many trees.
      max_nodes: the most nodes of a tree.
      bagging_fraction: the part of the examples that each tree sees.
      num_splits_to_consider: how many splits of a leaf are compared; 0 for a number that grows with
        that of the features.
      feature_bagging_fraction: the part of the features that each tree sees.
      max_fertile_nodes: not used any more.
      split_after_samples: how many examples a leaf has seen when it is split.
      valid_leaf_threshold: the least examples on each side of a split.
      dominate_method: not used: a leaf is split after a fixed number of examples.
      dominate_fraction: not used, as before.
      model_name: only "all_dense" is there; so it is with all further arguments and their defaults.
      split_finish_name: see `model_name`.
      split_pruning_name: see `model_name`.
      prune_every_samples: see `model_name`.
      early_finish_check_every_samples: see `model_name`.
      collate_examples: see `model_name`.
      checkpoint_stats: see `model_name`; a checkpoint holds all of a forest in any case.
      use_running_stats_method: see `model_name`.
      initialize_average_splits: see `model_name`.
      inference_tree_paths: see `model_name`.
      param_file: see `model_name`.
      split_name: see `model_name`.
      **kwargs: further attributes: `num_classes` and `num_features` are needed, `base_random_seed`
        is known.

    Raises:
      NotImplementedError: an argument has a value that is not there.
    """

    def __init__(
        self,
        num_trees: int = 100,
        max_nodes: int = 10000,
        bagging_fraction: float = 1.0,
        num_splits_to_consider: int = 0,
        feature_bagging_fraction: float = 1.0,
        max_fertile_nodes: int = 0,
        split_after_samples: int = 250,
        valid_leaf_threshold: int = 1,
        dominate_method: str = "bootstrap",
        dominate_fraction: float = 0.99,
        model_name: str = "all_dense",
        split_finish_name: str = "basic",
        split_pruning_name: str = "none",
        prune_every_samples: int = 0,
        early_finish_check_every_samples: int = 0,
        collate_examples: bool = False,
        checkpoint_stats: bool = False,
        use_running_stats_method: bool = False,
        initialize_average_splits: bool = False,
        inference_tree_paths: bool = False,
        param_file: str | None = None,
        split_name: str = "less_or_equal",
        **kwargs: Any,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in _ONLY}
        for name, value in given.items():
            if value != _ONLY[name]:
                raise NotImplementedError(f"{name}={value!r}: only {_ONLY[name]!r} is there")
            setattr(self, name, value)
        if kwargs.get("regression"):
            raise NotImplementedError("regression=True: forests tell classes apart, nothing else")
        self.num_trees = num_trees
        self.max_nodes = max_nodes
        self.bagging_fraction = bagging_fraction
        self.feature_bagging_fraction = feature_bagging_fraction
        self.num_splits_to_consider = num_splits_to_consider
        self.max_fertile_nodes = max_fertile_nodes
        self.split_after_samples = split_after_samples
        self.valid_leaf_threshold = valid_leaf_threshold
        self.dominate_method = dominate_method
        self.dominate_fraction = dominate_fraction
        self.num_classes: int
        self.num_features: int
        self.base_random_seed = 0
        for name, value in kwargs.items():
            setattr(self, name, value)

    def values(self) -> dict[str, Any]:
        """Return all parameters by name."""
        return self.__dict__

    def fill(self) -> ForestHParams:
        """Set what follows from the other parameters.

        Returns:
          This object.

        Raises:
          ValueError: `num_classes` or `num_features` is not given.

        >>> import graphflow as tf
        >>> params = tf.contrib.tensor_forest.ForestHParams(num_classes=3, num_features=784).fill()
        >>> params.num_splits_to_consider, params.num_outputs, params.num_output_columns
        (28, 1, 4)
        """
        for name in ("num_classes", "num_features"):
            if not hasattr(self, name):
                raise ValueError(f"a forest needs {name}: give it as an argument of ForestHParams")
        self.bagged_num_features = int(self.feature_bagging_fraction * self.num_features)
        self.bagged_features: list[list[int]] | None = None
        if self.feature_bagging_fraction < 1.0:
            choose = random.Random(self.base_random_seed or None)
            self.bagged_features = [
                choose.sample(range(self.num_features), self.bagged_num_features)
                for _ in range(self.num_trees)
            ]
        self.regression = False
        self.num_outputs = 1
        self.num_output_columns = self.num_classes + 1
        if not self.num_splits_to_consider:
            self.num_splits_to_consider = min(max(10, math.isqrt(self.num_features)), 1000)
        return self
