"""Mixtures of distributions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.distributions.categorical import Categorical
from graphflow.distributions.parameters import gen_new_seed
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.linear_operators.shapes import dynamic_shape, size_of


def _with_axes(tensor: Tensor, count: int) -> Tensor:
    """Append axes, so that a number of each batch member broadcasts with events."""
    for _ in range(count):
        tensor = ops.expand_dims(tensor, -1)
    return tensor


def _chosen(choices: Tensor, values: Tensor, event_rank: int) -> Tensor:
    """The values [..., k] + event of one component each.

    Args:
      choices: int [...], the numbers of the components.
      values: a tensor [..., k] + event.
      event_rank: the rank of an event.
    """
    axis = -1 - event_rank
    count = size_of(values, axis)
    is_chosen = _with_axes(ops.one_hot(choices, count, True, False), event_rank)
    # What is not chosen may be infinite, which a product with 0 would not remove.
    return ops.reduce_sum(ops.where_v2(is_chosen, values, ops.zeros_like(values)), axis)


def _known_event_rank(distribution: Any) -> int:
    rank = distribution.event_shape.ndims
    if rank is None:
        raise ValueError(f"{distribution.name}: the rank of events must be known")
    return int(rank)


class Mixture(Distribution):
    """Of each draw, `cat` chooses the distribution out of several.

    Args:
      cat: a `Categorical`, how often each component is drawn from.
      components: distributions of the same dtype and shapes; the batch shape is that of `cat`.
      validate_args: not used.
      allow_nan_stats: see `Distribution`.
      use_static_graph: not used, samples are always drawn of all components.
      name: name of the distribution.

    Raises:
      TypeError: `cat` is no `Categorical`, a component is no distribution, or dtypes differ.
      ValueError: there are no components, or not as many as `cat` has classes, or shapes differ.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> mixture = kinds.Mixture(
    ...     kinds.Categorical(probs=[0.25, 0.75]),
    ...     [kinds.Uniform(0.0, 1.0), kinds.Uniform(0.0, 4.0)])
    >>> tf.Session().run([mixture.mean(), mixture.cdf(2.0)])
    [np.float32(1.625), np.float32(0.625)]
    """

    def __init__(
        self,
        cat: Any,
        components: Sequence[Any],
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        use_static_graph: bool = False,
        name: str = "Mixture",
    ) -> None:
        parameters = dict(locals())
        _check_components(cat, components)
        self._cat = cat
        self._components = list(components)
        self._static_batch = cat.batch_shape
        self._static_event = TensorShape(None)
        for component in components:
            self._static_batch = self._static_batch.merge_with(component.batch_shape)
            self._static_event = self._static_event.merge_with(component.event_shape)
        with name_scope(name, values=[cat.logits]) as scope:
            pass
        super().__init__(
            components[0].dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [parent for one in (cat, *components) for parent in one._graph_parents],
            scope,
        )

    @property
    def cat(self) -> Any:
        """How often each component is drawn from."""
        return self._cat

    @property
    def components(self) -> list[Any]:
        """The distributions that are mixed."""
        return self._components

    @property
    def num_components(self) -> int:
        """How many there are."""
        return len(self._components)

    def _batch_shape(self) -> Any:
        return self._static_batch

    def _batch_shape_tensor(self) -> Any:
        return self._cat.batch_shape_tensor()

    def _event_shape(self) -> TensorShape:
        return self._static_event

    def _event_shape_tensor(self) -> Any:
        return self._components[0].event_shape_tensor()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        choices = self._cat.sample(n, seed=seed)
        rank = _known_event_rank(self)
        samples = []
        for component in self._components:
            seed = gen_new_seed(seed, "mixture")
            samples.append(component.sample(n, seed=seed))
        return _chosen(choices, ops.stack(samples, -1 - rank), rank)

    def _log_weights(self) -> Tensor:
        return ops.log_softmax(self._cat.logits)

    def _of_components(self, function: Callable[[Any], Tensor], event_rank: int) -> Tensor:
        """The mean, by weight, of what each component has: [...] or [...] + event."""
        weights = ops.unstack(self._cat.probs, num=self.num_components, axis=-1)
        return ops.add_n(
            [
                _with_axes(weight, event_rank) * function(component)
                for weight, component in zip(weights, self._components, strict=True)
            ]
        )

    def _log_mean(self, logs: Sequence[Tensor]) -> Tensor:
        """The logarithm of the mean, by weight, of the exponentials."""
        weights = ops.unstack(self._log_weights(), num=self.num_components, axis=-1)
        terms = [weight + log for weight, log in zip(weights, logs, strict=True)]
        return ops.reduce_logsumexp(ops.stack(terms), 0)

    def _log_prob(self, value: Tensor) -> Tensor:
        return self._log_mean([one.log_prob(value) for one in self._components])

    def _prob(self, value: Tensor) -> Tensor:
        return self._of_components(lambda one: one.prob(value), 0)

    def _log_cdf(self, value: Tensor) -> Tensor:
        return self._log_mean([one.log_cdf(value) for one in self._components])

    def _cdf(self, value: Tensor) -> Tensor:
        return self._of_components(lambda one: one.cdf(value), 0)

    def _mean(self) -> Tensor:
        return self._of_components(lambda one: one.mean(), _known_event_rank(self))

    def _variance(self) -> Tensor:
        rank, mean = _known_event_rank(self), self._mean()
        return self._of_components(
            lambda one: one.variance() + ops.squared_difference(one.mean(), mean), rank
        )

    def entropy_lower_bound(self, name: str = "entropy_lower_bound") -> Tensor:
        """Return a number that the entropy is not less than: the mean of the components'.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._of_components(lambda one: one.entropy(), 0)


def _check_components(cat: Any, components: Sequence[Any]) -> None:
    if not isinstance(cat, Categorical):
        raise TypeError(f"cat must be a Categorical, not {cat!r}")
    if not components:
        raise ValueError("a mixture needs at least one component")
    for component in components:
        if not isinstance(component, Distribution):
            raise TypeError(f"components must be distributions, not {component!r}")
    dtypes = sorted({component.dtype.name for component in components})
    if len(dtypes) > 1:
        raise TypeError(f"all components must have the same dtype, not {', '.join(dtypes)}")
    classes = size_of(cat.logits, -1)
    if not isinstance(classes, int):
        raise ValueError("the number of classes of cat must be known")
    if classes != len(components):
        raise ValueError(f"cat has {classes} classes, there are {len(components)} components")


class MixtureSameFamily(Distribution):
    """Mixtures whose components are the last axis of the batch of one distribution.

    Args:
      mixture_distribution: a `Categorical`, how often each component is drawn from; its batch
        shape is [], or that of `components_distribution` without the last axis.
      components_distribution: a distribution with a batch shape [..., k].
      validate_args: not used, shapes that do not fit fail where they meet.
      allow_nan_stats: see `Distribution`.
      name: name of the distribution.

    Raises:
      ValueError: `mixture_distribution` is not of integers, or shapes do not fit.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> mixture = kinds.MixtureSameFamily(
    ...     kinds.Categorical(probs=[0.25, 0.75]), kinds.Normal([0.0, 4.0], 1.0))
    >>> tf.Session().run([mixture.mean(), mixture.variance()])
    [np.float32(3.0), np.float32(4.0)]
    """

    def __init__(
        self,
        mixture_distribution: Any,
        components_distribution: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MixtureSameFamily",
    ) -> None:
        parameters = dict(locals())
        mixture, components = mixture_distribution, components_distribution
        _check_batches(mixture, components)
        self._mixture = mixture
        self._parts = components
        self._event_rank = _known_event_rank(components)
        with name_scope(name) as scope:
            pass
        super().__init__(
            components.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [*mixture._graph_parents, *components._graph_parents],
            scope,
        )

    @property
    def mixture_distribution(self) -> Any:
        """How often each component is drawn from."""
        return self._mixture

    @property
    def components_distribution(self) -> Any:
        """The components."""
        return self._parts

    def _batch_shape(self) -> Any:
        return self._parts.batch_shape[:-1]

    def _batch_shape_tensor(self) -> Any:
        return self._parts.batch_shape_tensor()[:-1]

    def _event_shape(self) -> Any:
        return self._parts.event_shape

    def _event_shape_tensor(self) -> Any:
        return self._parts.event_shape_tensor()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        samples = self._parts.sample(n, seed=seed)
        shape: Any = [n]
        if self._mixture.batch_shape.ndims == 0:
            # Each member of the batch gets a choice of its own.
            shape = ops.concat([[n], self.batch_shape_tensor()], 0)
        choices = self._mixture.sample(shape, seed=gen_new_seed(seed, "MixtureSameFamily"))
        return _chosen(choices, samples, self._event_rank)

    def _for_parts(self, value: Tensor) -> Tensor:
        """Give values an axis for the components."""
        return ops.expand_dims(value, -1 - self._event_rank)

    def _mean_of(self, per_part: Tensor, event_rank: int) -> Tensor:
        weights = _with_axes(self._mixture.probs, event_rank)
        return ops.reduce_sum(weights * per_part, -1 - event_rank)

    def _log_prob(self, value: Tensor) -> Tensor:
        logs = self._parts.log_prob(self._for_parts(value))
        return ops.reduce_logsumexp(logs + ops.log_softmax(self._mixture.logits), -1)

    def _cdf(self, value: Tensor) -> Tensor:
        return self._mean_of(self._parts.cdf(self._for_parts(value)), 0)

    def _log_cdf(self, value: Tensor) -> Tensor:
        logs = self._parts.log_cdf(self._for_parts(value))
        return ops.reduce_logsumexp(logs + ops.log_softmax(self._mixture.logits), -1)

    def _mean(self) -> Tensor:
        return self._mean_of(self._parts.mean(), self._event_rank)

    def _variance(self) -> Tensor:
        distances = self._parts.mean() - self._for_parts(self._mean())
        spread = self._parts.variance() + ops.square(distances)
        return self._mean_of(spread, self._event_rank)

    def _covariance(self) -> Tensor:
        if self._event_rank != 1:
            raise NotImplementedError(f"{self.name}: covariances need events that are vectors")
        distances = self._parts.mean() - self._for_parts(self._mean())
        products = ops.expand_dims(distances, -1) * ops.expand_dims(distances, -2)
        return self._mean_of(self._parts.covariance() + products, 2)


def _check_batches(mixture: Any, components: Any) -> None:
    if not mixture.dtype.is_integer:
        raise ValueError(
            f"mixture_distribution must be of integers, {mixture.name} is of {mixture.dtype.name}"
        )
    batch = components.batch_shape
    if batch.ndims == 0:
        raise ValueError("components_distribution must have a batch, of which components are")
    if batch.ndims is None:
        return
    if mixture.batch_shape.ndims and not mixture.batch_shape.is_compatible_with(batch[:-1]):
        raise ValueError(
            f"mixture_distribution has batch shape {mixture.batch_shape}, it must be () or "
            f"{batch[:-1]}"
        )
    classes = dynamic_shape(mixture.logits).constant_value()
    known = batch.as_list()[-1]
    if classes is not None and known is not None and classes[-1] != known:
        raise ValueError(
            f"mixture_distribution has {classes[-1]} classes, there are {known} components"
        )
