from __future__ import annotations

import json

import pytest

from graphflow.cli import mnist, notebook_runner
from graphflow.cli.command_line import main


def cell(source, *tags, kind="code"):
    return {"cell_type": kind, "id": "one", "metadata": {"tags": list(tags)}, "source": [source]}


@pytest.fixture
def mnist_command(monkeypatch, tmp_path):
    """A function that runs `graphflow mnist` on given cells, in this process and without data."""
    for name in ("GRAPHFLOW_RESULTS", "GRAPHFLOW_QUICK", "GRAPHFLOW_MNIST_DIR"):
        monkeypatch.setenv(name, "")  # so that what the command sets is undone
    monkeypatch.setattr(mnist.mnist, "load", lambda folder: None)
    output = tmp_path / "results"

    def run(cells, *arguments):
        monkeypatch.setattr(notebook_runner, "read", lambda name: {"cells": cells})
        command = ("mnist", "--no-notebook", "--output", str(output), *arguments)
        return main(command), output

    return run


def saving(results):
    return cell(
        "import os, pathlib\n"
        "path = pathlib.Path(os.environ['GRAPHFLOW_RESULTS'], 'results.json')\n"
        f"path.write_text({json.dumps(json.dumps(results))})"
    )


def softmax_result(accuracy):
    return {"softmax": {"accuracy": accuracy, "target": 0.92, "steps": 7, "seconds": 3.4}}


def test_missing_packages_are_named(monkeypatch, capsys):
    monkeypatch.setattr(notebook_runner, "PACKAGES", ("json", "no_such_package", "nor_this"))
    assert main(["mnist"]) == 2
    message = capsys.readouterr().err
    assert "no_such_package, nor_this" in message
    assert "'.[notebook]'" in message
    assert "--no-notebook" in message


def test_folder_without_data(tmp_path, capsys):
    assert main(["mnist", "--no-notebook", "--folder", str(tmp_path)]) == 2
    assert "lacks train-images-idx3-ubyte" in capsys.readouterr().err


def test_targets_reached(mnist_command, capsys):
    status, output = mnist_command([saving(softmax_result(0.9234))])
    assert status == 0
    printed = capsys.readouterr().out
    assert "softmax           92.34%      92%     3 s   reached" in printed
    assert str(output) in printed


def test_target_missed(mnist_command, capsys):
    status, _ = mnist_command([saving(softmax_result(0.9199))])
    assert status == 1
    assert "MISSED" in capsys.readouterr().out


def test_failing_code(mnist_command, capsys):
    status, _ = mnist_command([saving(softmax_result(0.95)), cell("assert 2 < 1, 'two is more'")])
    assert status == 1
    captured = capsys.readouterr()
    assert "AssertionError: two is more" in captured.err
    assert "95.00%" in captured.out


def test_code_that_leaves_no_results(mnist_command, capsys):
    status, output = mnist_command([saving(softmax_result(0.95))])
    assert status == 0
    status, _ = mnist_command([cell("None")])  # the earlier results do not count
    assert status == 1
    assert not (output / "results.json").exists()


def test_cells_are_chosen_by_tags(mnist_command, capsys):
    cells = [
        cell("# A title", kind="markdown"),
        cell("print('always')"),
        cell("print('softmax runs')", "softmax"),
        cell("print('softmax drawn')", "softmax", "picture"),
        cell("print('convnet runs')", "convnet"),
    ]
    mnist_command(cells, "--only", "convnet")
    assert capsys.readouterr().out.splitlines() == ["always", "convnet runs"]


def test_options_reach_the_notebook(mnist_command, tmp_path, capsys):
    code = "import os; print(os.environ['GRAPHFLOW_QUICK'], os.environ['GRAPHFLOW_MNIST_DIR'])"
    mnist_command([cell(code)], "--quick", "--folder", str(tmp_path))
    assert capsys.readouterr().out.splitlines() == [f"1 {tmp_path}"]


def test_interruption(mnist_command, capsys):
    status, _ = mnist_command([cell("raise KeyboardInterrupt")])
    assert status == 130
    assert "interrupted" in capsys.readouterr().err


def test_notebook_is_found_and_has_all_tags():
    notebook = notebook_runner.read("mnist")
    tags = {tag for one in notebook["cells"] for tag in one["metadata"].get("tags", ())}
    assert tags == {*mnist.MODELS, "picture", "gallery"}
