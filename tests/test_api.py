"""The public interface is TensorFlow 1.15's: names, and names and order of arguments."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import graphflow
from graphflow.interop.coverage import argument_names, find

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "make_api_coverage.py"
_spec = importlib.util.spec_from_file_location("make_api_coverage", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
docs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(docs)

# Classes that programs do not make themselves, so that their constructors are ours.
OWN_CONSTRUCTORS = {"tf.Operation", "tf.Tensor", "tf.Variable"}
# The share of a namespace's symbols that must exist; 0.95 where nothing else is said.
ENOUGH = {"tf.data.experimental": 0.8, "tf.io": 0.9}


def callables():
    for namespace in docs.NAMESPACES:
        for symbol in docs.in_namespace(namespace):
            if symbol.kind in ("function", "class") and symbol.arguments:
                yield pytest.param(symbol, id=symbol.name)


@pytest.mark.parametrize("symbol", list(callables()))
def test_arguments(symbol):
    """Theirs come first, in their order; further ones have defaults."""
    if symbol.name in OWN_CONSTRUCTORS:
        pytest.skip("programs do not call it")
    try:
        names = argument_names(find(graphflow, symbol.name))
    except LookupError:
        pytest.skip("it does not exist, see the test of namespaces")
    assert names is not None
    wanted = [name for name in symbol.arguments if name != "**kwargs"]
    assert list(names[: len(wanted)]) == wanted
    others = names[len(wanted) :]
    assert all(name.endswith("=") or name.startswith("*") for name in others), others


@pytest.mark.parametrize("namespace", docs.NAMESPACES)
def test_enough_of_each_namespace_exists(namespace):
    found = docs.found_in(namespace)
    missing = [item.symbol.name for item in found if item.status == "missing"]
    assert len(missing) <= (1 - ENOUGH.get(namespace, 0.95)) * len(found), missing


def test_the_page_is_up_to_date():
    assert docs.PAGE.read_text("utf-8") == docs.page(), "run python docs/make_api_coverage.py"


@pytest.mark.parametrize("pattern", docs.ELSEWHERE)
def test_what_is_elsewhere_exists_in_tensorflow(pattern):
    assert any(docs.fnmatchcase(name, pattern) for name in docs.symbols())
