"""Handlers of items: each makes one item of the features of an example."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core import sparse
from graphflow.core.dtypes import as_dtype, uint8
from graphflow.core.graph import Tensor as DenseTensor

Features = Mapping[str, Any]


class ItemHandler(abc.ABC):
    """Base of handlers.

    Args:
      keys: the names of the features that it takes, or the only one.
    """

    def __init__(self, keys: str | Sequence[str]) -> None:
        self._keys = [keys] if isinstance(keys, str) else list(keys)

    @property
    def keys(self) -> list[str]:
        """The names of the features that it takes."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return the item.

        Args:
          keys_to_tensors: the features by name, dense or sparse.
        """


class ItemHandlerCallback(ItemHandler):
    """A handler made of a function.

    Args:
      keys: the names of the features.
      func: a function of a dictionary of features that returns the item.
    """

    def __init__(self, keys: str | Sequence[str], func: Callable[[Features], Any]) -> None:
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return what the function returns."""
        return self._func(keys_to_tensors)


class BoundingBox(ItemHandler):
    """Boxes [n, 4], out of four features with n numbers.

    Args:
      keys: the last parts of the features' names, by default ymin, xmin, ymax and xmax.
      prefix: the first part.

    Raises:
      ValueError: there are not four keys.
    """

    def __init__(self, keys: Sequence[str] | None = None, prefix: str = "") -> None:
        names = ["ymin", "xmin", "ymax", "xmax"] if keys is None else list(keys)
        if len(names) != 4:
            raise ValueError(f"a box has four keys, not {names}")
        super().__init__([prefix + name for name in names])

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return float32 [n, 4]."""
        sides = [keys_to_tensors[key] for key in self._keys]
        rows = [
            side.values if isinstance(side, sparse.SparseTensor) else ops.reshape(side, [-1])
            for side in sides
        ]
        return ops.stack(rows, axis=1)


class Tensor(ItemHandler):
    """A feature itself, dense and in a shape.

    Args:
      tensor_key: the feature's name.
      shape_keys: names of features that hold its shape, or the sizes of its axes.
      shape: its shape.
      default_value: what a sparse feature has where it has no value.

    Raises:
      ValueError: both `shape_keys` and `shape` are given.
    """

    def __init__(
        self,
        tensor_key: str,
        shape_keys: str | Sequence[str] | None = None,
        shape: Any = None,
        default_value: Any = 0,
    ) -> None:
        if shape_keys is not None and shape is not None:
            raise ValueError("give shape_keys or shape, not both")
        self._shape_keys = [shape_keys] if isinstance(shape_keys, str) else list(shape_keys or ())
        super().__init__([tensor_key, *self._shape_keys])
        self._tensor_key = tensor_key
        self._shape = shape
        self._default_value = default_value

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return a dense tensor."""
        tensor = keys_to_tensors[self._tensor_key]
        shape = self._shape
        if self._shape_keys:
            sizes = [_dense(keys_to_tensors[key]) for key in self._shape_keys]
            shape = ops.concat([ops.reshape(size, [-1]) for size in sizes], 0)
        if isinstance(tensor, sparse.SparseTensor):
            if shape is not None:
                tensor = ops.sparse_reshape(tensor, shape)
            return _dense(tensor, self._default_value)
        return tensor if shape is None else ops.reshape(tensor, shape)


class LookupTensor(Tensor):
    """A feature whose values are looked up in a table.

    Args:
      tensor_key: the feature's name.
      table: the table.
      shape_keys: as for `Tensor`.
      shape: as for `Tensor`.
      default_value: as for `Tensor`.
    """

    def __init__(
        self,
        tensor_key: str,
        table: Any,
        shape_keys: str | Sequence[str] | None = None,
        shape: Any = None,
        default_value: Any = "",
    ) -> None:
        super().__init__(tensor_key, shape_keys, shape, default_value)
        self._table = table

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return the values of the table."""
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


class BackupHandler(ItemHandler):
    """The item of a handler, or if it is empty, that of another one.

    Args:
      handler: the first handler.
      backup: the other one.

    Raises:
      ValueError: one is no handler.
    """

    def __init__(self, handler: ItemHandler, backup: ItemHandler) -> None:
        for item in (handler, backup):
            if not isinstance(item, ItemHandler):
                raise ValueError(f"a handler is needed, not {item!r}")
        super().__init__([*handler.keys, *backup.keys])
        self._handler = handler
        self._backup = backup

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return the item of one of them."""
        item = self._handler.tensors_to_item(keys_to_tensors)
        return ops.cond(
            ops.equal(ops.size(item), 0),
            lambda: self._backup.tensors_to_item(keys_to_tensors),
            lambda: ops.identity(item),
        )


class SparseTensor(ItemHandler):
    """A sparse tensor, out of features with indices and values.

    Args:
      indices_key: the feature with the last index of each value, "indices" by default.
      values_key: the feature with the values, "values" by default.
      shape_key: the feature with the shape.
      shape: the shape; by default that of the feature with the indices.
      densify: whether to make it dense.
      default_value: what a dense one has where there is no value.
    """

    def __init__(
        self,
        indices_key: str | None = None,
        values_key: str | None = None,
        shape_key: str | None = None,
        shape: Any = None,
        densify: bool = False,
        default_value: Any = 0,
    ) -> None:
        self._indices_key = indices_key or "indices"
        self._values_key = values_key or "values"
        self._shape_key = shape_key
        keys = [self._indices_key, self._values_key]
        super().__init__(keys if shape_key is None else [*keys, shape_key])
        self._shape = shape
        self._densify = densify
        self._default_value = default_value

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return a sparse or dense tensor."""
        indices = keys_to_tensors[self._indices_key]
        values = keys_to_tensors[self._values_key]
        shape = self._shape or indices.dense_shape
        if self._shape_key is not None:
            shape = _dense(keys_to_tensors[self._shape_key])
        outer = indices.indices[:, :-1]
        last = ops.reshape(ops.cast(indices.values, "int64"), [-1, 1])
        tensor = sparse.SparseTensor(
            ops.concat([outer, last], 1), values.values, ops.cast(shape, "int64")
        )
        return _dense(tensor, self._default_value) if self._densify else tensor


class Image(ItemHandler):
    """A decoded image.

    Args:
      image_key: the feature with the bytes, "image/encoded" by default.
      format_key: the feature with the format, "image/format" by default; "raw" stands for an array.
      shape: the shape of the image; needed for raw ones.
      channels: the number of channels.
      dtype: the dtype of the image.
      repeated: whether the feature has several images, of one size.
      dct_method: how JPEG images are decoded; "" for the default.
    """

    def __init__(
        self,
        image_key: str | None = None,
        format_key: str | None = None,
        shape: Any = None,
        channels: int = 3,
        dtype: Any = uint8,
        repeated: bool = False,
        dct_method: str = "",
    ) -> None:
        self._image_key = image_key or "image/encoded"
        self._format_key = format_key or "image/format"
        super().__init__([self._image_key, self._format_key])
        self._shape = shape
        self._channels = channels
        self._dtype = as_dtype(dtype)
        self._repeated = repeated
        self._dct_method = dct_method

    def tensors_to_item(self, keys_to_tensors: Features) -> Any:
        """Return [height, width, channels], several of those if the feature is repeated."""
        buffer = keys_to_tensors[self._image_key]
        kind = keys_to_tensors[self._format_key]
        if self._repeated:
            return ops.map_fn(lambda item: self._decode(item, kind), buffer, dtype=self._dtype)
        return self._decode(buffer, kind)

    def _decode(self, buffer: DenseTensor, kind: DenseTensor) -> Any:
        is_raw = ops.logical_or(ops.equal(kind, "raw"), ops.equal(kind, "RAW"))
        image = ops.cond(
            is_raw,
            lambda: ops.decode_raw(buffer, self._dtype),
            lambda: ops.cond(
                ops.is_jpeg(buffer), lambda: self._jpeg(buffer), lambda: self._other(buffer)
            ),
        )
        image.set_shape([None, None, self._channels])
        return image if self._shape is None else ops.reshape(image, self._shape)

    def _jpeg(self, buffer: DenseTensor) -> Any:
        image = ops.decode_jpeg(buffer, self._channels, dct_method=self._dct_method)
        return ops.cast(image, self._dtype)

    def _other(self, buffer: DenseTensor) -> Any:
        return ops.cast(ops.decode_image(buffer, channels=self._channels), self._dtype)


def _dense(tensor: Any, default_value: Any = None) -> Any:
    if not isinstance(tensor, sparse.SparseTensor):
        return tensor
    if default_value is None:
        return ops.sparse_tensor_to_dense(tensor)
    return ops.sparse_tensor_to_dense(tensor, default_value)
