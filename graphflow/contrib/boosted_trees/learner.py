"""How trees of `tf.contrib.boosted_trees` grow: what was a protobuf message is a plain object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from graphflow.estimator.boosting import TreeSettings

_DEFAULT_DEPTH = 6
_DEFAULT_RATE = 0.1


@dataclass
class TreeRegularizationConfig:
    """What is added to the loss.

    Attributes:
      l1: the weight of the absolute values of leaves, for an example.
      l2: the weight of their squares, for an example.
      tree_complexity: what a split must gain.
    """

    l1: float = 0.0
    l2: float = 0.0
    tree_complexity: float = 0.0


@dataclass
class TreeConstraintsConfig:
    """What trees may be.

    Attributes:
      max_tree_depth: how many layers of splits a tree has; 0 for 6.
      min_node_weight: the least sum of hessians of a node that is split.
      max_number_of_unique_feature_columns: must be 0, for any.
    """

    max_tree_depth: int = 0
    min_node_weight: float = 0.0
    max_number_of_unique_feature_columns: int = 0


@dataclass
class LearningRateFixedConfig:
    """A rate that does not change.

    Attributes:
      learning_rate: the rate; 0 for 0.1.
    """

    learning_rate: float = 0.0


@dataclass
class LearningRateConfig:
    """What the values of leaves are multiplied by.

    Attributes:
      fixed: a rate that does not change.
    """

    fixed: LearningRateFixedConfig = field(default_factory=LearningRateFixedConfig)


@dataclass
class LearnerConfig:
    """How trees grow.

    Attributes:
      num_classes: how many classes there are; of several, or labels of a regression, each has a
        logit.
      regularization: what is added to the loss.
      constraints: what trees may be.
      learning_rate_tuner: what the values of leaves are multiplied by.
      pruning_mode: `PRE_PRUNE` or `POST_PRUNE`.
      growing_mode: must be `LAYER_BY_LAYER`.
      multi_class_strategy: `DIAGONAL_HESSIAN` if there are several logits.
      feature_fraction_per_tree: must be 0 or 1, for all features.
      feature_fraction_per_level: likewise.

    >>> config = LearnerConfig()
    >>> config.constraints.max_tree_depth = 4
    >>> config.settings(10, center_bias=False).max_depth
    4
    """

    PRUNING_MODE_UNSPECIFIED: ClassVar[int] = 0
    PRE_PRUNE: ClassVar[int] = 1
    POST_PRUNE: ClassVar[int] = 2
    GROWING_MODE_UNSPECIFIED: ClassVar[int] = 0
    WHOLE_TREE: ClassVar[int] = 1
    LAYER_BY_LAYER: ClassVar[int] = 2
    MULTI_CLASS_STRATEGY_UNSPECIFIED: ClassVar[int] = 0
    TREE_PER_CLASS: ClassVar[int] = 1
    FULL_HESSIAN: ClassVar[int] = 2
    DIAGONAL_HESSIAN: ClassVar[int] = 3

    num_classes: int = 2
    regularization: TreeRegularizationConfig = field(default_factory=TreeRegularizationConfig)
    constraints: TreeConstraintsConfig = field(default_factory=TreeConstraintsConfig)
    learning_rate_tuner: LearningRateConfig = field(default_factory=LearningRateConfig)
    pruning_mode: int = 0
    growing_mode: int = 0
    multi_class_strategy: int = 0
    feature_fraction_per_tree: float = 0.0
    feature_fraction_per_level: float = 0.0

    def settings(self, num_trees: int, center_bias: bool, logits: int = 1) -> TreeSettings:
        """Return the settings of the trees.

        Args:
          num_trees: how many there are.
          center_bias: whether the first root predicts the mean.
          logits: how many logits there are.

        Raises:
          NotImplementedError: something cannot be done.
          ValueError: a number does not fit.
        """
        self._refuse(logits)
        complexity = self.regularization.tree_complexity
        modes = {self.POST_PRUNE: "post"}
        return TreeSettings(
            num_trees,
            self.constraints.max_tree_depth or _DEFAULT_DEPTH,
            self.learning_rate_tuner.fixed.learning_rate or _DEFAULT_RATE,
            self.regularization.l1,
            self.regularization.l2,
            complexity,
            self.constraints.min_node_weight,
            center_bias,
            modes.get(self.pruning_mode, "pre") if complexity > 0 else "none",
        )

    def _refuse(self, logits: int) -> None:
        if self.growing_mode == self.WHOLE_TREE:
            raise NotImplementedError("LearnerConfig: growing_mode WHOLE_TREE")
        if logits > 1 and self.multi_class_strategy != self.DIAGONAL_HESSIAN:
            raise NotImplementedError(
                "LearnerConfig: of the multi_class_strategies there is DIAGONAL_HESSIAN alone"
            )
        fractions = (self.feature_fraction_per_tree, self.feature_fraction_per_level)
        if any(fraction not in (0.0, 1.0) for fraction in fractions):
            raise NotImplementedError("LearnerConfig: feature_fraction_per_tree or _per_level")
        if self.constraints.max_number_of_unique_feature_columns:
            raise NotImplementedError("LearnerConfig: max_number_of_unique_feature_columns")
