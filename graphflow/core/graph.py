"""The static graph: `Graph`, its nodes (`Operation`) and its edges (`Tensor`).

A graph only grows: an operation's inputs exist before it, so operation ids are a topological order.
"""

from __future__ import annotations

import gc
import operator
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ContextDecorator, contextmanager
from functools import lru_cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from graphflow.core import traceback as tb
from graphflow.core.blocks import Blocks, Colocation, ControlScope, Setting, ThreadBlocks
from graphflow.core.device import DeviceScope, merge_device_stack
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provide, provided
from graphflow.core.op import Op, Specs, op_class
from graphflow.core.reference import Reference
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.version import GRAPH_DEF_VERSION

_VALID_OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
_VALID_SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\-/]*$")


@lru_cache(4096)
def _is_valid_name(name: str, is_in_scope: bool) -> bool:
    """Whether an operation may have this name, within a scope (whose name is valid) or without."""
    return (_VALID_SCOPE_NAME if is_in_scope else _VALID_OP_NAME).match(name) is not None


# Constants are followed back through at most so many ops, to stay clear of Python's stack limit.
_MAX_CONSTANT_DEPTH = 48
_MAX_CONSTANT_ELEMENTS = 4096


class _Unknown:
    """Marks a value that was not looked for yet."""


_UNKNOWN = _Unknown()


class _Search(threading.local):
    """One search for static values: how deep it is, and what it found so far.

    Shape arithmetic uses its inputs several times; each is looked at once in a search.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.found: dict[tuple[Tensor, str], Any] = {}

    def result(self, tensor: Tensor, what: str, find: Callable[[], Any]) -> Any:
        """Return what `find` returns, None beyond the depth to which constants are followed."""
        key = tensor, what
        if key in self.found:
            return self.found[key]
        if self.depth >= _MAX_CONSTANT_DEPTH:
            return None
        self.depth += 1
        try:
            value = self.found[key] = find()
        finally:
            self.depth -= 1
            if self.depth == 0:
                self.found.clear()  # a static shape may be refined later
        return value


_search = _Search()


class Tensor:
    """One output of an `Operation`: a symbolic handle, without a value until a session runs.

    >>> import graphflow as tf
    >>> x = tf.constant([[1.0, 2.0, 3.0]], name="x")
    >>> x
    <tf.Tensor 'x:0' shape=(1, 3) dtype=float32>
    """

    __array_priority__ = 100
    # A set that libraries change, to leave operators out.
    OVERLOADABLE_OPERATORS: ClassVar[set[str]] = {
        "__abs__", "__add__", "__and__", "__div__", "__eq__", "__floordiv__", "__ge__",
        "__getitem__", "__gt__", "__invert__", "__le__", "__lt__", "__matmul__", "__mod__",
        "__mul__", "__ne__", "__neg__", "__or__", "__pow__", "__radd__", "__rand__",
        "__rdiv__", "__rfloordiv__", "__rmatmul__", "__rmod__", "__rmul__", "__ror__",
        "__rpow__", "__rsub__", "__rtruediv__", "__rxor__", "__sub__", "__truediv__", "__xor__",
    }  # fmt: skip
    __slots__ = ("__dict__", "__weakref__", "_op", "_spec", "_value", "_value_index")

    def __init__(self, op: Operation, value_index: int, spec: TensorSpec) -> None:
        self._op = op
        self._value_index = value_index
        self._value: Any = _UNKNOWN
        self._spec = TensorSpec(spec.shape, spec.dtype, None, self)

    # -- what it is -------------------------------------------------------------------------

    @property
    def op(self) -> Operation:
        """The `Operation` that makes this tensor."""
        return self._op

    @property
    def graph(self) -> Graph:
        """The `Graph` that contains it."""
        return self._op.graph

    @property
    def value_index(self) -> int:
        """Its position among the outputs of its operation."""
        return self._value_index

    @property
    def name(self) -> str:
        """`<operation name>:<output index>`."""
        return f"{self._op.name}:{self._value_index}"

    @property
    def device(self) -> str:
        """The device string of its operation, '' if none was asked for."""
        return self._op.device

    @property
    def dtype(self) -> DType:
        """The `DType` of the elements."""
        return self._spec.dtype

    @property
    def spec(self) -> TensorSpec:
        """Static shape and dtype."""
        return self._spec

    @property
    def shape(self) -> TensorShape:
        """What is statically known of the shape."""
        return self._spec.shape

    @property
    def _shape(self) -> TensorShape:
        """The same, by the name that programs of TensorFlow's time took it from."""
        return self._spec.shape

    def get_shape(self) -> TensorShape:
        """Return what is statically known of the shape."""
        return self._spec.shape

    def set_shape(self, shape: Any) -> None:
        """Refine the static shape with what the caller knows.

        Args:
          shape: a `TensorShape` or something convertible to one.

        Raises:
          ValueError: `shape` contradicts what is known.
        """
        known = self._spec.shape
        merged = known.merge_with(as_shape(shape))
        if merged is known:
            return
        self._spec = TensorSpec(merged, self._spec.dtype, source=self)

    def _shape_tuple(self) -> tuple[int | None, ...] | None:
        return self._spec.shape.as_tuple()

    def _rank(self) -> int | None:
        return self._spec.shape.ndims

    def consumers(self) -> list[Operation]:
        """Return the operations that take this tensor as an input."""
        return self._op.graph._consumers_of(self)

    def experimental_ref(self) -> Reference:
        """Return a hashable stand-in for this tensor, whose `deref()` is the tensor.

        >>> import graphflow as tf
        >>> x = tf.constant(1)
        >>> x.experimental_ref() == x.experimental_ref(), x.experimental_ref().deref() is x
        (True, True)
        """
        return Reference(self)

    def _as_node_def_input(self) -> str:
        return self._op.name if self._value_index == 0 else self.name

    def _as_tf_output(self) -> Tensor:
        """Return the tensor: where TensorFlow has a handle, it stands for itself."""
        return self

    # -- static values ----------------------------------------------------------------------

    def constant_value(self) -> np.ndarray[Any, Any] | None:
        """Return the value if the graph alone determines it (and it is small), else None."""
        if self._value is not _UNKNOWN:
            return self._value  # type: ignore[no-any-return]
        values = _search.result(self, "value", self._op.constant_outputs)
        if values is None:
            return None
        self._value = values[self._value_index]
        return self._value  # type: ignore[no-any-return]

    def partial_value(self) -> tuple[int | None, ...] | int | None:
        """Return the statically known parts of an integer value, None where unknown."""
        return _search.result(self, "partial", self._partial)  # type: ignore[no-any-return]

    def _partial(self) -> tuple[int | None, ...] | int | None:
        specs = [t._spec for t in self._op.inputs]
        return self._op.op.partial_output(self._value_index, *specs)

    # -- running ----------------------------------------------------------------------------

    def eval(self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None) -> Any:
        """Compute the tensor in `session` (default: the default session).

        Args:
          feed_dict: values for placeholders.
          session: the `Session` to run in.

        Returns:
          A numpy array (a numpy scalar for rank 0).
        """
        return provided("eval_tensor")(self, feed_dict, session)

    # -- operators: ops register them by name -------------------------------------------------

    if TYPE_CHECKING:  # made by the op library

        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __rand__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __ror__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __rxor__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __getitem__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...

    @staticmethod
    def _override_operator(operator: str, func: Callable[..., Any]) -> None:
        """Make `func` the operator method, a name such as `__add__`."""
        setattr(Tensor, operator, func)

    def __iter__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} is symbolic and cannot be iterated over: "
            "use tf.unstack, tf.map_fn or tf.while_loop"
        )

    def __len__(self) -> NoReturn:
        raise TypeError(
            f"len() of {self!r}: a symbolic tensor has no length in Python; "
            "use tf.shape(x)[0], or x.shape for what is known statically"
        )

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} has no truth value in Python: it is known only when a session runs. "
            "Use `is not None` to test for presence, tf.cond to choose between two computations, "
            "tf.logical_and, tf.logical_or and tf.logical_not to combine conditions "
            f"(in {tb.user_line(tb.capture()) or 'this line'})"
        )

    # Libraries that forward all operators of a tensor also name that of Python 2.
    __nonzero__ = __bool__

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"cannot convert the symbolic {self!r} to a numpy array: "
            "use session.run or .eval to compute it"
        )

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self

    def __repr__(self) -> str:
        return f"<tf.Tensor {self.name!r} shape={self.shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        shape = "" if self.shape.ndims is None else f", shape={self.shape}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    def _repr_html_(self) -> str | None:
        return provided("tensor_html")(self)  # type: ignore[no-any-return]


@provide("tensor_class")
def _tensor_class() -> type:
    return Tensor


class Operation:
    """A node of the graph: an `Op` (type and attributes) applied to input tensors."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_control_inputs",
        "_device",
        "_id",
        "_inputs",
        "_name",
        "_op",
        "_outputs",
        "_stack",
        "extra_attrs",
        "graph",
    )

    def __init__(
        self,
        graph: Graph,
        op: Op,
        name: str,
        inputs: tuple[Tensor, ...],
        specs: Specs,
        number: int,
        stack: tb.Captured,
    ) -> None:
        self.graph = graph
        self._op = op
        self._name = name
        self._inputs = inputs
        self._control_inputs: tuple[Operation, ...] = ()
        self._device = ""
        self._stack = stack
        self.extra_attrs: dict[str, Any] = {}
        self._outputs: tuple[Tensor, ...]
        if type(specs) is TensorSpec:
            self._outputs = (Tensor(self, 0, specs),)
        else:
            self._outputs = tuple([Tensor(self, i, spec) for i, spec in enumerate(specs)])
        self._id = number

    def _get_control_flow_context(self) -> None:
        """Return None: loops and conditions are functions here, not contexts of one graph."""

    @property
    def op(self) -> Op:
        """Type and attributes."""
        return self._op

    @property
    def type(self) -> str:
        """The op type, such as `MatMul`."""
        return self._op.type

    @property
    def name(self) -> str:
        """The full name, with scopes."""
        return self._name

    @property
    def state_name(self) -> str:
        """The name under which it keeps state in a session."""
        return self.graph.state_scope + self._name

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The input tensors."""
        return self._inputs

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The output tensors."""
        return self._outputs

    def values(self) -> tuple[Tensor, ...]:
        """Return the output tensors."""
        return self._outputs

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that must have run before this one."""
        return list(self._control_inputs)

    @property
    def device(self) -> str:
        """The device string, '' if none was asked for."""
        return self._device

    def _set_device(self, device: Any) -> None:
        self._device = merge_device_stack([DeviceScope(device)], self)

    @property
    def id(self) -> int:
        """Its number in the graph: inputs have smaller ones."""
        return self._id

    @property
    def traceback(self) -> list[Any]:
        """The user's frames at creation, outermost first, as `traceback.FrameSummary`."""
        return tb.summaries(self._stack)

    @property
    def _traceback(self) -> list[Any]:
        """The same, by the name that programs of TensorFlow's time took it from."""
        return self.traceback

    @property
    def user_line(self) -> str:
        """`file:line in function` of the user's code that made the operation."""
        return tb.user_line(self._stack)

    def colocation_groups(self) -> list[bytes]:
        """Return the groups (`loc:@name`) of operations that share its device."""
        groups = self.extra_attrs.get("_class")
        return list(groups) if groups else [f"loc:@{self._name}".encode()]

    def attributes(self) -> dict[str, Any]:
        """All attributes by name: the op's own, those the inputs imply, and the graph's."""
        implied = self._op.inferred_attributes([t.dtype for t in self._inputs])
        return {**implied, **self._op.attributes(), **self.extra_attrs}

    def get_attr(self, name: str) -> Any:
        """Return an attribute's value.

        Raises:
          ValueError: there is no attribute of that name.
        """
        attributes = self.attributes()
        if name not in attributes:
            raise ValueError(
                f"operation {self._name!r} ({self.type}) has no attribute {name!r}; "
                f"it has {', '.join(sorted(attributes)) or 'none'}"
            )
        value = attributes[name]
        return value.encode() if isinstance(value, str) else value

    def _set_attr(self, name: str, value: Any) -> None:
        self.extra_attrs[name] = value

    @property
    def node_def(self) -> Any:
        """The operation as a `NodeDef` message."""
        return provided("node_def")(self)

    @property
    def op_def(self) -> Any:
        """The op type's `OpDef` message."""
        return provided("op_def")(self._op)

    def constant_outputs(self) -> tuple[np.ndarray[Any, Any], ...] | None:
        """Evaluate the operation now if all its inputs are small constants, else None."""
        op = self._op
        if op.stateful or op.writes or op.needs_context or op.blocking or op.is_argument:
            return None
        for tensor in self._outputs:
            elements = tensor.shape.num_elements()
            if elements is None or elements > _MAX_CONSTANT_ELEMENTS:
                return None
            if tensor.dtype.name == "variant":
                return None
        if len(self._outputs) == 1 and self._inputs:
            known = op.partial(*[t._spec for t in self._inputs])
            if known is not None and None not in (known if isinstance(known, tuple) else ()):
                return (np.asarray(known, self._outputs[0].dtype.as_numpy_dtype),)
        values = []
        for tensor in self._inputs:
            value = tensor.constant_value()
            if value is None:
                return None
            values.append(value)
        return self._evaluate(values)

    def _evaluate(self, values: list[Any]) -> tuple[np.ndarray[Any, Any], ...] | None:
        try:
            with np.errstate(all="ignore"):
                results = self._op.kernel(*values)
        except Exception:  # the run will report what is wrong with these values
            return None
        results = results if isinstance(results, (tuple, list)) else (results,)
        return tuple(np.asarray(result) for result in results)

    def run(self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None) -> None:
        """Run the operation in `session` (default: the default session).

        Args:
          feed_dict: values for placeholders.
          session: the `Session` to run in.
        """
        provided("run_operation")(self, feed_dict, session)

    def _add_control_inputs(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            self._add_control_input(operation)

    def _add_control_input(self, operation: Operation) -> None:
        if operation.graph is not self.graph:
            raise ValueError(f"{operation!r} and {self!r} belong to different graphs")
        if operation._id >= self._id:
            raise ValueError(
                f"cannot make {operation!r} run before {self!r}, which was made earlier: "
                "a graph only grows; create the operations in the order in which they depend"
            )
        if operation not in self._control_inputs:
            self._control_inputs = (*self._control_inputs, operation)
            self.graph._mutated()

    def _append_outputs(self, specs: Sequence[TensorSpec]) -> list[Tensor]:
        """Add outputs to an operation whose op computes more than it used to."""
        start = len(self._outputs)
        new = [Tensor(self, start + i, spec) for i, spec in enumerate(specs)]
        self._outputs = (*self._outputs, *new)
        self.graph._mutated()
        return new

    def _update_input(self, index: int, tensor: Tensor) -> None:
        if tensor.op._id >= self._id:
            raise ValueError(
                f"{tensor!r} was made after {self!r} and cannot become its input: "
                "a graph only grows"
            )
        old = self._inputs[index]
        if not tensor.shape.is_compatible_with(old.shape) or (
            tensor.dtype.base_dtype != old.dtype.base_dtype
        ):
            raise ValueError(f"{tensor!r} cannot replace {old!r} as an input of {self!r}")
        self._inputs = (*self._inputs[:index], tensor, *self._inputs[index + 1 :])
        self.graph._change_consumer(self, old, tensor)
        self.graph._mutated()

    def describe(self) -> str:
        """`Type(attributes)(input: spec, …)`, the form in which errors name an operation."""
        return describe(self._op, self._inputs)

    def __copy__(self) -> Operation:
        return self

    def __deepcopy__(self, memo: Any) -> Operation:
        return self

    def __repr__(self) -> str:
        return f"<tf.Operation {self._name!r} type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)


def describe(op: Op, inputs: Sequence[Tensor]) -> str:
    """`Type(attributes)(input: spec, …)`, the form in which errors name an operation."""
    listed = ", ".join(f"{t.name}: {t.spec}" for t in inputs)
    return f"{op!r}({listed})"


class _NameScope(ContextDecorator, AbstractContextManager[str]):
    """The `with graph.name_scope(name)` block."""

    __slots__ = ("_graph", "_name", "_outer")

    def __init__(self, graph: Graph, name: str | None) -> None:
        self._graph = graph
        self._name = name
        self._outer: list[str] = []

    def _recreate_cm(self) -> _NameScope:
        return _NameScope(self._graph, self._name)

    def __enter__(self) -> str:
        outer, full_name = self._graph._enter_scope(self._name)
        self._outer.append(outer)
        return full_name

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._graph._leave_scope(self._outer.pop())


class Graph:
    """A TensorFlow-style computation: operations connected by tensors.

    >>> import graphflow as tf
    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     c = tf.constant(30.0)
    >>> c.graph is g
    True
    """

    # The graph around it, if this is the body of a function.
    outer_graph: Graph | None = None
    # How many graphs are around it.
    depth: int = 0

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names_in_use: dict[str, int] = {}
        self._collections: dict[Any, list[Any]] = {}
        self._thread = ThreadBlocks()
        # The operations that take each tensor, of the first so many operations; see _consumers_of.
        self._consumers: dict[Tensor, list[Operation]] = {}
        self._searched = 0
        self._finalized = False
        self._mutations = 0
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Any] = set()
        self._functions: dict[str, Any] = {}
        self._py_functions: list[Any] = []
        self._seed: int | None = None
        self._building_function = False
        self._producer_version = GRAPH_DEF_VERSION

    @property
    def _blocks(self) -> Blocks:
        """What the blocks set that this thread is in."""
        return self._thread.blocks

    # -- content ------------------------------------------------------------------------------

    def get_operations(self) -> list[Operation]:
        """Return all operations in order of creation."""
        return list(self._operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """Return the operation called `name`.

        Raises:
          TypeError: `name` is not a string.
          KeyError: there is none.
        """
        if not isinstance(name, str):
            raise TypeError(f"an operation's name is a string, not {type(name).__name__}")
        result = self.as_graph_element(name, allow_tensor=False, allow_operation=True)
        assert isinstance(result, Operation)
        return result

    def get_tensor_by_name(self, name: str) -> Tensor:
        """Return the tensor called `name`, such as `scope/x:0`.

        Raises:
          TypeError: `name` is not a string.
          KeyError: there is none.
          ValueError: `name` has not the form `<operation>:<output index>`.
        """
        if not isinstance(name, str):
            raise TypeError(f"a tensor's name is a string, not {type(name).__name__}")
        result = self.as_graph_element(name, allow_tensor=True, allow_operation=False)
        assert isinstance(result, Tensor)
        return result

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Tensor | Operation:
        """Return the tensor or operation that `obj` is, names, or converts to.

        Raises:
          TypeError: `obj` is not of an allowed kind.
          ValueError: it belongs to another graph or the name is malformed.
          KeyError: no element has that name.
        """
        if not allow_tensor and not allow_operation:
            raise ValueError("allow_tensor and allow_operation cannot both be False")
        with self._lock:
            return self._find_element(obj, allow_tensor, allow_operation)  # type: ignore[no-any-return]

    def _find_element(self, obj: Any, allow_tensor: bool, allow_operation: bool) -> Any:
        convert = getattr(obj, "_as_graph_element", None)
        if convert is not None:
            obj = convert()
        if isinstance(obj, str):
            return self._find_named(obj, allow_tensor, allow_operation)
        if (isinstance(obj, Tensor) and allow_tensor) or (
            isinstance(obj, Operation) and allow_operation
        ):
            if obj.graph is not self:
                operation = obj.op if isinstance(obj, Tensor) else obj
                raise ValueError(
                    f"{obj!r} is not an element of this graph: {where_it_is(obj.graph)} "
                    f"(made at {operation.user_line})"
                )
            return obj
        wanted = ["a Tensor"] * allow_tensor + ["an Operation"] * allow_operation
        raise TypeError(
            f"cannot convert {obj!r} (a {type(obj).__name__}) into {' or '.join(wanted)}"
        )

    def _find_named(self, name: str, allow_tensor: bool, allow_operation: bool) -> Any:
        if ":" in name:
            return self._find_tensor(name, allow_tensor)
        operation = self._by_name.get(name)
        if not allow_operation:
            raise ValueError(
                f"the name {name!r} can refer to an operation only, not to a tensor: "
                f"tensor names have the form '<operation>:<output index>', here {name + ':0'!r}"
                + ("" if operation else self._suggestion(name))
            )
        if operation is None:
            raise KeyError(
                f"the name {name!r} refers to an operation that is not in the graph"
                + self._suggestion(name)
            )
        return operation

    def _find_tensor(self, name: str, allow_tensor: bool) -> Tensor:
        if not allow_tensor:
            raise ValueError(
                f"the name {name!r} refers to a tensor, not an operation: "
                "leave out the ':<output index>'"
            )
        op_name, _, index = name.partition(":")
        if not index.isdigit():
            raise ValueError(
                f"the name {name!r} looks like a tensor's but is malformed: "
                "tensor names have the form '<operation>:<output index>'"
            )
        operation = self._by_name.get(op_name)
        if operation is None:
            raise KeyError(
                f"the name {name!r} refers to a tensor that does not exist: there is no operation "
                f"{op_name!r} in the graph" + self._suggestion(op_name)
            )
        if int(index) >= len(operation.outputs):
            raise KeyError(
                f"the name {name!r} refers to a tensor that does not exist: the operation "
                f"{op_name!r} has only {len(operation.outputs)} outputs"
            )
        return operation.outputs[int(index)]

    def _suggestion(self, name: str) -> str:
        last = name.rsplit("/", 1)[-1].lower()
        near = [n for n in self._by_name if n.rsplit("/", 1)[-1].lower() == last][:3]
        return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""

    def is_feedable(self, tensor: Any) -> bool:
        """Whether a run may feed `tensor`."""
        return tensor not in self._unfeedable

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Make it an error to feed `tensor`."""
        self._unfeedable.add(tensor)
        self._mutations += 1

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Whether a run may fetch `tensor_or_op`."""
        return tensor_or_op not in self._unfetchable

    def prevent_fetching(self, op: Any) -> None:
        """Make it an error to fetch `op`."""
        self._unfetchable.add(op)
        self._mutations += 1

    @property
    def version(self) -> int:
        """A number that grows with each operation added."""
        return len(self._operations)

    @property
    def graph_def_versions(self) -> Any:
        """The `VersionDef` of the graph's GraphDef."""
        return provided("graph_def_versions")(self)

    def _get_control_flow_context(self) -> None:
        """Return None: loops and conditions are functions here, not contexts of one graph."""

    @property
    def _c_graph(self) -> Graph:
        """The graph: where TensorFlow has a handle, it stands for itself."""
        return self

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """Return the graph as a `GraphDef` message.

        Args:
          from_version: only operations made after the graph had this version.
          add_shapes: whether to record static shapes in the attribute `_output_shapes`.

        Returns:
          A `tf.GraphDef`.
        """
        return provided("as_graph_def")(self, from_version, add_shapes)

    def to_networkx(self) -> Any:
        """Return the graph as a `networkx.MultiDiGraph`: operations as nodes, tensors as edges."""
        return provided("to_networkx")(self)

    def _repr_html_(self) -> str | None:
        return provided("graph_html")(self)  # type: ignore[no-any-return]

    # -- growing ------------------------------------------------------------------------------

    @property
    def finalized(self) -> bool:
        """Whether the graph is closed to changes."""
        return self._finalized

    def finalize(self) -> None:
        """Close the graph: adding an operation from now on raises RuntimeError."""
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def _check_not_finalized(self) -> None:
        if self._finalized:
            raise RuntimeError(
                "the graph is finalized and cannot be changed: build all operations before "
                "Graph.finalize() (or before the MonitoredSession that called it)"
            )

    def _mutated(self) -> None:
        """Note that an existing operation has changed, here or in a body inside."""
        for graph in outer_graphs(self):
            graph._mutations += 1

    @property
    def state_scope(self) -> str:
        """What the names of state that its operations keep begin with."""
        return ""

    @property
    def building_function(self) -> bool:
        """Whether this graph is the body of a function."""
        return self._building_function

    @property
    def seed(self) -> int | None:
        """The graph-level random seed."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed

    @property
    def _last_id(self) -> int:
        return len(self._operations)

    def add_operation(self, op: Op, inputs: Sequence[Tensor], name: str) -> Operation:
        """Add an operation; `name` is used as it is when it ends with '/', else made unique.

        Everybody outside core calls `apply` and its siblings in `core.build` instead, which convert
        and check the inputs.

        Raises:
          RuntimeError: the graph is finalized.
          ValueError: the op refuses the inputs' shapes or dtypes, or the name is not valid.
        """
        if self._finalized:
            self._check_not_finalized()
        specs = infer(op, inputs)
        with self._lock:
            blocks = self._thread.blocks
            full_name = self._name_operation(name, blocks.name_stack)
            stack = blocks.stack or tb.capture()
            number = len(self._operations)
            operation = Operation(self, op, full_name, tuple(inputs), specs, number, stack)
            if blocks.control:
                self._add_control(operation, blocks.control)
            if blocks.attributes:
                operation.extra_attrs.update(blocks.attributes)
            self._operations.append(operation)
            self._by_name[full_name] = operation
            if blocks.devices:
                operation._device = merge_device_stack(blocks.devices, operation)
            if blocks.colocations:
                self._colocate(operation, blocks.colocations)
            if blocks.gradient_override:
                override = blocks.gradient_override.get(op.type)
                if override is not None:
                    operation.extra_attrs["_gradient_op_type"] = override
        return operation

    def _name_operation(self, name: str, scope: str) -> str:
        """Return the full name of a new operation in a scope, see `add_operation`."""
        if name[-1:] == "/":
            full_name = name[:-1]
            is_valid = _VALID_OP_NAME.match(full_name) is not None
        else:
            full_name = self._reserve(f"{scope}/{name}" if scope else name, True)
            is_valid = _is_valid_name(name, scope != "")
        if not is_valid:
            raise ValueError(
                f"{full_name!r} is not a valid operation name: it begins with a letter, digit "
                "or '.', followed by letters, digits and '_.\\-/'"
            )
        if full_name in self._by_name:
            raise ValueError(
                f"there is an operation {full_name!r} already: a name that ends with '/' is "
                "taken as it is; leave out the '/' to have the name made unique"
            )
        return full_name

    @staticmethod
    def _colocate(operation: Operation, others: Sequence[Operation]) -> None:
        groups: set[bytes] = set(operation.extra_attrs.get("_class", ()))
        for other in others:
            groups.update(other.colocation_groups())
            if other._device:
                operation._device = other._device
        operation.extra_attrs["_class"] = sorted(groups) if len(groups) > 1 else list(groups)

    @staticmethod
    def _add_control(operation: Operation, scopes: Sequence[ControlScope]) -> None:
        """Let a new operation wait for what the blocks around it say."""
        found: dict[Operation, None] = {}
        input_ops = {tensor._op for tensor in operation._inputs}
        for scope in scopes:
            # An input made inside the block already waits for the block's control inputs.
            if input_ops.isdisjoint(scope.made):
                for other in scope.inputs:
                    if other not in input_ops:
                        found[other] = None
            scope.made.add(operation)
        operation._control_inputs = tuple(found)

    def _consumers_of(self, tensor: Tensor) -> list[Operation]:
        """The operations that take a tensor: found when somebody asks, since few do."""
        with self._lock:
            for operation in self._operations[self._searched :]:
                for taken in operation._inputs:
                    self._consumers.setdefault(taken, []).append(operation)
            self._searched = len(self._operations)
            return list(self._consumers.get(tensor, ()))

    def _change_consumer(self, operation: Operation, old: Tensor, new: Tensor) -> None:
        """Note that an operation takes `new` in the place of `old`."""
        with self._lock:
            if operation._id < self._searched:
                self._consumers[old].remove(operation)
                self._consumers.setdefault(new, []).append(operation)

    def create_op(
        self,
        op_type: str,
        inputs: Sequence[Tensor],
        dtypes: Sequence[Any] | None = None,
        input_types: Sequence[Any] | None = None,
        name: str | None = None,
        attrs: Mapping[str, Any] | None = None,
        op_def: Any = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """Add an operation by its type and attributes.

        Args:
          op_type: the op type, such as `MatMul`.
          inputs: the input tensors, lists flattened.
          dtypes: the expected output dtypes; checked when given.
          input_types: the expected input dtypes; checked when given.
          name: the operation's name, made unique; the op type by default.
          attrs: attribute values, as Python values or `AttrValue` messages.
          op_def: ignored by design, as in TensorFlow: the registry knows the op.
          compute_shapes: deprecated in TensorFlow, without effect.
          compute_device: deprecated in TensorFlow, without effect.

        Returns:
          The new `Operation`.

        Raises:
          TypeError: an input is not a Tensor, or a dtype differs from the expected one.
          NotImplementedError: graphflow has no such op.
        """
        for tensor in inputs:
            if not isinstance(tensor, Tensor):
                raise TypeError(f"input {tensor!r} of create_op({op_type!r}) is not a Tensor")
        _check_dtypes("input", op_type, [t.dtype for t in inputs], input_types)
        op, extra = self._make_op(op_type, inputs, attrs or {})
        with self._lock:
            operation = self.add_operation(op, inputs, name or op_type)
            operation.extra_attrs.update(extra)
        _check_dtypes("output", op_type, [t.dtype for t in operation.outputs], dtypes)
        return operation

    def _make_op(
        self, op_type: str, inputs: Sequence[Tensor], attrs: Mapping[str, Any]
    ) -> tuple[Op, dict[str, Any]]:
        try:
            cls = op_class(op_type)
        except KeyError as error:
            raise NotImplementedError(error.args[0]) from None
        values = provided("op_attributes")(cls, attrs)
        extra = {key: value for key, value in values.items() if key.startswith("_")}
        fields = set(cls.attribute_fields())
        implied = cls.type_attr_names()
        unknown = set(values) - fields - implied - set(extra)
        if unknown:
            raise NotImplementedError(f"{op_type} has no attribute {', '.join(sorted(unknown))}")
        own = {key: value for key, value in values.items() if key in fields}
        return cls.from_attributes(own), extra

    # -- names --------------------------------------------------------------------------------

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """Return `name` inside the current scope, with a suffix `_1`, `_2`… if it is taken.

        Names that differ only in case count as equal, as in TensorFlow.

        Args:
          name: the wished name.
          mark_as_used: whether to reserve it.
        """
        if self._blocks.name_stack:
            name = f"{self._blocks.name_stack}/{name}"
        with self._lock:
            return self._reserve(name, mark_as_used)

    def _reserve(self, name: str, mark_as_used: bool) -> str:
        used = self._names_in_use
        key = name.lower()
        number = used.get(key)
        if number is None:
            if mark_as_used:
                used[key] = 1
            return name
        while (numbered := f"{key}_{number}") in used:
            number += 1
        if mark_as_used:
            used[key] = number + 1
            used[numbered] = 1
        return f"{name}_{number}"

    def name_scope(self, name: str | None) -> AbstractContextManager[str]:
        """Open a name scope for the operations made in the `with` block.

        Args:
          name: the scope; one that ends with '/' is re-entered as it is, None or '' goes back to
            the top level.

        Returns:
          A context manager that gives the full scope name with a final '/', or '' at the top level.

        Raises:
          ValueError: (on entering) the name is not valid.
        """
        return _NameScope(self, name)

    def _enter_scope(self, name: str | None) -> tuple[str, str]:
        """Enter a name scope; return what to leave it with, and its full name with a final '/'."""
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a scope's name is a string, not {name!r}")
        blocks = self._thread.blocks
        outer = blocks.name_stack
        if not name:
            blocks.name_stack = ""
            return outer, ""
        if not _is_valid_name(name, outer != ""):
            raise ValueError(f"{name!r} is not a valid scope name")
        if name[-1] == "/":
            blocks.name_stack = name[:-1]
            return outer, name
        with self._lock:
            new = self._reserve(f"{outer}/{name}" if outer else name, True)
        blocks.name_stack = new
        return outer, f"{new}/"

    def _leave_scope(self, outer: str) -> None:
        self._thread.blocks.name_stack = outer

    def get_name_scope(self) -> str:
        """Return the current name scope, '' at the top level."""
        return self._blocks.name_stack

    @property
    def _name_stack(self) -> str:
        """The current name scope, as programs ask TensorFlow for it."""
        return self._blocks.name_stack

    # -- blocks that set something for the operations made inside -------------------------------

    def as_default(self) -> AbstractContextManager[Graph]:
        """Make this the default graph of the thread within the `with` block.

        Returns:
          A context manager that gives the graph.
        """
        return _AsDefault(self)

    def control_dependencies(
        self, control_inputs: Sequence[Any] | None
    ) -> AbstractContextManager[None]:
        """Make the operations of the `with` block run after `control_inputs`.

        Args:
          control_inputs: operations, tensors, variables or indexed slices; None clears the
            dependencies of outer blocks.

        Returns:
          A context manager.

        Raises:
          TypeError: (on entering) `control_inputs` is no list, or holds something else.
        """
        return Setting(self._thread, "control", partial(self._control_after, control_inputs))

    def _control_after(
        self, control_inputs: Sequence[Any] | None, blocks: Blocks
    ) -> list[ControlScope]:
        """The control scopes in a further block, in which operations wait for `control_inputs`."""
        if control_inputs is None:
            return []
        if not isinstance(control_inputs, Iterable):
            raise TypeError(
                f"control_inputs is a list of operations and tensors, not {control_inputs!r}"
            )
        found = [self._control_operation(item) for item in control_inputs]
        outer = self._current_control_dependencies() if blocks.control else ()
        new = dict.fromkeys([op for op in found if op is not None and op not in outer])
        return [*blocks.control, ControlScope(list(new))]

    def _control_operation(self, item: Any) -> Operation | None:
        """The operation to wait for; None if something else sees to that."""
        if type(item) is Operation and item.graph is self:
            return item
        values = getattr(item, "values", None)
        if isinstance(values, Tensor):  # IndexedSlices
            item = values
        element = self.as_graph_element(item)
        return element.op if isinstance(element, Tensor) else element

    def _current_control_dependencies(self) -> set[Operation]:
        return {operation for scope in self._blocks.control for operation in scope.inputs}

    def device(self, device_name_or_function: Any) -> AbstractContextManager[None]:
        """Record a device for the operations of the `with` block.

        Args:
          device_name_or_function: a device string or spec, a function of the operation that
            returns one, or None to ignore outer blocks.

        Returns:
          A context manager.

        Raises:
          ValueError: (on entering) the string is malformed.
        """

        def change(blocks: Blocks) -> list[DeviceScope]:
            return [*blocks.devices, DeviceScope(device_name_or_function)]

        return Setting(self._thread, "devices", change)

    def colocate_with(self, op: Any, ignore_existing: bool = False) -> AbstractContextManager[None]:
        """Record that the operations of the `with` block belong on the device of `op`.

        Args:
          op: an operation, tensor or variable; None (with `ignore_existing`) clears.
          ignore_existing: whether to forget outer blocks.

        Returns:
          A context manager.

        Raises:
          ValueError: (on entering) `op` is None without `ignore_existing`.
        """

        def find() -> Operation | None:
            if op is not None:
                return self._control_operation(op)
            if not ignore_existing:
                raise ValueError("colocate_with(None) needs ignore_existing=True")
            return None

        return Colocation(self._thread, find, ignore_existing)

    def container(self, container_name: str) -> AbstractContextManager[str]:
        """Name the resource container of stateful operations made in the `with` block.

        Args:
          container_name: the name.

        Returns:
          A context manager that gives the name.
        """
        return Setting(self._thread, "container", lambda _: container_name, container_name)

    @property
    def current_container(self) -> str:
        """The resource container for new stateful operations."""
        return self._blocks.container

    def gradient_override_map(self, op_type_map: Mapping[str, str]) -> AbstractContextManager[None]:
        """Use registered gradient functions by name for some op types in the `with` block.

        Args:
          op_type_map: from op types to names given to `tf.RegisterGradient`.

        Returns:
          A context manager.

        Raises:
          TypeError: (on entering) `op_type_map` is no dictionary of strings.
        """

        def change(blocks: Blocks) -> dict[str, str]:
            if not isinstance(op_type_map, Mapping):
                raise TypeError("op_type_map is a dictionary from op types to gradient names")
            for key, value in op_type_map.items():
                if not isinstance(key, str) or not isinstance(value, str):
                    raise TypeError(f"op_type_map maps strings to strings, not {key!r}: {value!r}")
            return {**blocks.gradient_override, **op_type_map}

        return Setting(self._thread, "gradient_override", change)

    @contextmanager
    def _many_operations(self) -> Iterator[None]:
        """Make many operations in the `with` block, all of which stay: that goes quicker.

        They remember one stack, the present one, and nobody searches for garbage meanwhile.
        """
        blocks = self._blocks
        old = blocks.stack
        blocks.stack = old or tb.capture()
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if was_enabled:
                gc.enable()
            blocks.stack = old

    def _attr_scope(self, attr_map: Mapping[str, Any]) -> AbstractContextManager[None]:
        def change(blocks: Blocks) -> dict[str, Any]:
            merged = {**blocks.attributes, **attr_map}
            return {key: value for key, value in merged.items() if value is not None}

        return Setting(self._thread, "attributes", change)

    # -- collections ----------------------------------------------------------------------------

    @property
    def collections(self) -> list[Any]:
        """The names of the collections."""
        return list(self._collections)

    def get_all_collection_keys(self) -> list[str]:
        """Return the names of the collections that are strings."""
        return [key for key in self._collections if isinstance(key, str)]

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Append `value` to the collection `name`."""
        self._check_not_finalized()
        with self._lock:
            self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Append `value` to each collection of `names` (a name or several), once each."""
        names = (names,) if isinstance(names, str) else dict.fromkeys(names)
        for name in names:
            self.add_to_collection(name, value)

    def get_collection_ref(self, name: Any) -> list[Any]:
        """Return the collection itself, made if it does not exist."""
        with self._lock:
            return self._collections.setdefault(name, [])

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """Return a copy of the collection `name`.

        Args:
          name: the collection.
          scope: only items whose name matches this regular expression at its beginning; items
            without a name are left out.
        """
        with self._lock:
            items = list(self._collections.get(name, ()))
        if scope is None:
            return items
        pattern = re.compile(scope)
        return [item for item in items if hasattr(item, "name") and pattern.match(item.name)]

    def clear_collection(self, name: Any) -> None:
        """Empty the collection `name`."""
        self._check_not_finalized()
        with self._lock:
            self._collections.pop(name, None)


def _check_dtypes(
    what: str, op_type: str, actual: Sequence[DType], expected: Sequence[Any] | None
) -> None:
    if expected is None:
        return
    wanted = [as_dtype(item).base_dtype for item in expected]
    if [dtype.base_dtype for dtype in actual] != wanted:
        raise TypeError(f"{op_type}: {what} dtypes are {list(actual)}, expected {wanted}")


def at_user_line() -> str:
    """The user's line that is being executed, as the last line of an error's text."""
    line = tb.user_line(tb.capture())
    return f"\n  at {line}" if line else ""


_spec_of = operator.attrgetter("_spec")


def infer(op: Op, inputs: Sequence[Tensor]) -> Specs:
    """Run an op's `infer` on the inputs' specs, naming op and inputs in its errors.

    Raises:
      InvalidArgumentError: shapes or attributes do not fit.  It is a ValueError, the class for what
        is refused here; many of these things TensorFlow refuses in a run, with that very class.
      TypeError: dtypes do not fit.
    """
    try:
        return op.infer(*map(_spec_of, inputs))
    except (ValueError, TypeError) as error:
        message = f"{describe(op, inputs)}: {error}{at_user_line()}"
        if isinstance(error, TypeError):
            raise TypeError(message) from error
        raise InvalidArgumentError(None, None, message) from error


# -- the default graph ----------------------------------------------------------------------------


class _DefaultGraphs(threading.local):
    """Each thread's stack of default graphs."""

    def __init__(self) -> None:
        self.stack: list[Graph] = []


_default_graphs = _DefaultGraphs()


class _AsDefault(ContextDecorator, AbstractContextManager[Graph]):
    """The `with graph.as_default()` block."""

    __slots__ = ("_depths", "_graph")

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._depths: list[int] = []

    def _recreate_cm(self) -> _AsDefault:
        return _AsDefault(self._graph)

    def __enter__(self) -> Graph:
        stack = _default_graphs.stack
        stack.append(self._graph)
        self._depths.append(len(stack))
        return self._graph

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        stack, depth = _default_graphs.stack, self._depths.pop()
        if len(stack) != depth or stack[-1] is not self._graph:
            del stack[depth - 1 :]
            raise AssertionError(
                "Graph.as_default() blocks must be left in the reverse order of entering"
            )
        stack.pop()


_global_graph: Graph | None = None
_global_lock = threading.Lock()


def get_default_graph() -> Graph:
    """Return the thread's innermost `as_default` graph, or the global one shared by all threads."""
    if _default_graphs.stack:
        return _default_graphs.stack[-1]
    global _global_graph
    with _global_lock:
        if _global_graph is None:
            _global_graph = Graph()
        return _global_graph


def reset_default_graph() -> None:
    """Replace the global default graph by an empty one.

    Raises:
      AssertionError: called inside a `with graph.as_default()` block.
    """
    if _default_graphs.stack:
        raise AssertionError(
            "reset_default_graph() inside a `with graph.as_default()` block would have no effect: "
            "leave the block first"
        )
    global _global_graph
    with _global_lock:
        _global_graph = Graph()


def outer_graphs(graph: Graph) -> Iterator[Graph]:
    """Yield a graph and those around it, the outermost last."""
    current: Graph | None = graph
    while current is not None:
        yield current
        current = current.outer_graph


def where_it_is(graph: Graph) -> str:
    """Say to which graph something belongs, and how to use it from outside, for errors."""
    if graph.outer_graph is None:
        return "it is from another one"
    return (
        f"it belongs to the function body {graph!r}; to use it outside, return it from the branch "
        "or loop body"
    )


def graph_of(items: Iterable[Any], graph: Graph | None = None) -> Graph:
    """Return the one graph that all tensors and operations in `items` belong to.

    Items of a function's body go together with those of the graphs around it, which it captures.

    Args:
      items: anything; only what belongs to a graph counts.
      graph: the graph that they must belong to, if given.

    Returns:
      That graph (the innermost one), or the default graph when no item belongs to any.

    Raises:
      ValueError: items belong to different graphs, or to a function's body that is complete.
    """
    first: Any = None
    for item in items:
        found = item._op.graph if type(item) is Tensor else getattr(item, "graph", None)
        if found is graph or not isinstance(found, Graph):
            continue
        if graph is None or graph in outer_graphs(found):
            graph, first = found, item
        elif found not in outer_graphs(graph):
            other = "the given graph" if first is None else f"{first!r}"
            raise ValueError(
                f"{item!r} must be from the same graph as {other}: {where_it_is(found)}"
            )
    if graph is None:
        return get_default_graph()
    if graph.building_function and graph not in _default_graphs.stack:
        raise ValueError(f"{first!r} cannot be used here: {where_it_is(graph)}{at_user_line()}")
    return graph
