"""Critical sections: parts of a graph that one run at a time executes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.build import apply, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import resource as _resource, variant as _variant
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.handles import ResourceHandle
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import invalid

__all__ = ["ConsumeMutexLock", "CriticalSection", "MutexLock", "MutexV2"]

_EXECUTIONS = "critical_section_executions"


def _key(container: str, name: str) -> ResourceHandle:
    return ResourceHandle("mutex", container, name)


@register
class MutexV2(Op):
    """The handle of a mutex of the session."""

    container: str = ""
    shared_name: str = ""

    outputs = "resource"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _resource)

    def kernel(self, ctx: Context) -> Array:
        return _key(self.container, self.shared_name or ctx.node.name).as_array()


@register
class MutexLock(Op):
    """The beginning of a section for which the run holds a mutex."""

    inputs = "mutex: resource"
    outputs = "mutex_lock"
    stateful = True
    differentiable = False

    def infer(self, mutex: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _variant)

    def kernel(self, mutex: Array) -> Array:
        key = np.asarray(mutex, object).item()
        if not isinstance(key, ResourceHandle) or key.kind != "mutex":
            raise invalid("MutexLock needs the handle of a mutex")
        return mutex

    def mutex(self, operation: Operation) -> ResourceHandle | None:
        source = operation.inputs[0].op
        if not isinstance(source.op, MutexV2):
            return None
        return _key(source.op.container, source.op.shared_name or source.name)


@register
class ConsumeMutexLock(Op):
    """The end of a section for which the run holds a mutex."""

    inputs = "mutex_lock: variant"
    outputs = ""
    stateful = True
    differentiable = False

    def infer(self, mutex_lock: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, mutex_lock: Array) -> tuple[()]:
        return ()

    def mutex(self, operation: Operation) -> ResourceHandle | None:
        source = operation.inputs[0].op
        return source.op.mutex(source)


class _Execution:
    """What is remembered of a section, to refuse others that would not be safe beside it."""

    def __init__(self, section: CriticalSection, lock: Operation, is_exclusive: bool) -> None:
        self.section = section
        self.lock = lock
        self.is_exclusive = is_exclusive
        self.resources: set[Tensor] = set()
        self.is_open = True


class CriticalSection:
    """A part of a graph that one run of a session at a time executes.

    A run that contains an execution of the section waits until no other such run is under way.
    Executions in one run follow one another in the order in which they were built.

    Args:
      name: the name of the section.
      shared_name: sections of one shared name in a session exclude one another.
      critical_section_def: not supported.
      import_scope: not supported.

    >>> import graphflow as tf
    >>> v = tf.Variable(0.0, use_resource=True)
    >>> section = tf.CriticalSection()
    >>> def count():
    ...     before = v.read_value()
    ...     with tf.control_dependencies([before]):
    ...         with tf.control_dependencies([v.assign_add(1.0)]):
    ...             return tf.identity(before)
    >>> first, second = section.execute(count), section.execute(count)
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.stack([first, second]))
    array([0., 1.], dtype=float32)
    """

    def __init__(
        self,
        name: str | None = None,
        shared_name: str | None = None,
        critical_section_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        for argument, value in (
            ("critical_section_def", critical_section_def),
            ("import_scope", import_scope),
        ):
            if value is not None:
                raise NotImplementedError(f"CriticalSection does not take {argument}")
        graph = get_default_graph()
        with name_scope(name, "CriticalSection", []) as scope:
            op = MutexV2(graph.current_container, shared_name or scope)
            self._handle = apply(op, name=scope)

    @property
    def name(self) -> str:
        """The name of its operation."""
        return self._handle.op.name

    def execute(
        self,
        fn: Callable[[], Any],
        exclusive_resource_access: bool = True,
        name: str | None = None,
    ) -> Any:
        """Build operations that run in the section.

        Args:
          fn: a function without arguments that builds them and returns a tensor, an operation, or a
            nested list, tuple or dictionary of those. Variables that it reads itself have the
            values that earlier executions wrote.
          exclusive_resource_access: whether no other section may use the same variables.
          name: the name scope.

        Returns:
          What `fn` returns, as tensors that are there once all of it has run; an operation if it
          returns None.

        Raises:
          ValueError: this execution is inside another one of the section, or uses variables of
            another section although one of them wants them for itself.
        """
        graph = get_default_graph()
        earlier = graph.get_collection_ref(_EXECUTIONS)
        with name_scope(name, "critical_section_execute", []):
            self._check_not_open(earlier)
            lock = apply(MutexLock(), self._handle)
            execution = _Execution(self, lock.op, exclusive_resource_access)
            earlier.append(execution)
            first = graph.version
            try:
                with graph.control_dependencies([lock]):
                    result = fn()
            finally:
                execution.is_open = False
            made = graph.get_operations()[first:]
            execution.resources = set(_resources(made)) - {self._handle}
            _check_exclusive(execution, earlier)
            with graph.control_dependencies(made):
                end = apply_op(ConsumeMutexLock(), lock)
            return _after(result, end)

    def _check_not_open(self, executions: Iterable[_Execution]) -> None:
        mutex = self._handle.op
        if any(item.is_open and item.section._handle.op is mutex for item in executions):
            raise ValueError(f"the critical section {self.name!r} cannot be executed inside itself")


def _resources(operations: Iterable[Operation]) -> Iterable[Tensor]:
    """The handles and references of variables that operations use."""
    for operation in operations:
        for tensor in operation.inputs:
            if tensor.dtype.base_dtype is _resource or tensor.dtype._is_ref_dtype:
                yield tensor


def _check_exclusive(new: _Execution, executions: Iterable[_Execution]) -> None:
    for other in executions:
        shared = new.resources & other.resources
        if other.section is new.section or not shared:
            continue
        if new.is_exclusive or other.is_exclusive:
            names = ", ".join(sorted(tensor.op.name for tensor in shared))
            raise ValueError(
                f"the critical sections {new.section.name!r} and {other.section.name!r} both use "
                f"{names}: use one section, or exclusive_resource_access=False for both"
            )


def _after(structure: Any, end: Operation) -> Any:
    """A structure whose tensors are there once the section has ended."""
    if structure is None or isinstance(structure, Operation):
        return ops.group(end) if structure is None else ops.group(structure, end)
    return nest.map_structure(
        lambda item: ops.with_dependencies([end], convert_to_tensor(item)), structure
    )
