"""GGT: steps adapted to how the last gradients vary together (Agarwal et al., 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.train.optimizer import Optimizer


class GGTOptimizer(Optimizer):
    """Steps along a mean of the gradients, scaled by the window of means before it.

    With all variables as one vector, `m` the decaying mean of the gradients and `M` the matrix of
    its last values, a column each, divided by the root of their number::

        U diag(sigma) U' = M' M + svd_eps * I
        step = M U diag((sqrt(sigma) + sigma_eps)**-3) U' M' m
        if min(sqrt(sigma)) > eps:
            step += (m - M U diag(1 / sigma) U' M' m) / min(sqrt(sigma))

    The variables have one dtype.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      beta1: the decay of the mean, likewise.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.
      window: how many means are kept.
      eps: below it the part of the mean outside of the window is left out.
      svd_eps: keeps the decomposition stable.
      sigma_eps: keeps the inversion stable.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> optimizer = GGTOptimizer(0.25, beta1=0.5, window=2, sigma_eps=0.0)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [6.0, -8.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v).round(3))
    [0.85 3.2 ]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        use_locking: bool = False,
        name: str = "GGT",
        window: int = 10,
        eps: float = 1e-4,
        svd_eps: float = 1e-6,
        sigma_eps: float = 1e-2,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._beta1 = beta1
        self._window = window
        self._eps = eps
        self._svd_eps = svd_eps
        self._sigma_eps = sigma_eps
        self._rate: Any = None
        self._decay: Any = None
        self._ordered: list[Any] = []  # the variables, by name
        self._places: dict[str, tuple[int, int]] = {}  # of a variable's numbers among all

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        self._ordered = sorted(var_list, key=lambda var: str(var.name))
        start = 0
        for var in self._ordered:
            size = var.shape.num_elements()
            if size is None:
                raise ValueError(f"GGT needs to know the shape of {var.name}: {var.shape}")
            self._places[var.name] = start, start + size
            start += size
        first = self._ordered[0]
        dtype = first.dtype.base_dtype
        for name, shape in (
            ("global_step", []),
            ("grad_buffer", [self._window, start]),
            ("moment1", [start]),
            ("flat_grad", [start]),
        ):
            self._create_non_slot_variable(ops.zeros(shape, dtype), name, first)

    def _prepare(self) -> None:
        dtype = self._ordered[0].dtype.base_dtype
        rate = convert_to_tensor(self._call_if_callable(self._learning_rate), name="learning_rate")
        decay = convert_to_tensor(self._call_if_callable(self._beta1), name="beta1")
        self._rate, self._decay = ops.cast(rate, dtype), ops.cast(decay, dtype)

    def _state(self, name: str) -> Any:
        return self._get_non_slot_variable(name, get_default_graph())

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        """Only take the gradient down: all variables change together in the end."""
        places = ops.range(*self._places[var.name])
        return ops.scatter_update(self._state("flat_grad"), places, ops.reshape(grad, [-1]))

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        raise NotImplementedError(f"GGT with a sparse gradient, that of {var.name}")

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        decay, moment = self._decay, self._state("moment1")
        with control_dependencies(update_ops):
            gradient = self._state("flat_grad").read_value()
            number = ops.assign_add(self._state("global_step"), 1.0)
            new_moment = ops.assign(moment, decay * moment + (1.0 - decay) * gradient)
        row = ops.floormod(ops.cast(number, as_dtype("int32")) - 1, self._window)
        buffer = ops.scatter_update(self._state("grad_buffer"), row, new_moment)
        step = self._rate * self._preconditioned(
            convert_to_tensor(buffer), convert_to_tensor(new_moment), convert_to_tensor(number)
        )
        changes = [ops.assign_sub(var, self._part_of(step, var)) for var in self._ordered]
        return ops.group(*changes, name=name_scope)

    def _part_of(self, step: Tensor, var: Any) -> Tensor:
        start, end = self._places[var.name]
        return ops.reshape(step[start:end], var.shape)

    def _preconditioned(self, buffer: Tensor, moment: Tensor, number: Tensor) -> Tensor:
        """The step, from the means in the rows of the window, the present one and its number."""
        dtype = moment.dtype.base_dtype
        rows = buffer / ops.sqrt(ops.minimum(number, self._window))
        products = ops.matmul(rows, rows, transpose_b=True)
        sigma, u, _ = ops.svd(products + self._svd_eps * ops.eye(self._window, dtype=dtype))
        roots = ops.sqrt(sigma)

        def along_rows(weights: Tensor) -> Tensor:
            """M U diag(weights) U' M' m."""
            inside = ops.matmul(u, ops.matmul(rows, moment[:, None]), transpose_a=True)
            outside = ops.matmul(u, weights[:, None] * inside)
            return ops.squeeze(ops.matmul(rows, outside, transpose_a=True), [1])

        head = along_rows(1.0 / ops.pow(roots + self._sigma_eps, 3.0))
        tail = moment - along_rows(1.0 / sigma)
        smallest = ops.reduce_min(roots)
        weight = ops.cast(ops.greater(smallest, self._eps), dtype) / smallest
        step: Tensor = head + weight * tail
        return step
