"""Late names are those that type checkers see, and little is imported without need."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from graphflow.core import extensions

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["graphflow", "graphflow.api.compat", "graphflow.api.contrib"]
HEAVY = {
    "IPython", "PIL", "absl", "asyncio", "email", "google.protobuf", "graphviz", "http",
    "matplotlib", "networkx", "numba", "numpy.random", "opt_einsum", "pooch", "scipy", "socket",
    "ssl", "threadpoolctl", "tqdm", "unittest", "urllib.request", "xml",
}  # fmt: skip


def names_for_type_checkers(package: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, module and member of each import that only type checkers see."""
    tree = ast.parse(Path(import_module(package).__file__ or "").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                assert isinstance(statement, ast.ImportFrom)
                for alias in statement.names:
                    yield alias.asname or alias.name, statement.module or "", alias.name


def bound_names(package: str) -> set[str]:
    """The names that a module's source binds by import, assignment or definition."""
    tree = ast.parse(Path(import_module(package).__file__ or "").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_late_names_are_what_type_checkers_see(package):
    module = import_module(package)
    for name, home, member in names_for_type_checkers(package):
        assert name in module.__all__, name
        assert name in dir(module), name
        expected = getattr(import_module(home), member, None)
        if expected is None or home == "graphflow":
            expected = import_module(f"{home}.{member}")
        assert getattr(module, name) is expected, name


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_see_all_late_names(package):
    module = import_module(package)
    rooms = {name.split(".")[1] for name in sys.modules if name.startswith("graphflow.")}
    messages = getattr(module, "_MESSAGES", set())  # classes that protobuf makes
    assert set(module.__all__) - rooms - messages <= bound_names(package)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    contrib = import_module("graphflow.api.contrib")
    with pytest.raises(AttributeError, match="no_such_part"):
        _ = contrib.no_such_part


def test_functions_for_core_are_provided_by_the_rooms_that_are_said_to():
    for name, room in extensions._LATE.items():
        import_module(room)
        assert extensions._PROVIDED[name].__module__ == room, name


def modules_after(code: str) -> set[str]:
    """The modules that a fresh process has imported after `code`."""
    code += "\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


SMALL_RUN = """
import graphflow as tf
x = tf.placeholder(tf.float32, [])
with tf.Session() as sess:
    assert sess.run(x * 2.0 + 1.0, {x: 3.0}) == 7.0
"""


@pytest.mark.parametrize("code", ["import graphflow", SMALL_RUN], ids=["import", "run"])
def test_little_is_imported_without_need(code):
    before = modules_after("import numpy, ml_dtypes")
    new = modules_after(code) - before
    assert sorted(new & HEAVY) == []
    assert len(new) < 450
    assert len([name for name in new if name.startswith("graphflow.api.")]) < 5
    assert not [name for name in new if name.startswith("graphflow.contrib.")]


def test_a_namespace_stays_when_something_in_the_room_of_its_name_is_imported():
    code = """
import graphflow as tf
import graphflow.layers.core, graphflow.contrib.layers, graphflow.keras.activations
import graphflow.data.dataset, graphflow.summary.writer, graphflow.losses.weights
for name in ("layers", "contrib", "keras", "data", "summary", "losses"):
    assert getattr(tf, name).__name__ == f"graphflow.api.{name}", name
"""
    modules_after(code)


def test_all_names_come_with_a_star():
    modules_after(
        "names = {}\n"
        "exec('from graphflow import *', names)\n"
        "assert {'layers', 'FIFOQueue', 'abs', 'contrib', 'float32'} <= names.keys()"
    )


IMPORT_EACH_FIRST = """
import os, sys, traceback
from importlib import import_module
import graphflow

for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            import_module(name)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if status:
        print(name)
"""


def public_modules() -> list[str]:
    """All modules of namespaces, and those from which the package has its late names."""
    late = {home for _, home, _ in names_for_type_checkers("graphflow")} - {"graphflow"}
    files = (ROOT / "graphflow" / "api").rglob("*.py")
    api = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    return sorted({name.removesuffix(".__init__") for name in api} | late)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_each_namespace_can_be_imported_first():
    """Whatever a program asks for first, no modules wait for each other."""
    result = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH_FIRST, *public_modules()],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.stdout == "", result.stderr


def test_messages_come_with_all_names():
    names: dict[str, object] = {}
    exec("from graphflow import *", names)
    tf = import_module("graphflow")
    for name in ("AttrValue", "ConfigProto", "GraphDef", "Summary"):
        assert names[name] is getattr(tf, name)
