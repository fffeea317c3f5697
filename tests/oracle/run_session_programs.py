"""Run by TensorFlow's interpreter: runs programs that use sessions of their own.

Input: JSON, the name of a module with PROGRAMS.  Output: {name: what the program returns}.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def _main() -> None:
    # `tf.layers` is in the package tf_keras since TensorFlow 2.16.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    programs = importlib.import_module(json.load(sys.stdin)).PROGRAMS
    results = {}
    for name, program in programs.items():
        tf.reset_default_graph()
        results[name] = program(tf)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    _main()
