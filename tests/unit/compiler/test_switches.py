"""The switches of passes: names in the environment, and the options of a session."""

from __future__ import annotations

from typing import Any

import pytest

import graphflow as tf
from graphflow.compiler.switches import ALL, switched_on


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ALL),
        ("all", ALL),
        ("none", frozenset()),
        ("fusion, constants", frozenset({"fusion", "constants"})),
        ("-fusion,-arena", ALL - {"fusion", "arena"}),
        ("fusion,constants,-fusion", frozenset({"constants"})),
    ],
)
def test_names_in_the_environment(
    text: str, expected: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHFLOW_PASSES", text)
    assert switched_on() == expected


def test_a_name_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFLOW_PASSES", "-fussion")
    with pytest.raises(ValueError, match="no passes fussion; there are control, identities"):
        tf.Session()


def _configured(**options: Any) -> frozenset[str]:
    config = tf.ConfigProto()
    for name, value in options.items():
        setattr(config.graph_options.rewrite_options, name, value)
    return switched_on(config)


def test_options_of_a_session() -> None:
    off = 2
    assert _configured() == ALL
    assert _configured(constant_folding=off) == ALL - {"constants"}
    merged = {"clusters", "epilogues", "fusion", "joint", "products", "rows"}
    assert _configured(remapping=off) == ALL - merged
    assert _configured(memory_optimization=1) == ALL - {"arena"}
    assert _configured(memory_optimization=2) == ALL  # MANUAL, not off
    assert _configured(disable_meta_optimizer=True) == frozenset()


def test_level_0_turns_all_off() -> None:
    config = tf.ConfigProto(
        graph_options=tf.GraphOptions(
            optimizer_options=tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
        )
    )
    assert switched_on(config) == frozenset()


def test_a_session_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    x = tf.placeholder(tf.float32, [2])
    y = x * (tf.constant([1.0, 2.0]) + 3.0) + x * (tf.constant([1.0, 2.0]) + 3.0)

    def steps() -> int:
        with tf.Session() as session:
            assert session.run(y, {x: [1, 3]}).tolist() == [8, 30]
            (plan,) = session._plans.values()
            return len(plan.steps)

    assert steps() == 2
    monkeypatch.setenv("GRAPHFLOW_PASSES", "-duplicates")
    assert steps() == 3
    monkeypatch.setenv("GRAPHFLOW_PASSES", "none")
    assert steps() == 9  # with four constants
