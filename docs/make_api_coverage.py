"""Write api_coverage.md: `python docs/make_api_coverage.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import graphflow
from graphflow.interop.coverage import Coverage, Symbol, coverage, symbols

PAGE = Path(__file__).parent / "api_coverage.md"

# The namespaces of the op library.
NAMESPACES = (
    "tf", "tf.math", "tf.nn", "tf.linalg", "tf.image", "tf.strings", "tf.sparse", "tf.random",
    "tf.random.experimental", "tf.debugging", "tf.bitwise", "tf.signal", "tf.sets",
    "tf.initializers", "tf.dtypes", "tf.manip", "tf.quantization", "tf.spectral", "tf.io",
    "tf.io.gfile", "tf.gfile", "tf.python_io", "tf.lookup", "tf.lookup.experimental", "tf.audio",
    "tf.compat", "tf.data", "tf.data.experimental", "tf.graph_util",
    "tf.saved_model", "tf.saved_model.builder", "tf.saved_model.constants", "tf.saved_model.loader",
    "tf.saved_model.main_op", "tf.saved_model.signature_constants",
    "tf.saved_model.signature_def_utils", "tf.saved_model.tag_constants", "tf.saved_model.utils",
    "tf.losses", "tf.layers", "tf.metrics", "tf.keras.activations", "tf.keras.constraints",
    "tf.keras.initializers", "tf.keras.losses", "tf.keras.regularizers",
)  # fmt: skip

# What is no op and has, or will get, a place of its own.  The first pattern that matches counts.
_CONTROL_FLOW = "control flow and recurrent networks"
_PIPELINES = "queues, readers, input pipelines"
_OTHER_ROOMS = "namespaces beside the op library"
_RAGGED = "ragged tensors"
_VERSION_2 = "switches to TensorFlow 2 and to eager execution"
ELSEWHERE = {
    **dict.fromkeys(
        (
            "tf.vectorized_map", "tf.TensorArraySpec", "tf.function",
            "tf.wrap_function", "tf.nondifferentiable_batch_function",
        ),
        _CONTROL_FLOW,
    ),
    **dict.fromkeys(
        (
            "tf.OptionalSpec",
        ),
        _PIPELINES,
    ),
    **dict.fromkeys(("tf.Ragged*", "tf.ragged"), _RAGGED),
    **dict.fromkeys(
        ("tf.enable_*", "tf.disable_*", "tf.config", "tf.autograph", "tf.Module"), _VERSION_2
    ),
    **dict.fromkeys(
        (
            "tf.get_logger", "tf.load_*library", "tf.create_partitioned_variables",
        ),
        _OTHER_ROOMS,
    ),
}  # fmt: skip


def elsewhere(symbol: Symbol) -> str | None:
    """Say where a symbol belongs that is not part of the op library; None if it is part of it."""
    if symbol.kind == "module" and symbol.name not in NAMESPACES:
        return _OTHER_ROOMS
    return next(
        (why for pattern, why in ELSEWHERE.items() if fnmatchcase(symbol.name, pattern)), None
    )


def in_namespace(namespace: str) -> list[Symbol]:
    """Return the symbols directly below a namespace that belong to the op library, by name."""
    return [
        symbol
        for symbol in symbols().values()
        if symbol.namespace == namespace and not symbol.is_of_a_class and elsewhere(symbol) is None
    ]


def found_in(namespace: str) -> list[Coverage]:
    """Return how much of each symbol of a namespace exists."""
    return [coverage(graphflow, symbol) for symbol in in_namespace(namespace)]


def _lines() -> Iterator[str]:
    yield "# What exists of TensorFlow 1.15's interface"
    yield ""
    yield "Written by `python docs/make_api_coverage.py` from the code: the names and arguments of"
    yield "TensorFlow 1.15's public interface, looked up in graphflow. *Partial* is a function that"
    yield "lacks an argument or refuses one with `NotImplementedError`, and a class that lacks a"
    yield "method; what is not there is listed below the table. Here are the namespaces of the op"
    yield "library; what belongs to other parts is named at the end."
    yield ""
    yield "| namespace | symbols | full | partial | missing | exist |"
    yield "|---|---|---|---|---|---|"
    found = {namespace: found_in(namespace) for namespace in NAMESPACES}
    for namespace, items in found.items():
        count = Counter(item.status for item in items)
        share = 100 * (count["full"] + count["partial"]) / len(items)
        yield (
            f"| `{namespace}` | {len(items)} | {count['full']} | {count['partial']} "
            f"| {count['missing']} | {share:.0f} % |"
        )
    for namespace, items in found.items():
        yield from _incomplete(namespace, items)
    yield from _left_to_others()


def _incomplete(namespace: str, items: list[Coverage]) -> Iterator[str]:
    partial = [item for item in items if item.status == "partial"]
    missing = [f"`{item.symbol.name}`" for item in items if item.status == "missing"]
    if not partial and not missing:
        return
    yield ""
    yield f"## {namespace}"
    if missing:
        yield ""
        yield f"Missing: {', '.join(missing)}."
    if partial:
        yield ""
        yield "Partial:"
        yield ""
    for item in partial:
        yield f"- `{item.symbol.name}`: {'; '.join(item.notes)}"


def _left_to_others() -> Iterator[str]:
    yield ""
    yield "## Not of the op library"
    groups: dict[str, list[str]] = {}
    for symbol in symbols().values():
        if symbol.namespace in NAMESPACES and not symbol.is_of_a_class:
            why = elsewhere(symbol)
            if why is not None:
                groups.setdefault(why, []).append(f"`{symbol.name}`")
    for why, names in groups.items():
        yield ""
        yield f"- {why}: {', '.join(sorted(names))}"


def page() -> str:
    """Return the text of the page."""
    return "\n".join(_lines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
