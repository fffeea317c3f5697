"""The code of notebooks: which commands are left out, and what a cell prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphflow.launcher.notebook import code_cells, compile_cell


def python(source: str) -> str:
    notebook = {"cells": [{"cell_type": "code", "source": source.splitlines(keepends=True)}]}
    ((_, code),) = code_cells(json.dumps(notebook))
    return code


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for code in compile_cell(python(source), "cell"):
        exec(code, names)
    return names


@pytest.mark.parametrize("command", ["%matplotlib inline", "!pip install x", "?len", "len??"])
def test_commands_are_left_out(command: str):
    assert python(f"x = 1\n{command}\ny = 2\n") == "x = 1\npass\ny = 2\n"
    assert python(f"if 1:\n    {command}\n") == "if 1:\n    pass\n"


def test_commands_of_several_lines_are_left_out():
    assert python("!wget a \\\n   -O b \\\n c\nx = 1\n") == "pass\n\n\nx = 1\n"
    assert run("%time x = 3 + \\\n   4")["x"] == 7


@pytest.mark.parametrize(
    "source",
    [
        "text = ('%d and %d'\n        % (3, 4))",
        "text = '%d and %d' \\\n    % (3, 4)",
        "text = '''\n%d and %d\n!ls\n''' % (3, 4)",
        "text = f(\n  a,\n  !b)",
    ],
)
def test_what_only_looks_like_a_command_stays(source: str):
    assert python(source) == source


def test_statements_that_are_timed_run():
    assert run("%time x = 3\nfor i in [4]:\n    %prun y = i")["y"] == 4
    assert run("%%time\nx = 5")["x"] == 5
    assert run("%%capture output\n%time x = 6\n")["x"] == 6


def test_cells_in_other_languages_are_left_out():
    assert python("%%bash\nls | wc\n") == ""
    assert python("%%html\n<b>%d</b>\n") == ""


def test_cells_are_written_to_files(tmp_path: Path):
    file = tmp_path / "beside.py"
    run(f"%%writefile {file}\nVALUE = 3\n%d\n")
    run(f"%%file -a {file}\n'''")
    assert file.read_text() == "VALUE = 3\n%d\n'''"


def test_last_expression_is_printed(capsys: pytest.CaptureFixture[str]):
    run("x = 3\nx\nx + 4")
    run("'not shown';")
    run("None")
    assert capsys.readouterr().out == "7\n"


def test_future_may_come_after_a_command():
    assert (
        run("%matplotlib inline\nimport os\nfrom __future__ import division\nx = 3 / 2")["x"] == 1.5
    )


def test_notebooks_of_format_3():
    cells = [
        {"cell_type": "heading", "source": ["x"]},
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"]},
    ]
    text = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})
    assert list(code_cells(text)) == [(2, "x = 1\ny = 2")]


def test_lines_of_timed_cells_keep_their_numbers():
    with pytest.raises(ZeroDivisionError) as caught:
        run("%%time\nx = 1\n1 / 0")
    assert caught.traceback[-1].lineno == 2  # counted from 0
