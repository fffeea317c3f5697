"""Run by TensorFlow's interpreter: runs the programs of dataset_programs.py.

Input: JSON, a list of names.  Output: {name: what the program returns}.
"""

from __future__ import annotations

import json
import sys


def _main() -> None:
    import tensorflow.compat.v1 as tf
    from dataset_programs import PROGRAMS

    tf.disable_v2_behavior()
    results = {}
    for name in json.load(sys.stdin):
        tf.reset_default_graph()
        results[name] = PROGRAMS[name](tf)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    _main()
