"""Run by TensorFlow's interpreter: trains from its own checkpoints and from those of graphflow.

Input: JSON, the path of a folder with the folder "ours"; "theirs" is written.
Output: JSON, what `parity_programs` says of each program.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def _main() -> None:
    # `tf.layers` is in the package tf_keras since TensorFlow 2.16.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import parity_programs
    import tensorflow.compat.v1 as tf

    folder = Path(json.load(sys.stdin))
    tf.disable_v2_behavior()
    found = {}
    for name in parity_programs.PROGRAMS:
        program = parity_programs.Program(tf, name)
        found[name] = {
            "theirs": program.write(folder / "theirs"),
            "ours": program.read(folder / "ours"),
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()
