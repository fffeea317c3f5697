"""Machine code that another process makes, and what happens if there is none."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphflow.core import code_cache, compile_process
from graphflow.core.compile_process import compile_apart

SOURCE = """
from graphflow.core.code_cache import machine_code

@machine_code
def shift(values, step, result):
    for i in range(values.size):
        result[i] = values[i] + {step} * step
"""


@pytest.fixture(autouse=True)
def process(monkeypatch, tmp_path):
    """A process of the test's own, and a folder of its own."""
    monkeypatch.setenv("GRAPHFLOW_CACHE", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    process = compile_process._Process()
    monkeypatch.setattr(compile_process, "_PROCESS", process)
    yield process
    process.close()


def shift(step: int) -> Any:
    return code_cache.load(SOURCE.format(step=step), "shift").shift


def arguments() -> tuple[Any, ...]:
    values = np.arange(3.0)
    values.flags.writeable = False
    return values, 1.5, np.zeros(3)


def check(function: Any, step: int) -> None:
    values, factor, result = arguments()
    function(values, factor, result)
    assert result.tolist() == [step * 1.5 + i for i in range(3)]


def hits(function: Any) -> int:
    return sum(function.stats.cache_hits.values())


def test_the_machine_code_comes_from_the_other_process(process):
    for step in (2, 3):
        function = shift(step)
        compile_apart(function, arguments())
        assert hits(function) == 1
        check(function, step)
    assert process._process is not None
    compile_apart(function, arguments())  # at once: it is there
    assert hits(function) == 1


def test_what_is_on_disk_needs_no_process(process):
    compile_apart(shift(4), arguments())
    code = (
        "import sys, numpy as np; from graphflow.core import code_cache, compile_process as p;"
        "f = code_cache.load(sys.stdin.read(), 'shift').shift; v = np.arange(3.0);"
        "v.flags.writeable = False; p.compile_apart(f, (v, 1.5, np.zeros(3)));"
        "print(sum(f.stats.cache_hits.values()), p._PROCESS._process)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=SOURCE.format(step=4), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "1 None\n"


def test_a_process_that_has_ended_is_started_again(process):
    compile_apart(shift(5), arguments())
    process._process.kill()
    function = shift(6)
    compile_apart(function, arguments())
    assert hits(function) == 1
    check(function, 6)


@pytest.mark.parametrize("program", ["", "/nowhere/python"])
def test_without_a_process_this_one_compiles(program, monkeypatch):
    monkeypatch.setattr(sys, "executable", program)
    function = shift(7)
    compile_apart(function, arguments())
    assert hits(function) == 0
    check(function, 7)


def test_what_cannot_be_compiled_says_so():
    source = SOURCE.format(step=8).replace("values.size", "values.no_such_thing")
    function = code_cache.load(source, "wrong").shift
    with pytest.raises(Exception, match="no_such_thing"):
        compile_apart(function, arguments())


def test_functions_of_the_package_are_compiled_there_too(process):
    loop = importlib.import_module("graphflow.ops.kernels.segments")._add_rows
    function = code_cache.machine_code(loop.__wrapped__)
    rows = np.ones((3, 2)), np.int32([0, 2, 0]), np.zeros((4, 2))
    compile_apart(function, rows)
    assert process._process is not None
    assert not function.stats.cache_misses
    function(*rows)
    assert rows[2].tolist() == [[2, 2], [0, 0], [1, 1], [0, 0]]


def test_functions_of_other_modules_are_compiled_here(process):
    function = code_cache.machine_code(_double)
    compile_apart(function, [3])
    assert function(4) == 8
    assert process._process is None


def _double(x: int) -> int:
    return 2 * x


def test_a_folder_that_cannot_be_written(process, monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("GRAPHFLOW_CACHE", str(file))
    function = shift(9)
    compile_apart(function, arguments())
    check(function, 9)
    assert process._process is None


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_is_for_the_program_alone(process):
    compile_apart(shift(11), arguments())
    other = process._process
    other.send_signal(signal.SIGINT)
    compile_apart(shift(12), arguments())
    assert process._process is other


def test_it_ends_with_the_program():
    root = str(Path(compile_process.__file__).parents[2])
    code = """
import sys, numpy as np
from graphflow.core import code_cache, compile_process as p
f = code_cache.load(sys.stdin.read(), "shift").shift
p.compile_apart(f, (np.arange(3.0), 1.5, np.zeros(3)))
print(p._PROCESS._process.pid)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        input=SOURCE.format(step=10), capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
