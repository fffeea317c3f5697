"""The benchmarks run, and both implementations compute the same; no number is judged."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree

import pytest

from benchmarks import report, run
from benchmarks.op_workloads import OP_WORKLOADS
from benchmarks.workloads import WORKLOADS

WITHOUT_DATA = ["empty_run", "chain_1000", "fan_1000"]


@pytest.mark.bench
def test_quick_mode_times_everything(tmp_path):
    results = run_quick(tmp_path, [*WORKLOADS, "start", "cold"])
    assert set(results) >= {*WORKLOADS, "import", "memory_import", "memory_training"}
    assert set(results) >= {f"cold_{name}" for name in run.COLD}
    for result in results.values():
        assert all(value > 0 for values in result["values"].values() for value in values)
        if os.environ.get("GRAPHFLOW_ORACLE_PYTHON"):
            low, middle, high = result["ratio"]
            assert 0 < low <= middle <= high


def test_outcomes_are_right(tmp_path, monkeypatch):
    monkeypatch.delenv("GRAPHFLOW_ORACLE_PYTHON", raising=False)
    monkeypatch.setattr(run, "save_digits", lambda folder, path: run.np.savez(path))
    results = run_quick(tmp_path, WITHOUT_DATA)
    assert results["empty_run"]["outcome"] == {"graphflow": 7.5}
    x = sum(chained(start) for start in range(10))
    assert results["chain_1000"]["outcome"]["graphflow"] == pytest.approx(x, rel=1e-4)


def test_single_ops_are_timed(tmp_path, monkeypatch):
    monkeypatch.delenv("GRAPHFLOW_ORACLE_PYTHON", raising=False)
    monkeypatch.setattr(run, "save_digits", lambda folder, path: run.np.savez(path))
    results = run_quick(tmp_path, ["reduce_sum.small", "gather.small"])
    assert results["reduce_sum.small"]["outcome"]["graphflow"] > 0
    assert run.parse(["--ops"]).only == [*OP_WORKLOADS]


@pytest.mark.bench
def test_every_single_op_gives_the_same_on_both(tmp_path):
    run_quick(tmp_path, [*OP_WORKLOADS])


def chained(x):
    for _ in range(500):
        x = (x + 0.01) * 0.99
    return x


def run_quick(folder, names):
    report = folder / "report.json"
    table = folder / "table.md"
    arguments = ["--quick", "--only", ",".join(names)]
    assert run.main([*arguments, "--json", str(report), "--markdown", str(table)]) == 0
    results = {one["name"]: one for one in json.loads(report.read_text())["results"]}
    assert len(table.read_text().splitlines()) == 2 + len(results)
    return results


def test_differing_outcomes_are_noted():
    assert run._agree([2.5, 2.5001])
    assert not run._agree([2.5, 2.6])
    assert run._agree([None, None])


def test_ratio_is_taken_within_rounds():
    result = run.Result("a", "b", values={"graphflow": [1, 10, 2], "tensorflow": [3, 30, 8]})
    assert result.median("graphflow") == 2
    assert result.ratios() == (3.0, 3.0, 3.5)
    assert run.Result("a", "b", values={"graphflow": [1]}).ratios() is None


def test_another_checkout_is_compared_too():
    values = {"graphflow": [1, 10], "before": [2, 40], "tensorflow": [3, 30]}
    result = run.Result("a", "b", values=values)
    assert result.ratios(run.BEFORE) == (2.5, 3.0, 3.5)
    headings, _, row = run.as_markdown([result]).splitlines()
    assert headings.count("|") == row.count("|") == 7
    assert "3.00 (2.50–3.50) | 3.00 (3.00–3.00)" in row
    assert run.as_text(result).split()[1:7] == ["5.5", "ms", "21", "ms", "16.5", "ms"]


def test_a_failing_worker_is_reported(capfd):
    worker = run.Worker.__new__(run.Worker)
    worker.name = "graphflow"
    with pytest.raises(run.WorkerError, match="graphflow: ValueError: no"):
        worker._checked('{"error": "Traceback\\n  line\\nValueError: no"}\n')
    assert "line" in capfd.readouterr().err


def test_unknown_workloads_are_refused(capsys):
    with pytest.raises(SystemExit):
        run.main(["--only", "empty_run,full_run"])
    assert "full_run" in capsys.readouterr().err


def test_the_report_tells_ratios_and_aims(tmp_path):
    values = {"graphflow": [1.0, 2.0, 4.0], "tensorflow": [20.0, 50.0, 40.0]}
    result = run.Result("empty_run", "a run of a & b", values=values)
    alone = run.Result("fan_1000", "only here", values={"graphflow": [1.0]})
    file = tmp_path / "results.json"
    contents = {"machine": {"cores": 2}, "results": [result.as_json(), alone.as_json()]}
    file.write_text(json.dumps(contents))
    assert report.main([str(file), "--folder", str(tmp_path)]) == 0
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "| a run of a & b | 2 ms | 40 ms | 0.05 (0.0444–0.0667) | 0.05 |" in page
    assert "cores 2" in page
    assert "only here" not in page
    picture = xml.etree.ElementTree.parse(tmp_path / "benchmarks.svg")
    assert "a run of a & b" in [text.text for text in picture.iter() if text.text]


def test_a_report_without_comparison_is_refused(tmp_path, capsys):
    file = tmp_path / "results.json"
    file.write_text(json.dumps({"machine": {}, "results": []}))
    assert report.main([str(file), "--folder", str(tmp_path)]) == 1
    assert "both" in capsys.readouterr().err


def test_the_nearest_aim_counts():
    row = report.Row("mnist_convnet_deep", "", "ms", 1, 1, 1, 1, 1)
    assert row.target == 0.95
    assert report.Row("pipeline", "", "ms", 1, 1, 1, 1, 1).target is None
