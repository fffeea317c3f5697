"""Python functions as ops: `tf.py_func`."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.core.build import apply_op
from graphflow.core.dtypes import DType, as_dtype, string as _string
from graphflow.core.graph import get_default_graph
from graphflow.core.op import Array, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, invalid
from graphflow.ops.constant import to_array

__all__ = ["PyFunc", "PyFuncStateless", "numpy_function", "py_func"]


class _Function:
    """A registered function; the graphs that call it keep it alive."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function


_functions: weakref.WeakValueDictionary[str, _Function] = weakref.WeakValueDictionary()
_tokens = itertools.count()


sample_functions: list[_Function] = []


def register_function(function: Callable[..., Any], owner: list[Any]) -> str:
    """Enter a function under a new token for as long as its owner keeps it."""
    token = f"pyfunc_{next(_tokens)}"
    entry = _Function(function)
    _functions[token] = entry
    owner.append(entry)
    return token


def registered_function(token: str) -> Callable[..., Any]:
    """Return the function of a token.

    Raises:
      InvalidArgumentError: this process has none.
    """
    entry = _functions.get(token)
    if entry is None:
        raise invalid(
            f"there is no Python function {token!r} in this process: graphs with Python functions "
            "run only where they were built"
        )
    return entry.function


def call_op(
    make_op: Callable[[str, tuple[DType, ...]], Op],
    function: Any,
    inp: Any,
    Tout: Any,
    name: str | None,
) -> Any:
    """Add the operation that calls a function; what `py_func` and its siblings return."""
    if not callable(function):
        raise ValueError(f"expected a function to call, not {function!r}")
    is_list = isinstance(Tout, (list, tuple))
    dtypes = tuple(as_dtype(dtype).base_dtype for dtype in (Tout if is_list else [Tout]))
    token = register_function(function, get_default_graph()._py_functions)
    operation = apply_op(make_op(token, dtypes), list(inp), name=name)
    if not is_list:
        return operation.outputs[0]
    return list(operation.outputs) if dtypes else operation


class _Calling(Op):
    """What PyFunc and PyFuncStateless share."""

    token: str
    Tout: tuple[DType, ...]

    inputs = "input: [Tin]"
    blocking = True
    differentiable = False

    def infer(self, *input: TensorSpec) -> list[TensorSpec]:
        return [TensorSpec(TensorShape.of(None), dtype) for dtype in self.Tout]

    def kernel(self, *input: Array) -> Sequence[Array]:
        function = registered_function(self.token)
        result = function(*[_argument(value) for value in input])
        results = result_list(result, self.token, len(self.Tout))
        return tuple(
            self._checked(index, value, dtype)
            for index, (value, dtype) in enumerate(zip(results, self.Tout, strict=True))
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        token = register_function(lambda x, y: (x * 2, y + 1), sample_functions)
        dtypes = (as_dtype("float32"), as_dtype("int32"))
        op = cls.from_attributes({"token": token, "Tout": dtypes})
        note = "the function exists in this process only"
        values = [np.asarray([1.5, 2], np.float32), np.asarray(3, np.int32)]
        yield Sample.of(op, values, gradient=(), oracle=False, note=note)

    def _checked(self, index: int, value: Any, dtype: DType) -> Array:
        """A returned value as an array of the declared dtype."""
        try:
            # Python numbers are what numpy makes of them: int64, float64, complex128, bool.
            array, actual = to_array(value if dtype is _string else np.asarray(value), None)
        except (TypeError, ValueError) as error:
            raise invalid(f"value {index} returned by {self.token}: {error}") from error
        if actual is not dtype:
            raise invalid(
                f"value {index} returned by {self.token} has dtype {actual.name}, "
                f"but Tout says {dtype.name}: convert it, with astype or np.{dtype.name}"
            )
        return array.copy() if array is value else array


def _argument(value: Array) -> Any:
    """What the function gets: an array of its own, a scalar for rank 0."""
    return as_array(value).copy()[()]


def result_list(result: Any, token: str, count: int) -> list[Any]:
    """What a function returned, as a list of the expected length."""
    if result is None:
        results = []
    else:
        results = list(result) if isinstance(result, (list, tuple)) else [result]
    if len(results) != count:
        raise invalid(f"{token} returned {len(results)} values, but Tout lists {count}")
    return results


@register
class PyFunc(_Calling):
    """The results of a Python function that may do more than compute."""

    token: str
    Tout: tuple[DType, ...]

    stateful = True


@register
class PyFuncStateless(_Calling):
    """The results of a Python function that depends on its arguments alone."""

    token: str
    Tout: tuple[DType, ...]


def py_func(
    func: Callable[..., Any],
    inp: Sequence[Any],
    Tout: Any,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """Create an operation that calls a Python function on numpy arrays.

    Args:
      func: the function. It gets one numpy array for each tensor (a numpy scalar for rank 0) and
        returns an array, or a list of them.
      inp: a list of tensors.
      Tout: the dtype of the result, or a list of dtypes.
      stateful: False if the results depend on the arguments alone, so that calls may be saved.
      name: the operation's name.

    Returns:
      A tensor of unknown shape, a list of them if `Tout` is a list, the `Operation` if that list is
      empty. Gradients stop here.

    Raises:
      ValueError: `func` is not callable.
      InvalidArgumentError: (in the run) the function returns other dtypes than `Tout`; a Python
        float is a float64, a Python integer an int64.

    >>> import graphflow as tf
    >>> y = tf.py_func(lambda x, n: x[::-1] * n, [[1.0, 2.0, 3.0], np.float32(2)], tf.float32)
    >>> tf.Session().run(y)
    array([6., 4., 2.], dtype=float32)
    """
    return call_op(PyFunc if stateful else PyFuncStateless, func, inp, Tout, name)


def numpy_function(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None
) -> Any:
    """Create an operation that calls a Python function on numpy arrays, as `tf.py_func` does.

    Args:
      func: the function of numpy arrays.
      inp: a list of tensors.
      Tout: the dtype of the result, or a list of dtypes.
      name: the operation's name.

    Returns:
      A tensor of unknown shape, or a list of them.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.numpy_function(np.cumsum, [[1.0, 2.0, 4.0]], tf.float32))
    array([1., 3., 7.], dtype=float32)
    """
    return py_func(func, inp, Tout, stateful=True, name=name)
