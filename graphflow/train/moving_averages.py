"""Averages of variables and tensors over the steps, in which old values count less and less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import add_to_collection, control_dependencies
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.train.slots import create_slot, create_zeros_slot
from graphflow.variables.base import Variable
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable, get_variable_scope, variable_scope
from graphflow.variables.variable import moving_average_variables, trainable_variables

_AVERAGED = ("float16", "bfloat16", "float32", "float64")


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Any:
    """Move an average towards a value: `variable -= (variable - value) * (1 - decay)`.

    Args:
      variable: the average.
      value: the new value, a tensor of its shape.
      decay: how much of the average stays, a floating scalar or number.
      zero_debias: whether the average, which begins with zeros, is corrected for that (Kingma and
        Ba, 2015); two more variables keep what is needed.
      name: name scope of the operations.

    Returns:
      The updated average.

    >>> import graphflow as tf
    >>> v = tf.Variable([0.0, 8.0])
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     print(sess.run(assign_moving_average(v, [4.0, 4.0], 0.75, zero_debias=False)))
    [1. 7.]
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        rate = ops.cast(convert_to_tensor(1.0 - decay, name="decay"), variable.dtype.base_dtype)
        with get_default_graph().colocate_with(variable):
            change = (
                _debiased_change(variable, value, rate)
                if zero_debias
                else (variable - value) * rate
            )
            return ops.assign_sub(variable, change, name=scope)


def _debiased_change(average: Any, value: Any, rate: Tensor) -> Tensor:
    """What to subtract from an average so that its start at zero does not count."""
    dtype = average.dtype.base_dtype
    with variable_scope(average.op.name):
        name = _new_name("biased")
        biased = get_variable(name, average.shape, dtype, initializer=Zeros(), trainable=False)
        steps = get_variable(
            name.replace("biased", "local_step"), [], dtype, initializer=Zeros(), trainable=False
        )
    moved = ops.assign_sub(biased, (biased - value) * rate)
    counted = ops.assign_add(steps, 1)
    with control_dependencies([moved, counted]):
        weight = 1 - ops.pow(1.0 - rate, steps.read_value())
        return ops.subtract(average, biased.read_value() / weight)


def _new_name(name: str) -> str:
    """A name for a variable that there is none of in the scope: an average may be moved twice."""
    scope = get_variable_scope().name
    taken = {v.op.name for v in get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)}
    number, found = 0, name
    while f"{scope}/{found}" in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def weighted_moving_average(
    value: Any,
    decay: Any,
    weight: Any,
    truediv: bool = True,
    collections: Any = None,
    name: str | None = None,
) -> Tensor:
    """Return a moving average of values with weights.

    Args:
      value: a tensor.
      decay: how much of the average stays, a floating scalar.
      weight: how much the value counts, a tensor that broadcasts with it.
      truediv: whether integers are divided as numbers.
      collections: the collections of the two variables that it takes, by default the global ones.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> x, weight = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    >>> average = weighted_moving_average(x, 0.5, weight)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for pair in ((4.0, 1.0), (10.0, 2.0)):
    ...         print(sess.run(average, dict(zip((x, weight), pair))))
    4.0
    8.8
    """
    collections = [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
    with variable_scope(name, "WeightedMovingAvg", [value, weight, decay]) as scope:
        weighted, weight = convert_to_tensor(value) * weight, convert_to_tensor(weight)

        def state(part: str, like: Tensor) -> Any:
            return get_variable(
                part, like.shape, like.dtype.base_dtype, initializer=Zeros(), trainable=False,
                collections=collections,
            )  # fmt: skip

        numerator = assign_moving_average(state("value", weighted), weighted, decay, False)
        denominator = assign_moving_average(state("weight", weight), weight, decay, False)
        divide = ops.divide if truediv else ops.div
        average: Tensor = divide(numerator, denominator, name=scope.name)
        return average


class ExponentialMovingAverage:
    """Keeps averages of variables over the steps, which often do better than the variables.

    Args:
      decay: how much of an average stays at an update, a number or floating scalar below 1.
      num_updates: how many updates there were: at the first ones less stays, `(1 + num_updates) /
        (10 + num_updates)`.
      zero_debias: whether averages of tensors are corrected for their start at zero.
      name: the name of the operations, and of the averages after that of the variable.

    >>> import graphflow as tf
    >>> v = tf.Variable(2.0, name="v")
    >>> ema = tf.train.ExponentialMovingAverage(0.75)
    >>> update = ema.apply([v])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(v.assign(10.0).op)
    ...     sess.run(update)
    ...     print(ema.average(v).name, sess.run(ema.average(v)))
    v/ExponentialMovingAverage:0 4.0
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Any] = {}

    @property
    def name(self) -> str:
        """The name of the operations."""
        return self._name

    def apply(self, var_list: Sequence[Any] | None = None) -> Operation:
        """Add the averages of variables and tensors, and an operation that updates them.

        Where there is an average already, only the operation is added.

        Args:
          var_list: the variables and tensors, by default the trainable variables.

        Returns:
          The operation.

        Raises:
          TypeError: something is not floating.
        """
        var_list = trainable_variables() if var_list is None else list(var_list)
        to_debias = set()
        for var in var_list:
            self._check(var)
            if _key(var) in self._averages:
                continue
            if self._zero_debias and not isinstance(var, Variable):
                to_debias.add(_key(var))
            with get_default_graph().control_dependencies(None):
                self._averages[_key(var)] = self._average_for(var)
            if isinstance(var, Variable):
                add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
        with name_scope(self._name) as scope:
            decay = self._present_decay()
            updates = [
                assign_moving_average(self._averages[_key(var)], var, decay, _key(var) in to_debias)
                for var in var_list
            ]
            return ops.group(*updates, name=scope)

    def _check(self, var: Any) -> None:
        if as_dtype(var.dtype).base_dtype.name not in _AVERAGED:
            raise TypeError(f"{var!r} is not floating: there is no average of it")

    def _average_for(self, var: Any) -> Any:
        if isinstance(var, Variable):
            return create_slot(var, var.initialized_value(), self._name)
        return create_zeros_slot(var, self._name)

    def _present_decay(self) -> Tensor:
        decay = convert_to_tensor(self._decay, name="decay")
        if self._num_updates is None:
            return decay
        updates = ops.cast(self._num_updates, as_dtype("float32"), name="num_updates")
        return ops.minimum(decay, (1.0 + updates) / (10.0 + updates))

    def average(self, var: Any) -> Any:
        """Return the variable with the average of `var`, None if there is none.

        Args:
          var: a variable or tensor given to `apply`.
        """
        return self._averages.get(_key(var))

    def average_name(self, var: Any) -> str:
        """Return the name of the average of a variable, also if it has not been added.

        Args:
          var: a variable or tensor.
        """
        if _key(var) in self._averages:
            name: str = self._averages[_key(var)].op.name
            return name
        return f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """Return what a `Saver` takes to restore variables from their averages.

        Args:
          moving_avg_variables: the variables that have averages, by default the trainable ones and
            those that `apply` was called with.

        Returns:
          Variables by the names in the checkpoint.
        """
        if moving_avg_variables is None:
            moving_avg_variables = [*trainable_variables(), *moving_average_variables()]
        averaged = {_key(var): var for var in moving_avg_variables}
        found = {self.average_name(var): var for var in averaged.values()}
        for var in get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES):
            if _key(var) not in averaged and var.op.name not in found:
                found[var.op.name] = var
        return found


def _key(var: Any) -> Any:
    return var.op.graph, var.op.name, 0 if isinstance(var, Variable) else var.value_index
