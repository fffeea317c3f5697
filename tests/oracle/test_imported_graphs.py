"""Graphs with branches and loops that TensorFlow exported run here as they do there.

In both forms: with Switch and Merge, as TensorFlow 1.x wrote them, and with functions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle import control_flow_programs, imported_programs

pytestmark = [pytest.mark.oracle, pytest.mark.xdist_group("imported_graphs")]

NAMES = [
    f"{form}-{name}"
    for form in ("v1", "v2")
    for name in (*control_flow_programs.PROGRAMS, *imported_programs.PROGRAMS)
]
# What TensorFlow itself refuses to build, or builds with what TensorFlow 1.15 did not have.
REFUSED = {
    "v2-arrays": "its lists grow by an attribute that came later",
    "v2-branches_that_write": "a function cannot write a reference variable",
}


@pytest.fixture(scope="module")
def exported(
    tmp_path_factory: pytest.TempPathFactory, in_tensorflow: Callable[[Path, Any], Any]
) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("graphs")
    answers = in_tensorflow(Path(__file__).with_name("export_graphs.py"), str(folder))
    return folder, answers


@pytest.mark.parametrize("name", NAMES)
def test_values_agree(exported: tuple[Path, dict[str, Any]], name: str) -> None:
    if name in REFUSED:
        pytest.skip(REFUSED[name])
    folder, answers = exported
    answer = answers[name]
    assert isinstance(answer, list), f"TensorFlow cannot run it: {answer}"
    initializer, fetches, theirs = answer
    with tf.Graph().as_default():
        graph_def = tf.GraphDef.FromString((folder / f"{name}.pb").read_bytes())
        tf.import_graph_def(graph_def, name="")
        with tf.Session() as session:
            session.run(initializer)
            ours = session.run(fetches)
    for fetch, mine, other in zip(fetches, ours, theirs, strict=True):
        if np.asarray(mine).dtype.kind in "OS":
            assert [item.decode() for item in np.ravel(mine)] == np.ravel(other).tolist()
        else:
            np.testing.assert_allclose(mine, other, 2e-5, 2e-5, err_msg=fetch)
