"""Shampoo: Adagrad with a matrix for each axis of a variable (Gupta, Koren and Singer, 2018)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.opt.matrix_functions import matrix_inverse_pth_root
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.train.optimizer import Optimizer


class ShampooOptimizer(Optimizer):
    """Steps multiplied, along each axis, by a power of the products of all gradients so far.

    For a variable of rank n, with `gg_j` the products of the gradient's slices along axis j::

        gbar = gbar_decay * gbar + gbar_weight * grad
        mat_gbar_j = mat_gbar_decay * mat_gbar_j + mat_gbar_weight * gg_j
        var -= learning_rate * gbar times (mat_gbar_j + epsilon * I)**(-alpha / n) along each axis

    Of an axis longer than `max_matrix_size` only the diagonal is kept.  The decays, weights,
    intervals, the learning rate and alpha are numbers, or functions of the step.

    Args:
      global_step: the variable that counts the steps.
      max_matrix_size: the greatest size of a matrix.
      gbar_decay: see above.
      gbar_weight: see above.
      mat_gbar_decay: see above.
      mat_gbar_weight: see above.
      learning_rate: see above.
      svd_interval: after how many steps powers are computed anew.
      precond_update_interval: after how many steps the products are added.
      epsilon: see above.
      alpha: see above.
      use_iterative_root: whether powers are computed by products of matrices alone; `alpha / n` is
        then 1/p for an integer p.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> v = tf.Variable([[3.0, 1.0], [2.0, 5.0]])
    >>> optimizer = ShampooOptimizer(learning_rate=0.5, epsilon=0.0)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [[4.0, 0.0], [0.0, -9.0]]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v).round(3))
    [[2.5 1. ]
     [2.  5.5]]
    """

    def __init__(
        self,
        global_step: Any = 0,
        max_matrix_size: int = 768,
        gbar_decay: Any = 0.0,
        gbar_weight: Any = 1.0,
        mat_gbar_decay: Any = 1.0,
        mat_gbar_weight: Any = 1.0,
        learning_rate: Any = 1.0,
        svd_interval: Any = 1,
        precond_update_interval: Any = 1,
        epsilon: float = 0.1,
        alpha: Any = 0.5,
        use_iterative_root: bool = False,
        use_locking: bool = False,
        name: str = "Shampoo",
    ) -> None:
        super().__init__(use_locking, name)
        self._global_step = global_step
        self._max_matrix_size = max_matrix_size
        self._gbar_decay = gbar_decay
        self._gbar_weight = gbar_weight
        self._mat_gbar_decay = mat_gbar_decay
        self._mat_gbar_weight = mat_gbar_weight
        self._learning_rate = learning_rate
        self._svd_interval = svd_interval
        self._update_interval = precond_update_interval
        self._epsilon = epsilon
        self._alpha = alpha
        self._use_iterative_root = use_iterative_root
        self._step: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            if not var.shape.rank or not var.shape.is_fully_defined():
                raise ValueError(
                    f"Shampoo needs variables with axes of known size: {var.name} has shape "
                    f"{var.shape}"
                )
            dtype = var.dtype.base_dtype
            self._zeros_slot(var, "gbar", self._name)
            for axis, size in enumerate(var.shape.as_list()):
                is_matrix = self._is_matrix(size)
                products = ops.zeros([size, size] if is_matrix else [size], dtype)
                self._get_or_make_slot(var, products, f"Gbar_{axis}", self._name)
                if is_matrix and self._svd_interval != 1:
                    identity = ops.eye(size, dtype=dtype)
                    self._get_or_make_slot(var, identity, f"H_{axis}", self._name)

    def _is_matrix(self, size: int) -> bool:
        return size <= self._max_matrix_size

    def _prepare(self) -> None:
        step = ops.cast(convert_to_tensor(self._global_step), as_dtype("float32"))
        self._step = step + 1.0

    def _now(self, parameter: Any) -> Any:
        """The value of a parameter in this step."""
        return parameter(self._step) if callable(parameter) else parameter

    # -- updates ----------------------------------------------------------------------------------

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        gbar = self._average(
            self.get_slot(var, "gbar"), self._gbar_decay, self._now(self._gbar_weight) * grad
        )
        change = gbar
        for axis in range(var.shape.rank):
            change = self._conditioned(change, grad, var, axis)
        return ops.assign_sub(var, self._now(self._learning_rate) * change)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        if self._is_matrix(var.shape[0].value) or self._gbar_decay != 0.0:
            places = ops.expand_dims(grad.indices, 1)
            shape = ops.shape(var, out_type=grad.indices.dtype)
            return self._apply_dense(ops.scatter_nd(places, grad.values, shape), var)
        if self._mat_gbar_decay != 1.0:
            raise NotImplementedError(
                f"mat_gbar_decay with a sparse gradient, that of {var.name}: it must be 1"
            )
        change = self._now(self._gbar_weight) * grad.values
        change = self._last(change) * self._power_of_rows(grad, var)
        for axis in range(1, var.shape.rank):
            change = self._conditioned(change, grad.values, var, axis)
        step = self._now(self._learning_rate) * change
        return ops.scatter_sub(var, grad.indices, step, use_locking=self._use_locking)

    def _average(self, state: Any, decay: Any, update: Tensor) -> Tensor:
        """Bring a decaying sum up to date; one that decays at once need not be kept."""
        if decay == 0.0:
            return update
        if decay != 1.0:
            update = (self._now(decay) - 1) * state + update
        return convert_to_tensor(ops.assign_add(state, update, use_locking=self._use_locking))

    # -- one axis ---------------------------------------------------------------------------------

    def _conditioned(self, change: Tensor, grad: Tensor, var: Any, axis: int) -> Tensor:
        """Multiply along the first axis of `change`, which stands for `axis`, and put it last.

        After all axes they are in their order again.
        """
        if not self._is_matrix(var.shape[axis].value):
            return self._last(change) * self._power_of_diagonal(grad, var, axis)
        power = self._power_of_matrix(grad, var, axis)
        return ops.tensordot(change, power, axes=([0], [0]), name=f"precond_{axis}")

    @staticmethod
    def _last(change: Tensor) -> Tensor:
        rank = change.shape.rank
        assert rank is not None
        return ops.transpose(change, [*range(1, rank), 0])

    def _exponent(self, var: Any) -> Any:
        return -self._now(self._alpha) / var.shape.rank

    @staticmethod
    def _others(var: Any, axis: int) -> list[int]:
        return [other for other in range(var.shape.rank) if other != axis]

    def _power_of_rows(self, grad: IndexedSlices, var: Any) -> Tensor:
        squares = ops.reduce_sum(ops.square(grad.values), self._others(var, 0))
        weighted = self._now(self._mat_gbar_weight) * squares
        sums = ops.scatter_add(self.get_slot(var, "Gbar_0"), grad.indices, weighted)
        found = ops.gather(sums, grad.indices)
        return ops.pow(found + self._epsilon, self._exponent(var))

    def _power_of_diagonal(self, grad: Tensor, var: Any, axis: int) -> Tensor:
        squares = ops.reduce_sum(ops.square(grad), self._others(var, axis))
        weighted = self._now(self._mat_gbar_weight) * squares
        sums = self._average(self.get_slot(var, f"Gbar_{axis}"), self._mat_gbar_decay, weighted)
        return ops.pow(sums + self._epsilon, self._exponent(var))

    def _power_of_matrix(self, grad: Tensor, var: Any, axis: int) -> Tensor:
        slot = self.get_slot(var, f"Gbar_{axis}")
        others = self._others(var, axis)

        def add() -> Tensor:
            products = ops.tensordot(grad, grad, axes=(others, others), name=f"grad_outer_{axis}")
            weight = self._now(self._mat_gbar_weight) * self._now(self._update_interval)
            return self._average(slot, self._mat_gbar_decay, weight * products)

        sums = self._when_due(self._update_interval, add, lambda: convert_to_tensor(slot))
        if self._svd_interval == 1:
            return self._power(sums, var, axis)
        kept = self.get_slot(var, f"H_{axis}")
        return self._when_due(
            self._svd_interval,
            lambda: convert_to_tensor(ops.assign(kept, self._power(sums, var, axis))),
            lambda: convert_to_tensor(kept),
        )

    def _when_due(
        self, interval: Any, act: Callable[[], Tensor], otherwise: Callable[[], Tensor]
    ) -> Tensor:
        if interval == 1:
            return act()
        is_due = ops.less(ops.floormod(self._step, self._now(interval)), 1.0)
        result: Tensor = ops.cond(is_due, act, otherwise)
        return result

    def _power(self, sums: Tensor, var: Any, axis: int) -> Tensor:
        """The power of a symmetric matrix without negative eigenvalues."""
        size, exponent = var.shape[axis].value, self._exponent(var)
        with name_scope("matrix_iterative_power"):
            if size == 1:
                return ops.pow(sums + self._epsilon, exponent)
            if self._use_iterative_root:
                return matrix_inverse_pth_root(sums, size, exponent, ridge_epsilon=self._epsilon)
            identity = ops.eye(size, dtype=sums.dtype)
            values, vectors = ops.self_adjoint_eig(sums + self._epsilon * identity)
            powers = ops.pow(ops.maximum(values, self._epsilon), exponent)
            return ops.matmul(vectors * powers, vectors, transpose_b=True)
