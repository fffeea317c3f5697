"""Reads `StepStats` as text; writes what TensorFlow's timeline module makes of them."""

from __future__ import annotations

import json
import sys


def main():
    from google.protobuf import text_format
    from tensorflow.core.framework import step_stats_pb2
    from tensorflow.python.client import timeline

    answers = []
    for case in json.load(sys.stdin):
        stats = text_format.Parse(case["stats"], step_stats_pb2.StepStats())
        analysis = timeline.Timeline(stats).analyze_step_stats(**case["options"])
        trace = json.loads(analysis.chrome_trace.format_to_string())
        maximums = {
            name: [most.timestamp, most.num_bytes, sorted(most.tensors)]
            for name, most in analysis.allocator_maximums.items()
        }
        answers.append({"trace": trace, "maximums": maximums})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
