"""Bundles: the files of a checkpoint in TensorFlow's V2 format.

`prefix.index` is a table from the names of tensors to where their bytes are, with a checksum for
each; `prefix.data-00000-of-00001` and its like hold the bytes.  Files are written under other names
first: whoever reads sees a complete checkpoint or none.
"""

from __future__ import annotations

import os
import struct
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphflow.checkpoints.slices import Slice, key_of
from graphflow.checkpoints.table import (
    DamagedTable,
    read_table,
    read_varint,
    varint,
    write_table,
)
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import (
    DataLossError,
    InvalidArgumentError,
    NotFoundError,
)
from graphflow.core.spec import TensorShape
from graphflow.interop import protos
from graphflow.interop.tensor_proto import shape_proto
from graphflow.ops._file_system import file_error
from graphflow.ops.kernels.crc32c import crc32c, masked

Array = np.ndarray[Any, Any]


def index_path(prefix: str) -> str:
    """Return the name of a bundle's index."""
    return f"{prefix}.index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """Return the name of one of a bundle's files of data."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


# -- tensors as bytes -----------------------------------------------------------------------------


def _encoded(value: Any, dtype: DType) -> tuple[bytes, int]:
    """The bytes of a tensor and their checksum."""
    if dtype.name == "string":
        return _encoded_strings([bytes(item) for item in np.asarray(value, object).ravel()])
    array = np.ascontiguousarray(value)
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    data = array.tobytes()
    return data, crc32c(data)


def _encoded_strings(items: Sequence[bytes]) -> tuple[bytes, int]:
    checksum = _checksum_of_lengths(map(len, items))
    lengths = b"".join(varint(len(item)) for item in items)
    check = struct.pack("<I", masked(checksum))
    body = b"".join(items)
    return lengths + check + body, crc32c(body, crc32c(check, checksum))


def _checksum_of_lengths(lengths: Any) -> int:
    packed = [struct.pack("<I" if size < 1 << 32 else "<Q", size) for size in lengths]
    return crc32c(b"".join(packed))


def _decoded_strings(data: bytes, count: int) -> tuple[Array, int]:
    at, lengths = 0, []
    for _ in range(count):
        size, at = read_varint(data, at)
        lengths.append(size)
    checksum = crc32c(data[at : at + 4], _checksum_of_lengths(lengths))
    at += 4
    checksum = crc32c(data[at:], checksum)
    items = np.empty(count, object)
    for position, size in enumerate(lengths):
        items[position] = data[at : at + size]
        at += size
    return items, checksum


# -- writing --------------------------------------------------------------------------------------


class BundleWriter:
    """Collects tensors and writes a bundle.

    Args:
      prefix: what the names of the files begin with.

    >>> import tempfile
    >>> prefix = tempfile.mkdtemp() + "/model"
    >>> writer = BundleWriter(prefix)
    >>> writer.add("w", np.asarray([1.5, 2.5], np.float32), as_dtype("float32"))
    >>> writer.finish()
    >>> BundleReader(prefix).tensor("w")
    array([1.5, 2.5], dtype=float32)
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._entries: dict[bytes, Any] = {}
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, name: str, value: Any, dtype: DType) -> None:
        """Add a tensor.

        Args:
          name: its name.
          value: its value.
          dtype: its dtype.

        Raises:
          InvalidArgumentError: there is one of this name.
        """
        self._add(name.encode(), value, dtype)

    def add_part(
        self, name: str, shape: Sequence[int], part: Slice, value: Any, dtype: DType
    ) -> None:
        """Add a part of a tensor.

        Args:
          name: the name of the whole tensor.
          shape: its shape.
          part: which part it is.
          value: the value of the part.
          dtype: its dtype.

        Raises:
          InvalidArgumentError: other parts of that name are of a tensor of another kind.
        """
        if part.is_whole(shape):
            self.add(name, value, dtype)
            return
        whole = protos.BundleEntryProto(
            dtype=dtype.as_datatype_enum, shape=shape_proto(TensorShape(list(shape)))
        )
        known = self._entries.setdefault(name.encode(), whole)
        if (known.dtype, known.shape) != (whole.dtype, whole.shape):
            raise _invalid(f"the parts of {name!r} are not of one dtype and shape")
        known.slices.add().CopyFrom(part.to_proto())
        self._add(key_of(name, part), value, dtype)

    def _add(self, key: bytes, value: Any, dtype: DType) -> None:
        if key in self._entries:
            name = key.decode(errors="replace")
            raise _invalid(f"two tensors of a checkpoint are called {name!r}")
        data, checksum = _encoded(value, dtype)
        self._entries[key] = protos.BundleEntryProto(
            dtype=dtype.as_datatype_enum,
            shape=shape_proto(TensorShape(list(np.shape(value)))),
            offset=self._size,
            size=len(data),
            crc32c=masked(checksum),
        )
        self._parts.append(data)
        self._size += len(data)

    def finish(self) -> None:
        """Write the files.

        Raises:
          OpError: of the kind for what the operating system says.
        """
        header = protos.BundleHeaderProto(
            num_shards=1, version=protos.VersionDef(producer=1)
        ).SerializeToString()
        entries = {b"": header}
        entries |= {key: entry.SerializeToString() for key, entry in self._entries.items()}
        data = data_path(self._prefix, 0, 1)
        try:
            os.makedirs(os.path.dirname(self._prefix) or ".", exist_ok=True)
            with Replacement(data) as new_data:
                new_data.write(self._parts)
                _write_index(self._prefix, entries, before_last=new_data.publish)
        except OSError as error:
            raise file_error(error, self._prefix) from error


class Replacement:
    """A file that takes the place of another one when it is complete.

    Args:
      path: the place.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._unfinished = f"{path}.tempstate{uuid.uuid4().hex}"

    def __enter__(self) -> Replacement:
        return self

    def write(self, parts: Sequence[bytes]) -> None:
        """Write the content, down to the disk."""
        with open(self._unfinished, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())

    def publish(self) -> None:
        """Put the file in its place."""
        os.replace(self._unfinished, self._path)

    def __exit__(self, *error: object) -> None:
        Path(self._unfinished).unlink(missing_ok=True)


def _pending_path(prefix: str) -> str:
    return f"{prefix}.index.pending"


def _write_index(prefix: str, entries: Mapping[bytes, bytes], before_last: Any) -> None:
    """Write an index; `before_last` puts the data in their place.

    Between the two the index of the data before would be beside the new data: the new index is
    there already, under another name, for `BundleReader` to find.
    """
    table = write_table(sorted(entries.items()))
    pending = _pending_path(prefix)
    with Replacement(pending) as new_index:
        new_index.write([table])
        new_index.publish()
    before_last()
    os.replace(pending, index_path(prefix))
    _sync_folder(os.path.dirname(prefix) or ".")


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def merge_bundles(prefixes: Sequence[str], prefix: str, delete_old_folders: bool) -> None:
    """Make one bundle of several, whose files of data become its own.

    Args:
      prefixes: those of the bundles to merge.
      prefix: that of the new one.
      delete_old_folders: whether to remove the folders of the old ones if they are empty then.

    Raises:
      InvalidArgumentError: two of them have a tensor of the same name.
    """
    entries: dict[bytes, Any] = {}
    moves: list[tuple[str, str]] = []
    for shard, old in enumerate(prefixes):
        reader = BundleReader(old)
        for key, entry in reader.entries.items():
            entry.shard_id = shard
            known = entries.get(key)
            if known is None:
                entries[key] = entry
            elif known.slices and entry.slices:
                known.slices.extend(entry.slices)
            else:
                raise _invalid(f"{key.decode(errors='replace')!r} is in several bundles")
        moves.append((data_path(old, 0, 1), data_path(prefix, shard, len(prefixes))))
    header = protos.BundleHeaderProto(
        num_shards=len(prefixes), version=protos.VersionDef(producer=1)
    ).SerializeToString()
    table = {b"": header} | {key: entry.SerializeToString() for key, entry in entries.items()}

    def move() -> None:
        for source, target in moves:
            os.replace(source, target)

    try:
        _write_index(prefix, table, before_last=move)
        for old in prefixes:
            os.remove(index_path(old))
        if delete_old_folders:
            _remove_empty({os.path.dirname(old) for old in prefixes} - {os.path.dirname(prefix)})
    except OSError as error:
        raise file_error(error, prefix) from error


def _remove_empty(folders: set[str]) -> None:
    for folder in folders:
        if not os.listdir(folder):
            os.rmdir(folder)


# -- reading --------------------------------------------------------------------------------------


class BundleReader:
    """Reads a bundle.

    Args:
      prefix: what the names of its files begin with.

    Attributes:
      entries: the `BundleEntryProto`s by key: the names of tensors, and parts of some.

    Raises:
      NotFoundError: there is no such bundle.
      DataLossError: its index is damaged.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        path = index_path(prefix)
        pending = _pending_path(prefix)
        self._read_index(path)
        if os.path.exists(pending) and not self._fits_data():
            self._read_index(pending)

    def _read_index(self, path: str) -> None:
        try:
            table = dict(read_table(Path(path).read_bytes()))
        except OSError as error:
            raise file_error(error, path) from error
        except DamagedTable as error:
            raise DataLossError(None, None, f"{path} is damaged: {error}") from error
        header = protos.BundleHeaderProto.FromString(table.pop(b"", b""))
        if header.endianness != protos.BundleHeaderProto.LITTLE:
            raise NotImplementedError(f"{path} was written by a machine with the other byte order")
        self.shards = header.num_shards
        self.entries = {
            key: protos.BundleEntryProto.FromString(value) for key, value in table.items()
        }

    def _fits_data(self) -> bool:
        """Whether the bytes are those that the index was written for."""
        try:
            for key in self.entries:
                self._whole(key)
        except (DataLossError, NotFoundError):
            return False
        return True

    def names(self) -> list[str]:
        """Return the names of the tensors, sorted."""
        return [key.decode() for key in sorted(self.entries) if not key.startswith(b"\x00")]

    def __contains__(self, name: str) -> bool:
        return name.encode() in self.entries

    def entry(self, name: str) -> Any:
        """Return the `BundleEntryProto` of a tensor.

        Raises:
          NotFoundError: there is none of that name.
        """
        found = self.entries.get(name.encode())
        if found is None:
            problem = f"Key {name} not found in checkpoint {self._prefix}{self._similar(name)}"
            raise NotFoundError(None, None, problem)
        return found

    def _similar(self, name: str) -> str:
        import difflib

        close = difflib.get_close_matches(name, self.names(), 3)
        return f"; it has {', '.join(close)}" if close else ""

    def dtype(self, name: str) -> DType:
        """Return the dtype of a tensor."""
        return as_dtype(self.entry(name).dtype)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return tuple(dim.size for dim in self.entry(name).shape.dim)

    def tensor(self, name: str) -> Array:
        """Return the value of a tensor; one that is stored in parts is put together.

        Args:
          name: its name.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: its bytes are damaged.
        """
        entry = self.entry(name)
        if not entry.slices:
            return self._whole(name.encode())
        parts = [Slice.from_proto(item) for item in entry.slices]
        first = self._whole(key_of(name, parts[0]))
        value = np.zeros(self.shape(name), first.dtype)
        for part in parts:
            value[part.within(value.shape)] = self._whole(key_of(name, part))
        return value

    def _whole(self, key: bytes) -> Array:
        entry = self.entries[key]
        if entry.slices:
            return np.zeros(0)
        shape = tuple(dim.size for dim in entry.shape.dim)
        dtype = as_dtype(entry.dtype)
        path = data_path(self._prefix, entry.shard_id, self.shards)
        data = _read(path, entry.offset, entry.size)
        try:
            if dtype.name == "string":
                value, checksum = _decoded_strings(data, int(np.prod(shape, dtype=np.int64)))
            else:
                value, checksum = np.frombuffer(data, dtype.as_numpy_dtype), crc32c(data)
            if masked(checksum) != entry.crc32c:
                raise ValueError("its checksum does not fit")
            return value.reshape(shape)
        except ValueError as error:
            name = key.decode(errors="replace")
            raise DataLossError(None, None, f"{name!r} in {path} is damaged: {error}") from error

    def tensors(self) -> Iterator[tuple[str, Array]]:
        """Yield the names and values of all tensors."""
        for name in self.names():
            yield name, self.tensor(name)


def _read(path: str, offset: int, size: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise file_error(error, path) from error


def _invalid(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, problem)
