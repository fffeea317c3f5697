"""`map_fn`, `foldl`, `foldr` and `scan`: a function applied along the first axis of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import Dimension, TensorShape
from graphflow.ops.tensor_array import TensorArray

__all__ = ["foldl", "foldr", "map_fn", "scan"]


class _Elements:
    """The parts of a structure of tensors along their first axis.

    Args:
      what: what the caller's argument is called in errors.
      structure: tensors of one first dimension, in a structure.

    Attributes:
      structure: the tensors, converted.
      static_size: how many parts there are, as far as the graph tells.
    """

    def __init__(self, what: str, structure: Any) -> None:
        flat = nest.flatten(structure)
        if not flat:
            raise ValueError(f"{what} holds no tensor{at_user_line()}")
        if any(isinstance(item, SparseTensor) for item in flat):
            raise TypeError(
                f"{what} holds a sparse tensor, which has no parts to go through: map its values, "
                f"or convert it with tf.sparse_tensor_to_dense{at_user_line()}"
            )
        tensors = [convert_to_tensor(item, name="elem") for item in flat]
        self.structure = nest.pack_sequence_as(structure, tensors)
        self._tensors = tensors
        self.static_size = Dimension(None)
        for tensor in tensors:
            if tensor.shape.ndims == 0:
                raise ValueError(
                    f"{what} must have a first axis to go along, {tensor!r} is a scalar"
                    f"{at_user_line()}"
                )
            if tensor.shape.ndims is None:
                continue
            first = tensor.shape.dims[0]  # type: ignore[index]
            if not self.static_size.is_compatible_with(first):
                raise ValueError(
                    f"the tensors of {what} must have one first dimension: {self.static_size} and "
                    f"{first} differ{at_user_line()}"
                )
            self.static_size = self.static_size.merge_with(first)

    def size(self) -> Tensor:
        """The number of parts."""
        if self.static_size.value is not None:
            return ops.constant(self.static_size.value, as_dtype("int32"))
        return ops.shape(self._tensors[0])[0]

    def arrays(self) -> list[TensorArray]:
        """The parts as one array for each tensor."""
        return [
            TensorArray(tensor.dtype, size=0, dynamic_size=False, infer_shape=True).unstack(tensor)
            for tensor in self._tensors
        ]

    def part(self, arrays: Sequence[TensorArray], index: Tensor) -> Any:
        """One part of each tensor, in their structure."""
        return nest.pack_sequence_as(self.structure, [array.read(index) for array in arrays])


def _check(fn: Any, parallel_iterations: int) -> None:
    if not callable(fn):
        raise TypeError(f"fn must be callable, not {fn!r}{at_user_line()}")
    if parallel_iterations < 1:
        raise TypeError(f"parallel_iterations must be positive, not {parallel_iterations}")


def _check_result(result: Any, wanted: Any, what: str) -> None:
    """Check that the function returned the structure that was promised."""
    try:
        nest.assert_same_structure(wanted, result)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"fn must return the structure of {what}: {error}{at_user_line()}"
        ) from error


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Apply a function to each part of tensors along their first axis, and stack the results.

    Args:
      fn: takes the parts in the structure of `elems`, returns a structure of tensors.
      elems: a tensor [n, ...] or a structure of such.
      dtype: the dtypes of what `fn` returns, in its structure; by default as `elems`.
      parallel_iterations: recorded in the graph.
      back_prop: whether the result can be differentiated.
      swap_memory: accepted as the hint that it is.
      infer_shape: whether the results for all parts must have one shape.
      name: the name scope of the operations.

    Returns:
      Tensors [n, ...] in the structure that `fn` returns.

    Raises:
      TypeError: `fn` cannot be called, or returns another dtype or structure than said.
      ValueError: a tensor is a scalar, first dimensions differ, or results have several shapes.

    >>> import graphflow as tf
    >>> y = tf.map_fn(lambda row: tf.reduce_sum(row) * row, tf.constant([[1.0, 2.0], [3.0, 4.0]]))
    >>> tf.Session().run(y)
    array([[ 3.,  6.],
           [21., 28.]], dtype=float32)
    """
    parallel = 10 if parallel_iterations is None else parallel_iterations
    _check(fn, parallel)
    with name_scope(name, "map", nest.flatten(elems)):
        elements = _Elements("elems", elems)
        dtypes = (
            nest.map_structure(lambda t: t.dtype, elements.structure) if dtype is None else dtype
        )
        size, sources = elements.size(), elements.arrays()
        results = [
            TensorArray(item, size=size, dynamic_size=False, infer_shape=infer_shape)
            for item in nest.flatten(dtypes)
        ]

        def body(i: Tensor, arrays: list[TensorArray]) -> Any:
            result = fn(elements.part(sources, i))
            _check_result(result, dtypes, "elems, or of dtype if that is given")
            values = nest.flatten(result)
            return i + 1, [a.write(i, value) for a, value in zip(arrays, values, strict=True)]

        _, arrays = ops.while_loop(
            lambda i, _: i < size, body, (0, results), parallel_iterations=parallel,
            back_prop=back_prop, swap_memory=swap_memory, maximum_iterations=size,
        )  # fmt: skip
        stacked = [_with_size(array.stack(), elements.static_size) for array in arrays]
        return nest.pack_sequence_as(dtypes, stacked)


def _with_size(tensor: Tensor, size: Dimension) -> Tensor:
    if tensor.shape.ndims is not None:
        tensor.set_shape(TensorShape([size]).concatenate(tensor.shape[1:]))
    return tensor


def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the parts of tensors along their first axis, from the first to the last.

    Args:
      fn: takes what was accumulated and the next parts, returns what is accumulated then.
      elems: a tensor [n, ...] or a structure of such.
      initializer: what to begin with; by default the first parts.
      parallel_iterations: recorded in the graph.
      back_prop: whether the result can be differentiated.
      swap_memory: accepted as the hint that it is.
      name: the name scope of the operations.

    Returns:
      What is accumulated in the end.

    Raises:
      TypeError: `fn` cannot be called.
      ValueError: a tensor is a scalar, first dimensions differ, or what is accumulated changes its
        structure, dtype or shape.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.foldl(lambda a, x: 10 * a + x, tf.range(1, 4))))
    123
    """
    options = parallel_iterations, back_prop, swap_memory
    return _fold("foldl", fn, elems, initializer, options, name)


def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the parts of tensors along their first axis, from the last to the first.

    Args:
      fn: takes what was accumulated and the parts before, returns what is accumulated then.
      elems: a tensor [n, ...] or a structure of such.
      initializer: what to begin with; by default the last parts.
      parallel_iterations: recorded in the graph.
      back_prop: whether the result can be differentiated.
      swap_memory: accepted as the hint that it is.
      name: the name scope of the operations.

    Returns:
      What is accumulated in the end.

    Raises:
      TypeError: `fn` cannot be called.
      ValueError: a tensor is a scalar, first dimensions differ, or what is accumulated changes its
        structure, dtype or shape.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.foldr(lambda a, x: 10 * a + x, tf.range(1, 4))))
    321
    """
    options = parallel_iterations, back_prop, swap_memory
    return _fold("foldr", fn, elems, initializer, options, name)


def _fold(
    kind: str,
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any,
    options: tuple[int, bool, bool],
    name: str | None,
) -> Any:
    parallel, back_prop, swap_memory = options
    _check(fn, parallel)
    with name_scope(name, kind, nest.flatten(elems)):
        elements = _Elements("elems", elems)
        size, arrays = elements.size(), elements.arrays()
        done = 0
        if initializer is None:
            initializer = elements.part(arrays, ops.constant(0) if kind == "foldl" else size - 1)
            done = 1
        else:
            initializer = nest.map_structure(convert_to_tensor, initializer)

        def body(i: Tensor, accumulated: Any) -> Any:
            index = i if kind == "foldl" else size - 1 - i
            return i + 1, fn(accumulated, elements.part(arrays, index))

        return ops.while_loop(
            lambda i, _: i < size, body, (done, initializer), parallel_iterations=parallel,
            back_prop=back_prop, swap_memory=swap_memory, maximum_iterations=size,
        )[1]  # fmt: skip


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the parts of tensors along their first axis, and stack all intermediate results.

    Args:
      fn: takes what was accumulated and the next parts, returns what is accumulated then.
      elems: a tensor [n, ...] or a structure of such.
      initializer: what to begin with; by default the first parts, which are the first result then.
      parallel_iterations: recorded in the graph.
      back_prop: whether the result can be differentiated.
      swap_memory: accepted as the hint that it is.
      infer_shape: whether all results must have one shape.
      reverse: whether to begin with the last parts; results stay at the places of their parts.
      name: the name scope of the operations.

    Returns:
      Tensors [n, ...] in the structure of what is accumulated.

    Raises:
      TypeError: `fn` cannot be called, or returns another structure than it gets.
      ValueError: a tensor is a scalar, first dimensions differ, or what is accumulated changes its
        dtype or shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.scan(lambda a, x: a + x, tf.range(1, 5)))
    array([ 1,  3,  6, 10], dtype=int32)
    """
    _check(fn, parallel_iterations)
    with name_scope(name, "scan", nest.flatten(elems)):
        elements = _Elements("elems", elems)
        size, sources = elements.size(), elements.arrays()
        done = 0
        if initializer is None:
            initializer = elements.part(sources, size - 1 if reverse else ops.constant(0))
            done = 1
        else:
            initializer = nest.map_structure(convert_to_tensor, initializer)
        start = nest.flatten(initializer)
        results = [
            TensorArray(
                item.dtype, size=size, dynamic_size=False,
                element_shape=item.shape if infer_shape else None, infer_shape=infer_shape,
            )
            for item in start
        ]  # fmt: skip
        if done:
            place = size - 1 if reverse else 0
            results = [a.write(place, item) for a, item in zip(results, start, strict=True)]

        def body(i: Tensor, accumulated: Any, arrays: list[TensorArray]) -> Any:
            index = size - 1 - i if reverse else i
            result = fn(accumulated, elements.part(sources, index))
            _check_result(result, initializer, "what is accumulated")
            values = nest.flatten(result)
            written = [a.write(index, value) for a, value in zip(arrays, values, strict=True)]
            return i + 1, result, written

        _, _, arrays = ops.while_loop(
            lambda i, *_: i < size, body, (done, initializer, results),
            parallel_iterations=parallel_iterations, back_prop=back_prop, swap_memory=swap_memory,
            maximum_iterations=size,
        )  # fmt: skip
        stacked = [_with_size(array.stack(), elements.static_size) for array in arrays]
        return nest.pack_sequence_as(initializer, stacked)
