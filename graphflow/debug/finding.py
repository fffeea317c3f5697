"""What `find_nan` found: as data, as text, as HTML, and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.core.tensor_lists import is_list
from graphflow.debug.remedies import Case, Remedy, elements_at, forward_name, remedy, text_of
from graphflow.debug.report import html_report, text_report
from graphflow.debug.sources import place_text, source_text
from graphflow.debug.watching import Event, Origin, Place
from graphflow.fetches import Fetches
from graphflow.viz.around import around
from graphflow.viz.diagram import Diagram
from graphflow.viz.picture import shape_label

_MAX_OTHERS = 5
_MAX_WAY = 12


@dataclass(frozen=True)
class TensorSummary:
    """A tensor's value in a few numbers.

    Attributes:
      name: the tensor's name.
      dtype: the dtype's name.
      shape: of the value.
      minimum: the least finite element, None if there is none.
      maximum: the largest finite element, None if there is none.
      nans: how many elements are NaN.
      infinities: how many are infinite.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    minimum: float | None = None
    maximum: float | None = None
    nans: int = 0
    infinities: int = 0

    @classmethod
    def of(cls, tensor: Tensor, value: Any) -> TensorSummary:
        """Summarize a value.

        Args:
          tensor: the tensor.
          value: its value.
        """
        dtype = tensor.dtype.base_dtype.name
        if value is None or is_list(value) or not isinstance(value, (np.ndarray, np.generic)):
            return cls(tensor.name, dtype, ())
        array = np.asarray(value)
        if array.dtype.kind not in "iufcb" and dtype != "bfloat16":
            return cls(tensor.name, dtype, array.shape)
        if array.dtype.kind == "c":
            array = np.stack([array.real, array.imag])
        numbers = array.astype(np.float64)
        finite = numbers[np.isfinite(numbers)]
        return cls(
            tensor.name,
            dtype,
            np.shape(value),
            float(finite.min()) if finite.size else None,
            float(finite.max()) if finite.size else None,
            int(np.isnan(numbers).sum()),
            int(np.isinf(numbers).sum()),
        )

    @property
    def range_text(self) -> str:
        """The least and largest elements, and what is not finite."""
        parts = []
        if self.minimum is not None and self.maximum is not None:
            ends = dict.fromkeys((f"{self.minimum:.6g}", f"{self.maximum:.6g}"))
            parts.append(" to ".join(ends))
        if self.nans:
            parts.append(f"{self.nans} NaN")
        if self.infinities:
            parts.append(f"{self.infinities} infinite")
        return ", ".join(parts) or "no numbers"

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype} {shape_label(self.shape)}, {self.range_text}"


# The gradient of what tf.where leaves out is 0 times something, which is NaN for infinities.
_SAFE_CHOICE = (
    "tf.where chooses values, but gradients go through both sides: make the argument safe as well, "
    "as in tf.where(x > 0, tf.log(tf.where(x > 0, x, tf.ones_like(x))), other)"
)


class NanFinding:
    """The first NaN or infinite value of a run, and how it came about.

    `print` shows all of it; a notebook shows it with the graph around.

    Attributes:
      operation: what made the value; of a variable, fed value or constant its operation.
      origin: "an operation", "a fed value", "a variable" or "a constant".
      output: a `TensorSummary` of the value.
      index: where the first element is that is not finite.
      value: that element.
      inputs: a `TensorSummary` for each input of the operation.
      inputs_at: for each input the element that belongs to `value`; None where shapes differ.
      fact: what happened, such as "log of 0.0".
      advice: what is usually done about it, '' if that is not known.
      places: the bodies around the operation, outermost first, as text.
      iteration: the number of the innermost loop's iteration, from 0; None outside of loops.
      forward: for a part of a gradient the operation that it differentiates, else None.
      way: the operations from this one to what was fetched.
      others: further operations that make such values for finite inputs and reach the fetches.
      is_fetched: whether such a value reaches what was fetched.
      notes: what the run did, or left out, outside of the session.
    """

    def __init__(
        self,
        event: Event,
        way: Sequence[Event],
        others: Sequence[Event],
        flat: Fetches,
        notes: Sequence[str],
        is_fetched: bool,
    ) -> None:
        tensor, value = event.tensors[0]
        self.operation: Operation = event.operation
        self.origin = event.origin.value
        self.output = TensorSummary.of(tensor, value)
        self.index, self.value = _first_bad(value)
        self.inputs = [
            TensorSummary.of(each, given)
            for each, given in zip(event.operation.inputs, event.inputs, strict=False)
        ]
        self.inputs_at = elements_at(event.inputs, np.shape(value), self.index)
        self.forward = self._forward()
        told = self._remedy(event, value)
        self.fact, self.advice = told.fact, told.advice
        self.places = [place_name(place) for place in event.places]
        self.iteration = _iteration(event.places)
        self.way = [step.operation for step in way]
        self.others = list(dict.fromkeys(other.operation for other in others))
        self.is_fetched = is_fetched
        self.notes = list(notes)
        self._way = list(way)
        self._fetched = {*flat.operations, *(each.op for each in flat.tensors)}
        self._diagram: Diagram | None = None

    def _remedy(self, event: Event, value: Any) -> Remedy:
        if event.origin is Origin.VARIABLE:
            return Remedy(
                "the variable holds it when the run begins: an earlier run wrote it",
                "find that run: let tf.debug.NanGuard or tf.debug.NanGuardHook watch the training; "
                "then restore a checkpoint, or initialize again",
            )
        if event.origin is Origin.FEED:
            return Remedy("it was fed", "check the data, for example with np.isfinite(array).all()")
        if event.origin is Origin.CONSTANT or event.operation.type == "Const":
            return Remedy(
                "the constant holds it",
                "if it is there to mask something, use a large finite number, such as -1e9",
            )
        makers = [each.op.type for each in event.operation.inputs]
        dtype = np.asarray(value).dtype
        case = Case(event.operation, event.inputs, self.inputs_at, self.value, dtype, makers)
        told = remedy(case)
        if self.forward is not None and _is_chosen(self.forward):
            return Remedy(told.fact, _SAFE_CHOICE)
        return told

    def _forward(self) -> Operation | None:
        name = forward_name(self.operation)
        graph = self.operation.graph
        while name is not None:
            try:
                return graph.get_operation_by_name(name)
            except KeyError:
                if not isinstance(graph, FuncGraph):
                    return None
                graph = graph._outer
        return None

    # -- pictures -------------------------------------------------------------------------------

    @property
    def diagram(self) -> Diagram:
        """The graph around the operation, which is marked."""
        if self._diagram is None:
            graph = self.operation.graph
            way = [operation for operation in self.way if operation.graph is graph]
            self._diagram = around(self.operation, way, f"{self.kind} here")
        return self._diagram

    @property
    def kind(self) -> str:
        """What the value is: "NaN" or "infinity"."""
        return "NaN" if self.output.nans and np.isnan(self.value) else "infinity"

    # -- text -----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """One line: what, and where."""
        name = f"{self.operation.name} ({self.operation.type})"
        return f"first {self.kind}: {name}"

    def _sections(self) -> list[tuple[str, list[str]]]:
        """The parts of the report: a heading and lines."""
        index = ", ".join(str(i) for i in self.index)
        where = f" at [{index}]" if self.index else ""
        sections = [("value", [f"{text_of(self.value)}{where} of {self.output}"])]
        sections.append(("why", [self.fact]))
        if self.advice:
            sections.append(("what to do", [self.advice]))
        if self.places:
            sections.append(("inside", self.places))
        if self.inputs:
            sections.append(("inputs", self._input_lines()))
        sections.append(("made at", source_text(self.operation)))
        if self.forward is not None:
            about = f"{self.forward.name} ({self.forward.type})"
            sections.append(("gradient of", [about, *source_text(self.forward)]))
        if self.is_fetched:
            sections.append(("way to the fetches", self._way_lines()))
        else:
            none = "none: what was fetched is finite all the same"
            sections.append(("way to the fetches", [none]))
        if self.others:
            sections.append(("also", self._other_lines()))
        if self.notes:
            sections.append(("notes", self.notes))
        return sections

    def _input_lines(self) -> list[str]:
        lines = []
        for summary, value in zip(self.inputs, self.inputs_at, strict=True):
            here = "" if value is None or not summary.shape else f", here {text_of(value)}"
            lines.append(f"{summary}{here}")
        return lines

    def _way_lines(self) -> list[str]:
        lines = []
        was_nan = self._way[0].has_nan
        told: set[Operation] = set()
        for event in self._way:
            becomes_nan = event.has_nan and not was_nan
            was_nan = was_nan or event.has_nan
            if event.operation in told and not becomes_nan:
                continue  # in a later iteration
            told.add(event.operation)
            line = f"{event.operation.name} ({event.operation.type})"
            if event.places:
                line += f" in {place_name(event.places[-1])}"
            if becomes_nan:
                line += ": becomes NaN"
            if event.operation in self._fetched and not event.places:
                line += ", fetched"
            lines.append(line)
        if len(lines) > _MAX_WAY:
            half = _MAX_WAY // 2
            left = len(lines) - 2 * half
            lines = [*lines[:half], f"... {left} more ...", *lines[-half:]]
        return lines

    def _other_lines(self) -> list[str]:
        lines = [f"{other.name} ({other.type})" for other in self.others[:_MAX_OTHERS]]
        left = len(self.others) - len(lines)
        return [*lines, f"and {left} more"] if left else lines

    def __str__(self) -> str:
        return text_report(self.title, self._sections())

    def __repr__(self) -> str:
        return f"<NanFinding: {self.title}, {self.fact}>"

    def _repr_html_(self) -> str:
        return html_report(self.title, self._sections(), lambda: self.diagram)


def _is_chosen(operation: Operation) -> bool:
    """Whether the result goes into `tf.where`."""
    users = [user for tensor in operation.outputs for user in tensor.consumers()]
    return any(user.type in ("Select", "SelectV2") for user in users)


def _first_bad(value: Any) -> tuple[tuple[int, ...], Any]:
    """Return where the first element is that is not finite, NaN before others, and the element."""
    array = np.asarray(value)
    bad = np.isnan(array)
    if not bad.any():
        bad = ~np.isfinite(array)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), array.shape))
    return index, array[index]


def place_name(place: Place) -> str:
    """Return in words which execution of a body something happens in.

    Args:
      place: the body.
    """
    return place_text(place.operation, place.body, place.call)


def _iteration(places: Sequence[Place]) -> int | None:
    loops = [place.call for place in places if place.operation.type in ("While", "StatelessWhile")]
    return loops[-1] if loops else None
