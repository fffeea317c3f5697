from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from tensorflow_estimator.python.estimator import estimator
from tensorflow_estimator.python.estimator.canned.dnn import DNNClassifier
import tensorflow as tf
assert estimator.Estimator is tf.estimator.Estimator
print(DNNClassifier is tf.estimator.DNNClassifier)
"""


def test_the_package_that_estimators_come_from_is_found(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)
    result = subprocess.run(
        [sys.executable, "-m", "graphflow", "run", str(script)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "True\n"
