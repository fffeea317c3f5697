"""TensorFlow's protobuf messages, as classes: `protos.GraphDef`, `protos.ConfigProto`, and so on.

The messages are declared in `schema/*.proto` with TensorFlow's field names and numbers, so bytes
and text are interchangeable with TensorFlow's.  They have its full names too, such as
`tensorflow.GraphDef`, for the messages `Any` to be unpacked, but are registered in a pool of their
own, so an installed TensorFlow in the same process does not collide with them.

Importing this module is cheap.  The first look-up of a message imports protobuf, reads the schema
and builds all classes; top-level enums are there too, with their values::

    protos.TensorProto(dtype=protos.DT_FLOAT, float_val=[1.5])
    protos.DataType.Name(protos.DT_FLOAT)
"""

from __future__ import annotations

import copyreg
import threading
from functools import cache, reduce
from pathlib import Path
from typing import Any

from graphflow.core.extensions import provide
from graphflow.interop.proto_schema import parse_schema

_SCHEMA = Path(__file__).parent / "schema"
_FILES = (
    "error_codes",
    "tensor",
    "graph",
    "stats",
    "config",
    "saving",
    "events",
    "example",
    "contrib",
    "profiler",
)
_LOCK = threading.RLock()  # two threads must not build two sets of classes


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        with _LOCK:
            return _definitions()[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no message or enum {name!r}") from None


def __dir__() -> list[str]:
    return sorted([*globals(), *_definitions()])


def to_text(message: Any) -> str:
    r"""Return a message in protobuf's text format.

    Args:
      message: any message of this module.

    Returns:
      str, the content of a `.pbtxt` file.

    >>> from graphflow.interop import protos
    >>> to_text(protos.VersionDef(producer=27, min_consumer=12))
    'producer: 27\nmin_consumer: 12\n'
    """
    from google.protobuf import text_format

    return str(text_format.MessageToString(message, descriptor_pool=_pool()))


def from_text(text: str | bytes, message: Any) -> Any:
    """Read protobuf's text format into a message.

    Args:
      text: str or UTF-8 bytes, the content of a `.pbtxt` file.
      message: any message of this module; fields that the text names are set or appended.

    Returns:
      The same message.

    Raises:
      ValueError: the text does not describe such a message.

    >>> from graphflow.interop import protos
    >>> from_text("producer: 27 min_consumer: 12", protos.VersionDef()).min_consumer
    12
    """
    from google.protobuf import text_format

    try:
        return text_format.Parse(text, message, descriptor_pool=_pool())
    except text_format.ParseError as error:
        kind = message.DESCRIPTOR.name
        raise ValueError(f"this text does not describe a {kind}: {error}") from error


@provide("bytes_from_json")
def bytes_from_json(text: str | bytes, name: str) -> bytes:
    r"""Return a message given in protobuf's JSON format as bytes.

    Args:
      text: str or UTF-8 bytes.
      name: str, the message, such as "Example".

    Returns:
      The serialized message.

    Raises:
      ValueError: the text does not describe such a message.

    >>> from graphflow.interop import protos
    >>> protos.bytes_from_json('{"producer": 27}', "VersionDef")
    b'\x08\x1b'
    """
    from google.protobuf import json_format

    try:
        message = json_format.Parse(text, __getattr__(name)(), descriptor_pool=_pool())
    except json_format.ParseError as error:
        raise ValueError(f"this text does not describe a {name}: {error}") from error
    return bytes(message.SerializeToString(deterministic=True))


def is_message(value: Any, name: str) -> bool:
    """Tell whether a value is a message, by name: also one of TensorFlow's own classes is.

    Args:
      value: anything.
      name: str, such as "GraphDef".

    Returns:
      bool.

    >>> from graphflow.interop import protos
    >>> is_message(protos.GraphDef(), "GraphDef"), is_message(7, "GraphDef")
    (True, False)
    """
    descriptor = getattr(value, "DESCRIPTOR", None)
    return descriptor is not None and descriptor.name == name


def adopted(value: Any, name: str) -> Any:
    """Return a message of this module, converted if it is one of TensorFlow's own.

    Args:
      value: a message.
      name: str, its name, such as "GraphDef".

    Returns:
      The same message, or a copy as a message of this module.

    Raises:
      TypeError: the value is no such message.
    """
    if not is_message(value, name):
        raise TypeError(
            f"expected the message {name}, got {value!r} of type {type(value).__name__}"
        )
    message_class = __getattr__(name)
    if isinstance(value, message_class):
        return value
    return message_class.FromString(value.SerializeToString())


@cache
def _pool() -> Any:
    """Build the descriptors of the whole schema in a private pool."""
    from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, wrappers_pb2

    pool = descriptor_pool.DescriptorPool()
    for module in (any_pb2, wrappers_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    for name in _FILES:
        file = descriptor_pb2.FileDescriptorProto(name=_filename(name))
        parse_schema((_SCHEMA / f"{name}.proto").read_text(encoding="utf-8"), file)
        pool.AddSerializedFile(file.SerializeToString())
    return pool


@cache
def _definitions() -> dict[str, Any]:
    """Map every top-level name of the schema to its message class, enum or enum value."""
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

    definitions: dict[str, Any] = {}
    for name in _FILES:
        file = _pool().FindFileByName(_filename(name))
        for enum in file.enum_types_by_name.values():
            definitions[enum.name] = EnumTypeWrapper(enum)
            definitions.update({value.name: value.number for value in enum.values})
        for message in file.message_types_by_name.values():
            definitions[message.name] = _message_class(message)
    return definitions


def _message_class(descriptor: Any) -> Any:
    """Make the class of a message, with the classes nested in it as attributes."""
    from google.protobuf import message_factory

    message_class = message_factory.GetMessageClass(descriptor)
    message_class.__module__ = __name__
    message_class.__qualname__ = descriptor.full_name.removeprefix("tensorflow.")
    copyreg.pickle(message_class, _reduce)
    for nested in descriptor.nested_types:
        if not nested.GetOptions().map_entry:
            setattr(message_class, nested.name, _message_class(nested))
    return message_class


def _reduce(message: Any) -> tuple[Any, ...]:
    """Pickle a message by name; protobuf itself would look for it in the default pool."""
    return _from_bytes, (type(message).__qualname__, message.SerializePartialToString())


def _from_bytes(name: str, data: bytes) -> Any:
    outer, *nested = name.split(".")
    message_class = reduce(getattr, nested, _definitions()[outer])
    return message_class.FromString(data)


def _filename(name: str) -> str:
    return f"graphflow/{name}.proto"
