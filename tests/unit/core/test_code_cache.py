from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphflow.cli.command_line import main
from graphflow.core import code_cache

SOURCE = """
from graphflow.core.code_cache import machine_code

@machine_code
def shift(values, step, result):
    for i in range(values.size):
        result[i] = values[i] + {step} * step
"""

PROGRAM = """
import sys
import numpy as np
from graphflow.core import code_cache

module = code_cache.load(sys.stdin.read(), "shift")
values, result = np.arange(3.0), np.zeros(3)
code_cache.compile_for(module.shift, (values, 1.5, result))
module.shift(values, 1.5, result)
print(result.tolist(), sum(module.shift.stats.cache_hits.values()))
"""


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GRAPHFLOW_CACHE", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


def source(step: int) -> str:
    return SOURCE.format(step=step)


def shifted(step: int) -> list[float]:
    module = code_cache.load(source(step), "shift")
    values, result = np.arange(3.0), np.zeros(3)
    code_cache.compile_for(module.shift, (values, 1.5, result))
    module.shift(values, 1.5, result)
    return result.tolist()


def start() -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_same_source_gives_the_same_module():
    assert code_cache.load(source(3), "shift") is code_cache.load(source(3), "shift")
    assert code_cache.load(source(3), "shift") is not code_cache.load(source(4), "shift")
    assert code_cache.usage().modules == 2


def test_functions_compute():
    assert shifted(2) == [3.0, 4.0, 5.0]


def test_a_second_process_finds_the_machine_code():
    first, second = (start().communicate(source(5))[0] for _ in range(2))
    assert first == "[7.5, 8.5, 9.5] 0\n"
    assert second == "[7.5, 8.5, 9.5] 1\n"


def test_two_processes_at_once():
    both = [start(), start()]
    outputs = [process.communicate(source(6))[0] for process in both]
    assert [output[:17] for output in outputs] == ["[9.0, 10.0, 11.0]"] * 2
    assert code_cache.usage().modules == 1


def test_damaged_files_are_replaced():
    start().communicate(source(7))
    damaged = [file for file in code_cache.folder().rglob("*") if file.is_file()]
    assert {file.suffix for file in damaged} == {".py", ".nbi", ".nbc"}
    for file in damaged:
        file.write_bytes(b"nothing that is understood")
    assert start().communicate(source(7))[0] == "[10.5, 11.5, 12.5] 0\n"
    assert start().communicate(source(7))[0] == "[10.5, 11.5, 12.5] 1\n"


def test_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    monkeypatch.setenv("GRAPHFLOW_CACHE", str(file))
    assert shifted(8) == [12.0, 13.0, 14.0]
    assert code_cache.usage() == (0, 0)


def test_what_was_not_used_for_long_goes_first(monkeypatch):
    for step in (10, 11, 12):
        code_cache.load(source(step), f"step{step}")
    for entry in code_cache.folder().iterdir():
        age = {"step10": 2000, "step11": 3000, "step12": 0}[entry.name.split("-")[0]]
        os.utime(entry, (entry.stat().st_mtime - age,) * 2)
    two = 2 * max(code_cache._size(entry) for entry in code_cache.folder().iterdir())
    monkeypatch.setattr(code_cache, "LIMIT_BYTES", two)
    code_cache.load(source(13), "step13")
    names = sorted(entry.name.split("-")[0] for entry in code_cache.folder().iterdir())
    assert names == ["step12", "step13"]


def test_fingerprints_follow_the_source(tmp_path):
    module = code_cache.load(source(14), "shift")
    before = code_cache.fingerprint(module)
    assert before.startswith("# built on ")
    assert code_cache.fingerprint(code_cache) != before


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/graphflow/jit"),
        ("linux", {}, "/home/.cache/graphflow/jit"),
        ("darwin", {}, "/home/Library/Caches/graphflow/jit"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/graphflow/jit"),
    ],
)
def test_the_users_folder(monkeypatch, platform, variables, expected):
    for name in ("GRAPHFLOW_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home"))
    assert code_cache.folder() == Path(expected)


def test_the_command_shows_and_clears(capsys):
    code_cache.load(source(15), "shift")
    assert main(["cache"]) == 0
    assert "1 modules, 0.0 MB" in capsys.readouterr().out
    assert main(["cache", "--clear"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "deleted 1 modules, 0.0 MB"
    assert "0 modules" in shown[1]


def test_it_is_known_whether_a_module_of_that_name_was_kept():
    code_cache.has_kept.cache_clear()
    assert not code_cache.has_kept("shift")
    assert not code_cache.is_kept(source(7), "shift")
    code_cache.load(source(7), "shift")
    assert code_cache.is_kept(source(7), "shift")
    assert not code_cache.is_kept(source(8), "shift")
    assert not code_cache.has_kept("shift")  # as it was at first
    code_cache.has_kept.cache_clear()
    assert code_cache.has_kept("shift")
    assert not code_cache.has_kept("shi")
    code_cache.has_kept.cache_clear()
