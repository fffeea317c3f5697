"""Run by TensorFlow's interpreter: draws random numbers.

Input: JSON list of {"op", "seeds", "dtype", "attrs": {name: scalar}, "size"}. Output: for each
the bytes, in hexadecimal, of three consecutive runs.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def _main() -> None:
    import tensorflow as tf

    json.dump([_runs(tf, item) for item in json.load(sys.stdin)], sys.stdout)


def _runs(tf: Any, item: dict[str, Any]) -> list[str]:
    serial = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1)
    with tf.Graph().as_default(), tf.compat.v1.Session(config=serial) as session:
        result = getattr(tf.raw_ops, item["op"])(**_arguments(tf, item))
        return [session.run(result).tobytes().hex() for _ in range(3)]


def _arguments(tf: Any, item: dict[str, Any]) -> dict[str, Any]:
    op, dtype, size = item["op"], item["dtype"], item["size"]
    seed, seed2 = item["seeds"]
    arguments = {"seed": seed, "seed2": seed2, **item["attrs"]}
    if op == "RandomShuffle":
        return {**arguments, "value": tf.range(size, dtype=dtype)}
    if op == "Multinomial":
        return {**arguments, "num_samples": size, "output_dtype": dtype}
    if op == "RandomUniformInt":
        limits = {name: tf.constant(item["attrs"][name], dtype) for name in ("minval", "maxval")}
        return {**arguments, **limits, "shape": [size]}
    if op == "RandomGamma":
        return {**arguments, "alpha": tf.constant(item["attrs"]["alpha"], dtype), "shape": [size]}
    return {**arguments, "dtype": dtype, "shape": [size]}


if __name__ == "__main__":
    _main()
