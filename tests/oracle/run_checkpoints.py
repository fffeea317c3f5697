"""Run by TensorFlow's interpreter: reads the checkpoints that graphflow wrote, and writes some.

Input: JSON, the path of a folder with the folder "ours"; "theirs" is written.
Output: JSON, what `checkpoint_programs` says of both.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def _main() -> None:
    import checkpoint_programs as programs
    import tensorflow.compat.v1 as tf

    folder = Path(json.load(sys.stdin))
    tf.disable_v2_behavior()
    found = programs.exchange(tf, folder / "theirs", folder / "ours")
    found["legacy"] = programs.write_legacy(tf, folder / "theirs" / "legacy")
    legacy = folder / "ours" / "legacy"
    found["legacy_read"] = {
        name: programs.read_legacy(tf, str(legacy / name)) for name in programs.LEGACY_NAMES
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()
