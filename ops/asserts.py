"""Assertions about values, ranks, shapes and dtypes of tensors.

What the graph alone tells is checked at once, and a fact that does not hold is an error while
building. What only a run can tell becomes an `Assert` operation, which others depend on through
`tf.control_dependencies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import DType, as_dtype, float32 as _float32, int32 as _int32
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.op import Op
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.ops.inspection import assert_ as _create_assertion, summarize_value

__all__ = [
    "add_check_numerics_ops",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "is_numeric_tensor",
    "verify_tensor_all_finite",
]

Data = Sequence[Any]
_CHECKED = ("float16", "float32", "float64")
_CONTROL_FLOW = frozenset({"If", "StatelessIf", "Case", "StatelessCase", "While", "StatelessWhile"})


# -- what assertions share -------------------------------------------------------------------------


def _checked(
    condition: Tensor,
    data: Data,
    summarize: int | None,
    message: str | None,
    operands: Sequence[Tensor] = (),
) -> Operation:
    """Assert a condition; raise at once if the graph alone tells that it does not hold.

    If there are operands they must be such that TensorFlow knows their values too: what it leaves
    to the run must not keep a program from building its graph.
    """
    data = data if message is None else [message, *data]
    known = condition.constant_value() if all(map(_is_plain, operands)) else None
    if known is not None and not known:
        limit = 3 if summarize is None else summarize
        text = "\n".join(_static_text(item, limit) for item in data)
        raise InvalidArgumentError(None, None, text)
    return _create_assertion(condition, data, summarize=summarize)


# Values of other operations are not looked for in TensorFlow while a graph is built.
_OF_SHAPES = frozenset({"Shape", "Size", "Rank"})
_PLAIN = frozenset(
    {"Range", "Cast", "Concat", "ConcatV2", "ConcatOffset", "Pack", "Fill", "Equal", "NotEqual"}
)


def _is_plain(tensor: Tensor) -> bool:
    """Tell whether a tensor is a constant, or made of constants and shapes in a simple way."""
    operation = tensor.op
    if operation.type == "Const" or operation.type in _OF_SHAPES:
        return True
    return operation.type in _PLAIN and all(map(_is_plain, operation.inputs))


def _static_text(item: Any, limit: int) -> str:
    """A string as it is, the value of a tensor, or its description if that is not known."""
    if isinstance(item, str):
        return item
    tensor = convert_to_tensor(item)
    value = tensor.constant_value()
    return repr(tensor) if value is None else f"[{summarize_value(value, limit)}]"


def _passed(name: str = "static_checks_determined_all_ok") -> Operation:
    """The operation of an assertion that holds whatever the run."""
    return ops.no_op(name=name)


def _prefix(message: str | None) -> str:
    return "" if not message else f"{message}\n"


def _pairwise(
    symbol: str,
    default_name: str,
    holds: Callable[[Any, Any], Tensor],
    x: Any,
    y: Any,
    data: Data | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    """Assert a relation between the elements of two tensors that broadcast."""
    with name_scope(name, default_name, [x, y, *(data or ())]):
        x, y = convert_to_tensor(x, name="x"), convert_to_tensor(y, name="y")
        if data is None:
            data = [f"x {symbol} y does not hold for all elements:"]
            data += [f"x ({x.name}) =", x, f"y ({y.name}) =", y]
        return _checked(ops.reduce_all(holds(x, y)), data, summarize, message, [x, y])


def _with_sign(
    symbol: str,
    default_name: str,
    assert_: Callable[..., Operation],
    x: Any,
    data: Data | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    """Assert how the elements of a tensor compare with zero: `symbol` is `< 0` and so on."""
    with name_scope(name, default_name, [x, *(data or ())]):
        x = convert_to_tensor(x, name="x")
        if data is None:
            data = [f"x {symbol} does not hold for all elements:", f"x ({x.name}) =", x]
        zero = convert_to_tensor(0, dtype=x.dtype.base_dtype)
        pair = (x, zero) if symbol.startswith("<") else (zero, x)
        return assert_(*pair, data=data, summarize=summarize, message=message)


# -- pairs of tensors ------------------------------------------------------------------------------


def assert_equal(
    x: Any,
    y: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x == y` holds for all elements.

    Args:
      x: a tensor.
      y: a tensor of the same dtype whose shape broadcasts with that of `x`.
      data: tensors and strings to show in the error; by default `x` and `y`.
      summarize: how many elements of each tensor to show, 3 by default; all if negative.
      message: text in front of them.
      name: the name scope.

    Returns:
      An `Operation` that fails unless the relation holds; make others depend on it with
      `tf.control_dependencies`.

    Raises:
      InvalidArgumentError: the relation does not hold, while building if the graph alone tells,
        else in the run.

    >>> import graphflow as tf
    >>> n = tf.placeholder(tf.int32)
    >>> with tf.control_dependencies([tf.assert_equal(n, 3, message="three, please")]):
    ...     y = tf.identity(n)
    >>> print(tf.Session().run(y, {n: 3}))
    3
    """
    with name_scope(name, "assert_equal", [x, y, *(data or ())]):
        if x is y:
            return ops.no_op()
    return _pairwise("==", "assert_equal", ops.equal, x, y, data, summarize, message, name)


def assert_none_equal(
    x: Any,
    y: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x != y` holds for all elements; see `tf.assert_equal`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_none_equal(tf.constant([1, 2]), [3, 1]))
    """
    return _pairwise("!=", "assert_none_equal", ops.not_equal, x, y, data, summarize, message, name)


def assert_less(
    x: Any,
    y: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x < y` holds for all elements; see `tf.assert_equal`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_less(tf.constant([1, 2]), 3))
    """
    return _pairwise("<", "assert_less", ops.less, x, y, data, summarize, message, name)


def assert_less_equal(
    x: Any,
    y: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x <= y` holds for all elements; see `tf.assert_equal`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_less_equal(tf.constant([1, 3]), 3))
    """
    return _pairwise(
        "<=", "assert_less_equal", ops.less_equal, x, y, data, summarize, message, name
    )


def assert_greater(
    x: Any,
    y: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x > y` holds for all elements; see `tf.assert_equal`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_greater(tf.constant([5, 4]), 3))
    """
    return _pairwise(">", "assert_greater", ops.greater, x, y, data, summarize, message, name)


def assert_greater_equal(
    x: Any,
    y: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x >= y` holds for all elements; see `tf.assert_equal`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_greater_equal(tf.constant([5, 3]), 3))
    """
    return _pairwise(
        ">=", "assert_greater_equal", ops.greater_equal, x, y, data, summarize, message, name
    )


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `|x - y| < atol + rtol * |y|` holds for all elements.

    Args:
      x: a floating or complex tensor.
      y: a tensor of the same dtype whose shape broadcasts with that of `x`.
      rtol: the relative tolerance, by default 10 times the precision of the dtype.
      atol: the absolute tolerance, by default the same.
      data: tensors and strings to show in the error; by default `x`, `y` and the tolerances.
      summarize: how many elements of each tensor to show, 3 by default; all if negative.
      message: text in front of them.
      name: the name scope.

    Returns:
      An `Operation` that fails unless the relation holds.

    Raises:
      InvalidArgumentError: the relation does not hold, while building if the graph alone tells,
        else in the run.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_near(tf.constant([1.0, 2.5]), [1.0, 2.6], atol=0.2))
    """
    with name_scope(name, "assert_near", [x, y, rtol, atol, *(data or ())]):
        x, y = convert_to_tensor(x, name="x"), convert_to_tensor(y, name="y")
        dtype = x.dtype.base_dtype.real_dtype
        precision = 10 * _epsilon(dtype)
        rtol, atol = (
            convert_to_tensor(precision if value is None else value, dtype, label)
            for value, label in ((rtol, "rtol"), (atol, "atol"))
        )
        tolerance = ops.add(atol, ops.multiply(rtol, ops.abs(y)))
        is_near = ops.less(ops.abs(ops.subtract(x, y)), tolerance)
        if data is None:
            data = [
                "x and y are not near for all elements:", f"x ({x.name}) =", x,
                f"y ({y.name}) =", y, "rtol =", rtol, "atol =", atol,
            ]  # fmt: skip
        return _checked(ops.reduce_all(is_near), data, summarize, message, [x, y])


def _epsilon(dtype: DType) -> float:
    """The distance from 1 to the next larger number."""
    if not dtype.is_floating:
        raise TypeError(f"assert_near compares floating or complex tensors, not {dtype.name}")
    one = dtype.numpy.type(1)
    return float(np.nextafter(one, dtype.numpy.type(2)) - one)


# -- signs -----------------------------------------------------------------------------------------


def assert_negative(
    x: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x < 0` holds for all elements.

    Args:
      x: a tensor of real numbers.
      data: tensors and strings to show in the error; by default `x`.
      summarize: how many elements of each tensor to show, 3 by default; all if negative.
      message: text in front of them.
      name: the name scope.

    Returns:
      An `Operation` that fails unless the relation holds.

    Raises:
      InvalidArgumentError: the relation does not hold, while building if the graph alone tells,
        else in the run.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_negative(tf.constant([-1.5, -3.0])))
    """
    return _with_sign("< 0", "assert_negative", assert_less, x, data, summarize, message, name)


def assert_positive(
    x: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x > 0` holds for all elements; see `tf.assert_negative`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_positive(tf.constant([1.5, 3.0])))
    """
    return _with_sign("> 0", "assert_positive", assert_less, x, data, summarize, message, name)


def assert_non_positive(
    x: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x <= 0` holds for all elements; see `tf.assert_negative`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_non_positive(tf.constant([0.0, -3.0])))
    """
    return _with_sign(
        "<= 0", "assert_non_positive", assert_less_equal, x, data, summarize, message, name
    )


def assert_non_negative(
    x: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x >= 0` holds for all elements; see `tf.assert_negative`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_non_negative(tf.constant([0.0, 3.0])))
    """
    return _with_sign(
        ">= 0", "assert_non_negative", assert_less_equal, x, data, summarize, message, name
    )


# -- ranks -----------------------------------------------------------------------------------------


def assert_rank(
    x: Any,
    rank: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that a tensor has a rank.

    Args:
      x: a tensor.
      rank: int32 scalar.
      data: tensors and strings to show in the error; by default the rank and the shape of `x`.
      summarize: how many elements of each tensor to show, 3 by default; all if negative.
      message: text in front of them.
      name: the name scope.

    Returns:
      An `Operation` that fails unless the rank is right.

    Raises:
      ValueError: the static shape is of another rank, or `rank` is no scalar.
      InvalidArgumentError: (in the run) the rank is another one.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32)
    >>> tf.Session().run(tf.assert_rank(x, 2), {x: [[1.0, 2.0]]})
    """
    return _assert_ranks(
        "assert_rank", "rank", ops.equal, x, [rank], data, summarize, message, name
    )


def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that a tensor has at least a rank; see `tf.assert_rank`.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32)
    >>> tf.Session().run(tf.assert_rank_at_least(x, 1), {x: [[1.0, 2.0]]})
    """
    return _assert_ranks(
        "assert_rank_at_least", "rank at least", ops.greater_equal, x, [rank], data, summarize,
        message, name,
    )  # fmt: skip


def assert_rank_in(
    x: Any,
    ranks: Iterable[Any],
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that the rank of a tensor is one of several; see `tf.assert_rank`.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32)
    >>> tf.Session().run(tf.assert_rank_in(x, (1, 2)), {x: [[1.0, 2.0]]})
    """
    return _assert_ranks(
        "assert_rank_in", "rank in", ops.equal, x, list(ranks), data, summarize, message, name
    )


def _assert_ranks(
    default_name: str,
    wish: str,
    fits: Callable[[Any, Any], Any],
    x: Any,
    ranks: list[Any],
    data: Data | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    """Assert that the rank of a tensor fits one of `ranks`."""
    is_sparse = isinstance(x, SparseTensor)
    values = [x.values if is_sparse else x, *ranks, *(data or ())]
    with name_scope(name, default_name, values):
        if not is_sparse:
            x = convert_to_tensor(x, name="x")
        wanted = [_rank_tensor(rank, message) for rank in ranks]
        known = [rank.constant_value() for rank in wanted]
        if x.shape.rank is not None and all(value is not None for value in known):
            _check_static_rank(x, wish, fits, known, message)
            return _passed()
        actual = ops.size(x.dense_shape) if is_sparse else ops.rank(x)
        condition = fits(actual, wanted[0])
        for rank in wanted[1:]:
            condition = ops.logical_or(condition, fits(actual, rank))
        if data is None:
            label = x.values.name if is_sparse else x.name
            shape = x.dense_shape if is_sparse else ops.shape(x)
            data = [f"{label} must have {wish}", *wanted, "its shape is", shape]
        return _checked(condition, data, summarize, message)


def _rank_tensor(rank: Any, message: str | None) -> Tensor:
    tensor = convert_to_tensor(rank, name="rank")
    if tensor.dtype.base_dtype is not _int32:
        raise TypeError(f"{_prefix(message)}a rank is int32, not {tensor!r}")
    if tensor.shape.rank not in (None, 0):
        raise ValueError(f"{_prefix(message)}a rank is a scalar, not {tensor!r}")
    return tensor


def _check_static_rank(
    x: Any, wish: str, fits: Callable[..., Any], ranks: Sequence[Any], message: str | None
) -> None:
    actual = x.shape.rank
    at_least = fits is ops.greater_equal
    if any(actual >= rank if at_least else actual == rank for rank in ranks):
        return
    listed = int(ranks[0]) if len(ranks) == 1 else tuple(int(rank) for rank in ranks)
    raise ValueError(
        f"{_prefix(message)}{x} must have {wish} {listed}, it has rank {actual} and shape {x.shape}"
    )


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """Return a tensor, checked to be statically a scalar.

    Args:
      tensor: a tensor.
      name: the name scope.
      message: text in front of the error.

    Returns:
      The tensor.

    Raises:
      ValueError: its static shape is not that of a scalar, or is unknown.

    >>> import graphflow as tf
    >>> tf.assert_scalar(tf.constant(3, name="three"))
    <tf.Tensor 'three:0' shape=() dtype=int32>
    """
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name=scope)
        if tensor.shape.rank == 0:
            return tensor  # type: ignore[no-any-return]
        raise ValueError(
            f"{_prefix(message)}{tensor} must be a scalar, its static shape is {tensor.shape}"
        )


# -- shapes ----------------------------------------------------------------------------------------

_ANY_SIZE = (None, ".")
_ANY_AXES = (Ellipsis, "*")


class _Sized:
    """Where the size of a symbol was seen first: the size, and words for the place."""

    def __init__(self, size: Any, source: str) -> None:
        self.size = size
        self.source = source


def assert_shapes(
    shapes: Any,
    data: Data | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert the shapes of several tensors, and that they share sizes.

    Args:
      shapes: a list of pairs (tensor, shape), or a dictionary from tensors to shapes. A shape is a
        tuple (or string) of sizes: an integer, a symbol (any other value, most often a letter) that
        stands for the same size wherever it occurs, or None for any size. As first item `...`
        stands for any number of axes.
      data: tensors and strings to show in the error; by default what was expected and the shape.
      summarize: how many elements of each tensor to show, 3 by default; all if negative.
      message: text in front of them.
      name: the name scope.

    Returns:
      An `Operation` that fails unless all shapes fit.

    Raises:
      ValueError: static shapes do not fit, or a shape is no sequence.
      InvalidArgumentError: (in the run) a shape does not fit.

    >>> import graphflow as tf
    >>> x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    >>> check = tf.debugging.assert_shapes([(x, ("N", 2)), (y, ("N",))])
    >>> tf.Session().run(check, {x: [[1.0, 2.0]], y: [7.0]})
    """
    pairs = list(shapes.items() if isinstance(shapes, Mapping) else shapes)
    with name_scope(name, "assert_shapes", [x for x, _ in pairs] + list(data or ())):
        tensors = [convert_to_tensor(x) for x, _ in pairs]
        wanted = [_symbols(x, shape, message) for x, (_, shape) in zip(tensors, pairs, strict=True)]
        options = {"data": data, "summarize": summarize, "message": message}
        checks = [
            _assert_length(x, *shape, options) for x, shape in zip(tensors, wanted, strict=True)
        ]
        with get_default_graph().control_dependencies(checks):
            checks += list(_assert_sizes(tensors, wanted, options))
        return ops.group(*checks)


def _symbols(x: Tensor, shape: Any, message: str | None) -> tuple[list[Any], bool]:
    """The symbols of a shape, and whether further axes may stand in front of them."""
    if not hasattr(shape, "__iter__"):
        raise ValueError(f"{_prefix(message)}the shape of {x} must be a sequence, not {shape!r}")
    symbols = list(shape)
    if symbols and symbols[0] in _ANY_AXES:
        return symbols[1:], True
    return symbols, False


def _assert_length(
    x: Tensor, symbols: list[Any], is_open: bool, options: dict[str, Any]
) -> Operation:
    assert_ = assert_rank_at_least if is_open else assert_rank
    return assert_(x, len(symbols), **options)


def _assert_sizes(
    tensors: Sequence[Tensor], wanted: Sequence[tuple[list[Any], bool]], options: dict[str, Any]
) -> Iterator[Operation]:
    """Assert the sizes that are not known to be right."""
    seen: dict[Any, _Sized] = {}
    items = [
        (x, position, symbol, is_open)
        for x, (symbols, is_open) in zip(tensors, wanted, strict=True)
        for position, symbol in enumerate(symbols, -len(symbols) if is_open else 0)
        if symbol not in _ANY_SIZE
    ]
    # Sizes that are known statically come first, so that the others are compared with them.
    items.sort(key=lambda item: _static_size(*item[:2]) is None)
    for x, position, symbol, _ in items:
        size = _size(x, position)
        if isinstance(symbol, (int, np.integer)):
            expected = _Sized(int(symbol), "as given")
        elif symbol in seen:
            expected = seen[symbol]
        else:
            seen[symbol] = _Sized(size, f"axis {position} of {x.name}")
            continue
        check = _assert_size(x, position, size, expected, options)
        if check is not None:
            yield check


def _static_size(x: Tensor, position: int) -> int | None:
    dims = x.shape.as_tuple()
    return None if dims is None else dims[position]


def _size(x: Tensor, position: int) -> Any:
    """The size of an axis: an integer if it is known, else a tensor."""
    static = _static_size(x, position)
    return ops.shape(x)[position] if static is None else static


def _assert_size(
    x: Tensor, position: int, size: Any, expected: _Sized, options: dict[str, Any]
) -> Operation | None:
    """Assert one size; None if it is known to be right."""
    message, data = options["message"], options["data"]
    if isinstance(size, int) and isinstance(expected.size, int):
        if size == expected.size:
            return None
        raise ValueError(
            f"{_prefix(message)}axis {position} of {x} must have size {expected.size} "
            f"({expected.source}), its shape is {x.shape}"
        )
    if data is None:
        data = [f"axis {position} of {x.name} must have the size ({expected.source})",
                expected.size, "its shape is", ops.shape(x)]  # fmt: skip
    return _checked(ops.equal(size, expected.size), data, options["summarize"], message)


# -- dtypes and kinds of values --------------------------------------------------------------------


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Check the dtype of a tensor.

    Args:
      tensor: a tensor.
      tf_type: the dtype that it must have.
      message: text in front of the error.
      name: the name scope.

    Returns:
      An `Operation` that does nothing.

    Raises:
      TypeError: the dtype is another one.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_type(tf.constant(3), tf.int32))
    """
    wanted = as_dtype(tf_type)
    with name_scope(name, "assert_type", [tensor]):
        if not isinstance(tensor, (SparseTensor, IndexedSlices)):
            tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype.base_dtype is not wanted.base_dtype:
            raise TypeError(f"{_prefix(message)}{tensor} must be {wanted.name}")
        return _passed("statically_determined_correct_type")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """Check that a tensor has an integer dtype (quantized ones excepted).

    Args:
      x: a tensor.
      message: text in front of the error.
      name: the name scope.

    Returns:
      An `Operation` that does nothing.

    Raises:
      TypeError: the dtype is another one.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.assert_integer(tf.constant(3)))
    """
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(f"{_prefix(message)}{x} must have an integer dtype")
        return _passed("statically_determined_was_integer")


def assert_same_float_dtype(tensors: Iterable[Any] | None = None, dtype: Any = None) -> DType:
    """Check that tensors share one floating dtype, and return it.

    Args:
      tensors: tensors, variables or arrays; None among them is left out.
      dtype: the dtype they must have; by default that of the first.

    Returns:
      The dtype; float32 if nothing tells.

    Raises:
      ValueError: dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> tf.debugging.assert_same_float_dtype([tf.constant(2.5), None])
    tf.float32
    """
    expected = None if dtype is None else as_dtype(dtype).base_dtype
    first = "the argument dtype"
    for item in tensors or ():
        if item is None:
            continue
        found = as_dtype(item.dtype).base_dtype
        if expected is None:
            expected, first = found, str(item)
        elif found is not expected:
            raise ValueError(f"{item} is {found.name}, but {first} is {expected.name}")
    expected = expected or _float32
    if not expected.is_floating:
        raise ValueError(f"expected a floating dtype, not {expected.name}")
    return expected


def assert_proper_iterable(values: Any) -> None:
    """Check that a value is a collection and not a string, an array or a tensor.

    Args:
      values: any object.

    Raises:
      TypeError: it is not.

    >>> import graphflow as tf
    >>> tf.debugging.assert_proper_iterable([1, 2])
    """
    single = (Tensor, SparseTensor, IndexedSlices, np.ndarray, bytes, str)
    if isinstance(values, single) or not hasattr(values, "__iter__"):
        raise TypeError(f"expected a list, tuple or another collection, not {values!r}")


def is_numeric_tensor(tensor: Any) -> bool:
    """Tell whether a value is a tensor of numbers: integers, floats, complex or quantized ones.

    Args:
      tensor: any object.

    >>> import graphflow as tf
    >>> tf.is_numeric_tensor(tf.constant(2.5)), tf.is_numeric_tensor(tf.constant("a"))
    (True, False)
    """
    if not isinstance(tensor, Tensor):
        return False
    dtype = tensor.dtype
    return dtype.is_integer or dtype.is_floating or dtype.is_complex or dtype.is_quantized


# -- numbers ---------------------------------------------------------------------------------------


def verify_tensor_all_finite(
    t: Any = None, msg: str | None = None, name: str | None = None, x: Any = None,
    message: str | None = None,
) -> Tensor:  # fmt: skip
    """Return a tensor, checked to have neither NaN nor infinite elements when the graph runs.

    Args:
      t: a floating tensor.
      msg: the beginning of the error's text.
      name: the name scope.
      x: the newer name of `t`.
      message: the newer name of `msg`.

    Returns:
      A tensor of the same value.

    Raises:
      ValueError: an argument is missing, or given twice.
      InvalidArgumentError: (in the run) an element is NaN or infinite.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.debugging.assert_all_finite([1.0, 2.5], "x"))
    array([1. , 2.5], dtype=float32)
    """
    x = renamed_argument("x", x, "t", t)
    message = renamed_argument("message", message, "msg", msg)
    with name_scope(name, "VerifyFinite", [x]):
        x = convert_to_tensor(x, name="x")
        check = ops.check_numerics(x, message)
        return ops.with_dependencies([check], x)  # type: ignore[no-any-return]


def add_check_numerics_ops() -> Operation:
    """Check all floating tensors of the default graph for NaN and infinite elements.

    The checks run in the order in which the tensors' operations were made, so that the error names
    the first one.  The operation needs all that the graph holds: every placeholder must be fed, and
    an update that is in the graph is run.  `tf.debug.find_nan` looks only at what some fetches
    need, and into loops and branches as well.

    Returns:
      An `Operation` that fails if an element of a float16, float32 or float64 tensor that is in
      the graph by now is NaN or infinite.

    Raises:
      ValueError: the graph has a loop or branch with such tensors inside.
      InvalidArgumentError: (in the run) an element is NaN or infinite.

    >>> import graphflow as tf
    >>> y = tf.log(tf.constant([1.0, 0.0]), name="y")
    >>> try:
    ...     tf.Session().run(tf.add_check_numerics_ops())
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(error.message.splitlines()[0])
    y:0 : Tensor had Inf values
    """
    graph = get_default_graph()
    operations = graph.get_operations()
    _refuse_control_flow(graph, operations)
    last: list[Any] = []
    for operation in operations:
        for output in operation.outputs:
            if output.dtype.name in _CHECKED:
                with graph.control_dependencies(last):
                    last = [ops.check_numerics(output, output.name)]
    return ops.group(*last)


def _refuse_control_flow(graph: Graph, operations: Iterable[Operation]) -> None:
    """Raise ValueError if bodies of loops or branches hold tensors that would be checked."""
    if isinstance(graph, FuncGraph):
        raise ValueError(
            "tf.add_check_numerics_ops cannot be used inside of tf.cond, tf.while_loop or a "
            "function: call it outside, or use tf.debug.find_nan"
        )
    for operation in operations:
        for body in _bodies(operation.op):
            if any(
                tensor.dtype.name in _CHECKED
                for inner in body.get_operations()
                for tensor in inner.outputs
            ):
                raise ValueError(
                    "tf.add_check_numerics_ops does not see into control flow such as tf.cond and "
                    f"tf.while_loop, and {operation.name!r} ({operation.type}) computes with "
                    "floating tensors inside; use tf.debug.find_nan, which does"
                )


def _bodies(op: Op) -> Iterator[FuncGraph]:
    """The bodies of a loop or of branches; datasets and functions have others."""
    for value in vars(op).values() if op.type in _CONTROL_FLOW else ():
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, FuncGraph):
                yield item
