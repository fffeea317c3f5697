"""Run by TensorFlow's interpreter: builds the graphs of some files and tells their nodes.

Input: JSON, the names of the files, each with PROGRAMS. Output: JSON {program: {node name: [op
type, inputs, control inputs]}, or {program: error text}.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any


def _main() -> None:
    # `tf.layers` is in the package tf_keras since TensorFlow 2.16.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    programs: dict[str, Any] = {}
    for file in json.load(sys.stdin):
        programs |= runpy.run_path(str(Path(__file__).with_name(file)))["PROGRAMS"]
    json.dump({name: _nodes(tf, program) for name, program in programs.items()}, sys.stdout)


def _nodes(tf: Any, program: Any) -> Any:
    with tf.Graph().as_default() as graph:
        try:
            program(tf)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return {
        operation.name: [
            operation.type,
            [tensor.name for tensor in operation.inputs],
            sorted(other.name for other in operation.control_inputs),
        ]
        for operation in graph.get_operations()
    }


if __name__ == "__main__":
    _main()
