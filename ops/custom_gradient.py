"""Functions with a gradient of their own."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.gradients import RegisterGradient
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys

__all__ = ["custom_gradient"]

_numbers = itertools.count()


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function of tensors a gradient of its own.

    Args:
      f: `f(*tensors)` returns the result (a tensor or a list of tensors) and `grad_fn(*grads)`,
        which takes the gradients of the results and returns those of the arguments, nested or
        not.  If `f` uses trainable variables, `grad_fn` also takes `variables=` and returns a pair:
        the gradients of the arguments, and a list with those of the variables.

    Returns:
      A function of tensors that returns the result.

    Raises:
      ValueError: keyword arguments are given.
      TypeError: (on use) `f` uses variables but its `grad_fn` does not take them.

    >>> import graphflow as tf
    >>> @tf.custom_gradient
    ... def double(x):
    ...     return 2.0 * x, lambda grad: 100.0 * grad
    >>> x = tf.constant(3.0)
    >>> y = double(x)
    >>> tf.Session().run(tf.stack([y, tf.gradients(y, x)[0]]))
    array([  6., 100.], dtype=float32)
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ValueError(
                f"a function with a custom gradient takes no keyword arguments: {sorted(kwargs)}"
            )
        return _call(f, args)

    return decorated


def _call(f: Callable[..., Any], args: Sequence[Any]) -> Any:
    graph = get_default_graph()
    inputs = [convert_to_tensor(arg) for arg in args]
    result, grad_fn = f(*inputs)
    results = [convert_to_tensor(item) for item in nest.flatten(result)]
    variables = _variables_behind(results, inputs)
    _check_takes_variables(grad_fn, variables)
    name = f"CustomGradient-{next(_numbers)}"

    @RegisterGradient(name)
    def gradient(_op: Operation, *grads: Any) -> list[Any]:
        return [None] * len(results) + _gradients(grad_fn, grads[: len(results)], inputs, variables)

    reads = [convert_to_tensor(variable) for variable in variables]
    with graph.gradient_override_map({"IdentityN": name}):
        outputs = ops.identity_n([*results, *inputs, *reads])
    return nest.pack_sequence_as(result, outputs[: len(results)])


def _variables_behind(results: Sequence[Tensor], inputs: Sequence[Tensor]) -> list[Any]:
    """The trainable variables that the results depend on other than through the inputs."""
    trainable = {
        variable.op: variable
        for variable in get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
    }
    seen: set[Operation] = {tensor.op for tensor in inputs}
    found: list[Any] = []
    stack = [tensor.op for tensor in results]
    while stack:
        operation = stack.pop()
        if operation in seen:
            continue
        seen.add(operation)
        if operation in trainable:
            found.append(trainable[operation])
        stack.extend(tensor.op for tensor in operation.inputs)
    return sorted(found, key=lambda variable: variable.op.id)


def _check_takes_variables(grad_fn: Callable[..., Any], variables: Sequence[Any]) -> None:
    if not variables:
        return
    parameters = inspect.signature(grad_fn).parameters.values()
    if not any(p.name == "variables" or p.kind is p.VAR_KEYWORD for p in parameters):
        raise TypeError(
            "the function uses the trainable variables "
            f"{', '.join(v.name for v in variables)}, so its grad_fn must take `variables=`"
        )


def _gradients(
    grad_fn: Callable[..., Any],
    grads: Sequence[Any],
    inputs: Sequence[Any],
    variables: Sequence[Any],
) -> list[Any]:
    if variables:
        input_grads, variable_grads = grad_fn(*grads, variables=list(variables))
    else:
        input_grads, variable_grads = grad_fn(*grads), []
    input_grads = nest.flatten(input_grads)
    if len(input_grads) != len(inputs):
        raise ValueError(
            f"grad_fn returned {len(input_grads)} gradients for {len(inputs)} arguments"
        )
    if len(variable_grads) != len(variables):
        raise ValueError(
            f"grad_fn returned {len(variable_grads)} gradients for {len(variables)} variables"
        )
    return [*input_grads, *variable_grads]
