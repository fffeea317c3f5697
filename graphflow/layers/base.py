"""`Layer`: the base of `tf.layers` and of the cells of recurrent nets.

A layer makes its variables when it is first called, in a variable scope of its own, and shares them
in all later calls.
"""

from __future__ import annotations

import copy
import inspect
import re
import weakref
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Graph, Operation, Tensor, at_user_line, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.keras import constraints, initializers, regularizers
from graphflow.layers.calls import Called
from graphflow.layers.config import Configured
from graphflow.layers.dependence import related_to
from graphflow.layers.input_spec import InputSpec
from graphflow.layers.weights import Weighted
from graphflow.variables.base import Variable
from graphflow.variables.scope import VariableScope, get_variable, variable_scope

# How many layers of each name a graph has, so that further ones get other names.
_name_counts: weakref.WeakKeyDictionary[Graph, dict[str, int]] = weakref.WeakKeyDictionary()


def _snake_case(name: str) -> str:
    """`BasicLSTMCell` -> `basic_lstm_cell`, the names that layers get by default."""
    parted = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    found = re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()
    return found if found[0] != "_" else "private" + found


class Layer(Called, Weighted, Configured):
    """An object that owns variables and applies them to inputs.

    Subclasses make variables with `add_weight` in `build`, which is called with the shape of the
    first inputs, and add operations in `call`.

    Args:
      trainable: whether its variables are trained.
      name: its name, by default that of the class in snake case, made unique.
      dtype: the dtype of its variables; by default that of the first input.
      **kwargs: `activity_regularizer`, a function of the output whose value is a loss, divided by
        the size of the batch; `_scope`, the variable scope to use; `_reuse`, whether to share
        variables that are there.

    Raises:
      TypeError: other keyword arguments are given.

    >>> import graphflow as tf
    >>> class Scale(tf.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", [input_shape[-1]])
    ...         self.built = True
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> y = Scale()(tf.ones([3, 2]))
    >>> [v.name for v in tf.trainable_variables()], y.name
    (['scale/factor:0'], 'scale/mul:0')
    """

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        scope = kwargs.pop("_scope", None)
        self._reuse = kwargs.pop("_reuse", None)
        self._is_building = False
        self.activity_regularizer = kwargs.pop("activity_regularizer", None)
        if kwargs:
            raise TypeError(f"Keyword argument not understood: {', '.join(sorted(kwargs))}")
        self.trainable = trainable
        self.built = False
        self.stateful = False
        self._input_spec: Any = None
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[tuple[Tensor, bool]] = []
        self._updates: list[tuple[Any, bool]] = []
        self._calls: list[tuple[Any, Any]] = []
        self._graph = get_default_graph()
        self._base_name = name or _snake_case(type(self).__name__)
        self._name = name or self._unique_name(self._base_name)
        self._dtype: DType | None = None if dtype is None else as_dtype(dtype).base_dtype
        self._scope: VariableScope | None = None
        self._current_scope: VariableScope | None = None
        if scope is not None:
            with variable_scope(scope) as captured:
                self._scope = captured

    def _unique_name(self, base: str) -> str:
        counts = _name_counts.setdefault(self._graph, {})
        counts[base] = counts.get(base, 0) + 1
        return base if counts[base] == 1 else f"{base}_{counts[base] - 1}"

    # -- what it is -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The dtype of its variables by name, None if the first input will tell."""
        return None if self._dtype is None else self._dtype.name

    @property
    def dynamic(self) -> bool:
        """Whether it can only run eagerly: never."""
        return False

    @property
    def graph(self) -> Graph:
        """The graph that it was made in."""
        return self._graph

    @property
    def scope_name(self) -> str:
        """The name of its variable scope.

        Raises:
          ValueError: it was not called yet.
        """
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been '
                "used yet. The scope name is determined the first time the layer instance is "
                "called. You must therefore call the layer before querying `scope_name`."
            )
        return self._scope.name

    @property
    def input_spec(self) -> Any:
        """What it demands of its inputs: an `InputSpec`, a list of those, or None."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        for item in nest.flatten(value):
            if item is not None and not isinstance(item, InputSpec):
                raise TypeError(f"input_spec must be an instance of InputSpec, got {item!r}")
        self._input_spec = value

    # -- losses and updates -----------------------------------------------------------------------

    @property
    def losses(self) -> list[Tensor]:
        """The losses that it adds, such as those of regularizers."""
        return self._with_nested("losses", [loss for loss, _ in self._losses])

    @property
    def updates(self) -> list[Any]:
        """The operations that must run in each training step, such as moving averages."""
        if not self.trainable:
            return []
        return self._with_nested("updates", [update for update, _ in self._updates])

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add losses, also to the collection of regularization losses.

        Args:
          losses: a tensor or list of tensors.
          inputs: what they depend on; anything but None means that they depend on the inputs.
        """
        items = losses if isinstance(losses, (list, tuple)) else [losses]
        for loss in items:
            tensor = convert_to_tensor(loss)
            self._losses.append((tensor, inputs is not None))
            _add_once(GraphKeys.REGULARIZATION_LOSSES, tensor)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Add operations to run in each training step, also to the collection of such.

        Args:
          updates: an operation or tensor, or a list of those.
          inputs: what they depend on; anything but None means that they depend on the inputs.
        """
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            operation = getattr(update, "op", update)
            self._updates.append((operation, inputs is not None))
            _add_once(GraphKeys.UPDATE_OPS, operation)

    def get_losses_for(self, inputs: Any) -> list[Tensor]:
        """Return the losses that depend on inputs; those that depend on none for None.

        Args:
          inputs: a tensor or list of tensors, or None.
        """
        return related_to(self._losses, inputs)

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Return the updates that depend on inputs; those that depend on none for None.

        Args:
          inputs: a tensor or list of tensors, or None.
        """
        return related_to(self._updates, inputs) if self.trainable else []

    # -- variables --------------------------------------------------------------------------------

    def add_weight(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        partitioner: Any = None,
    ) -> Any:
        """Make a variable, or share it if the layer shares variables.

        Args:
          name: its name within the layer's scope.
          shape: its shape.
          dtype: its dtype, by default the layer's, or float32.
          initializer: its initializer, or the name of one.
          regularizer: a function of it whose value is a loss, or the name of one.
          trainable: whether training changes it, by default yes.
          constraint: a function applied to it after an update of an optimizer, or its name.
          use_resource: whether to make a resource variable.
          synchronization: a `tf.VariableSynchronization`.
          aggregation: a `tf.VariableAggregation`.
          partitioner: splits it.

        Returns:
          The variable.
        """
        wanted = as_dtype(dtype or self._dtype or "float32").base_dtype
        is_trainable = True if trainable is None else trainable
        if isinstance(initializer, (str, dict)):
            initializer = initializers.get(initializer)
        regularizer, constraint = regularizers.get(regularizer), constraints.get(constraint)
        self._set_scope(None)
        known = set(map(id, get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)))
        with variable_scope(
            self._scope,
            reuse=(self.built and not self._is_building) or self._reuse,
            auxiliary_name_scope=False,
        ) as scope:
            self._current_scope = scope
            with name_scope(self._name_scope()):
                variable = get_variable(
                    name,
                    shape=shape,
                    dtype=wanted,
                    initializer=initializer,
                    trainable=is_trainable and self.trainable,
                    constraint=constraint,
                    use_resource=use_resource,
                    synchronization=synchronization,
                    aggregation=aggregation,
                    partitioner=partitioner,
                )
                if regularizer is not None and id(variable) not in known:
                    self._regularize(name, variable, regularizer)
        kept = self._trainable_weights if is_trainable else self._non_trainable_weights
        if not any(item is variable for item in kept):
            kept.append(variable)
        return variable

    add_variable = add_weight

    def _regularize(self, name: str, variable: Any, regularizer: Callable[[Any], Any]) -> None:
        with name_scope(f"{name}/Regularizer"):
            loss = regularizer(variable)
        if loss is not None:
            self.add_loss(loss)

    # -- building and calling ---------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make the variables; for subclasses, which set `built`.

        Args:
          input_shape: the shape of the first inputs, or a list of shapes.
        """
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the operations; for subclasses.

        Args:
          inputs: a tensor or structure of tensors.
          *args: further arguments of `__call__`.
          **kwargs: further keyword arguments of `__call__`.

        Returns:
          A tensor or structure of tensors.
        """
        return inputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer, as calling it does.

        Args:
          inputs: a tensor or structure of tensors.
          *args: further arguments of `call`.
          **kwargs: further keyword arguments of `call`.
        """
        return self(inputs, *args, **kwargs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return the mask of the output: none, as these layers know no masks.

        Args:
          inputs: a tensor or structure of tensors.
          mask: must be None.

        Raises:
          TypeError: there is a mask.
        """
        if mask is not None:
            raise TypeError(f"layer {self._name} does not support masks, but got {mask!r}")

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input; for subclasses.

        Args:
          input_shape: the shape of the input.

        Raises:
          NotImplementedError: the layer does not tell.
        """
        raise NotImplementedError(f"{type(self).__name__}.compute_output_shape")

    def _set_scope(self, scope: Any) -> None:
        """Decide in which variable scope the layer is, at its first use."""
        if self._scope is not None:
            return
        if self._reuse:
            with variable_scope(self._base_name if scope is None else scope) as captured:
                self._scope = captured
        else:
            with variable_scope(scope, default_name=self._base_name) as captured:
                self._scope = captured

    def _name_scope(self) -> str:
        assert self._current_scope is not None
        return self._current_scope.original_name_scope

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer, and make its variables if this is the first time.

        Args:
          inputs: a tensor or structure of tensors.
          *args: further arguments of `call`.
          **kwargs: further keyword arguments of `call`; `scope` is the variable scope to use.

        Returns:
          What `call` returns.

        Raises:
          ValueError: an input is not as `input_spec` demands.
        """
        scope = kwargs.get("scope") if self._call_takes("scope") else kwargs.pop("scope", None)
        self._set_scope(scope)
        reuse = True if self.built else self._reuse
        with variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as current:
            self._current_scope = current
            with name_scope(self._name_scope()):
                self._check_inputs(inputs)
                if not self.built:
                    self._build_for(inputs)
                outputs = self.call(inputs, *args, **kwargs)
                if self.activity_regularizer is not None:
                    self._regularize_activity(inputs, outputs)
                self._calls.append((inputs, outputs))
                return outputs

    def _regularize_activity(self, inputs: Any, outputs: Any) -> None:
        with name_scope("ActivityRegularizer"):
            for output in nest.flatten(outputs):
                loss = self.activity_regularizer(output)
                self.add_loss(loss / ops.cast(ops.shape(output)[0], loss.dtype), inputs=inputs)

    def _call_takes(self, argument: str) -> bool:
        return argument in inspect.signature(self.call).parameters

    def _check_inputs(self, inputs: Any) -> None:
        if self._input_spec is None:
            return
        tensors = nest.flatten(inputs)
        specs = nest.flatten(self._input_spec)
        if len(tensors) != len(specs):
            raise ValueError(
                f"Layer {self._name} expects {len(specs)} inputs, but it received {len(tensors)}"
                f"{at_user_line()}"
            )
        for tensor, spec in zip(tensors, specs, strict=True):
            if spec is not None:
                spec.check(convert_to_tensor(tensor), self._name)

    def _build_for(self, inputs: Any) -> None:
        flat = [item for item in nest.flatten(inputs) if hasattr(item, "shape")]
        if self._dtype is None and flat:
            self._dtype = as_dtype(flat[0].dtype).base_dtype
        shapes = nest.map_structure(lambda item: as_shape(getattr(item, "shape", None)), inputs)
        # A `build` may call that of its base, which says that it is built, and make more weights.
        self._is_building = True
        try:
            self.build(shapes)
        finally:
            self._is_building = False
        self.built = True

    def __deepcopy__(self, memo: dict[int, Any]) -> Layer:
        """Return a layer with the same settings that has made no variables yet."""
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        made = [*self._trainable_weights, *self._non_trainable_weights]
        for name, value in self.__dict__.items():
            result.__dict__[name] = (
                None if any(value is item for item in made) else _copied(name, value, memo)
            )
        result.built = False
        result._scope = result._current_scope = None
        return result


# What a layer without variables does not have.
_COLLECTED = frozenset(
    {"_trainable_weights", "_non_trainable_weights", "_losses", "_updates", "_calls"}
)


def _copied(name: str, value: Any, memo: dict[int, Any]) -> Any:
    if name in _COLLECTED:
        return []
    is_of_graph = isinstance(value, (Graph, VariableScope, Tensor, Operation, Variable))
    return value if is_of_graph else copy.deepcopy(value, memo)


def _add_once(collection: str, item: Any) -> None:
    items = get_default_graph().get_collection_ref(collection)
    if not any(known is item for known in items):
        items.append(item)
