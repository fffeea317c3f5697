"""Reference variables: what `tf.Variable` makes by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor, register_tensor_conversion_function
from graphflow.core.dtypes import DType
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.variables.base import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    declared_shape,
    initial_tensor,
    lifted,
    prepend_scope,
    register_kind,
)
from graphflow.variables.dependencies import guarded


@register_kind(is_resource=False)
class RefVariable(Variable):
    """A variable that operations take as a mutable tensor; see `Variable` for the arguments."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
    ) -> None:
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("give either variable_def or initial_value, not both")
            self._restore(variable_def, import_scope)
            return
        if initial_value is None:
            raise ValueError("a variable needs an initial_value")
        names = self._set_common(
            trainable, collections, constraint, synchronization, aggregation, name
        )
        with lifted() as graph:
            values = [] if callable(initial_value) else [initial_value]
            with name_scope(name, "Variable", values) as scope:
                self._build(graph, scope, initial_value, dtype, shape, validate_shape)
                self._snapshot = self._read(graph, caching_device)
            graph.add_to_collections(names, self)

    def _build(
        self,
        graph: Graph,
        scope: str,
        initial_value: Any,
        dtype: Any,
        shape: Any,
        validate_shape: bool,
    ) -> None:
        """Make the initial value, the variable's node and its initializer."""
        if callable(initial_value):
            group = [f"loc:@{scope[:-1]}".encode()]
            with graph._attr_scope({"_class": group}):
                with graph.name_scope("Initializer"), graph.device(None):
                    initial = initial_tensor(initial_value, dtype, convert_to_tensor)
                self._make_node(initial, scope, shape, validate_shape)
        else:
            initial = initial_tensor(initial_value, dtype, convert_to_tensor)
            self._make_node(initial, scope, shape, validate_shape)
        self._initializer_op = ops.assign(
            self._variable, guarded(initial, scope[:-1]), validate_shape=validate_shape
        ).op

    def _make_node(self, initial: Tensor, scope: str, shape: Any, validate_shape: bool) -> None:
        self._initial_value = initial
        declared = declared_shape(shape, initial, validate_shape)
        self._variable = ops.variable_op_v2(declared, initial.dtype, name=scope)

    def _read(self, graph: Graph, caching_device: Any) -> Tensor:
        place = (
            graph.colocate_with(self._variable.op)
            if caching_device is None
            else graph.device(caching_device)
        )
        with place:
            return ops.identity(self._variable, name="read")

    def _restore(self, variable_def: Any, import_scope: str | None) -> None:
        graph = get_default_graph()
        name = prepend_scope(variable_def.variable_name, import_scope)
        snapshot = prepend_scope(variable_def.snapshot_name, import_scope)
        self._variable = graph.get_tensor_by_name(name)
        self._snapshot = graph.get_tensor_by_name(snapshot)
        self._restore_common(variable_def, import_scope)

    # -- what it is -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, `<node name>:0`."""
        return self._variable.name

    @property
    def op(self) -> Operation:
        """The `VariableV2` operation."""
        return self._variable.op

    @property
    def dtype(self) -> DType:
        """The dtype of its reference, such as `float32_ref`."""
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        """What is statically known of its shape."""
        return self._variable.shape

    def _ref(self) -> Tensor:
        return self._variable

    def _as_graph_element(self) -> Tensor:
        return self._variable

    def _snapshot_tensor(self) -> Tensor:
        return self._snapshot

    # -- reading and writing ----------------------------------------------------------------------

    def value(self) -> Tensor:
        """Return the tensor `<name>/read` of its value."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """Return a tensor that reads it, at this place of the graph: after control dependencies."""
        return ops.identity(self._variable, name="read")

    def set_shape(self, shape: Any) -> None:
        """Refine the static shape.

        Args:
          shape: what the caller knows of it.

        Raises:
          ValueError: it contradicts what is known.
        """
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Give it a value.

        Args:
          value: a tensor of its dtype and shape.
          use_locking: accepted for compatibility: assignments are always atomic.
          name: the operation's name.
          read_value: whether to return the new value rather than the operation.

        Returns:
          The reference as it is after the assignment, or the operation.
        """
        result = ops.assign(self._variable, value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add to it, see `assign`."""
        result = ops.assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract from it, see `assign`."""
        result = ops.assign_sub(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def _strided_slice_assign(self, name: str | None, **options: Any) -> Any:
        return ops.strided_slice_assign(self._variable, name=name, **options)


def _to_tensor(
    value: RefVariable, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Any:
    if dtype is not None and not dtype.is_compatible_with(value.dtype.base_dtype):
        raise ValueError(
            f"{value!r} has dtype {value.dtype.base_dtype.name}, but {dtype.name} is required: "
            f"convert it with tf.cast(x, tf.{dtype.name})"
        )
    tensor = value._ref() if as_ref else value.value()
    return convert_to_tensor(tensor, name=name)  # captures it in the body of a function


register_tensor_conversion_function(RefVariable, _to_tensor)
