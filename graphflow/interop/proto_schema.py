"""Read `.proto` files without a protobuf compiler.

`parse_schema` understands the part of the proto3 language that `schema/*.proto` uses: messages and
enums (also nested), `repeated`, `optional`, `map`, `oneof`, and the option `deprecated`.  It fills
a `FileDescriptorProto`, from which protobuf makes message classes.  Type names stay as written;
protobuf resolves them by its own scoping rules.
"""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r'//[^\n]*|("[^"]*"|-?[\w.]+|[^\s\w])')

# Numbers that descriptor.proto gives to labels and types.
_OPTIONAL, _REPEATED = 1, 3
_SCALARS = {
    "double": 1, "float": 2, "int64": 3, "uint64": 4, "int32": 5, "fixed64": 6, "fixed32": 7,
    "bool": 8, "string": 9, "bytes": 12, "uint32": 13, "sfixed32": 15, "sfixed64": 16,
    "sint32": 17, "sint64": 18,
}  # fmt: skip


def parse_schema(text: str, file: Any) -> None:
    """Fill a file descriptor from the text of a `.proto` file.

    Args:
      text: str, the content of the `.proto` file.
      file: an empty `google.protobuf.descriptor_pb2.FileDescriptorProto` with its name set.

    Raises:
      ValueError: the text is outside the supported part of the language.

    >>> from google.protobuf import descriptor_pb2
    >>> file = descriptor_pb2.FileDescriptorProto(name="pair.proto")
    >>> parse_schema("message Pair { int32 a = 1; repeated string b = 3; }", file)
    >>> [(field.name, field.number, field.label) for field in file.message_type[0].field]
    [('a', 1, 1), ('b', 3, 3)]
    """
    _Parser(text, file).parse_file()


class _Parser:
    """One pass over the tokens of a file; each method consumes the construct it is named for."""

    def __init__(self, text: str, file: Any) -> None:
        self._tokens: list[str] = [token for token in _TOKEN.findall(text) if token]
        self._position = 0
        self._file = file

    def parse_file(self) -> None:
        file = self._file
        while self._position < len(self._tokens):
            keyword = self._next()
            if keyword == "syntax":
                self._expect("=")
                file.syntax = self._string()
                self._expect(";")
            elif keyword == "package":
                file.package = self._next()
                self._expect(";")
            elif keyword == "import":
                file.dependency.append(self._string())
                self._expect(";")
            elif keyword == "message":
                self._message(file.message_type.add())
            elif keyword == "enum":
                self._enum(file.enum_type.add())
            else:
                raise self._error(keyword)

    def _message(self, message: Any) -> None:
        message.name = self._next()
        self._expect("{")
        while not self._accept("}"):
            if self._accept("message"):
                self._message(message.nested_type.add())
            elif self._accept("enum"):
                self._enum(message.enum_type.add())
            elif self._accept("oneof"):
                self._oneof(message)
            else:
                self._field(message)
        # Protobuf wants the one-member oneofs of `optional` fields after all others.
        for field in message.field:
            if field.proto3_optional:
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")

    def _oneof(self, message: Any) -> None:
        index = len(message.oneof_decl)
        message.oneof_decl.add(name=self._next())
        self._expect("{")
        while not self._accept("}"):
            self._field(message).oneof_index = index

    def _field(self, message: Any) -> Any:
        if self._accept("map"):
            return self._map_field(message)
        field = message.field.add(label=_OPTIONAL)
        if self._accept("repeated"):
            field.label = _REPEATED
        elif self._accept("optional"):
            field.proto3_optional = True
        _set_type(field, self._next())
        self._name_and_number(field)
        return field

    def _map_field(self, message: Any) -> Any:
        """Read a map; it is sent as a list of entries, messages with a key and a value."""
        self._expect("<")
        key_type = self._next()
        self._expect(",")
        value_type = self._next()
        self._expect(">")
        field = message.field.add(label=_REPEATED)
        self._name_and_number(field)
        entry = message.nested_type.add(name=_camel_case(field.name) + "Entry")
        entry.options.map_entry = True
        _set_type(entry.field.add(name="key", number=1, label=_OPTIONAL), key_type)
        _set_type(entry.field.add(name="value", number=2, label=_OPTIONAL), value_type)
        _set_type(field, entry.name)
        return field

    def _name_and_number(self, field: Any) -> None:
        field.name = self._next()
        self._expect("=")
        field.number = int(self._next())
        if self._accept("["):
            self._expect("deprecated")
            self._expect("=")
            self._expect("true")
            self._expect("]")
            field.options.deprecated = True
        self._expect(";")

    def _enum(self, enum: Any) -> None:
        enum.name = self._next()
        self._expect("{")
        while not self._accept("}"):
            value = enum.value.add(name=self._next())
            self._expect("=")
            value.number = int(self._next())
            self._expect(";")

    def _next(self) -> str:
        if self._position == len(self._tokens):
            raise ValueError(f"{self._file.name}: the file ends inside a declaration")
        self._position += 1
        return self._tokens[self._position - 1]

    def _accept(self, token: str) -> bool:
        """Consume the next token if it is the given one."""
        if self._next() == token:
            return True
        self._position -= 1
        return False

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise self._error(found, f", {token!r} expected")

    def _string(self) -> str:
        return self._next().strip('"')

    def _error(self, token: str, detail: str = "") -> ValueError:
        before = " ".join(self._tokens[max(0, self._position - 6) : self._position - 1])
        return ValueError(f"{self._file.name}: unexpected {token!r} after {before!r}{detail}")


def _set_type(field: Any, type_name: str) -> None:
    if type_name in _SCALARS:
        field.type = _SCALARS[type_name]
    else:
        field.type_name = type_name


def _camel_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
