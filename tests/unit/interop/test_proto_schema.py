"""The reader of `.proto` files."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from graphflow.interop.proto_schema import parse_schema


def parsed(text: str) -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="sample.proto")
    parse_schema(text, file)
    return file


def message_class(text: str, name: str) -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(parsed(text).SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def test_head_of_file():
    file = parsed('// A comment.\nsyntax = "proto3";\npackage a.b;\nimport "c/d.proto";')
    assert (file.syntax, file.package, list(file.dependency)) == ("proto3", "a.b", ["c/d.proto"])


def test_wire_format_of_all_kinds_of_fields():
    outer = message_class(
        """
        syntax = "proto3";
        message Outer {
          enum Sign { NONE = 0; MINUS = -1; }
          message Inner { sint64 depth = 1; }  // zigzag: 3 is sent as 6
          repeated int32 numbers = 1;
          repeated Inner inners = 2;
          map<string, Inner> by_name = 3;
          oneof choice { string word = 4; Sign sign = 5; }
          optional int32 maybe = 6;
          bytes old = 7 [deprecated = true];
        }
        """,
        "Outer",
    )
    message = outer(numbers=[1, 300], inners=[{"depth": 3}], word="w", maybe=0, old=b"o")
    message.by_name["k"].depth = -1
    assert message.SerializeToString() == (
        b"\x0a\x03\x01\xac\x02"  # packed numbers
        b"\x12\x02\x08\x06"
        b"\x1a\x07\x0a\x01k\x12\x02\x08\x01"
        b"\x22\x01w"
        b"\x30\x00"  # an optional field is sent also when it is zero
        b"\x3a\x01o"
    )
    message.sign = -1
    assert message.WhichOneof("choice") == "sign"
    assert not message.word


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("message A { int32 a = 1 ", "ends inside a declaration"),
        ("message A { int32 a 1; }", "unexpected '1' after 'message A { int32 a', '=' expected"),
        ("service A {}", "unexpected 'service'"),
        ("message A { int32 a = 1 [lazy = true]; }", "'deprecated' expected"),
    ],
)
def test_refuses_what_it_does_not_understand(text: str, reason: str):
    with pytest.raises(ValueError, match=r"sample\.proto: ") as error:
        parsed(text)
    assert reason in str(error.value)
