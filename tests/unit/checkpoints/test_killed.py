"""Whenever a program that saves is killed, its last complete checkpoint can be loaded."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import graphflow as tf

pytestmark = pytest.mark.slow

PROGRAM = str(Path(__file__).with_name("endless_saving.py"))


def saved_step(path: str) -> int:
    """The number that both variables of a checkpoint hold."""
    values = np.concatenate([tf.train.load_variable(path, name) for name in "vw"])
    assert (values == values[0]).all()
    return int(values[0])


def check(folder: Path, last: int) -> None:
    """Check that nothing from before the step `last` is all that is left."""
    newest = tf.train.latest_checkpoint(str(folder))
    assert newest is not None
    assert saved_step(newest) == int(newest.rpartition("-")[2]) >= last
    assert saved_step(str(folder / "same")) >= last


def test_at_every_operation_on_files(tmp_path: Path):
    run = [sys.executable, PROGRAM, str(tmp_path)]
    for _ in range(2):  # the second one deletes nothing yet, all later ones do
        assert subprocess.run([*run, "1000"], check=True, capture_output=True).stdout
    last = 2
    for number in range(1, 1000):
        result = subprocess.run([*run, str(number)], check=False, capture_output=True, text=True)
        check(tmp_path, last)
        if result.returncode == 0:
            break
        assert result.returncode == 9, result.stderr
        last = saved_step(str(tmp_path / "same"))
    assert number > 8


def test_at_any_moment(tmp_path: Path):
    random = np.random.default_rng(5)
    last = 0
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, PROGRAM, str(tmp_path), "0"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            last = int(process.stdout.readline())
            time.sleep(random.uniform(0, 0.1))
            process.kill()
            rest = process.stdout.read().splitlines()
        last = int(rest[-1]) if rest else last
        check(tmp_path, last)
