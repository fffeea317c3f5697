"""Run by TensorFlow's interpreter: evaluates expressions with TensorFlow as `tf`.

Input: JSON, a list of expressions.  Output: for each its values, as base64 of a TensorProto, or the
name of the class of the error.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.oracle.expression_values import evaluate


def _main() -> None:
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    json.dump([_answer(tf, expression) for expression in json.load(sys.stdin)], sys.stdout)


def _answer(tf: Any, expression: str) -> Any:
    try:
        values = evaluate(tf, expression)
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}
    protos = [tf.make_tensor_proto(value) for value in values if value is not None]
    return [base64.b64encode(proto.SerializeToString()).decode() for proto in protos]


if __name__ == "__main__":
    _main()
