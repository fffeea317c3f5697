"""Run by TensorFlow's interpreter: runs graphs that graphflow has exported.

Input: JSON, a list of [path of a GraphDef, name of the operation that initializes, names of tensors
to fetch].  Output: for each graph the list of its values as nested lists, or an error text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def _main() -> None:
    import numpy as np
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    answers = []
    for path, initializer, fetches in json.load(sys.stdin):
        try:
            with tf.Graph().as_default():
                graph_def = tf.GraphDef.FromString(Path(path).read_bytes())
                tf.import_graph_def(graph_def, name="")
                with tf.Session() as session:
                    session.run(initializer)
                    values = session.run(fetches)
            answers.append([np.asarray(value).tolist() for value in values])
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
