"""Write docs/benchmarks.md, with a plot, from the numbers that `benchmarks.run --json` saved.

To be started in the repository's root as `python -m benchmarks.report FILE...`; where several files
hold a workload, the last one counts.
"""

from __future__ import annotations

import argparse
import html
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
# Written by hand: where the time goes that is missing to an aim.
PROFILES = Path(__file__).with_name("profiles.md")
# The ratios that are aimed at, by what a workload's name begins with; the longest one counts.
TARGETS = {
    "build_": 0.05, "chain_": 0.3, "cold_": 2.0, "elementwise": 0.3, "embedding": 0.3,
    "empty_run": 0.05, "fan_": 0.3, "import": 0.15, "loop_": 0.15, "matmul_": 1.05,
    "memory_import": 0.3, "memory_training": 0.5, "mnist_convnet": 0.7, "mnist_convnet_deep": 0.95,
    "mnist_convnet_evaluation": 0.85, "mnist_lstm": 0.75, "mnist_mlp": 0.6,
    "mnist_mlp_batch_norm": 0.7, "mnist_softmax": 0.35,
}  # fmt: skip
GROUPS = {
    "Runs and operations": ("empty_", "chain_", "fan_", "loop_"),
    "Networks": ("mnist_",),
    "Arithmetic and input": ("elementwise", "matmul", "embedding", "pipeline"),
    "Construction": ("build_",),
    "First steps": ("cold_",),
    "Start": ("import", "memory_"),
}


@dataclass(frozen=True)
class Row:
    """What is told of a workload.

    Attributes:
      name: its name.
      description: what it does.
      unit: "ms" or "MB".
      ours: graphflow's median.
      theirs: TensorFlow's.
      ratio: the median of the ratios, graphflow's by TensorFlow's.
      low: their lower quartile.
      high: their upper quartile.
    """

    name: str
    description: str
    unit: str
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float

    @property
    def target(self) -> float | None:
        """The ratio that is aimed at, None if there is none."""
        starts = [start for start in TARGETS if self.name.startswith(start)]
        return TARGETS[max(starts, key=len)] if starts else None


def read(results: Sequence[dict[str, Any]]) -> list[Row]:
    """Make rows of the results that compare graphflow with TensorFlow."""
    rows = {}
    for result in results:
        if result["ratio"]:
            low, middle, high = (1 / value for value in reversed(result["ratio"]))
            ours, theirs = (result["median"][name] for name in ("graphflow", "tensorflow"))
            name, unit = result["name"], result["unit"]
            rows[name] = Row(name, result["description"], unit, ours, theirs, middle, low, high)
    return list(rows.values())


def grouped(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the groups that have rows."""
    for title, starts in GROUPS.items():
        members = [row for row in rows if row.name.startswith(starts)]
        if members:
            yield title, members


def page(rows: Sequence[Row], machine: dict[str, Any]) -> str:
    """Return the text of the page."""
    facts = ", ".join(f"{key} {value}" for key, value in machine.items())
    lines = [
        "# Benchmarks",
        "",
        "The same programs on graphflow and on TensorFlow (`compat.v1`), in turns, with the same",
        "threads: times are medians, ratios are time here by time there, medians over the rounds",
        "with their quartiles. Below 1 graphflow is faster. `python -m benchmarks.report` writes",
        "this page; [benchmarks/](../benchmarks/README.md) tells how it is measured.",
        "",
        f"Measured: {facts} (`load` is how many programs wanted a core as the timing ended).",
        "",
        "![Ratios](benchmarks.svg)",
    ]
    for title, members in grouped(rows):
        lines += ["", f"## {title}", "", *table(members)]
    lines += ["", PROFILES.read_text(encoding="utf-8").rstrip()]
    return "\n".join(lines) + "\n"


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of a table."""
    lines = [
        "| program | graphflow | TensorFlow | ratio (quartiles) | aim |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        aim = "" if row.target is None else f"{row.target:g}"
        if row.target is not None and row.ratio > row.target:
            aim = f"**{aim}** (missed)"
        ratio = f"{row.ratio:.3g} ({row.low:.3g}–{row.high:.3g})"
        values = f"{_number(row.ours)} {row.unit} | {_number(row.theirs)} {row.unit}"
        lines.append(f"| {row.description} | {values} | {ratio} | {aim} |")
    return lines


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


# --- the plot

_LEFT, _WIDTH, _BAR, _STEP = 540, 420, 12, 20
_LOWEST, _HIGHEST = 0.01, 10.0


def plot(rows: Sequence[Row]) -> str:
    """Return a picture of the ratios on a logarithmic axis, as SVG."""
    height = _STEP * len(rows) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 70}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for ratio in (0.01, 0.1, 1, 10):
        x, stroke = _x(ratio), "#444" if ratio == 1 else "#ddd"
        parts.append(f'<line x1="{x}" x2="{x}" y1="10" y2="{height - 30}" stroke="{stroke}"/>')
        parts.append(f'<text x="{x}" y="{height - 14}" text-anchor="middle">{ratio:g}</text>')
    for index, row in enumerate(rows):
        parts += _bar(row, 15 + index * _STEP)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(row: Row, y: int) -> Iterator[str]:
    start, end = sorted((_x(row.ratio), _x(1)))
    color = "#3b7dd8" if row.ratio <= 1 else "#d8693b"
    text = html.escape(row.description)
    yield f'<text x="{_LEFT - 8}" y="{y + 10}" text-anchor="end">{text}</text>'
    yield f'<rect x="{start}" y="{y}" width="{end - start}" height="{_BAR}" fill="{color}"/>'
    yield f'<text x="{_LEFT + _WIDTH + 8}" y="{y + 10}">{row.ratio:.3g}</text>'
    if row.target is not None:
        x = _x(row.target)
        yield f'<line x1="{x}" x2="{x}" y1="{y - 2}" y2="{y + _BAR + 2}" stroke="black"/>'


def _x(ratio: float) -> int:
    """The place of a ratio; those beyond an end of the axis stand at the end."""
    inside = min(max(ratio, _LOWEST), _HIGHEST)
    part = math.log(inside / _LOWEST) / math.log(_HIGHEST / _LOWEST)
    return round(_LEFT + _WIDTH * part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="what benchmarks.run --json wrote")
    parser.add_argument("--folder", type=Path, default=DOCS, help="default: %(default)s")
    options = parser.parse_args(arguments)
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in options.files]
    rows = read([result for report in reports for result in report["results"]])
    if not rows:
        print("no workload was timed on both implementations", file=sys.stderr)
        return 1
    ordered = [row for _, members in grouped(rows) for row in members]
    text = page(ordered, reports[-1]["machine"])
    (options.folder / "benchmarks.md").write_text(text, encoding="utf-8")
    (options.folder / "benchmarks.svg").write_text(plot(ordered), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
