"""Python generators as datasets: the functions that start, ask and close them in a run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.dtypes import DType, int64
from graphflow.core.errors import InvalidArgumentError, OutOfRangeError
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.data import nest

Functions = tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]


class _Walks:
    """The generators at work, by number.

    Args:
      generator: what is called to start one.
      spec: the structure of specs of what it yields.
    """

    def __init__(self, generator: Callable[..., Any], spec: Any) -> None:
        self._generator = generator
        self._spec = spec
        self._numbers = itertools.count()
        self._walks: dict[int, Iterator[Any]] = {}

    def start(self, *args: Any) -> Any:
        """Start one; return its number."""
        number = next(self._numbers)
        self._walks[number] = iter(self._generator(*args))
        return np.int64(number)

    def advance(self, number: Any) -> list[Any]:
        """Return the components of what a generator yields next.

        Raises:
          OutOfRangeError: it has come to its end.
          InvalidArgumentError: what it yields does not fit.
        """
        try:
            element = next(self._walks[int(number)])
        except StopIteration:
            raise OutOfRangeError(None, None, "the generator has come to its end") from None
        try:
            values = nest.flatten_up_to(self._spec, element)
        except (TypeError, ValueError) as error:
            raise _invalid(
                f"the generator yielded {element!r}, not the structure of {self._spec!r}: {error}"
            ) from error
        pairs = zip(values, nest.flatten(self._spec), strict=True)
        return [_converted(value, spec) for value, spec in pairs]

    def finish(self, number: Any) -> Any:
        """Close a generator."""
        walk = self._walks.pop(int(number))
        close = getattr(walk, "close", None)
        if close is not None:
            close()
        return np.int64(0)


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


def _converted(value: Any, spec: TensorSpec) -> Any:
    """A yielded value as an array of the declared dtype and shape."""
    try:
        array = _array(value, spec.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise _invalid(
            f"the generator yielded {value!r}, which cannot be converted to {spec.dtype.name}: "
            f"{error}"
        ) from error
    if not spec.shape.is_compatible_with(array.shape):
        raise _invalid(
            f"the generator yielded an element of shape {TensorShape(array.shape)} where shape "
            f"{spec.shape} was expected: {value!r}"
        )
    return array


def _array(value: Any, dtype: DType) -> Any:
    if dtype.name == "string":
        return np.asarray(value, object)
    array = np.asarray(value)
    if array.dtype == dtype.numpy:
        return array
    if array.size and array.dtype.kind not in "biufc":
        raise TypeError(f"it is made of {array.dtype.name}")
    is_python = not isinstance(value, (np.ndarray, np.generic))
    if array.size and is_python and not _holds(dtype, array.dtype.kind):
        raise TypeError(f"it is made of {array.dtype.name}")
    return array.astype(dtype.numpy)


def _holds(dtype: DType, kind: str) -> bool:
    """Whether numbers of Python of some kind may become elements of a dtype."""
    if dtype.is_complex:
        return True
    if dtype.name == "bool":
        return kind == "b"
    return kind in ("biu" if dtype.is_integer else "biuf")


def generator_functions(generator: Callable[..., Any], spec: Any) -> Functions:
    """Return functions of tensors that start, advance and finish walks of a generator.

    Args:
      generator: a function that returns something to iterate over.
      spec: the structure of specs of what it yields.

    Returns:
      A function of the generator's arguments that returns a walk's number, one of that number that
      returns an element, and one of that number that closes the walk.
    """
    walks = _Walks(generator, spec)
    specs = nest.flatten(spec)

    def start(*args: Tensor) -> Tensor:
        number = ops.py_func(walks.start, list(args), int64)
        number.set_shape([])
        return number  # type: ignore[no-any-return]

    def advance(number: Tensor) -> Any:
        tensors = ops.py_func(walks.advance, [number], [one.dtype for one in specs])
        for tensor, one in zip(tensors, specs, strict=True):
            tensor.set_shape(one.shape)
        return nest.pack_as(spec, tensors)

    def finish(number: Tensor) -> Tensor:
        result = ops.py_func(walks.finish, [number], int64)
        result.set_shape([])
        return result  # type: ignore[no-any-return]

    return start, advance, finish
