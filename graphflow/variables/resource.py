"""Resource variables: what `tf.Variable(..., use_resource=True)` makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor, register_tensor_conversion_function
from graphflow.core.dtypes import DType, resource as _resource
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
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


@register_kind(is_resource=True)
class ResourceVariable(Variable):
    """A variable that operations take as a resource handle; see `Variable` for the arguments.

    Each use reads it at the place of the graph where it stands, after the control dependencies
    there.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        variable_def: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        distribute_strategy: Any = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
        expected_shape: Any = None,
    ) -> None:
        if distribute_strategy is not None:
            raise NotImplementedError("distribute_strategy: there is one device")
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
                self._read_in(graph, caching_device)
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
        """Make the initial value, the handle, the test for a value, and the initializer."""
        node_name = scope[:-1]
        with graph._attr_scope({"_class": [f"loc:@{node_name}".encode()]}):
            with graph.name_scope("Initializer"), graph.device(None):
                initial = initial_tensor(initial_value, dtype, convert_to_tensor)
            self._initial_value = initial
            # A resource variable, unlike a reference, may have a shape that is known in parts.
            self._shape = declared_shape(
                initial.shape if shape is None and validate_shape else shape,
                initial,
                validate_shape,
            )
            self._dtype = initial.dtype.base_dtype
            self._handle = ops.var_handle_op(self._dtype, self._shape, node_name, name=scope)
        with graph.name_scope("IsInitialized"):
            self._is_initialized_op = ops.var_is_initialized_op(self._handle)
        with (
            graph.name_scope("Assign") as assign_scope,
            graph.colocate_with(None, ignore_existing=True),
            graph.device(self._handle.device or None),
        ):
            value = guarded(initial, node_name)
            self._initializer_op = ops.assign_variable_op(self._handle, value, name=assign_scope)

    def _read_in(self, graph: Graph, caching_device: Any) -> None:
        """Make the read that stands for the variable when it is fetched."""
        self._cached_value = None
        with graph.name_scope("Read"), graph.device(self._handle.device or None):
            self._graph_element = self._with_shape(ops.read_variable_op(self._handle, self._dtype))
        if caching_device is not None:
            with graph.device(caching_device):
                self._cached_value = ops.identity(self._graph_element)

    def _restore(self, variable_def: Any, import_scope: str | None) -> None:
        graph = get_default_graph()
        name = prepend_scope(variable_def.variable_name, import_scope)
        snapshot = prepend_scope(variable_def.snapshot_name, import_scope)
        self._handle = graph.get_operation_by_name(name.partition(":")[0]).outputs[0]
        op: Any = self._handle.op.op
        self._shape, self._dtype = as_shape(op.shape), op.dtype
        self._graph_element = graph.get_tensor_by_name(snapshot)
        self._cached_value = None
        self._restore_common(variable_def, import_scope)

    # -- what it is -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, `<node name>:0`."""
        return f"{self._handle.op.name}:0"

    @property
    def op(self) -> Operation:
        """The `VarHandleOp` operation."""
        return self._handle.op

    @property
    def handle(self) -> Tensor:
        """The resource handle."""
        return self._handle

    @property
    def dtype(self) -> DType:
        """The dtype of its value."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """What is statically known of its shape."""
        return self._shape

    @property
    def create(self) -> Operation:
        """The operation that gives it its initial value."""
        return self._initializer_op

    def _ref(self) -> Tensor:
        return self._handle

    def _as_graph_element(self) -> Tensor:
        return self._graph_element

    def _snapshot_tensor(self) -> Tensor:
        return self._graph_element

    def _proto_name(self) -> str:
        return self._handle.name

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return it as a `VariableDef` message, None if it is outside `export_scope`.

        Args:
          export_scope: a name scope that is taken off the names.
        """
        message = super().to_proto(export_scope)
        if message is not None:
            message.is_resource = True
        return message

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Return a bool scalar that tells whether it has a value.

        Args:
          name: the operation's name.
        """
        return ops.var_is_initialized_op(self._handle, name=name)

    # -- reading --------------------------------------------------------------------------------

    def _with_shape(self, value: Tensor) -> Tensor:
        value.set_shape(self._shape)
        return value

    def _read_op(self) -> Tensor:
        return self._with_shape(ops.read_variable_op(self._handle, self._dtype))

    def value(self) -> Tensor:
        """Return a tensor that reads it, at this place of the graph."""
        if self._cached_value is not None:
            return self._cached_value
        with self.graph.colocate_with(None, ignore_existing=True):
            return self._read_op()

    def read_value(self) -> Tensor:
        """Return a tensor that reads it, at this place of the graph."""
        with get_default_graph().name_scope("Read"):
            value = self._read_op()
        return ops.identity(value)

    def eval(self, session: Any = None) -> Any:
        """Compute its value; adds no operations.

        Args:
          session: the session, by default the default session.
        """
        return self._graph_element.eval(session=session)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Gather slices of its value, see `tf.gather`, without reading all of it.

        Args:
          indices: int32 or int64 tensor.
          name: the operation's name.
        """
        with name_scope(name, "Gather") as scope:
            return ops.resource_gather(self._handle, indices, self._dtype, name=scope)

    def set_shape(self, shape: Any) -> None:
        """Refine the static shape.

        Args:
          shape: what the caller knows of it.

        Raises:
          ValueError: it contradicts what is known.
        """
        self._shape = self._shape.merge_with(as_shape(shape))
        self._graph_element.set_shape(self._shape)

    # -- writing --------------------------------------------------------------------------------

    def assign(
        self,
        value: Any,
        use_locking: bool | None = None,
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
          A variable that is read after the assignment, or the operation.

        Raises:
          ValueError: the shapes differ.
        """
        tensor = convert_to_tensor(value, dtype=self._dtype)
        if not self._shape.is_compatible_with(tensor.shape):
            raise ValueError(
                f"{self!r} cannot take {tensor!r}: the shapes {self._shape} and {tensor.shape} "
                "must agree"
            )
        operation = ops.assign_variable_op(self._handle, tensor, name=name)
        return self._after(operation) if read_value else operation

    def assign_add(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add to it, see `assign`."""
        tensor = convert_to_tensor(delta, dtype=self._dtype)
        operation = ops.assign_add_variable_op(self._handle, tensor, name=name)
        return self._after(operation) if read_value else operation

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract from it, see `assign`."""
        tensor = convert_to_tensor(delta, dtype=self._dtype)
        operation = ops.assign_sub_variable_op(self._handle, tensor, name=name)
        return self._after(operation) if read_value else operation

    def _strided_slice_assign(self, name: str | None, **options: Any) -> Any:
        value = convert_to_tensor(options.pop("value"), dtype=self._dtype)
        operation = ops.resource_strided_slice_assign(
            self._handle, value=value, name=name, **options
        )
        return self._after(operation)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} has no truth value in Python: use `is not None` to test for presence, "
            "and tf.cond to choose by its value"
        )

    def _after(self, operation: Operation) -> UpdatedVariable:
        return UpdatedVariable(self, operation)


class UpdatedVariable(ResourceVariable):
    """A resource variable as it is after an operation that updates it.

    Args:
      variable: the variable.
      parent: the operation that updates it.
    """

    def __init__(self, variable: ResourceVariable, parent: Operation) -> None:
        self._parent = parent
        self._handle = variable._handle
        self._shape = variable._shape
        self._dtype = variable._dtype
        self._cached_value = None
        self._initial_value = variable._initial_value
        self._initializer_op = variable._initializer_op
        self._trainable = variable._trainable
        self._constraint = variable._constraint
        self._synchronization = variable._synchronization
        self._aggregation = variable._aggregation
        self._save_slice_info = variable._save_slice_info
        self._graph_element = self.read_value()

    @property
    def op(self) -> Operation:
        """The operation that updates the variable."""
        return self._parent

    def read_value(self) -> Tensor:
        """Return a tensor that reads it after the update."""
        return self._read_op()

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Gather slices of its value after the update, see `tf.gather`.

        Args:
          indices: int32 or int64 tensor.
          name: the operation's name.
        """
        with get_default_graph().control_dependencies([self._parent]):
            return super().sparse_read(indices, name)

    def _read_op(self) -> Tensor:
        with get_default_graph().control_dependencies([self._parent]):
            return super()._read_op()


def _to_tensor(
    value: ResourceVariable,
    dtype: DType | None = None,
    name: str | None = None,  # noqa: ARG001  (the registry passes it)
    as_ref: bool = False,
) -> Any:
    if dtype is _resource:
        return convert_to_tensor(value.handle)
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"{value!r} has dtype {value.dtype.name}, but {dtype.name} is required: "
            f"convert it with tf.cast(x, tf.{dtype.name})"
        )
    return value.read_value() if as_ref else value.value()


register_tensor_conversion_function(ResourceVariable, _to_tensor)
