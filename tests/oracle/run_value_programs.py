"""Run by TensorFlow's interpreter: runs the programs of a file and tells the values they return.

Input: JSON, the path of a file with PROGRAMS. Output: JSON {program: [value], or error text}; a
value is [dtype, shape, list of its elements], strings as text.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import Any


def run(tf: Any, program: Any) -> list[Any]:
    """Build a program in a new graph and return the values of what it returns."""
    with tf.Graph().as_default():
        fetches = program(tf)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            return session.run(fetches)  # type: ignore[no-any-return]


def _encoded(value: Any) -> list[Any]:
    if value.dtype.kind in "OS":
        value = value.astype("U")
    return [value.dtype.name, value.shape, value.ravel().tolist()]


def _main() -> None:
    # `tf.layers` is in the package tf_keras since TensorFlow 2.16.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import numpy as np
    import tensorflow.compat.v1 as tf

    path = json.load(sys.stdin)
    tf.disable_v2_behavior()
    answers: dict[str, Any] = {}
    for name, program in runpy.run_path(path)["PROGRAMS"].items():
        try:
            answers[name] = [_encoded(np.asarray(value)) for value in run(tf, program)]
        except Exception as error:
            answers[name] = f"{type(error).__name__}: {error}"
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
