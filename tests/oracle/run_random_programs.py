"""Run by TensorFlow's interpreter: runs the programs that draw random numbers.

Output: {name: what the program returns}.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

MAX_SEED = 2**31 - 1


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The rule of TensorFlow 1.15: an operation without a seed takes the number of operations.

    Later releases take the number of random operations.
    """
    from tensorflow.python.framework import ops

    graph = ops.get_default_graph()
    if graph.seed is None:
        return (None, None) if op_seed is None else (87654321, op_seed % MAX_SEED)
    if op_seed is None:
        op_seed = len(graph.get_operations())
    seeds = graph.seed % MAX_SEED, op_seed % MAX_SEED
    return (0, MAX_SEED) if seeds == (0, 0) else seeds


def _main() -> None:
    # `tf.layers` is in the package tf_keras since TensorFlow 2.16.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import random_programs
    import tensorflow.compat.v1 as tf
    from tensorflow.python.framework import random_seed

    tf.disable_v2_behavior()
    random_seed.get_seed = get_seed
    results: dict[str, Any] = {}
    for name, program in random_programs.PROGRAMS.items():
        tf.reset_default_graph()
        results[name] = program(tf)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    _main()
