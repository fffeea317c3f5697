"""Our messages against TensorFlow's own descriptors, field by field."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphflow.interop import protos

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("proto_descriptions.py")
SCHEMA_FOLLOWS = "2.21."  # an older or newer TensorFlow may lack or add fields
GONE_SINCE_1_15 = {"CriticalSectionDef", "CriticalSectionExecutionDef", "HParamDef"}
TENSORBOARDS = {"EmbeddingInfo", "ProjectorConfig", "SpriteMetadata"}


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("proto_descriptions", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def our_descriptions() -> dict[str, Any]:
    # The enum error.Code is the only one outside the main package.
    found = [getattr(protos, name).DESCRIPTOR for name in dir(protos) if name[0].isupper() and
             hasattr(getattr(protos, name), "DESCRIPTOR")]  # fmt: skip
    messages = [descriptor for descriptor in found if hasattr(descriptor, "fields")]
    enums = [descriptor for descriptor in found if not hasattr(descriptor, "fields")]
    return load_script().describe(messages, enums)


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return our_descriptions()


@pytest.fixture(scope="module")
def theirs(ours: dict[str, Any], in_tensorflow: Callable[..., Any]) -> Any:
    names = [
        name for name in ours if "." not in name.removeprefix("tfprof.") or name == "error.Code"
    ]
    return in_tensorflow(SCRIPT, {"names": names})


def test_fields_agree(ours: dict[str, Any], theirs: dict[str, Any]):
    for name, facts in theirs["descriptions"].items():
        common = facts.keys() & ours.get(name, {}).keys()
        assert {key: ours[name][key] for key in common} == {key: facts[key] for key in common}, name


def test_no_field_is_missing_or_invented(ours: dict[str, Any], theirs: dict[str, Any]):
    if not theirs["version"].startswith(SCHEMA_FOLLOWS):
        pytest.skip(f"the schema follows {SCHEMA_FOLLOWS}x, this is {theirs['version']}")
    assert {name.partition(".")[0] for name in theirs["missing"]} == GONE_SINCE_1_15 | TENSORBOARDS
    found_here = {name.partition(".")[0] for name in ours.keys() - theirs["descriptions"].keys()}
    assert found_here == GONE_SINCE_1_15 | TENSORBOARDS


def test_messages_of_tensorboard_agree_with_its_own(ours: dict[str, Any]):
    config = pytest.importorskip("tensorboard.plugins.projector.projector_config_pb2")
    messages = list(config.DESCRIPTOR.message_types_by_name.values())
    for name, fields in load_script().describe(messages, []).items():
        package, _, short = name.rpartition(".")
        for field in fields.values():
            field["target"] = field["target"] and field["target"].removeprefix(f"{package}.")
        assert ours[short] == fields, name
