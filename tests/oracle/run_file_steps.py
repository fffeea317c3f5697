"""Run by TensorFlow's interpreter: runs file_steps.py, and reads and writes record files.

Input: JSON, the path of a folder with record files "ours" + kind.  It writes such files "theirs".
Output: JSON {"steps": {step: what it says}, "read": {kind: [records]}}.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path


def _main() -> None:
    import tensorflow.compat.v1 as tf

    folder = Path(json.load(sys.stdin))
    tf.disable_v2_behavior()
    steps = runpy.run_path(str(Path(__file__).with_name("file_steps.py")))
    found = {name: steps["run"](tf, name) for name in steps["STEPS"]}
    read = {}
    for kind in steps["KINDS"]:
        steps["write_records"](tf, str(folder / f"theirs{kind}"), kind)
        records = tf.python_io.tf_record_iterator(str(folder / f"ours{kind}"), kind)
        read[kind] = [record.hex() for record in records]
    json.dump({"steps": found, "read": read}, sys.stdout)


if __name__ == "__main__":
    _main()
