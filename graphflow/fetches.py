"""Fetch and feed structures of `Session.run`: from what the user wrote to tensors and back."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphflow.core.convert import IndexedSlices
from graphflow.core.dtypes import DType
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.handles import kept_tensor
from graphflow.core.op import Array
from graphflow.core.sparse import IndexedSlicesValue, SparseTensor, SparseTensorValue

Rebuild = Callable[[Sequence[Any]], Any]
# Types that users registered: (type, fetch function, feed function, feed function of partial runs).
_Conversion = tuple[type, Callable[..., Any], Callable[..., Any] | None, Callable[..., Any] | None]
_conversions: list[_Conversion] = []


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: Callable[..., Any],
    feed_function: Callable[..., Any] | None = None,
    feed_function_for_partial_run: Callable[..., Any] | None = None,
) -> None:
    """Teach `Session.run` to fetch and feed objects of a type.

    Args:
      tensor_type: the type.
      fetch_function: from an object to (list of tensors, function from their values to a result).
      feed_function: from an object and a value to a list of (tensor, value).
      feed_function_for_partial_run: from an object to a list of tensors.

    Raises:
      ValueError: the type, or a parent class, is registered already.
    """
    for known, *_ in _conversions:
        if issubclass(tensor_type, known):
            raise ValueError(f"{tensor_type} is registered already, as {known}")
    _conversions.insert(
        0, (tensor_type, fetch_function, feed_function, feed_function_for_partial_run)
    )


class TensorHandle:
    """A tensor that a session keeps: what fetching `tf.get_session_handle(x)` returns.

    It may be fed for a placeholder of the tensor's dtype. The session forgets the tensor when this
    object goes, unless `get_raw_handle` was called.

    Args:
      handle: the key of the tensor in the session.
      dtype: its dtype.
      session: the session.
    """

    def __init__(self, handle: bytes, dtype: DType, session: Any) -> None:
        self._handle = handle.decode()
        self._dtype = dtype
        self._session = session
        self._is_owner = True

    @property
    def handle(self) -> str:
        """The key of the tensor, to feed for the placeholder of `tf.get_session_tensor`."""
        return self._handle

    @property
    def dtype(self) -> DType:
        """The dtype of the tensor."""
        return self._dtype

    def eval(self) -> Array:
        """Return the value of the tensor.

        Raises:
          TypeError: it was deleted.
        """
        kept = self._session._resources.lookup(kept_tensor(self._handle))
        if kept is None:
            raise TypeError(f"the session has no tensor {self._handle} any more")
        return np.array(kept)

    def delete(self) -> None:
        """Let the session forget the tensor.

        Raises:
          TypeError: it was deleted before.
        """
        self.eval()
        self._session._resources.remove(kept_tensor(self._handle))

    def get_raw_handle(self) -> str:
        """Return the key; from now on the tensor stays until it is deleted."""
        self._is_owner = False
        return self._handle

    def to_numpy_array(self) -> Array:
        """Return the value of the tensor."""
        return self.eval()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.eval(), dtype)

    def __str__(self) -> str:
        return self._handle

    def __del__(self) -> None:
        if self._is_owner:
            self._session._resources.remove(kept_tensor(self._handle))


class Fetches:
    """A fetch structure, flattened once.

    Args:
      graph: the session's graph.
      structure: a tensor, operation, name, variable, sparse tensor, indexed slices, or a nested
        list, tuple, dict, named tuple or data class of those.

    Attributes:
      tensors: the distinct tensors whose values are needed.
      operations: the distinct operations to run.
      build: a function that puts the values of `tensors` into the structure that was asked for.
      kept: positions of those tensors that are keys of others, which the session keeps, and the
        dtypes of the others.

    Raises:
      TypeError: something cannot be fetched.
      ValueError: something is not in the graph, or must not be fetched.
    """

    def __init__(self, graph: Graph, structure: Any) -> None:
        self._graph = graph
        self._position: dict[Tensor, int] = {}
        operations: dict[Operation, None] = {}
        self._operations = operations
        self.build = self._enter(structure)
        self.tensors = tuple(self._position)
        self.operations = tuple(operations)
        self.kept = [
            (position, tensor.op.inputs[0].dtype.base_dtype)
            for position, tensor in enumerate(self.tensors)
            if tensor.op.type == "GetSessionHandle"
        ]

    def _enter(self, item: Any) -> Rebuild:
        if item is None:
            raise TypeError(
                "cannot fetch None: fetch a tensor, operation, or a structure of those "
                "(a gradient is None where the loss does not depend on the variable)"
            )
        if isinstance(item, Mapping):
            return self._enter_mapping(item)
        if isinstance(item, IndexedSlices):
            return self._enter_slices(item)
        if isinstance(item, SparseTensor):
            parts = [self._enter(t) for t in (item.indices, item.values, item.dense_shape)]
            return lambda values: SparseTensorValue(*[part(values) for part in parts])
        for known, fetch_function, _, _ in _conversions:
            if isinstance(item, known):
                tensors, contract = fetch_function(item)
                parts = [self._enter(tensor) for tensor in tensors]
                return lambda values: contract([part(values) for part in parts])
        if isinstance(item, (list, tuple)):
            return self._enter_sequence(item)
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return self._enter_dataclass(item)
        if hasattr(type(item), "__attrs_attrs__"):
            return self._enter_attrs(item)
        return self._enter_element(item)

    def _enter_mapping(self, item: Mapping[Any, Any]) -> Rebuild:
        kind = type(item)
        parts = {key: self._enter(value) for key, value in item.items()}

        def rebuild(values: Sequence[Any]) -> Any:
            contents = {key: part(values) for key, part in parts.items()}
            if kind is dict:
                return contents
            result: Any = kind()
            for key, value in contents.items():
                result[key] = value
            return result

        return rebuild

    def _enter_slices(self, item: IndexedSlices) -> Rebuild:
        values_part, indices_part = self._enter(item.values), self._enter(item.indices)
        shape_part = None if item.dense_shape is None else self._enter(item.dense_shape)
        return lambda values: IndexedSlicesValue(
            values_part(values),
            indices_part(values),
            None if shape_part is None else shape_part(values),
        )

    def _enter_sequence(self, item: Sequence[Any]) -> Rebuild:
        kind: Any = type(item)
        parts = [self._enter(element) for element in item]
        if kind is list:
            return lambda values: [part(values) for part in parts]
        if hasattr(kind, "_fields"):
            return lambda values: kind(*[part(values) for part in parts])
        return lambda values: kind([part(values) for part in parts])

    def _enter_dataclass(self, item: Any) -> Rebuild:
        parts = {f.name: self._enter(getattr(item, f.name)) for f in dataclasses.fields(item)}
        return lambda values: dataclasses.replace(
            item, **{name: part(values) for name, part in parts.items()}
        )

    def _enter_attrs(self, item: Any) -> Rebuild:
        kind = type(item)
        parts = [self._enter(getattr(item, field.name)) for field in kind.__attrs_attrs__]
        return lambda values: kind(*[part(values) for part in parts])

    def _enter_element(self, item: Any) -> Rebuild:
        element = self._find(item)
        if not self._graph.is_fetchable(element):
            raise ValueError(f"{element!r} has been marked as not fetchable")
        if isinstance(element, Operation):
            self._operations[element] = None
            return lambda values: None
        position = self._position.get(element)
        if position is not None:
            # Fetched twice: two arrays, so that a change of one does not show in the other.
            repeated = position
            return lambda values: copy.copy(values[repeated])
        new = self._position[element] = len(self._position)
        if element.dtype.is_quantized:
            return lambda values: values[new][element.dtype.base_dtype.name]
        return lambda values: values[new]

    def _find(self, item: Any) -> Tensor | Operation:
        try:
            return self._graph.as_graph_element(item, allow_tensor=True, allow_operation=True)
        except TypeError as error:
            raise TypeError(
                f"cannot fetch {item!r} of type {type(item).__name__}: it is no tensor, operation, "
                f"name of one, or structure of those ({error})"
            ) from None
        except (ValueError, KeyError) as error:
            raise ValueError(f"cannot fetch {item!r}: {error.args[0]}") from None


def expand_feeds(graph: Graph, feed_dict: Mapping[Any, Any] | None) -> dict[Tensor, Any]:
    """Return the fed tensors with their values as given.

    Raises:
      TypeError: a key cannot be fed, or a value is symbolic.
      ValueError: a tensor must not be fed.
    """
    if not feed_dict:
        return {}
    if not isinstance(feed_dict, Mapping):
        raise TypeError(f"feed_dict is a dictionary from tensors to values, not {feed_dict!r}")
    feeds: dict[Tensor, Any] = {}
    for key, value in feed_dict.items():
        for item, part in _split_feed(key, value):
            feeds[_feedable(graph, item)] = part
    return feeds


def _split_feed(key: Any, value: Any) -> list[tuple[Any, Any]]:
    """Split the feed of a composite (or a tuple of tensors) into feeds of tensors."""
    if isinstance(key, SparseTensor):
        parts = (key.indices, key.values, key.dense_shape)
        return list(zip(parts, _sparse_parts(key, value), strict=True))
    if isinstance(key, IndexedSlices):
        pairs = [(key.values, value[0]), (key.indices, value[1])]
        return pairs if key.dense_shape is None else [*pairs, (key.dense_shape, value[2])]
    for known, _, feed_function, _ in _conversions:
        if isinstance(key, known):
            if feed_function is None:
                raise TypeError(f"objects of type {known.__name__} cannot be fed")
            return list(feed_function(key, value))
    if isinstance(key, tuple):
        if len(key) != len(value):
            raise ValueError(f"{len(value)} values are fed for the {len(key)} tensors {key!r}")
        return [pair for k, v in zip(key, value, strict=True) for pair in _split_feed(k, v)]
    return [(key, value)]


def _sparse_parts(key: SparseTensor, value: Any) -> tuple[Any, Any, Any]:
    try:
        indices, values, dense_shape = value
    except (TypeError, ValueError):
        raise TypeError(
            f"the feed of {key!r} is a SparseTensorValue or (indices, values, dense_shape), "
            f"not {value!r}"
        ) from None
    return indices, values, dense_shape


def _feedable(graph: Graph, key: Any) -> Tensor:
    try:
        tensor = graph.as_graph_element(key, allow_tensor=True, allow_operation=False)
    except (TypeError, ValueError, KeyError) as error:
        raise TypeError(
            f"cannot interpret feed_dict key {key!r} as a tensor: {error.args[0]}"
        ) from None
    assert isinstance(tensor, Tensor)
    if not graph.is_feedable(tensor):
        raise ValueError(f"{tensor!r} may not be fed")
    return tensor


def feed_converter(tensor: Tensor) -> Callable[[Any], Array]:
    """Return a function that does for one tensor what `feed_array` does, quicker in plain cases."""
    spec = tensor._spec
    wanted = tensor.dtype.base_dtype.numpy
    if wanted.kind == "O":
        return functools.partial(feed_array, tensor)
    dims = spec.shape.as_tuple()
    scalars = {float, wanted.type} if wanted.kind == "f" else {wanted.type}
    if dims not in (None, ()):
        scalars = set()

    def convert(value: Any) -> Array:
        if tensor._spec is not spec:  # the static shape was refined since
            return feed_array(tensor, value)
        kind = type(value)
        if kind is np.ndarray and value.dtype == wanted:
            shape = value.shape
            if dims is None or shape == dims or _fits(dims, shape):
                return value
        elif kind in scalars:
            return np.asarray(value, wanted)
        return feed_array(tensor, value)

    return convert


def feed_array(tensor: Tensor, value: Any) -> Array:
    """Convert the value fed for a tensor to an array, and check its shape.

    Raises:
      TypeError: the value is symbolic or of another kind than the tensor.
      ValueError: its shape does not fit.
    """
    dtype = tensor.dtype.base_dtype
    wanted = dtype.numpy
    if type(value) is np.ndarray and value.dtype == wanted and wanted.kind != "O":
        array = value
    else:
        array = _convert_feed(tensor, value)
    dims = tensor._spec.shape.as_tuple()
    if dims is not None and not _fits(dims, array.shape):
        raise ValueError(
            f"cannot feed a value of shape {array.shape} for {tensor.name!r}, which has shape "
            f"{tensor.shape} (made at {tensor.op.user_line})"
        )
    return array


def _fits(dims: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    if len(dims) != len(shape):
        return False
    return all(dim is None or dim == size for dim, size in zip(dims, shape, strict=True))


def _convert_feed(tensor: Tensor, value: Any) -> Array:
    if isinstance(value, (Tensor, SparseTensor, IndexedSlices)) or hasattr(value, "_ref"):
        raise TypeError(
            f"the value fed for {tensor.name!r} is {value!r}, which is symbolic; feed numbers, "
            "strings, lists or numpy arrays (session.run computes those of a tensor)"
        )
    dtype = tensor.dtype.base_dtype
    if dtype.name == "string":
        return _string_array(value)
    if dtype.name in ("resource", "variant"):
        result = np.empty((), object)
        result[()] = value
        return result
    if isinstance(value, int) and dtype.is_integer and not dtype.min <= value <= dtype.max:
        raise TypeError(f"the value {value} fed for {tensor.name!r} does not fit into {dtype.name}")
    try:
        return np.asarray(value, dtype=dtype.numpy)
    except (ValueError, TypeError) as error:
        raise type(error)(
            f"cannot feed {_short(value)} for {tensor.name!r}, which is {tensor.spec}: {error}"
        ) from None
    except OverflowError as error:
        raise InvalidArgumentError(
            None, tensor.op, f"cannot feed {_short(value)} for {tensor.name!r}: {error}"
        ) from None


def _string_array(value: Any) -> Array:
    array = np.asarray(value, dtype=object)
    if array.ndim == 0:
        result = np.empty((), object)
        result[()] = _bytes(array[()])
        return result
    items = array.ravel().tolist()
    if set(map(type, items)) - {bytes}:
        items = [_bytes(item) for item in items]
    flat = np.empty(array.size, object)
    flat[:] = items
    return flat.reshape(array.shape)


def _bytes(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, (bytes, np.bytes_)):
        return bytes(item)
    return str(item).encode()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def feed_tensors(graph: Graph, keys: Sequence[Any]) -> list[Tensor]:
    """Return the tensors that the keys of a partial run's feeds stand for."""
    tensors: list[Tensor] = []
    for key in keys:
        if isinstance(key, SparseTensor):
            tensors.extend((key.indices, key.values, key.dense_shape))
            continue
        for known, _, _, partial in _conversions:
            if isinstance(key, known) and partial is not None:
                tensors.extend(_feedable(graph, item) for item in partial(key))
                break
        else:
            tensors.append(_feedable(graph, key))
    return tensors
