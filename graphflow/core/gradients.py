"""Symbolic differentiation: add the nodes that compute derivatives to the graph.

Backpropagation in one sweep over the operations between `xs` and `ys`, linear in their number and
without recursion: an operation is differentiated once the gradients of all its outputs are
complete.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from graphflow.core.convert import (
    IndexedSlices,
    convert_to_tensor,
    convert_to_tensor_or_indexed_slices,
    to_reference,
)
from graphflow.core.extensions import provided
from graphflow.core.func_graph import data_inputs
from graphflow.core.graph import (
    Graph,
    Operation,
    Tensor,
    get_default_graph,
    graph_of,
)
from graphflow.core.op import Op, registered_ops

_F = TypeVar("_F", bound=Callable[..., Any])
_registered: dict[str, Callable[..., Any] | None] = {}


class UnconnectedGradients(Enum):
    """What `gradients` returns where `ys` does not depend on an x."""

    NONE = "none"
    ZERO = "zero"


class AggregationMethod:
    """How gradients that meet at one tensor are added up; all methods give the same sum here."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class RegisterGradient:
    """Decorator that registers a gradient function for an op type, or under a name of its own.

    A name that is no op type is for `Graph.gradient_override_map`.

    Args:
      op_type: the op type or name.

    Raises:
      KeyError: (on use) there is a gradient of that name already.
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError(f"op_type must be a string, not {op_type!r}")
        self._op_type = op_type

    def __call__(self, f: _F) -> _F:
        """Register `f(op, *grads)` and return it."""
        _register(self._op_type, f)
        return f


def no_gradient(op_type: str) -> None:
    """Declare that ops of a type are not differentiable: gradients stop there silently.

    Args:
      op_type: the op type.
    """
    if not isinstance(op_type, str):
        raise TypeError(f"op_type must be a string, not {op_type!r}")
    _register(op_type, None)


def _register(op_type: str, function: Callable[..., Any] | None) -> None:
    native = registered_ops().get(op_type)
    if op_type in _registered or (native is not None and native.gradient is not Op.gradient):
        raise KeyError(f"there is a gradient for {op_type!r} already")
    _registered[op_type] = function


def get_gradient_function(op: Operation) -> Callable[..., Any] | None:
    """Return the function `f(op, *grads)` that differentiates `op`, None if it has no gradient.

    Raises:
      LookupError: no gradient is defined for the op type.
    """
    override = op.extra_attrs.get("_gradient_op_type")
    key = override.decode() if isinstance(override, bytes) else (override or op._op.type)
    if key in _registered:
        return _registered[key]
    native = type(op._op) if override is None else registered_ops().get(key)
    if native is None:
        raise LookupError(f"no gradient is registered under the name {key!r}, for {op!r}")
    if not native.differentiable:
        return None
    if native.gradient is Op.gradient:
        raise LookupError(
            f"no gradient is defined for {op!r} (made at {op.user_line}): "
            "use tf.stop_gradient on its input or register one with tf.RegisterGradient"
        )
    return op._op.gradient if override is None else partial(native.gradient, op._op)


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Add nodes for the derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or list of tensors; nothing depends differentiably on an integer one.
      xs: a tensor or variable, or a list of those.
      grad_ys: for each y the gradient to start from, of its shape; ones by default.
      name: the name scope of the new nodes.
      colocate_gradients_with_ops: whether a gradient is recorded on its operation's device.
      gate_gradients: whether all gradients of an operation are complete before any is used.
      aggregation_method: one of `AggregationMethod`.
      stop_gradients: tensors through which not to differentiate, as if they were constants.
      unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`.

    Returns:
      A list with one entry for each x: a tensor of its shape, an `IndexedSlices`, or None (zeros
      with `UnconnectedGradients.ZERO`) where ys do not depend on it.

    Raises:
      LookupError: an operation on the way has no gradient.
      TypeError: a y is not a number.
      ValueError: an argument does not fit.

    >>> import graphflow as tf
    >>> x = tf.constant([1.0, 2.0, 3.0])
    >>> (dx,) = tf.gradients(x * x, x)
    >>> tf.Session().run(dx)
    array([2., 4., 6.], dtype=float32)
    """
    unconnected = UnconnectedGradients(unconnected_gradients)
    if aggregation_method not in (None, 0, 1, 2):
        raise ValueError(f"aggregation_method is not a tf.AggregationMethod: {aggregation_method}")
    ys, xs = _as_list(ys), _as_list(xs)
    stops = [] if stop_gradients is None else _as_list(stop_gradients)
    starts = [None] * len(ys) if grad_ys is None else _as_list(grad_ys)
    if len(starts) != len(ys):
        raise ValueError(f"there are {len(ys)} ys but {len(starts)} grad_ys")
    default = get_default_graph()
    if default.building_function:
        # Inside a body, ys and xs may be of the graphs around: gradients are added to that of ys.
        graph = graph_of([_element(item) for item in ys])
    else:
        graph = graph_of([item for item in (*ys, *xs, *stops, *starts) if item is not None])
    enter = contextlib.nullcontext() if graph is default else graph.as_default()
    with enter, graph.name_scope(name or "gradients"):
        y_tensors = [convert_to_tensor(y, name="y") for y in ys]
        x_tensors = [_differentiable_source(x) for x in xs]
        stop_tensors = [_differentiable_source(s) for s in stops]
        sweep = _Sweep(
            graph, y_tensors, x_tensors, stop_tensors, colocate_gradients_with_ops,
            gate_gradients,
        )  # fmt: skip
        sweep.start(
            [_start(y, g, i) for i, (y, g) in enumerate(zip(y_tensors, starts, strict=True))]
        )
        with graph._many_operations():
            sweep.run()
        return [sweep.result(x, unconnected) for x in x_tensors]


def vjp(ys: Sequence[Tensor], xs: Sequence[Tensor], grad_ys: Sequence[Any]) -> list[Any]:
    """Add the product of a gradient with the Jacobian of a body to the default graph.

    The default graph is the body of a gradient, and `ys` and `xs` are tensors of the body that is
    differentiated: whatever of it the new operations use, they capture.

    Args:
      ys: results of the body.
      xs: its arguments.
      grad_ys: the gradient for each y.

    Returns:
      The gradient for each x, None where no y depends on it.
    """
    sweep = _Sweep(get_default_graph(), list(ys), list(xs), [], False, False)
    sweep.start(grad_ys)
    sweep.run()
    return [sweep.result(x, UnconnectedGradients.NONE) for x in xs]


def depend(ys: Sequence[Tensor], xs: Sequence[Tensor]) -> list[bool]:
    """Tell of each x whether a y depends on it differentiably."""
    pending = _pending_counts([y.op for y in ys], [x.op for x in xs])
    return [x.op in pending for x in xs]


def _element(item: Any) -> Any:
    convert = getattr(item, "_as_graph_element", None)
    return item if convert is None else convert()


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _differentiable_source(x: Any) -> Any:
    if isinstance(x, (Tensor, IndexedSlices)):
        return x.values if isinstance(x, IndexedSlices) else x
    if hasattr(x, "_ref"):
        return to_reference(x)
    return convert_to_tensor(x, name="x")


def _start(y: Tensor, grad_y: Any, index: int) -> Any:
    """The gradient that the sweep starts from at `y`: ones, or what the user gave."""
    dtype = y.dtype.base_dtype
    is_number = dtype.is_floating or dtype.is_complex or dtype.is_integer
    if not is_number and dtype.name != "resource":
        raise TypeError(f"cannot differentiate {y!r}: {dtype.name} tensors have no gradients")
    if grad_y is None:
        if y.dtype.is_complex:
            raise TypeError(f"the gradient of the complex tensor {y!r} needs grad_ys")
        return provided("start_gradient")(y, f"grad_ys_{index}")
    grad = convert_to_tensor_or_indexed_slices(
        grad_y, dtype=y.dtype.base_dtype, name=f"grad_ys_{index}"
    )
    if not grad.shape.is_compatible_with(y.shape):
        raise ValueError(f"grad_ys[{index}] has shape {grad.shape}, but {y!r} has {y.shape}")
    return grad


class _Sweep:
    """One run of backpropagation.

    State:
      grads: for each operation, for each output, the gradient contributions that arrived.
      pending: for each operation between xs and ys, how many of its consumers are still to come.
      queue: operations all of whose consumers have been differentiated.
    """

    def __init__(
        self,
        graph: Graph,
        ys: list[Tensor],
        xs: list[Tensor],
        stops: list[Tensor],
        colocate: bool,
        gate: bool,
    ) -> None:
        self.graph = graph
        self.ys = ys
        self.colocate = colocate
        self.gate = gate
        self.grads: dict[Operation, list[list[Any]]] = {}
        x_ops = list(dict.fromkeys(x.op for x in xs))
        self.y_ops = list(dict.fromkeys(y.op for y in ys))
        self.x_ops = set(x_ops)
        stop_ops = {tensor.op for tensor in stops}
        self.pending = _pending_counts(self.y_ops, x_ops)
        self.stop_ops = stop_ops | {
            op for op in x_ops if not any(self.pending.get(t.op, 0) for t in data_inputs(op))
        }

    def start(self, grad_ys: Sequence[Any]) -> None:
        for y, grad in zip(self.ys, grad_ys, strict=True):
            self._add(y, grad)

    def run(self) -> None:
        pending = self.pending
        queue = deque(op for op in self.y_ops if pending.get(op, -1) == 0)
        while queue:
            op = queue.popleft()
            self._differentiate(op)
            for tensor in data_inputs(op):
                source = tensor._op
                count = pending.get(source)
                if count is None:
                    continue
                pending[source] = count - 1
                if count == 1:
                    queue.append(source)

    def result(self, x: Tensor, unconnected: UnconnectedGradients) -> Any:
        """The complete gradient for `x`."""
        lists = self.grads.get(x.op)
        grad = _sum(lists[x.value_index]) if lists else None
        if grad is None and unconnected is UnconnectedGradients.ZERO:
            return provided("zeros_like")(x)
        return grad

    def _add(self, tensor: Tensor, grad: Any) -> None:
        op = tensor._op
        lists = self.grads.get(op)
        if lists is None:
            lists = self.grads[op] = [[] for _ in op._outputs]
        lists[tensor._value_index].append(grad)

    def _differentiate(self, op: Operation) -> None:
        lists = self.grads.pop(op, None)
        if lists is None:
            return
        out_grads = [_sum(contributions) for contributions in lists]
        if op in self.x_ops:
            self.grads[op] = [[grad] for grad in out_grads]
        if op in self.stop_ops or not any(lists):
            return
        if op.op.is_argument:
            for tensor in data_inputs(op):
                self._add(tensor, out_grads[0])
        else:
            function = get_gradient_function(op)
            if function is not None:
                self._apply(op, function, out_grads)

    def _apply(self, op: Operation, function: Callable[..., Any], out_grads: list[Any]) -> None:
        inputs = op._inputs
        with self._around(op):
            if None in out_grads and not op.op.takes_missing_gradients:
                out_grads = _with_zeros(op, out_grads)
            in_grads = function(op, *out_grads)
            if not isinstance(in_grads, (list, tuple)):
                in_grads = (in_grads,)
            if len(in_grads) != len(inputs):
                in_grads = _none_for_each(op, in_grads)
            if self.gate and sum(grad is not None for grad in in_grads) > 1:
                in_grads = provided("tuple")(in_grads)
        for tensor, grad in zip(inputs, in_grads, strict=True):
            if grad is None:
                continue
            if isinstance(grad, Tensor):
                _refine_shape(op, tensor, grad)
            if tensor._op in self.pending:
                self._add(tensor, grad)

    def _around(self, op: Operation) -> contextlib.AbstractContextManager[Any]:
        """The scope, and the place, of what is added for the gradient of `op`."""
        scope = self.graph.name_scope(op._name + "_grad")
        return self._colocated(scope, op) if self.colocate else scope

    @contextlib.contextmanager
    def _colocated(
        self, scope: contextlib.AbstractContextManager[str], op: Operation
    ) -> Iterator[None]:
        with scope, self.graph.colocate_with(op, ignore_existing=True):
            yield


def _pending_counts(y_ops: Sequence[Operation], x_ops: Sequence[Operation]) -> dict[Operation, int]:
    """For each operation between xs and ys the number of edges to others between them.

    The way leads from the body of a function on to the tensors that it captures.
    """
    order = sorted(_ancestors(y_ops, min(map(_order, x_ops), default=(0, 0))), key=_order)
    reached = _reached(order, x_ops)
    pending = {op: 0 for op in y_ops if op in reached}
    for op in reversed(order):  # what takes a tensor comes before what makes it
        if op not in pending:
            continue
        for tensor in data_inputs(op):
            source = tensor._op
            if source in reached:
                pending[source] = pending.get(source, 0) + 1
    return pending


def _reached(ancestors: Sequence[Operation], x_ops: Sequence[Operation]) -> set[Operation]:
    """Which of `ancestors`, in topological order, depend differentiably on `x_ops`."""
    reached = set(x_ops)
    for op in ancestors:
        for tensor in data_inputs(op):
            if tensor._op in reached and is_trainable(tensor):
                reached.add(op)
                break
    return reached


def _ancestors(y_ops: Sequence[Operation], first: tuple[int, int]) -> set[Operation]:
    """What `y_ops` are computed from, but nothing that comes before `first` in `_order`."""
    found: set[Operation] = set()
    stack = list(y_ops)
    while stack:
        op = stack.pop()
        if op not in found and _order(op) >= first:
            found.add(op)
            stack.extend([tensor._op for tensor in data_inputs(op)])
    return found


def _order(op: Operation) -> tuple[int, int]:
    """A topological order: outer graphs come before the bodies inside them."""
    return op.graph.depth, op._id


def is_trainable(tensor: Tensor) -> bool:
    """Whether gradients flow through a tensor of this dtype."""
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex or dtype.name in ("resource", "variant")


def _sum(contributions: list[Any]) -> Any:
    """Add up the gradients that arrived at one tensor; sparse ones stay sparse."""
    if len(contributions) == 1:
        return contributions[0]
    present = [grad for grad in contributions if grad is not None]
    if len(present) < 2:
        return present[0] if present else None
    if all(isinstance(grad, IndexedSlices) for grad in present):
        return IndexedSlices(
            provided("concat")([grad.values for grad in present]),
            provided("concat")([provided("to_int64")(grad.indices) for grad in present])
            if len({grad.indices.dtype for grad in present}) > 1
            else provided("concat")([grad.indices for grad in present]),
            present[0].dense_shape,
        )
    return provided("add_n")([convert_to_tensor(grad) for grad in present])


def _with_zeros(op: Operation, out_grads: list[Any]) -> list[Any]:
    """Put zeros where no gradient has arrived, for outputs that gradients flow through."""
    return [
        grad if grad is not None or not is_trainable(output) else provided("zeros_like")(output)
        for grad, output in zip(out_grads, op.outputs, strict=True)
    ]


def _none_for_each(op: Operation, in_grads: Sequence[Any]) -> list[None]:
    """Read a lone None as no gradient for any of the inputs; they are not as many as those."""
    if len(in_grads) == 1 and in_grads[0] is None:
        return [None] * len(op.inputs)
    raise ValueError(
        f"the gradient function of {op!r} returned {len(in_grads)} gradients "
        f"for {len(op.inputs)} inputs"
    )


def _refine_shape(op: Operation, tensor: Tensor, grad: Tensor) -> None:
    if grad._spec.shape._dims == tensor._spec.shape._dims:
        return
    if tensor.dtype.base_dtype.name == "resource":
        return
    try:
        grad.set_shape(tensor.shape)
    except ValueError as error:
        raise ValueError(
            f"the gradient of {op!r} for its input {tensor!r} has shape {grad.shape}"
        ) from error
