"""`tf.compat.v2.Variable`: variables that operations take as resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphflow.variables import base
from graphflow.variables.base import VariableAggregation, VariableSynchronization


class _VariableMeta(type(base.Variable)):  # type: ignore[misc]
    """Makes an object of TensorFlow 1's classes, and knows any variable as its own."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._make(*args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, base.Variable)


class Variable(base.Variable, metaclass=_VariableMeta):
    """A value that the session keeps between runs.

    Args:
      initial_value: the value its initializer gives it: a tensor, something convertible to one, or
        a function without arguments that returns one.
      trainable: whether optimizers change it; True by default.
      validate_shape: whether its shape must be known and assigned values must have it.
      caching_device: device on which readers keep a copy: recorded with the read operation.
      name: its name, made unique; "Variable" by default.
      variable_def: a `VariableDef` message: refer to a variable that is in the graph already.
      dtype: the dtype to convert `initial_value` to.
      import_scope: with `variable_def`, the name scope that its names are in.
      constraint: a function of its value that optimizers apply after each update.
      synchronization: a `VariableSynchronization`.
      aggregation: a `VariableAggregation`.
      shape: its shape; by default that of `initial_value`.

    >>> import graphflow as tf
    >>> w = tf.compat.v2.Variable([1.0, 4.0], name="w")
    >>> w
    <tf.Variable 'w:0' shape=(2,) dtype=float32>
    >>> isinstance(w, tf.compat.v2.Variable), isinstance(w, tf.Variable)
    (True, True)
    """

    @classmethod
    def _make(  # type: ignore[override]
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
    ) -> Any:
        return base.Variable(
            initial_value,
            trainable=trainable,
            validate_shape=validate_shape,
            caching_device=caching_device,
            name=name,
            variable_def=variable_def,
            dtype=dtype,
            import_scope=import_scope,
            constraint=constraint,
            use_resource=True,
            synchronization=synchronization,
            aggregation=aggregation,
            shape=shape,
        )
