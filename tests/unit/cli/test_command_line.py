from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphflow.cli.command_line import main
from graphflow.cli.program import split_program
from graphflow.version import __version__

ROOT = Path(__file__).resolve().parents[3]


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_info:
        main(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"graphflow {__version__}\n"


def test_without_a_command_it_shows_help(capsys):
    assert main([]) == 2
    assert "mnist" in capsys.readouterr().out


def test_module_can_be_run():
    command = [sys.executable, "-m", "graphflow", "--version"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == f"graphflow {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "mine", "program"),
    [
        ([], [], []),
        (["-h"], ["-h"], []),
        (["train.py"], [], ["train.py"]),
        (["train.py", "-h", "-m"], [], ["train.py", "-h", "-m"]),
        (["-v", "--top", "-m", "train.py"], ["-v", "--top", "-m"], ["train.py"]),
        (["-m", "package.train", "-m"], ["-m", "package.train"], ["-m"]),
        (["--top"], ["--top"], []),
    ],
)
def test_the_program_begins_at_the_first_argument_that_is_no_option(arguments, mine, program):
    assert split_program(arguments, ["--top"]) == (mine, program)


def test_interruption(monkeypatch, capsys, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("raise KeyboardInterrupt")
    assert main(["run", str(program)]) == 130
