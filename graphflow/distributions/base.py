"""The base of all distributions, also of those that programs define."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import DType, as_dtype, int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions import kullback_leibler
from graphflow.distributions.reparameterization import ReparameterizationType
from graphflow.linear_operators.shapes import known_shape, shape_constant


class Distribution:
    """A random variable, or a batch of independent ones.

    A sample has the shape `sample_shape + batch_shape + event_shape`: how many draws were asked
    for, how many distributions the object stands for, and what one draw of one of them looks like.

    A subclass defines what it knows of `_batch_shape`, `_batch_shape_tensor`, `_event_shape`,
    `_event_shape_tensor`, `_sample_n`, `_log_prob` or `_prob`, `_log_cdf` or `_cdf`,
    `_log_survival_function`, `_survival_function`, `_quantile`, `_entropy`, `_mean`, `_variance`
    or `_stddev`, `_covariance` and `_mode`; the public methods enter the name scope, convert
    arguments and derive one from the other.

    Args:
      dtype: the dtype of samples; None if it is open.
      reparameterization_type: `FULLY_REPARAMETERIZED` or `NOT_REPARAMETERIZED`.
      validate_args: whether the run checks parameters and arguments.
      allow_nan_stats: whether a statistic that is not defined is NaN, else an error of the run.
      parameters: the arguments of the constructor, for `copy`; often `dict(locals())`.
      graph_parents: the tensors that the distribution was made of.
      name: name of the distribution, and name scope of its operations.

    Raises:
      ValueError: one of `graph_parents` is no tensor.

    >>> import graphflow as tf
    >>> class Triangle(tf.distributions.Distribution):
    ...     def __init__(self, top, name="Triangle"):
    ...         self.top = tf.convert_to_tensor(top)
    ...         super().__init__(
    ...             tf.float32, tf.distributions.FULLY_REPARAMETERIZED, False, True,
    ...             parameters=dict(top=top, name=name), graph_parents=[self.top], name=name)
    ...     def _batch_shape(self):
    ...         return self.top.shape
    ...     def _event_shape(self):
    ...         return tf.TensorShape([])
    ...     def _prob(self, x):
    ...         return 2.0 * x / self.top**2
    >>> triangle = Triangle([2.0, 4.0])
    >>> triangle
    <tfp.distributions.Triangle 'Triangle/' batch_shape=(2,) event_shape=() dtype=float32>
    >>> tf.Session().run(tf.exp(triangle.log_prob(1.0)))
    array([0.5  , 0.125], dtype=float32)
    """

    def __init__(
        self,
        dtype: Any,
        reparameterization_type: ReparameterizationType,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any] | None = None,
        graph_parents: Sequence[Any] | None = None,
        name: str | None = None,
    ) -> None:
        parents = list(graph_parents or ())
        for place, parent in enumerate(parents):
            if parent is None or not is_tensor_like(parent):
                raise ValueError(f"graph_parents[{place}] must be a tensor, not {parent!r}")
        if not name or not name.endswith("/"):
            with name_scope(name or type(self).__name__) as name:
                pass
        self._dtype = None if dtype is None else as_dtype(dtype).base_dtype
        self._reparameterization_type = reparameterization_type
        self._allow_nan_stats = allow_nan_stats
        self._validate_args = validate_args
        self._parameters = parameters or {}
        self._graph_parents = parents
        self._name = name

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}' "
            f"batch_shape={self.batch_shape} event_shape={self.event_shape} "
            f"dtype={_name_of(self.dtype)}>"
        )

    def __str__(self) -> str:
        batch, event = self.batch_shape, self.event_shape
        of_batch = "" if batch.ndims is None else f", batch_shape={batch}"
        of_event = "" if event.ndims is None else f", event_shape={event}"
        dtype = _name_of(self.dtype)
        kind = f"tfp.distributions.{type(self).__name__}"
        return f'{kind}("{self.name}"{of_batch}{of_event}, dtype={dtype})'

    @contextmanager
    def _name_scope(self, name: str | None = None, values: Sequence[Any] = ()) -> Iterator[str]:
        """Enter the scope of one method within that of the distribution."""
        with (
            name_scope(self._name),
            name_scope(name, "method", values=[*values, *self._graph_parents]) as scope,
        ):
            yield scope

    def _missing(self, method: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} does not define {method}")

    # -- parameters --------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name scope of the operations, which ends with '/'."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The dtype of samples."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            key: value
            for key, value in self._parameters.items()
            if key != "self" and not key.startswith("__")
        }

    @property
    def reparameterization_type(self) -> ReparameterizationType:
        """Whether samples are differentiable functions of the parameters."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self) -> bool:
        """Whether a statistic that is not defined is NaN, else an error of the run."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether the run checks parameters and arguments."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Any:
        """Return a new distribution of the same class.

        Args:
          **override_parameters_kwargs: arguments of the constructor that differ.

        >>> import graphflow as tf
        >>> tf.distributions.Normal(0.5, 2.0).copy(loc=[1.0, 3.0]).batch_shape
        TensorShape([Dimension(2)])
        """
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    @classmethod
    def param_shapes(
        cls, sample_shape: Any, name: str = "DistributionParamShapes"
    ) -> dict[str, Tensor]:
        """Return the shapes that parameters need, so that `sample()` gives a certain shape.

        Args:
          sample_shape: int32 vector, the shape of the sample.
          name: name scope of the operations.

        Returns:
          An int32 vector for the name of each parameter.

        Raises:
          NotImplementedError: the class does not tell.
        """
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, TensorShape]:
        """Like `param_shapes`, of a shape that is known.

        Args:
          sample_shape: a shape.

        Raises:
          ValueError: the shape is not fully known.

        >>> import graphflow as tf
        >>> tf.distributions.Bernoulli.param_static_shapes([3, 4])
        {'logits': TensorShape([Dimension(3), Dimension(4)])}
        """
        shape = TensorShape(sample_shape)
        if not shape.is_fully_defined():
            raise ValueError(f"sample_shape must be fully known, it is {shape}")
        found = {}
        for key, value in cls.param_shapes(shape_constant(shape)).items():
            known = value.constant_value()
            if known is None:
                raise ValueError(f"{cls.__name__} does not tell the shape of {key} while building")
            found[key] = TensorShape(known.tolist())
        return found

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        raise NotImplementedError("the class does not define _param_shapes")

    # -- shapes ------------------------------------------------------------------------------------

    def _batch_shape(self) -> Any:
        return TensorShape(None)

    def _batch_shape_tensor(self) -> Tensor:
        raise self._missing("_batch_shape_tensor")

    def _event_shape(self) -> Any:
        return TensorShape(None)

    def _event_shape_tensor(self) -> Tensor:
        raise self._missing("_event_shape_tensor")

    @property
    def batch_shape(self) -> TensorShape:
        """How many distributions there are, as far as it is known."""
        return TensorShape(self._batch_shape())

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """Return how many distributions there are, as an int32 vector.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            if self.batch_shape.is_fully_defined():
                return shape_constant(self.batch_shape)
            return self._batch_shape_tensor()

    @property
    def event_shape(self) -> TensorShape:
        """The shape of one draw of one distribution, as far as it is known."""
        return TensorShape(self._event_shape())

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Tensor:
        """Return the shape of one draw of one distribution, as an int32 vector.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            if self.event_shape.is_fully_defined():
                return shape_constant(self.event_shape)
            return self._event_shape_tensor()

    def is_scalar_event(self, name: str = "is_scalar_event") -> Tensor:
        """Return whether the event shape is [], as a bool scalar.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return _is_scalar(self.event_shape, self.event_shape_tensor)

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Tensor:
        """Return whether the batch shape is [], as a bool scalar.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return _is_scalar(self.batch_shape, self.batch_shape_tensor)

    # What a subclass defines may take conditions or not: `*args` and `**conditions` allow both.

    # -- samples -----------------------------------------------------------------------------------

    def _sample_n(self, n: Any, seed: int | None = None, *args: Any, **conditions: Any) -> Tensor:
        """Draw [n] + batch_shape + event_shape."""
        raise self._missing("_sample_n")

    def sample(
        self, sample_shape: Any = (), seed: int | None = None, name: str = "sample"
    ) -> Tensor:
        """Draw samples.

        Args:
          sample_shape: int32 scalar or vector, the shape of the draws.
          seed: seed of the random numbers.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape + event_shape.

        >>> import graphflow as tf
        >>> tf.distributions.Normal([1.0, 5.0], 1.0).sample([3, 4], seed=1).shape
        TensorShape([Dimension(3), Dimension(4), Dimension(2)])
        """
        return self._call_sample_n(sample_shape, seed, name)

    def _call_sample_n(
        self, sample_shape: Any, seed: int | None, name: str, *args: Any, **conditions: Any
    ) -> Tensor:
        """Draw samples under conditions, which a subclass that has some passes on."""
        with self._name_scope(name, [sample_shape]):
            shape = convert_to_tensor(sample_shape, dtype=int32, name="sample_shape")
            shape, n = as_vector_and_product(shape)
            samples = self._sample_n(n, seed, **conditions)
            final = ops.concat([shape, ops.shape(samples)[1:]], 0)
            return self._with_static_shape(ops.reshape(samples, final), shape)

    def _with_static_shape(self, samples: Tensor, sample_shape: Tensor) -> Tensor:
        """Tell a sample all that is known of its shape."""
        known = known_shape(sample_shape).concatenate(self.batch_shape)
        samples.set_shape(known.concatenate(self.event_shape))
        return samples

    # -- probabilities -----------------------------------------------------------------------------

    def _log_prob(self, value: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_log_prob or _prob")

    def _prob(self, value: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_prob or _log_prob")

    def _log_cdf(self, value: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_log_cdf or _cdf")

    def _cdf(self, value: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_cdf or _log_cdf")

    def _log_survival_function(self, value: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_log_survival_function")

    def _survival_function(self, value: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_survival_function")

    def _quantile(self, value: Tensor) -> Tensor:
        raise self._missing("_quantile")

    def _argument(self, value: Any) -> Tensor:
        return convert_to_tensor(value, name="value", preferred_dtype=self.dtype)

    def log_prob(self, value: Any, name: str = "log_prob") -> Tensor:
        """Return the logarithm of the density, or of the probability of a discrete value.

        Args:
          value: a tensor that broadcasts with batch_shape + event_shape.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape.

        Raises:
          NotImplementedError: the distribution has none.
        """
        return self._call_log_prob(value, name)

    def _call_log_prob(self, value: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [value]):
            value = self._argument(value)
            return _either(
                lambda: self._log_prob(value, **conditions),
                lambda: ops.log(self._prob(value, **conditions)),
            )

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        """Return the density, or the probability of a discrete value.

        Args:
          value: see `log_prob`.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape.

        Raises:
          NotImplementedError: the distribution has none.
        """
        return self._call_prob(value, name)

    def _call_prob(self, value: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [value]):
            value = self._argument(value)
            return _either(
                lambda: self._prob(value, **conditions),
                lambda: ops.exp(self._log_prob(value, **conditions)),
            )

    def log_cdf(self, value: Any, name: str = "log_cdf") -> Tensor:
        """Return log P(X <= value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape.

        Raises:
          NotImplementedError: the distribution has none.
        """
        return self._call_log_cdf(value, name)

    def _call_log_cdf(self, value: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [value]):
            value = self._argument(value)
            return _either(
                lambda: self._log_cdf(value, **conditions),
                lambda: ops.log(self._cdf(value, **conditions)),
            )

    def cdf(self, value: Any, name: str = "cdf") -> Tensor:
        """Return P(X <= value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape.

        Raises:
          NotImplementedError: the distribution has none.
        """
        return self._call_cdf(value, name)

    def _call_cdf(self, value: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [value]):
            value = self._argument(value)
            return _either(
                lambda: self._cdf(value, **conditions),
                lambda: ops.exp(self._log_cdf(value, **conditions)),
            )

    def log_survival_function(self, value: Any, name: str = "log_survival_function") -> Tensor:
        """Return log P(X > value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape.

        Raises:
          NotImplementedError: the distribution has none.
        """
        return self._call_log_survival_function(value, name)

    def _call_log_survival_function(self, value: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [value]):
            value = self._argument(value)
            return _either(
                lambda: self._log_survival_function(value, **conditions),
                lambda: ops.log1p(-self._call_cdf(value, "cdf", **conditions)),
            )

    def survival_function(self, value: Any, name: str = "survival_function") -> Tensor:
        """Return P(X > value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.

        Returns:
          A tensor sample_shape + batch_shape.

        Raises:
          NotImplementedError: the distribution has none.
        """
        return self._call_survival_function(value, name)

    def _call_survival_function(self, value: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [value]):
            value = self._argument(value)
            return _either(
                lambda: self._survival_function(value, **conditions),
                lambda: 1.0 - self._call_cdf(value, "cdf", **conditions),
            )

    def quantile(self, value: Any, name: str = "quantile") -> Tensor:
        """Return the x with P(X <= x) = value.

        Args:
          value: floating, probabilities.
          name: name scope of the operations.

        Raises:
          NotImplementedError: the distribution has none.
        """
        with self._name_scope(name, [value]):
            return self._quantile(self._argument(value))

    # -- statistics --------------------------------------------------------------------------------

    def _entropy(self) -> Tensor:
        raise self._missing("_entropy")

    def _mean(self) -> Tensor:
        raise self._missing("_mean")

    def _mode(self) -> Tensor:
        raise self._missing("_mode")

    def _variance(self) -> Tensor:
        raise self._missing("_variance or _stddev")

    def _stddev(self) -> Tensor:
        raise self._missing("_stddev or _variance")

    def _covariance(self) -> Tensor:
        raise self._missing("_covariance")

    def entropy(self, name: str = "entropy") -> Tensor:
        """Return the entropy, in nats.

        Args:
          name: name scope of the operations.

        Raises:
          NotImplementedError: it has no formula.
        """
        with self._name_scope(name):
            return self._entropy()

    def mean(self, name: str = "mean") -> Tensor:
        """Return the mean.

        Args:
          name: name scope of the operations.

        Raises:
          NotImplementedError: it has no formula.
        """
        with self._name_scope(name):
            return self._mean()

    def mode(self, name: str = "mode") -> Tensor:
        """Return where the density is greatest.

        Args:
          name: name scope of the operations.

        Raises:
          NotImplementedError: it has no formula.
        """
        with self._name_scope(name):
            return self._mode()

    def variance(self, name: str = "variance") -> Tensor:
        """Return the variance of each element.

        Args:
          name: name scope of the operations.

        Raises:
          NotImplementedError: it has no formula.
        """
        with self._name_scope(name):
            return _either(self._variance, lambda: ops.square(self._stddev()))

    def stddev(self, name: str = "stddev") -> Tensor:
        """Return the standard deviation of each element.

        Args:
          name: name scope of the operations.

        Raises:
          NotImplementedError: it has no formula.
        """
        with self._name_scope(name):
            return _either(self._stddev, lambda: ops.sqrt(self._variance()))

    def covariance(self, name: str = "covariance") -> Tensor:
        """Return the covariances of the elements of an event.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor batch_shape + [k, k] for events of k elements.

        Raises:
          NotImplementedError: it has no formula, or events are scalars.
        """
        with self._name_scope(name):
            return self._covariance()

    def cross_entropy(self, other: Any, name: str = "cross_entropy") -> Tensor:
        """Return the mean of -log other(x).

        Args:
          other: a distribution.
          name: name scope of the operations.

        Raises:
          NotImplementedError: the divergence of the two has no formula.
        """
        with self._name_scope(name):
            return self._cross_entropy(other)

    def _cross_entropy(self, other: Any) -> Tensor:
        return kullback_leibler.cross_entropy(self, other, allow_nan_stats=self._allow_nan_stats)

    def kl_divergence(self, other: Any, name: str = "kl_divergence") -> Tensor:
        """Return the Kullback-Leibler divergence, the mean of log(self(x) / other(x)).

        Args:
          other: a distribution.
          name: name scope of the operations.

        Raises:
          NotImplementedError: the divergence of the two has no formula.
        """
        with self._name_scope(name):
            return self._kl_divergence(other)

    def _kl_divergence(self, other: Any) -> Tensor:
        return kullback_leibler.kl_divergence(self, other, allow_nan_stats=self._allow_nan_stats)


def as_vector_and_product(shape: Tensor) -> tuple[Tensor, Any]:
    """Return a sample shape as a vector, and how many draws that are.

    Args:
      shape: int32 scalar or vector.

    Raises:
      ValueError: it is neither.
    """
    rank = shape.shape.ndims
    if rank is not None and rank > 1:
        raise ValueError(f"sample_shape must be a scalar or a vector, it has shape {shape.shape}")
    known = shape.constant_value()
    n = ops.reduce_prod(shape) if known is None else np.prod(known, dtype=np.int32)
    return (shape if rank == 1 else ops.reshape(shape, [-1])), n


def _either(first: Callable[[], Tensor], second: Callable[[], Tensor]) -> Tensor:
    """The result of the first function, or of the second where the class defines no first."""
    try:
        return first()
    except NotImplementedError:
        return second()


def _is_scalar(static: TensorShape, dynamic: Callable[[], Tensor]) -> Tensor:
    if static.ndims is not None:
        return ops.constant(static.ndims == 0, name="is_scalar")
    return ops.equal(ops.size(dynamic()), 0)


def _name_of(dtype: DType | None) -> str:
    return "?" if dtype is None else dtype.name
