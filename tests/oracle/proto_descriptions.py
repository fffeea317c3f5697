"""Describes protobuf messages as plain data; run by TensorFlow's interpreter and by the tests.

As a script it reads JSON {"names": [...]} from its input and writes TensorFlow's descriptions.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def describe(messages: list[Any], enums: list[Any]) -> dict[str, Any]:
    """Map full names, without the package, to the facts of fields and enum values."""
    facts: dict[str, Any] = {}
    for enum in enums:
        facts[_short(enum)] = {value.name: value.number for value in enum.values}
    for message in messages:
        facts[_short(message)] = {field.name: _field(field) for field in message.fields}
        facts.update(describe(list(message.nested_types), list(message.enum_types)))
    return facts


def _field(field: Any) -> dict[str, Any]:
    target = field.message_type or field.enum_type
    in_map_entry = field.containing_type.GetOptions().map_entry
    return {
        "number": field.number,
        "type": field.type,
        "target": _short(target) if target else None,
        "repeated": field.is_repeated,
        "packed": field.is_packed,
        # Entries of maps differ between proto2 and proto3 here, which nobody can see.
        "has_presence": field.has_presence and not in_map_entry,
        "map": bool(field.message_type and field.message_type.GetOptions().map_entry),
        "oneof": field.containing_oneof.name if _in_oneof(field) else None,
    }


def _in_oneof(field: Any) -> bool:
    """Not so for `optional` fields, which are in a made-up oneof of their own."""
    return field.containing_oneof is not None and not field.containing_oneof.name.startswith("_")


def _short(descriptor: Any) -> str:
    return descriptor.full_name.removeprefix("tensorflow.")


def _main() -> None:
    import tensorflow as tf
    from google.protobuf import descriptor_pool
    from tensorflow.core.example import example_pb2  # noqa: F401
    from tensorflow.core.framework import op_def_pb2  # noqa: F401
    from tensorflow.core.profiler import tfprof_log_pb2, tfprof_output_pb2  # noqa: F401
    from tensorflow.core.protobuf import (  # noqa: F401
        control_flow_pb2,
        device_properties_pb2,
        meta_graph_pb2,
        queue_runner_pb2,
        saved_model_pb2,
        tensor_bundle_pb2,
        tensorflow_server_pb2,
        trackable_object_graph_pb2,
    )
    from tensorflow.core.util import event_pb2, saved_tensor_slice_pb2  # noqa: F401
    from tensorflow.python.training import checkpoint_state_pb2  # noqa: F401

    pool = descriptor_pool.Default()
    messages, enums, missing = [], [], []
    for name in json.load(sys.stdin)["names"]:
        for find, found in (
            (pool.FindMessageTypeByName, messages),
            (pool.FindEnumTypeByName, enums),
        ):
            try:
                found.append(find(f"tensorflow.{name}"))
                break
            except KeyError:
                continue
        else:
            missing.append(name)
    json.dump(
        {
            "version": tf.__version__,
            "missing": missing,
            "descriptions": describe(messages, enums),
            "graph": _sample_graph(tf),
        },
        sys.stdout,
    )


def _sample_graph(tf: Any) -> dict[str, str]:
    from google.protobuf import text_format

    with tf.Graph().as_default() as graph, graph.device("/cpu:0"):
        a = tf.constant([[1.5, -2.0, 3.0]], name="a")
        p = tf.compat.v1.placeholder(tf.float32, [3, None], name="p")
        tf.identity(tf.matmul(a, p, name="m"), name="out")
        tf.constant([b"x\xff", b"y"], name="words")
    graph_def = graph.as_graph_def(add_shapes=True)
    data = graph_def.SerializeToString(deterministic=True)
    return {"bytes": data.hex(), "text": text_format.MessageToString(graph_def)}


if __name__ == "__main__":
    _main()
