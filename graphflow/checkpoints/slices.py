"""Parts of tensors: how checkpoints name which part of a variable they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphflow.interop import protos

WHOLE = -1  # a size: all of an axis


class Slice(NamedTuple):
    """A box within a tensor.

    Attributes:
      starts: where it begins along each axis.
      sizes: how long it is along each axis, -1 for the whole axis.
    """

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def within(self, shape: Sequence[int]) -> tuple[slice, ...]:
        """Return the box as an index of a tensor of a shape."""
        return tuple(
            slice(None) if size == WHOLE else slice(start, start + size)
            for start, size, _ in zip(self.starts, self.sizes, shape, strict=True)
        )

    def is_whole(self, shape: Sequence[int]) -> bool:
        """Whether the box is all of a tensor of a shape."""
        return all(size in (WHOLE, full) for size, full in zip(self.sizes, shape, strict=True))

    def to_proto(self) -> Any:
        """Return the box as a `TensorSliceProto`."""
        message = protos.TensorSliceProto()
        for start, size in zip(self.starts, self.sizes, strict=True):
            extent = message.extent.add()
            if size != WHOLE:
                extent.start, extent.length = start, size
        return message

    @classmethod
    def from_proto(cls, message: Any) -> Slice:
        """Read a `TensorSliceProto`."""
        sizes = [item.length if item.HasField("length") else WHOLE for item in message.extent]
        return cls(tuple(item.start for item in message.extent), tuple(sizes))


def parse_spec(spec: str) -> tuple[tuple[int, ...], Slice] | None:
    """Read the shape of a whole tensor, and which part of it is meant.

    Args:
      spec: such as "4 3 0,2:-" for the first two rows of a tensor [4, 3]; "" for all of it.

    Raises:
      ValueError: it is no such text.

    >>> parse_spec("4 3 0,2:-")
    ((4, 3), Slice(starts=(0, 0), sizes=(2, -1)))
    """
    if not spec:
        return None
    *sizes, parts = spec.split(" ")
    shape = tuple(map(int, sizes))
    boxes = [(0, WHOLE) if part == "-" else _pair(part) for part in filter(None, parts.split(":"))]
    if len(boxes) != len(shape):
        raise ValueError(f"{spec!r} does not give a part along each of {len(shape)} axes")
    return shape, Slice(tuple(box[0] for box in boxes), tuple(box[1] for box in boxes))


def _pair(part: str) -> tuple[int, int]:
    start, size = part.split(",")
    return int(start), int(size)


def key_of(name: str, part: Slice) -> bytes:
    """Return the key of a part of a tensor in the index: sorted by name, then by place.

    Args:
      name: the name of the tensor.
      part: which part.
    """
    key = _number(0) + _string(name.encode()) + _number(len(part.starts))
    for start, size in zip(part.starts, part.sizes, strict=True):
        key += _signed(start) + _signed(size)
    return key


# -- an encoding whose bytes are sorted as the values are ------------------------------------------


def _number(value: int) -> bytes:
    size = (value.bit_length() + 7) // 8
    return bytes([size]) + value.to_bytes(size, "big")


def _string(value: bytes) -> bytes:
    escapes = {0: b"\x00\xff", 255: b"\xff\x00"}
    return b"".join(escapes.get(byte, bytes([byte])) for byte in value) + b"\x00\x01"


def _signed(value: int) -> bytes:
    """As many leading ones as there are bytes, a zero, the value; all reversed if negative."""
    size = (~value if value < 0 else value).bit_length() // 7 + 1
    number = value & ((1 << 8 * size) - 1)
    ones = ((1 << size) - 1) << 7 * size
    return (number ^ ones).to_bytes(size, "big")
