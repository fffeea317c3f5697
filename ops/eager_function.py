"""Python functions of tensors that have values: `tf.py_function`.

While such a function runs, operations are added to a graph of its own. Its tensors know how to
compute their values, so that the function may use TensorFlow's functions as well as `numpy()`, and
the graph can be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.extensions import provided
from graphflow.core.gradients import gradients
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.op import Array, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, invalid
from graphflow.ops.python_function import (
    call_op,
    register_function,
    registered_function,
    result_list,
    sample_functions,
)

__all__ = ["EagerPyFunc", "py_function"]


# -- tensors with values ---------------------------------------------------------------------------


class _ValuedTensor(Tensor):
    """A tensor whose value is computed when Python asks for it."""

    def numpy(self) -> Any:
        """Return the value as a numpy array, or a numpy scalar."""
        return provided("run_once")(self.graph, self)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return np.asarray(self.numpy()).__array__(*args, **kwargs)

    def __bool__(self) -> bool:  # type: ignore[override]
        return bool(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __index__(self) -> int:
        return self.numpy().__index__()  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(self.numpy())

    def __len__(self) -> int:  # type: ignore[override]
        return len(self.numpy())

    def __iter__(self) -> Iterator[Tensor]:  # type: ignore[override]
        return iter(ops.unstack(self))


class _FunctionGraph(Graph):
    """The graph that a function adds its operations to: its tensors have values."""

    def add_operation(self, op: Op, inputs: Sequence[Tensor], name: str) -> Operation:
        operation = super().add_operation(op, inputs, name)
        for tensor in operation.outputs:
            tensor.__class__ = _ValuedTensor
        return operation


def _outputs(token: str, inputs: Sequence[Tensor], dtypes: Sequence[DType]) -> list[Tensor]:
    """Call a function on tensors of the default graph; return its results as tensors."""
    results = result_list(registered_function(token)(*inputs), token, len(dtypes))
    try:
        return [
            convert_to_tensor(value, dtype=dtype)
            for value, dtype in zip(results, dtypes, strict=True)
        ]
    except (TypeError, ValueError) as error:
        raise invalid(f"what {token} returned does not fit Tout: {error}") from error


# -- the op ----------------------------------------------------------------------------------------


@register
class EagerPyFunc(Op):
    """The results of a Python function of tensors that have values."""

    token: str
    Tout: tuple[DType, ...]
    is_async: bool = False

    inputs = "input: [Tin]"
    stateful = True
    blocking = True

    def infer(self, *input: TensorSpec) -> list[TensorSpec]:
        return [TensorSpec(TensorShape.of(None), dtype) for dtype in self.Tout]

    def kernel(self, *input: Array) -> Sequence[Array]:
        graph = _FunctionGraph()
        with graph.as_default():
            inputs = [ops.constant(as_array(array)) for array in input]
            outputs = _outputs(self.token, inputs, self.Tout)
        return tuple(provided("run_once")(graph, outputs))

    def gradient(self, op: Operation, *grads: Tensor | None) -> Sequence[Tensor | None]:
        count = len(op.inputs)
        differentiated = [index for index, grad in enumerate(grads) if grad is not None]

        def slopes(*tensors: Tensor) -> list[Any]:
            inputs = tensors[:count]
            outputs = _outputs(self.token, inputs, self.Tout)
            found = gradients(
                [outputs[index] for index in differentiated],
                list(inputs),
                grad_ys=list(tensors[count:]),
            )
            return [
                ops.zeros_like(x) if slope is None else slope
                for x, slope in zip(inputs, found, strict=True)
            ]

        kinds = [tensor.dtype.base_dtype for tensor in op.inputs]
        starts = [grads[index] for index in differentiated]
        found = py_function(slopes, [*op.inputs, *starts], kinds)
        return [
            slope if kind.is_floating or kind.is_complex else None
            for slope, kind in zip(found, kinds, strict=True)
        ]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        token = register_function(lambda x, n: (x * x * n, n), sample_functions)
        dtypes = (as_dtype("float64"), as_dtype("float64"))
        note = "the function exists in this process only"
        values = [np.asarray([1.5, 2]), np.asarray(3.0)]
        yield Sample.of(cls(token, dtypes), values, oracle=False, note=note)


def py_function(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None
) -> Any:
    """Create an operation that calls a Python function on tensors that have values.

    Args:
      func: the function. Its arguments are tensors with a method `numpy()`; it may also compute
        with TensorFlow's functions, and use values in Python's `if` and `for`. It returns a tensor,
        array or number, or a list of those. It has no variables: use `numpy()` values of outside.
      inp: a list of tensors.
      Tout: the dtype of the result, or a list of dtypes.
      name: the operation's name.

    Returns:
      A tensor of unknown shape, a list of them if `Tout` is a list, the `Operation` if that list is
      empty. It is differentiable as far as `func` computes with TensorFlow's functions; its
      gradient calls `func` once more.

    Raises:
      ValueError: `func` is not callable.
      InvalidArgumentError: (in the run) what the function returns does not fit `Tout`.

    >>> import graphflow as tf
    >>> def huber(x):
    ...     return tf.square(x) if abs(x.numpy()) < 1 else 2 * tf.abs(x) - 1
    >>> x = tf.placeholder(tf.float32)
    >>> y = tf.py_function(huber, [x], tf.float32)
    >>> [slope] = tf.gradients(y, x)
    >>> tf.Session().run(tf.stack([y, slope]), {x: -3.0})
    array([ 5., -2.], dtype=float32)
    """
    return call_op(EagerPyFunc, func, inp, Tout, name)
