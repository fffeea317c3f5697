"""Run by an interpreter with TensorFlow and TF-slim: runs programs and tells names and values.

Input: JSON, the path of a file with PROGRAMS.  Output: JSON {program: what `run` returns}.
"""

from __future__ import annotations

import json
import runpy
import sys
from typing import Any


def run(tf: Any, slim: Any, program: Any) -> dict[str, Any]:
    """Build a program in a new graph, run it, and tell what it made."""
    with tf.Graph().as_default():
        fetches = program(tf, slim)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            values = session.run([item for item in fetches if hasattr(item, "graph")])
        return {
            "names": [item.name for item in fetches if hasattr(item, "graph")],
            "variables": [(v.op.name, v.shape.as_list()) for v in tf.global_variables()],
            "trained": [v.op.name for v in tf.trainable_variables()],
            "model": sorted(v.op.name for v in slim.get_model_variables()),
            "values": [None if value is None else value.tolist() for value in values],
        }


def _main() -> None:
    import tensorflow.compat.v1 as tf
    import tf_slim as slim
    from tensorflow.python.framework import ops
    from tensorflow.python.ops import control_flow_ops
    from tf_slim import nets
    from tf_slim.nets import inception

    tf.disable_v2_behavior()
    # TF-slim looks for these where they were in its time.
    ops.Tensor, ops.IndexedSlices = tf.Tensor, tf.IndexedSlices
    control_flow_ops.cond = tf.cond
    slim.nets = nets
    nets.inception = inception
    programs = runpy.run_path(json.load(sys.stdin))["PROGRAMS"]
    json.dump({name: run(tf, slim, program) for name, program in programs.items()}, sys.stdout)


if __name__ == "__main__":
    _main()
