"""The multinomial distribution."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import (
    checked,
    get_logits_and_probs,
    log_combinations,
    same_shapes,
    whole,
)
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.distributions.vector import VectorDistribution, columns, outer


class Multinomial(VectorDistribution):
    """Multinomial distributions: how often each class comes up in `total_count` throws of a dice.

    Args:
      total_count: floating, how many throws there are.
      logits: floating [..., k], log-probabilities up to a constant.
      probs: floating [..., k], probabilities, which sum to 1; give these or `logits`.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none.
      TypeError: they are not floating.

    >>> import graphflow as tf
    >>> throws = tf.distributions.Multinomial(4.0, probs=[0.25, 0.75])
    >>> tf.Session().run([throws.mean(), tf.round(1e4 * throws.prob([1.0, 3.0]))])
    [array([1., 3.], dtype=float32), np.float32(4219.0)]
    """

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Multinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            count = convert_to_tensor(total_count, name="total_count")
            self._total_count = whole(count, validate_args, "total_count")
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=scope
            )
            self._mean_val = columns(self._total_count) * self._probs
        super().__init__(
            self._probs.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._total_count, self._logits, self._probs],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "logits")

    @property
    def total_count(self) -> Tensor:
        """How many throws there are."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """The log-probabilities up to a constant, [..., k]."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities, [..., k]."""
        return self._probs

    def _known_mean(self) -> Tensor:
        return self._mean_val

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        k = self.event_shape_tensor()[0]
        logits = ops.broadcast_to(self._logits, ops.shape(self._mean_val))
        counts = ops.broadcast_to(ops.cast(self._total_count, int32), ops.shape(logits)[:-1])

        def draw(of_one: tuple[Tensor, Tensor]) -> Tensor:
            row, throws = of_one
            classes = ops.multinomial(ops.expand_dims(row, 0), throws, seed)
            classes = ops.reshape(classes, ops.stack([n, -1]))
            return ops.reduce_sum(ops.one_hot(classes, k, dtype=self.dtype), -2)

        rows = ops.reshape(logits, ops.stack([-1, k]))
        # One after the other, since the numbers of throws differ.
        drawn = ops.map_fn(draw, (rows, n * ops.reshape(counts, [-1])), dtype=self.dtype)
        shape = ops.concat([[n], self.batch_shape_tensor(), [k]], 0)
        return ops.reshape(ops.transpose(drawn, [1, 0, 2]), shape)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        weighted = ops.reduce_sum(value * ops.log_softmax(self._logits), -1)
        return weighted + log_combinations(self._total_count, value)

    def _mean(self) -> Tensor:
        return ops.identity(self._mean_val)

    def _variance(self) -> Tensor:
        return self._mean_val * (1.0 - self._probs)

    def _covariance(self) -> Tensor:
        probs = ops.broadcast_to(self._probs, ops.shape(self._mean_val))
        return ops.matrix_set_diag(-outer(self._mean_val, probs), self._variance())

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        value = whole(value, True)
        total = ops.reduce_sum(value, -1)
        text = "values must sum to total_count"
        return checked(value, ops.assert_equal(self._total_count, total, message=text))
