"""Run by TensorFlow's interpreter: runs the programs of tests/programs with TensorFlow as `tf`.

Input: JSON, a list of paths.  Output: {path: losses}.
"""

from __future__ import annotations

import json
import os
import runpy
import sys


def _main() -> None:
    # `tf.layers` is in the package tf_keras since TensorFlow 2.16.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    sys.modules["graphflow"] = tf
    losses = {}
    for path in json.load(sys.stdin):
        tf.reset_default_graph()
        losses[path] = runpy.run_path(path)["main"]()
    json.dump(losses, sys.stdout)


if __name__ == "__main__":
    _main()
