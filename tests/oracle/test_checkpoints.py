"""Checkpoints and meta graphs that one side writes mean the same to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import graphflow as tf
from tests.oracle import checkpoint_programs as programs

pytestmark = pytest.mark.oracle


class Exchange(NamedTuple):
    """What was written and found: by us, by TensorFlow."""

    written: dict[str, Any]
    written_model: list[Any]
    frozen: list[Any]
    theirs: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def exchanged(
    tmp_path_factory: pytest.TempPathFactory, in_tensorflow: Callable[[Path, Any], Any]
) -> Exchange:
    folder = tmp_path_factory.mktemp("checkpoints")
    for side in ("ours", "theirs"):
        (folder / side / "model").mkdir(parents=True)
        (folder / side / "legacy").mkdir()
    written = programs.plain(programs.write(tf, folder / "ours"))
    model = programs.plain(programs.write_model(tf, folder / "ours" / "model"))
    programs.serve(tf, folder / "ours")
    programs.write_legacy(tf, folder / "ours" / "legacy")
    frozen = [programs.freeze(tf, folder / "ours", use_resource) for use_resource in (False, True)]
    theirs = in_tensorflow(Path(__file__).with_name("run_checkpoints.py"), str(folder))
    return Exchange(written, model, frozen, theirs, folder)


@pytest.mark.parametrize("kind", programs.KINDS)
def test_tensorflow_restores_our_checkpoints(kind: str, exchanged: Exchange) -> None:
    assert exchanged.theirs["read"][kind] == exchanged.written[kind]


def test_we_restore_theirs(exchanged: Exchange) -> None:
    found = programs.plain(programs.read(tf, exchanged.folder / "theirs"))
    assert found == exchanged.theirs["written"]
    assert found == exchanged.written


def test_readers_find_the_same(exchanged: Exchange) -> None:
    ours = programs.plain(programs.listed(tf, exchanged.folder / "ours"))
    assert exchanged.theirs["listed"] == ours
    assert programs.plain(programs.listed(tf, exchanged.folder / "theirs")) == ours


def test_models_go_on_from_their_graphs(exchanged: Exchange) -> None:
    ours = programs.read_model(tf, exchanged.folder / "theirs" / "model")
    for found in (exchanged.theirs["model_read"], exchanged.written_model, ours):
        np.testing.assert_allclose(found, exchanged.theirs["model_written"], rtol=1e-6)


def test_files_have_the_same_names(exchanged: Exchange) -> None:
    ours, theirs = (
        sorted(path.name for path in (exchanged.folder / side).iterdir())
        for side in ("ours", "theirs")
    )
    assert ours == theirs
    assert "sharded-7.data-00002-of-00003" in ours


@pytest.mark.parametrize("use_resource", [False, True])
def test_graphs_whose_variables_are_constants(use_resource: bool, exchanged: Exchange) -> None:
    assert exchanged.frozen[use_resource] == exchanged.theirs["frozen"][use_resource]
    theirs = exchanged.theirs["run_frozen"][use_resource]
    assert programs.run_frozen(tf, exchanged.folder / "theirs", use_resource) == theirs
    assert programs.run_frozen(tf, exchanged.folder / "ours", use_resource) == theirs


def test_models_that_are_served(exchanged: Exchange) -> None:
    _, theirs, ours = exchanged.theirs["served"]
    assert theirs == ours
    for side in ("ours", "theirs"):
        assert programs.plain(programs.describe(tf, exchanged.folder / side)) == theirs
    assert theirs[2] == [7.0, 2.5, 3.0]


@pytest.mark.parametrize("use_resource", [False, True])
def test_variables_initialized_from_checkpoints(use_resource: bool, exchanged: Exchange) -> None:
    ours = programs.initialize(tf, exchanged.folder / "theirs", use_resource)
    assert programs.plain(ours) == exchanged.theirs["initialized"][use_resource]


@pytest.mark.parametrize("name", programs.LEGACY_NAMES)
def test_checkpoints_of_format_v1(name: str, exchanged: Exchange) -> None:
    found = programs.read_legacy(tf, str(exchanged.folder / "theirs" / "legacy" / name))
    assert programs.plain(found) == exchanged.theirs["legacy"]
    assert exchanged.theirs["legacy_read"][name] == exchanged.theirs["legacy"]
