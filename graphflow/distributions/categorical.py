"""The categorical distribution."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32, int64
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import get_logits_and_probs, same_shapes, whole
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.linear_operators.shapes import broadcast_with, dynamic_shape


class Categorical(Distribution):
    """Dice: numbers of classes 0, 1, ..., k - 1 with given probabilities.

    Args:
      logits: floating [..., k], log-probabilities up to a constant.
      probs: floating [..., k], probabilities, which sum to 1; give these or `logits`.
      dtype: the dtype of samples.
      validate_args: whether the run checks probabilities and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none, or they are scalars.
      TypeError: they are not floating.

    >>> import graphflow as tf
    >>> dice = tf.distributions.Categorical(probs=[[0.25, 0.75], [0.5, 0.5]])
    >>> tf.Session().run([dice.prob(1), dice.mode()])
    [array([0.75, 0.5 ], dtype=float32), array([1, 0], dtype=int32)]
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Categorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=scope
            )
            if self._logits.shape.ndims == 0:
                raise ValueError("a categorical distribution needs a vector, got a scalar")
            self._event_size = dynamic_shape(self._logits)[-1]
        super().__init__(
            dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._logits, self._probs],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "logits")

    @property
    def event_size(self) -> Tensor:
        """How many classes there are, an int32 scalar."""
        return self._event_size

    @property
    def logits(self) -> Tensor:
        """The log-probabilities up to a constant, [..., k]."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities, [..., k]."""
        return self._probs

    def _batch_shape(self) -> TensorShape:
        return self._logits.shape[:-1]

    def _batch_shape_tensor(self) -> Tensor:
        return ops.shape(self._logits)[:-1]

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _event_shape_tensor(self) -> Tensor:
        return ops.constant([], dtype=int32)

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        rows = ops.reshape(self._logits, ops.stack([-1, self._event_size]))
        dtype = int64 if self.dtype.size > 4 else int32
        draws = ops.multinomial(rows, n, seed=seed, output_dtype=dtype)
        shape = ops.concat([[n], self.batch_shape_tensor()], 0)
        return ops.cast(ops.reshape(ops.transpose(draws), shape), self.dtype)

    def _log_prob(self, value: Tensor) -> Tensor:
        value, logits = self._classes(value, self._logits)
        return -ops.sparse_softmax_cross_entropy_with_logits(labels=value, logits=logits)

    def _cdf(self, value: Tensor) -> Tensor:
        value, probs = self._classes(value, self._probs)
        is_below = ops.sequence_mask(value, self._event_size)
        return ops.reduce_sum(ops.where_v2(is_below, probs, ops.zeros_like(probs)), axis=-1)

    def _classes(self, value: Any, per_class: Tensor) -> tuple[Tensor, Tensor]:
        """Make values int and both of one batch shape."""
        value = ops.cast(whole(convert_to_tensor(value), self.validate_args), int32)
        batch = per_class.shape[:-1]
        value = broadcast_with(value, ops.shape(per_class)[:-1], batch)
        shape = ops.concat([ops.shape(value), [1]], 0)
        return value, broadcast_with(per_class, shape, value.shape.concatenate([1]))

    def _entropy(self) -> Tensor:
        return -ops.reduce_sum(ops.log_softmax(self._logits) * self._probs, axis=-1)

    def _mode(self) -> Tensor:
        return ops.cast(ops.argmax(self._logits, axis=-1), self.dtype)


@RegisterKL(Categorical, Categorical)
def _kl_categorical_categorical(a: Any, b: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_categorical_categorical", [a.logits, b.logits]):
        ratio = ops.log_softmax(a.logits) - ops.log_softmax(b.logits)
        return ops.reduce_sum(ops.softmax(a.logits) * ratio, axis=-1)
