"""`Defun`: functions of tensors with declared types, and with a gradient of their own.

In TensorFlow a call is one operation, whose type is the function's name, and the body is a graph
beside the graph.  Here a call is expanded: the body's operations are added where it is called, in a
name scope.  Values, gradients and captured tensors are the same; the Python function runs at every
call instead of once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope

__all__ = ["DefinedFunction", "Defun"]


@dataclass(frozen=True)
class Call:
    """What a Python gradient function learns of a call.

    Attributes:
      name: the name scope of the call.
      inputs: the arguments.
      outputs: the results.
    """

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


class Defun:
    """Make a function of tensors of declared types from a Python function.

    Args:
      *input_types: the dtypes of the arguments; none lets each call decide.
      func_name: the name of the function, by default that of the Python function.
      grad_func: its gradient, itself a defined function: it takes the arguments, then the gradients
        of the results, and returns the gradients of the arguments.
      python_grad_func: its gradient as a Python function of the call (with `inputs` and `outputs`)
        and the gradients of the results.
      out_names: names of the results; they change nothing.
      shape_func: takes the call and returns a list with the static shape of each result.
      noinline: whether TensorFlow may expand the call; it changes nothing.
      compiled: whether XLA compiles the function; it changes nothing.
      separate_compiled_gradients: whether XLA compiles its gradients apart; it changes nothing.

    Raises:
      ValueError: both gradients are given.

    >>> import graphflow as tf
    >>> @Defun(tf.float32, tf.float32)
    ... def distance(x, y):
    ...     return tf.sqrt(x * x + y * y)
    >>> print(tf.Session().run(distance(3.0, 4.0)))
    5.0
    """

    def __init__(
        self,
        *input_types: Any,
        func_name: str | None = None,
        grad_func: DefinedFunction | None = None,
        python_grad_func: Callable[..., Any] | None = None,
        out_names: Sequence[str] | None = None,
        shape_func: Callable[[Call], Sequence[Any]] | None = None,
        noinline: bool = False,
        compiled: bool = False,
        separate_compiled_gradients: bool = False,
    ) -> None:
        del out_names, noinline, compiled, separate_compiled_gradients
        if grad_func is not None and python_grad_func is not None:
            raise ValueError("give grad_func or python_grad_func, not both")
        self._input_types = tuple(as_dtype(item) for item in input_types)
        self._func_name = func_name
        self._grad_func = grad_func
        self._python_grad_func = python_grad_func
        self._shape_func = shape_func

    def __call__(self, func: Callable[..., Any]) -> DefinedFunction:
        """Decorate a function of tensors.

        Raises:
          ValueError: it takes another number of arguments than there are types.
        """
        if not callable(func):
            raise ValueError(f"Defun decorates a function, not {func!r}")
        if self._input_types:
            _check_arguments(func, len(self._input_types))
        return DefinedFunction(
            func,
            self._func_name or str(getattr(func, "__name__", "function")),
            self._input_types,
            self._grad_func,
            self._python_grad_func,
            self._shape_func,
        )


def _check_arguments(func: Callable[..., Any], count: int) -> None:
    try:
        inspect.signature(func).bind(*[None] * count)
    except TypeError as error:
        raise ValueError(f"{func!r} does not take {count} arguments: {error}") from error


class DefinedFunction:
    """What `Defun` makes: call it with tensors.

    Args:
      func: the Python function.
      name: the function's name.
      input_types: the dtypes of the arguments, none if each call decides.
      grad_func: the gradient as a defined function, or None.
      python_grad_func: the gradient as a Python function of the call, or None.
      shape_func: gives the static shapes of the results, or None.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        name: str,
        input_types: tuple[DType, ...],
        grad_func: DefinedFunction | None,
        python_grad_func: Callable[..., Any] | None,
        shape_func: Callable[[Call], Sequence[Any]] | None,
    ) -> None:
        self._func = func
        self.name = name
        self.declared_input_types = input_types
        self._grad_func = grad_func
        self.python_grad_func = python_grad_func
        self._shape_func = shape_func

    @property
    def grad_func_name(self) -> str | None:
        """The name of the function that is the gradient, or None."""
        return None if self._grad_func is None else self._grad_func.name

    def __call__(self, *args: Any, name: str | None = None) -> Any:
        """Add the function's operations, applied to arguments, to the graph.

        Args:
          *args: tensors, or what converts to them.
          name: the name scope of the operations, by default the function's name.

        Returns:
          A tensor, or a list of them if the function returns several; an operation if it returns
          nothing.

        Raises:
          ValueError: there are more or fewer arguments than declared types.
          TypeError: an argument has another dtype than declared.
        """
        with name_scope(name or self.name) as scope:
            inputs = self._converted(args)
            if self._grad_func is None and self.python_grad_func is None:
                outputs = self._results(self._func(*inputs))
            else:
                outputs = self._with_gradient(scope, inputs)
            if outputs is None:
                return ops.no_op()
            self._set_shapes(Call(scope, tuple(inputs), tuple(outputs)))
            return outputs[0] if len(outputs) == 1 else outputs

    def _converted(self, args: Sequence[Any]) -> list[Tensor]:
        types = self.declared_input_types
        if not types:
            return [convert_to_tensor(arg) for arg in args]
        if len(args) != len(types):
            raise ValueError(f"{self.name} takes {len(types)} arguments, got {len(args)}")
        tensors = []
        for index, (arg, dtype) in enumerate(zip(args, types, strict=True)):
            try:
                tensors.append(convert_to_tensor(arg, dtype))
            except (TypeError, ValueError) as error:
                raise TypeError(f"{self.name}: argument {index}: {error}") from error
        return tensors

    def _results(self, found: Any) -> list[Tensor] | None:
        """The results as a list, None if there are none."""
        if found is None or isinstance(found, Operation):
            return None
        items = list(found) if isinstance(found, (list, tuple)) else [found]
        return [convert_to_tensor(item) for item in items]

    def _with_gradient(self, scope: str, inputs: Sequence[Tensor]) -> list[Tensor]:
        def body(*inner: Tensor) -> tuple[list[Tensor], Callable[..., Any]]:
            outputs = self._results(self._func(*inner))
            if outputs is None:
                raise ValueError(f"{self.name} has a gradient, but returns nothing")
            call = Call(scope, inner, tuple(outputs))

            def gradient(*grads: Tensor, variables: Sequence[Any] = ()) -> Any:
                found = self._gradient(call, grads)
                found = list(found) if isinstance(found, (list, tuple)) else [found]
                return (found, [None] * len(variables)) if variables else found

            return outputs, gradient

        return list(ops.custom_gradient(body)(*inputs))

    def _gradient(self, call: Call, grads: Sequence[Tensor]) -> Any:
        if self.python_grad_func is not None:
            return self.python_grad_func(call, *grads)
        assert self._grad_func is not None
        return self._grad_func(*call.inputs, *grads)

    def _set_shapes(self, call: Call) -> None:
        if self._shape_func is None:
            return
        shapes = list(self._shape_func(call))
        if len(shapes) != len(call.outputs):
            raise ValueError(
                f"shape_func of {self.name} gives {len(shapes)} shapes "
                f"for {len(call.outputs)} results"
            )
        for output, shape in zip(call.outputs, shapes, strict=True):
            output.set_shape(shape)
