"""Why an operation's result is not finite although its inputs are, and what is usually done.

Everything that is said follows from the values found: a type of operation alone makes no remedy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.core.graph import Operation

_SAFE_LOG = (
    "keep the argument away from 0, as in tf.log(tf.maximum(x, 1e-7)); for a loss of probabilities "
    "use tf.nn.softmax_cross_entropy_with_logits_v2 or tf.nn.sigmoid_cross_entropy_with_logits, "
    "which take the logits"
)
_SAFE_DIVISION = "use tf.div_no_nan, or add a small number to the denominator"
_SAFE_ROOT = "add a small number under the root, as in tf.sqrt(x + 1e-12)"
_SAFE_EXP = (
    "subtract the maximum first, as tf.reduce_logsumexp and tf.nn.softmax do, or use "
    "tf.nn.softplus for log(1 + exp(x))"
)
_SMALLER = (
    "values that grow so far usually mean that training diverges: try a smaller learning rate, or "
    "tf.clip_by_global_norm on the gradients"
)
_SCALING = "float16 ends at 65504: compute this part in float32, or scale the loss down"


@dataclass(frozen=True)
class Remedy:
    """What happened, and what to do.

    Attributes:
      fact: what happened, with the values.
      advice: what is usually done, '' if that is not known.
    """

    fact: str
    advice: str = ""


@dataclass(frozen=True)
class Case:
    """One element that is not finite.

    Attributes:
      operation: what made it.
      inputs: the values of its inputs.
      at: for each input its element at this place; None for inputs of other shapes.
      result: the element.
      dtype: the dtype of the result.
      makers: for each input the type of the operation that it comes from.
    """

    operation: Operation
    inputs: Sequence[Any]
    at: Sequence[Any]
    result: Any
    dtype: np.dtype[Any]
    makers: Sequence[str] = ()

    def number(self, index: int) -> float | None:
        """Return an input's element as a number, None if there is none."""
        value = self.at[index] if index < len(self.at) else None
        return None if value is None or np.iscomplexobj(value) else float(value)


def remedy(case: Case) -> Remedy:
    """Return why an element is not finite, and what is usually done.

    Args:
      case: the element.
    """
    explain = _RULES.get(case.operation.type)
    found = explain(case) if explain is not None else None
    return found or _general(case)


def elements_at(inputs: Sequence[Any], shape: Sequence[int], index: Sequence[int]) -> list[Any]:
    """Return the elements of inputs that belong to one of the result, by the rules of broadcasting.

    Args:
      inputs: arrays.
      shape: of the result.
      index: of the element.

    >>> column, row = np.float32([[1], [3]]), np.float32([5, 7])
    >>> found = elements_at([column, row, np.ones(4)], [2, 2], [1, 0])
    >>> float(found[0]), float(found[1]), found[2]
    (3.0, 5.0, None)
    """
    found: list[Any] = []
    for value in inputs:
        array = np.asarray(value)
        if array.dtype == object or not _broadcasts(array.shape, shape):
            found.append(None)
            continue
        own = index[len(index) - array.ndim :]
        place = tuple(0 if size == 1 else i for size, i in zip(array.shape, own, strict=True))
        found.append(array[place])
    return found


def _broadcasts(shape: Sequence[int], to: Sequence[int]) -> bool:
    pairs = zip(reversed(shape), reversed(to), strict=False)
    return len(shape) <= len(to) and all(size in (1, other) for size, other in pairs)


def text_of(value: Any) -> str:
    """Return a number in a few characters.

    >>> text_of(np.float32(0.1)), text_of(-0.0), text_of(np.int64(7))
    ('0.1', '-0.0', '7')
    """
    if isinstance(value, np.generic):
        return str(value.item()) if value.dtype.kind in "iub" else _short(value)
    return str(value)


def _short(value: Any) -> str:
    text = f"{value:.6g}" if value.dtype.kind in "fc" else f"{float(value):.6g}"
    return text if any(letter in text for letter in ".enj") else f"{text}.0"


# -- rules by type ---------------------------------------------------------------------------------


def _log(case: Case) -> Remedy | None:
    x = case.number(0)
    if x is None:
        return None
    shift = 1.0 if case.operation.type == "Log1p" else 0.0
    name = "log1p" if shift else "log"
    if x > -shift:
        return None
    maker = case.makers[0] if case.makers else ""
    advice = _SAFE_LOG
    if maker in ("Softmax", "Sigmoid"):
        loss = "tf.nn.softmax_cross_entropy_with_logits_v2"
        if maker == "Sigmoid":
            loss = "tf.nn.sigmoid_cross_entropy_with_logits"
        advice = (
            f"the argument comes from {maker}, which rounds to 0 for small logits: use {loss}, "
            "which takes the logits and never takes this logarithm"
        )
    return Remedy(f"{name} of {text_of(case.at[0])}", advice)


def _division(case: Case) -> Remedy | None:
    x, y = case.number(0), case.number(1)
    if x is None or y is None:
        return None
    fact = f"{text_of(case.at[0])} divided by {text_of(case.at[1])}"
    return Remedy(fact, _SAFE_DIVISION) if y == 0 else Remedy(fact + ": too large", _large(case))


def _inverse(case: Case) -> Remedy | None:
    x = case.number(0)
    if x is None:
        return None
    where = "; the logarithm, root or division that it is the gradient of needs the same care"
    if forward_name(case.operation) is None:
        where = ""
    return Remedy(f"1 divided by {text_of(case.at[0])}", _SAFE_DIVISION + where)


def _root(case: Case) -> Remedy | None:
    x = case.number(0)
    if x is None or x > 0:
        return None
    name = "1 / sqrt" if case.operation.type == "Rsqrt" else "sqrt"
    advice = _SAFE_ROOT
    if x < 0:
        advice = "a variance may come out below 0 by rounding: use tf.maximum(x, 0.0) + 1e-12"
    return Remedy(f"{name} of {text_of(case.at[0])}", advice)


def _root_gradient(case: Case) -> Remedy | None:
    y = case.number(0)
    if y != 0:
        return None
    return Remedy(
        "the gradient of sqrt at 0, which is infinite",
        f"{_SAFE_ROOT}; tf.norm and standard deviations contain such a root",
    )


def _exponential(case: Case) -> Remedy | None:
    x = case.number(0)
    if x is None:
        return None
    limit = math.log(float(_largest(case.dtype)))
    name = case.operation.type.lower()
    return Remedy(
        f"{name} of {text_of(case.at[0])}: in {case.dtype.name} exp overflows above {limit:.2f}",
        _SAFE_EXP,
    )


def _power(case: Case) -> Remedy | None:
    x, y = case.number(0), case.number(1)
    if x is None or y is None:
        return None
    fact = f"{text_of(case.at[0])} to the power {text_of(case.at[1])}"
    if x == 0 and y < 0:
        return Remedy(fact, "keep the base away from 0: it is a division by 0")
    if x < 0 and not y.is_integer():
        return Remedy(fact, "a negative number has no such power: use tf.abs or tf.maximum before")
    return Remedy(f"{fact}: too large", _large(case))


def _product(case: Case) -> Remedy | None:
    x, y = case.number(0), case.number(1)
    if x is None or y is None:
        return None
    return Remedy(f"{text_of(case.at[0])} times {text_of(case.at[1])}: too large", _large(case))


def _outside(low: float, high: float, names: str) -> Callable[[Case], Remedy | None]:
    """A rule for functions that are defined between two numbers."""

    def explain(case: Case) -> Remedy | None:
        x = case.number(0)
        if x is None:
            return None
        name = case.operation.type.lower()
        bounds = f"use tf.clip_by_value(x, {low:g} + 1e-7, {high:g} - 1e-7)"
        if math.isinf(high):
            bounds = f"use tf.maximum(x, {low:g})"
        return Remedy(f"{name} of {text_of(case.at[0])}, {names}", bounds)

    return explain


def _mean(case: Case) -> Remedy | None:
    if np.size(case.inputs[0]) == 0:
        return Remedy(
            "the mean of no elements",
            "a mask or a batch was empty: use tf.div_no_nan(tf.reduce_sum(x), count)",
        )
    return None


def _always(fact: str, advice: str) -> Callable[[Case], Remedy | None]:
    """A rule for operations whose results do not follow from their inputs."""
    return lambda _: Remedy(fact, advice)


def _matrix(case: Case) -> Remedy | None:
    if not case.inputs:
        return None
    numbers = np.asarray(case.inputs[0], np.float64)
    if numbers.ndim < 2 or numbers.shape[-1] != numbers.shape[-2] or np.max(np.abs(numbers)) > 1e30:
        return None
    return Remedy(
        "the matrix is singular or nearly so",
        "add a small multiple of tf.eye(n) to it, or use tf.matrix_solve_ls",
    )


_RULES: dict[str, Callable[[Case], Remedy | None]] = {
    **dict.fromkeys(("Log", "Log1p"), _log),
    **dict.fromkeys(("Div", "RealDiv", "FloorDiv", "TruncateDiv", "Xdivy"), _division),
    **dict.fromkeys(("FloorMod", "Mod"), _division),
    **dict.fromkeys(("Reciprocal", "Inv"), _inverse),
    **dict.fromkeys(("Sqrt", "Rsqrt"), _root),
    **dict.fromkeys(("SqrtGrad", "RsqrtGrad"), _root_gradient),
    **dict.fromkeys(("Exp", "Expm1", "Sinh", "Cosh"), _exponential),
    "Pow": _power,
    **dict.fromkeys(("Mul", "Square"), _product),
    **dict.fromkeys(("Asin", "Acos"), _outside(-1, 1, "which is not between -1 and 1")),
    "Atanh": _outside(-1, 1, "which is not inside -1 and 1"),
    "Acosh": _outside(1, math.inf, "which is below 1"),
    "Mean": _mean,
    **dict.fromkeys(
        ("PyFunc", "PyFuncStateless", "EagerPyFunc"),
        _always("the Python function returned it", "look into that function"),
    ),
    **dict.fromkeys(
        (
            "IteratorGetNext",
            "QueueDequeueManyV2",
            "QueueDequeueUpToV2",
            "QueueDequeueV2",
            "Unstage",
        ),
        _always("the element that came out holds it", "check the data that went in"),
    ),
    **dict.fromkeys(("MatrixInverse", "MatrixSolve", "Cholesky", "LogMatrixDeterminant"), _matrix),
}


# -- what holds for all ----------------------------------------------------------------------------


def _general(case: Case) -> Remedy:
    """Say how large the inputs are: large ones overflow."""
    largest = max((_magnitude(value) for value in case.inputs), default=0.0)
    limit = float(_largest(case.dtype))
    name = case.operation.type
    is_nan = bool(np.isnan(case.result))
    if largest > math.sqrt(limit) and not is_nan:
        fact = f"{name} of values up to {largest:.3g}: {case.dtype.name} ends at {limit:.3g}"
        return Remedy(fact, _large(case))
    kind = "NaN" if is_nan else "an infinite value"
    return Remedy(f"{name} gives {kind} for finite inputs up to {largest:.3g}")


def _large(case: Case) -> str:
    return _SCALING if case.dtype == np.float16 else _SMALLER


def _magnitude(value: Any) -> float:
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype == object or not value.size:
        return 0.0
    if value.dtype.kind not in "iufcb" and value.dtype.name != "bfloat16":
        return 0.0
    return float(np.max(np.abs(value.astype(np.complex128 if value.dtype.kind == "c" else float))))


def _largest(dtype: np.dtype[Any]) -> float:
    if dtype.kind in "fc":
        return float(np.finfo(dtype).max)
    return float(np.finfo(np.float32).max)  # of bfloat16, about


def forward_name(operation: Operation) -> str | None:
    """Return the name of the operation that an operation is a part of the gradient of.

    Args:
      operation: any operation; `tf.gradients` puts what it makes into scopes named so.
    """
    parts = operation.name.split("/")
    for end, part in enumerate(parts):
        if part.startswith("gradients"):
            inner = parts[end + 1 :]
            for last, name in enumerate(inner):
                if "_grad" in name:
                    return "/".join([*inner[:last], name[: name.rindex("_grad")]])
    return None
