"""The base of all optimizers: gradients, slots, and one update operation for each variable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.gradients import gradients
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph, outer_graphs
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.train.slots import (
    create_slot,
    create_slot_with_initializer,
    create_zeros_slot,
)
from graphflow.variables.initializers import Constant
from graphflow.variables.variable import Variable, trainable_variables


class Optimizer:
    """Base class of optimizers.

    A subclass says how one variable is updated (`_apply_dense`, `_apply_sparse`), which slots it
    keeps (`_create_slots`) and turns its parameters into tensors (`_prepare`).

    Args:
      use_locking: accepted for TensorFlow's sake; updates are always atomic here.
      name: name of the operations that are made, and of the slots.

    Raises:
      ValueError: there is no name.
    """

    GATE_NONE: ClassVar[int] = 0
    GATE_OP: ClassVar[int] = 1
    GATE_GRAPH: ClassVar[int] = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("an optimizer needs a name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Any, Any]] = {}
        self._non_slots: dict[tuple[str, Graph], Any] = {}

    def get_name(self) -> str:
        """Return the optimizer's name."""
        return self._name

    # -- the two steps of minimize --------------------------------------------------------------

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """Add operations that make one step towards smaller `loss`.

        Args:
          loss: the tensor to minimize.
          global_step: a variable to increment after each step.
          var_list: the variables to change; all trainable ones by default.
          gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH.
          aggregation_method: one of `tf.AggregationMethod`.
          colocate_gradients_with_ops: whether a gradient is recorded on its operation's device.
          name: the name of the returned operation.
          grad_loss: the gradient to start from; ones by default.

        Returns:
          The operation that makes the step; with `global_step` its value is the new step.

        Raises:
          ValueError: no variable has a gradient.
        """
        grads_and_vars = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        if all(grad is None for grad, _ in grads_and_vars):
            raise ValueError(
                f"no gradients for any variable: {loss!r} depends differentiably on none of "
                f"{[var.name for _, var in grads_and_vars]}"
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Add the gradients of `loss` with respect to the variables: the first half of `minimize`.

        Args:
          loss: as for `minimize`, like the others.
          var_list: see `minimize`.
          gate_gradients: see `minimize`.
          aggregation_method: see `minimize`.
          colocate_gradients_with_ops: see `minimize`.
          grad_loss: see `minimize`.

        Returns:
          A list of (gradient, variable); a gradient may be None.

        Raises:
          TypeError: the loss is a function (eager execution is not available), or a variable is
            none.
          ValueError: there are no variables, or `gate_gradients` is not valid.
        """
        if callable(loss) and not isinstance(loss, Tensor):
            raise TypeError(f"loss must be a tensor, not the function {loss!r}")
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                f"gate_gradients is Optimizer.GATE_NONE, GATE_OP or GATE_GRAPH: {gate_gradients}"
            )
        loss = convert_to_tensor(loss)
        self._check_floating([loss] if grad_loss is None else [loss, grad_loss])
        variables = self._variables_to_optimize(var_list)
        grads = gradients(
            loss,
            variables,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == self.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == self.GATE_GRAPH:
            grads = ops.tuple(grads)
        self._check_floating([v for g, v in zip(grads, variables, strict=True) if g is not None])
        return list(zip(grads, variables, strict=True))

    def _variables_to_optimize(self, var_list: Any) -> list[Any]:
        if var_list is None:
            streaming = get_default_graph().get_collection(GraphKeys.TRAINABLE_RESOURCE_VARIABLES)
            variables = trainable_variables() + streaming
        else:
            variables = _flatten(var_list)
        if not variables:
            raise ValueError("there are no variables to optimize")
        for variable in variables:
            if not isinstance(variable, (Variable, Tensor)) and not hasattr(variable, "_ref"):
                raise TypeError(f"cannot optimize {variable!r}: it is not a variable")
        return variables

    def _check_floating(self, tensors: Sequence[Any]) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            dtype = as_dtype(tensor.dtype).base_dtype
            if dtype not in valid:
                names = ", ".join(sorted(item.name for item in valid))
                raise ValueError(f"{tensor!r} has dtype {dtype.name}, which is not one of {names}")

    def _valid_dtypes(self) -> set[DType]:
        names = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")
        return {as_dtype(name) for name in names}

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Add operations that update the variables: the second half of `minimize`.

        Args:
          grads_and_vars: (gradient, variable) pairs; pairs with the gradient None are left out.
          global_step: a variable to increment after the updates.
          name: the name of the returned operation.

        Returns:
          The operation that makes the step.

        Raises:
          TypeError: a gradient is neither a tensor nor indexed slices, a variable is none.
          ValueError: no pair has a gradient.
        """
        pairs = [self._checked_pair(grad, var) for grad, var in tuple(grads_and_vars)]
        if not pairs:
            raise ValueError("no variables provided")
        with_grads = [(grad, var) for grad, var in pairs if grad is not None]
        if not with_grads:
            names = [str(var.name) for _, var in pairs]
            raise ValueError(f"no gradients provided for any variable: {names}")
        graph = get_default_graph()
        with graph._many_operations():
            apply_updates = self._add_updates(graph, with_grads, global_step, name)
        train_ops = graph.get_collection_ref(GraphKeys.TRAIN_OP)
        if apply_updates not in train_ops:
            train_ops.append(apply_updates)
        return apply_updates

    def _add_updates(
        self, graph: Graph, with_grads: list[tuple[Any, Any]], global_step: Any, name: str | None
    ) -> Operation:
        with graph.control_dependencies(None):
            self._create_slots([var for _, var in with_grads])
        with name_scope(name, self._name) as scope:
            self._prepare()
            updates = [self._update(graph, grad, var) for grad, var in with_grads]
            return self._finish_step(graph, updates, global_step, scope)

    @staticmethod
    def _checked_pair(grad: Any, var: Any) -> tuple[Any, Any]:
        if not isinstance(var, Tensor) and not hasattr(var, "_ref"):
            raise TypeError(f"cannot update {var!r}: it is not a variable")
        if grad is None or isinstance(grad, (Tensor, IndexedSlices)):
            return grad, var
        if not is_tensor_like(grad) and not hasattr(grad, "__array__"):
            raise TypeError(f"the gradient for {var.name} is neither tensor nor None: {grad!r}")
        return convert_to_tensor(grad, dtype=var.dtype.base_dtype), var

    def _update(self, graph: Graph, grad: Any, var: Any) -> Operation:
        with graph.name_scope("update_" + var.op.name.replace(":", "_")), graph.colocate_with(var):
            update = self._apply(grad, var)
            constraint = getattr(var, "constraint", None)
            if constraint is None:
                return update
            with graph.control_dependencies([update]):
                constrained = var.assign(constraint(var))
            return constrained if isinstance(constrained, Operation) else constrained.op

    def _apply(self, grad: Any, var: Any) -> Operation:
        if _is_resource(var):
            result = self._apply_to_resource(grad, var)
        elif isinstance(grad, IndexedSlices):
            result = self._apply_sparse_duplicate_indices(grad, var)
        else:
            result = self._apply_dense(grad, var)
        return result.op if isinstance(result, Tensor) else result

    def _apply_to_resource(self, grad: Any, var: Any) -> Any:
        if not isinstance(grad, IndexedSlices):
            return self._resource_apply_dense(grad, var)
        return self._resource_apply_sparse_duplicate_indices(grad.values, var, grad.indices)

    def _finish_step(
        self, graph: Graph, updates: list[Operation], global_step: Any, scope: str
    ) -> Operation:
        if global_step is None:
            return self._finish(updates, scope)
        with (
            graph.control_dependencies([self._finish(updates, "update")]),
            graph.colocate_with(global_step),
        ):
            one = ops.constant(1, dtype=global_step.dtype.base_dtype, name="value")
            step = (
                global_step.assign_add(one, name=scope, read_value=False)
                if _is_resource(global_step)
                else ops.assign_add(global_step, one, name=scope)
            )
        return step.op if isinstance(step, Tensor) else step

    # -- slots ------------------------------------------------------------------------------------

    def get_slot(self, var: Any, name: str) -> Any:
        """Return the slot `name` that was made for `var`, None if there is none.

        Args:
          var: a variable given to `minimize` or `apply_gradients`.
          name: such as "momentum".
        """
        return self._slots.get(name, {}).get(_slot_key(var))

    def get_slot_names(self) -> list[str]:
        """Return the names of the slots, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """Return the variables that hold the optimizer's state, sorted by name."""
        graph = _outermost(get_default_graph())
        slots = [slot for by_var in self._slots.values() for slot in by_var.values()]
        others = list(self._non_slots.values())
        return sorted(
            (var for var in (*slots, *others) if var.graph is graph), key=lambda var: str(var.name)
        )

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Any:
        return self._slot(var, slot_name, lambda: create_zeros_slot(var, op_name))

    def _get_or_make_slot(self, var: Any, value: Any, slot_name: str, op_name: str) -> Any:
        return self._slot(var, slot_name, lambda: create_slot(var, value, op_name))

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: Any, dtype: Any, slot_name: str, op_name: str
    ) -> Any:
        def make() -> Any:
            return create_slot_with_initializer(var, initializer, shape, dtype, op_name)

        return self._slot(var, slot_name, make)

    def _constant_slot(self, var: Any, value: float, slot_name: str, op_name: str) -> Any:
        dtype = var.dtype.base_dtype
        return self._get_or_make_slot_with_initializer(
            var, Constant(value, dtype), var.shape, dtype, slot_name, op_name
        )

    def _slot_dict(self, slot_name: str) -> dict[Any, Any]:
        return self._slots.setdefault(slot_name, {})

    def _slot(self, var: Any, slot_name: str, make: Callable[[], Any]) -> Any:
        slots = self._slots.setdefault(slot_name, {})
        key = _slot_key(var)
        if key not in slots:
            slots[key] = make()
        return slots[key]

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        key = (name, _outermost(colocate_with.graph))
        if key not in self._non_slots:
            with colocate_with.graph.colocate_with(colocate_with, ignore_existing=True):
                self._non_slots[key] = Variable(initial_value, name=name, trainable=False)
        return self._non_slots[key]

    def _get_non_slot_variable(self, name: str, graph: Graph) -> Any:
        return self._non_slots[name, _outermost(graph)]

    # -- what subclasses say ----------------------------------------------------------------------

    def _prepare(self) -> None:
        """Turn parameters into tensors; called before the updates are made."""

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Make the slots of the variables."""

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} updates with dense gradients")

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} updates with sparse gradients")

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        """Update with slices whose indices may repeat: by default they are added up first."""
        values, indices = deduplicated(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(values, indices, grad.dense_shape), var)

    # Subclasses that tell resource variables from others say so in these; the library's own treat
    # them alike.

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._behind("_resource_apply_dense", "_apply_dense")(grad, handle)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        update = self._behind("_resource_apply_sparse", "_apply_sparse")
        return update(IndexedSlices(grad, indices), handle)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor
    ) -> Any:
        cls = type(self)
        if cls._resource_apply_sparse is Optimizer._resource_apply_sparse:
            return self._apply_sparse_duplicate_indices(IndexedSlices(grad, indices), handle)
        summed, unique = deduplicated(grad, indices)
        return self._resource_apply_sparse(summed, handle, unique)

    def _behind(self, resource_update: str, update: str) -> Callable[..., Any]:
        """The update that an inherited update of a resource variable leads to.

        A subclass that has both calls those that it inherits; were this the subclass's own one, it
        would act twice.
        """
        classes = type(self).__mro__
        own = [cls for cls in classes[: classes.index(Optimizer)] if resource_update in vars(cls)]
        found: Callable[..., Any] = getattr(super(own[-1], self) if own else self, update)
        return found

    def _resource_scatter_add(self, x: Any, i: Tensor, v: Tensor) -> Any:
        with get_default_graph().control_dependencies([ops.scatter_add(x, i, v)]):
            return x.value()

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        """Join the updates, and update what all variables share."""
        return ops.group(*update_ops, name=name_scope)

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param


def deduplicated(values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Sum the slices of equal indices.

    Args:
      values: the slices.
      indices: their indices.

    Returns:
      A slice for each of the indices, and these.
    """
    unique, positions = ops.unique(indices)
    summed = ops.unsorted_segment_sum(values, positions, ops.shape(unique)[0])
    return summed, unique


def _outermost(graph: Graph) -> Graph:
    """The graph that variables belong to, also for a step in a branch of a condition."""
    *_, outermost = outer_graphs(graph)
    return outermost


def _slot_key(var: Any) -> tuple[Graph, str]:
    return var.op.graph, var.op.name


def _is_resource(var: Any) -> bool:
    return bool(var.op.outputs and var.op.outputs[0].dtype.name == "resource")


def _flatten(items: Any) -> list[Any]:
    if isinstance(items, dict):
        items = [items[key] for key in sorted(items)]
    if not isinstance(items, (list, tuple)):
        return [items]
    return [leaf for item in items for leaf in _flatten(item)]
