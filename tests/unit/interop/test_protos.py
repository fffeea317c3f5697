"""The message classes: lazy, picklable, and independent of protobuf's default pool."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from graphflow.interop import protos


def test_import_does_not_import_protobuf():
    check = (
        "import sys, graphflow.interop.protos as protos;"
        "assert 'google.protobuf' not in sys.modules;"
        "protos.GraphDef;"
        "assert 'google.protobuf' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_messages_enums_and_enum_values():
    assert protos.GraphDef.DESCRIPTOR.full_name == "tensorflow.GraphDef"
    assert protos.DataType.Name(protos.DT_INT64) == "DT_INT64"
    assert protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE).trace_level == 3
    assert protos.SaverDef.V2 == 2
    assert protos.Summary.Image(height=3).height == 3
    assert {"GraphDef", "DT_FLOAT", "to_text"} <= set(dir(protos))


def test_unknown_name():
    with pytest.raises(AttributeError, match="'NoSuchDef'"):
        _ = protos.NoSuchDef


def test_nested_messages_in_a_constructor():
    config = protos.ConfigProto(
        gpu_options=protos.GPUOptions(allow_growth=True), device_count={"CPU": 3}
    )
    assert config.gpu_options.allow_growth
    assert config.SerializeToString() == b"\x0a\x07\x0a\x03CPU\x10\x03\x32\x02\x20\x01"


def test_map_and_oneof():
    node = protos.NodeDef(name="a")
    node.attr["T"].type = protos.DT_FLOAT
    node.attr["shape"].list.i.extend([2, 3])
    assert node.attr["shape"].WhichOneof("value") == "list"
    assert protos.NodeDef.FromString(node.SerializeToString()) == node


def test_event_of_a_file_by_hand():
    # wall_time 1.5, step 7, summary of one value: tag "loss", simple_value 0.25
    data = b"\x09" + b"\x00" * 6 + b"\xf8\x3f\x10\x07\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x80>"
    event = protos.Event.FromString(data)
    assert (event.wall_time, event.step) == (1.5, 7)
    assert event.summary.value[0].tag == "loss"
    assert event.summary.value[0].simple_value == 0.25


def test_text_format():
    graph = protos.GraphDef()
    graph.node.add(name="a", op="Const").attr["dtype"].type = protos.DT_INT32
    text = protos.to_text(graph)
    assert "type: DT_INT32" in text
    assert protos.from_text(text, protos.GraphDef()) == graph
    assert protos.from_text(text.encode(), protos.GraphDef()) == graph


def test_text_format_rejects_other_text():
    with pytest.raises(ValueError, match="does not describe a GraphDef"):
        protos.from_text("nodes {}", protos.GraphDef())


def test_any_field_holds_a_message():
    meta_graph = protos.MetaGraphDef()
    meta_graph.meta_info_def.any_info.Pack(protos.VersionDef(producer=27))
    text = protos.to_text(meta_graph)
    assert "producer: 27" in text
    assert protos.from_text(text, protos.MetaGraphDef()) == meta_graph


@pytest.mark.parametrize(
    "make",
    [
        lambda: protos.RunOptions(timeout_in_ms=250),
        lambda: protos.AttrValue.ListValue(i=[3, 4]),
        lambda: protos.GPUOptions.Experimental.VirtualDevices(memory_limit_mb=[512.0]),
    ],
)
def test_copies_and_pickles(make):
    message = make()
    assert copy.deepcopy(message) == message
    restored = pickle.loads(pickle.dumps(message))
    assert restored == message
    assert type(restored) is type(message)
