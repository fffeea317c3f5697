"""The report on a program, from numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.profiler.program_report import WIDTH, program_report
from graphflow.profiler.recording import OpKey, OpTotal, Recording, RunKind


def made_up() -> Recording:
    """40 runs of 100 µs, each tenth traced, and one run of something else."""
    recording = Recording()
    product = OpKey("net/product", "MatMul", "/home/me/net.py:7 in layer", False)
    back = OpKey("gradients/net/product_grad/MatMul", "MatMul", "/home/me/net.py:7 in layer", True)
    update = OpKey("train/update", "ApplyAdam", "/home/me/net.py:30 in main", False)
    train = RunKind(("loss:0", "train"), runs=40, nanos=4_000_000, traced=4, traced_nanos=400_000)
    train.totals = {
        product: OpTotal(4, 80.0, 4000),
        back: OpTotal(8, 120.0, 12_000),
        update: OpTotal(4, 40.0, 0),
    }
    test = RunKind(("right:0",), runs=1, nanos=1_000_000, traced=1, traced_nanos=1_000_000)
    test.totals = {product: OpTotal(1, 600.0, 90_000)}
    recording.kinds = {kind.fetches: kind for kind in (train, test)}
    recording.inside_nanos = 6_500_000
    recording.own_nanos = 500_000
    recording.compile_nanos = 900_000
    recording.plans = 2
    return recording


def plain(line: str) -> str:
    """A line with single spaces."""
    return " ".join(line.split())


def rows(report: str, title: str) -> list[str]:
    """The rows of the table below a title, without its head."""
    below = report[report.index(title) :].split("\n\n")[0].splitlines()
    return [plain(line) for line in below[2:]]


def test_the_overview():
    report = program_report(made_up(), 10_500_000, "net.py")
    lines = report.splitlines()
    assert lines[0] == "graphflow profile: net.py, 10 ms"
    assert plain(lines[2]) == "inside session.run 6 ms 60.0% 41 runs, 5 of them traced"
    assert plain(lines[3]) == "of it preparing plans 900 µs 9.0% 2 plans"
    assert plain(lines[4]) == "outside 4 ms 40.0% Python, input, output"
    assert "took 500 µs more" in lines[5]
    assert "estimated by the traced ones" in lines[6]


def test_runs_and_operations():
    report = program_report(made_up(), 10_500_000, "net.py")
    assert rows(report, "Runs by what they fetch") == [
        "4 ms 80.0% 40 100 µs 4 loss, train",
        "1 ms 20.0% 1 1 ms 1 right",
    ]
    # 10 x 80 + 600, 10 x 120 and 10 x 40 microseconds
    assert rows(report, "Operations by time") == [
        "1.4 ms 46.7% 41 34.1 µs 130 kB net/product (MatMul)",
        "1.2 ms 40.0% 80 15 µs 120 kB gradients/net/product_grad/MatMul (MatMul)",
        "400 µs 13.3% 40 10 µs 0 B train/update (ApplyAdam)",
    ]
    assert rows(report, "Types of operations by time") == [
        "2.6 ms 86.7% 121 21.5 µs 250 kB MatMul",
        "400 µs 13.3% 40 10 µs 0 B ApplyAdam",
    ]


def test_lines_have_forward_and_gradient_time_in_sum():
    report = program_report(made_up(), 10_500_000, "net.py")
    assert rows(report, "Lines of the program") == [
        "2.6 ms 86.7% 1.4 ms 1.2 ms 2 net.py:7",
        "400 µs 13.3% 400 µs 1 net.py:30",
    ]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("time", "net/product"), ("calls", "gradients/net"), ("mean", "net/product"),
     ("bytes", "net/product"), ("name", "gradients/net")],
)  # fmt: skip
def test_orders(sort, first):
    table = rows(program_report(made_up(), 10_500_000, "net.py", sort), f"Operations by {sort}")
    assert f" {first}" in table[0]


def test_the_top_only():
    report = program_report(made_up(), 10_500_000, "net.py", top=1)
    assert "Operations by time (1 of 3)" in report
    assert len(rows(report, "Operations by time (1 of 3)")) == 1
    with pytest.raises(ValueError, match="at least one row, not 0"):
        program_report(made_up(), 1, "net.py", top=0)
    with pytest.raises(ValueError, match="sorted by time, calls, mean, bytes, name, not 'size'"):
        program_report(made_up(), 1, "net.py", sort="size")


def test_a_program_without_sessions():
    report = program_report(Recording(), 2_000_000_000, "hello.py")
    assert report.startswith("graphflow profile: hello.py, 2 s\n")
    assert "ran no session" in report


def test_a_real_recording_has_a_typical_run_and_fits_the_width():
    x = tf.placeholder(tf.float32, [50, 60], name="x")
    long_name = "a_scope_with_a_very_long_name/" * 4 + "end"
    y = tf.negative(tf.exp(tf.matmul(x, x, transpose_b=True)), name=long_name)
    with Recording(every=2).on() as recording, tf.Session() as session:
        for _ in range(5):
            session.run(y, {x: np.ones([50, 60])})
    report = program_report(recording, 10**9, "a" * 200 + ".py")
    assert "A typical run of a_scope" in report
    assert "critical path: " in report
    assert "y = tf.negative(tf.exp(tf.matmul(x, x, transpose_b=True)), name=long_name)" in report
    assert max(map(len, report.splitlines())) <= WIDTH
