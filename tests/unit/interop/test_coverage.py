from __future__ import annotations

import types

import pytest

import graphflow
from graphflow.interop.coverage import Symbol, argument_names, coverage, find, refusals, symbols


def test_symbols_are_read():
    table = symbols()
    assert len(table) > 8000
    assert table["tf.matmul"].kind == "function"
    assert table["tf.matmul"].arguments[:3] == ("a", "b", "transpose_a=")
    assert table["tf.AUTO_REUSE"] == Symbol("tf.AUTO_REUSE", "member")
    assert table["tf.Graph.as_default"].is_of_a_class
    assert table["tf.nn.relu"].namespace == "tf.nn"


def test_find():
    assert find(graphflow, "tf.nn.relu") is graphflow.nn.relu
    with pytest.raises(LookupError, match=r"tf\.nn\.no_such_thing"):
        find(graphflow, "tf.nn.no_such_thing")


def with_refusal(x, mode="a"):
    """A function that does not support all that it takes."""
    if mode != "a":
        raise NotImplementedError(f"mode={mode!r} is not supported")
    return helper(x)


def helper(x):
    if x is None:
        raise NotImplementedError("x=None")
    return x


class Thing:
    """A class without all of its methods."""

    def __init__(self, size):
        self.size = size

    def run(self):
        return self.size


def package(**members):
    found = types.ModuleType("package")
    found.__dict__.update(members)
    return found


def status(symbol, **members):
    found = coverage(package(**members), symbol)
    return found.status, found.notes


def test_statuses_of_functions():
    symbol = Symbol("tf.f", "function", ("x", "mode=", "axis="))
    assert status(symbol) == ("missing", ())
    assert status(symbol, f=lambda x, mode=1, axis=2: x) == ("full", ())
    assert status(symbol, f=lambda x, mode=1: x) == ("partial", ("no argument `axis`",))
    assert status(symbol, f=lambda x, **others: x) == ("full", ())


def test_refusals_are_read_from_the_source():
    assert refusals(with_refusal) == ("x=None", "mode=… is not supported")


def test_members_of_classes(monkeypatch):
    members = {
        name: Symbol(name, kind, ())
        for name, kind in {
            "tf.Thing.run": "method",
            "tf.Thing.size": "property",
            "tf.Thing.stop": "method",
        }.items()
    }
    monkeypatch.setattr("graphflow.interop.coverage.symbols", lambda: members)
    assert status(Symbol("tf.Thing", "class", ("size",)), Thing=Thing) == (
        "partial",
        ("no `stop`",),
    )


def test_argument_names():
    def function(a, b=1, *rest, c, d=2, **others):
        pass

    assert argument_names(function) == ("a", "b=", "*rest", "c", "d=", "**others")
