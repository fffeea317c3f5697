"""Files behave as in TensorFlow, and record files go from each to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphflow as tf
from tests.oracle.file_steps import KINDS, RECORDS, STEPS, run, write_records

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    return tmp_path_factory.mktemp("records")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def theirs(folder: Path, in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    for kind in KINDS:
        write_records(tf, str(folder / f"ours{kind}"), kind)
    return in_tensorflow(Path(__file__).with_name("run_file_steps.py"), str(folder))


@pytest.mark.parametrize("step", STEPS)
def test_steps_say_the_same(theirs: Any, step: str):
    assert run(tf, step) == theirs["steps"][step]


@pytest.mark.parametrize("kind", KINDS)
def test_record_files_are_exchanged(theirs: Any, folder: Path, kind: str):
    assert theirs["read"][kind] == [record.hex() for record in RECORDS]
    assert list(tf.python_io.tf_record_iterator(folder / f"theirs{kind}", kind)) == RECORDS
    if not kind:
        assert (folder / "theirs").read_bytes() == (folder / "ours").read_bytes()
