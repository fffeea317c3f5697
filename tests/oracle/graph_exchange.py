"""Run by TensorFlow's interpreter: reads graphs and tensors of ours, and writes its own.

Input: JSON {"graph": hex of a GraphDef, "fetches": [...], "feeds": {name: list},
"tensors": {key: {"dtype", "data"}}, "ops": [op types]}.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def _main() -> None:
    import tensorflow as tf

    given = json.load(sys.stdin)
    answer = {
        "fetched": _run(tf, given),
        "own_graph": _own_graph(tf),
        "tensors": {key: _tensor(tf, item) for key, item in given["tensors"].items()},
        "ops": _op_defs(given["ops"]),
    }
    json.dump(answer, sys.stdout)


def _run(tf: Any, given: dict[str, Any]) -> dict[str, Any]:
    graph_def = tf.compat.v1.GraphDef.FromString(bytes.fromhex(given["graph"]))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph_def, name="")
        values = session.run(given["fetches"], given["feeds"])
    return {
        name: value.astype(str).tolist() if value.dtype == object else value.tolist()
        for name, value in zip(given["fetches"], values, strict=True)
    }


def _own_graph(tf: Any) -> dict[str, Any]:
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        w = tf.constant([[1.0, 2.0], [3.0, 5.0]], name="w")
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        with tf.control_dependencies([w]), tf.device("/cpu:0"):
            late = v1.placeholder(tf.float32, [2, None], name="late")
        with v1.colocate_with(w), tf.name_scope("scope"):
            tf.matmul(tf.matmul(x, w, transpose_b=True, name="m"), late, name="out")
        tf.constant(7, shape=[2, 3], name="same")
        tf.constant([b"a", b"\xff"], name="words")
    graph_def = graph.as_graph_def(add_shapes=True)
    return {
        "bytes": graph_def.SerializeToString().hex(),
        "nodes": {node.name: sorted(node.input) for node in graph_def.node},
        "shapes": {
            tensor.name: None if tensor.shape.rank is None else tensor.shape.as_list()
            for operation in graph.get_operations()
            for tensor in operation.outputs
        },
    }


def _tensor(tf: Any, item: dict[str, Any]) -> str:
    dtype = tf.dtypes.as_dtype(item["dtype"])
    values = item["data"]
    if dtype.is_complex:
        values = [complex(*pair) for pair in values]
    elif dtype.is_quantized:
        values = [(value,) for value in values]
    proto = tf.make_tensor_proto(values, dtype=dtype)
    return proto.SerializeToString(deterministic=True).hex()


def _op_defs(op_types: list[str]) -> dict[str, str]:
    from tensorflow.python.framework import op_def_registry

    found = {op_type: op_def_registry.get(op_type) for op_type in op_types}
    return {name: op.SerializeToString().hex() for name, op in found.items() if op is not None}


if __name__ == "__main__":
    _main()
