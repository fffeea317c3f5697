"""Looking into a run: printing values, asserting facts, checking for numbers that are none."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.core.build import apply, apply_op
from graphflow.core.dtypes import FLOATING, float64 as _float64
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i32, invalid

__all__ = [
    "Assert",
    "CheckNumerics",
    "Print",
    "Timestamp",
    "assert_",
    "check_numerics",
    "print_",
    "summarize_value",
    "timestamp",
]


# -- values as text --------------------------------------------------------------------------------


def summarize_value(value: Array, limit: int) -> str:
    """Write the first elements of a tensor the way TensorFlow's log messages do.

    Args:
      value: an array.
      limit: how many elements to write; all if negative.

    Returns:
      The text.

    >>> summarize_value(np.asarray([[1, 2], [3, 4]]), 3)
    '[1 2][3...]...'
    """
    value = np.asarray(value)
    total = value.size
    shown = total if limit < 0 else min(limit, total)
    elements = [_element_text(item) for item in value.reshape(-1)[:shown]]
    rest = "..." if total > shown else ""
    if value.ndim < 2:
        return " ".join(elements) + rest
    return _nested_text(value.shape, 0, iter(elements), _Left(shown)) + rest


class _Left:
    """How many elements may still be written."""

    def __init__(self, count: int) -> None:
        self.count = count


def _nested_text(shape: tuple[int, ...], axis: int, elements: Iterator[str], left: _Left) -> str:
    """The text of one row or sub-tensor; brackets are written by the level above."""
    if axis == len(shape) - 1:
        return _row_text(shape[axis], elements, left)
    parts = []
    for _ in range(shape[axis]):
        if left.count <= 0:
            break
        parts.append(f"[{_nested_text(shape, axis + 1, elements, left)}]")
    return "".join(parts)


def _row_text(size: int, elements: Iterator[str], left: _Left) -> str:
    shown = min(size, left.count)
    left.count -= shown
    return " ".join(next(elements) for _ in range(shown)) + ("..." if shown < size else "")


def _element_text(item: Any) -> str:
    if isinstance(item, bytes):
        return "".join(_ESCAPES.get(byte) or _byte_text(byte) for byte in item)
    if isinstance(item, (bool, np.bool_)):
        return str(int(item))
    if isinstance(item, (float, np.floating)) or np.dtype(type(item)).kind == "V":
        return _float_text(item)
    return str(item)


_ESCAPES = {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}


def _byte_text(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def _float_text(item: Any) -> str:
    """The shortest of two precisions that gives the number back."""
    if isinstance(item, np.float64):
        short, long = f"{float(item):.15g}", f"{float(item):.17g}"
        return short if float(short) == float(item) else long
    number = np.float32(item)
    short, long = f"{float(number):.6g}", f"{float(number):.9g}"
    return short if np.float32(short) == number else long


# -- printing --------------------------------------------------------------------------------------


@register
class Print(Op):
    """The first input; prints the others."""

    message: str = ""
    first_n: int = -1
    summarize: int = 3

    inputs = "input: T, data: [U]"
    stateful = True
    needs_context = True

    def infer(self, input: TensorSpec, *data: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def kernel(self, ctx: Context, input: Array, *data: Array) -> Array:
        if self.first_n >= 0 and next(ctx.state(itertools.count)) >= self.first_n:
            return input
        values = "".join(f"[{summarize_value(value, self.summarize)}]" for value in data)
        sys.stderr.write(f"{self.message}{values}\n")
        sys.stderr.flush()
        return input

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [grad] + [None] * (len(op.inputs) - 1)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = [i32([1, 2, 3, 4]), np.asarray(b"x", object)]
        yield Sample.of(cls("look: "), f32([1.5, -2]), data)


def print_(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return a tensor, and print others to standard error whenever it is computed.

    Args:
      input_: a tensor of any dtype.
      data: a list of tensors to print.
      message: text in front of the values.
      first_n: how many times to print; always by default.
      summarize: how many elements of each tensor to print, 3 by default; all if negative.
      name: the operation's name.

    Returns:
      A tensor with the value of `input_`.

    >>> import graphflow as tf
    >>> x = tf.constant([1.0, 2.0, 3.0])
    >>> tf.Session().run(tf.Print(x, [x], "x = "))
    array([1., 2., 3.], dtype=float32)
    """
    op = Print(
        message or "", -1 if first_n is None else first_n, 3 if summarize is None else summarize
    )
    return apply(op, input_, list(data), name=name)


# -- assertions ------------------------------------------------------------------------------------


@register
class Assert(Op):
    """Nothing if the condition holds, else an error with the data."""

    summarize: int = 3

    inputs = "condition: bool, data: [T]"
    outputs = ""
    stateful = True

    def infer(self, condition: TensorSpec, *data: TensorSpec) -> list[TensorSpec]:
        if not data:
            raise ValueError("data must not be empty: give the values to show")
        check_rank("condition", condition, 0)
        return []

    def kernel(self, condition: Array, *data: Array) -> Sequence[Array]:
        if condition:
            return ()
        values = " ".join(f"[{summarize_value(value, self.summarize)}]" for value in data)
        raise invalid(f"assertion failed: {values}")

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.bool_(True), [np.asarray(b"x", object), f32([1, 2])])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.bool_([True]), [f32([1])]), "condition must be a scalar")
        text = np.asarray(b"sum", object)
        yield ErrorSample(
            cls(), (np.bool_(False), [text, i32([1, 2, 3, 4])]), r"\[sum\] \[1 2 3\.\.\.\]",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def assert_(
    condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None
) -> Operation:
    """Create an operation that fails unless a condition holds when it runs.

    Args:
      condition: bool scalar.
      data: a list of tensors to show in the error.
      summarize: how many elements of each tensor to show, 3 by default; all if negative.
      name: the name scope.

    Returns:
      An `Operation`; make others depend on it with `tf.control_dependencies`.

    Raises:
      InvalidArgumentError: (in the run) the condition does not hold.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.Assert(tf.constant(True), [tf.constant([1, 2, 3])]))
    """
    with name_scope(name, "Assert", [condition, *data]):
        op = Assert(3 if summarize is None else summarize)
        return apply_op(op, condition, list(data))


# -- time ------------------------------------------------------------------------------------------


@register
class Timestamp(Op):
    """The time in seconds since the epoch."""

    outputs = "ts"
    stateful = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _float64)

    def kernel(self) -> Array:
        return np.float64(time.time())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), oracle=False, note="time goes on")


def timestamp(name: str | None = None) -> Tensor:
    """Return the time at which the graph runs, in seconds since 1970.

    Args:
      name: the operation's name.

    Returns:
      A float64 scalar.

    >>> import graphflow as tf
    >>> start, end = tf.Session().run(tf.timestamp()), tf.Session().run(tf.timestamp())
    >>> bool(0 < start <= end)
    True
    """
    return apply(Timestamp(), name=name)


# -- numbers ---------------------------------------------------------------------------------------


@register
class CheckNumerics(Op):
    """The input, which must be finite."""

    message: str

    inputs = "tensor: T"
    is_check = True
    types = {"T": FLOATING}

    def infer(self, tensor: TensorSpec) -> TensorSpec:
        return TensorSpec(tensor.shape, tensor.dtype.base_dtype)

    def kernel(self, tensor: Array) -> Array:
        if np.isfinite(tensor).all():
            return tensor
        found = [
            name
            for name, bad in (("Inf", np.isinf(tensor)), ("NaN", np.isnan(tensor)))
            if bad.any()
        ]
        raise invalid(f"{self.message} : Tensor had {' and '.join(found)} values")

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        message = f"the gradient of {op.name} is not finite (its message: {self.message})"
        return [check_numerics(grad, message)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls("x"), f32([1.5, 2]))
        yield Sample.of(cls("x"), np.zeros((0, 2)))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for values, names in (([np.nan, 1], "NaN"), ([np.inf, np.nan], "Inf and NaN")):
            yield ErrorSample(
                cls("loss"), (f32(values),), f"loss : Tensor had {names} values",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """Return a tensor, checked to have neither NaN nor infinite elements when the graph runs.

    Args:
      tensor: a floating tensor.
      message: the beginning of the error's text.
      name: the operation's name.

    Returns:
      A tensor of the same value.

    Raises:
      InvalidArgumentError: (in the run) an element is NaN or infinite.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.check_numerics([1.0, 2.5], "x"))
    array([1. , 2.5], dtype=float32)
    """
    return apply(CheckNumerics(message), tensor, name=name)
