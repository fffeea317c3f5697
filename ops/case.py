"""`case` and `switch_case`: run one of several bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import as_dtype
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.core.op import Array, Context, register
from graphflow.core.scopes import name_scope
from graphflow.ops.cond import Branch, Branches, add_branches, check_same_results, results_of
from graphflow.ops.inspection import assert_

__all__ = ["Case", "case", "switch_case"]


@register
class Case(Branches):
    """Run the body of a number, the last one for numbers without a body."""

    branches: tuple[FuncGraph, ...]

    inputs = "branch_index: int32, input: [Tin]"

    def bodies(self) -> tuple[FuncGraph, ...]:
        return self.branches

    def with_bodies(self, bodies: Sequence[FuncGraph]) -> Branches:
        return Case(tuple(bodies))

    def kernel(self, ctx: Context, branch_index: Array, *inputs: Array) -> list[Array]:
        index = int(branch_index)
        last = len(self.branches) - 1
        branch = self.branches[index if 0 <= index <= last else last]
        return ctx.function(branch, is_inside=True)(inputs)


def switch_case(
    branch_index: Any,
    branch_fns: Any,
    default: Callable[[], Any] | None = None,
    name: str = "switch_case",
) -> Any:
    """Return what the function with a number computes.

    Args:
      branch_index: int32, a scalar: which function.
      branch_fns: a list of functions, a dictionary from numbers to functions, or a list of pairs
        of a number and a function.  Each takes nothing and returns a structure of tensors.
      default: the function for all other numbers; by default that with the greatest number.
      name: the name scope of the operations.

    Returns:
      A structure of tensors like that returned by the functions.

    Raises:
      TypeError: `branch_fns` or a part of it is of the wrong type.
      ValueError: there is no function, or their numbers are not 0, 1, 2, ...

    >>> import graphflow as tf
    >>> x = tf.constant(4.0)
    >>> y = tf.switch_case(tf.constant(1), [lambda: x + 1.0, lambda: x * x, lambda: -x])
    >>> print(tf.Session().run(y))
    16.0
    """
    functions = _numbered(branch_fns)
    if default is not None:
        if not callable(default):
            raise TypeError(f"default must be callable, not {default!r}")
        functions = [*functions, default]
    with name_scope(name, "switch_case", [branch_index]) as scope:
        index = convert_to_tensor(branch_index, as_dtype("int32"), name="branch_index")
        branches = [
            Branch(f"{scope}branch{number}", function, True, f"branch {number}")
            for number, function in enumerate(functions)
        ]
        check_same_results(branches)
        op = Case(tuple(branch.body for branch in branches))
        return results_of(add_branches(op, index, "Case"), branches[0], strict=True)


def _numbered(branch_fns: Any) -> list[Callable[[], Any]]:
    """The functions in the order of their numbers."""
    if not isinstance(branch_fns, (list, tuple, Mapping)):
        raise TypeError(f"branch_fns must be a list or dictionary, not {branch_fns!r}")
    if not branch_fns:
        raise ValueError("branch_fns must hold at least one function")
    items = list(branch_fns.items()) if isinstance(branch_fns, Mapping) else list(branch_fns)
    pairs: list[Any] = list(enumerate(items)) if all(map(callable, items)) else items
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2 or not callable(pair[1]):
            raise TypeError(f"each branch must be a pair of a number and a function, not {pair!r}")
        if not isinstance(pair[0], int):
            raise TypeError(f"the number of a branch must be an int, not {pair[0]!r}")
    numbers = sorted(number for number, _ in pairs)
    if numbers != list(range(len(pairs))):
        raise ValueError(f"branches must be numbered from 0 without gaps, not {numbers}")
    return [function for _, function in sorted(pairs, key=lambda pair: pair[0])]


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """Return what the first function whose condition holds computes.

    Args:
      pred_fn_pairs: a list of pairs of a condition (bool, a scalar) and a function, or a dictionary
        from conditions to functions.  Each function takes nothing and returns a structure of
        tensors.
      default: the function for the case that no condition holds; without it that is an error in
        the run.
      exclusive: whether it is an error in the run if several conditions hold.
      strict: whether a list or tuple of one tensor is returned as such, not as the tensor.
      name: the name scope of the operations.

    Returns:
      A structure of tensors like that returned by the functions.

    Raises:
      TypeError: an argument or a part of it is of the wrong type.
      ValueError: there is no pair.

    >>> import graphflow as tf
    >>> x = tf.constant(7)
    >>> pairs = [(x < 5, lambda: tf.constant("few")), (x < 50, lambda: tf.constant("some"))]
    >>> tf.Session().run(tf.case(pairs, default=lambda: tf.constant("many")))
    b'some'
    """
    return case_with(ops.cond, pred_fn_pairs, default, exclusive, name, strict=strict)


def case_with(
    cond_fn: Callable[..., Any],
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None,
    exclusive: bool,
    name: str,
    allow_python_preds: bool = False,
    **cond_kwargs: Any,
) -> Any:
    """Do what `case` does with another function in the place of `tf.cond`.

    Args:
      cond_fn: takes a condition, `true_fn` and `false_fn`.
      pred_fn_pairs: as for `case`.
      default: as for `case`.
      exclusive: as for `case`.
      name: as for `case`.
      allow_python_preds: whether conditions may be bools of Python.
      **cond_kwargs: further arguments of `cond_fn`.
    """
    pairs = _checked_pairs(pred_fn_pairs, allow_python_preds)
    if default is not None and not callable(default):
        raise TypeError(f"default must be callable, not {default!r}{at_user_line()}")
    predicates = [predicate for predicate, _ in pairs]
    with name_scope(name, "case", predicates):
        function = default
        if function is None:
            *pairs, (_, last) = pairs
            function = partial(_run_checked, predicates, last)
        # The first condition is asked first, so the last one is innermost.
        for predicate, action in reversed(pairs):
            function = partial(cond_fn, predicate, true_fn=action, false_fn=function, **cond_kwargs)
        checks = [_assert_at_most_one(predicates)] if exclusive else []
        with control_dependencies(checks):
            return function()


def _checked_pairs(
    pred_fn_pairs: Any, allow_python_preds: bool
) -> list[tuple[Any, Callable[[], Any]]]:
    if not isinstance(pred_fn_pairs, (list, tuple, Mapping)):
        raise TypeError(f"pred_fn_pairs must be a list or dictionary, not {pred_fn_pairs!r}")
    items = pred_fn_pairs.items() if isinstance(pred_fn_pairs, Mapping) else pred_fn_pairs
    pairs = list(items)
    if not pairs:
        raise ValueError(f"pred_fn_pairs holds no pair{at_user_line()}")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"each pair must be a tuple of two, not {pair!r}{at_user_line()}")
        predicate, function = pair
        is_python = allow_python_preds and isinstance(predicate, bool)
        is_tensor = isinstance(predicate, Tensor) and predicate.dtype.base_dtype.name == "bool"
        if not (is_python or is_tensor):
            raise TypeError(f"a condition must be a bool tensor, not {predicate!r}{at_user_line()}")
        if not callable(function):
            raise TypeError(f"the function of a pair must be callable, not {function!r}")
    return pairs


def _assert_at_most_one(predicates: Sequence[Tensor]) -> Any:
    stacked = ops.stack(predicates)
    count = ops.reduce_sum(ops.cast(stacked, as_dtype("int32")))
    message = f"more than one of the {len(predicates)} conditions of an exclusive case hold:"
    return assert_(count <= 1, [message, stacked])


def _run_checked(predicates: Sequence[Tensor], last: Callable[[], Any]) -> Any:
    """Run the last function, after a check that its condition holds."""
    message = f"none of the {len(predicates)} conditions of a case holds:"
    check = assert_(predicates[-1], [message, ops.stack(predicates)])
    with control_dependencies([check]):
        result = last()
        # What the function did not make itself would not wait for the check.
        parts = [_gated(item) for item in nest.flatten(result, expand_composites=True)]
        return nest.pack_sequence_as(result, parts, expand_composites=True)


def _gated(item: Any) -> Any:
    return item if isinstance(item, Operation) else ops.identity(item)
