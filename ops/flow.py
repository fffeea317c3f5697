"""Operations that move values and order the run: identity, groups, Python functions, assertions."""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import (
    IndexedSlices,
    convert_to_tensor,
    convert_to_tensor_or_indexed_slices,
)
from graphflow.core.dtypes import FLOATING, DType, as_dtype
from graphflow.core.errors import InternalError, InvalidArgumentError
from graphflow.core.extensions import provide
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph, graph_of
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec

__all__ = [
    "Assert",
    "CheckNumerics",
    "Identity",
    "IdentityN",
    "NoOp",
    "PreventGradient",
    "Print",
    "PyFunc",
    "PyFuncStateless",
    "StopGradient",
    "check_numerics",
    "group",
    "identity",
    "identity_n",
    "no_op",
    "prevent_gradient",
    "print_",
    "py_func",
    "stop_gradient",
    "tuple",
    "with_dependencies",
]

_tuple = tuple  # the builtin, which TensorFlow's function of that name hides below


class _Same(Op):
    """One tensor in, the same one out."""

    inputs = "input: T"
    cheap = True
    is_identity = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        return input

    def partial(self, *specs: TensorSpec) -> Any:
        return specs[0].partial()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.int64, np.complex64, np.bool_):
            yield Sample.of(cls(), np.asarray([[1, 0, 3]], dtype))
        yield Sample.of(cls(), np.asarray([b"text", b""], object))
        yield Sample.of(cls(), np.zeros((2, 0), np.float32))


@register
class Identity(_Same):
    """The value of a tensor, or the current value of a variable."""

    def gradient(self, op: Operation, grad: Any) -> Any:
        return grad


def identity(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor with the same value.

    Args:
      input: any tensor.
      name: the operation's name.

    Returns:
      A tensor like `input`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.identity([5, 7]))
    array([5, 7], dtype=int32)
    """
    return apply(Identity(), input, name=name)


@register
class StopGradient(_Same):
    """The value of a tensor; gradients take it for a constant."""

    differentiable = False


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor with the same value, which gradients take for a constant.

    Args:
      input: any tensor.
      name: the operation's name.

    Returns:
      A tensor like `input`.

    >>> import graphflow as tf
    >>> x = tf.constant(3.0)
    >>> tf.Session().run(tf.gradients(x * tf.stop_gradient(x), x))
    [3.0]
    """
    return apply(StopGradient(), input, name=name)


@register
class PreventGradient(_Same):
    """The value of a tensor, whose gradient it is an error to ask for."""

    message: str = ""

    def gradient(self, op: Operation, grad: Tensor) -> Any:
        raise LookupError(f"gradient of {op.name!r} explicitly disabled: {self.message}")

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls("none"), np.asarray([1.0, 2.5]), gradient=(), note="has none")


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """Return a tensor with the same value, whose gradient it is an error to ask for.

    Args:
      input: any tensor.
      message: why there is no gradient, for the error.
      name: the operation's name.

    Returns:
      A tensor like `input`.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> print(tf.Session().run(ops.prevent_gradient(3.0)))
    3.0
    """
    return apply(PreventGradient(message), input, name=name)


@register
class IdentityN(Op):
    """Several tensors in, the same ones out, all at once."""

    inputs = "input: [T]"
    cheap = True

    def infer(self, *specs: TensorSpec) -> Sequence[TensorSpec]:
        return [TensorSpec(spec.shape, spec.dtype.base_dtype) for spec in specs]

    def kernel(self, *arrays: Array) -> Sequence[Array]:
        return arrays

    def gradient(self, op: Operation, *grads: Any) -> Sequence[Any]:
        return grads

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), [np.asarray([1.5, 2.0], np.float32), np.asarray(3, np.int32)])


def identity_n(input: Sequence[Any], name: str | None = None) -> list[Tensor]:
    """Return tensors with the same values, none before all are there.

    Args:
      input: a list of tensors of any kind.
      name: the operation's name.

    Returns:
      A list of tensors.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.identity_n([tf.constant(2.5), tf.constant(7)]))
    [2.5, 7]
    """
    return apply_multi(IdentityN(), list(input), name=name)


# -- order ---------------------------------------------------------------------------------------


@register
class NoOp(Op):
    """Does nothing; other operations may be ordered by it."""

    outputs = ""
    cheap = True

    def infer(self) -> Sequence[TensorSpec]:
        return ()

    def kernel(self) -> Sequence[Array]:
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls())


def no_op(name: str | None = None) -> Operation:
    """Add an operation that does nothing, as a place for control inputs.

    Args:
      name: the operation's name.

    Returns:
      The operation.

    >>> import graphflow as tf
    >>> tf.no_op(name="done")
    <tf.Operation 'done' type=NoOp>
    """
    return apply_op(NoOp(), name=name)


def group(*inputs: Any, **kwargs: Any) -> Operation:
    """Join operations into one that is done when all of them are.

    Args:
      *inputs: operations, tensors, variables, or nested lists of those.
      **kwargs: `name`, the operation's name.

    Returns:
      The operation.

    Raises:
      TypeError: an input is neither operation nor tensor, or an unknown keyword is given.

    >>> import graphflow as tf
    >>> v = tf.Variable(1)
    >>> tf.group(tf.assign_add(v, 2), tf.constant(3), name="both")
    <tf.Operation 'both' type=NoOp>
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"group() has no argument {', '.join(map(repr, kwargs))}")
    items = _flat(inputs)
    graph = graph_of([_element(item) for item in items])
    with graph.as_default(), graph.control_dependencies(_operations(items)):
        return no_op(name=name or "group_deps")


def _flat(items: Any) -> list[Any]:
    if isinstance(items, dict):
        items = [items[key] for key in sorted(items)]
    if not isinstance(items, (list, _tuple)):
        return [items]
    return [leaf for item in items for leaf in _flat(item)]


def _element(item: Any) -> Any:
    """The graph element behind a variable or indexed slices."""
    if isinstance(item, IndexedSlices):
        return item.values
    convert = getattr(item, "_as_graph_element", None)
    return item if convert is None else convert()


def _operations(items: Sequence[Any]) -> list[Any]:
    for item in items:
        if not isinstance(_element(item), (Tensor, Operation)):
            raise TypeError(f"expected an operation or tensor, not {item!r}")
    return [_element(item) for item in items]


@provide("tuple")
def tuple(
    tensors: Sequence[Any], name: str | None = None, control_inputs: Sequence[Any] | None = None
) -> list[Any]:
    """Return tensors with the same values, none of which is there before all are computed.

    Args:
      tensors: tensors, indexed slices, operations or None.
      name: name scope of the operations.
      control_inputs: further operations to wait for.

    Returns:
      A list with a tensor (or indexed slices, operation, None) for each item.

    Raises:
      ValueError: there is no tensor at all.

    >>> import graphflow as tf
    >>> a, none, b = tf.tuple([tf.constant(2.0), None, tf.constant(5)])
    >>> none, tf.Session().run([a, b])
    (None, [2.0, 5])
    """
    with name_scope(name, "tuple", [t for t in tensors if t is not None]):
        items = [
            item
            if item is None or isinstance(item, Operation)
            else convert_to_tensor_or_indexed_slices(item)
            for item in tensors
        ]
        gating = [
            item if isinstance(item, Operation) else item.op for item in items if item is not None
        ]
        if not gating:
            raise ValueError(f"tuple() needs at least one tensor or operation: {tensors!r}")
        graph = get_default_graph()
        extra = [graph._control_operation(item) for item in control_inputs or ()]
        gate = group(*sorted(dict.fromkeys([*gating, *extra]), key=lambda op: op.id))
        return [_gated(gate, item) for item in items]


def _gated(gate: Operation, item: Any) -> Any:
    if item is None:
        return None
    if isinstance(item, Operation):
        return gate
    return with_dependencies([gate], item)


def with_dependencies(dependencies: Sequence[Any], output: Any, name: str | None = None) -> Any:
    """Return a tensor with the value of `output`, there only after `dependencies` have run.

    Args:
      dependencies: operations and tensors.
      output: a tensor or indexed slices.
      name: the operation's name.

    Returns:
      A tensor or indexed slices like `output`.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> ops.with_dependencies([tf.no_op()], tf.constant(4)).op.type
    'Identity'
    """
    graph = get_default_graph()
    with (
        name_scope(name, "control_dependency", [output]) as scope,
        graph.colocate_with(output.op),
        graph.control_dependencies(dependencies),
    ):
        if isinstance(output, IndexedSlices):
            values = identity(output.values, name=scope)
            return IndexedSlices(values, output.indices, output.dense_shape)
        return identity(convert_to_tensor(output), name=scope)


# -- Python functions ----------------------------------------------------------------------------


class _PythonFunction:
    """Holds a function; the graph that calls it keeps this object alive."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function


_functions: weakref.WeakValueDictionary[str, _PythonFunction] = weakref.WeakValueDictionary()
_function_numbers = itertools.count()


@register
class PyFunc(Op):
    """Calls a Python function, which may have effects, with arrays."""

    token: str
    Tout: _tuple[DType, ...]

    inputs = "input: [Tin]"
    stateful = True
    blocking = True
    differentiable = False

    def infer(self, *specs: TensorSpec) -> Sequence[TensorSpec]:
        return [TensorSpec(TensorShape(None), dtype) for dtype in self.Tout]

    def kernel(self, *arrays: Array) -> Sequence[Array]:
        return _call(self.token, self.Tout, arrays)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        token = _keep(get_default_graph(), lambda x, y: (x * 2, y + 1))
        yield Sample.of(
            cls(token, (as_dtype("float32"), as_dtype("int32"))),
            [np.asarray([1.5, 2.0], np.float32), np.asarray(3, np.int32)],
            gradient=(),
            oracle=False,
            note="the function exists in this process only",
        )


@register
class PyFuncStateless(Op):
    """Calls a Python function without effects, with arrays."""

    token: str
    Tout: _tuple[DType, ...]

    inputs = "input: [Tin]"
    blocking = True
    differentiable = False

    def infer(self, *specs: TensorSpec) -> Sequence[TensorSpec]:
        return [TensorSpec(TensorShape(None), dtype) for dtype in self.Tout]

    def kernel(self, *arrays: Array) -> Sequence[Array]:
        return _call(self.token, self.Tout, arrays)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        token = _keep(get_default_graph(), lambda x: x - 0.5)
        yield Sample.of(
            cls(token, (as_dtype("float64"),)),
            [np.asarray([1.5, 2.0])],
            gradient=(),
            oracle=False,
            note="the function exists in this process only",
        )


def _keep(graph: Graph, function: Callable[..., Any]) -> str:
    """Keep a function as long as its graph lives; return the token that finds it."""
    token = f"pyfunc_{next(_function_numbers)}"
    kept = _PythonFunction(function)
    graph._py_functions.append(kept)
    _functions[token] = kept
    return token


def _call(token: str, dtypes: Sequence[DType], arrays: Sequence[Array]) -> Sequence[Array]:
    found = _functions.get(token)
    if found is None:
        raise InternalError(None, None, f"the Python function {token!r} is not in this process")
    # The function gets arrays of its own: what it does with them is its business.
    results = found.function(*[np.array(array) for array in arrays])
    if results is None:
        results = ()
    elif not isinstance(results, (list, _tuple)):
        results = (results,)
    elif len(dtypes) == 1 and len(results) != 1:
        results = (results,)  # one tensor given as a list
    if len(results) != len(dtypes):
        raise InvalidArgumentError(
            None, None, f"the Python function returned {len(results)} values, not {len(dtypes)}"
        )
    return [_result_array(r, d, i) for i, (r, d) in enumerate(zip(results, dtypes, strict=True))]


def _result_array(value: Any, dtype: DType, index: int) -> Array:
    array, natural = ops.to_array(value, None)
    if dtype.name == "string" and natural.name == "string":
        return array
    if array.dtype == dtype.numpy:
        return array
    if isinstance(value, (np.ndarray, np.generic)):
        raise InvalidArgumentError(
            None,
            None,
            f"value {index} that the Python function returned is {natural.name}, "
            f"but Tout says {dtype.name}",
        )
    return ops.to_array(value, dtype)[0]


def py_func(
    func: Callable[..., Any],
    inp: Sequence[Any],
    Tout: Any,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """Call a Python function with the values of tensors.

    Args:
      func: takes one array for each input, returns one value or a list of them.
      inp: the inputs, a list of tensors.
      Tout: the dtype of the result, or a list of dtypes for several (or none).
      stateful: whether the function has effects or its result depends on more than its inputs;
        otherwise it may be called less often than it appears.
      name: the operation's name.

    Returns:
      A tensor of unknown shape, or a list of them; the operation if `Tout` is an empty list.

    Raises:
      TypeError: `func` is not callable.

    >>> import graphflow as tf
    >>> y = tf.py_func(lambda x: x[::-1], [tf.constant([1.0, 2.5])], tf.float32)
    >>> tf.Session().run(y)
    array([2.5, 1. ], dtype=float32)
    """
    if not callable(func):
        raise TypeError(f"py_func needs a function, not {func!r}")
    is_list = isinstance(Tout, (list, _tuple))
    dtypes = _tuple(as_dtype(item) for item in (Tout if is_list else [Tout]))
    graph = graph_of(inp)
    kind = PyFunc if stateful else PyFuncStateless
    operation = apply_op(kind(_keep(graph, func), dtypes), list(inp), name=name)
    if not operation.outputs:
        return operation
    return list(operation.outputs) if is_list else operation.outputs[0]


# -- looking and checking ------------------------------------------------------------------------


def _summary(array: Array, count: int) -> str:
    """The first elements of an array, in brackets, as TensorFlow prints them."""
    flat = np.ravel(array)
    shown = flat if count < 0 else flat[:count]
    text = " ".join(_element_text(item) for item in shown)
    dots = "..." if len(shown) < flat.size else ""
    return f"[{text}{dots}]"


def _element_text(item: Any) -> str:
    if isinstance(item, bytes):
        return item.decode(errors="replace")
    if isinstance(item, (float, np.floating)):
        return f"{item:.9g}" if isinstance(item, np.float32) else f"{item:g}"
    if isinstance(item, (bool, np.bool_)):
        return str(int(item))
    return str(item)


@register
class Print(Op):
    """The first input unchanged; prints the others to standard error."""

    message: str = ""
    first_n: int = -1
    summarize: int = 3

    inputs = "input: T, data: [U]"
    stateful = True
    needs_context = True

    def infer(self, input: TensorSpec, *data: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def kernel(self, ctx: Context, input: Array, *data: Array) -> Array:
        printed = next(ctx.state(itertools.count))
        if self.first_n < 0 or printed < self.first_n:
            text = "".join(_summary(array, self.summarize) for array in data)
            sys.stderr.write(f"{self.message}{text}\n")
        return input

    def gradient(self, op: Operation, grad: Any, *_: Any) -> list[Any]:
        return [grad] + [None] * (len(op.inputs) - 1)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(
            cls("look: "),
            np.asarray([1.5, -2.0], np.float32),
            [np.asarray([1, 2, 3, 4]), np.asarray(b"x", object)],
        )


def print_(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the input, and print tensors whenever it is computed.

    Args:
      input_: the tensor to pass through.
      data: tensors to print, to standard error.
      message: printed before them.
      first_n: print only so many times; always by default.
      summarize: how many elements of each tensor to print; 3 by default, -1 for all.
      name: the operation's name.

    Returns:
      A tensor like `input_`.

    >>> import graphflow as tf
    >>> x = tf.constant([2.0, 3.0])
    >>> tf.Session().run(tf.Print(x, [x], "x = "))
    array([2., 3.], dtype=float32)
    """
    op = Print(
        message or "",
        -1 if first_n is None else first_n,
        3 if summarize is None else summarize,
    )
    return apply(op, input_, list(data), name=name)


@register
class Assert(Op):
    """Fails the run if the condition does not hold."""

    summarize: int = 3

    inputs = "condition: bool, data: [T]"
    outputs = ""
    stateful = True

    def infer(self, condition: TensorSpec, *data: TensorSpec) -> Sequence[TensorSpec]:
        condition.shape.assert_is_compatible_with([])
        return ()

    def kernel(self, condition: Array, *data: Array) -> Sequence[Array]:
        if not condition:
            shown = " ".join(_summary(array, self.summarize) for array in data)
            raise InvalidArgumentError(None, None, f"assertion failed: {shown}")
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray(True), [np.asarray([1.5, 2.0], np.float32)])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        data = [np.asarray([5, 7], np.int32), np.asarray(b"too large", object)]
        yield ErrorSample(
            cls(),
            (np.asarray(False), data),
            r"assertion failed: \[5 7\] \[too large\]",
            InvalidArgumentError,
            "run",
        )


def assert_(
    condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None
) -> Operation:
    """Fail the run if a condition does not hold.

    Args:
      condition: a bool scalar.
      data: tensors to show when it does not.
      summarize: how many elements of each to show; 3 by default.
      name: the operation's name.

    Returns:
      An operation that checks; make others depend on it with `tf.control_dependencies`.

    Raises:
      tf.errors.InvalidArgumentError: (in a run, or at once if it is statically false) the condition
        does not hold.

    >>> import graphflow as tf
    >>> x = tf.constant([3, -1])
    >>> try:
    ...     tf.Session().run(tf.Assert(tf.reduce_all(x > 0), [x], name="positive"))
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(error.message.splitlines()[0])
    assertion failed: [3 -1]
    """
    with get_default_graph().name_scope(name or "Assert"):
        items = [convert_to_tensor(item, name=f"data_{i}") for i, item in enumerate(data)]
        return apply_op(Assert(3 if summarize is None else summarize), condition, items)


@register
class CheckNumerics(Op):
    """The input unchanged; fails the run if it holds a NaN or infinity."""

    message: str

    inputs = "tensor: T"
    types = {"T": FLOATING}
    stateful = True

    def infer(self, tensor: TensorSpec) -> TensorSpec:
        return TensorSpec(tensor.shape, tensor.dtype.base_dtype)

    def kernel(self, tensor: Array) -> Array:
        if not np.isfinite(tensor).all():
            kinds = []
            if np.isinf(tensor).any():
                kinds.append("Inf")
            if np.isnan(tensor).any():
                kinds.append("NaN")
            raise InvalidArgumentError(
                None, None, f"{self.message} : Tensor had {' and '.join(kinds)} values"
            )
        return tensor

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return check_numerics(
            grad, f"Not a number (NaN) or infinity (Inf) values detected in gradient of {op.name}"
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls("here"), np.asarray([1.5, -2.0], np.float32))
        yield Sample.of(cls("here"), np.asarray([[1.5], [0.0]], np.float64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(
            cls("here"),
            (np.asarray([1.0, np.nan, np.inf], np.float32),),
            "here : Tensor had Inf and NaN",
            InvalidArgumentError,
            "run",
        )


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """Return the tensor, and fail the run if it holds a NaN or infinity.

    Args:
      tensor: floating.
      message: the beginning of the error's text.
      name: the operation's name.

    Returns:
      A tensor like `tensor`.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a value is NaN or infinite.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.check_numerics([1.0, 2.5], "x"))
    array([1. , 2.5], dtype=float32)
    """
    return apply(CheckNumerics(message), tensor, name=name)
