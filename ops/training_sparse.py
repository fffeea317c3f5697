"""Updates of some rows of variables by steps of momentum and of Adagrad."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.core.op import Array, Sample, register
from graphflow.ops._updates import Update, apply_by_kind
from graphflow.ops.kernels import updates
from graphflow.ops.kernels.compiled import CompiledLater

__all__ = [
    "ResourceSparseApplyAdagrad",
    "ResourceSparseApplyMomentum",
    "SparseApplyAdagrad",
    "SparseApplyMomentum",
    "sparse_apply_adagrad",
    "sparse_apply_momentum",
]


class _SparseMomentum(Update):
    """Base of both kinds of momentum."""

    use_locking: bool
    use_nesterov: bool

    writes = (0, 1)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, accum = states
        rate, momentum = numbers["lr"], numbers["momentum"]
        accum = accum * momentum + grad
        step = accum * momentum + grad if self.use_nesterov else accum
        return var - step * rate, accum

    def loop(self) -> CompiledLater:
        return updates.nesterov_rows if self.use_nesterov else updates.momentum_rows

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        make: Any = cls
        yield Sample.of(make(use_nesterov=True), *cls._sample_inputs().values())


@register
class SparseApplyMomentum(_SparseMomentum):
    """Momentum for some rows."""

    use_locking: bool = False
    use_nesterov: bool = False

    inputs = "var: &T, accum: &T, lr: T, grad: T, indices: Tindices, momentum: T"


@register
class ResourceSparseApplyMomentum(_SparseMomentum):
    """Momentum for some rows."""

    use_locking: bool = False
    use_nesterov: bool = False

    inputs = "var: resource, accum: resource, lr: T, grad: T, indices: Tindices, momentum: T"
    outputs = ""
    is_resource_kind = True


def sparse_apply_momentum(
    var: Any,
    accum: Any,
    lr: Any,
    grad: Any,
    indices: Any,
    momentum: Any,
    use_locking: bool = False,
    use_nesterov: bool = False,
    name: str | None = None,
) -> Any:
    """Make a step with momentum for some rows, see `apply_momentum`.

    Args:
      var: the variable.
      accum: its slot, of its dtype and shape.
      lr: the learning rate, a scalar of its dtype.
      grad: the gradients of the rows.
      indices: which rows, int32 or int64 vector.
      momentum: a scalar of its dtype.
      use_locking: accepted for compatibility: updates are always atomic.
      use_nesterov: whether to use Nesterov's variant.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> v, slot = tf.Variable([1.0, 2.0, 3.0]), tf.Variable([0.0, 4.0, 2.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(sparse_apply_momentum(v, slot, 0.5, [3.0], [2], 0.5))
    array([1., 2., 1.], dtype=float32)
    """
    op = (
        SparseApplyMomentum(use_locking, use_nesterov),
        ResourceSparseApplyMomentum(use_locking, use_nesterov),
    )
    return apply_by_kind(*op, [var, accum], [lr, grad, indices, momentum], name)


class _SparseAdagrad(Update):
    """Base of both kinds of Adagrad."""

    use_locking: bool
    update_slots: bool

    writes = (0, 1)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, accum = states
        if self.update_slots:
            accum = accum + grad * grad
        return var - grad * numbers["lr"] / np.sqrt(accum), accum

    def loop(self) -> CompiledLater | None:
        return updates.adagrad_rows if self.update_slots else None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        make: Any = cls
        yield Sample.of(make(update_slots=False), *cls._sample_inputs().values())


@register
class SparseApplyAdagrad(_SparseAdagrad):
    """Adagrad for some rows."""

    use_locking: bool = False
    update_slots: bool = True

    inputs = "var: &T, accum: &T, lr: T, grad: T, indices: Tindices"


@register
class ResourceSparseApplyAdagrad(_SparseAdagrad):
    """Adagrad for some rows."""

    use_locking: bool = False
    update_slots: bool = True

    inputs = "var: resource, accum: resource, lr: T, grad: T, indices: Tindices"
    outputs = ""
    is_resource_kind = True


def sparse_apply_adagrad(
    var: Any,
    accum: Any,
    lr: Any,
    grad: Any,
    indices: Any,
    use_locking: bool = False,
    update_slots: bool = True,
    name: str | None = None,
) -> Any:
    """Make a step of Adagrad for some rows, see `apply_adagrad`.

    Args:
      var: the variable.
      accum: its slot, of its dtype and shape.
      lr: the learning rate, a scalar of its dtype.
      grad: the gradients of the rows.
      indices: which rows, int32 or int64 vector.
      use_locking: accepted for compatibility: updates are always atomic.
      update_slots: whether the slot is changed.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> v, slot = tf.Variable([1.0, 2.0, 3.0]), tf.Variable([0.0, 4.0, 9.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(sparse_apply_adagrad(v, slot, 0.5, [4.0], [2]))
    array([1. , 2. , 2.6], dtype=float32)
    """
    op = (
        SparseApplyAdagrad(use_locking, update_slots),
        ResourceSparseApplyAdagrad(use_locking, update_slots),
    )
    return apply_by_kind(*op, [var, accum], [lr, grad, indices], name)
