"""Optimizers that run outside of the graph, such as scipy's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow import logging
from graphflow.core.convert import convert_to_tensor
from graphflow.core.extensions import provided
from graphflow.core.gradients import gradients
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.variables.variable import trainable_variables

Array = np.ndarray[Any, Any]


class ExternalOptimizerInterface:
    """Base class of optimizers that see a loss as a function of one vector.

    The vector holds the values of all variables, one after the other. Subclasses say how to find a
    minimum, in `_minimize`.

    Args:
      loss: a scalar.
      var_list: the variables, by default all trainable ones.
      equalities: tensors that must be 0.
      inequalities: tensors that must not be negative.
      var_to_bounds: bounds of the elements of variables: pairs of numbers or arrays.
      **optimizer_kwargs: what the subclass takes.
    """

    def __init__(
        self,
        loss: Any,
        var_list: Sequence[Any] | None = None,
        equalities: Sequence[Any] | None = None,
        inequalities: Sequence[Any] | None = None,
        var_to_bounds: dict[Any, tuple[Any, Any]] | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        self._loss = loss
        self._equalities = list(equalities or ())
        self._inequalities = list(inequalities or ())
        self._vars = trainable_variables() if var_list is None else list(var_list)
        if not self._vars:
            raise ValueError("there are no variables to optimize")
        self._packed_bounds = self._pack_bounds(var_to_bounds) if var_to_bounds else None
        sizes = [var.shape.num_elements() for var in self._vars]
        self._ends = np.cumsum(sizes)
        self._update_placeholders = [
            ops.placeholder(var.dtype.base_dtype, var.shape) for var in self._vars
        ]
        self._var_updates = ops.group(
            *(
                var.assign(placeholder)
                for var, placeholder in zip(self._vars, self._update_placeholders, strict=True)
            )
        )
        self._packed_var = self._pack([convert_to_tensor(var) for var in self._vars])
        self._packed_loss_grad = self._packed_gradient(loss)
        self._packed_equality_grads = [self._packed_gradient(item) for item in self._equalities]
        self._packed_inequality_grads = [self._packed_gradient(item) for item in self._inequalities]
        self.optimizer_kwargs = optimizer_kwargs

    def _pack_bounds(self, bounds: dict[Any, tuple[Any, Any]]) -> list[tuple[float, float]]:
        by_name = {var.name: pair for var, pair in bounds.items()}
        packed: list[tuple[float, float]] = []
        for var in self._vars:
            low, high = by_name.get(var.name, (-np.inf, np.inf))
            shape = var.shape.as_list()
            lows = np.broadcast_to(low, shape).ravel().tolist()
            packed += zip(lows, np.broadcast_to(high, shape).ravel().tolist(), strict=True)
        return packed

    @staticmethod
    def _pack(tensors: Sequence[Any]) -> Tensor:
        flat = [ops.reshape(tensor, [-1]) for tensor in tensors]
        return flat[0] if len(flat) == 1 else ops.concat(flat, 0)

    def _packed_gradient(self, loss: Any) -> Tensor:
        with name_scope("packed_gradient"):
            found = gradients(loss, self._vars)
            dense = [
                ops.zeros_like(convert_to_tensor(var)) if grad is None else convert_to_tensor(grad)
                for grad, var in zip(found, self._vars, strict=True)
            ]
            return self._pack(dense)

    def minimize(
        self,
        session: Any = None,
        feed_dict: Any = None,
        fetches: Any = None,
        step_callback: Callable[[Array], Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Set the variables to a minimum of the loss.

        Args:
          session: the session that has the variables.
          feed_dict: what is fed when the loss is computed.
          fetches: tensors that `loss_callback` gets.
          step_callback: called with the vector after each step.
          loss_callback: called with the values of `fetches` after each evaluation.
          **run_kwargs: further arguments of `session.run`.
        """
        session = session or provided("default_session")()
        if session is None:
            raise ValueError("there is no session: give one, or make one the default")
        feed_dict = feed_dict or {}
        fetches = fetches or []
        initial = session.run(self._packed_var)
        minimum = initial
        try:
            minimum = self._found(
                session, initial, feed_dict, run_kwargs, fetches, step_callback, loss_callback
            )
        finally:
            # After an error the variables are what they were.
            self._set(session, minimum, run_kwargs)

    def _found(
        self,
        session: Any,
        initial: Array,
        feed_dict: Any,
        run_kwargs: dict[str, Any],
        fetches: Sequence[Any],
        step_callback: Callable[[Array], Any] | None,
        loss_callback: Callable[..., Any] | None,
    ) -> Array:
        return self._minimize(
            initial_val=initial,
            loss_grad_func=self._function(
                session, [self._loss, self._packed_loss_grad], feed_dict, run_kwargs,
                fetches, loss_callback,
            ),
            equality_funcs=self._functions(session, self._equalities, feed_dict, run_kwargs),
            equality_grad_funcs=self._functions(
                session, self._packed_equality_grads, feed_dict, run_kwargs
            ),
            inequality_funcs=self._functions(session, self._inequalities, feed_dict, run_kwargs),
            inequality_grad_funcs=self._functions(
                session, self._packed_inequality_grads, feed_dict, run_kwargs
            ),
            packed_bounds=self._packed_bounds,
            step_callback=step_callback,
            optimizer_kwargs=self.optimizer_kwargs,
        )  # fmt: skip

    def _set(self, session: Any, vector: Array, run_kwargs: dict[str, Any]) -> None:
        """Give the variables the values in a vector."""
        parts = self._unpacked(vector)
        feeds = dict(zip(self._update_placeholders, parts, strict=True))
        session.run(self._var_updates, feeds, **run_kwargs)

    def _unpacked(self, vector: Array) -> list[Array]:
        parts = np.split(np.asarray(vector), self._ends[:-1])
        return [
            part.reshape(var.shape.as_list()) for part, var in zip(parts, self._vars, strict=True)
        ]

    def _function(
        self,
        session: Any,
        tensors: Sequence[Any],
        feed_dict: Any,
        run_kwargs: dict[str, Any],
        fetches: Sequence[Any] = (),
        callback: Callable[..., Any] | None = None,
    ) -> Callable[[Array], Any]:
        """A function of the vector that gives the values of tensors; one value as it is."""
        count = len(tensors)

        def evaluate(vector: Array) -> Any:
            self._set(session, vector, run_kwargs)
            found = session.run([*tensors, *fetches], feed_dict, **run_kwargs)
            if callback is not None:
                callback(*found[count:])
            return found[0] if count == 1 else found[:count]

        return evaluate

    def _functions(
        self, session: Any, tensors: Sequence[Any], feed_dict: Any, run_kwargs: dict[str, Any]
    ) -> list[Callable[[Array], Any]]:
        return [self._function(session, [item], feed_dict, run_kwargs) for item in tensors]

    def _minimize(
        self,
        initial_val: Array,
        loss_grad_func: Callable[[Array], Any],
        equality_funcs: Sequence[Any],
        equality_grad_funcs: Sequence[Any],
        inequality_funcs: Sequence[Any],
        inequality_grad_funcs: Sequence[Any],
        packed_bounds: Any,
        step_callback: Callable[[Array], Any] | None,
        optimizer_kwargs: dict[str, Any],
    ) -> Array:
        """Return the vector of a minimum."""
        raise NotImplementedError(f"{type(self).__name__} must say how to find a minimum")


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Finds a minimum with `scipy.optimize.minimize`.

    Args:
      loss: a scalar.
      var_list: the variables, by default all trainable ones.
      equalities: tensors that must be 0.
      inequalities: tensors that must not be negative.
      var_to_bounds: bounds of the elements of variables.
      **optimizer_kwargs: arguments of `scipy.optimize.minimize`, such as `method` (by default
        "L-BFGS-B", with constraints "SLSQP") and `options`.

    >>> import graphflow as tf
    >>> v = tf.Variable([7.0, -2.0])
    >>> optimizer = tf.contrib.opt.ScipyOptimizerInterface(tf.reduce_sum(tf.square(v - [1.0, 3.0])))
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     optimizer.minimize(sess)
    ...     print(sess.run(v).round(3))
    [1. 3.]
    """

    _DEFAULT_METHOD = "L-BFGS-B"

    def _minimize(
        self,
        initial_val: Array,
        loss_grad_func: Callable[[Array], Any],
        equality_funcs: Sequence[Any],
        equality_grad_funcs: Sequence[Any],
        inequality_funcs: Sequence[Any],
        inequality_grad_funcs: Sequence[Any],
        packed_bounds: Any,
        step_callback: Callable[[Array], Any] | None,
        optimizer_kwargs: dict[str, Any],
    ) -> Array:
        import scipy.optimize

        def loss_and_gradient(vector: Array) -> tuple[float, Array]:
            loss, gradient = loss_grad_func(vector)
            # scipy's routines want double precision.
            return float(loss), np.asarray(gradient, np.float64)

        arguments = dict(optimizer_kwargs)
        for forbidden in ("jac", "bounds", "constraints"):
            if forbidden in arguments:
                raise ValueError(f"{forbidden!r} is given by the interface itself")
        constraints = [
            {"type": kind, "fun": function, "jac": gradient}
            for kind, functions, grads in (
                ("eq", equality_funcs, equality_grad_funcs),
                ("ineq", inequality_funcs, inequality_grad_funcs),
            )
            for function, gradient in zip(functions, grads, strict=True)
        ]
        method = arguments.pop("method", "SLSQP" if constraints else self._DEFAULT_METHOD)
        minimize: Any = scipy.optimize.minimize
        result = minimize(
            loss_and_gradient, np.asarray(initial_val, np.float64), method=method, jac=True,
            callback=step_callback, constraints=constraints, bounds=packed_bounds, **arguments,
        )  # fmt: skip
        logging.info(
            "Optimization terminated with:\n  Message: %s\n  Objective function value: %f\n"
            "  Number of iterations: %d\n  Number of functions evaluations: %d",
            result.message, result.fun, getattr(result, "nit", -1), result.nfev,
        )  # fmt: skip
        minimum: Array = result.x
        return minimum
